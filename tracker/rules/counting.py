"""Which rows count towards a duty, and how much they add up to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TypeVar

from tracker.rules.document import OFFICE_ZONE
from tracker.rules.duties import (
    Cap,
    Duty,
    Requirement,
    Valuation,
)
from tracker.rules.facts import (
    ZERO,
    Row,
)
from tracker.rules.vocabulary import (
    CONFIRMERS,
    Form,
    Measure,
    Reason,
)
from tracker.rules.windows import Window

A = TypeVar("A", Decimal, Fraction)
ONE_DAY = timedelta(days=1)
ONE = Decimal(1)
# Walking an enumeration costs thirty times walking a tuple.
FORMS = tuple(Form)


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
    carried: Decimal = ZERO  # of the amount, what the window before had too much

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


# --- which rows count ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownRows:
    """Rows in force by a moment, and those taken back with the row that did; in a fixed order."""

    in_place: list[Row]
    taken_back: list[tuple[Row, Row]]


def known_rows(entries: Iterable[Row], known_at: datetime) -> KnownRows:
    """What the ledger knew by then of these rows."""
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
    return KnownRows(in_place, reversed_rows)


def reasons_against(duty: Duty, row: Row, window: Window, on: date) -> list[Reason]:
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
    if _left_too_long(duty, row):
        reasons.append(Reason.LEAVE_TOO_LONG)
    if not _measures_anything(duty, row):
        reasons.append(Reason.NOTHING_MEASURED)
    return reasons


def _left_too_long(duty: Duty, row: Row) -> bool:
    """Leave above the allowed part of the class's hours (2023, article 15: one seventh)."""
    if duty.counts.leave_at_most is None or not row.leave_hours:
        return False
    part, whole = duty.counts.leave_at_most
    return row.leave_hours * whole > (row.class_hours or row.measures.hours) * part


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
            if row.measures.credits > 0 or hours_of(duty, row) > 0:
                return True
        elif measure is Measure.HOURS:
            if hours_of(duty, row) > 0:
                return True
        elif row.measures.of(measure) > 0:
            return True
    return False


def _converts(duty: Duty, form: Form) -> bool:
    return duty.conversion is not None and form in duty.conversion.forms


# --- how much --------------------------------------------------------------------------------------


def sums_of(duty: Duty, rows: Sequence[Row]) -> dict[tuple[Form, Measure], Decimal]:
    """Amounts by form and measure, after valuation, multipliers and the caps of a day."""
    weights = {multiplier.form: multiplier.by for multiplier in duty.counts.multipliers}
    sums: dict[tuple[Form, Measure], Decimal] = {}
    for row in rows:
        for measure in (Measure.TRAINING_DAYS, Measure.HOURS, Measure.CREDITS, Measure.EVENTS):
            amount = _worth(duty, row, measure, weights)
            if amount:
                key = (row.form, measure)
                sums[key] = sums.get(key, ZERO) + amount
    daily = [cap for cap in duty.counts.caps if cap.per_day]
    for measure in {cap.measure for cap in daily}:
        caps = [cap for cap in daily if cap.measure is measure]
        for form, amount in _capped_by_day(duty, caps, rows, weights).items():
            sums[form, measure] = amount
    return sums


def hours_of(duty: Duty, row: Row) -> Decimal:
    """The hours a row states, or else what the duty says its length is worth."""
    if row.measures.hours or not row.minutes:
        return row.measures.hours
    for valuation in duty.counts.valuations:
        if row.form in valuation.forms:
            return valuation.hours(row.minutes)
    return ZERO


def valuation_of(duty: Duty, form: Form) -> Valuation | None:
    """What minutes of a form of study are worth in hours: said outright, or by the length of an
    hour in the conversion to days; None where the duty says neither."""
    for valuation in duty.counts.valuations:
        if form in valuation.forms:
            return valuation
    if duty.conversion is not None and form in duty.conversion.forms:
        return Valuation(frozenset({form}), minutes_per_hour=duty.conversion.minutes_per_hour)
    return None


def _worth(duty: Duty, row: Row, measure: Measure, weights: Mapping[Form, Decimal]) -> Decimal:
    amount = hours_of(duty, row) if measure is Measure.HOURS else row.measures.of(measure)
    return amount if measure is Measure.EVENTS else amount * weights.get(row.form, ONE)


