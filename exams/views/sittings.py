"""A sitting as the department sees it: live, one attempt's events, candidates, results, make-up."""

from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import operations, queries
from exams.enums import AttemptEventKind, AttemptState
from exams.forms.interventions import MakeUpForm, ReopenAllForm, TimeForm
from exams.models import Attempt, Exam
from people.enums import Role
from people.models import OrgUnit, Person
from people.numbers import whole_number
from people.operations import audit
from people.permissions import me, role_required
from people.queries import (
    has_role,
    names_told_apart,
    persons_visible_to,
    search_people,
    units_managed_by,
)

WATCHERS = (Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR)
SILENT_FOR = (5, 10, 20)  # minutes

REFUSALS = {
    "no_reason": gettext_lazy("Please give a reason; it stands in the record."),
    "own": gettext_lazy("Nobody intervenes in an attempt of his own."),
    "too_long": gettext_lazy("At most eight hours can be given at once."),
    "begun": gettext_lazy("This candidate has begun already: move the deadline of the attempt."),
    "not_handed_in": gettext_lazy("This attempt has not been handed in."),
    "seen": gettext_lazy(
        "This attempt cannot be opened again: its marks or the right answers could be seen already. Hold a make-up sitting instead."
    ),
    "credited": gettext_lazy(
        "This attempt passed and its credit hours stand in the ledger; it cannot be opened again."
    ),
    "other_attempt": gettext_lazy("This person has another attempt under way."),
    "other_audience": gettext_lazy("Candidates of this exam are named by unit, not by list."),
    "closed": gettext_lazy("This exam has closed."),
    "withdrawn": gettext_lazy("This exam was withdrawn; nothing more is done to it."),
}
# What each sign is, and how it errs: told beside every figure, so that nobody reads a verdict.
SIGNS = (
    (
        gettext_lazy("page left"),
        gettext_lazy(
            "The examination page was not in front. A message, a screen lock or an input method can do that; a second device leaves no trace."
        ),
    ),
    (
        gettext_lazy("text pasted"),
        gettext_lazy(
            "Text was put in from the clipboard. It may be the candidate’s own draft; typed copies are not seen."
        ),
    ),
    (
        gettext_lazy("address changed"),
        gettext_lazy(
            "The page was opened from another network address. Phones and offices change addresses by themselves."
        ),
    ),
)


def _reach(request: HttpRequest) -> QuerySet[Person]:
    return persons_visible_to(me(request), *WATCHERS)


def others_of(request: HttpRequest) -> QuerySet[Person]:
    """The same without the asker: his own score he sees when every candidate does."""
    return _reach(request).exclude(pk=me(request).pk)


def managed_by_asker(request: HttpRequest) -> QuerySet[Person]:
    """Those in whose attempts the asker may intervene."""
    return persons_visible_to(me(request), Role.TRAINING_ADMIN)


def sitting_exam(request: HttpRequest, pk: int, *roles: Role) -> Exam:
    exam: Exam = get_object_or_404(
        queries.exams_watched_by(me(request), *(roles or WATCHERS)), pk=pk
    )
    return exam


def tell_refused(request: HttpRequest, code: str) -> None:
    messages.error(request, REFUSALS.get(code, _("This is not possible in the present state.")))


@require_safe
@role_required(*WATCHERS)
def sitting_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    exams = queries.exams_watched_by(me(request), *WATCHERS)
    page = Paginator(exams, 25).get_page(request.GET.get("page"))
    return render(request, "exams/sittings/list.html", {"page_obj": page, "now": now})


