"""What a candidate sees: open exams, the examination, the receipt, the result."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST, require_safe

from exams import operations, queries
from exams.engine.certainty import (
    Calibration,
    LevelFigures,
    Stake,
    accuracy,
    best_from,
    scheme_of,
    stakes,
)
from exams.engine.receipts import tidy
from exams.engine.scoring import is_blank
from exams.enums import AttemptState, Counts, Review
from exams.forms.marking import AppealForm
from exams.models import Attempt, Exam
from exams.permissions import BANK_ROLES, EXAM_ROLES, issue_pass
from exams.views.question import PLACE, drawn_at, question_view
from people.enums import Role
from people.permissions import me
from people.queries import has_role

REFUSALS = {
    "not_open": gettext_lazy("This exam has not opened yet."),
    "closed": gettext_lazy("This exam has closed."),
    "used_up": gettext_lazy("You have used all your attempts."),
    "no_questions": gettext_lazy(
        "A paper could not be drawn for you. Please tell whoever announced the exam."
    ),
}


BACK = "exams_back"  # in the session: exam id → the page of the course that sent the person
BACKS_KEPT = 20
OF_A_SERIES = 2  # exams of a year's plan shown ahead


def remember_back(request: HttpRequest, exam_id: int) -> str:
    """Where the exam leads back to: ``next`` of this request, or what an earlier one said; or ""."""
    asked = request.GET.get("next", "")
    backs: dict[str, str] = request.session.get(BACK, {})
    key = str(exam_id)
    is_safe = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    if is_safe and len(asked) <= 500 and backs.get(key) != asked:
        backs = {k: v for k, v in backs.items() if k != key}
        kept = list(backs.items())[-(BACKS_KEPT - 1) :]
        request.session[BACK] = backs = dict([*kept, (key, asked)])
    return backs.get(key, "")


def own_attempt(request: HttpRequest, pk: UUID) -> Attempt:
    """The person's own attempt, or 404: of others one does not even learn that it exists."""
    attempt = queries.own_attempt(pk, me(request))
    if attempt is None:
        raise Http404
    return attempt


@require_safe
def exam_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    person = me(request)
    open_now = queries.exams_open_to(person, now)
    mine: dict[int, list[Attempt]] = {}
    for attempt in queries.attempts_of(person):
        mine.setdefault(attempt.exam_id, []).append(attempt)
    rows = [
        {"exam": exam, "attempts": mine.get(exam.pk, []), "state": _standing(exam, mine, now)}
        for exam in open_now
    ]
    recent = [attempts[0] for exam_id, attempts in mine.items()][:5]
    return render(
        request,
        "exams/list.html",
        {
            "rows": rows,
            "to_sit": sum(row["state"] not in ("used_up", "passed") for row in rows),
            "coming": _next_ones(queries.exams_coming_to(person, now))[:10],
            "recent": [_result_row(attempt, now) for attempt in recent],
        },
    )


def _next_ones(coming: Iterable[Exam]) -> list[Exam]:
    """Of a year's plan only what comes next, the month's and the quarter's: not the whole year."""
    seen: Counter[int] = Counter()
    out = []
    for exam in coming:
        if exam.series_id is not None:
            seen[exam.series_id] += 1
            if seen[exam.series_id] > OF_A_SERIES:
                continue
        out.append(exam)
    return out


def _standing(exam: Exam, mine: dict[int, list[Attempt]], now: Any) -> str:
    """Where the person is with an open exam: running, passed, again, used_up or new."""
    attempts = mine.get(exam.pk, [])
    states = [queries.state_of(attempt, now) for attempt in attempts]
    if AttemptState.IN_PROGRESS in states:
        return "running"
    if any(
        attempt.passed and queries.review_level(attempt, now) != Review.NOTHING
        for attempt in attempts
    ):
        return "passed"
    used = sum(state in (AttemptState.SUBMITTED, AttemptState.GRADED) for state in states)
    if used >= exam.attempts_allowed:
        return "used_up"
    return "again" if used else "new"


