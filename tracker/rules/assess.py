"""The law engine: one requirement, one subject's history and rows, one pair of dates → standing.

Pure and total: the same values always give the same answer, and every value gives one. It reads
no clock and no database, so that a standing can be recomputed years later as of any activity day
(``on``) and any day of knowledge (``known_at``).

Readings where the sources are silent, besides those a pack can choose:

* A row belongs to the window in which its last day lies, whole.
* Only whole months of a window make an amount smaller; events and passes are never made smaller.
* Overdue depends on ``on`` alone: the due day itself is still in time.
* What is done while an extension is open makes up for the year extended, until that is met; what
  ends on a later day counts for its own year. Nothing counts for both (docs/decisions/0012).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tracker.rules.counting import (
    KnownRows,
    Progress,
    floored,
    known_rows,
    measured,
    progress_of,
    reasons_against,
    sums_of,
)
from tracker.rules.duties import (
    CalendarYear,
    Duty,
    FixedPlan,
)
from tracker.rules.facts import (
    ZERO,
    Event,
    History,
    Row,
    in_force,
)
from tracker.rules.vocabulary import (
    Because,
    EventKind,
    Form,
    Measure,
    Reason,
    State,
)
from tracker.rules.windows import (
    Window,
    add_months,
    came_under,
    covered,
    extend,
    holds,
    plain_window,
    window_of,
)

ONE_DAY = timedelta(days=1)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to meet the requirement: all of its parts."""

    parts: tuple[Progress, ...]

    @property
    def met(self) -> bool:
        return all(part.met for part in self.parts)

    @property
    def share(self) -> Decimal:
        return min((part.share for part in self.parts), default=ZERO)


@dataclass(frozen=True, slots=True)
class Refused:
    row: Row
    reasons: tuple[Reason, ...]
    reversed_by: Row | None = None


@dataclass(frozen=True, slots=True)
class EffectNow:
    """What follows as the figures stand on the day; the decision is made elsewhere."""

    not_eligible_for: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Assessment:
    duty: Duty
    state: State
    on: date
    known_at: datetime
    because: Because | None = None
    window: Window | None = None
    ways: tuple[Way, ...] = ()
    nearest: int = 0  # index of the way that is met, or closest to it
    information: tuple[Progress, ...] = ()
    counted: tuple[Row, ...] = ()
    refused: tuple[Refused, ...] = ()
    effects: tuple[EffectNow, ...] = ()
    months_owed: tuple[int, int] | None = None  # of how many, when some were exempt
    events: tuple[Event, ...] = ()

    @property
    def due_on(self) -> date | None:
        return self.window.due_on if self.window else None

    @property
    def nearest_way(self) -> Way | None:
        return self.ways[self.nearest] if self.ways else None

    @property
    def gap(self) -> tuple[Progress, ...]:
        """The parts of the nearest way that are still missing."""
        way = self.nearest_way
        if way is None or self.state not in (State.ON_COURSE, State.SHORT, State.OVERDUE):
            return ()
        return tuple(part for part in way.parts if not part.met)


def assess(
    duty: Duty,
    history: History,
    entries: Iterable[Row] | KnownRows,
    on: date,
    known_at: datetime,
    *,
    window_on: date | None = None,
    explain: bool = True,
) -> Assessment:
    """Return where the subject stands on the day ``on``, knowing what was recorded by ``known_at``.

    The window is the one that contains ``on`` (or ``window_on``, to judge a year that is over).
    State: *met* when one way is met; *overdue* when it is not and the due day has passed;
    *on course* while no more than ``duty.pace.grace`` of the window has passed, or the nearest way
    is done to at least the part of the window that has passed (linear pace, the day itself
    included), or nothing is due yet; otherwise *short*. *Exempt* while an approved exemption is in
    force and the pack does not reduce by months, or when no month is left to owe for.
    Whether the pack is in force on the day is the caller's question. ``entries`` may be what
    ``known_rows`` made of them for ``known_at``; without ``explain`` rows whose days lie outside the
    window are passed over in silence instead of being listed as refused.
    """
    known = entries if isinstance(entries, KnownRows) else known_rows(entries, known_at)
    events = tuple(
        event
        for event in history.events
        if (event.known_at is None or event.known_at <= known_at)
        and (not event.requirements or duty.code in event.requirements)
    )
    case = _Case(duty, history, known.in_place, events, on, known_at)
    earlier = _extended_before(case) if window_on is None else None
    answer = earlier or _assess_window(case, window_on or on, explain=explain)
    if answer.window is None or not explain:
        return answer
    refused = tuple(Refused(row, (Reason.REVERSED,), by) for row, by in known.taken_back)
    return replace(answer, refused=tuple(_sorted((*answer.refused, *refused))))


