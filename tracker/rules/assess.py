"""The law engine: one requirement, one subject's history and rows, one pair of dates → standing.

Pure and total: the same values always give the same answer, and every value gives one. It reads
no clock and no database, so that a standing can be recomputed years later as of any activity day
(``on``) and any day of knowledge (``known_at``).

Readings where the sources are silent, besides those a pack can choose:

* A row belongs to the window in which its last day lies, whole.
* Only whole months of a window make an amount smaller; events and passes are never made smaller.
* Overdue depends on ``on`` alone: the due day itself is still in time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from tracker.rules.document import OFFICE_ZONE
from tracker.rules.duties import (
    AllOf,
    AnyOf,
    Appointed,
    CalendarYear,
    Duty,
    EnteredStage,
    FixedPlan,
    HasPartyDuty,
    HasStage,
    IsOrganisation,
    PostIs,
    Requirement,
    Rolling,
    SinceEvent,
    TookDuty,
    Who,
)
from tracker.rules.facts import (
    ZERO,
    Event,
    History,
    PartyDuty,
    Post,
    Row,
    StageSpan,
    in_force,
)
from tracker.rules.vocabulary import (
    CONFIRMERS,
    Because,
    EventKind,
    Form,
    Measure,
    Reason,
    State,
)

ONE_DAY = timedelta(days=1)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open ``[since, until)``; ``until`` None: open as long as the stage lasts.

    ``counts_since`` is the first day whose rows count (earlier than ``since`` when hours are
    carried over a promotion); ``plan_since`` the first day of the plan an own window was cut from.
    """

    since: date
    until: date | None
    counts_since: date
    plan_since: date
    posting_until: date | None = None
    extended: bool = False
    rolling: bool = False

    @property
    def due_on(self) -> date | None:
        """The last day in time, inclusive. A rolling window is judged every day anew."""
        return None if self.until is None or self.rolling else self.until - ONE_DAY

    def share_passed(self, on: date) -> Decimal:
        """How much of the window has passed at the end of the day, from 0 to 1."""
        if self.until is None or on < self.since:
            return ZERO
        length = (self.until - self.since).days
        return min(ONE, Decimal((on - self.since).days + 1) / length)


@dataclass(frozen=True, slots=True)
class Progress:
    """One measure of one way, in its own unit.

    ``amount`` is exact, ``official`` floored where the pack floors; ``required`` None: shown as
    information only. ``full_requirement`` is what is owed without exempt months.
    """

    measure: Measure
    amount: Decimal
    official: Decimal
    required: Decimal | None
    full_requirement: Decimal | None = None
    by_form: tuple[tuple[Form, Decimal], ...] = ()
    forms: tuple[Form, ...] = ()
    course: str = ""

    @property
    def met(self) -> bool:
        return self.required is not None and self.official >= self.required

    @property
    def missing(self) -> Decimal:
        """What closes the gap, exact."""
        if self.required is None or self.met:
            return ZERO
        return max(ZERO, self.required - self.amount)

    @property
    def share(self) -> Decimal:
        """From 0 to 1."""
        if self.required is None or self.required == 0 or self.met:
            return ONE
        return min(ONE, max(ZERO, self.amount / self.required))


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
    entries: Iterable[Row],
    on: date,
    known_at: datetime,
    *,
    window_on: date | None = None,
) -> Assessment:
    """Return where the subject stands on the day ``on``, knowing what was recorded by ``known_at``.

    The window is the one that contains ``on`` (or ``window_on``, to judge a year that is over).
    State: *met* when one way is met; *overdue* when it is not and the due day has passed;
    *on course* while no more than ``duty.pace.grace`` of the window has passed, or the nearest way
    is done to at least the part of the window that has passed (linear pace, the day itself
    included), or nothing is due yet; otherwise *short*. *Exempt* while an approved exemption is in
    force and the pack does not reduce by months, or when no month is left to owe for.
    Whether the pack is in force on the day is the caller's question.
    """
    rows, reversed_rows = _known(entries, known_at)
    events = tuple(
        event
        for event in history.events
        if (event.known_at is None or event.known_at <= known_at)
        and (not event.requirements or duty.code in event.requirements)
    )
    day = window_on or on
    earlier = _extended_before(duty, history, rows, events, on, day, known_at)
    if earlier is not None and window_on is None:
        answer = earlier
    else:
        answer = _assess_window(duty, history, rows, events, on, day, known_at)
    refused = tuple(Refused(row, (Reason.REVERSED,), by) for row, by in reversed_rows)
    if answer.window is None:
        return answer
    return replace(answer, refused=tuple(_sorted((*answer.refused, *refused))))


