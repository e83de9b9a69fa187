"""Reads of the ledger and of standings, as of a day of activity and a day of knowledge."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from people import queries as people_queries
from people.enums import OrgKind, Role
from people.models import OrgUnit, Person
from tracker.enums import Bucket, PackStatus, StandingState
from tracker.models import CareerEvent, Entry, Institution, Remark, RulePack, Standing
from tracker.rules import (
    Assessment,
    Confirmer,
    Duty,
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
    changes_not_open,
    load_pack,
)
from tracker.rules import Institution as InstitutionFact
from tracker.rules import Recognition as RecognitionFact
from tracker.rules import RulePack as Pack

EVERYWHERE = "CN"
ZERO = Decimal(0)


@dataclass(frozen=True)
class RequirementCount:
    """How many persons of a part of the tree stand how against one requirement."""

    requirement: str
    pack: str
    title_zh: str
    title_en: str
    by_state: dict[str, int]

    @property
    def obliged(self) -> int:
        """All to whom it applies and who are not exempt."""
        return sum(n for state, n in self.by_state.items() if state != StandingState.EXEMPT)

    @property
    def met(self) -> int:
        return self.by_state.get(StandingState.MET, 0)


@dataclass(frozen=True)
class BucketSum:
    """What one form of study added up to, each measure in its own unit."""

    bucket: str
    hours: Decimal
    credits: Decimal
    training_days: Decimal
    events: int

    @property
    def label(self) -> str:
        return str(Bucket(self.bucket).label)


# --- packs -----------------------------------------------------------------------------------


@lru_cache(maxsize=128)
def pack_of_document(document: str) -> Pack:
    """The pack a stored document describes; parsed once a process, since documents never change."""
    return load_pack(document)


@dataclass(frozen=True)
class PackInForce:
    """An approved pack and the part of the tree it holds for (an empty path: everywhere)."""

    pack: Pack
    path: str


def packs_in_force(on: date, known_at: datetime) -> list[PackInForce]:
    """Approved by ``known_at`` and valid on the day; of each code the newest version."""
    rows = RulePack.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=on),
        status=PackStatus.APPROVED,
        approved_at__lte=known_at,
        valid_from__lte=on,
    ).order_by("code", "-version")
    newest: dict[str, RulePack] = {}
    for row in rows:
        newest.setdefault(row.code, row)
    local = {row.jurisdiction for row in newest.values() if row.jurisdiction != EVERYWHERE}
    paths = {EVERYWHERE: ""}
    if local:
        paths |= dict(OrgUnit.objects.filter(code__in=local).values_list("code", "path"))
    return [
        PackInForce(pack_of_document(row.document), paths[row.jurisdiction])
        for row in newest.values()
        if row.jurisdiction in paths
    ]


def duties_for(path: str, packs: Sequence[PackInForce]) -> list[Duty]:
    """The duties that hold at a place of the tree.

    A local pack adds its own; it replaces one of the pack it overrides where that one leaves open
    everything the local one changes. Otherwise the upper duty stands and the local one does not.
    """
    here = [held for held in packs if path.startswith(held.path)]
    by_code = {held.pack.code: held.pack for held in here}
    dropped: set[tuple[str, str]] = set()
    for held in here:
        upper = by_code.get(held.pack.overrides)
        for local, above in overridden(held.pack, upper):
            loser = held.pack if changes_not_open(above, local) else upper
            if loser is not None:
                dropped.add((loser.code, local.code))
    return [
        duty
        for held in here
        for duty in held.pack.duties
        if (held.pack.code, duty.code) not in dropped
    ]


def overridden(local: Pack, upper: Pack | None) -> list[tuple[Duty, Duty]]:
    """Pairs (local duty, duty above) of the same code."""
    above = {duty.code: duty for duty in upper.duties} if upper else {}
    return [(duty, above[duty.code]) for duty in local.duties if duty.code in above]


# --- facts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """All that the law engine needs to know about one person."""

    person_id: int
    unit_id: int | None
    path: str
    history: History
    rows: tuple[Row, ...]
    last_entry_id: int = 0


def facts_of(person_ids: Iterable[int]) -> dict[int, Facts]:
    """Facts of many persons in nine statements at most, however many they are."""
    ids = list(person_ids)
    careers = people_queries.careers_of(ids)
    events: dict[int, list[Event]] = defaultdict(list)
    for event in CareerEvent.objects.filter(person_id__in=ids).order_by("starts_on", "id"):
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
    institutions = _institution_facts()
    for entry in Entry.objects.filter(person_id__in=ids).order_by("id").iterator(5000):
        person_id = entry.person_id or 0
        rows[person_id].append(as_row(entry, institutions))
        last[person_id] = entry.pk
    homes = {
        person_id: (unit_id, path)
        for person_id, unit_id, path in Person.objects.filter(pk__in=ids).values_list(
            "pk", "unit_id", "unit__path"
        )
    }
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
        )
    return found


def as_row(entry: Entry, institutions: dict[int, InstitutionFact]) -> Row:
    """A row of the ledger as the law engine reads it."""
    return Row(
        key=str(entry.pk),
        form=Form(entry.bucket),
        title=entry.title,
        since=entry.occurred_from,
        after_last=entry.occurred_to,
        measures=Measures(entry.hours, entry.credits, entry.training_days, entry.events),
        recorded_at=entry.recorded_at,
        confirmer=Confirmer(entry.confirmer),
        institution=institutions.get(entry.institution_id) if entry.institution_id else None,
        course=entry.course,
        reverses=str(entry.reverses_id) if entry.reverses_id else None,
        because=entry.because,
    )


def _institution_facts() -> dict[int, InstitutionFact]:
    found = {}
    for institution in Institution.objects.prefetch_related("recognitions"):
        found[institution.pk] = InstitutionFact(
            institution.code,
            institution.name,
            institution.kind,
            tuple(
                RecognitionFact(r.level, r.starts_on, r.ends_on)
                for r in institution.recognitions.all()
            ),
        )
    return found


# --- assessments -------------------------------------------------------------------------------


def assess_facts(
    facts: Facts, packs: Sequence[PackInForce], *, on: date, known_at: datetime
) -> list[Assessment]:
    """Every requirement that applies to the person, in the order of packs and duties."""
    found = []
    for duty in duties_for(facts.path, packs):
        if duty.subject is Subject.ORGANISATION:
            continue
        assessment = assess(duty, facts.history, facts.rows, on, known_at)
        if assessment.state is not State.NOT_APPLICABLE:
            found.append(assessment)
    return found


def assessments_of(person_id: int, *, on: date, known_at: datetime) -> list[Assessment]:
    """The person's standing under the rules of that day. Not scoped: the caller has been."""
    facts = facts_of([person_id])[person_id]
    return assess_facts(facts, packs_in_force(on, known_at), on=on, known_at=known_at)


