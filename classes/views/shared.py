"""The page of a class, for everybody it concerns, and the deeds done on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from classes import operations, queries, wording
from classes.enums import EXPECTED, CallKind
from classes.forms import SessionForm
from classes.models import TrainingClass
from people.models import Person
from people.numbers import whole_number
from people.permissions import may_in_unit, me
from people.queries import full_names, persons_visible_to

REFUSALS = (
    operations.AlreadyAnswered,
    operations.ClassHasBegun,
    operations.JoiningIsOver,
    operations.CodeOutOfDate,
    operations.EvidenceMissing,
    operations.FewerThanNamed,
    operations.MayNotApprove,
    operations.MayNotJudge,
    operations.MoreThanTheSeats,
    operations.NoLongerChangeable,
    operations.NobodyChosen,
    operations.NoSeatLeft,
    operations.NotConfirmed,
    operations.NotExpected,
    operations.NotOnRoster,
    operations.NotSignInTime,
    operations.NothingToCall,
    operations.OtherPersonsBrowser,
    operations.PlanExists,
    operations.PlanIsApproved,
    operations.ReasonMissing,
    operations.SessionsOnOtherDays,
    operations.TooManyWrongCodes,
)


def attempt(request: HttpRequest, do: Callable[[], Any], said: str = "") -> bool:
    """Do it and say so, or say why not; what is not the asker's is a 404."""
    try:
        do()
    except operations.NotYours:
        raise Http404 from None
    except REFUSALS as error:
        messages.error(request, wording.refusal(error))
        return False
    if said:
        messages.success(request, said)
    return True