@require_safe
@role_required(*WATCHERS)
def sitting(request: HttpRequest, pk: int) -> HttpResponse:
    """Who has begun, saved, is silent, handed in; ``?part=live`` gives the piece that is polled."""
    now = timezone.now()
    exam = sitting_exam(request, pk)
    reach = _reach(request)
    asked = whole_number(request.GET.get("silent"))
    silent = asked if asked in SILENT_FOR else SILENT_FOR[1]
    silent_for = timedelta(minutes=silent)
    attempts: QuerySet[Any] = queries.attempts_in_sitting(exam, reach, now, silent_for=silent_for)
    state = request.GET.get("state", "")
    if state == "silent":
        attempts = attempts.filter(silent=True)
    elif state == "signs":
        attempts = attempts.filter(signed=True)
    elif state == "answering":
        attempts = attempts.filter(state=AttemptState.IN_PROGRESS, accepts_until__gte=now)
    elif state == "done":
        attempts = attempts.filter(
            state__in=(AttemptState.SUBMITTED, AttemptState.GRADED)
        ) | attempts.filter(state=AttemptState.IN_PROGRESS, accepts_until__lt=now)
    elif state == "void":
        attempts = attempts.filter(state=AttemptState.VOID)
    else:
        attempts = attempts.exclude(state=AttemptState.PREPARED)
    words = request.GET.get("q", "").strip()
    if words:
        attempts = attempts.filter(person__in=search_people(reach, words))
    page = Paginator(attempts, 50).get_page(request.GET.get("page"))
    shown = list(page)
    progress = queries.progress_of(shown)
    homes = names_told_apart({attempt.unit for attempt in shown if attempt.unit is not None})
    questions, _worth = queries.size_of(exam)
    context = {
        "exam": exam,
        "now": now,
        "figures": queries.sitting_figures(exam, reach, now, silent_for=silent_for),
        "rows": [
            (a, queries.state_of(a, now), progress[a.pk], homes.get(a.unit_id or 0, ""))
            for a in shown
        ],
        "page_obj": page,
        "questions": questions,
        "silent": silent,
        "silences": SILENT_FOR,
        "state": state,
        "q": words,
        "is_running": exam.opens_at <= now < exam.closes_at + exam.duration,
        "may_act": has_role(me(request), Role.TRAINING_ADMIN),
    }
    if request.GET.get("part") == "live":
        return render(request, "exams/sittings/live.html", context)
    context |= {
        "form": TimeForm(),
        "reopen_form": ReopenAllForm(),
        "closed_early": queries.closed_by_the_clock(exam, reach, now).count(),
        "signs": SIGNS,
    }
    return render(request, "exams/sittings/sitting.html", context)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def extend_all(request: HttpRequest, pk: int) -> HttpResponse:
    """More time for everybody in reach who is answering now."""
    exam = sitting_exam(request, pk, Role.TRAINING_ADMIN)
    form = TimeForm(request.POST)
    if not form.is_valid():
        tell_refused(request, "no_reason")
        return redirect("exams:sitting", pk)
    try:
        moved = operations.extend_sitting(
            exam.pk,
            managed_by_asker(request),
            form.extra(),
            because=form.cleaned_data["reason"],
            by=me(request),
            now=timezone.now(),
        )
    except operations.DeadlineRefused as refusal:
        tell_refused(request, str(refusal))
    else:
        messages.success(request, _("%(n)s candidates have more time.") % {"n": moved})
    return redirect("exams:sitting", pk)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def reopen_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Let everybody in reach go on whom a wrong clock handed in."""
    exam = sitting_exam(request, pk, Role.TRAINING_ADMIN)
    form = ReopenAllForm(request.POST)
    if not form.is_valid():
        for field in form:
            for error in field.errors:
                messages.error(request, f"{field.label}：{error}")
        return redirect("exams:sitting", pk)
    try:
        opened, left = operations.reopen_sitting(
            exam.pk,
            managed_by_asker(request),
            form.extra(),
            since=form.cleaned_data["since"],
            because=form.cleaned_data["reason"],
            by=me(request),
            now=timezone.now(),
        )
    except operations.ReopenRefused as refusal:
        tell_refused(request, str(refusal))
        return redirect("exams:sitting", pk)
    if opened:
        messages.success(
            request,
            _("%(n)s attempts are open again; the candidates go on from the exam’s page.")
            % {"n": opened},
        )
    elif not left:
        messages.info(request, _("No attempt was closed by the clock like that."))
    if left:
        messages.warning(
            request,
            _(
                "%(n)s attempts stay closed: their marks could be seen, their hours are credited, or the person has another attempt under way."
            )
            % {"n": left},
        )
    return redirect("exams:sitting", pk)


def _log(attempt: Attempt) -> list[dict[str, Any]]:
    """What happened, in the order of time; start and hand-in are not events but stand in it, also a
    hand-in that was opened again."""
    events = list(attempt.events.select_related("by").order_by("at", "pk"))
    earlier = [
        datetime.fromisoformat(event.detail["submitted_at"])
        for event in events
        if event.kind == AttemptEventKind.REOPENED and event.detail.get("submitted_at")
    ]
    log: list[dict[str, Any]] = [
        {"at": at, "event": None, "words": words}
        for at, words in (
            (attempt.started_at, _("started")),
            *((at, _("handed in")) for at in (*earlier, attempt.submitted_at)),
        )
        if at is not None
    ]
    log += [{"at": each.at, "event": each, "words": each.get_kind_display()} for each in events]
    return _folded(sorted(log, key=itemgetter("at")))


def _folded(log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Openings of the page that follow each other stand in one line: a candidate who loads it again
    ten times would else bury what matters."""
    out: list[dict[str, Any]] = []
    for line in log:
        before = out[-1]["event"] if out else None
        opens = line["event"] is not None and line["event"].kind == AttemptEventKind.OPENED
        if opens and before is not None and before.kind == AttemptEventKind.OPENED:
            out[-1] |= {"times": out[-1]["times"] + 1, "last": line["at"]}
        else:
            out.append({**line, "times": 1, "last": line["at"]})
    return out


