"""Writes of courses and study: one verb each, safe to race and to repeat, told the time."""

from courses.operations.completion import (
    NotProven,
    Swept,
    complete_course,
    complete_item,
    exam_passed,
    post_completion,
    sweep,
)
from courses.operations.editions import freeze_edition
from courses.operations.enrolment import CourseNotOffered, PrerequisiteMissing, enrol
from courses.operations.study import (
    Lease,
    NotStudied,
    TickOutcome,
    record_ticks,
    release_lease,
    take_lease,
)

__all__ = [
    "CourseNotOffered",
    "Lease",
    "NotProven",
    "NotStudied",
    "PrerequisiteMissing",
    "Swept",
    "TickOutcome",
    "complete_course",
    "complete_item",
    "enrol",
    "exam_passed",
    "freeze_edition",
    "post_completion",
    "record_ticks",
    "release_lease",
    "sweep",
    "take_lease",
]