def _capped_by_day(
    duty: Duty, caps: Sequence[Cap], rows: Iterable[Row], weights: Mapping[Form, Decimal]
) -> dict[Form, Decimal]:
    """What is left of each form when no day gives more than any cap of this one measure allows.

    Rows are spread evenly over their days; a cap takes what the caps before it have left.
    """
    (measure,) = {cap.measure for cap in caps}
    capped = frozenset().union(*(cap.forms for cap in caps))
    by_day: dict[int, dict[Form, Fraction]] = {}
    for row in rows:
        amount = _worth(duty, row, measure, weights)
        if row.form not in capped or not amount:
            continue
        first, after = row.since.toordinal(), row.after_last.toordinal()
        share = Fraction(amount) / (after - first)
        for day in range(first, after):
            forms = by_day.setdefault(day, {})
            forms[row.form] = forms.get(row.form, Fraction(0)) + share
    totals: dict[Form, Fraction] = {}
    for forms in by_day.values():
        for cap in caps:
            _hold_to(Fraction(cap.at_most), cap.forms, forms)
        for form, taken in forms.items():
            totals[form] = totals.get(form, Fraction(0)) + taken
    return {form: _decimal(total) for form, total in totals.items()}


def _hold_to(at_most: A, forms: frozenset[Form], by_form: dict[Form, A]) -> None:
    """Take from the later forms of a cap what is more than it allows them all together."""
    for form in [form for form in FORMS if form in forms and form in by_form]:
        by_form[form] = min(by_form[form], at_most)
        at_most -= by_form[form]


def _decimal(value: Fraction) -> Decimal:
    """Exact where four decimals suffice, which all amounts posted do."""
    return Decimal(round(value * 10_000)) / 10_000


def measured(
    duty: Duty,
    measure: Measure,
    forms: frozenset[Form],
    sums: Mapping[tuple[Form, Measure], Decimal],
) -> dict[Form, Decimal]:
    """Amount of one measure by form, after conversion and caps."""
    wanted = [form for form in FORMS if form in (forms or duty.counts.forms)]
    by_form: dict[Form, Decimal] = {}
    converted = [form for form in wanted if _converts(duty, form)]
    if measure is Measure.TRAINING_DAYS and converted and duty.conversion:
        legs = []
        for per_day, unit in (
            (duty.conversion.credits_per_day, Measure.CREDITS),
            (duty.conversion.hours_per_day, Measure.HOURS),
        ):
            if per_day is not None:
                # What a cap keeps from counting as hours does not come back as days either.
                of_unit = {form: sums.get((form, unit), ZERO) for form in converted}
                _cap_window(duty, unit, of_unit)
                legs.append(sum(of_unit.values(), ZERO) / per_day)
        if legs and min(legs) > 0:
            by_form[converted[0]] = min(legs)
        wanted = [form for form in wanted if form not in converted]
    for form in wanted:
        amount = sums.get((form, measure), ZERO)
        if amount:
            by_form[form] = amount
    _cap_window(duty, measure, by_form)
    return by_form


def _cap_window(duty: Duty, measure: Measure, by_form: dict[Form, Decimal]) -> None:
    for cap in duty.counts.caps:
        if cap.measure is measure and not cap.per_day:
            _hold_to(cap.at_most, cap.forms, by_form)


def progress_of(
    duty: Duty,
    requirement: Requirement,
    rows: Sequence[Row],
    sums: Mapping[tuple[Form, Measure], Decimal],
    owed: tuple[int, int],
    before: Mapping[tuple[Form, Measure], Decimal] | None = None,
) -> Progress:
    """``before``: the sums of the window before, where the duty carries over what was too much."""
    measure = requirement.measure
    forms = tuple(form for form in FORMS if form in requirement.forms)
    if measure is Measure.PASSED:
        passed = any(
            row.course == requirement.course and (not forms or row.form in forms) for row in rows
        )
        amount = ONE if passed else ZERO
        return Progress(measure, amount, amount, ONE, ONE, (), forms, requirement.course)
    by_form = measured(duty, measure, requirement.forms, sums)
    carried = _carried(duty, requirement, before) if before else ZERO
    amount = sum(by_form.values(), carried)
    floors = duty.official_floor and measure is Measure.TRAINING_DAYS
    required = requirement.at_least
    if owed[0] != owed[1] and measure is not Measure.EVENTS:
        required = (required * owed[0] / owed[1]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if floors:
            required = floored(required)
    return Progress(
        measure,
        amount,
        floored(amount) if floors else amount,
        required,
        requirement.at_least,
        tuple(by_form.items()),
        forms,
        carried=carried,
    )


def _carried(
    duty: Duty, requirement: Requirement, before: Mapping[tuple[Form, Measure], Decimal]
) -> Decimal:
    for surplus in duty.surplus:
        if surplus.measure is requirement.measure:
            done = sum(measured(duty, surplus.measure, requirement.forms, before).values(), ZERO)
            return max(ZERO, min(surplus.at_most, done - requirement.at_least))
    return ZERO


def floored(amount: Decimal) -> Decimal:
    return amount.to_integral_value(ROUND_FLOOR)
