"""Changes of a career: asked for, decided, and what was decided before."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.enums import Role
from people.models import Person
from people.permissions import me, role_required
from people.queries import persons_visible_to, places_within, posts_on
from tracker import operations, queries
from tracker.enums import ChangeKind, ChangeState
from tracker.forms.changes import ChangeForm, RefusalForm
from tracker.models import CareerChange
from tracker.views.record import PER_PAGE

_KEEPERS = (Role.TRAINING_ADMIN, Role.LIAISON)
_READERS = (*_KEEPERS, Role.AUDITOR)


@require_GET
@role_required(*_READERS)
def changes(request: HttpRequest) -> HttpResponse:
    """What waits for me, or with ``?all=1`` everything I may see."""
    everything = request.GET.get("all") == "1"
    found = (
        queries.changes_visible_to(me(request))
        if everything
        else queries.changes_waiting_for(me(request))
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    units = [unit for change in page.object_list for unit in (change.person.unit, change.unit)]
    return render(
        request,
        "tracker/changes.html",
        {"page": page, "everything": everything, "places": places_within(None, units)},
    )


@require_GET
@role_required(*_READERS)
def person_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's events and the changes asked for."""
    somebody = get_object_or_404(persons_visible_to(me(request)).select_related("unit"), pk=pk)
    titles = _titles()
    return render(
        request,
        "tracker/person_changes.html",
        {
            "somebody": somebody,
            "events": [
                (event, [titles.get(code, code) for code in event.requirements])
                for event in queries.events_of(pk)
            ],
            "changes": queries.changes_visible_to(me(request)).filter(person=somebody)[:50],
            "kinds": ChangeKind.choices
            if queries.persons_changes_are_asked_for(me(request)).filter(pk=pk).exists()
            else [],
        },
    )


@require_http_methods(["GET", "POST"])
@role_required(*_KEEPERS)
def change_new(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Ask for a change of one kind."""
    if kind not in ChangeKind.values:
        raise Http404
    somebody = get_object_or_404(
        queries.persons_changes_are_asked_for(me(request)).select_related("unit"), pk=pk
    )
    scope: dict[str, Any] = {"kind": ChangeKind(kind), "titles": _titles()}
    if request.method == "GET":
        form = ChangeForm(initial=_initial(somebody, kind), **scope)
        return _form_page(request, form, somebody, kind)
    form = ChangeForm(request.POST, **scope)
    if not form.is_valid():
        return _form_page(request, form, somebody, kind, status=422)
    change = operations.ask_change(
        pk,
        by=me(request),
        token=form.cleaned_data["token"],
        fields=form.fields_of_change(),
        now=timezone.now(),
    )
    messages.success(request, _("It was asked for. A training administrator decides."))
    return redirect("tracker:change", pk=change.pk)


@require_GET
@role_required(*_READERS)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change, and what may be done with it."""
    return _page(request, _change(request, pk))


@require_POST
@role_required(Role.TRAINING_ADMIN)
def change_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve it; it takes effect at once."""
    found = _change(request, pk)
    try:
        operations.approve_change(pk, by=me(request), now=timezone.now())
    except operations.MayNotDecideChange:
        raise Http404 from None
    except operations.ChangeDecidedBefore:
        messages.info(request, _decided_before())
    except operations.AppointmentOutOfOrder:
        messages.error(
            request,
            _(
                "The present post began on this day or later, so nothing was changed. Refuse it, and let it be asked for with another day."
            ),
        )
        return redirect("tracker:change", pk=pk)
    else:
        messages.success(request, _("It is approved and in effect."))
        if not persons_visible_to(me(request)).filter(pk=found.person_id).exists():
            return redirect("tracker:changes")
    return redirect("tracker:change", pk=pk)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def change_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse it with a reason."""
    found = _change(request, pk)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        operations.refuse_change(
            pk, by=me(request), reason=form.cleaned_data["reason"], now=timezone.now()
        )
    except operations.MayNotDecideChange:
        raise Http404 from None
    except operations.ChangeDecidedBefore:
        messages.info(request, _decided_before())
    else:
        messages.success(request, _("It is refused; the reason stands beside it."))
    return redirect("tracker:change", pk=pk)


@require_POST
@role_required(*_KEEPERS)
def change_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one asked for."""
    _change(request, pk)
    try:
        operations.withdraw_change(pk, by=me(request), now=timezone.now())
    except operations.MayNotAsk:
        raise Http404 from None
    except operations.ChangeDecidedBefore:
        messages.info(request, _decided_before())
    else:
        messages.success(request, _("It is withdrawn."))
    return redirect("tracker:change", pk=pk)


def _titles() -> dict[str, str]:
    english = (get_language() or "").startswith("en")
    return {
        code: titles[1] if english else titles[0]
        for code, titles in queries.requirement_titles(approved_only=True).items()
    }


def _initial(somebody: Person, kind: str) -> dict[str, Any]:
    initial: dict[str, Any] = {"token": uuid4()}
    if kind in queries.MOVES:
        present = posts_on(timezone.localdate()).filter(person=somebody).first()
        if present is not None:
            initial |= {
                name: getattr(present, name) for name in ("rank", "grade", "leading", "authority")
            }
            initial["post_title"] = present.title
        if kind == ChangeKind.APPOINTMENT and somebody.unit is not None:
            initial["unit"] = somebody.unit.code
    return initial


def _change(request: HttpRequest, pk: int) -> CareerChange:
    return get_object_or_404(queries.changes_visible_to(me(request)), pk=pk)


def _decided_before() -> str:
    return _("Somebody decided it in the meantime; that decision stays.")


def _form_page(
    request: HttpRequest, form: ChangeForm, somebody: Person, kind: str, status: int = 200
) -> HttpResponse:
    context = {"form": form, "somebody": somebody, "kind": ChangeKind(kind).label}
    return render(request, "tracker/change_form.html", context, status=status)


def _page(
    request: HttpRequest, found: CareerChange, form: RefusalForm | None = None, status: int = 200
) -> HttpResponse:
    waiting = found.state == ChangeState.ASKED
    titles = _titles()
    return render(
        request,
        "tracker/change.html",
        {
            "change": found,
            "requirements": [titles.get(code, code) for code in found.requirements],
            "moves": found.kind in queries.MOVES,
            "refusal": (form or RefusalForm())
            if waiting and queries.may_decide_change(me(request), found)
            else None,
            "may_withdraw": waiting and found.asked_by_id == me(request).pk,
        },
        status=status,
    )
