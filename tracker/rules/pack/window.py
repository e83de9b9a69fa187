"""In which period a requirement is owed."""

from datetime import date

from tracker.rules.document import Field
from tracker.rules.duties import (
    CalendarYear,
    CameUnder,
    EnteredStage,
    FixedPlan,
    Occasion,
    Rolling,
    SinceEvent,
    WindowRule,
)
from tracker.rules.pack.common import required


def read_window(field: Field, occasion: Occasion | None) -> WindowRule:
    kinds = ("fixed_plan", "calendar_year", "rolling", "since_event")
    given = field.mapping(kinds)
    if len(given) != 1:
        field.wrong(f"needs exactly one of: {', '.join(kinds)}")
        return CalendarYear()
    kind, inside = next(iter(given.items()))
    if kind == "fixed_plan":
        plan = required(inside, ("from", "years", "repeats"), ("from", "years"))
        if "from" not in plan or "years" not in plan:
            return CalendarYear()
        return FixedPlan(
            plan["from"].day(),
            plan["years"].whole(1, 50),
            plan["repeats"].truth() if "repeats" in plan else False,
        )
    if kind == "calendar_year":
        year = inside.mapping(("posting_until",)) if inside.value is not None else {}
        until = _month_and_day(year["posting_until"]) if "posting_until" in year else None
        return CalendarYear(until)
    if kind == "rolling":
        span = inside.mapping(("years", "months"))
        return Rolling(_months(inside, span) or 12)
    since = inside.mapping(("from", "months", "years", "repeats", "until_stage_ends")) or {}
    first = since["from"].day() if "from" in since else None
    if occasion is None:
        occasion = CameUnder()
    if "until_stage_ends" in since and since["until_stage_ends"].truth():
        if not isinstance(occasion, EnteredStage):
            since["until_stage_ends"].wrong("needs the event 'entered_stage'")
        return SinceEvent(occasion, None, since=first)
    repeats = since["repeats"].truth() if "repeats" in since else False
    return SinceEvent(occasion, _months(inside, since) or 12, repeats, first)


def _months(field: Field, given: dict[str, Field]) -> int | None:
    if ("months" in given) == ("years" in given):
        field.wrong("needs either months or years")
        return None
    if "months" in given:
        return given["months"].whole(1, 1200)
    return given["years"].whole(1, 100) * 12


def _month_and_day(field: Field) -> tuple[int, int]:
    text = field.text()
    month, _, day = text.partition("-")
    if not (month.isdecimal() and day.isdecimal()):
        field.wrong(f'expected month and day like "01-31", found {text!r}')
        return (1, 31)
    try:
        date(2023, int(month), int(day))
    except ValueError:
        field.wrong(f"{text!r} is not a day of the year")
        return (1, 31)
    return (int(month), int(day))
