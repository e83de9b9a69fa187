"""Which window: who owes a duty on a day, from when to when, and what moved the end."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

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
    StageSpan,
    in_force,
)
from tracker.rules.vocabulary import (
    Because,
    EventKind,
)

ONE_DAY = timedelta(days=1)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open ``[since, until)``; ``until`` None: open as long as the stage lasts.

    ``counts_since`` is the first day whose rows count (earlier than ``since`` when hours are
    carried over a promotion); ``plan_since`` the first day of the plan an own window was cut from;
    ``own_until`` the end it had before an extension moved it.
    """

    since: date
    until: date | None
    counts_since: date
    plan_since: date
    posting_until: date | None = None
    own_until: date | None = None
    rolling: bool = False

    @property
    def extended(self) -> bool:
        return self.own_until is not None

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


def window_of(duty: Duty, history: History, day: date) -> tuple[Window | None, Because | None]:
    rule = duty.window
    if isinstance(rule, CalendarYear):
        year = plain_window(rule, day)
        return year, None
    if isinstance(rule, FixedPlan):
        plan = plain_window(rule, day)
        if plan is None:
            return None, Because.PLAN_NOT_BEGUN
        if duty.who is None:
            return plan, None
        # An own window begins when the duty does, which for a closed plan is a day inside it.
        inside = min(day, plan.until - ONE_DAY) if plan.until else day
        if inside < day and not holds(duty.who, history, inside):
            return None, Because.PLAN_OVER
        if not duty.on_promotion.opens_new_window:
            return plan, None
        since = came_under(duty.who, history, inside)
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


def plain_window(rule: CalendarYear | FixedPlan, day: date) -> Window | None:
    """The year or plan that contains the day; a plan that does not repeat stays after its end."""
    if isinstance(rule, CalendarYear):
        since, until = date(day.year, 1, 1), _new_year(day.year + 1)
        posting = None
        if rule.posting_until and day.year < date.max.year:
            posting = date(day.year + 1, *rule.posting_until)
        return Window(since, until, since, since, posting)
    if day < rule.since:
        return None
    since, until = _period(rule.since, rule.years * 12, rule.repeats, day)
    return Window(since, until, since, since)


def _period(first: date, months: int, repeats: bool, day: date) -> tuple[date, date]:
    """The period from ``first``, or of its repetitions the one that contains the day.

    Each is counted from the first day: what began on 31 January goes on from 28 February and
    31 March, not from 28 March.
    """
    since, until, number = first, add_months(first, months), 1
    while repeats and since < until <= day:
        number += 1
        since, until = until, add_months(first, number * months)
    return since, until


def _window_since_event(
    duty: Duty, rule: SinceEvent, history: History, day: date
) -> tuple[Window | None, Because | None]:
    occasion = _occasion(duty, rule, history, day)
    if occasion is None:
        return None, Because.NO_EVENT
    since, ends = occasion
    if duty.valid_from and since < duty.valid_from and not rule.repeats:
        return None, Because.NO_EVENT
    if rule.since and since < rule.since:
        return None, Because.NO_EVENT
    if duty.valid_until and since >= duty.valid_until:
        return None, Because.NO_EVENT
    if rule.months is None:
        return Window(since, ends, since, since), None
    since, until = _period(since, rule.months, rule.repeats, day)
    if rule.repeats:
        return Window(since, until, since, since), None
    # The anniversary itself is still in time: appointed 15 March, due 15 March inclusive.
    counts = since
    if duty.on_promotion.carry_over and duty.unless_met:
        other = duty.unless_met.window
        if isinstance(other, CalendarYear | FixedPlan):
            plan = plain_window(other, since)
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
        since = came_under(who, history, day)
        found = [(since, None)] if since else []
    elif isinstance(occasion, EnteredStage):
        found = [
            (stage.since, stage.until) for stage in history.stages if stage.stage in occasion.stages
        ]
    elif duty.who is not None:
        since = came_under(duty.who, history, day)
        found = [(since, None)] if since else []
    return max((each for each in found if each[0] <= day), default=None, key=lambda each: each[0])


def extend(window: Window, events: Iterable[Event]) -> Window:
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
    return replace(window, until=until, posting_until=None, own_until=window.until)


# --- who owes it ---------------------------------------------------------------------------------


def holds(who: Who, history: History, day: date) -> bool:
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
        return all(holds(part, history, day) for part in who.parts)
    if isinstance(who, AnyOf):
        return any(holds(part, history, day) for part in who.parts)
    return not any(holds(part, history, day) for part in who.parts)


def came_under(who: Who, history: History, day: date) -> date | None:
    """The first day of the unbroken spell, up to ``day``, in which the condition holds."""
    if not holds(who, history, day):
        return None
    turns: set[date] = set()
    spans: list[Post | PartyDuty | StageSpan] = [*history.posts, *history.duties, *history.stages]
    for dated in spans:
        turns.add(dated.since)
        if dated.until is not None:
            turns.add(dated.until)
    since: date | None = None
    for turn in sorted((turn for turn in turns if turn <= day), reverse=True):
        if not holds(who, history, turn):
            break
        since = turn
    return since


def covered(since: date, until: date, events: Iterable[Event]) -> bool:
    """Whether the events together cover every day of ``[since, until)``."""
    day = since
    for event in sorted(events, key=lambda event: event.since):
        if event.since <= day and (event.until is None or event.until > day):
            if event.until is None:
                return True
            day = event.until
    return day >= until


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
