"""What a rule pack says, once it has been read and found sound."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tracker.rules.vocabulary import SCHOOL_KINDS, Confirmer, Form, Measure, Subject


@dataclass(frozen=True, slots=True)
class Text:
    """A title in the languages of the pack."""

    zh: str
    en: str = ""

    def in_language(self, language: str) -> str:
        return self.zh if language.startswith("zh") or not self.en else self.en


@dataclass(frozen=True, slots=True)
class Source:
    """Instrument, day of issue, and how sure we are: A page seen, B secondary, R recollection."""

    instrument: str
    issued: date | None = None
    confidence: str = "R"
    note: Text = Text("")


# --- who ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostIs:
    """Some post in force fulfils all of these at once."""

    rank_at_least: int | None = None
    rank_at_most: int | None = None
    grade_at_least: int | None = None
    grade_at_most: int | None = None
    leading: bool | None = None
    authority: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HasStage:
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasPartyDuty:
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsOrganisation:
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple["Who", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Who", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    parts: tuple["Who", ...]


Who = PostIs | HasStage | HasPartyDuty | IsOrganisation | AllOf | AnyOf | NoneOf


@dataclass(frozen=True, slots=True)
class Appointed:
    """The latest appointment to a higher rank than ever held before, to at least this rank."""

    to_rank_at_least: int
    leading: bool | None = None


@dataclass(frozen=True, slots=True)
class TookDuty:
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnteredStage:
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CameUnder:
    """The day the ``who`` condition began to hold without a gap."""


Occasion = Appointed | TookDuty | EnteredStage | CameUnder


# --- window --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FixedPlan:
    since: date
    years: int
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class CalendarYear:
    # Month and day of the following year until which a row of the year may still be posted.
    posting_until: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Rolling:
    months: int


@dataclass(frozen=True, slots=True)
class SinceEvent:
    """From an occasion, for so many months (None: until the stage ends); the last day inclusive.

    ``since``: occasions before that day open nothing.
    """

    occasion: Occasion
    months: int | None
    repeats: bool = False
    since: date | None = None


WindowRule = FixedPlan | CalendarYear | Rolling | SinceEvent


# --- how much, and what counts -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Requirement:
    """At least so much of one measure; ``forms`` narrows what is added up for it alone."""

    measure: Measure
    at_least: Decimal
    forms: frozenset[Form] = frozenset()
    course: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """So many credits and so many hours make one training day: days = min(credits/c, hours/h).

    Applied to the sums of the forms named; a None leg does not bind. Training days posted on rows
    of these forms are not added besides, so that nothing counts twice.
    """

    credits_per_day: Decimal | None
    hours_per_day: Decimal | None
    forms: frozenset[Form] = frozenset({Form.ONLINE})
    minutes_per_hour: int = 45


@dataclass(frozen=True, slots=True)
class Cap:
    """No more than so much of a measure comes from these forms together.

    In the whole window, or ``per_day``: a row over several days is spread evenly over them.
    """

    forms: frozenset[Form]
    measure: Measure
    at_most: Decimal
    per_day: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """A length of at least, or above, so many minutes is worth so many hours."""

    minutes: Decimal
    hours: Decimal
    above: bool = False

    def fits(self, minutes: Decimal) -> bool:
        return minutes > self.minutes or (minutes == self.minutes and not self.above)


@dataclass(frozen=True, slots=True)
class Valuation:
    """What hours a row of these forms is worth that states minutes and no hours.

    By the first tier that fits, longest first; without tiers, exactly minutes / minutes_per_hour.
    """

    forms: frozenset[Form]
    tiers: tuple[Tier, ...] = ()
    minutes_per_hour: int = 45

    def hours(self, minutes: Decimal) -> Decimal:
        if self.tiers:
            return next((tier.hours for tier in self.tiers if tier.fits(minutes)), Decimal(0))
        return minutes / self.minutes_per_hour


@dataclass(frozen=True, slots=True)
class Surplus:
    """What was done beyond the requirement in the window before counts in this one, up to a limit."""

    measure: Measure
    at_most: Decimal


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Hours, credits and days of this form weigh so many times; events are never multiplied."""

    form: Form
    by: Decimal


@dataclass(frozen=True, slots=True)
class Institutions:
    """Held at one of these kinds, or at one recognised at this level or above on those dates.

    ``required``: a row that names no institution is refused as well.
    """

    kinds: tuple[str, ...] = SCHOOL_KINDS
    or_recognised_at: str | None = None
    required: bool = True


@dataclass(frozen=True, slots=True)
class Counts:
    forms: frozenset[Form]
    institutions: Institutions | None = None
    # Concentrated training at a named institution counts only if somebody recognised it.
    concentrated_must_be_recognised: bool = False
    confirmed_by: tuple[tuple[Form, tuple[Confirmer, ...]], ...] = ()
    caps: tuple[Cap, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    valuations: tuple[Valuation, ...] = ()
    # Leave above this part of a class's hours ends the class without credit; None: no such rule.
    leave_at_most: tuple[int, int] | None = (1, 7)


@dataclass(frozen=True, slots=True)
class OnPromotion:
    opens_new_window: bool = False
    carry_over: bool = False
    full_length: bool = False  # the own window lasts its full length, past the plan's end


@dataclass(frozen=True, slots=True)
class Reduce:
    """Which months make the amount smaller, pro rata. Only whole months of the window count."""

    exempt: bool = False
    leave: bool = False
    posted_away: bool = False
    before_joining: bool = False

    def anything(self) -> bool:
        return self.exempt or self.leave or self.posted_away or self.before_joining


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows elsewhere when the requirement is not met; stated here, decided there."""

    not_eligible_for: str


@dataclass(frozen=True, slots=True)
class Pace:
    """When somebody who is not done counts as short.

    Until ``grace`` of the window has passed, nobody does; after it, who has done less of the
    nearest way than the part of the window that has passed.
    """

    grace: Decimal = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class Duty:
    """One requirement of a pack, complete: nothing in it refers to anything outside."""

    code: str
    title: Text
    article: str
    subject: Subject
    who: Who | None
    window: WindowRule
    ways: tuple[tuple[Requirement, ...], ...]
    counts: Counts
    source: Source
    pack: str = ""
    unless_met: "Duty | None" = None
    on_promotion: OnPromotion = OnPromotion()
    reduce: Reduce = Reduce()
    conversion: Conversion | None = None
    official_floor: bool = False
    information: tuple[Measure, ...] = ()
    surplus: tuple[Surplus, ...] = ()
    effects: tuple[Effect, ...] = ()
    pace: Pace = Pace()
    open_to_local: tuple[str, ...] = ()
    anchor: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class RulePack:
    """A dated, sourced set of requirements. Evaluated only once approved."""

    code: str
    title: Text
    version: int
    jurisdiction: str
    source: Source
    valid_from: date
    valid_until: date | None
    duties: tuple[Duty, ...]
    overrides: str = ""  # the pack above whose duties of the same code this one replaces
    text_url: str = ""

    def duty(self, code: str) -> Duty:
        for duty in self.duties:
            if duty.code == code:
                return duty
        raise KeyError(code)

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a document: where, and what to do about it."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.path}" if self.path else "")
        return f"{where}: {self.message}"


class InvalidDocument(Exception):
    """A pack or a case that cannot be used; every problem found, in order of lines."""

    def __init__(self, problems: list[Problem]) -> None:
        # A field that two readers look at is named once.
        self.problems = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
        super().__init__("\n".join(str(problem) for problem in self.problems))
