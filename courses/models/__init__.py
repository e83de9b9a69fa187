"""Courses as editors write them, editions as learners take them, and what was proven of each."""

from courses.models.assignments import Assignment
from courses.models.catalogue import (
    RESERVED_SLUGS,
    CatalogPage,
    CourseItem,
    CoursePage,
    TwoPersonPermissions,
)
from courses.models.editions import CourseEdition, EditionItem, Enrolment
from courses.models.remarks import SittingRemark
from courses.models.study import CheckedQuestion, ItemProgress, PackageReport, StudyLease

__all__ = [
    "RESERVED_SLUGS",
    "Assignment",
    "CatalogPage",
    "CheckedQuestion",
    "CourseEdition",
    "CourseItem",
    "CoursePage",
    "EditionItem",
    "Enrolment",
    "ItemProgress",
    "PackageReport",
    "SittingRemark",
    "StudyLease",
    "TwoPersonPermissions",
]
