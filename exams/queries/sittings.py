"""Who is to sit an exam, how a sitting goes, what came of it by unit: always in the asker's scope."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, QuerySet

from exams.enums import AttemptEventKind, AttemptState, Audience, Counts
from exams.models import Answer, Attempt, AttemptEvent, Exam
from people.models import MembershipStage, OrgUnit, PartyDuty, Person, Post
from people.queries import in_force, level_below, lineage, persons_visible_to
from people.reading import read_through

DONE = (AttemptState.SUBMITTED, AttemptState.GRADED)
SIGNALS = (AttemptEventKind.LEFT, AttemptEventKind.PASTED, AttemptEventKind.MOVED)
MOST_LISTED = 20_000  # staff numbers read from one list
AT_ONCE = 500  # persons whose results are read together


# --- candidates -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostRule:
    """Candidates by what they hold on a day. Empty fields admit all; a post must meet all of
    rank (inclusive bounds) and ``leading``; of duties and stages any one will do."""

    rank_from: int | None = None
    rank_to: int | None = None
    leading: bool = False
    duties: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    unit_ids: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            name: value for name, value in asdict(self).items() if value not in (None, (), False)
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "PostRule":
        listed = {"duties", "stages", "unit_ids"}
        fields: dict[str, Any] = {k: tuple(v) if k in listed else v for k, v in plain.items()}
        return cls(**fields)


def persons_by_rule(within: QuerySet[Person], rule: PostRule, on: date) -> QuerySet[Person]:
    """Those of ``within`` who meet the rule on the day, by posts, duties and stages then in force."""
    found = within.filter(is_active=True)
    mine = {"person": OuterRef("pk")}
    posts = Post.objects.filter(in_force(on), **mine)
    asks_post = rule.rank_from is not None or rule.rank_to is not None or rule.leading
    if rule.rank_from is not None:
        posts = posts.filter(rank__gte=rule.rank_from)
    if rule.rank_to is not None:
        posts = posts.filter(rank__lte=rule.rank_to)
    if rule.leading:
        posts = posts.filter(leading=True)
    if asks_post:
        found = found.filter(Exists(posts))
    if rule.duties:
        duties = PartyDuty.objects.filter(in_force(on), kind__in=rule.duties, **mine)
        found = found.filter(Exists(duties))
    if rule.stages:
        stages = MembershipStage.objects.filter(in_force(on), stage__in=rule.stages, **mine)
        found = found.filter(Exists(stages))
    if rule.unit_ids:
        found = found.filter(_below(OrgUnit.objects.filter(pk__in=rule.unit_ids), "unit__"))
    return found


def _below(units: Iterable[OrgUnit], prefix: str = "") -> Q:
    matches = Q(pk__in=[])
    for unit in units:
        matches |= Q(**{f"{prefix}path__startswith": unit.path})
    return matches


def candidates_of(exam: Exam) -> QuerySet[Person]:
    """Everybody meant to sit the exam and still active. Not scoped: narrow it to the asker's reach."""
    people = Person.objects.filter(is_active=True)
    if exam.audience == Audience.UNITS:
        people = people.filter(_below(exam.units.all(), "unit__"))
    elif exam.audience in (Audience.PERSONS, Audience.RULE):
        people = people.filter(
            Exists(Exam.persons.through.objects.filter(exam=exam, person=OuterRef("pk")))
        )
    return people.order_by("pk")


@dataclass(frozen=True, slots=True)
class ListProblem:
    """A line of a pasted list that names nobody. ``code``: unknown, other_name, twice."""

    line: int
    text: str
    code: str
    name: str = ""


