"""The choices of courses and enrolment."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ItemKind(TextChoices):
    """What an item of a course is, which decides how it is studied and what proves it."""

    READING = "reading", _("reading")
    MEDIA = "media", _("lecture")
    PACKAGE = "package", _("interactive package")
    EXAM = "exam", _("exam")
    CHECK = "check", _("self-check")
    CLASS = "class", _("training class")


# Whose proof is study time; the others are proven by what somebody else confirms, or by answers.
TIMED = (ItemKind.READING, ItemKind.MEDIA, ItemKind.PACKAGE)


class PackageStatus(TextChoices):
    """How far a part of a package says its learner is."""

    INCOMPLETE = "incomplete", pgettext_lazy("package", "begun")
    COMPLETED = "completed", pgettext_lazy("package", "completed")
    PASSED = "passed", pgettext_lazy("package", "passed")
    FAILED = "failed", pgettext_lazy("package", "not passed")


class Way(TextChoices):
    """How a person came to a course."""

    ASSIGNED = "assigned", _("assigned")
    SELF = "self", _("self-selected")
    CLASS = "class", _("by class")


class ReleaseReason(TextChoices):
    """Why a study lease ended."""

    OTHER_PLACE = "other_place", _("studying went on in another window or on another device")
    NEXT_ITEM = "next_item", _("another item was opened")
    LEFT = "left", _("the page was closed")
