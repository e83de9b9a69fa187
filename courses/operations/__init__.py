"""Writes of courses and study: one verb each, safe to race and to repeat, told the time."""

from courses.operations.assignments import (
    NotYours,
    ReasonMissing,
    assign,
    catch_up,
    end_assignment,
    move_to_current_edition,
    remind,
)
from courses.operations.checks import keep_answer
from courses.operations.completion import (
    NotProven,
    class_credited,
    complete_course,
    complete_item,
    exam_not_passed,
    exam_passed,
    post_completion,
)
from courses.operations.editions import freeze_edition, items_to_freeze, package_published
from courses.operations.enrolment import CourseNotOffered, PrerequisiteMissing, enrol
from courses.operations.packages import (
    STATE_TO,
    LeaseLost,
    StateTooLarge,
    Told,
    keep_report,
)
from courses.operations.remarks import (
    AnsweredBefore,
    RemarkPending,
    answer_sitting,
    contest_sitting,
)
from courses.operations.study import (
    Lease,
    NotStudied,
    TickOutcome,
    record_ticks,
    release_lease,
    take_lease,
)
from courses.operations.sweeping import Swept, sweep

__all__ = [
    "STATE_TO",
    "AnsweredBefore",
    "CourseNotOffered",
    "Lease",
    "LeaseLost",
    "NotProven",
    "NotStudied",
    "NotYours",
    "PrerequisiteMissing",
    "ReasonMissing",
    "RemarkPending",
    "StateTooLarge",
    "Swept",
    "TickOutcome",
    "Told",
    "answer_sitting",
    "assign",
    "catch_up",
    "class_credited",
    "complete_course",
    "complete_item",
    "contest_sitting",
    "end_assignment",
    "enrol",
    "exam_not_passed",
    "exam_passed",
    "freeze_edition",
    "items_to_freeze",
    "keep_answer",
    "keep_report",
    "move_to_current_edition",
    "package_published",
    "post_completion",
    "record_ticks",
    "release_lease",
    "remind",
    "sweep",
    "take_lease",
]
