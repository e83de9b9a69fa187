"""Reads about people. ``persons_visible_to`` is the one query that decides who sees whom."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from people.enums import ROLES_THAT_SEE_PEOPLE, OrgKind, Role
from people.models import (
    AuditEntry,
    MembershipStage,
    OrgUnit,
    PartyDuty,
    Person,
    Post,
    RoleGrant,
    SamePerson,
)
from people.pieces import search_people as search_people
from people.statements import Kept


def lineage(path: str) -> list[str]:
    """The paths of a unit and of all units above it, from the root down to the unit itself."""
    step = OrgUnit.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


def lineage_of(person: Person) -> list[str]:
    """The same of the person's unit; nothing for somebody without one."""
    return lineage(person.unit.path) if person.unit is not None else []


@dataclass(frozen=True)
class HeldPost:
    """A post as plain values; ``ends_on`` is exclusive, None while it lasts."""

    starts_on: date
    ends_on: date | None
    unit_id: int
    title: str
    rank: int
    grade: int
    leading: bool
    authority: str
    primary: bool


@dataclass(frozen=True)
class HeldDuty:
    """A party duty as plain values."""

    starts_on: date
    ends_on: date | None
    unit_id: int
    kind: str


@dataclass(frozen=True)
class HeldStage:
    """A membership stage as plain values."""

    starts_on: date
    ends_on: date | None
    stage: str


@dataclass
class Career:
    """All dated personnel facts of one person, oldest first, free of the database."""

    person_id: int
    posts: list[HeldPost] = field(default_factory=list)
    duties: list[HeldDuty] = field(default_factory=list)
    stages: list[HeldStage] = field(default_factory=list)


def in_force(on: date) -> Q:
    """Rows of a dated table that hold on this day."""
    return Q(starts_on__lte=on) & (Q(ends_on=None) | Q(ends_on__gt=on))


def known_in_force(on: date, known_at: datetime) -> Q:
    """Posts, duties or stages that hold on this day by what was recorded by ``known_at``."""
    end_unknown = Q(end_recorded_at__gt=known_at)
    return (
        Q(starts_on__lte=on)
        & (Q(recorded_at=None) | Q(recorded_at__lte=known_at))
        & (Q(ends_on=None) | Q(ends_on__gt=on) | end_unknown)
    )


def grants_of(person: Person, on: date | None = None) -> list[RoleGrant]:
    """The person's roles in force on the day (today by default), read once per instance and day."""
    on = on or timezone.localdate()
    cache: dict[date, list[RoleGrant]] = person.__dict__.setdefault("_grants", {})
    if on not in cache:
        held = _grants(person.pk, on)
        # Every page asks; a handful is put in order here more cheaply than there.
        cache[on] = sorted(held, key=lambda grant: (grant.unit.path, grant.role))
    return cache[on]


@Kept
def _grants(person_id: int, on: date) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(in_force(on), person_id=person_id).select_related("unit")


def has_role(person: Person | AnonymousUser, *roles: Role | str) -> bool:
    """Whether the person holds one of the roles for any part of the tree today; a visitor never."""
    if not isinstance(person, Person) or not person.is_active:
        return False
    return any(grant.role in roles for grant in grants_of(person))


def units_managed_by(
    person: Person, *roles: Role | str, on: date | None = None
) -> QuerySet[OrgUnit]:
    """The units of all subtrees for which the person holds one of the roles, in tree order.

    Without roles named: those that may see people's records.
    """
    paths = _managed_paths(person, roles, on)
    units: QuerySet[OrgUnit] = OrgUnit.objects.filter(_below(paths)).order_by("path")
    return units


def _managed_paths(
    person: Person, roles: Sequence[Role | str], on: date | None = None
) -> list[str]:
    """The tops of these subtrees; none for a closed account."""
    wanted = roles or ROLES_THAT_SEE_PEOPLE
    grants = grants_of(person, on) if person.is_active else []
    return [grant.unit.path for grant in grants if grant.role in wanted]


def level_below(unit: OrgUnit | None, person: Person, *roles: Role | str) -> QuerySet[OrgUnit]:
    """The units directly below one, or the tops of the person's reach, in tree order.

    Each with ``headcount``: active persons in it and everywhere below it.
    """
    within = units_managed_by(person, *roles)
    if unit is None:
        tops = _managed_paths(person, roles)
        level = within.filter(path__in=[path for path in tops if not _is_below_another(path, tops)])
    else:
        level = within.filter(path__startswith=unit.path, depth=unit.depth + 1)
    people_below = (
        Person.objects.filter(is_active=True, unit__path__startswith=OuterRef("path"))
        .order_by()
        .values(one=Value(1))
        .annotate(count=Count("pk"))
        .values("count")
    )
    counted: QuerySet[OrgUnit] = level.annotate(headcount=Coalesce(Subquery(people_below), 0))
    return counted


