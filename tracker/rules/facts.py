"""What is known about somebody: posts, duties, stages, events, and rows of the ledger.

Ranges are half-open local calendar days ``[since, until)``; ``until`` None: still lasting.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal

from tracker.rules.vocabulary import CONFIRMERS, LEVELS, Confirmer, EventKind, Form, Measure

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Measures:
    """What a row is worth, each in its own unit: credit hours, credits, training days, events.

    A posting is one event unless it says otherwise, so that attending twice is two trainings.
    """

    hours: Decimal = ZERO
    credits: Decimal = ZERO
    training_days: Decimal = ZERO
    events: int = 1

    def of(self, measure: Measure) -> Decimal:
        """The amount in one unit; PASSED is not an amount and is worth nothing here."""
        if measure is Measure.TRAINING_DAYS:
            return self.training_days
        if measure is Measure.HOURS:
            return self.hours
        if measure is Measure.CREDITS:
            return self.credits
        return Decimal(self.events) if measure is Measure.EVENTS else ZERO

    def negated(self) -> "Measures":
        return Measures(-self.hours, -self.credits, -self.training_days, -self.events)

    def is_negative(self) -> bool:
        return any(getattr(self, each.name) < 0 for each in fields(self))


@dataclass(frozen=True, slots=True)
class Recognition:
    """That a department of some level recognised an institution, from a day to another."""

    level: str
    since: date
    until: date | None = None

    def covers(self, first: date, after_last: date, at_least: str) -> bool:
        return (
            LEVELS[self.level] >= LEVELS[at_least]
            and self.since <= first
            and (self.until is None or after_last <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Institution:
    """Where training was held: its kind, and who recognised it when."""

    code: str
    name: str
    kind: str = "other"
    recognitions: tuple[Recognition, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger. It belongs to the window in which its last day lies.

    ``after_last`` is the first day no longer part of it; ``recorded_at`` when the ledger learnt
    of it. A row with ``reverses`` takes back the row of that key and earns nothing itself.
    """

    key: str
    form: Form
    title: str
    since: date
    after_last: date
    measures: Measures
    recorded_at: datetime
    confirmer: Confirmer
    institution: Institution | None = None
    course: str = ""  # the named course or class that was passed
    # Length of what was studied, for rules that value it (never the evidence of study time).
    minutes: Decimal = ZERO
    # Hours of leave taken, and hours of the class; without the latter, the hours of the row.
    leave_hours: Decimal = ZERO
    class_hours: Decimal = ZERO
    reverses: str | None = None
    because: str = ""

    @property
    def last_day(self) -> date:
        return date.fromordinal(self.after_last.toordinal() - 1)


def usual_confirmer(form: Form) -> Confirmer:
    return CONFIRMERS[form][0]


@dataclass(frozen=True, slots=True)
class Post:
    since: date
    until: date | None
    rank: int = 0
    grade: int = 0
    leading: bool = False
    authority: str = "unit"
    title: str = ""


@dataclass(frozen=True, slots=True)
class PartyDuty:
    since: date
    until: date | None
    kind: str


@dataclass(frozen=True, slots=True)
class StageSpan:
    since: date
    until: date | None
    stage: str


@dataclass(frozen=True, slots=True)
class Event:
    """An approved exemption, extension, leave or posting away.

    ``requirements`` empty means all. ``due_on`` is the new last day of an extension.
    ``known_at`` is when it was approved; before that it changes nothing.
    """

    kind: EventKind
    since: date
    until: date | None = None
    requirements: tuple[str, ...] = ()
    due_on: date | None = None
    known_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """All dated facts about one subject. Branches and other organisations have none of them."""

    posts: tuple[Post, ...] = ()
    duties: tuple[PartyDuty, ...] = ()
    stages: tuple[StageSpan, ...] = ()
    events: tuple[Event, ...] = ()
    organisation_kind: str = ""
    name: str = field(default="", compare=False)


def in_force(since: date, until: date | None, day: date) -> bool:
    return since <= day and (until is None or day < until)