# --- which window ------------------------------------------------------------------------------


def _assess_window(
    duty: Duty,
    history: History,
    rows: Sequence[Row],
    events: tuple[Event, ...],
    on: date,
    day: date,
    known_at: datetime,
) -> Assessment:
    if duty.who is not None and not _holds(duty.who, history, day):
        return Assessment(duty, State.NOT_APPLICABLE, on, known_at, Because.WHO)
    window, because = _window(duty, history, day)
    if window is None:
        return Assessment(duty, State.NOT_APPLICABLE, on, known_at, because)
    if duty.unless_met and _was_met_before(duty.unless_met, rows, window.since):
        return Assessment(duty, State.NOT_APPLICABLE, on, known_at, Because.ALREADY_MET)
    window = _extend(window, events)
    return _judge(duty, history, rows, events, window, on, known_at)


def _extended_before(
    duty: Duty,
    history: History,
    rows: Sequence[Row],
    events: tuple[Event, ...],
    on: date,
    day: date,
    known_at: datetime,
) -> Assessment | None:
    """The window before, when an extension keeps it open on the day and it is not yet met."""
    if not any(event.kind is EventKind.EXTENSION for event in events):
        return None
    window, _ = _window(duty, history, day)
    if window is None or window.rolling or window.plan_since <= date.min + ONE_DAY:
        return None
    before_day = window.plan_since - ONE_DAY
    if duty.who is not None and not _holds(duty.who, history, before_day):
        return None
    before, _ = _window(duty, history, before_day)
    if before is None or before.since >= window.since:
        return None
    before = _extend(before, events)
    if not before.extended or before.until is None or on >= before.until:
        return None
    answer = _judge(duty, history, rows, events, before, on, known_at)
    return answer if answer.state in (State.ON_COURSE, State.SHORT) else None


def _window(duty: Duty, history: History, day: date) -> tuple[Window | None, Because | None]:
    rule = duty.window
    if isinstance(rule, CalendarYear):
        year = _plain_window(rule, day)
        return year, None
    if isinstance(rule, FixedPlan):
        plan = _plain_window(rule, day)
        if plan is None:
            return None, Because.PLAN_NOT_BEGUN
        if not duty.on_promotion.opens_new_window or duty.who is None:
            return plan, None
        # An own window begins when the duty does, which for a closed plan is a day inside it.
        inside = min(day, plan.until - ONE_DAY) if plan.until else day
        since = _came_under(duty.who, history, inside)
        if since is None or since <= plan.since:
            return plan, None
        until = add_months(since, rule.years * 12) if duty.on_promotion.full_length else plan.until
        counts = plan.since if duty.on_promotion.carry_over else since
        return Window(since, until, counts, plan.since), None
    if isinstance(rule, Rolling):
        until = day + ONE_DAY
        since = add_months(until, -rule.months)
        return Window(since, until, since, since, rolling=True), None
    return _window_since_event(duty, rule, history, day)


def _plain_window(rule: CalendarYear | FixedPlan, day: date) -> Window | None:
    """The year or plan that contains the day; a plan that does not repeat stays after its end."""
    if isinstance(rule, CalendarYear):
        since, until = date(day.year, 1, 1), _new_year(day.year + 1)
        posting = None
        if rule.posting_until and day.year < date.max.year:
            posting = date(day.year + 1, *rule.posting_until)
        return Window(since, until, since, since, posting)
    since = rule.since
    if day < since:
        return None
    until = add_months(since, rule.years * 12)
    while rule.repeats and day >= until:
        since, until = until, add_months(until, rule.years * 12)
    return Window(since, until, since, since)