# --- which window ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Case:
    """What one assessment is about: what is owed, and all that is known of whoever owes it."""

    duty: Duty
    history: History
    rows: Sequence[Row]
    events: tuple[Event, ...]
    on: date
    known_at: datetime

    @property
    def has_extension(self) -> bool:
        return any(event.kind is EventKind.EXTENSION for event in self.events)


def _assess_window(case: _Case, day: date, *, explain: bool) -> Assessment:
    """Judge the window that contains the day."""

    def spared(because: Because | None) -> Assessment:
        return Assessment(case.duty, State.NOT_APPLICABLE, case.on, case.known_at, because)

    duty = case.duty
    if duty.who is not None and not holds(duty.who, case.history, day):
        return spared(Because.WHO)
    window, because = window_of(duty, case.history, day)
    if window is None:
        return spared(because)
    if duty.unless_met and _was_met_before(duty.unless_met, case.rows, window.since):
        return spared(Because.ALREADY_MET)
    return _judge(case, extend(window, case.events), explain=explain)


def _extended_before(case: _Case) -> Assessment | None:
    """The oldest window before that an extension keeps open on the day and that is not yet met."""
    if not case.has_extension:
        return None
    window, _ = window_of(case.duty, case.history, case.on)
    for before in _windows_extended_into(case, window):
        if before.until is not None and case.on < before.until:
            answer = _judge(case, before)
            if answer.state in (State.ON_COURSE, State.SHORT):
                return answer
    return None


def _windows_extended_into(case: _Case, window: Window | None) -> list[Window]:
    """The windows before that an extension keeps open into this one, the oldest first.

    It may be kept open for so long that whole windows lie between.
    """
    duty, found = case.duty, {}
    if window is None or window.rolling:
        return []
    for event in case.events:
        if event.kind is not EventKind.EXTENSION:
            continue
        before, _ = window_of(duty, case.history, event.since)
        before = before and extend(before, case.events)
        if before is None or before.own_until is None or before.since >= window.since:
            continue
        is_open = before.until is None or before.until > min(window.since, window.counts_since)
        owed_on = before.own_until - ONE_DAY
        if is_open and (duty.who is None or holds(duty.who, case.history, owed_on)):
            found[before.since] = before
    return [found[since] for since in sorted(found)]


# --- judgement -----------------------------------------------------------------------------------------


