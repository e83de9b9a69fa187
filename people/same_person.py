"""Saying that two records are one person, deciding it, and undoing it.

The ledger is not touched: readers resolve the link. One level deep on purpose: what is merged into
another is nobody's target, so a reader looks once.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from people.enums import Role, SameState
from people.models import Person, SamePerson
from people.operations import audit, tell_of_career
from people.permissions import may_in_unit
from people.queries import merged_by, persons_visible_to, units_managed_by

PROPOSERS = (Role.TRAINING_ADMIN, Role.LIAISON)
READERS = (*PROPOSERS, Role.AUDITOR)


class MayNotPropose(Exception):
    """One of the two is not within reach, is the one who asks, or both are the same record."""


class MayNotDecideSame(Exception):
    """Not a training administrator of both, or the one who asked, or one of the two."""


class SameDecidedBefore(Exception):
    """Somebody decided or withdrew it already; that stays."""


class AlreadyMerged(Exception):
    """One of the two is merged with a third record in a way that would make a chain."""


def persons_proposed_by(person: Person) -> QuerySet[Person]:
    """Of whom this person may say that two are one: whose records he keeps, never himself."""
    return persons_visible_to(person, *PROPOSERS).exclude(pk=person.pk)


def same_visible_to(person: Person) -> QuerySet[SamePerson]:
    """Proposals and merges whose two records one sees both, newest first."""
    seen = persons_visible_to(person, *READERS).order_by().values("pk")
    return (
        SamePerson.objects.filter(kept__in=seen, other__in=seen)
        .select_related("kept__unit", "other__unit", "asked_by", "decided_by", "undo_asked_by")
        .select_related("undone_by")
        .order_by("-asked_at", "-id")
    )


def same_waiting_for(person: Person) -> QuerySet[SamePerson]:
    """Proposals this person has to decide, the longest waiting first."""
    led = units_managed_by(person, Role.TRAINING_ADMIN).order_by().values("pk")
    return (
        SamePerson.objects.filter(
            Q(state=SameState.ASKED) & ~Q(asked_by=person)
            | Q(state=SameState.UNDO_ASKED) & ~Q(undo_asked_by=person),
            kept__unit__in=led,
            other__unit__in=led,
        )
        .exclude(Q(kept=person) | Q(other=person))
        .select_related("kept__unit", "other__unit", "asked_by", "undo_asked_by")
        .order_by("asked_at", "id")
    )


def same_asked_among(person_ids: Iterable[int]) -> dict[frozenset[int], int]:
    """Of which pairs of these a merge waits to be decided, by the two."""
    ids = list(person_ids)
    asked = SamePerson.objects.filter(state=SameState.ASKED, kept_id__in=ids, other_id__in=ids)
    pairs = asked.order_by("pk").values_list("kept_id", "other_id", "pk")
    return {frozenset((kept, other)): pk for kept, other, pk in pairs}


def may_decide_same(person: Person, same: SamePerson) -> bool:
    """A training administrator of both units who neither asked nor is one of the two."""
    asker = same.undo_asked_by_id if same.state == SameState.UNDO_ASKED else same.asked_by_id
    if person.pk in (asker, same.kept_id, same.other_id) or not person.is_active:
        return False
    return all(
        each.unit is not None and may_in_unit(person, each.unit, Role.TRAINING_ADMIN)
        for each in (same.kept, same.other)
    )


def propose(
    kept_id: int, other_id: int, *, by: Person, note: str, token: UUID, now: datetime
) -> SamePerson:
    """Propose that two records are one; the same ``token`` again returns what it proposed.

    Raises MayNotPropose, AlreadyMerged.
    """
    reach = persons_proposed_by(by).filter(pk__in=[kept_id, other_id])
    if kept_id == other_id or reach.count() != 2:
        raise MayNotPropose(kept_id, other_id)
    try:
        with transaction.atomic():
            _lock(kept_id, other_id)
            _refuse_a_chain(kept_id, other_id)
            same = SamePerson.objects.create(
                kept_id=kept_id,
                other_id=other_id,
                token=token,
                note=note.strip()[:300],
                asked_by=by,
                asked_at=now,
            )
            _audit(by, "people.same.ask", same, now)
    except IntegrityError:
        earlier = SamePerson.objects.filter(token=token, asked_by=by).first()
        if earlier is None:
            raise
        return earlier
    return same


def merge(same_id: int, *, by: Person, now: datetime) -> SamePerson:
    """Decide that they are one: from now on both records are read as that of ``kept``.

    The other account is closed in the same transaction. Raises MayNotDecideSame,
    SameDecidedBefore, AlreadyMerged.
    """
    with transaction.atomic():
        same = _held(same_id)
        if not may_decide_same(by, same):
            raise MayNotDecideSame(same_id)
        if same.state != SameState.ASKED:
            raise SameDecidedBefore(same_id)
        _refuse_a_chain(same.kept_id, same.other_id)
        same.account_was_open = same.other.is_active
        _decided(same, SameState.MERGED, by, now)
        same.merged_at = now
        same.save()
        Person.objects.filter(pk=same.other_id).update(is_active=False)
        _audit(by, "people.same.merge", same, now)
        tell_of_career(same.kept_id)
        tell_of_career(same.other_id)
    return same


def refuse(same_id: int, *, by: Person, reason: str, now: datetime) -> SamePerson:
    """Refuse the merge, or the undoing of it, with a reason. Raises as ``merge`` does."""
    with transaction.atomic():
        same = _held(same_id)
        if not may_decide_same(by, same):
            raise MayNotDecideSame(same_id)
        if same.state == SameState.ASKED:
            same.reason = reason.strip()[:300]
            _decided(same, SameState.REFUSED, by, now)
        elif same.state == SameState.UNDO_ASKED:
            _no_undo(same)
        else:
            raise SameDecidedBefore(same_id)
        same.save()
        _audit(by, "people.same.refuse", same, now, because=reason.strip()[:300])
    return same


def withdraw(same_id: int, *, by: Person, now: datetime) -> SamePerson:
    """Take back what one asked for. Raises MayNotDecideSame, SameDecidedBefore."""
    with transaction.atomic():
        same = _held(same_id)
        if same.state == SameState.ASKED:
            if same.asked_by_id != by.pk:
                raise MayNotDecideSame(same_id)
            same.state, same.decided_at = SameState.WITHDRAWN, now
        elif same.state == SameState.UNDO_ASKED:
            if same.undo_asked_by_id != by.pk:
                raise MayNotDecideSame(same_id)
            _no_undo(same)
        else:
            raise SameDecidedBefore(same_id)
        same.save()
        _audit(by, "people.same.withdraw", same, now)
    return same


def ask_undo(same_id: int, *, by: Person, note: str, now: datetime) -> SamePerson:
    """Ask for undoing a merge. Raises MayNotPropose, SameDecidedBefore."""
    with transaction.atomic():
        same = _held(same_id)
        reach = persons_proposed_by(by).filter(pk__in=[same.kept_id, same.other_id])
        if reach.count() != 2:
            raise MayNotPropose(same_id)
        if same.state != SameState.MERGED:
            raise SameDecidedBefore(same_id)
        same.state = SameState.UNDO_ASKED
        same.undo_note, same.undo_asked_by, same.undo_asked_at = note.strip()[:300], by, now
        same.save()
        _audit(by, "people.same.ask_undo", same, now)
    return same


def undo(same_id: int, *, by: Person, now: datetime) -> SamePerson:
    """Decide that they are two after all; an account that was open before is open again.

    Raises MayNotDecideSame, SameDecidedBefore.
    """
    with transaction.atomic():
        same = _held(same_id)
        if not may_decide_same(by, same):
            raise MayNotDecideSame(same_id)
        if same.state != SameState.UNDO_ASKED:
            raise SameDecidedBefore(same_id)
        same.state, same.undone_by, same.undone_at = SameState.UNDONE, by, now
        same.save()
        if same.account_was_open:
            Person.objects.filter(pk=same.other_id).update(is_active=True)
        _audit(by, "people.same.undo", same, now)
        tell_of_career(same.kept_id)
        tell_of_career(same.other_id)
    return same


def _lock(*person_ids: int) -> None:
    """Hold the records, the lower number first, so that two deciders wait and never in a ring."""
    list(Person.objects.select_for_update().filter(pk__in=person_ids).order_by("pk"))


def _held(same_id: int) -> SamePerson:
    """The row as it is once both records are ours."""
    pair = SamePerson.objects.values_list("kept_id", "other_id").get(pk=same_id)
    _lock(*pair)
    return SamePerson.objects.select_related("kept__unit", "other__unit").get(pk=same_id)


def _refuse_a_chain(kept_id: int, other_id: int) -> None:
    chained = Q(other_id__in=[kept_id, other_id]) | Q(kept_id=other_id)
    if SamePerson.objects.filter(chained, merged_by(None)).exists():
        raise AlreadyMerged(kept_id, other_id)


def _decided(same: SamePerson, state: SameState, by: Person, now: datetime) -> None:
    same.state, same.decided_by, same.decided_at = state, by, now


def _no_undo(same: SamePerson) -> None:
    """The merge stays; what was asked stands in the audit log."""
    same.state = SameState.MERGED
    same.undo_note, same.undo_asked_by, same.undo_asked_at = "", None, None


def _audit(by: Person, verb: str, same: SamePerson, now: datetime, **detail: str) -> None:
    told = {"same": same.pk, "kept": same.kept_id, "other": same.other_id, **detail}
    if verb.endswith("ask_undo"):
        told["because"] = same.undo_note
    audit(by, verb, f"people.person:{same.kept_id}", told, now=now)
    audit(by, verb, f"people.person:{same.other_id}", told, now=now)
