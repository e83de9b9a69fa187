"""The examination rooms' tables: bank, papers and sittings, attempts."""

from exams.models.attempts import Answer, Attempt, AttemptEvent, attempt_id
from exams.models.bank import (
    PERSON,
    BankImport,
    Category,
    Question,
    QuestionCite,
    QuestionReview,
    QuestionVersion,
    WeakItem,
)
from exams.models.contests import Contest, Finalist, JuryScore
from exams.models.marking import NEW_RESULT, Appeal, KeyCorrection, Mark, ScoreChange
from exams.models.papers import Blueprint, BlueprintRow, Exam, ExamSeries, Paper, PaperItem
from exams.models.practice import Redo

__all__ = [
    "NEW_RESULT",
    "PERSON",
    "Answer",
    "Appeal",
    "Attempt",
    "AttemptEvent",
    "BankImport",
    "Blueprint",
    "BlueprintRow",
    "Category",
    "Contest",
    "Exam",
    "ExamSeries",
    "Finalist",
    "JuryScore",
    "KeyCorrection",
    "Mark",
    "Paper",
    "PaperItem",
    "Question",
    "QuestionCite",
    "QuestionReview",
    "QuestionVersion",
    "Redo",
    "ScoreChange",
    "WeakItem",
    "attempt_id",
]
