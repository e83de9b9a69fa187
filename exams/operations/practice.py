"""Writes of practice: an answer judged at once, an answer of the wrong-answer book given again."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from exams import queries
from exams.engine import drawing
from exams.engine.scoring import Outcome, is_blank, score
from exams.enums import AttemptEventKind, AttemptState
from exams.models import Attempt, AttemptEvent, Redo
from exams.operations.delivery import Given, save_answers
from people.models import Person


class PracticeRefused(Exception):
    """``code``: over, blank, unknown_item, secret (an exam not yet closed asks the question)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def judge(attempt_id: UUID, number: int, value: Any, *, now: datetime) -> None:
    """Store one answer of a practice and what it is worth. The first answer stands; a repeat is none.

    Raises PracticeRefused.
    """
    if is_blank(value):
        raise PracticeRefused("blank")
    with transaction.atomic():
        attempt = (
            Attempt.objects.select_for_update(of=("self",))
            .select_related("exam")
            .get(pk=attempt_id, exam__is_practice=True)
        )
        if queries.state_of(attempt, now) != AttemptState.IN_PROGRESS:
            raise PracticeRefused("over")
        line = next((line for line in queries.sheet_of(attempt) if line.number == number), None)
        if line is None:
            raise PracticeRefused("unknown_item")
        if queries.question_of(line.version_id) in queries.questions_held_back(now):
            raise PracticeRefused("secret")
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        (saved,) = save_answers(attempt_id, [Given(number, 1, text)], now=now)
        if saved.status != "accepted":
            return
        outcome = score(line.item, drawing.canonical(line.item, value, line.arrangement))
        AttemptEvent.objects.create(
            attempt=attempt,
            kind=AttemptEventKind.MARKED,
            at=now,
            detail={
                "item": number,
                "version": line.version_id,
                "right": outcome.reason == "right",
                "reason": outcome.reason,
            },
        )


def redo(person: Person, version_id: int, value: Any, *, now: datetime) -> Redo:
    """Give an answer of one's own book again. Raises PracticeRefused: blank, or not in the book."""
    if is_blank(value):
        raise PracticeRefused("blank")
    book = {line.version.pk: line.version for line in queries.wrong_answers_of(person, now)}
    if version_id not in book:
        raise PracticeRefused("unknown_item")
    item = book[version_id].item()
    arrangement = drawing.arrange(item, f"redo:{person.pk}", version_id)
    said = drawing.canonical(item, value, arrangement)
    outcome: Outcome = score(item, said)
    return Redo.objects.create(
        person=person,
        version_id=version_id,
        right=outcome.reason == "right",
        value=json.dumps(value, ensure_ascii=False),
        at=now,
    )
