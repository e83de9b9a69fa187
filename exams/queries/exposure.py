"""How often questions were drawn lately, so that the same few are not asked again and again."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count

from exams.engine import drawing
from exams.enums import PaperState, QuestionStatus
from exams.models import Paper, PaperItem, Question

LATELY = timedelta(days=180)


def exposures(now: datetime) -> Counter[int]:
    """On how many papers of the last 180 days each question stands; discarded papers do not count."""
    rows = (
        PaperItem.objects.filter(paper__created_at__gt=now - LATELY)
        .exclude(paper__state=PaperState.DISCARDED)
        .values_list("version__question_id")
        .annotate(n=Count("pk"))
    )
    return Counter(dict(rows))


def with_exposures(
    bank: Iterable[drawing.Candidate], counts: Counter[int]
) -> list[drawing.Candidate]:
    """The bank with how often each question was drawn; the draw then prefers the rested ones."""
    return [drawing.with_exposure(candidate, counts[candidate.question]) for candidate in bank]


def questions_shared(papers: Sequence[Paper]) -> int:
    """How many questions stand on more than one of these papers."""
    rows = PaperItem.objects.filter(paper__in=papers).values("version__question_id")
    return rows.annotate(n=Count("pk")).filter(n__gt=1).count()


def knowledge_points() -> list[str]:
    """The knowledge points of questions ready to be drawn, for suggesting them."""
    points = Question.objects.filter(status=QuestionStatus.READY).exclude(
        current__knowledge_point=""
    )
    found = points.order_by("current__knowledge_point").values_list(
        "current__knowledge_point", flat=True
    )
    return list(found.distinct()[:500])