def _window_since_event(
    duty: Duty, rule: SinceEvent, history: History, day: date
) -> tuple[Window | None, Because | None]:
    occasion = _occasion(duty, rule, history, day)
    if occasion is None:
        return None, Because.NO_EVENT
    since, ends = occasion
    if duty.valid_from and since < duty.valid_from and not rule.repeats:
        return None, Because.NO_EVENT
    if duty.valid_until and since >= duty.valid_until:
        return None, Because.NO_EVENT
    if rule.months is None:
        return Window(since, ends, since, since), None
    until = add_months(since, rule.months)
    if rule.repeats:
        while day >= until:
            since, until = until, add_months(until, rule.months)
        return Window(since, until, since, since), None
    # The anniversary itself is still in time: appointed 15 March, due 15 March inclusive.
    counts = since
    if duty.on_promotion.carry_over and duty.unless_met:
        other = duty.unless_met.window
        if isinstance(other, CalendarYear | FixedPlan):
            plan = _plain_window(other, since)
            counts = plan.since if plan else since
    return Window(since, until + ONE_DAY, counts, counts), None


def _occasion(
    duty: Duty, rule: SinceEvent, history: History, day: date
) -> tuple[date, date | None] | None:
    """The latest day, not after ``day``, on which it happened; and when the stage ended."""
    occasion = rule.occasion
    found: list[tuple[date, date | None]] = []
    if isinstance(occasion, Appointed):
        highest = -1
        for post in sorted(history.posts, key=lambda post: (post.since, post.rank)):
            fits = post.rank >= occasion.to_rank_at_least and (
                occasion.leading is None or post.leading == occasion.leading
            )
            if fits and post.rank > highest:
                found.append((post.since, None))
            highest = max(highest, post.rank)
    elif isinstance(occasion, TookDuty):
        who: Who = HasPartyDuty(occasion.kinds)
        since = _came_under(who, history, day)
        found = [(since, None)] if since else []
    elif isinstance(occasion, EnteredStage):
        found = [
            (stage.since, stage.until) for stage in history.stages if stage.stage in occasion.stages
        ]
    elif duty.who is not None:
        since = _came_under(duty.who, history, day)
        found = [(since, None)] if since else []
    return max((each for each in found if each[0] <= day), default=None, key=lambda each: each[0])


def _extend(window: Window, events: Iterable[Event]) -> Window:
    """An approved extension that was granted for a day inside the window moves its end."""
    until = window.until
    if until is None or window.rolling:
        return window
    for event in events:
        if (
            event.kind is EventKind.EXTENSION
            and event.due_on is not None
            and window.since <= event.since < window.until  # type: ignore[operator]
            and event.due_on >= until
            and event.due_on < date.max
        ):
            until = event.due_on + ONE_DAY
    if until == window.until:
        return window
    return replace(window, until=until, posting_until=None, extended=True)


# --- who owes it ---------------------------------------------------------------------------------


def _holds(who: Who, history: History, day: date) -> bool:
    if isinstance(who, PostIs):
        return any(
            in_force(post.since, post.until, day)
            and (who.rank_at_least is None or post.rank >= who.rank_at_least)
            and (who.rank_at_most is None or post.rank <= who.rank_at_most)
            and (who.grade_at_least is None or post.grade >= who.grade_at_least)
            and (who.grade_at_most is None or post.grade <= who.grade_at_most)
            and (who.leading is None or post.leading == who.leading)
            and (not who.authority or post.authority in who.authority)
            for post in history.posts
        )
    if isinstance(who, HasStage):
        return any(
            stage.stage in who.stages and in_force(stage.since, stage.until, day)
            for stage in history.stages
        )
    if isinstance(who, HasPartyDuty):
        return any(
            duty.kind in who.kinds and in_force(duty.since, duty.until, day)
            for duty in history.duties
        )
    if isinstance(who, IsOrganisation):
        return history.organisation_kind in who.kinds
    if isinstance(who, AllOf):
        return all(_holds(part, history, day) for part in who.parts)
    if isinstance(who, AnyOf):
        return any(_holds(part, history, day) for part in who.parts)
    return not any(_holds(part, history, day) for part in who.parts)


