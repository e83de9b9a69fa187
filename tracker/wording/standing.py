"""Where somebody stands, and why: a verdict, the period, the notes, the reasons for each line left out."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.dates import day_in_words
from tracker.enums import Bucket, CareerEventKind, ConfirmerKind
from tracker.rules import Assessment, Because, Form, Progress, Reason, State
from tracker.rules.assess import Refused
from tracker.rules.plain import amount as plain_amount
from tracker.rules.vocabulary import CONFIRMERS, EventKind
from tracker.rules.windows import ONE_DAY
from tracker.wording.quantities import (
    either,
    gap,
    in_a_row,
    quantity,
    title,
    way_done,
    way_label,
)

# Most pressing first: the order in which requirements are read.
PRESSING = [
    State.OVERDUE,
    State.SHORT,
    State.ON_COURSE,
    State.MET,
    State.EXEMPT,
    State.NOT_APPLICABLE,
]


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
    words["due"] = day_in_words(assessment.due_on)
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
        exempt = sum(each.state is State.EXEMPT for each in assessments)
        if exempt == number:
            return ngettext(
                "The %(number)s requirement that applies is exempt.",
                "All %(number)s requirements that apply are exempt.",
                number,
            ) % {"number": number}
        if exempt:
            return _("Of the requirements that apply %(met)s are fulfilled, %(exempt)s exempt.") % {
                "met": number - exempt,
                "exempt": exempt,
            }
        return ngettext(
            "The %(number)s requirement that applies is fulfilled.",
            "All %(number)s requirements that apply are fulfilled.",
            number,
        ) % {"number": number}
    if first.due_on is None:
        return _("%(title)s: %(gap)s still missing.") % words
    words["due"] = day_in_words(first.due_on)
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
        Because.PLAN_OVER: _("Does not apply: the plan was over before the post was taken up."),
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
        % {"title": refused.row.title, "reasons": in_a_row(reasons(refused, assessment))}
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
        return _("Period: since %(since)s, open.") % {"since": day_in_words(window.since)}
    last = date.fromordinal(window.until.toordinal() - 1)
    return _("Period: %(since)s to %(last)s, both included.") % {
        "since": day_in_words(window.since),
        "last": day_in_words(last),
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
            % {"plan": day_in_words(window.plan_since)}
        )
    if window.posting_until:
        found.append(
            _("Activity of this period may be posted until %(day)s.")
            % {"day": day_in_words(window.posting_until)}
        )
    if assessment.months_owed:
        owed, total = assessment.months_owed
        found.append(
            _("Owed for %(owed)s of %(total)s months, because of exempt months.")
            % {"owed": owed, "total": total}
        )
    for event in assessment.events:
        words = {
            "event": event_name(event.kind),
            "since": day_in_words(event.since),
            "note": event.note,
        }
        if event.due_on is not None:
            words["due"] = day_in_words(event.due_on)
            if window.until == event.due_on + ONE_DAY:
                sentence = _("Approved: extended until %(due)s. %(note)s")
            elif event.since < window.since:
                sentence = _("Approved: the period before is extended until %(due)s. %(note)s")
            else:
                sentence = _(
                    "Approved: an extension until %(due)s, which changes nothing here. %(note)s"
                )
            found.append(sentence % words)
        elif event.until is None:
            found.append(_("Approved: %(event)s from %(since)s. %(note)s").rstrip() % words)
        else:
            words["last"] = day_in_words(date.fromordinal(event.until.toordinal() - 1))
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
        Reason.MADE_UP: _("Made up for the period before, which was extended."),
        Reason.POSTED_LATE: _("Recorded after %(day)s, the last day for posting.")
        % {"day": day_in_words(posting) if posting else ""},
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


def event_name(kind: EventKind) -> str:
    return str(CareerEventKind(kind.value).label)