def headcounts() -> Counter[str]:
    """Active persons of each unit and everywhere below it, by path; nothing of units without any."""
    people = Person.objects.filter(is_active=True, unit__isnull=False).order_by()
    counts: Counter[str] = Counter()
    for path, n in people.values_list("unit__path").annotate(n=Count("pk")):
        for above in lineage(path):
            counts[above] += n
    return counts


def _is_below_another(path: str, paths: list[str]) -> bool:
    return any(path != other and path.startswith(other) for other in paths)


def persons_visible_to(person: Person, *roles: Role | str) -> QuerySet[Person]:
    """The person himself, and everybody whose home unit lies in a part of the tree he sees.

    One statement however many units: subtrees are matched by path prefix.
    """
    within = _below(_managed_paths(person, roles), "unit__")
    return Person.objects.filter(Q(pk=person.pk) | within).order_by("pk")


def open_otherwise_at(moment: datetime) -> tuple[set[int], set[int]]:
    """Whose accounts were open then and are closed now, and the other way round.

    Read from the audit log, which only grows: the first closing or reopening after the moment
    says what was before it. A merge closes an account without such a row.
    """
    first: dict[str, str] = {}
    rows = AuditEntry.objects.filter(
        at__gt=moment, verb__in=["people.person.close", "people.person.reopen"]
    )
    for subject, verb in rows.order_by("at", "pk").values_list("subject", "verb"):
        first.setdefault(subject, verb)
    opened: set[int] = set()
    closed: set[int] = set()
    for subject, verb in first.items():
        found = opened if verb == "people.person.close" else closed
        found.add(_person_of(subject))
    return opened, closed


def added_after(moment: datetime) -> set[int]:
    """Who was put on the roster only after the moment, read from the audit log."""
    rows = AuditEntry.objects.filter(at__gt=moment, verb="people.person.add")
    return {_person_of(subject) for subject in rows.values_list("subject", flat=True)}


def _person_of(subject: str) -> int:
    return int(subject.removeprefix("people.person:"))


def roster_of(person: Person) -> QuerySet[Person]:
    """Whom the person finds on the roster page: those he sees, and those whose accounts he keeps.

    The system administrator keeps accounts; this shows him posts and roles, never study records.
    """
    return persons_visible_to(person, *ROLES_THAT_SEE_PEOPLE, Role.SYSTEM_ADMIN)


def names_told_apart(units: Iterable[OrgUnit]) -> dict[int, str]:
    """What each unit is called beside the others, by its id: where names repeat, after the unit above
    it, and the one above that as long as they are still the same. At most one statement."""
    held = {unit.path: unit for unit in units}
    titles = {path: unit.name for path, unit in held.items()}
    above = {path: lineage(path)[:-1] for path in _of_one_name(titles)}
    wanted = {each for line in above.values() for each in line}
    names = dict(OrgUnit.objects.filter(path__in=wanted).values_list("path", "name"))
    while same := [path for path in _of_one_name(titles) if above.get(path)]:
        for path in same:
            titles[path] = f"{names[above[path].pop()]} · {titles[path]}"
    return {unit.pk: titles[path] for path, unit in held.items()}


def places_within(unit: OrgUnit | None, units: Iterable[OrgUnit | None]) -> dict[int, str]:
    """What these are called in a list of the unit, by their ids: 区民政局 · 办公室."""
    held = {each.pk: each.path for each in units if each is not None}
    names = names_at(held.values(), unit)
    return {pk: names[path] for pk, path in held.items() if path in names}


def names_at(paths: Iterable[str], unit: OrgUnit | None) -> dict[str, str]:
    """What these places are called within the unit, as the tree stands: 区民政局 · 办公室.

    An office bears the name of the unit above it, for every unit has one of the same name;
    not where the list is of that very unit.
    """
    wanted = set(paths)
    above = {path: path[: -OrgUnit.steplen] for path in wanted}
    rows = OrgUnit.objects.filter(path__in=wanted | set(above.values()))
    found = {path: (name, kind) for path, name, kind in rows.values_list("path", "name", "kind")}
    names = {path: name for path, (name, _kind) in found.items()}
    for path in wanted & names.keys():
        inside = unit is None or len(above[path]) > len(unit.path)
        if inside and found[path][1] == OrgKind.OFFICE and above[path] in found:
            names[path] = f"{found[above[path]][0]} · {names[path]}"
    return {path: names[path] for path in wanted & names.keys()}


