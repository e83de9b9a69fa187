"""Pages of courses: studying them, assigning them."""

from courses.views.assigning import (
    assign,
    assigned,
    assignment,
    assignment_deed,
)
from courses.views.items import check
from courses.views.studying import begin, catalogue, course, evidence, item, mine

__all__ = [
    "assign",
    "assigned",
    "assignment",
    "assignment_deed",
    "begin",
    "catalogue",
    "check",
    "course",
    "evidence",
    "item",
    "mine",
]
