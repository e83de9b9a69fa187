"""The choices of training classes, as people read them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CallKind(TextChoices):
    """How people come to a class."""

    QUOTA = "quota", _("call-up by seats: the units name who comes")
    NAMED = "named", _("named call-up: the department names who comes")
    OPEN = "open", _("open: people choose it themselves")


class PlaceState(TextChoices):
    """Where a person's place in a class stands before the class."""

    CALLED = "called", _("called up, not answered")
    COMING = "coming", pgettext_lazy("place in a class", "coming")
    EXCUSE_ASKED = "excuse_asked", _("excuse asked")
    EXCUSED = "excused", _("excused")
    REPLACED = "replaced", _("replaced by somebody else")
    WITHDRAWN = "withdrawn", pgettext_lazy("place in a class", "withdrawn")


# Who is expected when the class begins.
EXPECTED = (PlaceState.CALLED, PlaceState.COMING, PlaceState.EXCUSE_ASKED)


class Result(TextChoices):
    """What came of a place; the values are those of ``classes.rules.Outcome``."""

    PASSED = "passed", pgettext_lazy("class result", "passed")
    FAILED = "failed", pgettext_lazy("class result", "not passed")
    TOO_MUCH_MISSED = "too_much_missed", _("missed more than one seventh")
    NO_SHOW = "no_show", _("did not come")


class ExcuseState(TextChoices):
    """An excuse is asked, then answered by the authority that called; late ones are only noted."""

    OPEN = "open", pgettext_lazy("excuse", "waiting for an answer")
    GRANTED = "granted", pgettext_lazy("excuse", "granted")
    REFUSED = "refused", pgettext_lazy("excuse", "refused")
    LATE = "late", _("asked too late")


class PresenceKind(TextChoices):
    """Whether somebody was at a session."""

    PRESENT = "present", pgettext_lazy("attendance", "present")
    LEAVE = "leave", _("on leave")
    ABSENT = "absent", pgettext_lazy("attendance", "absent")


class PresenceWay(TextChoices):
    """How it is known."""

    CODE = "code", _("signed in by code")
    SHEET = "sheet", _("from a sheet")
    HAND = "hand", _("entered by the institution")


class SessionKind(TextChoices):
    """What a session is."""

    LECTURE = "lecture", _("class session")
    INTERACTIVE = "interactive", _("interactive lecture")


class MakeupState(TextChoices):
    """A make-up task, until somebody has done it."""

    OPEN = "open", _("make-up open")
    DONE = "done", _("make-up done")
    WAIVED = "waived", _("make-up waived")


class Criterion(TextChoices):
    """What learners judge a class by, one to five."""

    CONTENT = "content", _("The content fits my work")
    TEACHING = "teaching", _("The teaching is clear")
    ORGANISATION = "organisation", _("The class was well organised")
    FACILITIES = "facilities", _("Rooms and materials were in order")
    USE = "use", _("I can use what I learned")


class InstitutionCriterion(TextChoices):
    """What a department judges a training institution by every year."""

    GUIDELINE = "guideline", _("guideline of the school")
    QUALITY = "quality", _("quality of training")
    FACULTY = "faculty", _("teachers")
    ORGANISATION = "organisation", _("organisation and management")
    INFRASTRUCTURE = "infrastructure", _("premises and equipment")
    FUNDING = "funding", _("funding")
