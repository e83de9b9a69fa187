"""Pages of the record: the member's own, a person's for those who keep it, and the rule packs."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.enums import Role
from people.models import Person
from people.operations import audit
from people.permissions import role_required
from people.queries import has_role, persons_visible_to
from tracker import operations, queries, wording
from tracker.enums import Bucket, ConfirmerKind
from tracker.forms import AnswerForm, AsOfForm, PostingForm, PutRightForm, RemarkForm
from tracker.models import Entry, Remark, RulePack
from tracker.rules import Assessment, Confirmer, Form, Reason, Row
from tracker.rules.assess import Refused

PER_PAGE = 20
# Trying a pack costs some two milliseconds a person; more than this is not waited for.
EFFECT_LIMIT = 2000
# Reasons that only say a line belongs elsewhere; such lines are shown folded away.
_ELSEWHERE = {
    Reason.BEFORE_WINDOW,
    Reason.AFTER_WINDOW,
    Reason.FORM_NOT_COUNTED,
    Reason.ONLINE_NOT_COUNTED,
    Reason.NOT_YET,
}


@dataclass
class Bar:
    """One measure of the nearest way, as a progress bar shows it."""

    label: str
    value: Any
    max: Any
    unit: str
    note: str = ""


@dataclass
class Requirement:
    """A requirement as the record page shows it."""

    assessment: Assessment
    title: str
    verdict: str
    url: str
    bars: list[Bar]
    others: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.assessment.state.value


@dataclass
class Line:
    """A row of the ledger in an explanation."""

    row: Row
    form: str
    confirmer: str
    reasons: list[str] = field(default_factory=list)
    url: str = ""


# --- the record -----------------------------------------------------------------------------------


@require_GET
def record(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Where a person stands, the year's sums, and the lines of the ledger."""
    person, now = _person(request, pk), timezone.now()
    form, on, known_at = _as_of(request, now)
    year = _year(request.GET.get("year"), on.year)
    found = queries.record_of(person.pk, year, on=on, known_at=known_at)
    entries = queries.entries_of(person.pk, known_at).filter(
        occurred_to__gt=f"{year}-01-01", occurred_to__lte=f"{year + 1}-01-01"
    )
    page = Paginator(entries.select_related("reversed_by"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    _audit_look(request, person, "tracker.record.view", now)
    return render(
        request,
        "tracker/record.html",
        {
            "person": person,
            "own": person.pk == request.user.pk,
            "may_post": has_role(request.user, Role.TRAINING_ADMIN)
            and queries.puts_right(request.user, person.pk),  # type: ignore[arg-type]
            "headline": wording.headline(found.assessments),
            "requirements": [
                _requirement(a, _url(request, pk, a.duty.code))
                for a in wording.most_pressing(found.assessments)
            ],
            "form": form,
            "on": on,
            "known_at": known_at,
            "as_of": bool(request.GET.get("on") or request.GET.get("known")),
            "year": year,
            "years": found.years,
            "sums": found.sums,
            "page": page,
        },
    )


@require_GET
def requirement(request: HttpRequest, code: str, pk: int | None = None) -> HttpResponse:
    """The explanation of one standing: a page one could hand to an auditor."""
    person, now = _person(request, pk), timezone.now()
    form, on, known_at = _as_of(request, now)
    assessment = queries.assessment_of(person.pk, code, on=on, known_at=known_at)
    if assessment is None:
        raise Http404
    refused = [_refused(each, assessment) for each in assessment.refused]
    near = [
        line
        for line, each in zip(refused, assessment.refused, strict=True)
        if not _is_elsewhere(each, assessment)
    ]
    far = [
        line
        for line, each in zip(refused, assessment.refused, strict=True)
        if _is_elsewhere(each, assessment)
    ]
    _audit_look(request, person, "tracker.requirement.view", now, code=code)
    duty = assessment.duty
    return render(
        request,
        "tracker/requirement.html",
        {
            "person": person,
            "own": person.pk == request.user.pk,
            "record_url": _url(request, pk),
            "assessment": assessment,
            "item": _requirement(assessment, ""),
            "duty": duty,
            "title": wording.title(duty.title),
            "confidence": wording.confidence(duty.source.confidence),
            "source_note": wording.title(duty.source.note),
            "owed": wording.amounts(duty),
            "who": wording.who(duty.who, duty),
            "counts": wording.what_counts(duty),
            "period": wording.window_rule(duty),
            "ways": [
                {
                    "label": wording.way_label(way),
                    "met": way.met,
                    "bars": [_bar(part) for part in way.parts],
                    "nearest": number == assessment.nearest and len(assessment.ways) > 1,
                }
                for number, way in enumerate(assessment.ways)
            ],
            "window": wording.period(assessment),
            "notes": wording.notes_on_period(assessment) + wording.notes_on_figures(assessment),
            "gap": wording.gap(assessment),
            "other_gaps": wording.other_ways_gap(assessment),
            "counted": [_line(row) for row in assessment.counted],
            "refused": near,
            "elsewhere": far,
            "form": form,
            "on": on,
            "known_at": known_at,
        },
    )


def _person(request: HttpRequest, pk: int | None) -> Person:
    """The person asked for, if the one asking may see him; otherwise there is no such page."""
    if pk is None:
        assert isinstance(request.user, Person)  # noqa: S101  every view needs a login
        return request.user
    return get_object_or_404(persons_visible_to(request.user), pk=pk)  # type: ignore[arg-type]


def _as_of(request: HttpRequest, now: datetime) -> tuple[AsOfForm, date, datetime]:
    """The form, filled in, and the two days of the address; today and now without any."""
    today = timezone.localdate(now)
    form = AsOfForm(request.GET)
    on, known_at = form.moments(now, today)
    days = {"on": on, "known": timezone.localdate(known_at)}
    return AsOfForm(initial=days), on, known_at


def _audit_look(request: HttpRequest, person: Person, verb: str, now: Any, **detail: str) -> None:
    if person.pk != request.user.pk:
        audit(request.user, verb, f"people.person:{person.pk}", detail, now=now)  # type: ignore[arg-type]


def _year(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and 1949 <= int(text) <= 2200 else otherwise


def _url(request: HttpRequest, pk: int | None, code: str = "") -> str:
    """The record or an explanation, keeping the two days of the address."""
    base = "/me/record/" if pk is None else f"/people/{pk}/record/"
    kept = {key: request.GET[key] for key in ("on", "known") if request.GET.get(key)}
    return base + (f"{code}/" if code else "") + (f"?{urlencode(kept)}" if kept else "")


def _bar(part: Any) -> Bar:
    note = ""
    if part.official != part.amount:
        note = _("%(official)s full days count officially") % {"official": f"{part.official:f}"}
    return Bar(
        wording.part_label(part), part.amount, part.required, wording.unit(part.measure), note
    )


def _requirement(assessment: Assessment, url: str) -> Requirement:
    way = assessment.nearest_way
    return Requirement(
        assessment,
        wording.title(assessment.duty.title),
        wording.verdict(assessment),
        url,
        [_bar(part) for part in way.parts] if way else [],
        [
            _("or %(way)s: %(done)s so far")
            % {"way": wording.way_label(other), "done": wording.way_done(other)}
            for number, other in enumerate(assessment.ways)
            if number != assessment.nearest
        ],
    )


def _line(row: Row, reasons: list[str] | None = None) -> Line:
    return Line(
        row,
        wording.form_names([row.form])[0],
        str(ConfirmerKind(row.confirmer.value).label),
        reasons or [],
    )


def _is_elsewhere(refused: Refused, assessment: Assessment) -> bool:
    """A line of another form or period, which nobody would expect to count here."""
    row, window = refused.row, assessment.window
    if row.form not in assessment.duty.counts.forms or _ELSEWHERE & set(refused.reasons):
        return True
    return window is not None and (
        row.last_day < window.plan_since
        or (window.until is not None and row.last_day >= window.until)
    )


def _refused(refused: Refused, assessment: Assessment) -> Line:
    return _line(refused.row, wording.reasons(refused, assessment))


# --- a line, and contesting it ---------------------------------------------------------------------


def _entry(request: HttpRequest, pk: int) -> Entry:
    entry = get_object_or_404(
        Entry.objects.select_related(
            "person", "institution", "confirmed_by", "reverses", "reversed_by"
        ),
        pk=pk,
        person__isnull=False,
    )
    if entry.person_id != request.user.pk:
        get_object_or_404(persons_visible_to(request.user), pk=entry.person_id)  # type: ignore[arg-type]
    return entry


@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One line with its evidence, and what was said about it."""
    found, now = _entry(request, pk), timezone.now()
    _show_entry_audit(request, found, now)
    return render(request, "tracker/entry.html", _entry_context(request, found))


def _show_entry_audit(request: HttpRequest, found: Entry, now: Any) -> None:
    if found.person_id != request.user.pk:
        subject = f"people.person:{found.person_id}"
        audit(request.user, "tracker.entry.view", subject, {"entry": found.pk}, now=now)  # type: ignore[arg-type]


def _entry_context(
    request: HttpRequest,
    found: Entry,
    form: RemarkForm | None = None,
    right_form: PutRightForm | None = None,
) -> dict[str, Any]:
    own = found.person_id == request.user.pk
    remarks = list(found.remarks.select_related("author", "answered_by"))
    taken_back = getattr(found, "reversed_by", None)
    may_put_right = (
        not own
        and found.reverses_id is None
        and taken_back is None
        and has_role(request.user, Role.TRAINING_ADMIN)
        and queries.puts_right(request.user, found.person_id)  # type: ignore[arg-type]
    )
    if may_put_right and right_form is None:
        waiting = next((remark.pk for remark in remarks if remark.state == "open"), None)
        right_form = PutRightForm(entry=found, initial={"remark": waiting})
    return {
        "entry": found,
        "own": own,
        "remarks": remarks,
        "record_url": _url(request, None if own else found.person_id),
        "form": form or RemarkForm(),
        "may_contest": own
        and found.reverses_id is None
        and not any(remark.state == "open" for remark in remarks),
        "may_answer": not own and queries.keeps_records_of(request.user, found.person_id),  # type: ignore[arg-type]
        "answer_form": AnswerForm(),
        "right_form": right_form if may_put_right else None,
        "reversal": taken_back,
        "posted_anew": queries.posted_anew(found) if taken_back else None,
    }


@require_POST
def contest(request: HttpRequest, pk: int) -> HttpResponse:
    """A member says what is wrong with a line of his own."""
    found = _entry(request, pk)
    if found.person_id != request.user.pk:
        raise Http404
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return render(
            request, "tracker/entry.html", _entry_context(request, found, form), status=422
        )
    try:
        operations.contest(
            pk,
            by=request.user,  # type: ignore[arg-type]
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
    page = Paginator(queries.open_remarks_for(request.user), PER_PAGE).get_page(  # type: ignore[arg-type]
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
            by=request.user,  # type: ignore[arg-type]
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
    if not queries.puts_right(request.user, found.person_id):  # type: ignore[arg-type]
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
            by=request.user,  # type: ignore[arg-type]
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


# --- posting by hand --------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF)
def post(request: HttpRequest) -> HttpResponse:
    """Type a line, read what it will count for, then post it. The form's token posts once."""
    asker, now = request.user, timezone.now()
    assert isinstance(asker, Person)  # noqa: S101  every view needs a login
    persons = queries.persons_posted_for(asker)
    only_institution = not has_role(asker, Role.TRAINING_ADMIN)
    scope: dict[str, Any] = {
        "persons": persons,
        "institutions": queries.institutions_vouched_by(asker),
        "only_institution": only_institution,
        "today": timezone.localdate(now),
    }
    if request.method == "GET":
        initial: dict[str, Any] = {"token": uuid4()}
        if request.GET.get("person", "").isdecimal():
            initial["who"] = get_object_or_404(persons, pk=request.GET["person"]).staff_number
        form = PostingForm(initial=initial, **scope)
        return render(request, "tracker/post.html", {"form": form})
    form = PostingForm(request.POST, **scope)
    if not form.is_valid() or form.person is None:
        return render(request, "tracker/post.html", {"form": form}, status=422)
    chosen = form.cleaned_data
    posting = operations.Posting(
        source=f"tracker.manual:{chosen['token']}",
        bucket=chosen["bucket"],
        title=chosen["title"],
        occurred_from=chosen["first_day"],
        occurred_to=chosen["last_day"] + timedelta(days=1),
        measures=form.measures(),
        confirmer=chosen["confirmer"],
        person_id=form.person.pk,
        institution_id=chosen["institution"].pk if chosen["institution"] else None,
        confirmed_by_id=asker.pk,
        evidence={"note": chosen["note"]},
    )
    step = request.POST.get("step")
    if step == "edit":
        return render(request, "tracker/post.html", {"form": form})
    if step != "post":
        context = {
            "form": form,
            "person": form.person,
            "posting": posting,
            "institution": chosen["institution"],
            "bucket": Bucket(posting.bucket).label,
            "confirmer": ConfirmerKind(posting.confirmer).label,
            "counts": _counts_for(posting, now, with_standing=not only_institution),
        }
        return render(request, "tracker/post_preview.html", context)
    try:
        line, fresh = operations.post_by_hand(posting, by=asker, now=now)
    except operations.MayNotPost:
        raise Http404 from None
    except operations.SourceTaken:
        messages.error(
            request, _("This form has posted a line for somebody else. Please begin anew.")
        )
        return redirect("tracker:post")
    said = {"title": line.title, "name": form.person.name}
    if fresh:
        messages.success(request, _("“%(title)s” is posted for %(name)s.") % said)
    else:
        messages.info(
            request,
            _(
                "This form was posted before, so nothing was posted a second time: “%(title)s”, %(name)s."
            )
            % said,
        )
    if only_institution:
        return redirect("tracker:post")
    return redirect("tracker:entry", pk=line.pk)


def _counts_for(
    posting: operations.Posting, now: datetime, *, with_standing: bool
) -> list[tuple[bool, str]]:
    """What the line would count for as of its last day, and why not for the rest.

    ``with_standing`` adds where the person would then stand, for those who see records.
    """
    assert posting.person_id is not None  # noqa: S101  a form names a person
    row = Row(
        key="new",
        form=Form(posting.bucket),
        title=posting.title,
        since=posting.occurred_from,
        after_last=posting.occurred_to,
        measures=posting.measures,
        recorded_at=now,
        confirmer=Confirmer(posting.confirmer),
    )
    found = []
    for assessment in queries.assessments_with(
        posting.person_id,
        row,
        posting.institution_id,
        on=row.last_day,
        known_at=now,
    ):
        words = {"title": wording.title(assessment.duty.title)}
        if any(line.key == "new" for line in assessment.counted):
            sentence = _("It will count for “%(title)s”.") % words
            if with_standing:
                verdict = wording.verdict(assessment)
                sentence = _("%(one)s %(two)s") % {"one": sentence, "two": verdict}
            found.append((True, sentence))
            continue
        for refused in assessment.refused:
            if refused.row.key == "new":
                words["reasons"] = " ".join(wording.reasons(refused, assessment))
                found.append((False, _("Not for “%(title)s”: %(reasons)s") % words))
    return sorted(found, key=lambda pair: not pair[0])


# --- rule packs -------------------------------------------------------------------------------------


@require_GET
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def rulepacks(request: HttpRequest) -> HttpResponse:
    """Every version of every pack, and whether it is in force today."""
    today = timezone.localdate()
    rows = []
    for row in queries.rule_packs():
        pack = queries.pack_of_document(row.document)
        rows.append(
            {
                "row": row,
                "title": wording.title(pack.title),
                "source": pack.source,
                "confidence": wording.confidence(row.confidence),
                "duties": len(pack.duties),
                "in_force": row.status == "approved" and pack.in_force(today),
                "over": row.valid_until is not None and row.valid_until <= today,
            }
        )
    return render(request, "tracker/rulepacks.html", {"rows": rows})


@require_GET
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def rulepack(request: HttpRequest, pk: int) -> HttpResponse:
    """A pack in words, with its sources and how sure they are."""
    row = get_object_or_404(queries.rule_packs(), pk=pk)
    pack = queries.pack_of_document(row.document)
    flips, looked_at = None, 0
    if "effect" in request.GET:
        now = timezone.now()
        seen = persons_visible_to(request.user).filter(is_active=True)  # type: ignore[arg-type]
        ids = list(seen.values_list("pk", flat=True)[:EFFECT_LIMIT])
        looked_at = len(ids)
        flips = queries.effect_of(row, ids, on=timezone.localdate(now), known_at=now)
    return render(
        request,
        "tracker/rulepack.html",
        {
            "row": row,
            "pack": pack,
            "title": wording.title(pack.title),
            "confidence": wording.confidence(row.confidence),
            "source_note": wording.title(pack.source.note),
            "flips": flips,
            "looked_at": looked_at,
            "limited": looked_at == EFFECT_LIMIT,
            "everywhere": row.jurisdiction == queries.EVERYWHERE,
            "duties": [
                {
                    "duty": duty,
                    "title": wording.title(duty.title),
                    "who": wording.who(duty.who, duty),
                    "owed": wording.amounts(duty),
                    "period": wording.window_rule(duty),
                    "counts": wording.what_counts(duty),
                    "confidence": wording.confidence(duty.source.confidence),
                }
                for duty in pack.duties
            ],
            "may_approve": row.status == "draft" and operations.may_approve(row, request.user),  # type: ignore[arg-type]
        },
    )


@require_POST
@role_required(Role.TRAINING_ADMIN)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft into force."""
    get_object_or_404(RulePack, pk=pk)
    try:
        operations.approve_rulepack(pk, request.user, timezone.now())  # type: ignore[arg-type]
    except operations.MayNotApprove:
        messages.error(
            request,
            _("Somebody else has to approve this pack: an administrator who did not load it."),
        )
    except operations.OverridesTooMuch as error:
        messages.error(
            request,
            _("The pack above does not leave open what this one changes: %(what)s.")
            % {"what": str(error)},
        )
    except operations.NotADraft:
        messages.info(request, _("The pack was approved before."))
    else:
        messages.success(request, _("The pack is approved. Standings follow with the next update."))
    return redirect("tracker:rulepack", pk=pk)
