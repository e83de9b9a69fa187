"""Study time: what a learner's page reports, weighed against the server's clock.

The page sends *ticks*, each saying "from here to here, for so long, playing or not, visible or
not". Nothing in a tick is believed for more than the server's own clock allows. The rules:

* Wall-clock time is spent once. ``Account.clock_ms`` is the moment up to which a person's time
  is already spent; every credit lies in a wall-clock interval after it and moves it on, so the
  credits of a person are disjoint intervals and no window earns more than its length.
* An item is covered once. Only positions seen for the first time earn; verified time is never
  more than the item's length.
* Hidden or paused earns nothing, a repeated sequence number changes nothing, a late tick is
  never an error.

All times and positions are whole milliseconds; wall-clock times count from any fixed moment of
the *server's* clock. The module imports no framework and reads no clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

Span = tuple[int, int]
Spans = tuple[Span, ...]


class Kind(StrEnum):
    """How an item is studied: by playing it, or by reading it."""

    MEDIA = "media"
    READING = "reading"


class Grade(StrEnum):
    """How sure the platform is of a stretch of study time."""

    VERIFIED = "verified"  # heard of within a minute of its happening
    PLAUSIBLE = "plausible"  # reported later, and the clock leaves room for it
    CLAIMED = "claimed"  # reported too late to be weighed: recorded, earns nothing


class Reason(StrEnum):
    """Why a stretch earned what it earned. One reason a stretch, the strongest."""

    OBSERVED = "observed"
    OFFLINE = "offline"
    TOO_LATE = "too_late"
    PAUSED = "paused"
    HIDDEN = "hidden"
    SEEN_BEFORE = "seen_before"
    READ_ENOUGH = "read_enough"
    FASTER_THAN_CLOCK = "faster_than_clock"
    OUT_OF_RANGE = "out_of_range"
    FRAGMENTED = "fragmented"


@dataclass(frozen=True, slots=True)
class Policy:
    """The parameters of the rules, in milliseconds unless the name says otherwise."""

    max_rate: int = 2  # media covered per wall-clock time; faster play covers no more than this
    slack_ms: int = 20_000  # unspent time a late arrival may still use
    verified_gap_ms: int = 60_000  # heard of within this: verified
    offline_gap_ms: int = 45 * 60_000  # heard of within this: plausible; later: claimed
    max_tick_ms: int = 60_000  # one tick never speaks for more than this
    max_spans: int = 400  # an item's coverage never falls into more pieces than this


DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Tick:
    """One report of the learner's page.

    ``from_ms`` and ``to_ms`` are positions: of the playhead before and after for media, of the
    upper and lower edge of the window for a text (the text laid on its reading time).
    ``lasted_ms`` is how long the page says this took; it can only lower what is earned.
    """

    seq: int
    from_ms: int
    to_ms: int
    lasted_ms: int
    playing: bool = True
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """One person's running account at one item, under one lease."""

    clock_ms: int
    heard_ms: int
    last_seq: int = 0
    coverage: Spans = ()
    verified_ms: int = 0
    plausible_ms: int = 0
    claimed_ms: int = 0
    position_ms: int = 0

    @property
    def covered_ms(self) -> int:
        """Length of the item seen at least once."""
        return measure(self.coverage)


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of wall-clock time ``[from_ms, to_ms)``, what it earned, and why."""

    from_ms: int
    to_ms: int
    credited_ms: int
    grade: Grade
    reason: Reason


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a batch of ticks did: the new account, and a line for each tick that was new."""

    account: Account
    lines: tuple[Line, ...]

    @property
    def credited_ms(self) -> int:
        """Verified and plausible time this batch earned; claimed time is not among it."""
        return sum(line.credited_ms for line in self.lines if line.grade != Grade.CLAIMED)


# --- spans -------------------------------------------------------------------------------------


def measure(spans: Iterable[Span]) -> int:
    """Total length of disjoint spans."""
    return sum(end - start for start, end in spans)