def assessment_of(
    person_id: int, requirement: str, *, on: date, known_at: datetime
) -> Assessment | None:
    """One requirement, also when it does not apply to the person; None when no pack has it."""
    facts = facts_of([person_id])[person_id]
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


def effect_of(
    row: RulePack, person_ids: Sequence[int], *, on: date, known_at: datetime
) -> list[Flip]:
    """Whose state would flip if the pack were in force on the day in place of its older version.

    Computed from rows, nothing is stored; some two milliseconds a person.
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
        for facts in facts_of(person_ids[start : start + 500]).values():
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
    return [
        Flip(code, titles[code].zh, titles[code].en, before, after, persons)
        for (code, before, after), persons in sorted(counts.items())
    ]


def unit_assessments(unit: OrgUnit, *, on: date, known_at: datetime) -> list[Assessment]:
    """What a branch or another organisation owes itself, such as lectures held."""
    institutions = _institution_facts()
    rows = tuple(
        as_row(entry, institutions)
        for entry in Entry.objects.filter(unit=unit, person=None).order_by("id")
    )
    history = History(organisation_kind=unit.kind, name=unit.name)
    found = []
    for duty in duties_for(unit.path, packs_in_force(on, known_at)):
        if duty.subject is Subject.ORGANISATION:
            assessment = assess(duty, history, rows, on, known_at)
            if assessment.state is not State.NOT_APPLICABLE:
                found.append(assessment)
    return found


@dataclass(frozen=True)
class PersonRecord:
    """What the record page says first: standings, the year's sums, the years there are."""

    assessments: list[Assessment]
    years: list[int]
    sums: list[BucketSum]


