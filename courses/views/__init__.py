"""Pages of courses: studying them, assigning them."""

from courses.views.assigning import (
    assign,
    assigned,
    assignment,
    assignment_deed,
)
from courses.views.items import check
from courses.views.remarks import answer_remark, contest, remarks
from courses.views.studying import begin, catalogue, course, evidence, item, mine

__all__ = [
    "answer_remark",
    "assign",
    "assigned",
    "assignment",
    "assignment_deed",
    "begin",
    "catalogue",
    "check",
    "contest",
    "course",
    "evidence",
    "item",
    "mine",
    "remarks",
]