def read_staff_numbers(
    lines: Sequence[str], reach: QuerySet[Person]
) -> tuple[list[int], list[ListProblem]]:
    """Persons named by a list: a staff number a line, optionally a name behind it.

    Someone out of reach is as unknown as someone who does not exist. Order is kept.
    """
    wanted: list[tuple[int, str, str]] = []
    problems: list[ListProblem] = []
    seen: set[str] = set()
    for number, line in enumerate(lines[:MOST_LISTED], 1):
        parts = line.replace("，", " ").replace(",", " ").replace("\t", " ").split()
        if not parts:
            continue
        staff_number, name = parts[0].upper(), "".join(parts[1:2])
        if staff_number in seen:
            problems.append(ListProblem(number, line.strip()[:60], "twice"))
            continue
        seen.add(staff_number)
        wanted.append((number, staff_number, name))
    known: dict[str, tuple[int, str]] = {}
    for start in range(0, len(wanted), 500):
        some = [staff_number for _, staff_number, _ in wanted[start : start + 500]]
        spelled = {*some, *(s.lower() for s in some)}
        rows = reach.filter(staff_number__in=spelled, is_active=True)
        for pk, found, name in rows.values_list("pk", "staff_number", "name"):
            known[found.upper()] = (pk, name)
    ids = []
    for number, staff_number, name in wanted:
        person = known.get(staff_number)
        if person is None:
            problems.append(ListProblem(number, f"{staff_number} {name}".strip()[:60], "unknown"))
        elif name and name != person[1]:
            problems.append(
                ListProblem(number, f"{staff_number} {name}"[:60], "other_name", person[1])
            )
        else:
            ids.append(person[0])
    return ids, sorted(problems, key=lambda problem: problem.line)


# --- a sitting under way --------------------------------------------------------------------------


def exams_watched_by(person: Person, *roles: str) -> QuerySet[Exam]:
    """Exams with a candidate or an attempt in the person's reach; newest opening first.

    Practice is nobody's business but the learner's.
    """
    reach = persons_visible_to(person, *roles).exclude(pk=person.pk).order_by()
    through = Exam.persons.through.objects.filter(exam=OuterRef("pk"), person__in=reach)
    tried = Attempt.objects.filter(exam=OuterRef("pk"), person__in=reach)
    paths = list(level_below(None, person, *roles).values_list("path", flat=True))
    touching = Q(pk__in=[])
    for path in paths:
        touching |= Q(orgunit__path__startswith=path) | Q(orgunit__path__in=lineage(path))
    units = Exam.units.through.objects.filter(touching, exam=OuterRef("pk"))
    return (
        Exam.objects.filter(
            Q(audience=Audience.EVERYONE)
            | Q(Exists(units), audience=Audience.UNITS)
            | Q(Exists(through))
            | Q(Exists(tried)),
            is_practice=False,
        )
        .select_related("paper", "blueprint")
        .order_by("-opens_at", "-pk")
    )