@require_safe
@role_required(*WATCHERS)
def attempt_record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One attempt with everything that happened to it; looking leaves an audit row."""
    now = timezone.now()
    attempt = get_object_or_404(
        Attempt.objects.select_related("exam", "person", "unit").filter(
            person__in=others_of(request).order_by(), exam__is_practice=False
        ),
        pk=pk,
    )
    audit(me(request), "exams.attempt.look", f"exams.attempt:{pk}", now=now)
    state = queries.state_of(attempt, now)
    managed = managed_by_asker(request).filter(pk=attempt.person_id).exists()
    questions, _worth = queries.size_of(attempt.exam)
    answers = attempt.answers.order_by("received_at").values_list("item", "seq", "received_at")
    return render(
        request,
        "exams/sittings/attempt.html",
        {
            "attempt": attempt,
            "exam": attempt.exam,
            "state": state,
            "events": _log(attempt),
            "answers": answers,
            "questions": questions,
            "signs": SIGNS,
            "may_act": managed and has_role(me(request), Role.TRAINING_ADMIN),
            "is_running": state == AttemptState.IN_PROGRESS,
            "is_over": state in (AttemptState.SUBMITTED, AttemptState.GRADED),
            "form": TimeForm(),
        },
    )


@require_POST
@role_required(Role.TRAINING_ADMIN)
def attempt_deed(request: HttpRequest, pk: UUID, deed: str) -> HttpResponse:
    """Extend, open again or void one attempt, with a reason."""
    attempt = get_object_or_404(
        Attempt.objects.filter(
            person__in=managed_by_asker(request).order_by(), exam__is_practice=False
        ),
        pk=pk,
    )
    now, by = timezone.now(), me(request)
    reason = request.POST.get("reason", "").strip()[:300]
    form = TimeForm(request.POST)
    try:
        if attempt.person_id == by.pk:
            raise operations.DeadlineRefused("own")
        if not reason:
            raise operations.DeadlineRefused("no_reason")
        if deed == "void":
            if operations.void_attempt(pk, because=reason, by=by, now=now):
                messages.success(request, _("The attempt is void; the candidate may try again."))
            else:
                messages.info(
                    request,
                    _("The attempt was void already; the reason given then stands in the record."),
                )
        elif deed not in ("extend", "reopen"):
            raise Http404
        elif not form.is_valid():
            raise operations.DeadlineRefused("too_long")
        elif deed == "extend":
            operations.extend_attempt(pk, form.extra(), because=reason, by=by, now=now)
            messages.success(
                request, _("The deadline was moved. The candidate’s page shows it by itself.")
            )
        else:
            operations.reopen_attempt(pk, form.extra(), because=reason, by=by, now=now)
            messages.success(
                request, _("The attempt is open again. The candidate goes on from the exam’s page.")
            )
    except (operations.DeadlineRefused, operations.ReopenRefused) as refusal:
        tell_refused(request, str(refusal))
    return redirect("exams:sitting_attempt", pk)


@require_safe
@role_required(*WATCHERS)
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """Results by unit, drilling down in the asker's reach."""
    exam = sitting_exam(request, pk)
    unit = unit_asked(request)
    rows = queries.results_by_unit(exam, me(request), unit, *WATCHERS)
    totals: dict[str, Any] = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("invited", "absent", "graded", "passed")
    }
    return render(
        request,
        "exams/sittings/results.html",
        {
            "exam": exam,
            "unit": unit,
            "rows": rows,
            "totals": totals,
            "now": timezone.now(),
            "may_act": has_role(me(request), Role.TRAINING_ADMIN),
        },
    )


