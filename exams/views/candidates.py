"""Candidates of a sitting: found and added, taken off, given extra time."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from exams import operations, queries
from exams.enums import AttemptState, Audience
from exams.forms.sittings import CandidateForm
from exams.models import Attempt, Exam
from exams.views.sittings import managed_by_asker, sitting_exam, tell_refused
from people.enums import Role
from people.forms import indented
from people.models import Person
from people.numbers import whole_number
from people.permissions import me, role_required
from people.queries import names_told_apart, persons_in, search_people, units_managed_by

FOUND_SHOWN = 50


def _found(request: HttpRequest, exam: Exam, reach: QuerySet[Person]) -> dict[str, Any]:
    """Persons in reach who are no candidates yet, by name, staff number or unit; nothing asked is
    nobody."""
    words = request.GET.get("find", "").strip()[:100]
    code = request.GET.get("unit", "")
    people = reach.exclude(pk__in=exam.persons.order_by().values("pk")).filter(is_active=True)
    if words:
        people = search_people(people, words)
    if code:
        units = units_managed_by(me(request), Role.TRAINING_ADMIN)
        unit = get_object_or_404(units, code=code)
        people = people.filter(pk__in=persons_in(unit).order_by().values("pk"))
    shown: list[Person] = []
    if words or code:
        ordered = people.select_related("unit").order_by("staff_number")
        shown = list(ordered[: FOUND_SHOWN + 1])
    homes = names_told_apart({p.unit for p in shown if p.unit is not None})
    for person in shown:
        person.home = homes.get(person.unit_id or 0, "")  # type: ignore[attr-defined]
    return {
        "exam": exam,
        "find": words,
        "find_unit": code,
        "found": shown[:FOUND_SHOWN],
        "more": len(shown) > FOUND_SHOWN,
        "asked": bool(words or code),
    }


def _picked(request: HttpRequest, reach: QuerySet[Person]) -> list[int]:
    """The ticked persons; whoever is not in reach is as if he were not there."""
    asked = {whole_number(text) for text in request.POST.getlist("pick")[: FOUND_SHOWN * 4]}
    return list(reach.filter(pk__in=asked).order_by("pk").values_list("pk", flat=True))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TRAINING_ADMIN)
def candidates(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is to sit, in the asker's reach: add by list, take off, extra time, lay out attempts."""
    exam = sitting_exam(request, pk, Role.TRAINING_ADMIN)
    reach, now, by = managed_by_asker(request), timezone.now(), me(request)
    deed = request.POST.get("deed", "")
    form = CandidateForm(
        request.POST if deed == "add" else None,
        request.FILES if deed == "add" else None,
        reach=reach,
    )
    if request.method == "POST":
        try:
            if exam.cancelled_at is not None:
                raise operations.CandidatesRefused("withdrawn")
            if deed == "add":
                if form.is_valid():
                    n = operations.add_candidates(pk, form.person_ids, by=by, now=now)
                    messages.success(request, _("%(n)s candidates were added.") % {"n": n})
                    return redirect("exams:candidates", pk)
            elif deed == "rule":
                if n := operations.list_by_rule(pk, reach, by=by, now=now):
                    messages.success(request, _("%(n)s candidates were added.") % {"n": n})
                else:
                    messages.info(request, _("Nobody new meets the rule."))
                return redirect("exams:candidates", pk)
            elif deed == "prepare":
                n = operations.prepare_sitting(pk, now=now)
                messages.success(request, _("%(n)s attempts were laid out.") % {"n": n})
                return redirect("exams:candidates", pk)
            elif deed == "pick":
                picked = _picked(request, reach)
                if not picked:
                    messages.error(request, _("Nobody was ticked: tick those to add first."))
                    return redirect("exams:candidates", pk)
                n = operations.add_candidates(pk, picked, by=by, now=now)
                messages.success(request, _("%(n)s candidates were added.") % {"n": n})
                return redirect("exams:candidates", pk)
            elif deed in ("remove", "extra"):
                _deed_on_candidate(request, exam, reach, deed)
                return redirect("exams:candidates", pk)
            else:
                raise Http404
        except operations.CandidatesRefused as refusal:
            tell_refused(request, str(refusal))
            return redirect("exams:candidates", pk)
        except operations.StartRefused:
            messages.error(request, _("The bank has too few questions for this blueprint."))
            return redirect("exams:candidates", pk)
    if request.GET.get("part") == "find":
        return render(request, "exams/sittings/found.html", _found(request, exam, reach))
    people = queries.candidates_of(exam).filter(pk__in=reach.order_by())
    only = request.GET.get("only", "")
    if only == "absent":
        people = queries.absent_from(exam, reach)
    words = request.GET.get("q", "").strip()
    if words:
        people = search_people(people, words)
    people = people.select_related("unit").order_by("staff_number")
    page = Paginator(people, 50).get_page(request.GET.get("page"))
    attempts: dict[int, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(
        exam=exam, person__in=[person.pk for person in page]
    ).order_by("ordinal"):
        attempts.setdefault(attempt.person_id, []).append(attempt)
    homes = names_told_apart({person.unit for person in page if person.unit is not None})
    rows = []
    for person in page:
        mine = attempts.get(person.pk, [])
        last = mine[-1] if mine else None
        rows.append(
            {
                "person": person,
                "unit": homes.get(person.unit_id or 0, ""),
                "attempt": last,
                "state": queries.state_of(last, now) if last else None,
                "extra": max((a.extra_seconds for a in mine), default=0) // 60,
                "has_begun": any(a.state >= AttemptState.IN_PROGRESS for a in mine),
            }
        )
    return render(
        request,
        "exams/sittings/candidates.html",
        {
            "exam": exam,
            "form": form,
            "page_obj": page,
            "rows": rows,
            "q": words,
            "only": only,
            "by_list": exam.audience in (Audience.PERSONS, Audience.RULE),
            "by_rule": exam.audience == Audience.RULE,
            "is_over": now >= exam.closes_at,
            "may_change": exam.cancelled_at is None and now < exam.closes_at,
            "units": [
                (unit.code, indented(unit))
                for unit in units_managed_by(by, Role.TRAINING_ADMIN).filter(is_active=True)
            ],
            **_found(request, exam, reach),
        },
        status=422 if form.errors else 200,
    )


def _deed_on_candidate(
    request: HttpRequest, exam: Exam, reach: QuerySet[Person], deed: str
) -> None:
    person = get_object_or_404(reach, pk=whole_number(request.POST.get("person")))
    now, by = timezone.now(), me(request)
    if deed == "remove":
        operations.remove_candidate(exam.pk, person.pk, by=by, now=now)
        messages.success(request, _("%(name)s was taken off the list.") % {"name": person.name})
        return
    if not queries.candidates_of(exam).filter(pk=person.pk).exists():
        raise Http404
    minutes = whole_number(request.POST.get("minutes"), most=10**9, otherwise=-1)
    try:
        operations.allow_extra_time(
            exam.pk,
            person.pk,
            timedelta(minutes=minutes),
            because=request.POST.get("reason", ""),
            by=by,
            now=now,
        )
    except operations.DeadlineRefused as refusal:
        tell_refused(request, str(refusal))
    else:
        messages.success(
            request, _("%(name)s has more time from the start.") % {"name": person.name}
        )
