"""How figures and standings are said. Whole sentences, in the language of the page."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from dashboards.enums import StatementKind
from dashboards.models import Job
from people.enums import Rank
from people.models import Person

STATES = [
    ("", _("All")),
    ("obliged", _("All obliged")),
    ("overdue", _("Overdue")),
    ("short", _("Short")),
    ("on_course", _("On course")),
    ("met", _("Met")),
    ("exempt", _("Exempt")),
    ("not_applicable", _("Not applicable")),
]

# How urgent a seat is, as ``dashboards.seating`` groups people.
URGENCIES = {
    "overdue": _("Overdue"),
    "pressing": _("Due by the planned day"),
    "behind": _("Behind the pace"),
    "ahead": _("Not yet due"),
}

# Of the states that ask for something, the most pressing first.
_PRESSING = ("overdue", "short", "on_course")


def read_at(now: datetime) -> str:
    """When figures were read, as a line of a document."""
    moment = date_format(timezone.localtime(now), "DATETIME_FORMAT")
    return gettext("As of %(moment)s") % {"moment": moment}


def quantity(amount: Decimal, measure: str) -> str:
    """An amount with its unit: ``3 days``, ``12.5 credit hours``."""
    number = _plain(amount)
    count = 1 if amount == 1 else 2
    if measure == "training_days":
        return ngettext("%(n)s day", "%(n)s days", count) % {"n": number}
    if measure == "hours":
        return ngettext("%(n)s credit hour", "%(n)s credit hours", count) % {"n": number}
    if measure == "credits":
        return ngettext("%(n)s credit", "%(n)s credits", count) % {"n": number}
    if measure == "passed":
        return gettext("the course’s pass")
    return ngettext("%(n)s time", "%(n)s times", count) % {"n": number}


def unit_of(measure: str) -> str:
    """The unit alone, as it stands behind a bar."""
    return {
        "training_days": pgettext("unit", "days"),
        "hours": pgettext("unit", "credit hours"),
        "credits": pgettext("unit", "credits"),
        "passed": pgettext("unit", "passed"),
    }.get(measure, pgettext("unit", "times"))


def title_of(assessment: Any) -> str:
    """The requirement's title in the language of the page."""
    title: str = assessment.duty.title.in_language(get_language() or "zh-hans")
    return title


def gap_of(assessment: Any) -> str:
    """What is still missing on the nearest way: ``2 days and 8 credit hours``."""
    return joined(quantity(part.missing, part.measure.value) for part in assessment.gap)


def missing(standing: Any) -> str:
    """What a cached standing still lacks on the nearest way; empty when it asks for nothing."""
    if standing.state in ("met", "exempt"):
        return ""
    parts = []
    for figure in standing.figures:
        required = figure.get("required")
        gap = Decimal(str(required or 0)) - Decimal(str(figure.get("official", "0")))
        if required is not None and gap > 0:
            parts.append(quantity(gap, str(figure.get("measure", ""))))
    return joined(parts)


def done_of(figures: Iterable[Any]) -> str:
    """What is done on the nearest way, from cached or frozen figures: ``9 days of 12``."""
    return joined(
        gettext("%(done)s of %(required)s")
        % {
            "done": _plain(Decimal(str(figure.get("official", "0")))),
            "required": quantity(Decimal(str(figure["required"])), str(figure["measure"])),
        }
        for figure in figures
        if figure.get("required")
    )


def as_of(unit: str, on: date) -> str:
    """What figures of another day are called."""
    return gettext("%(unit)s as of %(day)s") % {
        "unit": unit,
        "day": date_format(on, "DATE_FORMAT"),
    }


def people_as_of(unit: str, on: date) -> str:
    """What the list behind such figures is called."""
    return gettext("People in %(unit)s as of %(day)s") % {
        "unit": unit,
        "day": date_format(on, "DATE_FORMAT"),
    }


def judged_on(reading: Job) -> str:
    """Both days of a reading as of another day, and when it was made."""
    days = {name: date.fromisoformat(reading.parameters[name]) for name in ("on", "known")}
    moment = timezone.localtime(datetime.fromisoformat(reading.result["judged_at"]))
    return gettext(
        "Activity up to %(day)s, postings up to %(known)s, judged on %(moment)s."
        " Unit and rank are those of that day."
    ) % {
        "day": date_format(days["on"], "DATE_FORMAT"),
        "known": date_format(days["known"], "DATE_FORMAT"),
        "moment": date_format(moment, "DATETIME_FORMAT"),
    }


def since_then(person: Person, *, seen: bool) -> str:
    """What became of somebody since a day on which he was counted; ``seen``: the reader sees him today."""
    if not person.is_active:
        return gettext("has left the roster since")
    return "" if seen else gettext("belongs to another unit now")


def due_within(months: int) -> str:
    """The link to who is due in so many months."""
    return ngettext("due within %(n)s month", "due within %(n)s months", months) % {"n": months}


