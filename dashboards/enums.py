"""The choices of jobs, statements and seat plans."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class JobKind(TextChoices):
    """What a job makes."""

    PEOPLE = "people", _("List of people")
    PEOPLE_AS_OF = "people_as_of", _("List of people as of another day")
    OVERVIEW = "overview", _("Figures of a unit")
    STATEMENT = "statement", _("Statement")
    DRAW = "draw", _("Drawing up a statement")
    CHECK = "check", _("Checking a statement against the ledger")
    PLAN = "plan", _("Seat plan")
    AS_OF = "as_of", _("Figures as of another day")
    EFFECT = "effect", _("Effect of a rule pack")
    CLAIMS = "claims", _("Claims of hours")
    QUALITY = "quality", _("Findings of the data-quality desk")
    INSTITUTIONS = "institutions", _("Institutions")
    RESULTS = "results", _("Exam results by unit")
    PERSON_RESULTS = "person_results", _("Exam results of persons")
    QUESTIONS = "questions", _("Questions of the bank")
    PAPER = "paper", _("Paper")
    SHEETS = "sheets", _("Answer sheets")


class JobForm(TextChoices):
    """What a job leaves behind; a deed leaves no file."""

    XLSX = "xlsx", _("spreadsheet")
    PDF = "pdf", pgettext_lazy("form", "PDF")
    FILE = "file", pgettext_lazy("form", "file")
    DEED = "deed", _("no file")


class JobState(TextChoices):
    """Where a job stands. From done, failed and cancelled nothing leads back to work."""

    WAITING = "waiting", pgettext_lazy("job", "Waiting")
    WORKING = "working", pgettext_lazy("job", "In work")
    DONE = "done", pgettext_lazy("job", "Done")
    FAILED = "failed", pgettext_lazy("job", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("job", "Cancelled")
    EXPIRED = "expired", pgettext_lazy("job", "Expired")


LIVE = (JobState.WAITING, JobState.WORKING)


class StatementKind(TextChoices):
    """Which period a statement closes."""

    HALF_YEAR = "half_year", _("Half-year statement")
    YEAR_END = "year_end", _("Year-end statement")
    SPECIAL = "special", _("Statement on a day")


class StatementState(TextChoices):
    """Where a statement stands; it only moves forward."""

    DRAWING = "drawing", _("Being drawn up")
    DRAWN = "drawn", _("Waits for approval")
    SEALED = "sealed", _("Approved and sealed")
    WITHDRAWN = "withdrawn", pgettext_lazy("statement", "Withdrawn")


class LeagueMetric(TextChoices):
    """The one figure by which units are put in order."""

    MET = "met", _("Rate met: met of the obliged")
    NOT_OVERDUE = "not_overdue", _("Rate not overdue: not overdue of the obliged")


class LeagueState(TextChoices):
    """Where a ranking stands; only one that is on is seen."""

    ASKED = "asked", pgettext_lazy("ranking", "Waits for approval")
    ON = "on", pgettext_lazy("ranking", "Switched on")
    REFUSED = "refused", pgettext_lazy("ranking", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("ranking", "Withdrawn")
    OFF = "off", pgettext_lazy("ranking", "Switched off")