def unite(spans: Iterable[Span]) -> Spans:
    """Sort and merge half-open spans; touching ones become one, empty ones vanish.

    Raises ValueError if a span ends before it starts.
    """
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end < start:
            raise ValueError(f"span ends before it starts: {start}-{end}")
        if start == end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def gaps(coverage: Spans, start: int, end: int) -> Spans:
    """The parts of ``[start, end)`` that united spans do not cover, in order."""
    found: list[Span] = []
    at = start
    first = max(0, bisect_left(coverage, (start, start)) - 1)
    for left, right in coverage[first:]:
        if left >= end:
            break
        if right <= at:
            continue
        if left > at:
            found.append((at, left))
        at = max(at, right)
    if at < end:
        found.append((at, end))
    return tuple(found)


def fill(coverage: Spans, start: int, end: int, budget: int) -> Spans:
    """The first ``budget`` milliseconds of ``[start, end)`` that are not covered yet."""
    taken: list[Span] = []
    for left, right in gaps(coverage, start, end):
        if budget <= 0:
            break
        piece = min(right - left, budget)
        taken.append((left, left + piece))
        budget -= piece
    return tuple(taken)


def encode(spans: Spans) -> str:
    """Write spans compactly: each start and end as the distance from the number before it."""
    numbers: list[str] = []
    at = 0
    for start, end in spans:
        numbers += (str(start - at), str(end - start))
        at = end
    return " ".join(numbers)


def decode(text: str) -> Spans:
    """Read what ``encode`` wrote."""
    numbers = [int(number) for number in text.split()]
    spans: list[Span] = []
    at = 0
    for skip, length in zip(numbers[::2], numbers[1::2], strict=True):
        spans.append((at + skip, at + skip + length))
        at += skip + length
    return tuple(spans)


# --- the account -------------------------------------------------------------------------------


def open_account(
    *,
    now_ms: int,
    spent_until_ms: int = 0,
    coverage: Spans = (),
    position_ms: int = 0,
) -> Account:
    """Begin an account at a new lease.

    ``spent_until_ms`` is how far the clock of the person's last lease went, at whatever item and
    device: time spent there is not spent again here, also when this server's clock is a little
    behind. ``coverage`` is what is already covered of the item now begun.
    """
    start = max(now_ms, spent_until_ms)
    return Account(clock_ms=start, heard_ms=start, coverage=coverage, position_ms=position_ms)


def receive(
    account: Account,
    ticks: Iterable[Tick],
    *,
    kind: Kind,
    length_ms: int,
    now_ms: int,
    policy: Policy = DEFAULT_POLICY,
) -> Receipt:
    """Weigh a batch of ticks that arrived at ``now_ms`` by the server's clock.

    Ticks already accepted (by sequence number) are passed over, so a batch may be sent again
    until it is acknowledged. If nothing in the batch is new, the account is returned unchanged.
    """
    fresh = _fresh(ticks, account.last_seq)
    if not fresh:
        return Receipt(account, ())
    gap = max(0, now_ms - account.heard_ms)
    ages = _ages(fresh, policy)
    lines: list[Line] = []
    for tick, age in zip(fresh, ages, strict=True):
        # A tick is as old as the ticks after it say, but never older than the silence before it.
        age = min(age, gap)
        account = replace(account, clock_ms=max(account.clock_ms, now_ms - age - policy.slack_ms))
        account, line = _weigh(account, tick, age, kind, length_ms, now_ms, policy)
        lines.append(line)
    account = replace(
        account,
        clock_ms=max(account.clock_ms, now_ms - policy.slack_ms),
        heard_ms=max(account.heard_ms, now_ms),
    )
    return Receipt(account, tuple(lines))


def _fresh(ticks: Iterable[Tick], last_seq: int) -> list[Tick]:
    """New ticks in order, each sequence number once."""
    by_seq = {tick.seq: tick for tick in reversed(list(ticks)) if tick.seq > last_seq}
    return [by_seq[seq] for seq in sorted(by_seq)]


def _ages(ticks: Sequence[Tick], policy: Policy) -> list[int]:
    """How long before the arrival each tick began, as the ticks' own durations have it."""
    ages: list[int] = []
    age = 0
    for tick in reversed(ticks):
        age += _lasted(tick, policy)
        ages.append(age)
    ages.reverse()
    return ages