def waiting(where: str, n: int) -> str:
    """How much waits on a desk, named by its view."""
    said = {
        "tracker:claim_queue": ngettext(
            "%(n)s claim of hours waits for you", "%(n)s claims of hours wait for you", n
        ),
        "classes:answers": ngettext(
            "%(n)s class waits for your unit’s answer",
            "%(n)s classes wait for your unit’s answer",
            n,
        ),
        "classes:plans": ngettext(
            "%(n)s annual plan waits for your approval",
            "%(n)s annual plans wait for your approval",
            n,
        ),
        "classes:excuses": ngettext(
            "%(n)s request to be excused waits for you",
            "%(n)s requests to be excused wait for you",
            n,
        ),
        "tracker:changes": ngettext(
            "%(n)s career change waits for your approval",
            "%(n)s career changes wait for your approval",
            n,
        ),
        "tracker:remarks": ngettext(
            "%(n)s contested line of a record waits for an answer",
            "%(n)s contested lines of records wait for an answer",
            n,
        ),
        "courses:remarks": ngettext(
            "%(n)s contested sitting of study waits for an answer",
            "%(n)s contested sittings of study wait for an answer",
            n,
        ),
    }
    return said[where] % {"n": n}


def said_of(row: dict[str, Any] | None, *, beside: dict[str, Any] | None) -> str:
    """A row of a statement in few words; a dash where there is none.

    Rank, last day and rule pack are named where they are not those of the row ``beside`` it.
    """
    if row is None:
        return "–"
    states = {state: str(label) for state, label in STATES}
    said = states.get(row["state"], row["state"])
    more = [done_of(row["figures"])]
    if beside is not None:
        if row["rank"] != beside["rank"]:
            more.append(str(Rank(row["rank"]).label))
        if row["due_on"] != beside["due_on"]:
            due = (
                date_format(date.fromisoformat(row["due_on"]), "DATE_FORMAT")
                if row["due_on"]
                else "–"
            )
            more.append(f"{gettext('Due on')} {due}")
        if row["pack"] != beside["pack"]:
            more.append(row["pack"])
    for each in filter(None, more):
        said = gettext("%(state)s, %(done)s") % {"state": said, "done": each}
    return said


def title_of_statement(statement: Any) -> str:
    """What a statement is called: unit, period, kind."""
    day = statement.activity_on
    values = {"unit": statement.unit_name, "year": day.year, "day": date_format(day, "DATE_FORMAT")}
    if statement.kind == StatementKind.YEAR_END:
        return gettext("%(unit)s, statement of the year %(year)s") % values
    if statement.kind == StatementKind.HALF_YEAR:
        return gettext("%(unit)s, half-year statement up to %(day)s") % values
    return gettext("%(unit)s, statement on %(day)s") % values


def joined(parts: Iterable[str]) -> str:
    """The parts as the language lists them."""
    words = list(parts)
    if len(words) < 2:
        return "".join(words)
    comma = pgettext("between parts of a list", ", ")
    last = pgettext("before the last part of a list", " and ")
    if words[-1][0].isdigit() and not last.endswith(" "):
        last += " "
    return comma.join(words[:-1]) + last + words[-1]


def most_pressing(assessments: Iterable[Any]) -> Any | None:
    """The assessment to speak of first; None when nothing asks for anything."""
    asking = [a for a in assessments if a.state.value in _PRESSING]
    return min(
        asking,
        key=lambda a: (_PRESSING.index(a.state.value), a.due_on or date.max, a.duty.code),
        default=None,
    )


def by_urgency(assessments: Iterable[Any]) -> list[Any]:
    """Overdue before short before on course, then the rest; within a state the earliest due first."""
    states = (*_PRESSING, "met", "exempt", "not_applicable")
    return sorted(
        assessments,
        key=lambda a: (states.index(a.state.value), a.due_on or date.max, a.duty.code),
    )


def sentence_on(assessments: list[Any]) -> str:
    """My standing in one sentence, the most pressing requirement first."""
    if not assessments:
        return gettext("No training requirement applies to you at present.")
    first = most_pressing(assessments)
    if first is None:
        return gettext("Every training requirement that applies to you is met.")
    values = {"title": title_of(first), "gap": gap_of(first), "due": day(first.due_on, first.on)}
    state = first.state.value
    if state == "overdue":
        return gettext("“%(title)s” was due on %(due)s; %(gap)s still missing.") % values
    if not values["due"]:
        return gettext("“%(title)s”: %(gap)s still missing.") % values
    if state == "short":
        return gettext("“%(title)s”: %(gap)s still missing, to be completed by %(due)s.") % values
    return gettext("You are on course. “%(title)s” asks for %(gap)s more by %(due)s.") % values


def others_sentence(assessments: list[Any]) -> str:
    """How many other requirements are behind; empty when none is."""
    first = most_pressing(assessments)
    behind = [a for a in assessments if a is not first and a.state.value in ("overdue", "short")]
    if not behind:
        return ""
    return ngettext(
        "%(n)s other requirement is behind as well.",
        "%(n)s other requirements are behind as well.",
        len(behind),
    ) % {"n": len(behind)}


def day(moment: date | None, today: date) -> str:
    """A day as people say it: without the year when it is this one. Empty for no day."""
    if moment is None:
        return ""
    same_year = moment.year == today.year
    return date_format(moment, "MONTH_DAY_FORMAT" if same_year else "DATE_FORMAT")


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