def _came_under(who: Who, history: History, day: date) -> date | None:
    """The first day of the unbroken spell, up to ``day``, in which the condition holds."""
    if not _holds(who, history, day):
        return None
    turns: set[date] = set()
    spans: list[Post | PartyDuty | StageSpan] = [*history.posts, *history.duties, *history.stages]
    for dated in spans:
        turns.add(dated.since)
        if dated.until is not None:
            turns.add(dated.until)
    since: date | None = None
    for turn in sorted((turn for turn in turns if turn <= day), reverse=True):
        if not _holds(who, history, turn):
            break
        since = turn
    return since


# --- which rows count ----------------------------------------------------------------------------


def _known(entries: Iterable[Row], known_at: datetime) -> tuple[list[Row], list[tuple[Row, Row]]]:
    """Rows in force by then, and those taken back with the row that did; in a fixed order."""
    known = sorted(
        (row for row in entries if row.recorded_at <= known_at),
        key=lambda row: (row.since, row.after_last, row.recorded_at, row.key),
    )
    taken_back = {row.reverses: row for row in known if row.reverses is not None}
    in_place = [row for row in known if row.reverses is None and row.key not in taken_back]
    reversed_rows = [
        (row, taken_back[row.key])
        for row in known
        if row.reverses is None and row.key in taken_back
    ]
    return in_place, reversed_rows


def _reasons(duty: Duty, row: Row, window: Window, on: date) -> list[Reason]:
    reasons: list[Reason] = []
    last_day = row.last_day
    if last_day > on:
        reasons.append(Reason.NOT_YET)
    if last_day < window.counts_since:
        own = last_day >= window.plan_since
        reasons.append(Reason.BEFORE_APPOINTMENT if own else Reason.BEFORE_WINDOW)
    elif window.until is not None and last_day >= window.until:
        reasons.append(Reason.AFTER_WINDOW)
    elif (
        window.posting_until is not None
        and row.recorded_at.astimezone(OFFICE_ZONE).date() > window.posting_until
    ):
        reasons.append(Reason.POSTED_LATE)
    return reasons + _reasons_of_kind(duty, row)


def _reasons_of_kind(duty: Duty, row: Row) -> list[Reason]:
    """What speaks against a row whatever its dates."""
    counts = duty.counts
    allowed = dict(counts.confirmed_by).get(row.form) or CONFIRMERS[row.form]
    unconfirmed = [] if row.confirmer in allowed else [Reason.WRONG_CONFIRMER]
    if row.form not in counts.forms:
        online = row.form is Form.ONLINE
        return [Reason.ONLINE_NOT_COUNTED if online else Reason.FORM_NOT_COUNTED, *unconfirmed]
    reasons: list[Reason] = []
    asked = counts.institutions
    if asked is not None and row.form is not Form.ONLINE:
        if row.institution is None:
            if asked.required:
                reasons.append(Reason.INSTITUTION_MISSING)
        elif row.institution.kind not in asked.kinds and not (
            asked.or_recognised_at and _recognised(row, asked.or_recognised_at)
        ):
            reasons.append(Reason.INSTITUTION_NOT_RECOGNISED)
    elif (
        counts.concentrated_must_be_recognised
        and row.form is Form.CONCENTRATED
        and row.institution is not None
        and row.institution.kind not in _SCHOOLS
        and not _recognised(row, "unit")
    ):
        reasons.append(Reason.INSTITUTION_NOT_RECOGNISED)
    reasons += unconfirmed
    if not _measures_anything(duty, row):
        reasons.append(Reason.NOTHING_MEASURED)
    return reasons


_SCHOOLS = ("party_school", "school_of_administration", "cadre_academy")


def _recognised(row: Row, at_least: str) -> bool:
    """Whether one recognition, or several without a gap, cover all days of the row."""
    if row.institution is None:
        return False
    day = row.since
    spans = [
        recognition
        for recognition in row.institution.recognitions
        if recognition.covers(recognition.since, recognition.since, at_least)
    ]
    for recognition in sorted(spans, key=lambda recognition: recognition.since):
        if recognition.since <= day and (recognition.until is None or recognition.until > day):
            if recognition.until is None:
                return True
            day = recognition.until
    return day >= row.after_last


