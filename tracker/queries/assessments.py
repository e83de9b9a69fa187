"""Facts of a person, and what the rules say of them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import F, QuerySet

from people import queries as people_queries
from people.enums import Rank
from people.models import OrgUnit, Person
from people.statements import Kept
from tracker.enums import Bucket
from tracker.models import CareerEvent, Entry, Institution, RulePack
from tracker.queries.entries import ZERO, BucketSum
from tracker.queries.packs import (
    EVERYWHERE,
    PackInForce,
    duties_for,
    pack_of_document,
    packs_in_force,
)
from tracker.rules import (
    Assessment,
    Confirmer,
    Event,
    EventKind,
    Form,
    History,
    Measures,
    PartyDuty,
    Post,
    Row,
    StageSpan,
    State,
    Subject,
    assess,
)
from tracker.rules import Institution as InstitutionFact
from tracker.rules import Recognition as RecognitionFact
from tracker.rules.counting import known_rows


@dataclass(frozen=True)
class Facts:
    """All that the law engine needs to know about one person."""

    person_id: int
    unit_id: int | None
    path: str
    history: History
    rows: tuple[Row, ...]
    last_entry_id: int = 0
    # First day, first day no longer, rank; the one begun last first.
    primary_posts: tuple[tuple[date, date | None, int], ...] = ()
    # The record this one was merged into: it owes nothing by itself, and its rows count there.
    merged_into: int | None = None

    def rank_on(self, day: date) -> int:
        """The rank of the primary post in force on the day; the lowest where there is none."""
        for starts_on, ends_on, rank in self.primary_posts:
            if starts_on <= day and (ends_on is None or day < ends_on):
                return rank
        return int(Rank.OTHER)


def facts_of(
    person_ids: Iterable[int],
    known_at: datetime | None = None,
    *,
    merged: Mapping[int, int] | None = None,
) -> dict[int, Facts]:
    """Facts of many persons in nine statements at most, however many they are.

    Careers, recognitions and merges are those recorded by ``known_at`` (None: as things stand now).
    Records that were one by then bring their rows to the one kept; the career is that of the kept
    record. To see what a merge would change, ``merged`` (record → the one kept) stands in its place.
    """
    ids = list(person_ids)
    if merged is None:
        merged = people_queries.merged_into(ids, known_at)
    careers = people_queries.careers_of(ids, known_at)
    events: dict[int, list[Event]] = defaultdict(list)
    for event in _career_events(ids):
        events[event.person_id].append(
            Event(
                EventKind(event.kind),
                event.starts_on,
                event.ends_on,
                tuple(event.requirements),
                event.due_on,
                event.approved_at,
                event.note,
            )
        )
    rows: dict[int, list[Row]] = defaultdict(list)
    last: dict[int, int] = {}
    institutions = institution_facts(known_at)
    for entry in _rows_of(list({*ids, *merged})):
        reader = merged.get(entry.person_id, entry.person_id)
        rows[reader].append(as_row(entry, institutions))
        last[reader] = entry.id
    homes = {person_id: (unit_id, path) for person_id, unit_id, path in _homes(ids)}
    found = {}
    for person_id in ids:
        career = careers[person_id]
        unit_id, path = homes.get(person_id, (None, ""))
        history = History(
            tuple(
                Post(p.starts_on, p.ends_on, p.rank, p.grade, p.leading, str(p.authority), p.title)
                for p in career.posts
            ),
            tuple(PartyDuty(d.starts_on, d.ends_on, str(d.kind)) for d in career.duties),
            tuple(StageSpan(s.starts_on, s.ends_on, str(s.stage)) for s in career.stages),
            tuple(events[person_id]),
        )
        found[person_id] = Facts(
            person_id,
            unit_id,
            path or "",
            history,
            tuple(rows[person_id]),
            last.get(person_id, 0),
            tuple((p.starts_on, p.ends_on, p.rank) for p in reversed(career.posts) if p.primary),
            merged.get(person_id),
        )
    return found


ROW_FIELDS = (
    "id", "bucket", "title", "occurred_from", "occurred_to", "hours", "credits", "training_days",
    "events", "recorded_at", "confirmer", "institution_id", "course", "reverses_id", "because",
)  # fmt: skip


@Kept
def _career_events(ids: list[int]) -> QuerySet[CareerEvent]:
    return CareerEvent.objects.filter(person__pk__in=ids).order_by("starts_on", "id")


@Kept
def _rows_of(ids: list[int]) -> QuerySet[Entry, Any]:
    # Plain tuples: making model instances of a million persons' rows takes longer than judging them.
    rows = Entry.objects.filter(person__pk__in=ids).order_by("id")
    return rows.values_list("person_id", *ROW_FIELDS, named=True)


@Kept
def _homes(ids: list[int]) -> QuerySet[Person, tuple[int, int, str]]:
    return Person.objects.filter(pk__in=ids).values_list("pk", "unit_id", "unit__path")


_FORMS = {form.value: form for form in Form}
_CONFIRMERS = {confirmer.value: confirmer for confirmer in Confirmer}


def as_row(entry: Any, institutions: dict[int, InstitutionFact]) -> Row:
    """A row of the ledger (or its ``ROW_FIELDS``) as the law engine reads it."""
    return Row(
        key=str(entry.id),
        form=_FORMS[entry.bucket],
        title=entry.title,
        since=entry.occurred_from,
        after_last=entry.occurred_to,
        measures=Measures(entry.hours, entry.credits, entry.training_days, entry.events),
        recorded_at=entry.recorded_at,
        confirmer=_CONFIRMERS[entry.confirmer],
        institution=institutions.get(entry.institution_id) if entry.institution_id else None,
        course=entry.course,
        reverses=str(entry.reverses_id) if entry.reverses_id else None,
        because=entry.because,
    )


def institution_facts(known_at: datetime | None) -> dict[int, InstitutionFact]:
    named: dict[int, tuple[str, str, str]] = {}
    recognised: dict[int, list[RecognitionFact]] = defaultdict(list)
    for (
        pk,
        code,
        name,
        kind,
        level,
        starts_on,
        ends_on,
        recorded_at,
        superseded_at,
    ) in _institutions():
        named[pk] = (code, name, kind)
        if level and _known_by(known_at, recorded_at, superseded_at):
            recognised[pk].append(RecognitionFact(level, starts_on, ends_on))
    return {pk: InstitutionFact(*facts, tuple(recognised[pk])) for pk, facts in named.items()}


@Kept
def _institutions() -> QuerySet[Institution, tuple[Any, ...]]:
    fields = ("level", "starts_on", "ends_on", "recorded_at", "superseded_at")
    return Institution.objects.order_by("pk", "recognitions__pk").values_list(
        "pk", "code", "name", "kind", *(f"recognitions__{name}" for name in fields)
    )


def _known_by(
    known_at: datetime | None, recorded_at: datetime | None, superseded_at: datetime | None
) -> bool:
    if known_at is None:
        return superseded_at is None
    return (recorded_at is None or recorded_at <= known_at) and (
        superseded_at is None or superseded_at > known_at
    )


def assess_facts(
    facts: Facts,
    packs: Sequence[PackInForce],
    *,
    on: date,
    known_at: datetime,
    explain: bool = True,
) -> list[Assessment]:
    """Every requirement that applies to the person, in the order of packs and duties.

    Without ``explain`` rows outside the window are passed over, not listed as refused.
    """
    found: list[Assessment] = []
    if facts.merged_into is not None:
        return found
    rows = known_rows(facts.rows, known_at)
    for duty in duties_for(facts.path, packs):
        if duty.subject is Subject.ORGANISATION:
            continue
        assessment = assess(duty, facts.history, rows, on, known_at, explain=explain)
        if assessment.state is not State.NOT_APPLICABLE:
            found.append(assessment)
    return found


def assessments_of(person_id: int, *, on: date, known_at: datetime) -> list[Assessment]:
    """The person's standing under the rules of that day. Not scoped: the caller has been."""
    facts = facts_of([person_id], known_at)[person_id]
    return assess_facts(facts, packs_in_force(on, known_at), on=on, known_at=known_at)


