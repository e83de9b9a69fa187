"""Claiming hours: the member's list and form, the claim itself, and the confirmer's queue."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.enums import ROLES_THAT_SEE_PEOPLE, Role
from people.numbers import whole_number
from people.permissions import me, role_required
from people.queries import has_role, places_within
from tracker import operations, queries
from tracker.enums import ClaimState
from tracker.evidence_files import MAX_FILES
from tracker.forms.claims import ClaimForm, ReturnForm
from tracker.models import Claim, ClaimFile
from tracker.rules.plain import amount
from tracker.views.record import PER_PAGE

KEEPERS = (Role.TRAINING_ADMIN, Role.LIAISON)
CONFIRMERS = (Role.TRAINING_ADMIN, Role.LIAISON, Role.INSTITUTION_STAFF)


@require_GET
def claims(request: HttpRequest) -> HttpResponse:
    """My claims, with what became of each."""
    page = Paginator(queries.claims_of(me(request)).prefetch_related("steps"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "tracker/claims.html",
        {"page": page, "mine": True, "for_others": has_role(me(request), *KEEPERS)},
    )


@require_GET
@role_required(*CONFIRMERS)
def claim_queue(request: HttpRequest) -> HttpResponse:
    """Claims that wait for me to confirm them."""
    page = Paginator(queries.claims_waiting_for(me(request)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "tracker/claims.html",
        {
            "page": page,
            "mine": False,
            "places": places_within(None, (claim.person.unit for claim in page.object_list)),
            "sees_people": has_role(me(request), *ROLES_THAT_SEE_PEOPLE),
        },
    )


@require_http_methods(["GET", "POST"])
def claim_new(request: HttpRequest) -> HttpResponse:
    """Claim hours, for oneself or, with ``?for=unit``, for somebody whose record one keeps."""
    asker, for_unit = me(request), "for" in request.GET
    if for_unit and not has_role(asker, *KEEPERS):
        raise Http404
    scope = _scope(request, None if for_unit else asker)
    if request.method == "GET":
        initial: dict[str, Any] = {"token": uuid4()}
        person = whole_number(request.GET.get("person"))
        if for_unit and person:
            initial["who"] = get_object_or_404(scope["persons"], pk=person).staff_number
        form = ClaimForm(initial=initial, **scope)
        return _form_page(request, form)
    form = ClaimForm(request.POST, request.FILES, **scope)
    if not form.is_valid() or form.person is None:
        return _form_page(request, form, status=422)
    try:
        claim = operations.send_claim(
            form.person.pk,
            by=asker,
            token=form.cleaned_data["token"],
            fields=form.fields_of_claim(),
            files=form.cleaned_data["papers"],
            now=timezone.now(),
        )
    except operations.MayNotClaim:
        raise Http404 from None
    messages.success(request, _("The claim was sent. You see here what becomes of it."))
    return redirect("tracker:claim", pk=claim.pk)


@require_http_methods(["GET", "POST"])
def claim_mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a returned claim and send it again."""
    claim = _own_claim(request, pk)
    if claim.state != ClaimState.RETURNED:
        messages.info(request, _("Only a returned claim can be changed."))
        return redirect("tracker:claim", pk=pk)
    files = list(claim.files.all())
    drop = {whole_number(each) for each in request.POST.getlist("drop")}
    kept = sum(file.pk not in drop for file in files)
    scope = {**_scope(request, claim.person), "kept": kept}
    if request.method == "GET":
        form = ClaimForm(initial=_initial(claim), **scope)
        return _form_page(request, form, claim=claim)
    form = ClaimForm(request.POST, request.FILES, **scope)
    if not form.is_valid():
        return _form_page(request, form, claim=claim, status=422)
    if kept + len(form.cleaned_data["papers"]) > MAX_FILES:
        form.add_error(
            "papers", _("At most %(most)s files belong to a claim.") % {"most": MAX_FILES}
        )
        return _form_page(request, form, claim=claim, status=422)
    try:
        operations.mend_claim(
            pk,
            by=me(request),
            fields=form.fields_of_claim(),
            files=form.cleaned_data["papers"],
            drop=[file.pk for file in files if file.pk in drop],
            now=timezone.now(),
        )
    except operations.DecidedBefore:
        messages.info(request, _decided_before())
    else:
        messages.success(request, _("The claim was sent again."))
    return redirect("tracker:claim", pk=pk)


