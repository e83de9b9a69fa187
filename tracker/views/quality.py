"""The data-quality desk: what is probably wrong, and the shortest way to mend it."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from people.dates import day_in_words
from people.enums import Role
from people.models import Person
from people.permissions import me, role_required
from people.queries import has_role, places_within
from people.same_person import PROPOSERS, same_asked_among, same_waiting_for
from tracker import queries
from tracker.models import Entry
from tracker.rules.plain import amount
from tracker.views.record import PER_PAGE
from tracker.wording.quality import WORDS

_OF_PERSONS = ("post", "rank")
_OF_GROUPS = ("namesakes", "numbers")


@require_GET
@role_required(*queries.QUALITY_READERS)
def quality(request: HttpRequest) -> HttpResponse:
    """Every check with how many it finds."""
    today = timezone.localdate()
    checks = []
    for code in queries.quality_checks():
        count = queries.quality_count(code, me(request), today)
        title, meaning = WORDS[code]
        checks.append(
            {
                "code": code,
                "title": title,
                "meaning": meaning,
                "count": min(count, queries.QUALITY_COUNTED),
                "more": count > queries.QUALITY_COUNTED,
            }
        )
    return render(
        request,
        "tracker/quality.html",
        {
            "checks": checks,
            "clean": not any(check["count"] for check in checks),
            "waiting": same_waiting_for(me(request)).count(),
        },
    )


@require_GET
@role_required(*queries.QUALITY_READERS)
def quality_check(request: HttpRequest, code: str) -> HttpResponse:
    """What one check finds, each with its way to mend it."""
    if code not in WORDS:
        raise Http404
    today = timezone.localdate()
    found = queries.quality_of(code, me(request), today)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    may_mend = has_role(me(request), Role.TRAINING_ADMIN)
    if code in _OF_GROUPS:
        groups = queries.persons_alike(me(request), list(page.object_list))
        may_propose = has_role(me(request), *PROPOSERS)
        alike = [persons for _group_of, persons in groups]
        places = places_within(None, (each.unit for persons in alike for each in persons))
        asked = same_asked_among(each.pk for persons in alike for each in persons)
        rows = [_group(persons, places, may_propose, asked) for persons in alike]
    elif code in _OF_PERSONS:
        places = places_within(None, (each.unit for each in page))
        moves = queries.moves_waiting_of(each.pk for each in page)
        rows = [_person(each, places, moves) for each in page]
    else:
        moves = queries.moves_waiting_of(each.person_id for each in page if code == "duty")
        others = Entry.objects.in_bulk(
            [each.other_id for each in page if getattr(each, "other_id", None)]
        )
        rows = [_line(each, code, others, moves, may_mend) for each in page]
    title, meaning = WORDS[code]
    return render(
        request,
        "tracker/quality_check.html",
        {"page": page, "rows": rows, "title": title, "meaning": meaning, "code": code},
    )


def _line(
    entry: Any, code: str, others: dict[int, Entry], moves: dict[int, int], may_mend: bool
) -> dict[str, Any]:
    url = reverse("tracker:entry", args=[entry.pk])
    links = []
    said = ""
    if code == "days":
        said = _("%(days)s training days in %(calendar)s calendar days") % {
            "days": amount(entry.training_days),
            "calendar": entry.days,
        }
        asked = {"training_days": entry.days, "because": _("More training days than calendar days")}
        links.append((_("Correct the figures"), _prefilled(url, asked)))
    elif code in ("future", "roster"):
        if code == "roster":
            said = _("on the roster since %(day)s") % {"day": day_in_words(entry.person.joined_on)}
        asked = {"what": "take_back", "because": str(WORDS[code][0])}
        links.append((_("Take the line back"), _prefilled(url, asked)))
    elif code == "overlap":
        other = others.get(entry.other_id)
        asked = {"what": "take_back", "because": str(WORDS[code][0])}
        links.append((_("Take the line back"), _prefilled(url, asked)))
        if other is not None:
            said = _("overlaps with “%(title)s”") % {"title": other.title}
            links.append((_("See the other line"), reverse("tracker:entry", args=[other.pk])))
    elif code == "recognition":
        said = entry.institution.name
        where = reverse("tracker:institution", args=[entry.institution_id])
        links.append((_("Record a recognition"), f"{where}?recognise=1#recognise"))
    elif code == "unit":
        # The place of a line is never rewritten, so an appointment alone would not mend it.
        asked = {"what": "correct", "because": str(WORDS[code][0])}
        links.append((_("Post it anew with the unit"), _prefilled(url, asked)))
    elif code == "duty":
        links.append(_appointment(entry.person_id, moves))
        links.append((_("See the line"), url))
    if not may_mend:
        links = [(_("See the line"), url)]
    return {
        "title": entry.title,
        "url": url,
        "person": entry.person,
        "since": entry.occurred_from,
        "until": entry.occurred_to,
        "said": said,
        "links": links,
    }


def _appointment(person_id: int, moves: dict[int, int]) -> tuple[str, str]:
    """Where the post is asked for, or the change that was asked for and waits."""
    if person_id in moves:
        return _("Asked for, waits for approval"), reverse(
            "tracker:change", args=[moves[person_id]]
        )
    return _("Record the appointment"), reverse(
        "tracker:change_new", args=[person_id, "appointment"]
    )


def _person(person: Person, places: dict[int, str], moves: dict[int, int]) -> dict[str, Any]:
    return {
        "title": person.name,
        "url": reverse("people:person", args=[person.pk]),
        "person": person,
        "said": places.get(person.unit_id or 0, ""),
        "links": [_appointment(person.pk, moves)],
    }


def _group(
    persons: list[Person],
    places: dict[int, str],
    may_propose: bool,
    asked: dict[frozenset[int], int],
) -> dict[str, Any]:
    """The first record beside each of the others: that is where a merge is proposed."""
    links = []
    for each in persons[1:5] if may_propose else persons[:4]:
        number = {"number": each.staff_number}
        waiting = asked.get(frozenset((persons[0].pk, each.pk)))
        if not may_propose:
            said = _("See %(number)s") % number
            links.append((said, reverse("people:person", args=[each.pk])))
        elif waiting:
            said = _("Merging with %(number)s waits for a decision") % number
            links.append((said, reverse("tracker:same_person", args=[waiting])))
        else:
            said = _("Compare %(number)s") % number
            links.append((said, reverse("tracker:same_new", args=[persons[0].pk, each.pk])))
    return {
        "title": persons[0].name if persons else "",
        "url": "",
        "said": " · ".join(
            f"{each.staff_number} {places.get(each.unit_id or 0, '')}" for each in persons
        ),
        "links": links,
    }


def _prefilled(url: str, asked: dict[str, Any]) -> str:
    return f"{url}?{urlencode(asked)}#put-right"
