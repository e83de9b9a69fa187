"""Posting, reversing and correcting rows of the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from people.models import OrgUnit, Person, Post
from people.operations import audit
from tracker.enums import Bucket, ConfirmerKind
from tracker.models import (
    Entry,
)
from tracker.operations.bulk import add_rows
from tracker.operations.standings import _batches, _refresh_on_commit
from tracker.rules import Measures

_BATCH = 2000


class SourceTaken(Exception):
    """The same source was posted before for somebody else."""


class InvalidPosting(Exception):
    """A posting that earns nothing, takes something away, or ends before it begins."""


class NothingToReverse(Exception):
    """The entry is a reversal itself, or was reversed before."""


class ReasonMissing(Exception):
    """A reversal or an answer says why."""


@dataclass(frozen=True)
class Posting:
    """What earns something, before it becomes a row. ``occurred_to`` is the first day after it.

    The subject is a person, or where ``person_id`` is None the organisation ``unit_id``.
    ``recorded_at`` is by default the ``now`` of the operation.
    """

    source: str
    bucket: Bucket | str
    title: str
    occurred_from: date
    occurred_to: date
    measures: Measures
    confirmer: ConfirmerKind | str
    person_id: int | None = None
    unit_id: int | None = None
    institution_id: int | None = None
    confirmed_by_id: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    course: str = ""
    valuation: str = ""
    recorded_at: datetime | None = None


def credit(
    *,
    source: str,
    bucket: Bucket | str,
    title: str,
    occurred_from: date,
    occurred_to: date,
    measures: Measures,
    confirmer: ConfirmerKind | str,
    now: datetime,
    person_id: int | None = None,
    unit_id: int | None = None,
    institution_id: int | None = None,
    confirmed_by_id: int | None = None,
    evidence: Mapping[str, Any] | None = None,
    course: str = "",
    valuation: str = "",
) -> Entry:
    """Post what was earned; the same ``source`` again returns the row it earned the first time.

    ``[occurred_from, occurred_to)`` is half-open. The standing is refreshed after the commit.
    Raises InvalidPosting; SourceTaken when the source had earned for another subject.
    """
    posting = Posting(
        source=source,
        bucket=bucket,
        title=title,
        occurred_from=occurred_from,
        occurred_to=occurred_to,
        measures=measures,
        confirmer=confirmer,
        person_id=person_id,
        unit_id=unit_id,
        institution_id=institution_id,
        confirmed_by_id=confirmed_by_id,
        evidence=dict(evidence or {}),
        course=course,
        valuation=valuation,
    )
    return _credited(posting, now)


def post_typed(posting: Posting, *, about: str, by: Person, now: datetime) -> tuple[Entry, bool]:
    """Post what somebody typed, in his name; False when this form was posted before.

    ``about`` is the subject in the audit log. The caller has asked whether he may. Raises as ``credit``.
    """
    with transaction.atomic():
        before = Entry.objects.filter(source=posting.source).exists()
        entry = _credited(replace(posting, confirmed_by_id=by.pk), now)
        if not before:
            detail = {"entry": entry.pk, "source": posting.source}
            audit(by, "tracker.entry.post", about, detail, now=now)
    return entry, not before


def _credited(posting: Posting, now: datetime) -> Entry:
    source, person_id, unit_id = posting.source, posting.person_id, posting.unit_id
    entry = _entries([posting], now)[0]
    with transaction.atomic():
        existing = Entry.objects.filter(source=source).first()
        if existing is None:
            try:
                with transaction.atomic():
                    entry.save(force_insert=True)
            except IntegrityError:
                # Somebody was quicker with the same source; anything else is a real refusal.
                existing = Entry.objects.filter(source=source).first()
                if existing is None:
                    raise
        if existing is not None:
            if existing.person_id != person_id or (
                person_id is None and existing.unit_id != unit_id
            ):
                raise SourceTaken(source)
            return existing
        _refresh_on_commit([entry.person_id], now)
    return entry


def credit_many(postings: Iterable[Posting], *, now: datetime, refresh: bool = True) -> int:
    """Post many rows; sources posted before are left alone. Returns how many rows were added.

    For imports and seeding: a few statements per two thousand rows, which is what is held at a time,
    with every check of a single posting. With ``refresh`` the standings of
    all persons concerned are brought up to date; without, call ``rebuild_standings`` afterwards.
    All rows or none. Raises InvalidPosting.
    """
    added = 0
    concerned: set[int] = set()
    with transaction.atomic():
        for batch in _batches(postings, _BATCH):
            whose = add_rows(_rows(batch, now))
            added += len(whose)
            concerned.update(person_id for person_id in whose if person_id is not None)
        if refresh:
            _refresh_on_commit(sorted(concerned), now)
    return added


def reverse(entry_id: int, *, because: str, by_id: int | None, now: datetime) -> Entry:
    """Take back one row, whole, by a new row that says why.

    Raises NothingToReverse the second time, ReasonMissing without a reason.
    """
    if not because.strip():
        raise ReasonMissing(entry_id)
    with transaction.atomic():
        entry = Entry.objects.get(pk=entry_id)
        if entry.reverses_id is not None or Entry.objects.filter(reverses=entry).exists():
            raise NothingToReverse(entry_id)
        reversal = _reversal(entry, because.strip()[:300], by_id, now)
        try:
            with transaction.atomic():
                reversal.save(force_insert=True)
        except IntegrityError:
            raise NothingToReverse(entry_id) from None
        actor = Person.objects.filter(pk=by_id).first() if by_id else None
        audit(
            actor,
            "tracker.entry.reverse",
            f"tracker.entry:{entry.pk}",
            {"because": reversal.because},
            now=now,
        )
        _refresh_on_commit([entry.person_id], now)
    return reversal


def _reversal(entry: Entry, because: str, by_id: int | None, now: datetime) -> Entry:
    return Entry(
        person_id=entry.person_id,
        unit_id=entry.unit_id,
        unit_path=entry.unit_path,
        unit_name=entry.unit_name,
        bucket=entry.bucket,
        title=entry.title,
        institution_id=entry.institution_id,
        course=entry.course,
        occurred_from=entry.occurred_from,
        occurred_to=entry.occurred_to,
        recorded_at=now,
        hours=-entry.hours,
        credits=-entry.credits,
        training_days=-entry.training_days,
        events=-entry.events,
        source=f"tracker.reversal:{entry.pk}",
        confirmer=entry.confirmer,
        confirmed_by_id=by_id,
        reverses=entry,
        because=because,
    )


def reverse_many(
    entry_ids: Sequence[int], *, because: str, by_id: int | None, now: datetime, refresh: bool
) -> int:
    """Take back many rows for one reason; rows taken back before are left alone. All or none.

    The caller writes the audit row of the deed. Returns how many were taken back.
    Raises ReasonMissing.
    """
    if not because.strip():
        raise ReasonMissing(None)
    taken = 0
    concerned: set[int] = set()
    with transaction.atomic():
        for batch in _batches(entry_ids, _BATCH // 4):
            standing = list(
                Entry.objects.filter(pk__in=batch, reverses=None, reversed_by=None).order_by("pk")
            )
            Entry.objects.bulk_create(
                [_reversal(entry, because.strip()[:300], by_id, now) for entry in standing]
            )
            taken += len(standing)
            concerned |= {row.person_id for row in standing if row.person_id is not None}
        if refresh:
            _refresh_on_commit(sorted(concerned), now)
    return taken


def correct(
    entry_id: int, *, measures: Measures, because: str, by_id: int | None, now: datetime
) -> Entry:
    """Reverse a row and post it anew with the right amounts; both rows and the old one stay.

    The new source is the old one with its next number: ``courses.completion:17#2``.
    """
    with transaction.atomic():
        entry = Entry.objects.get(pk=entry_id)
        reverse(entry_id, because=because, by_id=by_id, now=now)
        stem, _, number = entry.source.partition("#")
        return credit(
            person_id=entry.person_id,
            unit_id=entry.unit_id if entry.person_id is None else None,
            source=f"{stem}#{int(number or 1) + 1}",
            bucket=entry.bucket,
            title=entry.title,
            occurred_from=entry.occurred_from,
            occurred_to=entry.occurred_to,
            measures=measures,
            institution_id=entry.institution_id,
            confirmer=entry.confirmer,
            confirmed_by_id=by_id,
            evidence={**entry.evidence, "corrects": entry.pk},
            course=entry.course,
            valuation=entry.valuation,
            now=now,
        )


def _entries(postings: Sequence[Posting], now: datetime) -> list[Entry]:
    return [Entry(**row) for row in _rows(postings, now)]


def _rows(postings: Sequence[Posting], now: datetime) -> list[dict[str, Any]]:
    """Rows for these postings, each with the place its subject had on its last day.

    By the table's columns. Raises InvalidPosting, before anything is written.
    """
    places = _places({p.person_id for p in postings if p.person_id is not None})
    units = OrgUnit.objects.in_bulk({p.unit_id for p in postings if p.unit_id is not None})
    rows = []
    for posting in postings:
        _check(posting)
        if posting.unit_id is not None:
            named = units[posting.unit_id]
            place: _Place | None = (named.pk, named.path, named.name)
        else:
            last_day = date.fromordinal(posting.occurred_to.toordinal() - 1)
            place = places.on(posting.person_id or 0, last_day)
        unit_id, path, name = place or (None, "", "")
        measures = posting.measures
        rows.append(
            {
                "person_id": posting.person_id,
                "unit_id": unit_id,
                "unit_path": path,
                "unit_name": name,
                "bucket": Bucket(posting.bucket).value,
                "title": posting.title[:200],
                "institution_id": posting.institution_id,
                "course": posting.course,
                "occurred_from": posting.occurred_from,
                "occurred_to": posting.occurred_to,
                "recorded_at": posting.recorded_at or now,
                "hours": measures.hours,
                "credits": measures.credits,
                "training_days": measures.training_days,
                "events": measures.events,
                "source": posting.source,
                "evidence": dict(posting.evidence),
                "confirmer": ConfirmerKind(posting.confirmer).value,
                "confirmed_by_id": posting.confirmed_by_id,
                "valuation": posting.valuation,
                "because": "",
            }
        )
    return rows


def _check(posting: Posting) -> None:
    measures = posting.measures
    if posting.person_id is None and posting.unit_id is None:
        raise InvalidPosting("whose row is it?")
    if posting.occurred_to <= posting.occurred_from:
        raise InvalidPosting("ends before it begins; occurred_to is the first day after it")
    if measures.is_negative():
        raise InvalidPosting("a posting takes nothing away; reverse the row instead")
    if not (measures.hours or measures.credits or measures.training_days or measures.events):
        raise InvalidPosting("is worth nothing")
    if not posting.source or len(posting.source) > 120:
        raise InvalidPosting("needs a source of at most 120 characters")


_Place = tuple[int, str, str]


class _Places:
    """Where persons had their place, by day."""

    def __init__(self) -> None:
        self.posts: dict[int, list[tuple[date, date | None, _Place]]] = defaultdict(list)
        self.homes: dict[int, _Place] = {}

    def on(self, person_id: int, day: date) -> _Place | None:
        for starts_on, ends_on, place in self.posts.get(person_id, ()):
            if starts_on <= day and (ends_on is None or day < ends_on):
                return place
        return self.homes.get(person_id)


def _places(person_ids: set[int]) -> _Places:
    places = _Places()
    if not person_ids:
        return places
    posts = Post.objects.filter(person_id__in=person_ids, primary=True).values_list(
        "person_id", "starts_on", "ends_on", "unit_id", "unit__path", "unit__name"
    )
    for person_id, starts_on, ends_on, unit_id, path, name in posts:
        places.posts[person_id].append((starts_on, ends_on, (unit_id, path, name)))
    homes = Person.objects.filter(pk__in=person_ids).values_list(
        "pk", "unit_id", "unit__path", "unit__name"
    )
    places.homes = {pk: (unit_id, path, name) for pk, unit_id, path, name in homes if unit_id}
    return places
