"""Sentences of training classes that depend on what happened."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from classes import operations, rules
from classes.enums import CallKind, Result
from classes.models import Place, TrainingClass
from classes.queries import Attendance
from people.dates import day_in_words

NOTHING_TO_CALL = {
    "plan": gettext_lazy("The plan must be approved before anybody is called up."),
    "called": gettext_lazy("This was done before; nothing was changed."),
    "over": gettext_lazy("The class has begun."),
    "seats": gettext_lazy("Give seats to at least one unit first."),
    "persons": gettext_lazy("Name at least one person first."),
}

CHECKLIST = {
    "roster": gettext_lazy("Everybody on the roster is answered for"),
    "timetable": gettext_lazy("The sessions add up to the hours of the class"),
    "attendance": gettext_lazy("Attendance is kept for everybody at every session"),
    "records": gettext_lazy("Interactive lectures are written up"),
    "over": gettext_lazy("The last session is over"),
}


def refusal(error: Exception) -> str:
    """Why an operation refused, and what to do."""
    if isinstance(error, operations.NothingToCall):
        return str(NOTHING_TO_CALL[error.code])
    if isinstance(error, operations.EvidenceMissing):
        names = _("; ").join(str(CHECKLIST[code]) for code in error.codes)
        return _("Not yet: %(missing)s.") % {"missing": names}
    if isinstance(error, operations.MoreThanTheSeats):
        return _(
            "%(given)s seats would be given out, and the class has %(seats)s; nothing was saved."
        ) % {"given": error.given, "seats": error.seats}
    if isinstance(error, operations.FewerThanNamed):
        return _("%(unit)s has named %(named)s persons already; nothing was saved.") % {
            "unit": error.unit.name,
            "named": error.named,
        }
    if isinstance(error, operations.JoiningIsOver):
        return _("A seat could be taken until %(day)s.") % {"day": day_in_words(error.last_day)}
    texts = {
        operations.NobodyChosen: _("Please choose somebody first."),
        operations.AlreadyAnswered: _("This was answered meanwhile; nothing was changed."),
        operations.ClassHasBegun: _("This is possible only before the class begins."),
        operations.NoSeatLeft: _("There are not so many seats left; nobody was added."),
        operations.NoLongerChangeable: _(
            "People rely on this by now; it can no longer be changed. Nothing was saved."
        ),
        operations.SessionsOnOtherDays: _(
            "The timetable has sessions on days that would not belong to the class. Please take them out first."
        ),
        operations.NotExpected: _("This person is not expected at the class any more."),
        operations.MayNotApprove: _("Somebody else has to approve what you wrote."),
        operations.PlanIsApproved: _("This plan is approved already."),
        operations.PlanExists: _("The unit has a plan for this year already."),
        operations.NotConfirmed: _("The institution has to confirm the results first."),
        operations.ReasonMissing: _("Please say why."),
        operations.NotSignInTime: _(
            "Signing in is possible from half an hour before the session until it ends."
        ),
        operations.CodeOutOfDate: _(
            "These are not the digits shown at the door now. They change; please enter those shown at this moment."
        ),
        operations.OtherPersonsBrowser: _(
            "Somebody else has signed in with this browser. Please use your own device, or tell the institution."
        ),
        operations.TooManyWrongCodes: _(
            "Too many wrong codes. The institution can record you by hand."
        ),
        operations.NotOnRoster: _("You are not on the roster of this class."),
        operations.MayNotJudge: _("You have answered already, or the class is not open for it."),
    }
    return texts[type(error)]


def state_of(of: TrainingClass, today: Any) -> str:
    """One word on where a class stands."""
    if of.cancelled_at:
        return _("cancelled")
    if of.posted_at:
        return _("credited")
    if of.confirmed_at:
        return _("results confirmed")
    if not of.called_at:
        return _("planned")
    if today < of.starts_on:
        return _("announced") if of.call == CallKind.OPEN else _("called up")
    return _("in session") if today < of.ends_on else _("over, results open")


def place_sentence(place: Place, *, called: bool = True) -> str:
    """What a person's place comes to, in one phrase.

    Of a class not ``called`` nobody knows yet, and of a cancelled one there is nothing else to say.
    """
    if place.training_class.cancelled_at is not None:
        return _("cancelled")
    if not called:
        return _("named, not called yet")
    return str(place.get_result_display() if place.result else place.get_state_display())


def outside_the_year(year: int, starts_on: date, ends_on: date) -> list[str]:
    """A warning when days do not lie in the year of the plan; ``ends_on`` is the first day after."""
    last = ends_on - timedelta(days=1)
    if starts_on.year == year == last.year:
        return []
    return [
        _("The class is from %(first)s to %(last)s, and its plan is that of %(year)s.")
        % {"first": day_in_words(starts_on), "last": day_in_words(last), "year": year}
    ]


def clash(place: Place) -> str:
    """That somebody is called to another class on some of these days."""
    of = place.training_class
    said = {"name": place.person.name, "number": place.person.staff_number, "title": of.title}
    days = {"first": day_in_words(of.starts_on), "last": day_in_words(of.last_day)}
    text = _("%(name)s (%(number)s) is called to “%(title)s” from %(first)s to %(last)s.")
    return text % (said | days)


def outcomes(kept: Iterable[Attendance], hours: Decimal) -> list[tuple[str, int]]:
    """What confirming would come to: each result that occurs, and of how many persons."""
    found = Counter(
        each.place.result or rules.outcome(each.attended, hours, failed=each.place.judged_failed)
        for each in kept
    )
    return [(str(result.label), found[result]) for result in Result if found[result]]


def persons(count: int) -> str:
    """So many persons."""
    return ngettext("%(count)s person", "%(count)s persons", count) % {"count": count}