def _measures_anything(duty: Duty, row: Row) -> bool:
    asked = [(part.measure, part.forms, part.course) for way in duty.ways for part in way]
    asked += [(measure, frozenset[Form](), "") for measure in duty.information]
    for measure, forms, course in asked:
        if forms and row.form not in forms:
            continue
        if measure is Measure.PASSED:
            if row.course == course:
                return True
        elif measure is Measure.TRAINING_DAYS and _converts(duty, row.form):
            if row.measures.credits > 0 or row.measures.hours > 0:
                return True
        elif row.measures.of(measure) > 0:
            return True
    return False


def _converts(duty: Duty, form: Form) -> bool:
    return duty.conversion is not None and form in duty.conversion.forms


# --- how much --------------------------------------------------------------------------------------


def _sums(duty: Duty, rows: Iterable[Row]) -> dict[tuple[Form, Measure], Decimal]:
    weights = {multiplier.form: multiplier.by for multiplier in duty.counts.multipliers}
    sums: dict[tuple[Form, Measure], Decimal] = {}
    for row in rows:
        weight = weights.get(row.form, ONE)
        for measure in (Measure.TRAINING_DAYS, Measure.HOURS, Measure.CREDITS, Measure.EVENTS):
            amount = row.measures.of(measure)
            if amount:
                if measure is not Measure.EVENTS:
                    amount *= weight
                key = (row.form, measure)
                sums[key] = sums.get(key, ZERO) + amount
    return sums


def _measured(
    duty: Duty,
    measure: Measure,
    forms: frozenset[Form],
    sums: Mapping[tuple[Form, Measure], Decimal],
) -> dict[Form, Decimal]:
    """Amount of one measure by form, after conversion and caps."""
    wanted = [form for form in Form if form in (forms or duty.counts.forms)]
    by_form: dict[Form, Decimal] = {}
    converted = [form for form in wanted if _converts(duty, form)]
    if measure is Measure.TRAINING_DAYS and converted and duty.conversion:
        legs = []
        for per_day, unit in (
            (duty.conversion.credits_per_day, Measure.CREDITS),
            (duty.conversion.hours_per_day, Measure.HOURS),
        ):
            if per_day is not None:
                legs.append(sum((sums.get((f, unit), ZERO) for f in converted), ZERO) / per_day)
        if legs and min(legs) > 0:
            by_form[converted[0]] = min(legs)
        wanted = [form for form in wanted if form not in converted]
    for form in wanted:
        amount = sums.get((form, measure), ZERO)
        if amount:
            by_form[form] = amount
    for cap in duty.counts.caps:
        if cap.measure is measure:
            left = cap.at_most
            for form in [form for form in Form if form in cap.forms and form in by_form]:
                by_form[form] = min(by_form[form], left)
                left -= by_form[form]
    return by_form


