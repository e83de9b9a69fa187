"""Writes of the ledger: one verb each, safe to race, told the time."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from people import permissions
from people.enums import OrgKind, Role
from people.models import OrgUnit, Person, Post
from people.operations import audit
from people.queries import grants_of, persons_visible_to
from tracker import queries
from tracker.enums import Bucket, ConfirmerKind, PackStatus, RemarkState
from tracker.models import (
    CareerEvent,
    Entry,
    Institution,
    Recognition,
    Remark,
    RulePack,
    Standing,
    StandingMark,
)
from tracker.rules import Assessment, Measures, changes_not_open, load_pack
from tracker.rules.plain import amount
from tracker.signals import standing_changed

PACKS = Path(__file__).parent / "rulepacks"
_BATCH = 2000


class SourceTaken(Exception):
    """The same source was posted before for somebody else."""


class InvalidPosting(Exception):
    """A posting that earns nothing, takes something away, or ends before it begins."""


class NothingToReverse(Exception):
    """The entry is a reversal itself, or was reversed before."""


class ReasonMissing(Exception):
    """A reversal or an answer says why."""


class MayNotApprove(Exception):
    """Not a training administrator of that part of the tree, or the one who loaded the pack."""


class OverridesTooMuch(Exception):
    """A local pack changes what the pack above it does not leave open; says what, by duty."""


class NotADraft(Exception):
    """The pack was approved before."""


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


# --- posting ---------------------------------------------------------------------------------


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

    For imports and seeding: a few statements per thousand rows. With ``refresh`` the standings of
    all persons concerned are brought up to date; without, call ``rebuild_standings`` afterwards.
    All rows or none. Raises InvalidPosting.
    """
    added = 0
    concerned: set[int] = set()
    with transaction.atomic():
        for batch in _batches(postings, _BATCH):
            known = set(
                Entry.objects.filter(source__in=[p.source for p in batch]).values_list(
                    "source", flat=True
                )
            )
            fresh: dict[str, Posting] = {}
            for posting in batch:
                if posting.source not in known:
                    fresh.setdefault(posting.source, posting)
            Entry.objects.bulk_create(_entries(list(fresh.values()), now))
            added += len(fresh)
            concerned |= {p.person_id for p in fresh.values() if p.person_id is not None}
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
        reversal = Entry(
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
            because=because.strip()[:300],
        )
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
    """Rows for these postings, each with the place its subject had on its last day."""
    places = _places({p.person_id for p in postings if p.person_id is not None})
    units = OrgUnit.objects.in_bulk({p.unit_id for p in postings if p.unit_id is not None})
    entries = []
    for posting in postings:
        _check(posting)
        last_day = date.fromordinal(posting.occurred_to.toordinal() - 1)
        if posting.unit_id is not None:
            named = units[posting.unit_id]
            place: _Place | None = (named.pk, named.path, named.name)
        else:
            place = places.on(posting.person_id or 0, last_day)
        unit_id, path, name = place or (None, "", "")
        measures = posting.measures
        entries.append(
            Entry(
                person_id=posting.person_id,
                unit_id=unit_id,
                unit_path=path,
                unit_name=name,
                bucket=Bucket(posting.bucket),
                title=posting.title[:200],
                institution_id=posting.institution_id,
                course=posting.course,
                occurred_from=posting.occurred_from,
                occurred_to=posting.occurred_to,
                recorded_at=posting.recorded_at or now,
                hours=measures.hours,
                credits=measures.credits,
                training_days=measures.training_days,
                events=measures.events,
                source=posting.source,
                evidence=dict(posting.evidence),
                confirmer=ConfirmerKind(posting.confirmer),
                confirmed_by_id=posting.confirmed_by_id,
                valuation=posting.valuation,
            )
        )
    return entries


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


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


# --- standings -----------------------------------------------------------------------------------


def _refresh_on_commit(person_ids: Sequence[int | None], now: datetime) -> None:
    ids = [person_id for person_id in person_ids if person_id is not None]
    if ids:
        transaction.on_commit(
            lambda: refresh_standings(ids, on=timezone.localdate(now), now=now) and None
        )