def names_then(held: Sequence[tuple[int, str, datetime | None]]) -> list[str]:
    """What units were called at a moment: (id, its name then, moment or None for now), in this order.

    An office, and any unit that shares its name with another, comes after the unit that was above
    it then. Moves are read from the audit log, so that what is moved later keeps the place it had.
    """
    return _names_of(held, OrgUnit.objects.in_bulk({unit_id for unit_id, _name, _moment in held}))


def full_names(units: Iterable[OrgUnit | None]) -> dict[int, str]:
    """What these are called where nothing around them says whose they are, by their ids."""
    named = {unit.pk: unit for unit in units if unit is not None}
    names = _names_of([(pk, unit.name, None) for pk, unit in named.items()], named)
    return dict(zip(named, names, strict=True))


def _names_of(
    held: Sequence[tuple[int, str, datetime | None]], units: Mapping[int, OrgUnit]
) -> list[str]:
    shared = _shared_names({name for _unit, name, _moment in held})
    bound = {
        unit_id
        for unit_id, name, _moment in held
        if unit_id in units and (units[unit_id].kind == OrgKind.OFFICE or name in shared)
    }
    above = _units_above({unit_id: units[unit_id].path for unit_id in bound})
    moves = _moves_of(bound) if any(moment for _unit, _name, moment in held) else {}
    names = []
    for unit_id, name, moment in held:
        later = (left for at, left in moves.get(unit_id, ()) if moment is not None and at > moment)
        parent = next(later, above.get(unit_id, ""))
        names.append(f"{parent} · {name}" if unit_id in bound and parent else name)
    return names


def _shared_names(names: set[str]) -> set[str]:
    times = Counter(OrgUnit.objects.filter(name__in=names).values_list("name", flat=True))
    return {name for name, units in times.items() if units > 1}


def _units_above(paths: Mapping[int, str]) -> dict[int, str]:
    """The names of the units above these, by the ids of these."""
    above = {unit_id: path[: -OrgUnit.steplen] for unit_id, path in paths.items()}
    names = dict(OrgUnit.objects.filter(path__in=above.values()).values_list("path", "name"))
    return {unit_id: names[path] for unit_id, path in above.items() if path in names}


def _moves_of(unit_ids: set[int]) -> dict[int, list[tuple[datetime, str]]]:
    """When each was hung elsewhere and the name of what it was taken from, the oldest first."""
    rows = AuditEntry.objects.filter(
        verb="people.unit.move", subject__in=[f"people.unit:{unit_id}" for unit_id in unit_ids]
    ).order_by("at", "pk")
    moved = [
        (int(subject.removeprefix("people.unit:")), at, detail.get("from"))
        for subject, at, detail in rows.values_list("subject", "at", "detail")
    ]
    codes = {code for _unit, _at, code in moved if code}
    names = dict(OrgUnit.objects.filter(code__in=codes).values_list("code", "name"))
    moves: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for unit_id, at, code in moved:
        moves[unit_id].append((at, names.get(code, "")))
    return moves


def _of_one_name(titles: dict[str, str]) -> list[str]:
    times = Counter(titles.values())
    return [path for path, title in titles.items() if times[title] > 1]


def persons_in(unit: OrgUnit) -> QuerySet[Person]:
    """Active persons whose home is the unit or lies below it. Not scoped: the caller has been."""
    return Person.objects.filter(_below([unit.path], "unit__"), is_active=True).order_by("pk")


def without_password(unit: OrgUnit) -> QuerySet[Person]:
    """Those in the unit and below it who cannot sign in with a password yet."""
    return persons_in(unit).filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def posts_on(day: date) -> QuerySet[Post]:
    """Primary posts in force on the day."""
    return Post.objects.filter(in_force(day), primary=True).order_by("person_id", "-starts_on")


def _names(plain: type[Any]) -> list[str]:
    return [each.name for each in fields(plain)]


def careers_of(person_ids: Iterable[int], known_at: datetime | None = None) -> dict[int, Career]:
    """Careers of many persons in three statements; a person without facts has an empty career.

    With ``known_at`` as they were known at that moment: without what was recorded later, and with
    facts lasting whose end was.
    """
    ids = list(person_ids)
    careers: dict[int, Career] = defaultdict(lambda: Career(0))
    for person_id in ids:
        careers[person_id] = Career(person_id)
    # Plain values: a rebuild of everybody's standing reads millions of these rows.
    for person_id, held in _known(_posts(ids), known_at):
        careers[person_id].posts.append(HeldPost(*held))
    for person_id, held in _known(_duties(ids), known_at):
        careers[person_id].duties.append(HeldDuty(*held))
    for person_id, held in _known(_stages(ids), known_at):
        careers[person_id].stages.append(HeldStage(*held))
    return dict(careers)