def _progress(
    duty: Duty,
    requirement: Requirement,
    rows: Sequence[Row],
    sums: Mapping[tuple[Form, Measure], Decimal],
    owed: tuple[int, int],
) -> Progress:
    measure = requirement.measure
    forms = tuple(form for form in Form if form in requirement.forms)
    if measure is Measure.PASSED:
        passed = any(
            row.course == requirement.course and (not forms or row.form in forms) for row in rows
        )
        amount = ONE if passed else ZERO
        return Progress(measure, amount, amount, ONE, ONE, (), forms, requirement.course)
    by_form = _measured(duty, measure, requirement.forms, sums)
    amount = sum(by_form.values(), ZERO)
    floors = duty.official_floor and measure is Measure.TRAINING_DAYS
    required = requirement.at_least
    if owed[0] != owed[1] and measure is not Measure.EVENTS:
        required = (required * owed[0] / owed[1]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if floors:
            required = _floor(required)
    return Progress(
        measure,
        amount,
        _floor(amount) if floors else amount,
        required,
        requirement.at_least,
        tuple(by_form.items()),
        forms,
    )


def _floor(amount: Decimal) -> Decimal:
    return amount.to_integral_value(ROUND_FLOOR)


# --- judgement -----------------------------------------------------------------------------------------


def _judge(
    duty: Duty,
    history: History,
    rows: Sequence[Row],
    events: tuple[Event, ...],
    window: Window,
    on: date,
    known_at: datetime,
) -> Assessment:
    counted: list[Row] = []
    refused: list[Refused] = []
    for row in rows:
        reasons = _reasons(duty, row, window, on)
        if reasons:
            refused.append(Refused(row, tuple(reasons)))
        else:
            counted.append(row)
    owed = _months_owed(duty, history, events, window, on)
    sums = _sums(duty, counted)
    ways = tuple(
        Way(tuple(_progress(duty, part, counted, sums, owed) for part in way)) for way in duty.ways
    )
    nearest = max(range(len(ways)), key=lambda i: (ways[i].met, ways[i].share, -i), default=0)
    state, because = _state(duty, events, window, ways, owed, on)
    information = []
    for measure in duty.information:
        by_form = _measured(duty, measure, frozenset(), sums)
        amount = sum(by_form.values(), ZERO)
        floors = duty.official_floor and measure is Measure.TRAINING_DAYS
        official = _floor(amount) if floors else amount
        information.append(Progress(measure, amount, official, None, None, tuple(by_form.items())))
    fulfilled = state in (State.MET, State.EXEMPT)
    touching = tuple(event for event in events if _touches(event, window))
    return Assessment(
        duty,
        state,
        on,
        known_at,
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
        if window.until and _covered(window.since, window.until, exemptions):
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


def _months_owed(
    duty: Duty, history: History, events: Iterable[Event], window: Window, on: date
) -> tuple[int, int]:
    """(months owed, months of the window). Equal unless the pack reduces by exempt months."""
    if window.until is None or window.rolling or not duty.reduce.anything():
        return (1, 1)
    which = {
        EventKind.EXEMPTION: duty.reduce.exempt,
        EventKind.LEAVE: duty.reduce.leave,
        EventKind.POSTED_AWAY: duty.reduce.posted_away,
    }
    free = [event for event in events if which.get(event.kind)]
    if duty.reduce.before_joining and duty.who is not None:
        since = _came_under(duty.who, history, min(on, window.until - ONE_DAY))
        if since is not None and since > window.since:
            free.append(Event(EventKind.LEAVE, window.since, since))
    total, exempt = 0, 0
    last_day = window.until - ONE_DAY
    start = window.since
    while start < last_day or total == 0:
        total += 1
        end = min(add_months(window.since, total), window.until)
        if free and _covered(start, end, free):
            exempt += 1
        if end <= start:
            break
        start = end
    return (total - exempt, total)


def _covered(since: date, until: date, events: Iterable[Event]) -> bool:
    """Whether the events together cover every day of ``[since, until)``."""
    day = since
    for event in sorted(events, key=lambda event: event.since):
        if event.since <= day and (event.until is None or event.until > day):
            if event.until is None:
                return True
            day = event.until
    return day >= until


def _touches(event: Event, window: Window) -> bool:
    return (window.until is None or event.since < window.until) and (
        event.until is None or event.until > window.since
    )


def _was_met_before(other: Duty, rows: Sequence[Row], day: date) -> bool:
    """Whether rows of the other duty's own year or plan, before the day, already fulfilled it."""
    if not isinstance(other.window, CalendarYear | FixedPlan) or day <= date.min + ONE_DAY:
        return False
    window = _plain_window(other.window, day)
    if window is None:
        return False
    counted = [row for row in rows if not _reasons(other, row, window, day - ONE_DAY)]
    sums = _sums(other, counted)
    return any(
        all(_progress(other, part, counted, sums, (1, 1)).met for part in way) for way in other.ways
    )


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day where that month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    for last in (day.day, 30, 29, 28):
        if last <= day.day:
            try:
                return date(year, month + 1, last)
            except ValueError:
                continue
    raise AssertionError("unreachable: every month has 28 days")


def _new_year(year: int) -> date:
    return date(year, 1, 1) if year <= date.max.year else date.max


def _sorted(refused: Iterable[Refused]) -> list[Refused]:
    return sorted(refused, key=lambda each: (each.row.since, each.row.recorded_at, each.row.key))