def refresh_standings(person_ids: Iterable[int], *, on: date, now: datetime) -> int:
    """Compute these persons' standings anew. Returns how many persons' standings changed.

    Each batch locks its persons, so that of two postings at once the later refresh sees both.
    """
    changed_persons = 0
    packs = queries.packs_in_force(on, now)
    for batch in _batches(sorted(set(person_ids)), 500):
        with transaction.atomic():
            changed = _refresh_batch(batch, packs, on, now)
            changed_persons += len(changed)
            transaction.on_commit(
                lambda ids=tuple(changed): (
                    [  # type: ignore[misc]
                        standing_changed.send(sender=Standing, person_id=person_id)
                        for person_id in ids
                    ]
                    and None
                )
            )
    return changed_persons


def _refresh_batch(
    person_ids: Sequence[int], packs: Sequence[queries.PackInForce], on: date, now: datetime
) -> list[int]:
    list(
        Person.objects.select_for_update(no_key=connection.vendor == "postgresql")
        .filter(pk__in=person_ids)
        .order_by("pk")
        .values_list("pk")
    )
    facts = queries.facts_of(person_ids)
    fields = [
        "unit_id",
        "pack",
        "state",
        "window_from",
        "window_until",
        "due_on",
        "share",
        "figures",
    ]
    before: dict[int, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    for row in Standing.objects.filter(person_id__in=person_ids):
        before[row.person_id][row.requirement] = tuple(getattr(row, name) for name in fields)
    fresh: list[Standing] = []
    changed: list[int] = []
    for person_id in person_ids:
        known = facts[person_id]
        rows = [
            _standing(known, assessment, on)
            for assessment in queries.assess_facts(known, packs, on=on, known_at=now)
        ]
        after = {row.requirement: tuple(getattr(row, name) for name in fields) for row in rows}
        if after != before[person_id]:
            changed.append(person_id)
        gone = before[person_id].keys() - after.keys()
        if gone:
            Standing.objects.filter(person_id=person_id, requirement__in=gone).delete()
        fresh += rows
    Standing.objects.bulk_create(
        fresh,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["person", "requirement"],
        update_fields=[name.removesuffix("_id") for name in fields] + ["computed_for"],
    )
    StandingMark.objects.bulk_create(
        [
            StandingMark(
                person_id=person_id,
                computed_for=on,
                computed_at=now,
                last_entry_id=facts[person_id].last_entry_id,
            )
            for person_id in person_ids
        ],
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=["computed_for", "computed_at", "last_entry_id"],
    )
    return changed


def _standing(facts: queries.Facts, assessment: Assessment, on: date) -> Standing:
    window = assessment.window
    way = assessment.nearest_way
    return Standing(
        person_id=facts.person_id,
        unit_id=facts.unit_id,
        requirement=assessment.duty.code,
        pack=assessment.duty.pack,
        state=assessment.state.value,
        window_from=window.since if window else on,
        window_until=window.until if window else None,
        due_on=assessment.due_on,
        share=round(way.share, 4) if way else 0,
        figures=[
            {
                "measure": part.measure.value,
                "official": amount(part.official),
                "required": amount(part.required or part.official),
            }
            for part in (way.parts if way else ())
        ],
        computed_for=on,
    )


def rebuild_standings(*, on: date, now: datetime) -> int:
    """Compute everybody's standing from rows alone. Returns how many persons' standings changed.

    A number above zero right after a refresh is an alarm: the cache had drifted.
    """
    Standing.objects.exclude(person__is_active=True).delete()
    ids = Person.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True)
    return refresh_standings(list(ids), on=on, now=now)