def unit_asked(request: HttpRequest) -> OrgUnit | None:
    code = request.GET.get("unit", "")
    if not code:
        return None
    found: OrgUnit = get_object_or_404(units_managed_by(me(request), *WATCHERS), code=code)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TRAINING_ADMIN)
def make_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Announce a make-up sitting for those in reach who were absent or failed."""
    exam = sitting_exam(request, pk, Role.TRAINING_ADMIN)
    if exam.cancelled_at is not None:
        tell_refused(request, "withdrawn")
        return redirect("exams:sitting", pk)
    reach, now = managed_by_asker(request), timezone.now()
    absent = queries.absent_from(exam, reach).exclude(pk=me(request).pk)
    failed = queries.failed_in(exam, reach).exclude(pk=me(request).pk)
    form = MakeUpForm(
        request.POST or None,
        initial={
            "title": _("%(title)s (make-up)") % {"title": exam.title},
            "absent": True,
            "failed": True,
        },
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        ids: set[int] = set()
        if data["absent"]:
            ids |= set(absent.values_list("pk", flat=True))
        if data["failed"]:
            ids |= set(failed.values_list("pk", flat=True))
        if now < exam.closes_at:
            form.add_error(None, _("The first sitting is still open: wait until it has closed."))
        elif not ids:
            form.add_error(None, _("Nobody was absent or failed."))
        else:
            try:
                made = operations.open_make_up(
                    pk,
                    sorted(ids),
                    opens_at=data["opens_at"],
                    closes_at=data["closes_at"],
                    paper_id=data["paper"].pk if data["paper"] else None,
                    title=data["title"],
                    by=me(request),
                    now=now,
                )
            except operations.CandidatesRefused:
                form.add_error(
                    "title",
                    _("A make-up sitting of this title is announced already; give another title."),
                )
            else:
                said = _("The make-up sitting is announced to %(n)s persons.") % {"n": len(ids)}
                messages.success(request, said)
                return redirect("exams:candidates", made.pk)
    return render(
        request,
        "exams/sittings/make_up.html",
        {
            "exam": exam,
            "form": form,
            "absent": absent.count(),
            "failed": failed.count(),
            "is_open": now < exam.closes_at,
            "made": exam.make_ups.order_by("-pk"),
        },
    )
