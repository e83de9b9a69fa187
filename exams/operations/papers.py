"""Writes of papers and exams: blueprints, drawing, publishing, opening a sitting."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

import notices.operations
from exams import queries
from exams.engine import drawing
from exams.enums import PaperState, QuestionStatus
from exams.models import (
    Blueprint,
    BlueprintRow,
    Exam,
    Paper,
    PaperItem,
    Question,
)
from people.models import Person
from people.operations import audit

TOLD_TOGETHER = 500  # persons who get a notice in one transaction


class NotFeasible(Exception):
    """The bank cannot fill the blueprint; ``report`` tells row by row what is missing, ``what`` for
    which exam of several."""

    def __init__(self, report: Sequence[drawing.RowReport], what: str = "") -> None:
        self.report, self.what = tuple(report), what
        super().__init__(
            "; ".join(f"row {r.row.number}: {r.short} short" for r in report if r.short)
        )


class PaperRefused(Exception):
    """The deed does not fit the paper's state."""


class WithdrawRefused(Exception):
    """The exam stays announced; ``code``: no_reason, begun, built_upon, withdrawn."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def create_blueprint(
    title: str, rows: Sequence[BlueprintRow], *, by: Person, now: datetime
) -> Blueprint:
    """Save a blueprint with its lines, numbered in the order given."""
    with transaction.atomic():
        blueprint = Blueprint.objects.create(title=title, created_by=by, created_at=now)
        for number, row in enumerate(rows, 1):
            row.blueprint, row.number = blueprint, number
        BlueprintRow.objects.bulk_create(rows)
    return blueprint


def draw_paper(
    blueprint_id: int,
    *,
    seed: str,
    by: Person,
    now: datetime,
    on: date,
    title: str = "",
    even: bool = False,
) -> Paper:
    """Draw a draft paper from what is ready on the day; the seed makes it reproducible.

    With ``even``, questions that were drawn seldom lately go first (the seed decides among equals).
    Raises NotFeasible; then nothing is stored.
    """
    (paper,) = draw_parallel(
        blueprint_id, 1, seed=seed, by=by, now=now, on=on, title=title, even=even
    )
    return paper


def draw_parallel(
    blueprint_id: int,
    count: int,
    *,
    seed: str,
    by: Person,
    now: datetime,
    on: date,
    title: str = "",
    even: bool = False,
) -> list[Paper]:
    """Draw ``count`` papers (at most eight) from one blueprint that share as few questions as the
    bank allows. Form A has the seed itself, the others "seed/B" and so on.

    Raises NotFeasible; then nothing is stored.
    """
    blueprint = Blueprint.objects.get(pk=blueprint_id)
    rows, bank = queries.rows_of(blueprint), queries.drawable(on)
    counts = queries.exposures(now) if even else Counter()
    papers = []
    with transaction.atomic():
        for number, letter in enumerate(drawing.FORMS[:count]):
            own_seed = drawing.seed_of_form(seed, letter)
            pool = queries.with_exposures(bank, counts)
            drawn = drawing.draw(rows, pool, own_seed, even=even or number > 0)
            if not drawn.feasible or not drawn.lines:
                raise NotFeasible(drawn.report)
            name = title or blueprint.title
            papers.append(
                store_paper(
                    drawn,
                    blueprint,
                    title=f"{name} {letter}卷" if count > 1 else name,
                    seed=own_seed,
                    by=by,
                    now=now,
                )
            )
            # What stands on one form is the last choice for the next.
            for line in drawn.lines:
                counts[line.candidate.question] += 1000
    return papers


def store_paper(
    drawn: drawing.Draw, blueprint: Blueprint, *, title: str, seed: str, by: Person, now: datetime
) -> Paper:
    """Keep what was drawn as a draft; call it inside a transaction."""
    paper = Paper.objects.create(
        title=title,
        blueprint=blueprint,
        seed=seed,
        points=sum((line.row.points for line in drawn.lines), Decimal(0)),
        created_by=by,
        created_at=now,
    )
    PaperItem.objects.bulk_create(
        PaperItem(paper=paper, number=n, version_id=line.candidate.version, points=line.row.points)
        for n, line in enumerate(drawn.lines, 1)
    )
    audit(by, "exams.paper.draw", f"exams.paper:{paper.pk}", {"seed": seed}, now=now)
    return paper


def compose_paper(
    title: str, lines: Sequence[tuple[int, Decimal]], *, by: Person, now: datetime
) -> Paper:
    """A paper of chosen versions: (version id, points) in order. Only ready questions may enter."""
    ids = [version for version, _ in lines]
    ready = Question.objects.filter(current__in=ids, status=QuestionStatus.READY).count()
    if not ids or ready != len(set(ids)) or len(set(ids)) != len(ids):
        raise PaperRefused("not_ready")
    with transaction.atomic():
        paper = Paper.objects.create(
            title=title,
            seed="",
            points=sum((points for _, points in lines), Decimal(0)),
            created_by=by,
            created_at=now,
        )
        PaperItem.objects.bulk_create(
            PaperItem(paper=paper, number=n, version_id=version, points=points)
            for n, (version, points) in enumerate(lines, 1)
        )
        audit(by, "exams.paper.compose", f"exams.paper:{paper.pk}", now=now)
    return paper


def publish_paper(paper_id: int, *, by: Person, now: datetime) -> None:
    """Freeze a paper for use; from now on the database refuses any change. Twice is once."""
    with transaction.atomic():
        moved = Paper.objects.filter(pk=paper_id, state=PaperState.DRAFT).update(
            state=PaperState.PUBLISHED, published_by=by, published_at=now
        )
        if moved:
            audit(by, "exams.paper.publish", f"exams.paper:{paper_id}", now=now)
        elif not Paper.objects.filter(pk=paper_id, state=PaperState.PUBLISHED).exists():
            raise PaperRefused("not_draft")


def discard_paper(paper_id: int, *, by: Person, now: datetime) -> None:
    """Put a draft aside. Raises PaperRefused once it is published."""
    with transaction.atomic():
        if not Paper.objects.filter(pk=paper_id, state=PaperState.DRAFT).update(
            state=PaperState.DISCARDED
        ):
            raise PaperRefused("not_draft")
        audit(by, "exams.paper.discard", f"exams.paper:{paper_id}", now=now)


def open_exam(
    *,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    duration: timedelta,
    by: Person,
    now: datetime,
    paper_id: int | None = None,
    blueprint_id: int | None = None,
    grace: timedelta = timedelta(seconds=30),
    unit_ids: Sequence[int] = (),
    person_ids: Sequence[int] = (),
    other_form_ids: Sequence[int] = (),
    **options: Any,
) -> Exam:
    """Announce an exam on a published paper, or on a blueprint drawn anew for each candidate.

    ``options`` are further fields of Exam. Raises PaperRefused when the paper is not published.
    """
    papers = {pk for pk in (paper_id, *other_form_ids) if pk is not None}
    published = Paper.objects.filter(pk__in=papers, state=PaperState.PUBLISHED)
    if published.count() != len(papers):
        raise PaperRefused("not_published")
    with transaction.atomic():
        exam = Exam.objects.create(
            title=title,
            paper_id=paper_id,
            blueprint_id=blueprint_id,
            opens_at=opens_at,
            closes_at=closes_at,
            duration=duration,
            grace=grace,
            created_by=by,
            created_at=now,
            **options,
        )
        exam.units.set(unit_ids)
        exam.persons.set(person_ids)
        exam.other_forms.set(other_form_ids)
        audit(by, "exams.exam.open", f"exams.exam:{exam.pk}", {"title": title}, now=now)
    return exam


def withdraw_exam(exam_id: int, *, because: str, by: Person, now: datetime) -> None:
    """Take back an exam announced by mistake: candidates find the reason in its place, its record
    stays. ``tell_withdrawn`` says it to everybody.

    Raises WithdrawRefused: without a reason, once somebody has begun, or when a course, a contest
    or a make-up rests on it.
    """
    if not because.strip():
        raise WithdrawRefused("no_reason")
    with transaction.atomic():
        exam = Exam.objects.select_for_update().get(pk=exam_id)
        if exam.cancelled_at is not None:
            raise WithdrawRefused("withdrawn")
        if queries.was_begun(exam):
            raise WithdrawRefused("begun")
        if queries.is_built_upon(exam):
            raise WithdrawRefused("built_upon")
        exam.cancelled_at, exam.cancelled_because = now, because.strip()[:300]
        exam.save(update_fields=["cancelled_at", "cancelled_because"])
        detail = {"title": exam.title, "reason": exam.cancelled_because}
        audit(by, "exams.exam.withdraw", f"exams.exam:{exam_id}", detail, now=now)


def tell_withdrawn(exam_id: int, *, now: datetime) -> int:
    """A notice to everybody a withdrawn exam was announced to; how many have it now.

    Nobody notes who has seen an exam in his list, so all are told who could. Some at a time: killed
    in the middle, the next call tells the rest, and nobody twice.
    """
    exam = Exam.objects.get(pk=exam_id, cancelled_at__isnull=False)
    said = _("The exam “{exam}” was withdrawn and is not held: {reason}").format(
        exam=exam.title[:60], reason=exam.cancelled_because
    )
    told = 0
    # All at once: a read left open while others write would let SQLite write no notice.
    candidates = list(queries.candidates_of(exam).values_list("pk", flat=True))
    for start in range(0, len(candidates), TOLD_TOGETHER):
        sent = notices.operations.notify(
            candidates[start : start + TOLD_TOGETHER],
            source=f"exams.withdrawn:{exam_id}",
            text=said,
            url=reverse("exams:detail", args=[exam_id]),
            now=now,
        )
        told += sent.sent
    Exam.objects.filter(pk=exam_id).update(cancellation_told_at=now)
    return told


def tell_waiting(now: datetime) -> int:
    """Tell the rest where telling was broken off. Returns of how many exams."""
    waiting = Exam.objects.filter(
        cancelled_at__isnull=False, cancellation_told_at=None, is_practice=False
    ).exclude(cancelled_because="")
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        tell_withdrawn(pk, now=now)
    return len(ids)
