"""Practice: a question, its answer judged at once; and the person's book of wrong answers."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import operations, queries
from exams.engine import drawing
from exams.engine.items import Item
from exams.engine.scoring import score
from exams.enums import AttemptState, QuestionType
from exams.models import Attempt, AttemptEvent, Redo
from exams.views.attempts import REFUSALS as START_REFUSALS
from exams.views.question import question_view
from people.numbers import whole_number
from people.permissions import me

LONGEST_VALUE = 40_000
REFUSALS = {
    "blank": gettext_lazy("Nothing was answered yet."),
    "over": gettext_lazy("This practice has ended; begin it again."),
    "secret": gettext_lazy(
        "This question stands in an exam that has not closed yet. It can be practised afterwards."
    ),
    "unknown_item": gettext_lazy("This question is no longer in your book."),
}


@require_safe
def practice_list(request: HttpRequest) -> HttpResponse:
    now, person = timezone.now(), me(request)
    running = queries.running_practice(person, now)
    rows = []
    for exam in queries.practices_open_to(person, now):
        attempt, given = running.get(exam.pk, (None, 0))
        rows.append(
            {"exam": exam, "attempt": attempt, "given": given, "size": queries.size_of(exam)[0]}
        )
    book = queries.wrong_answers_of(person, now)
    return render(request, "exams/practice/list.html", {"rows": rows, "wrong": len(book)})


@require_POST
def practice_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin, or go on."""
    now, person = timezone.now(), me(request)
    exam = get_object_or_404(queries.practices_open_to(person, now), pk=pk)
    try:
        attempt = operations.start_attempt(exam.pk, person, now=now)
    except operations.StartRefused as refusal:
        messages.error(request, START_REFUSALS.get(refusal.code, ""))
        return redirect("exams:practice")
    return redirect("exams:practice_attempt", attempt.pk)


def sent_value(request: HttpRequest) -> Any:
    """The answer the page's script wrote into the form; None when there is none."""
    raw = request.POST.get("value", "")
    if not raw or len(raw) > LONGEST_VALUE:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def judged(item: Item, arrangement: drawing.Arrangement, value: Any) -> dict[str, Any]:
    """What is shown of an answered question: as it was seen, answered, and why."""
    view = drawing.shown(item, arrangement)
    outcome = score(item, drawing.canonical(item, value, arrangement))
    chosen = value if isinstance(value, list) else [value]
    keys = drawing.key_labels(item, arrangement)
    options = view["options"] if item.type in ("single", "multiple") else []
    return {
        "reason": outcome.reason,
        "options": [{**o, "chosen": o["id"] in chosen, "right": o["id"] in keys} for o in options],
        "given": drawing.said(view, value),
        "key": drawing.key_in_words(item),
        "explanation": item.explanation,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def practice_attempt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One question at a time; an answered one shows what was right and why."""
    now, person = timezone.now(), me(request)
    attempt = get_object_or_404(
        Attempt.objects.select_related("exam", "exam__paper"),
        pk=pk,
        person=person,
        exam__is_practice=True,
    )
    sheet = queries.sheet_of(attempt)
    held = queries.answers_of(pk)
    first_open = next((line.place for line in sheet if line.number not in held), 1)
    place = whole_number(request.GET.get("q"), least=1, most=len(sheet), otherwise=first_open)
    line = sheet[place - 1]
    is_over = queries.state_of(attempt, now) != AttemptState.IN_PROGRESS
    if request.method == "POST":
        if "finish" in request.POST:
            operations.submit_attempt(pk, now=now)
            operations.grade_when_automatic(pk, now=now)
            return redirect("exams:practice_attempt", pk)
        try:
            operations.judge(pk, line.number, sent_value(request), now=now)
        except operations.PracticeRefused as refusal:
            messages.error(request, REFUSALS[refusal.code])
        return redirect(f"{reverse('exams:practice_attempt', args=[pk])}?q={place}")
    # The key of a question is shown only while no exam still asks it, whatever was answered before.
    is_secret = queries.question_of(line.version_id) in queries.questions_held_back(now)
    is_answered = line.number in held
    value = held[line.number][1] if is_answered else None
    outcomes = dict.fromkeys((n.number for n in sheet if n.number in held), "wrong")
    for detail in AttemptEvent.objects.filter(attempt=attempt, kind="marked").values_list(
        "detail", flat=True
    ):
        outcomes[detail["item"]] = detail.get("reason", "wrong")
    return render(
        request,
        "exams/practice/question.html",
        {
            "attempt": attempt,
            "exam": attempt.exam,
            "place": place,
            "total": len(sheet),
            "map": [(other.place, outcomes.get(other.number, "")) for other in sheet],
            "type_name": QuestionType(line.item.type).label,
            "stem": line.item.stem,
            "q": question_view(line.shown(), value, f"q{line.number}"),
            "judged": judged(line.item, line.arrangement, value)
            if is_answered and not is_secret
            else None,
            "is_secret": is_secret,
            "next": place + 1 if place < len(sheet) else None,
            "is_over": is_over,
            "answered": len(held),
            "right": sum(reason == "right" for reason in outcomes.values()),
        },
    )


@require_safe
def wrong_book(request: HttpRequest) -> HttpResponse:
    lines = queries.wrong_answers_of(me(request), timezone.now())
    page = Paginator(lines, 25).get_page(request.GET.get("page"))
    return render(request, "exams/practice/book.html", {"page_obj": page, "total": len(lines)})


@require_http_methods(["GET", "HEAD", "POST"])
def wrong_answer(request: HttpRequest, version: int) -> HttpResponse:
    """A question of the book once more; ``?given=`` shows how an answer given here was judged."""
    now, person = timezone.now(), me(request)
    book = queries.wrong_answers_of(person, now)
    in_book = {line.version.pk: line for line in book}
    asked = whole_number(request.GET.get("given"))
    given = Redo.objects.filter(pk=asked, person=person, version=version).first() if asked else None
    if request.method == "POST" and version not in in_book:
        # It left the book in another window, or has another wording since.
        messages.info(request, REFUSALS["unknown_item"])
        return redirect("exams:wrong_book")
    if version not in in_book and given is None:
        raise Http404
    if request.method == "POST":
        try:
            done = operations.redo(person, version, sent_value(request), now=now)
        except operations.PracticeRefused as refusal:
            messages.error(request, REFUSALS[refusal.code])
            return redirect("exams:wrong_answer", version)
        return redirect(f"{reverse('exams:wrong_answer', args=[version])}?given={done.pk}")
    wording = given.version if given else in_book[version].version
    item = wording.item()
    arrangement = drawing.arrange(item, f"redo:{person.pk}", version)
    value = json.loads(given.value) if given else None
    following = next((line.version.pk for line in book if line.version.pk != version), None)
    line = in_book.get(version)
    return render(
        request,
        "exams/practice/wrong.html",
        {
            "q": question_view(drawing.shown(item, arrangement), value, f"v{version}"),
            "stem": item.stem,
            "type_name": QuestionType(item.type).label,
            "judged": judged(item, arrangement, value) if given else None,
            "weak": line.weak if line else None,
            "following": following,
            "total": len(book),
            "version": version,
        },
    )
