"""Who may do what in the examination rooms; and the signed pass of an attempt's page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing

from exams.engine.certainty import scheme_of
from exams.enums import QuestionStatus
from exams.models import Attempt, Exam, Question
from people.enums import Role
from people.models import Person
from people.permissions import may_in_unit
from people.queries import has_role
from people.sessions import session_mark

BANK_ROLES = (Role.QUESTION_SETTER, Role.QUESTION_REVIEWER)
EXAM_ROLES = (Role.QUESTION_SETTER, Role.TRAINING_ADMIN)

_SALT = "exams.attempt"
# Late answers must still be recognised, to be refused with a reason and kept.
_USABLE_AFTER_DUE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a page may do: save answers to this attempt, for this person, in this session.

    ``levels`` of certainty may be stated; 0 where none is asked.
    """

    attempt_id: UUID
    person_id: int
    questions: int
    levels: int = 0


class PassRefused(Exception):
    """The pass is forged, worn out, or belongs to another session; ``code`` says which."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def issue_pass(attempt: Attempt, questions: int, session_key: str) -> str:
    """A signed pass for the page of an attempt; worthless without the session's cookie."""
    due = attempt.due_at
    scheme = scheme_of(attempt.exam.certainty_scheme)
    sure = {"c": len(scheme.levels)} if scheme else {}
    return signing.dumps(
        {
            **sure,
            "a": attempt.pk.hex,
            "p": attempt.person_id,
            "n": questions,
            "s": session_mark(session_key),
            "d": int((due + _USABLE_AFTER_DUE).timestamp()) if due else 0,
        },
        salt=_SALT,
    )


def read_pass(token: str, attempt_id: UUID, session_key: str, now: datetime) -> Pass:
    """Check a pass in memory, without the database. Raises PassRefused: forged, session, worn_out."""
    try:
        content = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:  # also what no encoding takes
        raise PassRefused("forged") from error
    if content["a"] != attempt_id.hex:
        raise PassRefused("forged")
    if not session_key or content["s"] != session_mark(session_key):
        raise PassRefused("session")
    if now.timestamp() > content["d"]:
        raise PassRefused("worn_out")
    return Pass(attempt_id, content["p"], content["n"], content.get("c", 0))


def may_edit(person: Person, question: Question) -> bool:
    """The author, and other setters too: a bank is kept in common. Not once it is retired."""
    return question.status != QuestionStatus.RETIRED and has_role(person, Role.QUESTION_SETTER)


def may_withdraw(person: Person, exam: Exam) -> bool:
    """Who announced the exam, and who holds exams for the announcer's unit or above it."""
    by = exam.created_by
    return by == person or (by.unit is not None and may_in_unit(person, by.unit, *EXAM_ROLES))


def may_review(person: Person, question: Question) -> bool:
    """A reviewer who neither wrote the question nor its present wording."""
    wrote = {question.author_id}
    if question.current is not None:
        wrote.add(question.current.created_by_id)
    return (
        question.status == QuestionStatus.IN_REVIEW
        and person.pk not in wrote
        and has_role(person, Role.QUESTION_REVIEWER)
    )