def record_of(person_id: int, year: int, *, on: date, known_at: datetime) -> PersonRecord:
    """Standings and the year's sums of one person from one reading of the ledger."""
    facts = facts_of([person_id])[person_id]
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


# --- entries -----------------------------------------------------------------------------------


def entries_of(person_id: int, known_at: datetime | None = None) -> QuerySet[Entry]:
    """The person's rows as recorded by then, reversals among them, newest activity first."""
    entries = Entry.objects.filter(person_id=person_id)
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    return entries.select_related("institution", "confirmed_by", "reverses").order_by(
        "-occurred_from", "-id"
    )


def standing_entries_of(person_id: int, known_at: datetime) -> QuerySet[Entry]:
    """Rows that count for something: neither reversals nor taken back by then."""
    taken_back = Entry.objects.filter(reverses=OuterRef("pk"), recorded_at__lte=known_at)
    return entries_of(person_id, known_at).filter(~Exists(taken_back), reverses=None)


def hours_by_bucket(
    person_id: int, year: int, known_at: datetime | None = None
) -> dict[str, BucketSum]:
    """Sums of the year's rows by form, in the order of the forms. A row belongs to its last day's year."""
    entries = Entry.objects.filter(
        person_id=person_id, occurred_to__gt=date(year, 1, 1), occurred_to__lte=date(year + 1, 1, 1)
    )
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    sums = {
        row["bucket"]: BucketSum(**row)
        for row in entries.order_by()
        .values("bucket")
        .annotate(
            hours=Sum("hours"),
            credits=Sum("credits"),
            training_days=Sum("training_days"),
            events=Sum("events"),
        )
    }
    return {bucket.value: sums[bucket.value] for bucket in Bucket if bucket.value in sums}


def entry_by_source(source: str) -> Entry | None:
    """The row a source earned, if it was ever posted."""
    return Entry.objects.filter(source=source).first()


def entry_sum(person_id: int, known_at: datetime) -> BucketSum:
    """Everything in the person's ledger as recorded by then, over all forms and years."""
    sums = Entry.objects.filter(person_id=person_id, recorded_at__lte=known_at).aggregate(
        hours=Sum("hours", default=Decimal(0)),
        credits=Sum("credits", default=Decimal(0)),
        training_days=Sum("training_days", default=Decimal(0)),
        events=Sum("events", default=0),
    )
    return BucketSum(bucket="", **sums)


# --- standings: the cached table ---------------------------------------------------------------


def standing_summary(unit: OrgUnit, on: date) -> list[RequirementCount]:
    """Counts by requirement and state in the unit and below. Not scoped: the caller has been.

    From the cached table, which stands for the last day computed; titles by the packs in force.
    """
    counts: dict[tuple[str, str], dict[str, int]] = {}
    rows = (
        Standing.objects.filter(unit__path__startswith=unit.path)
        .order_by()
        .values_list("requirement", "pack", "state")
        .annotate(persons=Count("pk"))
    )
    for requirement, pack, state, persons in rows:
        by_state = counts.setdefault((requirement, pack), {})
        by_state[state] = by_state.get(state, 0) + persons
    titles = requirement_titles()
    return [
        RequirementCount(requirement, pack, *titles.get(requirement, (requirement, "")), by_state)
        for (requirement, pack), by_state in sorted(counts.items())
    ]


def requirement_titles(*, approved_only: bool = False) -> dict[str, tuple[str, str]]:
    """Chinese and English title of every requirement of every loaded, or every approved, pack."""
    titles: dict[str, tuple[str, str]] = {}
    packs = RulePack.objects.order_by("version")
    if approved_only:
        packs = packs.filter(status=PackStatus.APPROVED)
    for document in packs.values_list("document", flat=True):
        for duty in pack_of_document(document).duties:
            titles[duty.code] = (duty.title.zh, duty.title.en)
    return titles


