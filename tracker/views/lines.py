"""A line of the ledger, and contesting it."""

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from people.downloads import download
from people.enums import Role
from people.operations import audit
from people.permissions import me, role_required
from people.queries import has_role, persons_visible_to, record_kept_for
from tracker import operations, queries, seals
from tracker.forms.lines import AnswerForm, PutRightForm, RemarkForm
from tracker.models import Entry, Remark
from tracker.views.record import PER_PAGE, _url


def _entry(request: HttpRequest, pk: int) -> Entry:
    entry = get_object_or_404(
        Entry.objects.select_related(
            "person", "institution", "confirmed_by", "reverses", "reversed_by"
        ),
        pk=pk,
        person__isnull=False,
    )
    # A line of a record that was merged is seen by whoever sees the one it is read with.
    holder = _holder(entry)
    records = {holder, entry.person_id or holder}
    if me(request).pk not in records:
        seen = persons_visible_to(me(request)).filter(pk__in=records)
        if not seen.exists():
            raise Http404
    return entry


def _holder(entry: Entry) -> int:
    """In whose record the line stands now."""
    assert entry.person_id is not None  # noqa: S101  lines of organisations are not shown here
    return record_kept_for(entry.person_id)


@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One line with its evidence, and what was said about it."""
    found, now = _entry(request, pk), timezone.now()
    _show_entry_audit(request, found, now)
    return render(request, "tracker/entry.html", _entry_context(request, found))


@require_GET
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """What proves, without this site, that the line stands in the sealed ledger."""
    found, now = _entry(request, pk), timezone.now()
    proven = seals.inclusion_proof(found.pk)
    if proven is None:
        messages.info(request, _("The line is not sealed yet; sealing runs every night."))
        return redirect("tracker:entry", pk)
    subject = f"people.person:{found.person_id}"
    audit(me(request), "tracker.entry.prove", subject, {"entry": found.pk}, now=now)
    text = json.dumps(proven, ensure_ascii=False, indent=1)
    return download(text, f"proof-{found.pk}.json", "application/json")


def _show_entry_audit(request: HttpRequest, found: Entry, now: Any) -> None:
    if me(request).pk not in (found.person_id, _holder(found)):
        subject = f"people.person:{found.person_id}"
        audit(me(request), "tracker.entry.view", subject, {"entry": found.pk}, now=now)


def _entry_context(
    request: HttpRequest,
    found: Entry,
    form: RemarkForm | None = None,
    right_form: PutRightForm | None = None,
) -> dict[str, Any]:
    holder = _holder(found)
    own = holder == me(request).pk
    remarks = list(found.remarks.select_related("author", "answered_by"))
    taken_back = getattr(found, "reversed_by", None)
    may_put_right = (
        not own
        and found.reverses_id is None
        and taken_back is None
        and has_role(me(request), Role.TRAINING_ADMIN)
        and queries.puts_right(me(request), found.person_id)
    )
    asked: dict[str, str] = {}
    if may_put_right and right_form is None:
        waiting = next((remark.pk for remark in remarks if remark.state == "open"), None)
        asked = {
            name: request.GET[name][:300]
            for name in ("what", "training_days", "because")
            if request.GET.get(name)
        }
        right_form = PutRightForm(entry=found, initial={**asked, "remark": waiting})
    original = found.reverses or found
    reposted = queries.posted_anew(original) if taken_back or found.reverses_id else None
    return {
        "entry": found,
        "place": queries.places_then([found]).get(found.pk, ""),
        "valued_by": queries.valued_by(found.valuation),
        "sealed_by": queries.sealed_by(found.pk),
        "own": own,
        "remarks": remarks,
        "record_url": _url(request, None if own else holder),
        "form": form or RemarkForm(),
        "may_contest": own
        and found.reverses_id is None
        and not any(remark.state == "open" for remark in remarks),
        "may_answer": not own and queries.keeps_records_of(me(request), found.person_id),
        "answer_form": AnswerForm(),
        "right_form": right_form if may_put_right else None,
        # Who comes from the data-quality desk has clicked once; the form lies open, filled in.
        "right_open": bool(asked) or (right_form is not None and right_form.is_bound),
        "reversal": taken_back,
        "posted_anew": reposted if taken_back else None,
        # What was taken back because its days were wrong is posted anew from here, filled in.
        "taken_back": original
        if (taken_back or found.reverses_id)
        and reposted is None
        and has_role(me(request), Role.TRAINING_ADMIN)
        and queries.lines_posted_for(me(request)).filter(pk=original.pk).exists()
        else None,
    }


@require_POST
def contest(request: HttpRequest, pk: int) -> HttpResponse:
    """A member says what is wrong with a line of his own."""
    found = _entry(request, pk)
    if _holder(found) != me(request).pk:
        raise Http404
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return render(
            request, "tracker/entry.html", _entry_context(request, found, form), status=422
        )
    try:
        operations.contest(
            pk,
            by=me(request),
            text=form.cleaned_data["text"],
            now=timezone.now(),
        )
    except operations.RemarkPending:
        messages.info(request, _("This line is contested already and waits for an answer."))
    else:
        messages.success(
            request, _("Your remark was sent to your unit; the answer will stand here.")
        )
    return redirect("tracker:entry", pk=pk)


@require_GET
@role_required(Role.TRAINING_ADMIN, Role.LIAISON)
def remarks(request: HttpRequest) -> HttpResponse:
    """Contested lines that wait for this person's answer."""
    page = Paginator(queries.open_remarks_for(me(request)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "tracker/remarks.html", {"page": page})


@require_POST
@role_required(Role.TRAINING_ADMIN, Role.LIAISON)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a contested line; the answer is kept."""
    remark = get_object_or_404(Remark, pk=pk)
    _entry(request, remark.entry_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please write an answer of at most 1000 characters."))
        return redirect("tracker:entry", pk=remark.entry_id)
    try:
        operations.answer_remark(
            pk,
            by=me(request),
            answer=form.cleaned_data["answer"],
            now=timezone.now(),
        )
    except operations.MayNotAnswer:
        raise Http404 from None
    except operations.AnsweredBefore:
        messages.info(request, _("Somebody answered this remark before you; that answer stays."))
    else:
        messages.success(request, _("The answer was kept and is shown to the person."))
    return redirect("tracker:entry", pk=remark.entry_id)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def put_right(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a line back or correct its figures, answering the open remark where there is one."""
    found = _entry(request, pk)
    if not queries.puts_right(me(request), found.person_id):
        raise Http404
    form = PutRightForm(request.POST, entry=found)
    if not form.is_valid():
        context = _entry_context(request, found, right_form=form)
        if context["right_form"] is not None:
            return render(request, "tracker/entry.html", context, status=422)
        messages.info(request, _put_right_before())
        return redirect("tracker:entry", pk=pk)
    measures = form.measures()
    try:
        shown = operations.put_right(
            pk,
            by=me(request),
            because=form.cleaned_data["because"],
            measures=measures,
            remark_id=form.cleaned_data["remark"],
            now=timezone.now(),
        )
    except (operations.MayNotPutRight, operations.MayNotAnswer, Remark.DoesNotExist):
        raise Http404 from None
    except operations.NothingToReverse:
        messages.info(request, _put_right_before())
        return redirect("tracker:entry", pk=pk)
    except operations.AnsweredBefore:
        if hasattr(_entry(request, pk), "reversed_by"):
            messages.info(request, _put_right_before())
        else:
            messages.warning(
                request,
                _(
                    "Somebody answered the remark in the meantime, so nothing was changed. "
                    "Please read the answer; the line can still be put right below."
                ),
            )
        return redirect("tracker:entry", pk=pk)
    if measures is None:
        messages.success(request, _("The line is taken back. Both lines stay in the record."))
    else:
        messages.success(
            request, _("The line is taken back and posted anew with the right figures.")
        )
    return redirect("tracker:entry", pk=shown.pk)


def _put_right_before() -> str:
    return _("This line was put right already; nothing was changed a second time.")
