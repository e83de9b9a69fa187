"""The words of the law engine: forms, measures, states, reasons, and the ladders of rank and grade.

Values are what is stored and written in packs; people read translations made above this package.
"""

from enum import StrEnum


class Form(StrEnum):
    """How something was studied: the buckets of the ledger."""

    OFF_THE_JOB = "off_the_job"
    CONCENTRATED = "concentrated"
    ONLINE = "online"
    SELF_STUDY = "self_study"
    STUDY_GROUP = "study_group"
    OVERSEAS = "overseas"
    LECTURING = "lecturing"


class Measure(StrEnum):
    """What a requirement adds up; each in its own unit, never turned into another silently."""

    TRAINING_DAYS = "training_days"
    HOURS = "hours"
    CREDITS = "credits"
    EVENTS = "events"
    PASSED = "passed"


class Confirmer(StrEnum):
    """Who vouches for a row."""

    INSTITUTION = "institution"
    UNIT = "unit"
    ORGANISER = "organiser"
    PLATFORM = "platform"


class State(StrEnum):
    """Where somebody stands against one requirement."""

    MET = "met"
    ON_COURSE = "on_course"
    SHORT = "short"
    OVERDUE = "overdue"
    EXEMPT = "exempt"
    NOT_APPLICABLE = "not_applicable"


class Reason(StrEnum):
    """Why a row does not count."""

    REVERSED = "reversed"
    NOT_YET = "not_yet"
    BEFORE_WINDOW = "before_window"
    AFTER_WINDOW = "after_window"
    BEFORE_APPOINTMENT = "before_appointment"
    MADE_UP = "made_up"
    POSTED_LATE = "posted_late"
    FORM_NOT_COUNTED = "form_not_counted"
    ONLINE_NOT_COUNTED = "online_not_counted"
    INSTITUTION_MISSING = "institution_missing"
    INSTITUTION_NOT_RECOGNISED = "institution_not_recognised"
    WRONG_CONFIRMER = "wrong_confirmer"
    LEAVE_TOO_LONG = "leave_too_long"
    NOTHING_MEASURED = "nothing_measured"


class Because(StrEnum):
    """Why a requirement is not applicable, or is waived."""

    WHO = "who"
    PLAN_NOT_BEGUN = "plan_not_begun"
    PLAN_OVER = "plan_over"
    NO_EVENT = "no_event"
    ALREADY_MET = "already_met"
    EXEMPTED = "exempted"
    NOTHING_LEFT = "nothing_left"
    OUT_OF_FORCE = "out_of_force"


class EventKind(StrEnum):
    """Approved dated facts that change what somebody owes."""

    EXEMPTION = "exemption"
    EXTENSION = "extension"
    LEAVE = "leave"
    POSTED_AWAY = "posted_away"


class Subject(StrEnum):
    """Whose rows are added up."""

    LEARNER = "learner"
    LECTURER = "lecturer"
    ORGANISATION = "organisation"


# Who confirms which form (DOMAIN, decision 9): classes their institution or organiser, self-study
# and study groups the unit, study abroad its organiser or the unit, online study the platform.
# A pack may say otherwise with ``confirmed_by``. The first is assumed where a case names none.
CONFIRMERS: dict[Form, tuple[Confirmer, ...]] = {
    Form.OFF_THE_JOB: (Confirmer.INSTITUTION, Confirmer.ORGANISER),
    Form.CONCENTRATED: (Confirmer.INSTITUTION, Confirmer.ORGANISER),
    Form.ONLINE: (Confirmer.PLATFORM,),
    Form.SELF_STUDY: (Confirmer.UNIT,),
    Form.STUDY_GROUP: (Confirmer.UNIT, Confirmer.ORGANISER),
    Form.OVERSEAS: (Confirmer.ORGANISER, Confirmer.UNIT),
    Form.LECTURING: (Confirmer.UNIT, Confirmer.ORGANISER, Confirmer.INSTITUTION),
}

# Leadership ranks and civil-service grades, ascending. The numbers are those of the personnel
# records (a test holds them equal); packs and cases write the Chinese name or the code.
RANKS: dict[str, int] = {
    "other": 0,
    "其他": 0,
    "section_staff": 10,
    "一级主任科员及以下": 10,
    "township_deputy": 20,
    "乡科级副职": 20,
    "township_head": 30,
    "乡科级正职": 30,
    "county_deputy": 40,
    "县处级副职": 40,
    "county_head": 50,
    "县处级正职": 50,
    "bureau_deputy": 60,
    "厅局级副职": 60,
    "bureau_head": 70,
    "厅局级正职": 70,
    "provincial": 80,
    "省部级": 80,
}

GRADES: dict[str, int] = {
    "none": 0,
    "无": 0,
    "section_2": 10,
    "二级科员": 10,
    "section_1": 15,
    "一级科员": 15,
    "chief_staff_4": 20,
    "四级主任科员": 20,
    "chief_staff_3": 25,
    "三级主任科员": 25,
    "chief_staff_2": 30,
    "二级主任科员": 30,
    "chief_staff_1": 40,
    "一级主任科员": 40,
    "researcher_4": 50,
    "四级调研员": 50,
    "researcher_3": 60,
    "三级调研员": 60,
    "researcher_2": 70,
    "二级调研员": 70,
    "researcher_1": 80,
    "一级调研员": 80,
    "inspector_2": 90,
    "二级巡视员": 90,
    "inspector_1": 100,
    "一级巡视员": 100,
}

# Who recognises an institution, ascending: "at district" means by a district or somebody above it.
LEVELS: dict[str, int] = {"unit": 10, "district": 20, "city": 30, "province": 40, "central": 50}

SCHOOL_KINDS = ("party_school", "school_of_administration", "cadre_academy")
INSTITUTION_KINDS = (*SCHOOL_KINDS, "university", "online_platform", "department", "other")
STAGES = ("applicant", "activist", "development_target", "probationary_member", "full_member")
PARTY_DUTIES = (
    "branch_secretary",
    "branch_committee",
    "committee_secretary",
    "party_group_secretary",
    "party_worker",
)
AUTHORITIES = ("city", "district", "unit")

# What an upper pack may leave to a local one.
OPEN_TO_LOCAL = (
    "amounts",
    "window",
    "counts",
    "institutions",
    "carry_over",
    "who",
    "pace",
    "reduce",
)
