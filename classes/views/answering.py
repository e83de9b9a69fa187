"""The unit's answer to a call-up, and what is to be made up."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from classes import operations, queries, wording
from classes.enums import CallKind
from classes.views.shared import attempt, clash_warnings, class_or_404, was_told
from people.enums import Role
from people.numbers import whole_number
from people.permissions import me, role_required
from people.queries import full_names


@require_safe
@role_required(Role.LIAISON, Role.TRAINING_ADMIN)
def answers(request: HttpRequest) -> HttpResponse:
    """Call-ups to my units, soonest first."""
    rows = queries.call_ups_for(me(request), timezone.localdate())
    return render(request, "classes/answers.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@role_required(Role.LIAISON, Role.TRAINING_ADMIN)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Name who comes, confirm, ask for an excuse, send somebody else."""
    asker, now = me(request), timezone.now()
    of = class_or_404(asker, pk)
    if not of.called_at or of.call == CallKind.OPEN:
        raise Http404
    chosen: list[int] = []
    warnings: list[str] = []
    if request.method == "POST":
        chosen = [whole_number(value) for value in request.POST.getlist("person")]
        warnings = clash_warnings(asker, of, chosen)
        if was_told(request, warnings) and _answer(request, pk):
            return redirect("classes:answer", pk)
    places = list(queries.places_answered_by(asker, of))
    words = request.GET.get("q", "").strip()[:60]
    there = {place.person_id for place in places}
    waiting = queries.call_ups_for(asker, timezone.localdate(now))
    mine = next((row for row in waiting if row.training_class.pk == pk), None)
    instead_of = next((p for p in places if p.pk == whole_number(request.GET.get("instead"))), None)
    paths = queries.answering_paths(asker)
    seats = [row for row in queries.quotas_of(of) if row.unit.path.startswith(tuple(paths))]
    found = queries.nameable(
        asker, queries.ANSWERERS, words, besides=there, seats=() if instead_of else seats
    )
    context = {
        "class": of,
        "seats": seats,
        "rows": [(place, wording.place_sentence(place)) for place in places],
        "answer": mine,
        "full": mine is not None and 0 < mine.seats <= mine.named,
        "words": words,
        "found": found,
        "units": full_names(
            [*(place.unit for place in places), *(person.unit for person in found)]
        ),
        "chosen": chosen,
        "warnings": warnings,
        "instead_of": instead_of,
        "begun": timezone.localdate(now) >= of.starts_on,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "classes/answer.html", context, status=status)


def _answer(request: HttpRequest, pk: int) -> bool:
    """Do what was asked; False when it was refused."""
    asker, now, given = me(request), timezone.now(), request.POST
    of = class_or_404(asker, pk)
    what = given.get("what")
    place = (
        queries.places_answered_by(asker, of).filter(pk=whole_number(given.get("place"))).first()
    )
    if what == "name":
        chosen = [whole_number(value) for value in given.getlist("person")]
        return attempt(
            request,
            lambda: operations.name_persons(pk, chosen, by=asker, now=now),
            _("Your answer is recorded."),
        )
    if place is None:
        raise Http404
    if what == "accept":
        return attempt(
            request,
            lambda: operations.accept(place.pk, by=asker, now=now),
            _("%(name)s is coming.") % {"name": place.person.name},
        )
    if what == "excuse":
        reason = given.get("reason", "").strip()
        late = timezone.localdate(now) >= of.starts_on
        said = (
            _("The class had begun, so this is noted as not having come, with a make-up task.")
            if late
            else _("The excuse is asked of %(unit)s.") % {"unit": of.unit.name}
        )

        def ask() -> None:
            if not reason:
                raise operations.ReasonMissing(place.pk)
            operations.ask_excuse(place.pk, reason=reason, by=asker, now=now)

        return attempt(request, ask, said)
    if what == "substitute":
        other = whole_number(given.get("person"))
        return attempt(
            request,
            lambda: operations.substitute(place.pk, other, by=asker, now=now),
            _("Somebody else comes instead; both can see it."),
        )
    raise Http404


@require_safe
@role_required(Role.LIAISON, Role.TRAINING_ADMIN, Role.AUDITOR)
def makeups(request: HttpRequest) -> HttpResponse:
    """Open make-up tasks of my units and classes, due first."""
    asker = me(request)
    tasks = [
        (task, queries.is_organiser_of(asker, task.place.training_class))
        for task in queries.makeups_visible_to(asker)[:500]
    ]
    units = full_names(task.place.unit for task, _own in tasks)
    context = {"tasks": tasks, "units": units, "today": timezone.localdate()}
    return render(request, "classes/makeups.html", context)
