"""The examination rooms' tables: bank, papers and sittings, attempts."""

from exams.models.attempts import Answer, Attempt, AttemptEvent, attempt_id
from exams.models.bank import (
    PERSON,
    Category,
    Question,
    QuestionCite,
    QuestionReview,
    QuestionVersion,
)
from exams.models.papers import Blueprint, BlueprintRow, Exam, Paper, PaperItem

__all__ = [
    "PERSON",
    "Answer",
    "Attempt",
    "AttemptEvent",
    "Blueprint",
    "BlueprintRow",
    "Category",
    "Exam",
    "Paper",
    "PaperItem",
    "Question",
    "QuestionCite",
    "QuestionReview",
    "QuestionVersion",
    "attempt_id",
]