def _known(
    rows: Iterable[tuple[Any, ...]], known_at: datetime | None
) -> Iterator[tuple[int, Sequence[Any]]]:
    """(person, values of the fact) of the rows of ``_held``."""
    for person_id, recorded_at, end_recorded_at, starts_on, ends_on, *others in rows:
        if known_at is not None:
            if recorded_at is not None and recorded_at > known_at:
                continue
            if end_recorded_at is not None and end_recorded_at > known_at:
                ends_on = None
        yield person_id, (starts_on, ends_on, *others)


@Kept
def _posts(ids: list[int]) -> QuerySet[Post, tuple[Any, ...]]:
    return _held(Post.objects.filter(person__pk__in=ids), HeldPost)


@Kept
def _duties(ids: list[int]) -> QuerySet[PartyDuty, tuple[Any, ...]]:
    return _held(PartyDuty.objects.filter(person__pk__in=ids), HeldDuty)


@Kept
def _stages(ids: list[int]) -> QuerySet[MembershipStage, tuple[Any, ...]]:
    return _held(MembershipStage.objects.filter(person__pk__in=ids), HeldStage)


def _held(rows: QuerySet[Any], plain: type[Any]) -> QuerySet[Any, tuple[Any, ...]]:
    moments = ("recorded_at", "end_recorded_at")
    return rows.order_by("starts_on", "id").values_list("person_id", *moments, *_names(plain))


def merged_by(moment: datetime | None, prefix: str = "") -> Q:
    """Merges in force at the moment; None: as things stand now."""
    if moment is None:
        return Q(**{f"{prefix}merged_at__isnull": False, f"{prefix}undone_at": None})
    return Q(**{f"{prefix}merged_at__lte": moment}) & (
        Q(**{f"{prefix}undone_at": None}) | Q(**{f"{prefix}undone_at__gt": moment})
    )


def merged_into(person_ids: Iterable[int], moment: datetime | None = None) -> dict[int, int]:
    """Other record → the record it is read with, of every pair one of these belongs to."""
    ids = list(person_ids)
    return dict(_pairs_now(ids) if moment is None else _pairs_at(ids, moment))


@Kept
def _pairs_now(ids: list[int]) -> QuerySet[SamePerson, tuple[int, int]]:
    return _pairs(ids, merged_by(None))


@Kept
def _pairs_at(ids: list[int], moment: datetime) -> QuerySet[SamePerson, tuple[int, int]]:
    return _pairs(ids, merged_by(moment))


def _pairs(ids: list[int], merged: Q) -> QuerySet[SamePerson, tuple[int, int]]:
    either = Q(kept__pk__in=ids) | Q(other__pk__in=ids)
    return (
        SamePerson.objects.filter(either, merged).order_by("pk").values_list("other_id", "kept_id")
    )


def merges_away(person_ids: Iterable[int]) -> dict[int, SamePerson]:
    """Of those that were merged into another record: the merge in force, with both persons."""
    found = SamePerson.objects.filter(merged_by(None), other_id__in=list(person_ids))
    return {same.other_id: same for same in found.select_related("kept", "other")}


def records_read_with(person_ids: Iterable[int]) -> dict[int, list[int]]:
    """The other records that are read with each of these persons."""
    others: dict[int, list[int]] = defaultdict(list)
    pairs = SamePerson.objects.filter(merged_by(None), kept_id__in=list(person_ids)).order_by("pk")
    for kept, other in pairs.values_list("kept_id", "other_id"):
        others[kept].append(other)
    return others


def records_of(person_id: int, moment: datetime | None = None) -> list[int]:
    """The person's own record and those read with it at the moment. One statement."""
    others = SamePerson.objects.filter(merged_by(moment), kept_id=person_id).order_by("pk")
    return [person_id, *others.values_list("other_id", flat=True)]


def record_kept_for(person_id: int) -> int:
    """The record a record is read with now: itself, or the one it was merged into."""
    return merged_into([person_id]).get(person_id, person_id)


def merges_of(person_id: int, moment: datetime | None = None) -> list[SamePerson]:
    """The merges in force at the moment with this record on either side, with both persons."""
    either = Q(kept_id=person_id) | Q(other_id=person_id)
    found = SamePerson.objects.filter(either, merged_by(moment)).order_by("pk")
    return list(found.select_related("kept", "other"))


def _below(paths: list[str], prefix: str = "") -> Q:
    """Match nodes in the subtrees at these paths; no paths match nothing."""
    matches = Q(pk__in=[])
    for path in paths:
        matches |= Q(**{f"{prefix}path__startswith": path})
    return matches
