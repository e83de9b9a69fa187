"""The choices of personnel records. Ranks and grades are ordered: compare their numbers."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrgKind(TextChoices):
    """What a node of the organisation tree is; party bodies have their own place in the same tree."""

    CITY = "city", _("city")
    SYSTEM = "system", _("system or district")
    UNIT = "unit", _("unit")
    OFFICE = "office", _("office")
    PARTY_COMMITTEE = "party_committee", _("party committee")
    GENERAL_BRANCH = "general_branch", _("general party branch")
    BRANCH = "branch", _("party branch")
    INSTITUTION = "institution", _("training institution")


class Rank(IntegerChoices):
    """Leadership rank (领导职务层次), ascending."""

    OTHER = 0, _("other")
    SECTION_STAFF = 10, _("chief staff and below")
    TOWNSHIP_DEPUTY = 20, _("deputy township head level")
    TOWNSHIP_HEAD = 30, _("township head level")
    COUNTY_DEPUTY = 40, _("deputy county head level")
    COUNTY_HEAD = 50, _("county head level")
    BUREAU_DEPUTY = 60, _("deputy bureau director level")
    BUREAU_HEAD = 70, _("bureau director level")
    PROVINCIAL = 80, _("provincial and ministerial level")


class Grade(IntegerChoices):
    """Civil-service grade (职级), ascending. Independent of rank: one may hold both."""

    NONE = 0, _("none")
    SECTION_2 = 10, _("section member II")
    SECTION_1 = 15, _("section member I")
    CHIEF_STAFF_4 = 20, _("chief staff IV")
    CHIEF_STAFF_3 = 25, _("chief staff III")
    CHIEF_STAFF_2 = 30, _("chief staff II")
    CHIEF_STAFF_1 = 40, _("chief staff I")
    RESEARCHER_4 = 50, _("researcher IV")
    RESEARCHER_3 = 60, _("researcher III")
    RESEARCHER_2 = 70, _("researcher II")
    RESEARCHER_1 = 80, _("researcher I")
    INSPECTOR_2 = 90, _("inspector II")
    INSPECTOR_1 = 100, _("inspector I")


class Authority(TextChoices):
    """Who manages the post (干部管理权限)."""

    CITY = "city", _("managed by the city")
    DISTRICT = "district", _("managed by the district")
    UNIT = "unit", _("managed by the unit")


class DutyKind(TextChoices):
    """An office held inside the party (党内职务)."""

    BRANCH_SECRETARY = "branch_secretary", _("branch secretary")
    BRANCH_COMMITTEE = "branch_committee", _("branch committee member")
    COMMITTEE_SECRETARY = "committee_secretary", _("party committee secretary")
    PARTY_GROUP_SECRETARY = "party_group_secretary", _("party group secretary")
    PARTY_WORKER = "party_worker", _("party affairs worker")


class Stage(TextChoices):
    """Stage of membership, in the order in which people pass through it."""

    APPLICANT = "applicant", _("applicant")
    ACTIVIST = "activist", _("activist")
    DEVELOPMENT_TARGET = "development_target", _("development target")
    PROBATIONARY_MEMBER = "probationary_member", _("probationary member")
    FULL_MEMBER = "full_member", _("full member")


class Role(TextChoices):
    """What somebody may do on the platform for a part of the tree. Everybody is a learner besides."""

    LIAISON = "liaison", _("liaison")
    TRAINING_ADMIN = "training_admin", _("training administrator")
    EDITOR = "editor", _("editor")
    CONTENT_REVIEWER = "content_reviewer", _("content reviewer")
    QUESTION_SETTER = "question_setter", _("question setter")
    QUESTION_REVIEWER = "question_reviewer", _("question reviewer")
    MARKER = "marker", _("marker")
    INSTITUTION_STAFF = "institution_staff", _("institution staff")
    AUDITOR = "auditor", _("auditor")
    SYSTEM_ADMIN = "system_admin", _("system administrator")


class SameState(TextChoices):
    """Where the proposal stands that two records are one person; merged until it is undone."""

    ASKED = "asked", pgettext_lazy("same person", "waits for a decision")
    REFUSED = "refused", pgettext_lazy("same person", "refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("same person", "withdrawn")
    MERGED = "merged", pgettext_lazy("same person", "merged")
    UNDO_ASKED = (
        "undo_asked",
        pgettext_lazy("same person", "merged, undoing it waits for a decision"),
    )
    UNDONE = "undone", pgettext_lazy("same person", "undone")


class RosterList(TextChoices):
    """What a list is of that was sent to become part of the roster."""

    UNITS = "units", _("list of units")
    PERSONS = "persons", _("list of persons")


class RosterState(TextChoices):
    """A list is looked at before it is carried out."""

    CHECKED = "checked", pgettext_lazy("list of the roster", "read, nothing changed yet")
    DONE = "done", pgettext_lazy("list of the roster", "carried out")


# These may see the records of people in their part of the tree. The system administrator may not.
ROLES_THAT_SEE_PEOPLE = (Role.LIAISON, Role.TRAINING_ADMIN, Role.AUDITOR)
# These put people and units on the roster of their part of the tree.
ROLES_THAT_KEEP_THE_ROSTER = (Role.TRAINING_ADMIN, Role.SYSTEM_ADMIN)