@require_GET
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """A claim: what it says, what proves it, each step, and what may be done now."""
    return _claim_page(request, _claim(request, pk))


@require_POST
@role_required(*CONFIRMERS)
def claim_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a claim; it is credited once."""
    found = _claim(request, pk)
    try:
        entry = operations.confirm_claim(
            pk, by=me(request), sending=_sending(request), now=timezone.now()
        )
    except operations.MayNotDecide:
        raise Http404 from None
    except operations.DecidedBefore:
        messages.info(request, _decided_before())
        return redirect("tracker:claim", pk=pk)
    said = {"title": entry.title, "name": found.person.name}
    messages.success(request, _("“%(title)s” is confirmed and posted for %(name)s.") % said)
    return redirect("tracker:claim_queue")


@require_POST
@role_required(*CONFIRMERS)
def claim_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a claim back with the reason."""
    found = _claim(request, pk)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _claim_page(request, found, form, status=422)
    try:
        operations.return_claim(
            pk,
            by=me(request),
            sending=form.cleaned_data["sending"],
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
    except operations.MayNotDecide:
        raise Http404 from None
    except operations.DecidedBefore:
        messages.info(request, _decided_before())
        return redirect("tracker:claim", pk=pk)
    messages.success(request, _("The claim was returned with your reason."))
    return redirect("tracker:claim_queue")


@require_POST
def claim_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own claim back."""
    _own_claim(request, pk)
    try:
        operations.withdraw_claim(pk, by=me(request), now=timezone.now())
    except operations.DecidedBefore:
        messages.info(request, _decided_before())
    else:
        messages.success(request, _("The claim is withdrawn."))
    return redirect("tracker:claim", pk=pk)


@require_GET
def claim_file(request: HttpRequest, pk: int, file_pk: int) -> FileResponse:
    """A file of a claim as a download; it is never shown inside a page of this site."""
    found = get_object_or_404(ClaimFile, pk=file_pk, claim=_claim(request, pk))
    answer = FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type=found.media_type,
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _scope(request: HttpRequest, own: Any) -> dict[str, Any]:
    return {
        "persons": queries.persons_claimed_for(me(request)).exclude(pk=me(request).pk),
        "institutions": queries.institutions_known(),
        "today": timezone.localdate(),
        "own": own,
    }


def _initial(claim: Claim) -> dict[str, Any]:
    same = ("bucket", "title", "institution", "first_day", "last_day", "confirmer", "note", "token")
    amounts = ("training_days", "hours", "credits")
    return {name: getattr(claim, name) for name in same} | {
        name: amount(getattr(claim, name)) if getattr(claim, name) else None for name in amounts
    }


def _claim(request: HttpRequest, pk: int) -> Claim:
    return get_object_or_404(queries.claims_visible_to(me(request)), pk=pk)


def _own_claim(request: HttpRequest, pk: int) -> Claim:
    found = _claim(request, pk)
    if me(request).pk not in (found.person_id, found.made_by_id):
        raise Http404
    return found


def _sending(request: HttpRequest) -> int:
    return whole_number(request.POST.get("sending"))


def _decided_before() -> str:
    return _("Somebody decided this claim in the meantime, or it was sent anew; please look again.")


def _form_page(
    request: HttpRequest, form: ClaimForm, *, claim: Claim | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "tracker/claim_form.html", {"form": form, "claim": claim}, status=status)


def _claim_page(
    request: HttpRequest, found: Claim, form: ReturnForm | None = None, status: int = 200
) -> HttpResponse:
    own = me(request).pk in (found.person_id, found.made_by_id)
    may_decide = found.state == ClaimState.SENT and queries.may_decide_claim(me(request), found.pk)
    return render(
        request,
        "tracker/claim.html",
        {
            "claim": found,
            "files": found.files.all(),
            "steps": found.steps.select_related("by"),
            "own": own,
            "may_mend": own and found.state == ClaimState.RETURNED,
            "may_withdraw": own and found.state in (ClaimState.SENT, ClaimState.RETURNED),
            "return_form": (form or ReturnForm(initial={"sending": found.sending}))
            if may_decide
            else None,
            "alike": queries.lines_like(found) if may_decide else [],
            "sees_lines": queries.keeps_records_of(me(request), found.person_id),
        },
        status=status,
    )