def _lasted(tick: Tick, policy: Policy) -> int:
    return min(max(tick.lasted_ms, 0), policy.max_tick_ms)


def _grade(age: int, policy: Policy) -> tuple[Grade, Reason]:
    if age <= policy.verified_gap_ms:
        return Grade.VERIFIED, Reason.OBSERVED
    if age <= policy.offline_gap_ms:
        return Grade.PLAUSIBLE, Reason.OFFLINE
    return Grade.CLAIMED, Reason.TOO_LATE


def _weigh(
    account: Account,
    tick: Tick,
    age: int,
    kind: Kind,
    length_ms: int,
    now_ms: int,
    policy: Policy,
) -> tuple[Account, Line]:
    grade, reason = _grade(age, policy)
    lasted = _lasted(tick, policy)
    begin = account.clock_ms
    spent = min(lasted, max(0, now_ms - begin))
    account = replace(account, last_seq=tick.seq, clock_ms=begin + spent)

    def line(credited: int, why: Reason) -> Line:
        return Line(begin, begin + spent, credited, grade, why)

    if not tick.visible:
        return account, line(0, Reason.HIDDEN)
    if not tick.playing:
        return account, line(0, Reason.PAUSED)
    start, end = max(tick.from_ms, 0), min(tick.to_ms, length_ms)
    if end <= start:
        return account, line(0, Reason.OUT_OF_RANGE)
    where = end if kind is Kind.MEDIA else start
    account = replace(account, position_ms=where)
    if spent == 0 and lasted > 0:
        return account, line(0, Reason.FASTER_THAN_CLOCK)

    if kind is Kind.MEDIA:
        paid = min(spent, end - start)  # wall-clock time this stretch of media may stand for
        reach = min(end - start, paid * policy.max_rate)
        pieces = gaps(account.coverage, start, start + reach)
        credited = measure(pieces) * paid // reach if reach else 0
        shortfall = Reason.SEEN_BEFORE
        if reach < end - start:
            reason = Reason.FASTER_THAN_CLOCK
    else:
        pieces = fill(account.coverage, start, end, spent)
        credited = measure(pieces)
        shortfall = Reason.READ_ENOUGH

    if grade is Grade.CLAIMED:
        claimed = account.claimed_ms + credited
        return replace(account, claimed_ms=claimed), line(credited, Reason.TOO_LATE)
    if not pieces:
        return account, line(0, shortfall)
    coverage = unite((*account.coverage, *pieces))
    if len(coverage) > max(policy.max_spans, len(account.coverage)):
        return account, line(0, Reason.FRAGMENTED)
    account = replace(account, coverage=coverage)
    if grade is Grade.VERIFIED:
        account = replace(account, verified_ms=account.verified_ms + credited)
    else:
        account = replace(account, plausible_ms=account.plausible_ms + credited)
    return account, line(credited, reason)


# --- what follows from the account -------------------------------------------------------------


def is_proven(covered_ms: int, *, length_ms: int, min_share: int) -> bool:
    """Whether enough of an item is covered: at least ``min_share`` per cent of its length.

    An item without a length (an empty page) proves nothing by itself: one needs a length.
    """
    return length_ms > 0 and covered_ms * 100 >= length_ms * min_share


def answers_needed(questions: int, *, min_share: int) -> int:
    """How many of so many questions must be answered right: ``min_share`` per cent, rounded up."""
    return -(-questions * min_share // 100)


def merge_lines(lines: Iterable[Line], *, join_gap_ms: int = 1_000) -> tuple[Line, ...]:
    """Join neighbouring stretches of one grade and reason, for keeping and for showing.

    Stretches join when no more than ``join_gap_ms`` lies between them; empty ones vanish.
    """
    joined: list[Line] = []
    for line in lines:
        if line.from_ms == line.to_ms:
            continue
        last = joined[-1] if joined else None
        if (
            last is not None
            and (last.grade, last.reason) == (line.grade, line.reason)
            and line.from_ms - last.to_ms <= join_gap_ms
        ):
            joined[-1] = replace(
                last, to_ms=line.to_ms, credited_ms=last.credited_ms + line.credited_ms
            )
        else:
            joined.append(line)
    return tuple(joined)
