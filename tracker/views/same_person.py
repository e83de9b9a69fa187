"""Two records that are one person: side by side, proposed, decided, undone."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people import same_person as deeds
from people.enums import SameState
from people.models import Person, SamePerson
from people.operations import audit
from people.permissions import me, role_required
from people.queries import places_within
from tracker import queries, wording
from tracker.forms.changes import RefusalForm
from tracker.forms.same_person import OtherRecordForm, SamePersonForm, TwoPersonsForm
from tracker.views.record import PER_PAGE


@require_GET
@role_required(*deeds.READERS)
def same_persons(request: HttpRequest) -> HttpResponse:
    """What waits for me, or with ``?all=1`` every proposal and merge I may see."""
    everything = request.GET.get("all") == "1"
    found = (
        deeds.same_visible_to(me(request)) if everything else deeds.same_waiting_for(me(request))
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    places = places_within(None, (same.kept.unit for same in page.object_list))
    return render(
        request,
        "tracker/same_persons.html",
        {"page": page, "everything": everything, "places": places},
    )


@require_GET
@role_required(*deeds.PROPOSERS)
def same_choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the other record of a person by its staff number."""
    somebody = _of_mine(request, pk)
    form = OtherRecordForm(request.GET if "number" in request.GET else None)
    status = 200
    if form.is_bound and form.is_valid():
        number = form.cleaned_data["number"].strip()
        mine = deeds.persons_proposed_by(me(request)).exclude(pk=pk)
        other = mine.filter(staff_number__iexact=number).first()
        if other is not None:
            return redirect("tracker:same_new", pk=pk, other_pk=other.pk)
        form.add_error("number", _("Nobody else within your reach has this staff number."))
    if form.is_bound:
        status = 422
    return render(
        request, "tracker/same_choose.html", {"form": form, "somebody": somebody}, status=status
    )


@require_http_methods(["GET", "POST"])
@role_required(*deeds.PROPOSERS)
def same_new(request: HttpRequest, pk: int, other_pk: int) -> HttpResponse:
    """Both records side by side; propose that they are one."""
    if pk == other_pk:
        raise Http404
    pair = [_of_mine(request, pk), _of_mine(request, other_pk)]
    if request.method == "GET":
        if waiting := deeds.same_asked_among([pk, other_pk]):
            messages.info(request, _("This was proposed before and waits for a second person."))
            return redirect("tracker:same_person", pk=next(iter(waiting.values())))
        form = SamePersonForm(pair=pair, initial={"token": uuid4(), "kept": pk})
        return _new_page(request, form, pair)
    form = SamePersonForm(request.POST, pair=pair)
    if not form.is_valid():
        return _new_page(request, form, pair, status=422)
    kept = form.cleaned_data["kept"]
    try:
        same = deeds.propose(
            kept,
            other_pk if kept == pk else pk,
            by=me(request),
            note=form.cleaned_data["note"],
            token=form.cleaned_data["token"],
            now=timezone.now(),
        )
    except deeds.MayNotPropose:
        raise Http404 from None
    except deeds.AlreadyMerged:
        form.add_error(None, _chain())
        return _new_page(request, form, pair, status=422)
    messages.success(request, _("It is proposed. A second person decides."))
    return redirect("tracker:same_person", pk=same.pk)


@require_GET
@role_required(*deeds.READERS)
def same_person(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal or merge, with both records."""
    return _page(request, _same(request, pk))


@require_POST
@role_required(*deeds.PROPOSERS)
def same_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Merge, refuse, withdraw, ask for undoing it, undo it."""
    same, now, by = _same(request, pk), timezone.now(), me(request)
    form: Any = None
    try:
        if deed == "merge":
            deeds.merge(pk, by=by, now=now)
            said = _("The two records are one from now on.")
        elif deed == "undo":
            deeds.undo(pk, by=by, now=now)
            said = _("The two records are separate again.")
        elif deed == "withdraw":
            deeds.withdraw(pk, by=by, now=now)
            said = _("The proposal is withdrawn.")
        elif deed == "refuse":
            form = RefusalForm(request.POST)
            if not form.is_valid():
                return _page(request, same, refusal=form, status=422)
            deeds.refuse(pk, by=by, reason=form.cleaned_data["reason"], now=now)
            said = _("It is refused; the reason stands in the audit log and here.")
        elif deed == "ask_undo":
            form = TwoPersonsForm(request.POST)
            if not form.is_valid():
                return _page(request, same, undo=form, status=422)
            deeds.ask_undo(pk, by=by, note=form.cleaned_data["note"], now=now)
            said = _("Undoing it was asked for. A second person decides.")
        else:
            raise Http404
    except (deeds.MayNotDecideSame, deeds.MayNotPropose):
        raise Http404 from None
    except deeds.SameDecidedBefore:
        messages.info(request, _("Somebody decided it in the meantime; that decision stays."))
    except deeds.AlreadyMerged:
        messages.error(request, _chain())
    else:
        messages.success(request, said)
    return redirect("tracker:same_person", pk=pk)


def _chain() -> str:
    return _(
        "One of the two records is merged with another one already. Undo that first, or merge into the record that was kept then."
    )


def _of_mine(request: HttpRequest, pk: int) -> Person:
    mine = deeds.persons_proposed_by(me(request)).select_related("unit")
    return get_object_or_404(mine, pk=pk)


def _same(request: HttpRequest, pk: int) -> SamePerson:
    return get_object_or_404(deeds.same_visible_to(me(request)), pk=pk)


def _compared(request: HttpRequest, kept: Person, other: Person) -> dict[str, Any]:
    now = timezone.now()
    found = queries.compare(kept, other, on=timezone.localdate(now), known_at=now)
    for each in (kept, other):
        audit(
            me(request),
            "tracker.record.view",
            f"people.person:{each.pk}",
            {"compared": True},
            now=now,
        )
    return {
        "compared": found,
        "standings": [
            {
                "title": wording.title(next(a for a in row if a is not None).duty.title),
                "cells": [
                    {"state": a.state.value, "done": _done(a)} if a is not None else None
                    for a in row
                ],
            }
            for _code, *row in found.standings
        ],
    }


def _done(assessment: Any) -> str:
    way = assessment.nearest_way
    return wording.way_done(way) if way else ""


def _new_page(
    request: HttpRequest, form: SamePersonForm, pair: list[Person], status: int = 200
) -> HttpResponse:
    context = {"form": form, "pair": pair, **_compared(request, *pair)}
    return render(request, "tracker/same_new.html", context, status=status)


def _page(
    request: HttpRequest,
    same: SamePerson,
    refusal: RefusalForm | None = None,
    undo: TwoPersonsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    by = me(request)
    waits = same.state in (SameState.ASKED, SameState.UNDO_ASKED)
    asker = same.undo_asked_by_id if same.state == SameState.UNDO_ASKED else same.asked_by_id
    mine = deeds.persons_proposed_by(by).filter(pk__in=[same.kept_id, same.other_id])
    may_ask_undo = same.state == SameState.MERGED and mine.count() == 2
    may_decide = waits and deeds.may_decide_same(by, same)
    return render(
        request,
        "tracker/same_person.html",
        {
            "same": same,
            "undoing": same.state == SameState.UNDO_ASKED,
            "may_withdraw": waits and asker == by.pk,
            "refusal": (refusal or RefusalForm()) if may_decide else None,
            "undo_form": (undo or TwoPersonsForm()) if may_ask_undo else None,
            **_compared(request, same.kept, same.other),
        },
        status=status,
    )
