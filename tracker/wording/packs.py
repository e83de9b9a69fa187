"""What a rule pack asks, of whom, in which period, and how amounts are arrived at."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from people.dates import day_in_words
from people.enums import Authority, DutyKind, Grade, OrgKind, Rank, Stage
from tracker.enums import InstitutionKind, Level
from tracker.rules import Duty, Form, Measure, valuation_of
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
    TookDuty,
    Valuation,
    Who,
)
from tracker.rules.plain import amount as plain_amount
from tracker.wording.quantities import asked, either, form_names, listed, quantity, title


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
    return asked(part.measure, part.at_least, part.forms, part.course)


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
        ) % {"years": rule.years, "since": day_in_words(rule.since)}
    if isinstance(rule, Rolling):
        return ngettext(
            "the last %(months)s month, on every day",
            "the last %(months)s months, on every day",
            rule.months,
        ) % {"months": rule.months}
    said = _since_event(rule)
    if rule.since is None:
        return said
    return _("%(period)s, for what began on %(day)s or later") % {
        "period": said,
        "day": day_in_words(rule.since),
    }


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
        found += _lengths(rule)
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


def _lengths(rule: Valuation) -> list[str]:
    """What minutes of study are worth."""
    forms = listed(form_names(rule.forms))
    if not rule.tiers:
        return [
            _("%(form)s: %(minutes)s minutes are one credit hour")
            % {"form": forms, "minutes": rule.minutes_per_hour}
        ]
    return [
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


def valued_by(instrument: str, duty: Duty, form: Form) -> str:
    """By which rule a length was turned into hours: the instrument, the duty, what it says."""
    rule = valuation_of(duty, form)
    lengths = listed(_lengths(rule)) if rule else ""
    return _("%(instrument)s, %(duty)s (%(lengths)s)") % {
        "instrument": instrument,
        "duty": title(duty.title),
        "lengths": lengths,
    }
