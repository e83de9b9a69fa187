"""The choices of the ledger, as people read them. Values are those of ``tracker.rules``."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Bucket(TextChoices):
    """How something was studied."""

    OFF_THE_JOB = "off_the_job", _("off-the-job training")
    CONCENTRATED = "concentrated", _("concentrated training")
    ONLINE = "online", _("online study")
    SELF_STUDY = "self_study", _("self-study on the job")
    STUDY_GROUP = "study_group", _("study group")
    OVERSEAS = "overseas", _("training abroad")
    LECTURING = "lecturing", _("lecturing")


class ConfirmerKind(TextChoices):
    """Who vouches for an entry."""

    INSTITUTION = "institution", _("training institution")
    UNIT = "unit", _("the person's unit")
    ORGANISER = "organiser", _("organiser")
    PLATFORM = "platform", _("this platform")


# The name other rooms use.
Confirmer = ConfirmerKind


class StandingState(TextChoices):
    """Where somebody stands against a requirement."""

    MET = "met", _("met")
    ON_COURSE = "on_course", _("on course")
    SHORT = "short", _("short")
    OVERDUE = "overdue", _("overdue")
    EXEMPT = "exempt", _("exempt")
    NOT_APPLICABLE = "not_applicable", _("not applicable")


class InstitutionKind(TextChoices):
    """What a training institution is."""

    PARTY_SCHOOL = "party_school", _("party school")
    SCHOOL_OF_ADMINISTRATION = "school_of_administration", _("school of administration")
    CADRE_ACADEMY = "cadre_academy", _("cadre academy")
    UNIVERSITY = "university", _("university")
    ONLINE_PLATFORM = "online_platform", _("online platform")
    DEPARTMENT = "department", _("department")
    OTHER = "other", _("other institution")


class Level(TextChoices):
    """The level of the department that recognised an institution, ascending."""

    UNIT = "unit", _("unit level")
    DISTRICT = "district", _("district level")
    CITY = "city", _("city level")
    PROVINCE = "province", _("provincial level")
    CENTRAL = "central", _("central level")


class PackStatus(TextChoices):
    """Only an approved pack is evaluated."""

    DRAFT = "draft", pgettext_lazy("rule pack", "draft")
    APPROVED = "approved", pgettext_lazy("rule pack", "approved")


class CareerEventKind(TextChoices):
    """Approved dated facts that change what somebody owes."""

    EXEMPTION = "exemption", _("exemption")
    EXTENSION = "extension", _("extension")
    LEAVE = "leave", _("leave of absence")
    POSTED_AWAY = "posted_away", _("posted away")


class RemarkState(TextChoices):
    """A contested line of the ledger: asked, then answered; both are kept."""

    OPEN = "open", _("waiting for an answer")
    ANSWERED = "answered", _("answered by the department")


class ImportState(TextChoices):
    """A file of hours: read and checked, posted, or taken back as a whole."""

    CHECKED = "checked", pgettext_lazy("import", "checked, not posted")
    POSTED = "posted", pgettext_lazy("import", "posted")
    UNDONE = "undone", pgettext_lazy("import", "taken back")


class ClaimState(TextChoices):
    """Hours somebody claims: with the confirmer, back with its author, or decided for good."""

    SENT = "sent", pgettext_lazy("claim", "waits for confirmation")
    RETURNED = "returned", pgettext_lazy("claim", "returned")
    CONFIRMED = "confirmed", pgettext_lazy("claim", "confirmed")
    WITHDRAWN = "withdrawn", pgettext_lazy("claim", "withdrawn")


class ChangeKind(TextChoices):
    """What may be asked about a career: an approved one becomes a post or a career event."""

    APPOINTMENT = "appointment", _("appointment")
    TRANSFER = "transfer", _("transfer")
    LEAVE = "leave", _("leave of absence")
    EXEMPTION = "exemption", _("exemption")
    EXTENSION = "extension", _("extension")
    POSTED_AWAY = "posted_away", _("posted away")


class ChangeState(TextChoices):
    """A change asked for: waiting, or decided once."""

    ASKED = "asked", pgettext_lazy("change", "waits for approval")
    APPROVED = "approved", pgettext_lazy("change", "approved")
    REFUSED = "refused", pgettext_lazy("change", "refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("change", "withdrawn")
