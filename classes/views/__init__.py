"""Pages of training classes, by who works with them."""

from classes.views.answering import answer, answers, makeups
from classes.views.changing import add_class, change_class, seats
from classes.views.doors import door, door_code, sign_in
from classes.views.keeping import add_session, held, record, remove_session, session, sheet
from classes.views.members import judge, mine
from classes.views.planning import (
    answer_excuse,
    approve_plan,
    excuses,
    institution,
    institutions,
    name,
    plan,
    plans,
    waive_makeup,
)
from classes.views.shared import deed, detail

__all__ = [
    "add_class",
    "add_session",
    "answer",
    "answer_excuse",
    "answers",
    "approve_plan",
    "change_class",
    "deed",
    "detail",
    "door",
    "door_code",
    "excuses",
    "held",
    "institution",
    "institutions",
    "judge",
    "makeups",
    "mine",
    "name",
    "plan",
    "plans",
    "record",
    "remove_session",
    "seats",
    "session",
    "sheet",
    "sign_in",
    "waive_makeup",
]