def sweep(now: datetime) -> int:
    """Bring up to date whatever a lost signal, a killed process or a new day left behind.

    Found from rows alone: persons never computed, computed for another day, before the newest
    approval of a pack or an event, or before their last entry. Returns how many were computed.
    """
    on = timezone.localdate(now)
    approved = RulePack.objects.aggregate(last=Max("approved_at"))["last"]
    fresh = Q(computed_for=on)
    if approved is not None:
        fresh &= Q(computed_at__gte=approved)
    up_to_date = dict(StandingMark.objects.filter(fresh).values_list("person_id", "last_entry_id"))
    last = dict(
        Entry.objects.filter(person__is_active=True)
        .order_by()
        .values_list("person_id")
        .annotate(last=Max("pk"))
    )
    events = dict(
        CareerEvent.objects.order_by().values_list("person_id").annotate(last=Max("approved_at"))
    )
    computed_at = dict(
        StandingMark.objects.filter(person_id__in=events).values_list("person_id", "computed_at")
    )
    stale = [
        person_id
        for person_id in Person.objects.filter(is_active=True).values_list("pk", flat=True)
        if up_to_date.get(person_id, -1) < last.get(person_id, 0)
        or (
            person_id in events
            and computed_at.get(person_id, events[person_id]) < events[person_id]
        )
    ]
    refresh_standings(stale, on=on, now=now)
    return len(stale)


# --- rule packs ------------------------------------------------------------------------------------


