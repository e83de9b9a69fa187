"""Questions, papers, exams and attempts for tests, made by the operations themselves where it matters."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory

from exams import operations
from exams.engine.items import record_from_dict
from exams.models import Attempt, Exam, Question
from tests.factories.people import PersonFactory

# A quiet morning on which exams of the tests are open: they open an hour before.
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)

SINGLE = {"type": "single", "options": ["错一", "对的", "错二", "错三"], "key": "B"}


def make_question(
    plain=None, *, author=None, reviewer=None, ready=True, now=NOW, **fields
) -> Question:
    """A question of the bank; approved by a second person unless ``ready=False``."""
    make_question.count += 1
    number = make_question.count
    plain = {
        "code": f"T{number:05d}",
        "category": "党章党规/党章",
        "stem": f"第{number}题的题干",
        "explanation": f"第{number}题的解析",
        **(plain or SINGLE),
        **fields,
    }
    author = author or PersonFactory()
    question = operations.create_question(record_from_dict(plain), author=author, now=now)
    if ready:
        operations.submit_question_for_review(question.pk, by=author, now=now)
        operations.approve_question(question.pk, by=reviewer or PersonFactory(), now=now)
    question.refresh_from_db()
    return question


make_question.count = 0


def make_paper(questions=None, *, count=5, points=Decimal(2), now=NOW):
    """A published paper of these questions, each worth ``points``."""
    questions = questions or [make_question() for _ in range(count)]
    by = PersonFactory()
    lines = [(question.current_id, points) for question in questions]
    paper = operations.compose_paper("六月月考", lines, by=by, now=now)
    operations.publish_paper(paper.pk, by=by, now=now)
    paper.refresh_from_db()
    return paper


def make_exam(paper=None, *, now=NOW, by=None, **options) -> Exam:
    """An exam open from an hour before ``now`` for a day: 60 minutes, 30 seconds of grace."""
    fields = {
        "title": "六月月考",
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(days=1),
        "duration": timedelta(minutes=60),
        "review_when": "at_once",
        **options,
    }
    if "blueprint_id" not in fields:
        fields["paper_id"] = (paper or make_paper(now=now)).pk
    return operations.open_exam(by=by or PersonFactory(), now=now, **fields)


def make_attempt(exam=None, person=None, *, now=NOW) -> Attempt:
    """An attempt that has just been started."""
    return operations.start_attempt(
        (exam or make_exam(now=now)).pk, person or PersonFactory(), now=now
    )


def make_appeal(exam, *, now=NOW):
    """A graded attempt of somebody whose candidate asks to look again."""
    attempt = make_attempt(exam, now=now)
    operations.submit_attempt(attempt.pk, now=now)
    operations.grade_attempt(attempt.pk, now=now)
    return operations.file_appeal(attempt.pk, by=attempt.person, text="请再看一遍", now=now)


def make_correction(exam, *, now=NOW):
    """A proposal that the first question of a fixed paper be given to everybody."""
    version = exam.paper.items.get(number=1).version_id
    draft = operations.drafted_correction(
        exam.pk, version, "granted", replacement_id=None, because="题干有误"
    )
    return operations.propose_correction(draft, by=PersonFactory(), now=now)


class ExamFactory(factory.django.DjangoModelFactory):
    """For other rooms: an exam on a published paper of five questions, open now and for ten years."""

    class Meta:
        model = Exam

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return make_exam(
            **{
                "opens_at": NOW - timedelta(days=3650),
                "closes_at": NOW + timedelta(days=3650),
                **kwargs,
            }
        )