def standings_in(
    unit: OrgUnit, requirement: str | None = None, state: str | None = None
) -> QuerySet[Standing]:
    """Cached standings of persons in the unit and below. Not scoped: the caller has been."""
    standings = Standing.objects.filter(unit__path__startswith=unit.path)
    if requirement:
        standings = standings.filter(requirement=requirement)
    if state:
        standings = standings.filter(state=state)
    return standings.select_related("person", "unit").order_by("due_on", "person_id", "requirement")


def standings_of(person_ids: Iterable[int]) -> dict[int, list[Standing]]:
    """Cached standings of some persons, most pressing first."""
    found: dict[int, list[Standing]] = defaultdict(list)
    rows = Standing.objects.filter(person_id__in=list(person_ids))
    for row in rows.order_by("person_id", "due_on", "requirement"):
        found[row.person_id].append(row)
    return found


# --- remarks and packs as pages show them -------------------------------------------------------


def open_remarks_for(person: Person) -> QuerySet[Remark]:
    """Contested lines of persons whose records this person keeps, oldest first."""
    visible = people_queries.persons_visible_to(person).exclude(pk=person.pk)
    return (
        Remark.objects.filter(state="open", author__in=visible)
        .select_related("entry", "author")
        .order_by("written_at")
    )


def keeps_records_of(person: Person, other_id: int | None) -> bool:
    """Whether the person answers for the other's record: training administrator or liaison."""
    keeps = people_queries.persons_visible_to(person, Role.TRAINING_ADMIN, Role.LIAISON)
    return other_id not in (None, person.pk) and keeps.filter(pk__in=[other_id]).exists()


def puts_right(person: Person, other_id: int | None) -> bool:
    """Whether the person may take back or correct the other's lines: training administrators."""
    keeps = people_queries.persons_visible_to(person, Role.TRAINING_ADMIN)
    return other_id not in (None, person.pk) and keeps.filter(pk__in=[other_id]).exists()


def posted_anew(entry: Entry) -> Entry | None:
    """The line that stands in place of one that was corrected."""
    stem, _, number = entry.source.partition("#")
    return Entry.objects.filter(source=f"{stem}#{int(number or 1) + 1}").first()


def _paths_posted_for(person: Person) -> list[str]:
    """Parts of the tree for which a person posts lines by hand, as paths.

    A training administrator: his units. Staff of a training institution: the district the
    institution belongs to, or where the role is held for another unit, that unit.
    """
    if not person.is_active:
        return []
    paths = []
    for grant in people_queries.grants_of(person):
        path = grant.unit.path
        if grant.role == Role.INSTITUTION_STAFF and grant.unit.kind == OrgKind.INSTITUTION:
            path = path[: -OrgUnit.steplen] or path
        if grant.role in (Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF):
            paths.append(path)
    return paths


def persons_posted_for(person: Person) -> QuerySet[Person]:
    """Active persons for whom this one posts lines by hand; never himself."""
    below = Q(pk__in=[])
    for path in _paths_posted_for(person):
        below |= Q(unit__path__startswith=path)
    return Person.objects.filter(below, is_active=True).exclude(pk=person.pk).order_by("pk")


def institutions_vouched_by(person: Person) -> QuerySet[Institution]:
    """Institutions this person may name: all for a training administrator, else those of his unit."""
    found = Institution.objects.order_by("name")
    if people_queries.has_role(person, Role.TRAINING_ADMIN):
        return found
    own = Q(pk__in=[])
    for grant in people_queries.grants_of(person):
        if grant.role == Role.INSTITUTION_STAFF:
            own |= Q(unit__path__startswith=grant.unit.path)
    return found.filter(own)


def assessments_with(
    person_id: int,
    row: Row,
    institution_id: int | None,
    *,
    on: date,
    known_at: datetime,
) -> list[Assessment]:
    """The person's standing as it would be with one more line. Nothing is stored."""
    facts = facts_of([person_id])[person_id]
    if institution_id is not None:
        row = replace(row, institution=_institution_facts().get(institution_id))
    facts = replace(facts, rows=(*facts.rows, row))
    return assess_facts(facts, packs_in_force(on, known_at), on=on, known_at=known_at)


def rule_packs() -> QuerySet[RulePack]:
    """Every version of every pack, newest version first within a code."""
    return RulePack.objects.select_related("loaded_by", "approved_by").order_by("code", "-version")