def shipped_packs() -> dict[str, str]:
    """The packs that come with the platform: code → YAML text."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(PACKS.glob("*.yaml"))}


def load_rulepack(
    text: str,
    *,
    by: Person | None,
    now: datetime,
    jurisdiction: str | None = None,
    named_approver: Person | None = None,
) -> tuple[RulePack, bool]:
    """Store a pack as a draft. The same text again returns the row it has; a changed text of the
    same code becomes the next version. Raises rules.InvalidDocument.

    ``jurisdiction`` puts it under another node of the tree than the text says.
    """
    pack = load_pack(text)
    place = jurisdiction or pack.jurisdiction
    digest = hashlib.sha256(f"{place}\n{text}".encode()).hexdigest()
    with transaction.atomic():
        rows = RulePack.objects.filter(code=pack.code)
        same = rows.filter(digest=digest).first()
        if same is not None:
            return same, False
        newest = rows.aggregate(newest=Max("version"))["newest"] or 0
        row = RulePack.objects.create(
            code=pack.code,
            version=newest + 1,
            document=text,
            digest=digest,
            jurisdiction=place,
            confidence=pack.source.confidence,
            valid_from=pack.valid_from,
            valid_until=pack.valid_until,
            loaded_at=now,
            loaded_by=by,
            named_approver=named_approver,
        )
        audit(
            by, "tracker.rulepack.load", f"tracker.rulepack:{row.pk}", {"pack": str(row)}, now=now
        )
    return row, True


def load_rulepacks(
    *, by: Person | None = None, now: datetime, jurisdictions: Mapping[str, str] | None = None
) -> list[tuple[RulePack, bool]]:
    """Store all shipped packs as drafts; ``jurisdictions`` maps a pack's code to a unit's code."""
    places = jurisdictions or {}
    return [
        load_rulepack(text, by=by, now=now, jurisdiction=places.get(code))
        for code, text in shipped_packs().items()
    ]


def may_approve(pack: RulePack, by: Person) -> bool:
    """A training administrator of the pack's place who did not load it; or the approver named.

    A pack drawn from recollection (confidence R) is approved by the approver named, or not at all.
    A national pack needs an administrator of a district or city.
    """
    if pack.named_approver_id is not None and pack.named_approver_id == by.pk:
        return True
    if pack.confidence == "R" or pack.loaded_by_id == by.pk:
        return False
    if pack.jurisdiction == queries.EVERYWHERE:
        return any(
            grant.role == Role.TRAINING_ADMIN
            and (grant.unit.depth == 1 or grant.unit.kind in (OrgKind.CITY, OrgKind.SYSTEM))
            for grant in grants_of(by)
        )
    unit = OrgUnit.objects.filter(code=pack.jurisdiction).first()
    return unit is not None and permissions.may_in_unit(by, unit, Role.TRAINING_ADMIN)


def approve_rulepack(pack_id: int, by: Person, now: datetime) -> RulePack:
    """Put a draft into force. Standings follow with the next sweep or rebuild.

    Raises MayNotApprove, OverridesTooMuch, and NotADraft the second time.
    """
    with transaction.atomic():
        pack = RulePack.objects.select_for_update(of=("self",)).get(pk=pack_id)
        if not may_approve(pack, by):
            raise MayNotApprove(pack_id)
        _check_overrides(pack)
        updated = RulePack.objects.filter(pk=pack_id, status=PackStatus.DRAFT).update(
            status=PackStatus.APPROVED, approved_by=by, approved_at=now
        )
        if not updated:
            raise NotADraft(pack_id)
        audit(
            by,
            "tracker.rulepack.approve",
            f"tracker.rulepack:{pack_id}",
            {"pack": str(pack), "digest": pack.digest},
            now=now,
        )
    pack.refresh_from_db()
    return pack


def _check_overrides(row: RulePack) -> None:
    pack = queries.pack_of_document(row.document)
    above = RulePack.objects.filter(code=pack.overrides, status=PackStatus.APPROVED)
    newest = above.order_by("-version").first()
    upper = queries.pack_of_document(newest.document) if newest else None
    found = [
        f"{local.code}: {', '.join(aspects)}"
        for local, duty in queries.overridden(pack, upper)
        if (aspects := changes_not_open(duty, local))
    ]
    if found:
        raise OverridesTooMuch("; ".join(found))


# --- institutions and events -------------------------------------------------------------------------


def register_institution(
    *, code: str, name: str, kind: str, unit_id: int | None = None
) -> Institution:
    """The institution of that code, made when there is none yet."""
    institution, _ = Institution.objects.get_or_create(
        code=code, defaults={"name": name, "kind": kind, "unit_id": unit_id}
    )
    return institution


def recognise(
    institution_id: int,
    *,
    level: str,
    starts_on: date,
    ends_on: date | None = None,
    recognised_by: str = "",
) -> Recognition:
    """Note that a department of some level recognised an institution, half-open in days."""
    recognition, _ = Recognition.objects.get_or_create(
        institution_id=institution_id,
        level=level,
        starts_on=starts_on,
        ends_on=ends_on,
        defaults={"recognised_by": recognised_by},
    )
    return recognition


def approve_event(
    *,
    person_id: int,
    kind: str,
    starts_on: date,
    by: Person | None,
    now: datetime,
    ends_on: date | None = None,
    requirements: Sequence[str] = (),
    due_on: date | None = None,
    note: str = "",
) -> CareerEvent:
    """Note an approved exemption, extension, leave or posting away, and refresh the standing."""
    with transaction.atomic():
        event = CareerEvent.objects.create(
            person_id=person_id,
            kind=kind,
            starts_on=starts_on,
            ends_on=ends_on,
            requirements=list(requirements),
            due_on=due_on,
            note=note,
            approved_by=by,
            approved_at=now,
        )
        audit(
            by,
            "tracker.event.approve",
            f"people.person:{person_id}",
            {"kind": kind, "from": starts_on.isoformat(), "note": note},
            now=now,
        )
        _refresh_on_commit([person_id], now)
    return event


# --- contested lines -----------------------------------------------------------------------------------


def contest(entry_id: int, *, by: Person, text: str, now: datetime) -> Remark:
    """A member contests a line of his own ledger. Raises ReasonMissing, RemarkPending."""
    if not text.strip():
        raise ReasonMissing(entry_id)
    entry = Entry.objects.get(pk=entry_id, person=by)
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


# --- by hand -------------------------------------------------------------------------------------------


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
        before = Entry.objects.filter(source=posting.source).values_list("pk", flat=True).first()
        entry = credit(
            source=posting.source,
            bucket=posting.bucket,
            title=posting.title,
            occurred_from=posting.occurred_from,
            occurred_to=posting.occurred_to,
            measures=posting.measures,
            confirmer=posting.confirmer,
            person_id=posting.person_id,
            institution_id=posting.institution_id,
            confirmed_by_id=by.pk,
            evidence=posting.evidence,
            now=now,
        )
        if before is not None:
            return entry, False
        audit(
            by,
            "tracker.entry.post",
            f"people.person:{posting.person_id}",
            {"entry": entry.pk, "source": posting.source},
            now=now,
        )
    return entry, True