def assessment_of(
    person_id: int, requirement: str, *, on: date, known_at: datetime
) -> Assessment | None:
    """One requirement, also when it does not apply to the person; None when no pack has it."""
    facts = facts_of([person_id], known_at)[person_id]
    if facts.merged_into is not None:
        return None
    for duty in duties_for(facts.path, packs_in_force(on, known_at)):
        if duty.code == requirement and duty.subject is not Subject.ORGANISATION:
            return assess(duty, facts.history, facts.rows, on, known_at)
    return None


@dataclass(frozen=True)
class Flip:
    """How many persons would change from one state to another against one requirement."""

    requirement: str
    title_zh: str
    title_en: str
    before: str
    after: str
    persons: int


def people_to_try(row: RulePack, people: QuerySet[Person], most: int) -> tuple[list[int], int]:
    """(ids of those to try the pack on, how many there are in its part of the tree).

    Of more than ``most`` every n-th by number is taken, which spreads over units as they were
    entered; which one to begin with depends on the pack's text, so that trying again says the same.
    """
    if row.jurisdiction != EVERYWHERE:
        path = OrgUnit.objects.filter(code=row.jurisdiction).values_list("path", flat=True).first()
        people = people.filter(unit__path__startswith=path) if path else people.none()
    people = people.order_by()
    total = people.count()
    if total > most:
        step = -(-total // most)
        people = people.annotate(turn=F("pk") % step).filter(turn=int(row.digest[:8], 16) % step)
    return sorted(people.values_list("pk", flat=True)[: 2 * most]), total


def effect_of(
    row: RulePack,
    person_ids: Sequence[int],
    *,
    on: date,
    known_at: datetime,
    progress: Callable[[int], None] | None = None,
) -> list[Flip]:
    """Whose state would flip if the pack were in force on the day in place of its older version.

    Computed from rows, nothing is stored; some two milliseconds a person. ``progress`` is told how
    many are through and may raise to end it.
    """
    present = packs_in_force(on, known_at)
    pack = pack_of_document(row.document)
    path: str | None = ""
    if row.jurisdiction != EVERYWHERE:
        paths = OrgUnit.objects.filter(code=row.jurisdiction).values_list("path", flat=True)
        path = paths.first()
    future = [held for held in present if held.pack.code != pack.code]
    if path is not None and pack.in_force(on):
        future.append(PackInForce(pack, path))
    titles = {d.code: d.title for held in (*present, *future) for d in held.pack.duties}
    counts: Counter[tuple[str, str, str]] = Counter()
    for start in range(0, len(person_ids), 500):
        for facts in facts_of(person_ids[start : start + 500], known_at).values():
            before, after = (
                {
                    a.duty.code: a.state.value
                    for a in assess_facts(facts, packs, on=on, known_at=known_at)
                }
                for packs in (present, future)
            )
            for code in before.keys() | after.keys():
                states = (
                    before.get(code, State.NOT_APPLICABLE.value),
                    after.get(code, State.NOT_APPLICABLE.value),
                )
                if states[0] != states[1]:
                    counts[(code, *states)] += 1
        if progress is not None:
            progress(min(start + 500, len(person_ids)))
    return [
        Flip(code, titles[code].zh, titles[code].en, before, after, persons)
        for (code, before, after), persons in sorted(counts.items())
    ]


@dataclass(frozen=True)
class PersonRecord:
    """What the record page says first: standings, the year's sums, the years there are."""

    assessments: list[Assessment]
    years: list[int]
    sums: list[BucketSum]


def record_of(person_id: int, year: int, *, on: date, known_at: datetime) -> PersonRecord:
    """Standings and the year's sums of one person from one reading of the ledger."""
    facts = facts_of([person_id], known_at)[person_id]
    assessments = assess_facts(facts, packs_in_force(on, known_at), on=on, known_at=known_at)
    known = [row for row in facts.rows if row.recorded_at <= known_at]
    sums: dict[str, BucketSum] = {}
    for row in known:
        if row.last_day.year == year:
            old = sums.get(row.form.value) or BucketSum(row.form.value, ZERO, ZERO, ZERO, 0)
            sums[row.form.value] = BucketSum(
                row.form.value,
                old.hours + row.measures.hours,
                old.credits + row.measures.credits,
                old.training_days + row.measures.training_days,
                old.events + row.measures.events,
            )
    years = {row.last_day.year for row in known} | {year, on.year}
    return PersonRecord(
        assessments,
        sorted(years, reverse=True),
        [sums[bucket.value] for bucket in Bucket if bucket.value in sums],
    )


def assessments_with(
    person_id: int,
    row: Row,
    institution_id: int | None,
    *,
    on: date,
    known_at: datetime,
) -> list[Assessment]:
    """The person's standing as it would be with one more line. Nothing is stored."""
    facts = facts_of([person_id], known_at)[person_id]
    if institution_id is not None:
        row = replace(row, institution=institution_facts(known_at).get(institution_id))
    facts = replace(facts, rows=(*facts.rows, row))
    return assess_facts(facts, packs_in_force(on, known_at), on=on, known_at=known_at)
