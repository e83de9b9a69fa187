"""The question bank, papers and sittings, for those who keep them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

import content.queries
from exams.engine import drawing
from exams.engine import items as it
from exams.enums import (
    AttemptState,
    Audience,
    CorrectionState,
    PaperState,
    QuestionStatus,
)
from exams.models import (
    Attempt,
    BankImport,
    Blueprint,
    BlueprintRow,
    Category,
    Exam,
    KeyCorrection,
    Paper,
    PaperItem,
    Question,
    QuestionCite,
    QuestionReview,
    QuestionVersion,
    WeakItem,
)
from people.models import Person
from people.statements import Kept

_STALE = QuestionCite.objects.filter(question=OuterRef("pk"), stale_since__isnull=False)


def questions() -> QuerySet[Question]:
    """The whole bank with what a list shows, newest change first. For holders of a bank role."""
    weak = WeakItem.objects.filter(version=OuterRef("current_id"), settled_at=None)
    return (
        Question.objects.select_related("current", "category", "author")
        .annotate(is_stale=Exists(_STALE), is_weak=Exists(weak))
        .order_by("-changed_at", "-pk")
    )


def in_category(found: QuerySet[Question], full_name: str) -> QuerySet[Question]:
    """Those of a category and of all below it."""
    return found.filter(
        Q(category__full_name=full_name) | Q(category__full_name__startswith=f"{full_name}/")
    )


def category_names() -> list[str]:
    """The paths of all categories, in order."""
    return list(Category.objects.order_by("full_name").values_list("full_name", flat=True))


def record_of(
    question: Question, cites: Sequence[it.Cite] = (), version: QuestionVersion | None = None
) -> it.Record:
    """The question, in its present wording or an older one, as a record of the exchange form."""
    version = version or question.current
    if version is None:
        raise ValueError(f"question {question.pk} has no version")
    return it.Record(
        item=version.item(),
        code=question.code,
        category=tuple(question.category.full_name.split("/")),
        knowledge_point=version.knowledge_point,
        difficulty=version.difficulty,
        tags=tuple(version.tags),
        cites=tuple(cites),
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        points=version.points,
    )


def records_of(found: QuerySet[Question]) -> list[it.Record]:
    """Questions as records, in their order, with what they cite. Three queries and a few."""
    questions = list(found)
    cites: dict[int, list[QuestionCite]] = {}
    cited = QuestionCite.objects.filter(question__in=found.order_by().values("pk"))
    for cite in cited.order_by("pk"):
        cites.setdefault(cite.question_id, []).append(cite)
    places = {(cite.text_id, cite.anchor) for each in cites.values() for cite in each}
    facts = content.queries.articles_by_anchor(sorted(places)) if places else {}
    titles = {text_id: article.text_title for (text_id, _anchor), article in facts.items()}
    return [
        record_of(
            question,
            [
                it.Cite(titles.get(cite.text_id, str(cite.text_id)), cite.anchor)
                for cite in cites.get(question.pk, [])
            ],
        )
        for question in questions
    ]


def questions_to_review(person: Person) -> QuerySet[Question]:
    """Questions that wait for a second person, which this one may be; oldest first."""
    return (
        questions()
        .filter(status=QuestionStatus.IN_REVIEW)
        .exclude(author=person)
        .exclude(current__created_by=person)
        .order_by("changed_at", "pk")
    )


def corrections_to_decide(person: Person) -> QuerySet[KeyCorrection]:
    """Corrected keys that wait for a second person, which this one may be; oldest first."""
    return (
        KeyCorrection.objects.filter(state=CorrectionState.PROPOSED)
        .exclude(proposed_by=person)
        .select_related("exam", "version__question", "proposed_by")
        .order_by("proposed_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class SetterDesk:
    """What waits for a question setter or reviewer, as counts; ``to_decide`` are corrected keys."""

    drafts: int
    returned: int
    stale: int
    in_review: int
    to_review: int
    weak: int
    to_decide: int


def setter_desk(person: Person) -> SetterDesk:
    """Own drafts, returned ones, ones whose article changed; and what waits for a reviewer."""
    returned = QuestionReview.objects.filter(version=OuterRef("current"), decision="returned")
    weak = WeakItem.objects.filter(version=OuterRef("current_id"), settled_at=None)
    mine = Q(author=person)
    waiting = Q(status=QuestionStatus.IN_REVIEW)
    counts = Question.objects.aggregate(
        drafts=Count("pk", filter=mine & Q(status=QuestionStatus.DRAFT)),
        returned=Count("pk", filter=mine & Q(Exists(returned), status=QuestionStatus.DRAFT)),
        stale=Count("pk", filter=mine & ~Q(status=QuestionStatus.RETIRED) & Q(Exists(_STALE))),
        in_review=Count("pk", filter=mine & waiting),
        to_review=Count("pk", filter=~mine & ~Q(current__created_by=person) & waiting),
        weak=Count("pk", filter=mine & ~Q(status=QuestionStatus.RETIRED) & Q(Exists(weak))),
    )
    return SetterDesk(**counts, to_decide=corrections_to_decide(person).count())


def versions_of(question: Question) -> QuerySet[QuestionVersion]:
    """All versions with their reviews, newest first."""
    reviews = QuestionReview.objects.select_related("reviewer").order_by("-at")
    return (
        QuestionVersion.objects.filter(question=question)
        .select_related("created_by")
        .prefetch_related(Prefetch("reviews", queryset=reviews))
        .order_by("-number")
    )


def stale_on(papers: Iterable[int | None]) -> list[Question]:
    """Questions of these papers whose cited article changed or lapsed since they were drawn, by code."""
    asked = PaperItem.objects.filter(paper__in=papers).values("version__question")
    return list(Question.objects.filter(Exists(_STALE), pk__in=asked).order_by("code"))


def not_valid_through(papers: Iterable[int | None], first: date, last: date) -> list[Question]:
    """Questions of these papers that are not valid on every day from ``first`` to ``last``, by code."""
    asked = PaperItem.objects.filter(paper__in=papers).values("version__question")
    outside = Q(current__valid_from__gt=first) | Q(current__valid_to__lte=last)
    return list(
        Question.objects.filter(outside, pk__in=asked).select_related("current").order_by("code")
    )


def drawable(on: date, until: date | None = None) -> list[drawing.Candidate]:
    """Every question that may be drawn on this day: ready, valid, its cited articles unchanged.

    With ``until`` it is valid on every day to that one: for what is drawn now and asked then.
    """
    rows = (
        Question.objects.filter(
            Q(current__valid_from=None) | Q(current__valid_from__lte=on),
            Q(current__valid_to=None) | Q(current__valid_to__gt=until or on),
            ~Exists(_STALE),
            status=QuestionStatus.READY,
        )
        .order_by("pk")
        .values_list(
            "current_id",
            "pk",
            "current__type",
            "category_id",
            "current__knowledge_point",
            "current__difficulty",
        )
    )
    above = _categories_above()
    return [
        drawing.Candidate(version, question, kind, above[category], point, difficulty)
        for version, question, kind, category, point, difficulty in rows
    ]


def _categories_above() -> dict[int, frozenset[int]]:
    """For each category itself and all above it."""
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    above: dict[int, frozenset[int]] = {}
    for start in parents:
        chain: list[int] = [start]
        node: int | None = parents[start]
        while node is not None:
            chain.append(node)
            node = parents[node]
        above[start] = frozenset(chain)
    return above


def rows_of(blueprint: Blueprint) -> list[drawing.Row]:
    """The lines of a blueprint as the pure draw takes them."""
    return [engine_row(row) for row in blueprint.rows.all()]


def engine_row(row: BlueprintRow) -> drawing.Row:
    """One line, saved or not."""
    return drawing.Row(
        row.number,
        row.count,
        row.points,
        row.type,
        row.category_id,
        row.knowledge_point,
        row.difficulty,
    )


def papers() -> QuerySet[Paper]:
    """Papers that were not discarded, newest first, with the number of their questions."""
    return (
        Paper.objects.exclude(state=PaperState.DISCARDED)
        .select_related("created_by", "published_by", "blueprint")
        .annotate(questions=Count("items"))
        .order_by("-created_at", "-pk")
    )


def forms_drawn_with(paper: Paper) -> QuerySet[Paper]:
    """The other published forms of one drawing."""
    seed = re.sub(rf"/[{drawing.FORMS[1:]}]$", "", paper.seed)
    seeds = [drawing.seed_of_form(seed, letter) for letter in drawing.FORMS]
    return (
        Paper.objects.filter(
            blueprint=paper.blueprint_id, seed__in=seeds, created_at=paper.created_at
        )
        .filter(blueprint__isnull=False, state=PaperState.PUBLISHED)
        .exclude(pk=paper.pk)
        .order_by("pk")
    )


def blueprints() -> QuerySet[Blueprint]:
    """Blueprints, newest first, with sums over their lines."""
    return Blueprint.objects.prefetch_related(
        Prefetch("rows", queryset=BlueprintRow.objects.select_related("category"))
    ).order_by("-created_at", "-pk")


def exams_with_counts() -> QuerySet[Exam]:
    """All exams for those who hold them, newest first, with how many sat, finished and passed."""
    done = Q(attempts__state=AttemptState.GRADED)
    return (
        Exam.objects.select_related("paper", "blueprint", "created_by")
        .annotate(
            begun=Count("attempts", filter=Q(attempts__state__gte=AttemptState.IN_PROGRESS)),
            graded=Count("attempts", filter=done),
            passes=Count("attempts", filter=done & Q(attempts__passed=True)),
        )
        .order_by(F("opens_at").desc(), "-pk")
    )


def was_begun(exam: Exam) -> bool:
    """Whether anybody has begun an attempt; attempts laid out beforehand do not say so."""
    return Attempt.objects.filter(exam=exam, state__gt=AttemptState.PREPARED).exists()


def is_built_upon(exam: Exam) -> bool:
    """Whether a course, a contest, a make-up or a record of another room needs this exam."""
    if exam.audience == Audience.COURSE or exam.contests.exists() or exam.make_ups.exists():
        return True
    # Rooms above point here with foreign keys; none of them may be imported.
    pointing: Any = Exam._meta.get_fields(include_hidden=True)
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: exam}).exists()
        for relation in pointing
        if relation.one_to_many and relation.related_model._meta.app_label != "exams"
    )


def may_be_withdrawn(exam: Exam) -> bool:
    return exam.cancelled_at is None and not was_begun(exam) and not is_built_upon(exam)


def size_of(exam: Exam) -> tuple[int, Decimal]:
    """How many questions an exam asks, and the points of all."""
    if exam.paper is not None:
        return _questions_on(exam.paper.pk)[0], exam.paper.points
    rows = BlueprintRow.objects.filter(blueprint=exam.blueprint_id).values_list("count", "points")
    return (
        sum(count for count, _ in rows),
        sum((count * points for count, points in rows), Decimal(0)),
    )


@Kept
def _questions_on(paper_id: int) -> QuerySet[Paper, int]:
    counted = Paper.objects.filter(pk=paper_id).annotate(questions=Count("items"))
    return counted.values_list("questions", flat=True)


def versions_by(batch: BankImport) -> int:
    """How many questions the import gave a new version; they bear the instant it was taken."""
    if batch.committed_at is None:
        return 0
    made = QuestionVersion.objects.filter(created_by=batch.by_id, created_at=batch.committed_at)
    return made.filter(number__gt=1).count()


def imports_of(person: Person) -> QuerySet[BankImport]:
    """The files a person brought, newest first, without their contents."""
    return BankImport.objects.filter(by=person).defer("entries", "notes").order_by("-at", "-pk")
