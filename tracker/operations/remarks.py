"""Contested lines, their answers, and lines put right or posted by hand."""

from datetime import datetime

from django.db import IntegrityError, transaction

from people.enums import Role
from people.models import Person
from people.operations import audit
from people.queries import persons_visible_to, records_of
from tracker import queries
from tracker.enums import RemarkState
from tracker.models import (
    Entry,
    Remark,
)
from tracker.operations.ledger import Posting, ReasonMissing, correct, post_typed, reverse
from tracker.rules import Measures


class MayNotAnswer(Exception):
    """The remark belongs to somebody whose records this person does not keep, or to himself."""


class RemarkPending(Exception):
    """The line is contested already and waits for its answer."""


class AnsweredBefore(Exception):
    """Somebody answered the remark already; that answer stays."""


class MayNotPutRight(Exception):
    """Not a training administrator of that part of the tree, or the line is his own."""


class MayNotPost(Exception):
    """The person lies outside the part of the tree for which this one posts lines by hand."""


def contest(entry_id: int, *, by: Person, text: str, now: datetime) -> Remark:
    """A member contests a line of his own ledger. Raises ReasonMissing, RemarkPending."""
    if not text.strip():
        raise ReasonMissing(entry_id)
    entry = Entry.objects.get(pk=entry_id, person__in=records_of(by.pk))
    try:
        with transaction.atomic():
            return Remark.objects.create(
                entry=entry, author=by, text=text.strip()[:1000], written_at=now
            )
    except IntegrityError:
        raise RemarkPending(entry_id) from None


def answer_remark(remark_id: int, *, by: Person, answer: str, now: datetime) -> Remark:
    """Answer a contested line, once; the answer stays.

    Raises MayNotAnswer, ReasonMissing, and AnsweredBefore the second time.
    """
    if not answer.strip():
        raise ReasonMissing(remark_id)
    with transaction.atomic():
        remark = Remark.objects.get(pk=remark_id)
        keeps = persons_visible_to(by, Role.TRAINING_ADMIN, Role.LIAISON)
        if remark.author_id == by.pk or not keeps.filter(pk=remark.author_id).exists():
            raise MayNotAnswer(remark_id)
        answered = Remark.objects.filter(pk=remark_id, state=RemarkState.OPEN).update(
            state=RemarkState.ANSWERED,
            answer=answer.strip()[:1000],
            answered_by=by,
            answered_at=now,
        )
        if not answered:
            raise AnsweredBefore(remark_id)
        audit(
            by,
            "tracker.remark.answer",
            f"tracker.entry:{remark.entry_id}",
            {"remark": remark_id},
            now=now,
        )
    remark.refresh_from_db()
    return remark


def put_right(
    entry_id: int,
    *,
    by: Person,
    because: str,
    measures: Measures | None,
    now: datetime,
    remark_id: int | None = None,
) -> Entry:
    """Take a line back (``measures`` None) or post it anew with the right figures.

    The open remark, where there is one, is answered with the reason in the same transaction: all of
    it happens or nothing. Returns the reversal, or the new line. Raises MayNotPutRight,
    ReasonMissing, InvalidPosting; NothingToReverse or AnsweredBefore when somebody was quicker.
    """
    with transaction.atomic():
        entry = Entry.objects.get(pk=entry_id)
        if not queries.puts_right(by, entry.person_id):
            raise MayNotPutRight(entry_id)
        if remark_id is not None:
            Remark.objects.get(pk=remark_id, entry=entry)
            answer_remark(remark_id, by=by, answer=because, now=now)
        if measures is None:
            return reverse(entry_id, because=because, by_id=by.pk, now=now)
        fresh = correct(entry_id, measures=measures, because=because, by_id=by.pk, now=now)
        audit(
            by,
            "tracker.entry.correct",
            f"tracker.entry:{entry_id}",
            {"posted_anew": fresh.pk, "remark": remark_id},
            now=now,
        )
    return fresh


def post_by_hand(posting: Posting, *, by: Person, now: datetime) -> tuple[Entry, bool]:
    """Post a line somebody typed, in his name; False when this form was posted before.

    Raises MayNotPost outside his part of the tree, InvalidPosting, SourceTaken.
    """
    with transaction.atomic():
        if not queries.persons_posted_for(by).filter(pk__in=[posting.person_id]).exists():
            raise MayNotPost(posting.person_id)
        return post_typed(posting, about=f"people.person:{posting.person_id}", by=by, now=now)