def _judge(case: _Case, window: Window, *, explain: bool = True) -> Assessment:
    duty, rows, events, on = case.duty, case.rows, case.events, case.on
    counted: list[Row] = []
    refused: list[Refused] = []
    elsewhere = _counted_elsewhere(case, window)
    for row in rows if explain else _within(window, rows, on):
        reasons = reasons_against(duty, row, window, on)
        if not reasons and row.key in elsewhere:
            reasons = [elsewhere[row.key]]
        if reasons:
            refused.append(Refused(row, tuple(reasons)))
        else:
            counted.append(row)
    owed = _months_owed(case, window, on)
    sums = sums_of(duty, counted)
    before = _sums_before(case, window) if duty.surplus else None
    ways = _ways(duty, counted, sums, owed, before)
    nearest = max(range(len(ways)), key=lambda i: (ways[i].met, ways[i].share, -i), default=0)
    state, because = _state(duty, events, window, ways, owed, on)
    information = []
    for measure in duty.information:
        by_form = measured(duty, measure, frozenset(), sums)
        amount = sum(by_form.values(), ZERO)
        floors = duty.official_floor and measure is Measure.TRAINING_DAYS
        official = floored(amount) if floors else amount
        information.append(Progress(measure, amount, official, None, None, tuple(by_form.items())))
    fulfilled = state in (State.MET, State.EXEMPT)
    touching = tuple(event for event in events if _touches(event, window))
    return Assessment(
        duty,
        state,
        on,
        case.known_at,
        because,
        window,
        ways,
        nearest,
        tuple(information),
        tuple(counted),
        tuple(refused),
        tuple(EffectNow(effect.not_eligible_for, not fulfilled) for effect in duty.effects),
        owed if owed[0] != owed[1] else None,
        touching,
    )


def _ways(
    duty: Duty,
    counted: Sequence[Row],
    sums: Mapping[tuple[Form, Measure], Decimal],
    owed: tuple[int, int],
    before: Mapping[tuple[Form, Measure], Decimal] | None,
) -> tuple[Way, ...]:
    return tuple(
        Way(tuple(progress_of(duty, part, counted, sums, owed, before) for part in way))
        for way in duty.ways
    )


def _counted_elsewhere(case: _Case, window: Window) -> dict[str, Reason]:
    """Rows that make up for a window before, or came when this one, extended, was met already."""
    elsewhere: dict[str, Reason] = {}
    for before in _windows_extended_into(case, window):
        elsewhere |= dict.fromkeys(_making_up(case, before), Reason.MADE_UP)
    if window.own_until is not None:
        made_up = _making_up(case, window)
        for row in case.rows:
            if row.last_day >= window.own_until and row.key not in made_up:
                elsewhere.setdefault(row.key, Reason.AFTER_WINDOW)
    return elsewhere


def _making_up(case: _Case, window: Window) -> set[str]:
    """The rows after its own end that an extended window takes: day by day, until it is met.

    All of a day are taken together, so that neither their order nor how they are cut matters.
    """
    duty = case.duty
    taken: set[str] = set()
    gone: set[str] = set()
    for before in _windows_extended_into(case, window):
        gone |= _making_up(case, before)
    counted: list[Row] = []
    later: dict[date, list[Row]] = {}
    for row in case.rows:
        if row.key in gone or reasons_against(duty, row, window, case.on):
            continue
        if window.own_until is not None and row.last_day >= window.own_until:
            later.setdefault(row.last_day, []).append(row)
        else:
            counted.append(row)
    left = _sums_before(case, window) if duty.surplus else None
    for day in sorted(later):
        eve = day - ONE_DAY
        owed = _months_owed(case, window, eve)
        ways = _ways(duty, counted, sums_of(duty, counted), owed, left)
        state, _ = _state(duty, case.events, window, ways, owed, eve)
        if state in (State.MET, State.EXEMPT):
            break
        counted += later[day]
        taken.update(row.key for row in later[day])
    return taken


def _within(window: Window, rows: Sequence[Row], on: date) -> list[Row]:
    """Rows whose last day lies in the window and not after the day ``on``."""
    since = window.counts_since
    last = on if window.until is None else min(on, window.until - ONE_DAY)
    after = last + ONE_DAY if last < date.max else last
    return [row for row in rows if since < row.after_last <= after]


