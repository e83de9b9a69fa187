"""The law engine's answers in sentences people read. Whole sentences, so that they translate."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from people.enums import Authority, DutyKind, Grade, OrgKind, Rank, Stage
from tracker.enums import Bucket, CareerEventKind, ConfirmerKind, InstitutionKind, Level
from tracker.rules import Assessment, Because, Duty, Form, Measure, Progress, Reason, State, Way
from tracker.rules.assess import Refused
from tracker.rules.duties import (
    AllOf,
    AnyOf,
    Appointed,
    CalendarYear,
    FixedPlan,
    HasPartyDuty,
    HasStage,
    IsOrganisation,
    NoneOf,
    PostIs,
    Requirement,
    Rolling,
    SinceEvent,
    Text,
    TookDuty,
    Who,
)
from tracker.rules.plain import amount as plain_amount
from tracker.rules.vocabulary import CONFIRMERS, EventKind

# Most pressing first: the order in which requirements are read.
PRESSING = [
    State.OVERDUE,
    State.SHORT,
    State.ON_COURSE,
    State.MET,
    State.EXEMPT,
    State.NOT_APPLICABLE,
]


def day(value: date) -> str:
    return date_format(value, "DATE_FORMAT")


def title(text: Text) -> str:
    return text.in_language(get_language() or "zh-hans")


def listed(parts: Iterable[str]) -> str:
    """Several things that all hold: a, b and c."""
    return _join(list(parts), pgettext("between listed things", ", "), _(" and "))


def either(parts: Iterable[str]) -> str:
    """Several things of which one is enough: a, b or c."""
    return _join(list(parts), pgettext("between listed things", ", "), _(" or "))


def _join(parts: list[str], comma: str, last: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    if parts[-1][0].isdigit() and not last.endswith(" "):
        last += " "
    return comma.join(parts[:-1]) + last + parts[-1]


def quantity(measure: Measure, value: Decimal, course: str = "") -> str:
    """An amount with its unit: 3 training days, 79.5 credit hours, 1 time."""
    number = {"n": plain_amount(value)}
    many = 1 if value == 1 else 2
    if measure is Measure.TRAINING_DAYS:
        return ngettext("%(n)s training day", "%(n)s training days", many) % number
    if measure is Measure.HOURS:
        return ngettext("%(n)s credit hour", "%(n)s credit hours", many) % number
    if measure is Measure.CREDITS:
        return ngettext("%(n)s credit", "%(n)s credits", many) % number
    if measure is Measure.EVENTS:
        return ngettext("%(n)s time", "%(n)s times", many) % number
    return _("a pass of “%(course)s”") % {"course": course}


def unit(measure: Measure) -> str:
    """The bare unit, as it stands behind a figure."""
    return {
        Measure.TRAINING_DAYS: pgettext("unit", "days"),
        Measure.HOURS: pgettext("unit", "credit hours"),
        Measure.CREDITS: pgettext("unit", "credits"),
        Measure.EVENTS: pgettext("unit", "times"),
        Measure.PASSED: pgettext("unit", "passed"),
    }[measure]


def form_names(forms: Iterable[Form]) -> list[str]:
    wanted = set(forms)
    return [str(Bucket(form.value).label) for form in Form if form in wanted]


def part_label(part: Progress) -> str:
    """What a bar measures: the forms asked for, the course, or else the measure."""
    if part.measure is Measure.PASSED:
        return part.course
    if part.forms:
        return listed(form_names(part.forms))
    return {
        Measure.TRAINING_DAYS: _("Training days"),
        Measure.HOURS: _("Credit hours"),
        Measure.CREDITS: _("Credits"),
        Measure.EVENTS: _("Times"),
    }[part.measure]


def way_label(way: Way) -> str:
    """What a way asks for: "56 credit hours and 1 time (concentrated training)"."""
    return listed(_asked(p.measure, p.required or Decimal(0), p.forms, p.course) for p in way.parts)


def way_done(way: Way) -> str:
    return listed(quantity(p.measure, p.amount, p.course) for p in way.parts)


def _asked(measure: Measure, value: Decimal, forms: Iterable[Form], course: str) -> str:
    text = quantity(measure, value, course)
    names = form_names(forms)
    if not names:
        return text
    return _("%(quantity)s (%(forms)s)") % {"quantity": text, "forms": either(names)}


def gap(assessment: Assessment) -> str:
    """What is missing on the nearest way: "3 training days"."""
    return listed(_asked(p.measure, p.missing, p.forms, p.course) for p in assessment.gap)


def other_ways_gap(assessment: Assessment) -> list[str]:
    """What would be missing on each other way."""
    if not assessment.gap:
        return []
    return [
        listed(_asked(p.measure, p.missing, p.forms, p.course) for p in way.parts if not p.met)
        for number, way in enumerate(assessment.ways)
        if number != assessment.nearest
    ]


# --- standing in a sentence -----------------------------------------------------------------------


def verdict(assessment: Assessment) -> str:
    """Where somebody stands against one requirement, and what that means."""
    window = assessment.window
    words = {"title": title(assessment.duty.title), "gap": gap(assessment)}
    state = assessment.state
    if state is State.NOT_APPLICABLE:
        return because(assessment.because)
    if state is State.EXEMPT:
        return because(assessment.because)
    if state is State.MET:
        way = assessment.nearest_way
        words["way"] = way_label(way) if way else ""
        words["done"] = way_done(way) if way else ""
        return _("Met: %(done)s done, %(way)s asked.") % words
    if assessment.due_on is None:
        return _("%(gap)s still missing; no last day is set yet.") % words
    words["due"] = day(assessment.due_on)
    if state is State.OVERDUE:
        return _("Overdue: %(gap)s missing when it was due on %(due)s.") % words
    if window and window.extended:
        return _("%(gap)s still missing; extended to %(due)s.") % words
    if state is State.SHORT:
        return _("%(gap)s still missing, less than the pace asks for; due by %(due)s.") % words
    return _("%(gap)s still missing, within the pace; due by %(due)s.") % words


def headline(assessments: Sequence[Assessment]) -> str:
    """One sentence on where somebody stands: the most pressing thing first."""
    if not assessments:
        return _("No requirement applies on this day.")
    first = most_pressing(assessments)[0]
    words = {"title": title(first.duty.title), "gap": gap(first)}
    if first.state in (State.MET, State.EXEMPT):
        number = len(assessments)
        return ngettext(
            "The %(number)s requirement that applies is fulfilled.",
            "All %(number)s requirements that apply are fulfilled.",
            number,
        ) % {"number": number}
    if first.due_on is None:
        return _("%(title)s: %(gap)s still missing.") % words
    words["due"] = day(first.due_on)
    if first.state is State.OVERDUE:
        return _("%(title)s was due on %(due)s; %(gap)s missing.") % words
    return _("%(title)s: %(gap)s still missing, to be done by %(due)s.") % words


def most_pressing(assessments: Iterable[Assessment]) -> list[Assessment]:
    """Overdue before short before on course; within a state the earliest due first."""
    return sorted(
        assessments, key=lambda a: (PRESSING.index(a.state), a.due_on or date.max, a.duty.code)
    )


def because(reason: Because | None) -> str:
    """Why a requirement is not owed."""
    texts = {
        Because.WHO: _("Does not apply: post, duty and stage on this day do not fall under it."),
        Because.PLAN_NOT_BEGUN: _("Does not apply: the plan had not begun on this day."),
        Because.NO_EVENT: _("Does not apply: what would give rise to it has not happened."),
        Because.ALREADY_MET: _("Does not apply: the training was completed before the promotion."),
        Because.EXEMPTED: _("Exempt: an approved exemption is in force."),
        Because.NOTHING_LEFT: _("Exempt: every month of the period is exempt."),
        Because.OUT_OF_FORCE: _("Does not apply: the rule pack is not in force on this day."),
    }
    return texts[reason] if reason else ""


def sentences(assessment: Assessment) -> list[str]:
    """The whole explanation, as the command line gives it; the page shows the same pieces."""
    window = assessment.window
    if window is None:
        return [verdict(assessment)]
    found = [verdict(assessment), period(assessment), *notes_on_period(assessment)]
    pattern = _("One way: %(way)s; done %(done)s.")
    if len(assessment.ways) == 1:
        pattern = _("Owed: %(way)s; done %(done)s.")
    found += [pattern % {"way": way_label(way), "done": way_done(way)} for way in assessment.ways]
    found += notes_on_figures(assessment)
    found.append(
        ngettext(
            "%(counted)s line counts; %(refused)s do not.",
            "%(counted)s lines count; %(refused)s do not.",
            len(assessment.counted),
        )
        % {"counted": len(assessment.counted), "refused": len(assessment.refused)}
    )
    found += [
        _("Not counted: “%(title)s”. %(reasons)s")
        % {"title": refused.row.title, "reasons": " ".join(reasons(refused, assessment))}
        for refused in assessment.refused
    ]
    if assessment.gap:
        found.append(_("What closes the gap: %(gap)s.") % {"gap": gap(assessment)})
    return found


def period(assessment: Assessment) -> str:
    """The window, both ends included."""
    window = assessment.window
    if window is None:
        return ""
    if window.until is None:
        return _("Period: since %(since)s, open.") % {"since": day(window.since)}
    last = date.fromordinal(window.until.toordinal() - 1)
    return _("Period: %(since)s to %(last)s, both included.") % {
        "since": day(window.since),
        "last": day(last),
    }


def notes_on_period(assessment: Assessment) -> list[str]:
    """What moved the window or made the amount smaller."""
    window = assessment.window
    found: list[str] = []
    if window is None:
        return found
    if window.since > window.plan_since:
        found.append(
            _("The period begins with the appointment; the plan began on %(plan)s.")
            % {"plan": day(window.plan_since)}
        )
    if window.posting_until:
        found.append(
            _("Activity of this period may be posted until %(day)s.")
            % {"day": day(window.posting_until)}
        )
    if assessment.months_owed:
        owed, total = assessment.months_owed
        found.append(
            _("Owed for %(owed)s of %(total)s months, because of exempt months.")
            % {"owed": owed, "total": total}
        )
    for event in assessment.events:
        words = {"event": event_name(event.kind), "since": day(event.since), "note": event.note}
        if event.until is None:
            found.append(_("Approved: %(event)s from %(since)s. %(note)s").rstrip() % words)
        else:
            words["last"] = day(date.fromordinal(event.until.toordinal() - 1))
            found.append(_("Approved: %(event)s, %(since)s to %(last)s. %(note)s") % words)
    return [sentence.strip() for sentence in found]


def notes_on_figures(assessment: Assessment) -> list[str]:
    """Figures for information, what of it was online, and what follows elsewhere."""
    found = [information(part) for part in assessment.information]
    if assessment.duty.counts.forms != frozenset({Form.ONLINE}):
        found += [
            _("Of this, %(amount)s by %(form)s.")
            % {"amount": quantity(part.measure, value), "form": Bucket(form.value).label}
            for way in assessment.ways
            for part in way.parts
            for form, value in part.by_form
            if form is Form.ONLINE
        ]
    found += [
        _("Of this, %(amount)s carried over from the period before.")
        % {"amount": quantity(part.measure, part.carried)}
        for way in assessment.ways
        for part in way.parts
        if part.carried
    ]
    for effect in assessment.effects:
        words = {"what": effect.not_eligible_for}
        found.append(
            _("As the figures stand: not eligible for “%(what)s”.") % words
            if effect.stands
            else _("As the figures stand: eligible for “%(what)s”.") % words
        )
    return found


def information(part: Progress) -> str:
    """A figure shown for information: 9 full training days (9.875)."""
    if part.official == part.amount:
        return _("That makes %(amount)s.") % {"amount": quantity(part.measure, part.amount)}
    return _("That makes %(official)s officially (%(amount)s exactly).") % {
        "official": quantity(part.measure, part.official),
        "amount": plain_amount(part.amount),
    }


def reasons(refused: Refused, assessment: Assessment) -> list[str]:
    """Why a line does not count, each reason a sentence."""
    row, duty = refused.row, assessment.duty
    posting = assessment.window.posting_until if assessment.window else None
    allowed = dict(duty.counts.confirmed_by).get(row.form) or CONFIRMERS[row.form]
    texts = {
        Reason.REVERSED: _("Taken back: %(because)s")
        % {"because": refused.reversed_by.because if refused.reversed_by else ""},
        Reason.NOT_YET: _("Ends after the day shown."),
        Reason.BEFORE_WINDOW: _("Ended before the period began."),
        Reason.AFTER_WINDOW: _("Ended after the period."),
        Reason.BEFORE_APPOINTMENT: _(
            "Ended before the appointment that opened the period; nothing is carried over."
        ),
        Reason.POSTED_LATE: _("Recorded after %(day)s, the last day for posting.")
        % {"day": day(posting) if posting else ""},
        Reason.FORM_NOT_COUNTED: _("This form of study does not count here: %(form)s.")
        % {"form": Bucket(row.form.value).label},
        Reason.ONLINE_NOT_COUNTED: _(
            "Online study is a separate requirement and does not count here."
        ),
        Reason.INSTITUTION_MISSING: _("No institution is named."),
        Reason.INSTITUTION_NOT_RECOGNISED: _(
            "“%(name)s” is not a school of the kinds that count, nor recognised on all those days."
        )
        % {"name": row.institution.name if row.institution else ""},
        Reason.WRONG_CONFIRMER: _("Confirmed by: %(who)s; this form is confirmed by: %(allowed)s.")
        % {
            "who": ConfirmerKind(row.confirmer.value).label,
            "allowed": either(str(ConfirmerKind(c.value).label) for c in allowed),
        },
        Reason.LEAVE_TOO_LONG: _(
            "More leave was taken than the rules allow; the class ends without credit."
        ),
        Reason.NOTHING_MEASURED: _("Carries none of the measures that are added up here."),
    }
    return [texts[reason] for reason in refused.reasons]


# --- a pack in words --------------------------------------------------------------------------------


def confidence(letter: str) -> str:
    """How sure the source is."""
    return {
        "A": _("A: official text seen"),
        "B": _("B: secondary source"),
        "R": _("R: from recollection"),
    }[letter]


def amounts(duty: Duty) -> str:
    """What is owed: "60 training days or 550 credit hours"."""
    return either(listed(_requirement(part) for part in way) for way in duty.ways)


def _requirement(part: Requirement) -> str:
    return _asked(part.measure, part.at_least, part.forms, part.course)


def window_rule(duty: Duty) -> str:
    """In which period it is owed."""
    rule = duty.window
    if isinstance(rule, CalendarYear):
        if rule.posting_until:
            month, of_month = rule.posting_until
            # A leap year, so that any day of a year may be the last.
            last = date_format(date(2000, month, of_month), "MONTH_DAY_FORMAT")
            return _("every calendar year; posting until %(day)s of the next") % {"day": last}
        return _("every calendar year")
    if isinstance(rule, FixedPlan):
        return ngettext(
            "%(years)s year from %(since)s", "%(years)s years from %(since)s", rule.years
        ) % {"years": rule.years, "since": day(rule.since)}
    if isinstance(rule, Rolling):
        return ngettext(
            "the last %(months)s month, on every day",
            "the last %(months)s months, on every day",
            rule.months,
        ) % {"months": rule.months}
    return _since_event(rule)


def _since_event(rule: SinceEvent) -> str:
    occasion = rule.occasion
    if isinstance(occasion, Appointed):
        start = _("the appointment")
    elif isinstance(occasion, TookDuty):
        start = _("taking the duty")
    else:
        start = _("coming under the requirement")
    if rule.months is None:
        return _("while the stage lasts")
    words = {"months": rule.months, "start": start}
    if rule.repeats:
        return _("every %(months)s months from %(start)s") % words
    return _("within %(months)s months of %(start)s, the last day included") % words


def who(condition: Who | None, duty: Duty) -> str:
    """Who owes it, in words."""
    rule = duty.window
    if isinstance(rule, SinceEvent) and isinstance(rule.occasion, Appointed):
        rank = Rank(rule.occasion.to_rank_at_least).label
        return _("whoever is promoted to %(rank)s or above") % {"rank": rank}
    if condition is None:
        return _("whoever is in the stage: development target")
    return _condition(condition)


def _condition(condition: Who) -> str:
    if isinstance(condition, PostIs):
        return _post(condition)
    if isinstance(condition, HasStage):
        return either(str(Stage(stage).label) for stage in condition.stages)
    if isinstance(condition, HasPartyDuty):
        return either(str(DutyKind(kind).label) for kind in condition.kinds)
    if isinstance(condition, IsOrganisation):
        return either(str(OrgKind(kind).label) for kind in condition.kinds)
    parts = [_condition(part) for part in condition.parts]
    if isinstance(condition, AllOf):
        return _all_of(condition)
    if isinstance(condition, AnyOf):
        return pgettext("between conditions", ", or ").join(parts)
    assert isinstance(condition, NoneOf)  # noqa: S101  the union is exhausted
    return _("not: %(those)s") % {"those": either(parts)}


def _all_of(condition: AllOf) -> str:
    these = [_condition(part) for part in condition.parts if not isinstance(part, NoneOf)]
    those = [
        _condition(inner)
        for part in condition.parts
        if isinstance(part, NoneOf)
        for inner in part.parts
    ]
    text = pgettext("between conditions", " and ").join(these)
    if not those:
        return text
    return _("%(these)s, except: %(those)s") % {
        "these": text,
        "those": pgettext("between conditions", ", or ").join(those),
    }


def _post(condition: PostIs) -> str:
    parts = []
    if condition.rank_at_least is not None:
        parts.append(_("%(rank)s or above") % {"rank": Rank(condition.rank_at_least).label})
    if condition.rank_at_most is not None:
        parts.append(_("%(rank)s or below") % {"rank": Rank(condition.rank_at_most).label})
    if condition.grade_at_least is not None:
        parts.append(_("%(rank)s or above") % {"rank": Grade(condition.grade_at_least).label})
    if condition.grade_at_most is not None:
        parts.append(_("%(rank)s or below") % {"rank": Grade(condition.grade_at_most).label})
    if condition.leading is not None:
        parts.append(_("in a leading post") if condition.leading else _("not in a leading post"))
    if condition.authority:
        parts.append(either(str(Authority(a).label) for a in condition.authority))
    return pgettext("between conditions", " and ").join(parts) if parts else _("every cadre")


def what_counts(duty: Duty) -> str:
    """Which lines count."""
    text = listed(form_names(duty.counts.forms))
    asked = duty.counts.institutions
    if asked is None:
        return text
    kinds = either(str(InstitutionKind(kind).label) for kind in asked.kinds)
    words = {"forms": text, "kinds": kinds}
    if asked.or_recognised_at is None:
        return _("%(forms)s, held by: %(kinds)s") % words
    words["level"] = str(Level(asked.or_recognised_at).label)
    return _("%(forms)s, held by: %(kinds)s, or recognised at %(level)s or above") % words


def valuation(duty: Duty) -> list[str]:
    """How amounts are arrived at: conversions, weights, limits, lengths and what is carried over."""
    counts = duty.counts
    found = []
    if duty.conversion:
        legs = [
            quantity(measure, each)
            for measure, each in (
                (Measure.CREDITS, duty.conversion.credits_per_day),
                (Measure.HOURS, duty.conversion.hours_per_day),
            )
            if each is not None
        ]
        found.append(
            _("%(form)s: %(amounts)s together make one training day")
            % {"form": listed(form_names(duty.conversion.forms)), "amounts": listed(legs)}
        )
    for rule in counts.valuations:
        forms = listed(form_names(rule.forms))
        if not rule.tiers:
            found.append(
                _("%(form)s: %(minutes)s minutes are one credit hour")
                % {"form": forms, "minutes": rule.minutes_per_hour}
            )
        found += [
            (
                _("%(form)s: above %(minutes)s minutes, %(hours)s")
                if tier.above
                else _("%(form)s: from %(minutes)s minutes, %(hours)s")
            )
            % {
                "form": forms,
                "minutes": plain_amount(tier.minutes),
                "hours": quantity(Measure.HOURS, tier.hours),
            }
            for tier in rule.tiers
        ]
    found += [
        _("%(form)s counts %(times)s times")
        % {"form": form_names([each.form])[0], "times": plain_amount(each.by)}
        for each in counts.multipliers
    ]
    found += [
        (
            _("%(form)s: at most %(amount)s a day")
            if cap.per_day
            else _("%(form)s: at most %(amount)s")
        )
        % {"form": listed(form_names(cap.forms)), "amount": quantity(cap.measure, cap.at_most)}
        for cap in counts.caps
    ]
    found += [
        _("At most %(amount)s of the period before is carried over")
        % {"amount": quantity(each.measure, each.at_most)}
        for each in duty.surplus
    ]
    return found


def event_name(kind: EventKind) -> str:
    return str(CareerEventKind(kind.value).label)


def origin(source: str) -> str:
    """Where a line came from, in a plain word."""
    for beginning, word in (
        ("courses.", _("a course completed on this platform")),
        ("exams.", _("an exam passed on this platform")),
        ("tracker.manual:", _("posted by hand")),
        ("tracker.import:", _("taken over from a file of hours")),
        ("tracker.claim:", _("claimed and confirmed")),
        ("tracker.reversal:", _("the taking back of an earlier line")),
    ):
        if source.startswith(beginning):
            return word
    return _("taken over from other records")


# Evidence people read; the rest are codes for whoever audits.
PLAIN_EVIDENCE = frozenset(
    {
        "verified_seconds",
        "plausible_seconds",
        "items",
        "note",
        "corrects",
        "file",
        "row",
        "record_number",
        "files",
    }
)


def evidence_label(key: str) -> str:
    """The name of a piece of evidence; a key that has no name is shown as it is."""
    names = {
        "enrolment": _("Enrolment number"),
        "course": _("Course number"),
        "edition": _("Course edition"),
        "verified_seconds": _("Verified"),
        "plausible_seconds": _("Plausible"),
        "items": _("Study time of each item"),
        "note": _("Evidence"),
        "corrects": _("In place of line"),
        "file": _("From the file"),
        "row": _("Row of the file"),
        "digest": _("SHA-256 of the file"),
        "record_number": _("Record number elsewhere"),
        "claim": _("Claim number"),
        "files": _("Files"),
    }
    return names.get(key) or _("Evidence: %(key)s") % {"key": key}


def evidence(key: str, value: Any) -> list[str]:
    """A piece of evidence as lines; seconds as minutes and seconds."""
    if key in ("verified_seconds", "plausible_seconds"):
        return [_minutes(int(value))]
    if key == "items" and isinstance(value, list):
        return [
            _("{title}: {time}").format(
                title=item["title"], time=_minutes(item["verified_seconds"])
            )
            for item in value
        ]
    if key == "files" and isinstance(value, list):
        return [f"{file['name']}" for file in value]
    return [str(value)]


def _minutes(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return pgettext("minutes and seconds", "{minutes} min {seconds} s").format(
        minutes=minutes, seconds=rest
    )