def class_or_404(person: Person, pk: int) -> TrainingClass:
    """The class, if the person has something to do with it."""
    found = queries.classes_visible_to(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def own_class(request: HttpRequest, pk: int) -> TrainingClass:
    """The class, if the asker is the authority that calls."""
    of = class_or_404(me(request), pk)
    if not queries.is_organiser_of(me(request), of):
        raise Http404
    return of


def was_told(request: HttpRequest, warnings: Sequence[str]) -> bool:
    """Whether these are the warnings that the asker read before he asked again, or there are none."""
    return request.POST.getlist("told") == list(warnings)


def clash_warnings(asker: Person, of: TrainingClass, person_ids: Iterable[int]) -> list[str]:
    """Who of these is called to another class on days of this one, as far as the asker names them."""
    people = persons_visible_to(asker, *queries.ANSWERERS).filter(pk__in=list(person_ids))
    found = queries.clashes(
        people.values_list("pk", flat=True), of.starts_on, of.ends_on, besides=of.pk
    )
    return [wording.clash(place) for place in found]


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A class: what it is; to each role its own part."""
    return class_page(request, class_or_404(me(request), pk))


def class_page(
    request: HttpRequest, of: TrainingClass, form: SessionForm | None = None
) -> HttpResponse:
    """The page, with the session form as it was typed when something was wrong with it."""
    asker, now = me(request), timezone.now()
    today = timezone.localdate(now)
    organiser = queries.is_organiser_of(asker, of)
    institution = queries.is_institution_of(asker, of)
    sees_all = organiser or institution or may_in_unit(asker, of.unit, *queries.PLANNERS)
    mine = queries.place_of(asker, of)
    own = list(queries.roster(of) if sees_all else queries.places_answered_by(asker, of))
    # Whoever was excused or replaced owes no hours.
    awaited = [place for place in own if place.state in EXPECTED]
    kept = queries.attended_hours(of, awaited, over_by=now) if awaited else []
    hours = {each.place.pk: each.attended for each in kept}
    timetable = queries.timetable_for(of, mine, now)
    if form is None:
        form = SessionForm(first_day=of.starts_on, last_day=of.last_day)
    checklist = []
    if (organiser or institution) and of.called_at:
        checklist = [
            (line, wording.CHECKLIST[line.code]) for line in queries.evidence_checklist(of, now)
        ]
    ready = bool(checklist) and all(line.done for line, _label in checklist)
    outcomes = []
    if institution and ready and not of.confirmed_at:
        outcomes = wording.outcomes(kept, of.hours)
    context = {
        "class": of,
        "state": wording.state_of(of, today),
        "organiser": organiser,
        "institution_staff": institution,
        "sees_all": sees_all,
        "mine": mine,
        "may_judge": mine is not None and queries.may_judge(mine, today),
        "may_choose": of.call == CallKind.OPEN
        and of.is_live
        and (mine is None or mine.state not in EXPECTED)
        and today <= of.answer_by,
        "answers": bool(queries.answering_paths(asker))
        and of.call != CallKind.OPEN
        and of.is_live
        and not of.confirmed_at
        and today < of.ends_on,
        "quotas": queries.quotas_of(of) if sees_all else [],
        "roster": [
            (
                place,
                hours.get(place.pk),
                wording.place_sentence(place, called=of.called_at is not None),
            )
            for place in own
        ],
        "units": full_names(place.unit for place in own),
        "sessions": timetable,
        "sign_in": next((session for session, _had, open_now in timetable if open_now), None),
        "hours_planned": sum(session.hours for session, *_rest in timetable),
        "outcomes": outcomes,
        "session_form": form,
        "checklist": checklist,
        "ready": ready,
        "opinion": queries.opinion_of(of, today) if sees_all else None,
        "begun": today >= of.starts_on,
        "warnings": _clashes_of_called(asker, of),
        "may_change": organiser and bool(operations.open_fields(of, now)),
        "now": now,
    }
    return render(request, "classes/detail.html", context)


@require_POST
def deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """One deed on a class: call up, cancel, confirm, post, choose, leave, judge a place."""
    asker, now = me(request), timezone.now()
    of = class_or_404(asker, pk)
    if deed == "call-up":
        # Somebody was called elsewhere since the page was read: the page says so before it is done.
        if was_told(request, _clashes_of_called(asker, of)):
            attempt(
                request,
                lambda: operations.call_up(pk, by=asker, now=now),
                _("“%(title)s” is called up; those concerned have been told.")
                % {"title": of.title},
            )
        else:
            messages.warning(request, _("Please read the warnings first; nothing was done yet."))
    elif deed == "cancel":
        because = request.POST.get("reason", "").strip()
        if not because:
            messages.error(request, _("Please say why."))
        else:
            attempt(
                request,
                lambda: operations.cancel_class(pk, because=because, by=asker, now=now),
                _("The class is cancelled; those concerned have been told."),
            )
    elif deed == "confirm":
        attempt(
            request,
            lambda: operations.confirm_results(pk, by=asker, now=now),
            _("The results are confirmed. The department can now post the credits."),
        )
    elif deed == "post":
        _post(request, pk, asker)
    elif deed == "choose":
        attempt(
            request,
            lambda: operations.choose_open_class(pk, by=asker, now=now),
            _("You have a seat in “%(title)s”.") % {"title": of.title},
        )
    elif deed == "leave":
        attempt(
            request,
            lambda: operations.leave_open_class(pk, by=asker, now=now),
            _("You have given your seat back."),
        )
    elif deed == "judge-place":
        place = queries.roster(of).filter(pk=whole_number(request.POST.get("place"))).first()
        if place is None:
            raise Http404
        failed = request.POST.get("failed") == "1"
        note = request.POST.get("note", "").strip()
        attempt(
            request,
            lambda: operations.judge_failed(place.pk, failed=failed, note=note, by=asker, now=now),
        )
    else:
        raise Http404
    return redirect("classes:detail", pk)


def _clashes_of_called(asker: Person, of: TrainingClass) -> list[str]:
    if of.called_at is not None or not queries.is_organiser_of(asker, of):
        return []
    return clash_warnings(asker, of, [place.person_id for place in queries.roster(of)])


def _post(request: HttpRequest, pk: int, asker: Person) -> None:
    rows: list[int] = []
    done = attempt(
        request,
        lambda: rows.append(operations.post_credits(pk, by=asker, now=timezone.now())),
    )
    if not done:
        return
    if not rows[0]:
        messages.info(request, _("Everything was posted before; nothing was posted twice."))
        return
    messages.success(
        request,
        ngettext(
            "Training days and hours of %(count)s person are in the ledger.",
            "Training days and hours of %(count)s persons are in the ledger.",
            rows[0],
        )
        % {"count": rows[0]},
    )