def _state(
    duty: Duty,
    events: tuple[Event, ...],
    window: Window,
    ways: Sequence[Way],
    owed: tuple[int, int],
    on: date,
) -> tuple[State, Because | None]:
    exemptions = [event for event in events if event.kind is EventKind.EXEMPTION]
    if exemptions:
        if window.until and covered(window.since, window.until, exemptions):
            return State.EXEMPT, Because.EXEMPTED
        day = on if window.until is None else min(on, window.until - ONE_DAY)
        if not duty.reduce.exempt and any(in_force(e.since, e.until, day) for e in exemptions):
            return State.EXEMPT, Because.EXEMPTED
    if owed[0] == 0:
        return State.EXEMPT, Because.NOTHING_LEFT
    if any(way.met for way in ways):
        return State.MET, None
    if window.rolling:
        return State.SHORT, None
    if window.until is None:
        return State.ON_COURSE, None
    if on >= window.until:
        return State.OVERDUE, None
    passed = window.share_passed(on)
    share = max((way.share for way in ways), default=ZERO)
    if passed <= duty.pace.grace or share >= passed:
        return State.ON_COURSE, None
    return State.SHORT, None


def _months_owed(case: _Case, window: Window, on: date) -> tuple[int, int]:
    """(months owed, months of the window). Equal unless the pack reduces by exempt months."""
    duty = case.duty
    if window.until is None or window.rolling or not duty.reduce.anything():
        return (1, 1)
    which = {
        EventKind.EXEMPTION: duty.reduce.exempt,
        EventKind.LEAVE: duty.reduce.leave,
        EventKind.POSTED_AWAY: duty.reduce.posted_away,
    }
    free = [event for event in case.events if which.get(event.kind)]
    if duty.reduce.before_joining and duty.who is not None:
        since = came_under(duty.who, case.history, min(on, window.until - ONE_DAY))
        if since is not None and since > window.since:
            free.append(Event(EventKind.LEAVE, window.since, since))
    total, exempt = 0, 0
    last_day = window.until - ONE_DAY
    start = window.since
    while start < last_day or total == 0:
        total += 1
        end = min(add_months(window.since, total), window.until)
        if free and covered(start, end, free):
            exempt += 1
        if end <= start:
            break
        start = end
    return (total - exempt, total)


def _touches(event: Event, window: Window) -> bool:
    return (window.until is None or event.since < window.until) and (
        event.until is None or event.until > window.since
    )


def _sums_before(case: _Case, window: Window) -> Mapping[tuple[Form, Measure], Decimal] | None:
    """What was added up in the year or plan just before, for what it leaves over."""
    duty, rule = case.duty, case.duty.window
    if not isinstance(rule, CalendarYear | FixedPlan) or window.since <= date.min + ONE_DAY:
        return None
    before = plain_window(rule, window.since - ONE_DAY)
    # An own window cut from a plan has only that plan before it, and nothing left over from it.
    if before is None or before.until is None or before.until > window.since:
        return None
    before = extend(before, case.events)
    elsewhere = _counted_elsewhere(case, before)
    counted = [row for row in case.rows if row.key not in elsewhere]
    in_time = [row for row in counted if not reasons_against(duty, row, before, case.on)]
    return sums_of(duty, in_time)


def _was_met_before(other: Duty, rows: Sequence[Row], day: date) -> bool:
    """Whether rows before the day already fulfilled the other duty.

    Those of its own year or plan; where it runs from an event, those of as long a time before the
    day, for whoever did not fall under it yet has no window of it.
    """
    if day <= date.min + ONE_DAY:
        return False
    if isinstance(other.window, CalendarYear | FixedPlan):
        window = plain_window(other.window, day)
    elif other.window.months:
        since = add_months(day, -other.window.months)
        window = Window(since, day, since, since)
    else:
        window = None
    if window is None:
        return False
    counted = [row for row in rows if not reasons_against(other, row, window, day - ONE_DAY)]
    sums = sums_of(other, counted)
    return any(
        all(progress_of(other, part, counted, sums, (1, 1)).met for part in way)
        for way in other.ways
    )


def _sorted(refused: Iterable[Refused]) -> list[Refused]:
    return sorted(refused, key=lambda each: (each.row.since, each.row.recorded_at, each.row.key))