def attempts_in_sitting(
    exam: Exam, reach: QuerySet[Person], now: datetime, *, silent_for: timedelta
) -> QuerySet[Attempt]:
    """Attempts of candidates in reach, each with ``silent`` (begun, not handed in, nothing saved for
    that long) and ``signed`` (the page reported a signal). First those that need looking at."""
    signals = AttemptEvent.objects.filter(attempt=OuterRef("pk"), kind__in=SIGNALS)
    return (
        Attempt.objects.filter(exam=exam, person__in=reach.order_by())
        .select_related("person", "unit")
        .annotate(silent=_silent(now, silent_for), signed=Exists(signals))
        .order_by("-silent", "state", "person__staff_number", "ordinal")
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """``held`` answers, the last at ``saved_at``; ``signs`` integrity signals."""

    held: int
    saved_at: datetime | None
    signs: int


def progress_of(attempts: Sequence[Attempt]) -> dict[Any, Progress]:
    """How far these attempts are; for a page of a list, not for a whole sitting."""
    ids = [attempt.pk for attempt in attempts]
    answers = {
        pk: (held, at)
        for pk, held, at in Answer.objects.filter(attempt__in=ids)
        .values_list("attempt")
        .annotate(held=Count("item"), at=Max("received_at"))
    }
    signs = dict(
        AttemptEvent.objects.filter(attempt__in=ids, kind__in=SIGNALS)
        .values_list("attempt")
        .annotate(n=Count("pk"))
    )
    return {pk: Progress(*answers.get(pk, (0, None)), signs.get(pk, 0)) for pk in ids}


def _silent(now: datetime, silent_for: timedelta) -> Any:
    lately = Answer.objects.filter(attempt=OuterRef("pk"), received_at__gt=now - silent_for).values(
        "item"
    )
    return Q(
        ~Exists(lately),
        state=AttemptState.IN_PROGRESS,
        accepts_until__gte=now,
        started_at__lte=now - silent_for,
    )


def window_in_charge(attempt_id: Any) -> int:
    """The number of the window that opened the examination last; 0 when none did."""
    opened = AttemptEvent.objects.filter(attempt=attempt_id, kind=AttemptEventKind.OPENED)
    return int(opened.aggregate(last=Max("pk"))["last"] or 0)


@dataclass(frozen=True, slots=True)
class SittingFigures:
    """Persons of a sitting in the asker's reach. ``waiting`` have not begun; ``silent`` are among
    ``answering``; ``done`` handed in, by themselves or by the clock."""

    invited: int
    waiting: int
    answering: int
    silent: int
    done: int
    void: int
    signed: int


def sitting_figures(
    exam: Exam, reach: QuerySet[Person], now: datetime, *, silent_for: timedelta
) -> SittingFigures:
    """Three statements whatever the size of the sitting."""
    mine = Attempt.objects.filter(exam=exam, person__in=reach.order_by())
    live = Q(state=AttemptState.IN_PROGRESS, accepts_until__gte=now)
    over = Q(state=AttemptState.IN_PROGRESS, accepts_until__lt=now) | Q(state__in=DONE)
    counted = mine.aggregate(
        answering=Count("person", filter=live, distinct=True),
        done=Count("person", filter=over, distinct=True),
        void=Count("pk", filter=Q(state=AttemptState.VOID)),
        silent=Count("pk", filter=_silent(now, silent_for)),
        begun=Count("person", filter=live | over, distinct=True),
    )
    invited = candidates_of(exam).filter(pk__in=reach.order_by()).count()
    signed = (
        AttemptEvent.objects.filter(kind__in=SIGNALS, attempt__in=mine)
        .values("attempt")
        .distinct()
        .count()
    )
    return SittingFigures(
        invited=max(invited, counted["begun"]),
        waiting=max(invited - counted["begun"], 0),
        answering=counted["answering"],
        silent=counted["silent"],
        done=counted["done"],
        void=counted["void"],
        signed=signed,
    )


def closed_by_the_clock(
    exam: Exam, reach: QuerySet[Person], now: datetime, *, since: datetime | None = None
) -> QuerySet[Attempt]:
    """Attempts handed in because their time was over, not by the candidate.

    Without ``since`` those whose deadline is still to come: by a clock that ran ahead and was put
    right. Else those handed in at or after ``since`` as the clock of that moment said.
    """
    over = Attempt.objects.filter(
        exam=exam, person__in=reach.order_by(), state__in=DONE, submitted_at__gte=F("due_at")
    )
    if since is None:
        return over.filter(due_at__gt=now).order_by("pk")
    late = AttemptEvent.objects.filter(
        attempt=OuterRef("pk"), kind=AttemptEventKind.CLOSED, at__gte=since
    )
    return over.filter(Q(submitted_at__gte=since) | Exists(late)).order_by("pk")


def absent_from(exam: Exam, reach: QuerySet[Person]) -> QuerySet[Person]:
    """Candidates in reach who never began, or whose only attempts were declared void."""
    tried = Attempt.objects.filter(
        exam=exam, person=OuterRef("pk"), state__gte=AttemptState.IN_PROGRESS
    ).exclude(state=AttemptState.VOID)
    return candidates_of(exam).filter(~Exists(tried), pk__in=reach.order_by())


def counting_attempts(exam: Exam) -> QuerySet[Attempt]:
    """Of each person the graded attempt that counts: the best, or the last, as the exam says."""
    graded = Attempt.objects.filter(exam=exam, state=AttemptState.GRADED)
    others = graded.filter(person=OuterRef("person"))
    if exam.counts == Counts.LAST:
        better = others.filter(ordinal__gt=OuterRef("ordinal"))
    else:
        better = others.filter(
            Q(score__gt=OuterRef("score"))
            | Q(score=OuterRef("score"), ordinal__lt=OuterRef("ordinal"))
        )
    return graded.filter(~Exists(better))


def failed_in(exam: Exam, reach: QuerySet[Person]) -> QuerySet[Person]:
    """Persons in reach whose counting attempt did not pass."""
    short = counting_attempts(exam).filter(passed=False, person__in=reach.order_by())
    return Person.objects.filter(pk__in=short.values("person"), is_active=True).order_by("pk")


# --- results by unit ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitResult:
    """A unit with everything below it. ``mean`` in percent of the points, of those graded; the pass
    rate is passed / graded."""

    unit: OrgUnit
    invited: int
    absent: int
    graded: int
    passed: int
    mean: Decimal | None
    has_units_below: bool


def results_by_unit(
    exam: Exam, viewer: Person, unit: OrgUnit | None, *roles: str
) -> list[UnitResult]:
    """The units one step below ``unit`` (or the tops of the viewer's reach) with their figures.

    Who sat counts where he belonged at the time, who did not where he belongs now.
    """
    level = list(level_below(unit, viewer, *roles))
    parents = set()
    if level:
        below = OrgUnit.objects.filter(_below(level)).filter(numchild__gt=0)
        parents = set(below.values_list("pk", flat=True))
    reach = persons_visible_to(viewer, *roles)
    invited = dict(
        candidates_of(exam)
        .order_by()
        .filter(unit__isnull=False)
        .values_list("unit__path")
        .annotate(n=Count("pk"))
    )
    absent = dict(
        absent_from(exam, reach)
        .order_by()
        .filter(unit__isnull=False)
        .values_list("unit__path")
        .annotate(n=Count("pk"))
    )
    graded = {
        path: (n, passes, mean)
        for path, n, passes, mean in counting_attempts(exam)
        .filter(unit__isnull=False)
        .values_list("unit__path")
        .annotate(
            n=Count("pk"),
            passes=Count("pk", filter=Q(passed=True)),
            mean=Avg(F("score") * 100 / F("worth"), filter=Q(worth__gt=0)),
        )
    }
    out = []
    for node in level:
        done = [row for path, row in graded.items() if path.startswith(node.path)]
        n = sum(row[0] for row in done)
        weighed = sum((Decimal(str(row[2] or 0)) * row[0] for row in done), Decimal(0))
        out.append(
            UnitResult(
                unit=node,
                invited=_sum_below(invited, node.path),
                absent=_sum_below(absent, node.path),
                graded=n,
                passed=sum(row[1] for row in done),
                mean=(weighed / n).quantize(Decimal("0.1")) if n else None,
                has_units_below=node.pk in parents,
            )
        )
    return out


def _sum_below(counts: dict[str, int], path: str) -> int:
    return sum(n for at, n in counts.items() if at.startswith(path))


def persons_in_results(exam: Exam, reach: QuerySet[Person]) -> QuerySet[Person]:
    """Every candidate in reach and who has a result without being one any more: unit by unit as the
    tree has them, in a unit by staff number."""
    return (
        Person.objects.filter(
            Q(pk__in=candidates_of(exam).order_by().values("pk"))
            | Q(pk__in=counting_attempts(exam).values("person")),
            pk__in=reach.order_by(),
        )
        .select_related("unit")
        .order_by("unit__path", "staff_number")
    )


def with_results(exam: Exam, persons: QuerySet[Person]) -> Iterator[tuple[Person, Attempt | None]]:
    """Each person with the attempt that counts; None for the absent and the not yet graded."""
    rest = read_through(persons, AT_ONCE)
    while some := list(islice(rest, AT_ONCE)):
        counted = {each.person_id: each for each in counting_attempts(exam).filter(person__in=some)}
        for person in some:
            yield person, counted.get(person.pk)