def _counting(exam: Exam, rows: list[dict[str, Any]]) -> UUID | None:
    """Of several graded attempts the one that counts, once all their scores may be seen."""
    graded = [row for row in rows if row["state"] == AttemptState.GRADED]
    if len(graded) < 2 or not all(row["shows_score"] for row in graded):
        return None
    result = queries.best_result(exam.pk, graded[0]["attempt"].person_id)
    return result.attempt_id if result else None


def _result_row(attempt: Attempt, now: Any) -> dict[str, Any]:
    level = queries.review_level(attempt, now)
    return {
        "attempt": attempt,
        "state": queries.state_of(attempt, now),
        "shows_score": level in (Review.SCORE, Review.MARKS, Review.KEY),
    }


@require_safe
def my_results(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    page = Paginator(queries.attempts_of(me(request)), 25).get_page(request.GET.get("page"))
    rows = [_result_row(attempt, now) for attempt in page]
    return render(request, "exams/mine.html", {"rows": rows, "page_obj": page})


@require_safe
def exam_detail(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    person = me(request)
    exam = queries.exam_for(person, pk)
    is_preview = exam is None
    if exam is None:
        withdrawn = queries.withdrawn_exams_of(person).filter(pk=pk).first()
        if withdrawn is not None:
            return render(request, "exams/withdrawn.html", {"exam": withdrawn})
        # Whoever holds exams reads the rules as candidates do, without being one.
        if not has_role(person, *BANK_ROLES, Role.TRAINING_ADMIN):
            raise Http404
        exam = get_object_or_404(Exam, pk=pk)
    if exam.is_practice:
        return redirect("exams:practice")
    attempts = queries.attempts_at(exam, person)
    rows = [_result_row(attempt, now) for attempt in attempts]
    state = _standing(exam, {exam.pk: attempts}, now)
    running = next((r["attempt"] for r in rows if r["state"] == AttemptState.IN_PROGRESS), None)
    is_open = exam.opens_at <= now < exam.closes_at
    used = sum(row["state"] in (AttemptState.SUBMITTED, AttemptState.GRADED) for row in rows)
    questions, worth = queries.size_of(exam)
    extra = queries.extra_time(exam, person)
    return render(
        request,
        "exams/detail.html",
        {
            "exam": exam,
            "back": remember_back(request, exam.pk),
            "rows": rows,
            "state": state,
            "is_open": is_open,
            "is_early": now < exam.opens_at,
            "running": running,
            "reopened": queries.reopenings_of(running).first() if running else None,
            "is_preview": is_preview,
            "may_start": not is_preview
            and is_open
            and (state == "running" or used < exam.attempts_allowed),
            "left": max(exam.attempts_allowed - used, 0),
            "questions": questions,
            "worth": worth,
            "minutes": int((exam.duration + extra) / timedelta(minutes=1)),
            "counting": _counting(exam, rows),
            "extra_minutes": int(extra / timedelta(minutes=1)),
            "closes_at": exam.closes_at + extra,
            "grace_seconds": int(exam.grace.total_seconds()),
            "best_counts": exam.counts == Counts.BEST,
            "certainty": _certainty_rules(exam),
        },
    )


def _certainty_rules(exam: Exam) -> list[dict[str, Any]]:
    """Each level of certainty, for a question of as many points as the highest level has marks."""
    scheme = scheme_of(exam.certainty_scheme)
    if scheme is None:
        return []
    chances = best_from(scheme)
    return [
        {"stake": stake, "from": round(100 * chances[stake.level - 1])}
        for stake in stakes(Decimal(scheme.most), scheme)
    ]


def _calibration(exam: Exam, lines: Sequence[queries.ReviewedLine]) -> Sequence[LevelFigures]:
    """How often the candidate was right at each level of certainty; empty where none is asked."""
    scheme = scheme_of(exam.certainty_scheme)
    if scheme is None:
        return ()
    said = Calibration(scheme)
    for line in lines:
        if line.certainty is not None and line.reason in ("right", "partly", "wrong"):
            right = accuracy(line.points, line.worth, line.certainty, scheme)
            said.add(line.certainty, right)
    return said.figures()


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        attempt = operations.start_attempt(pk, me(request), now=timezone.now())
    except operations.StartRefused as refusal:
        if refusal.code == "not_invited":
            if queries.withdrawn_exams_of(me(request)).filter(pk=pk).exists():
                return redirect("exams:detail", pk)
            raise Http404 from refusal
        messages.error(request, REFUSALS[refusal.code])
        return redirect("exams:detail", pk)
    if attempt.exam.is_practice:
        return redirect("exams:practice_attempt", attempt.pk)
    return redirect("exams:attempt", attempt.pk)


@require_safe
def attempt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The examination itself. Once it is over, the receipt."""
    now = timezone.now()
    mine = own_attempt(request, pk)
    state = queries.state_of(mine, now)
    if state == AttemptState.PREPARED:
        return redirect("exams:detail", mine.exam_id)
    if state != AttemptState.IN_PROGRESS or mine.due_at is None or mine.accepts_until is None:
        return redirect("exams:receipt", pk)
    sheet = queries.sheet_of(mine)
    held, sure = queries.answers_of(pk), queries.certainties_of(mine)
    scheme = scheme_of(mine.exam.certainty_scheme)
    lines = [
        _on_paper(
            line,
            len(sheet),
            held.get(line.number, (0, None))[1],
            line.stakes(scheme),
            sure.get(line.number),
        )
        for line in sheet
    ]
    page = {
        "attempt": str(pk),
        "window": _note_window(request, mine, now),
        "token": issue_pass(mine, len(sheet), request.session.session_key or ""),
        "seconds": max(0, int((mine.due_at - now).total_seconds())),
        "grace": int((mine.accepts_until - mine.due_at).total_seconds()),
        "held": {
            line.number: {
                "seq": held[line.number][0],
                "value": held[line.number][1],
                "certainty": sure.get(line.number),
            }
            for line in sheet
            if line.number in held
        },
    }
    response = render(
        request,
        "exams/attempt.html",
        {
            "attempt": mine,
            "exam": mine.exam,
            "lines": lines,
            "questions": mark_safe("".join(line["html"] for line in lines)),  # noqa: S308 - drawn by a template
            "page": page,
            "asks_certainty": scheme is not None,
        },
    )
    # A page from the browser's store would show old answers and an old pass.
    response["Cache-Control"] = "no-store"
    return response


def _on_paper(
    line: queries.SheetLine,
    total: int,
    value: Any,
    stakes: Sequence[Stake] = (),
    certainty: int | None = None,
) -> dict[str, Any]:
    """A question as the page draws it."""
    shown = {
        "number": str(line.number),
        "place": PLACE,
        "total": total,
        "points": str(line.points),
        "view": question_view(line.shown(), value, f"q{line.number}"),
        "stakes": [
            {
                "level": stake.level,
                "right": str(stake.right),
                "wrong": str(stake.wrong),
                "chosen": stake.level == certainty,
            }
            for stake in stakes
        ],
    }
    return {
        "place": line.place,
        "number": line.number,
        "answered": not is_blank(value),
        "html": drawn_at(line.place, "exams/partials/question.html", shown),
    }


def _note_window(request: HttpRequest, mine: Attempt, now: datetime) -> int:
    """The number of this window; a HEAD opens none."""
    if request.method != "GET":
        return 0
    # Keyed by the attempt, so that addresses cannot be compared between people or looked up.
    address = salted_hmac(str(mine.pk), request.META.get("REMOTE_ADDR") or "").hexdigest()[:16]
    return operations.note_opening(mine, address, now=now)


@require_GET
def renew_pass(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A fresh pass after signing in again, and how long there is left (a deadline may be moved)."""
    now = timezone.now()
    mine = own_attempt(request, pk)
    if mine.due_at is None or mine.accepts_until is None:
        raise Http404
    questions, _worth = queries.size_of(mine.exam)
    response = JsonResponse(
        {
            "token": issue_pass(mine, questions, request.session.session_key or ""),
            "seconds": max(0, int((mine.due_at - now).total_seconds())),
            "open": queries.state_of(mine, now) == AttemptState.IN_PROGRESS,
            "window": queries.window_in_charge(pk),
        }
    )
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Handing in without the script: by an ordinary form."""
    mine = own_attempt(request, pk)
    now = timezone.now()
    try:
        operations.submit_attempt(mine.pk, now=now)
        operations.grade_when_automatic(mine.pk, now=now)
    except operations.AttemptClosed:
        messages.error(request, _("This attempt was not started, or was declared void."))
        return redirect("exams:detail", mine.exam_id)
    return redirect("exams:receipt", pk)


@require_safe
def receipt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was handed in and when. An attempt whose time ran out is handed in by looking here."""
    now = timezone.now()
    mine = own_attempt(request, pk)
    state = queries.state_of(mine, now)
    if mine.state == AttemptState.IN_PROGRESS and state == AttemptState.SUBMITTED:
        operations.submit_attempt(pk, now=now)
        operations.grade_when_automatic(pk, now=now)
        mine = own_attempt(request, pk)
    if mine.state in (AttemptState.PREPARED, AttemptState.IN_PROGRESS):
        return redirect("exams:attempt", pk)
    late = mine.events.filter(kind="refused").exists()
    questions, _worth = queries.size_of(mine.exam)
    return render(
        request,
        "exams/receipt.html",
        {
            "attempt": mine,
            "exam": mine.exam,
            "back": remember_back(request, mine.exam_id),
            "questions": questions,
            "late": late and mine.state != AttemptState.VOID,
            "is_void": mine.state == AttemptState.VOID,
            "why_void": queries.why_void(mine),
            "reopenings": list(queries.reopenings_of(mine)),
            "waits": mine.state == AttemptState.SUBMITTED,
            "shows_result": queries.review_level(mine, now) != Review.NOTHING,
            "is_closed": now >= mine.exam.closes_at,
        },
    )


@require_safe
def result(request: HttpRequest, pk: UUID) -> HttpResponse:
    """As much of the result as the exam's policy shows now; nothing yet is the receipt."""
    return result_page(request, own_attempt(request, pk), AppealForm())


def result_page(request: HttpRequest, mine: Attempt, appeal_form: AppealForm) -> HttpResponse:
    """The result; an appeal that could not be read stands in it as it was written."""
    now, pk = timezone.now(), mine.pk
    level = queries.review_level(mine, now)
    if level == Review.NOTHING:
        return redirect("exams:receipt", pk)
    lines = []
    if level in (Review.MARKS, Review.KEY):
        keyed = queries.new_keys(mine.exam_id)
        lines = queries.reviewed_lines(mine, with_key=level == Review.KEY, keyed=keyed)
    until = queries.appeal_until(mine, now)
    return render(
        request,
        "exams/result.html",
        {
            "attempt": mine,
            "exam": mine.exam,
            "back": remember_back(request, mine.exam_id),
            "result": queries.result_of(mine),
            "lines": mark_safe("".join(map(_reviewed, lines))),  # noqa: S308 - drawn by a template
            "calibration": _calibration(mine.exam, lines),
            "changes": queries.changes_of(mine),
            "appeal": queries.appeal_of(pk),
            "appeal_until": until if until is not None and now < until else None,
            "appeal_form": appeal_form,
        },
        status=422 if appeal_form.is_bound else 200,
    )


def _reviewed(line: queries.ReviewedLine) -> str:
    shown = {each.name: getattr(line, each.name) for each in fields(line)}
    return drawn_at(line.place, "exams/partials/reviewed.html", {"line": {**shown, "place": PLACE}})


@require_safe
def check_receipt(request: HttpRequest) -> HttpResponse:
    """Does this code stand for something handed in? For its owner, and for those who hold exams."""
    typed = request.GET.get("code", "").strip()
    code = tidy(typed) if typed else None
    found = None
    if code is not None:
        holds_exams = has_role(me(request), *EXAM_ROLES)
        found = queries.receipt_known(code, only_of=None if holds_exams else me(request))
    return render(
        request,
        "exams/check_receipt.html",
        {
            "typed": typed,
            "code": code,
            "found": found,
            "is_void": found is not None and found.attempt.state == AttemptState.VOID,
            "why_void": queries.why_void(found.attempt) if found is not None else "",
            "mistyped": bool(typed) and code is None,
        },
    )
