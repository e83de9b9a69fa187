"""Writes of the question bank: versions, the two-person review, cited articles, import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

import content.operations
import content.queries
from exams.engine.items import Record, item_to_dict
from exams.enums import Decision, QuestionStatus
from exams.models import (
    Category,
    Question,
    QuestionCite,
    QuestionReview,
    QuestionVersion,
)
from people.models import Person
from people.operations import audit


class QuestionRefused(Exception):
    """The deed does not fit the question's state or the person; ``code`` says which rule."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Article:
    """A cited article: the policy text's page id, the anchor, and how it is shown."""

    text_id: int
    anchor: str
    label: str


def category_at(path: Sequence[str]) -> Category:
    """The category with this path, made with all above it when missing."""
    parent: Category | None = None
    for depth in range(1, len(path) + 1):
        parent, _ = Category.objects.get_or_create(
            full_name="/".join(path[:depth]), defaults={"name": path[depth - 1], "parent": parent}
        )
    if parent is None:
        raise ValueError("a question needs a category")
    return parent


def next_code() -> str:
    """A code that is free: Q and the next number."""
    last = Question.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    number = last + 1
    while Question.objects.filter(code=f"Q{number:05d}").exists():
        number += 1
    return f"Q{number:05d}"


def create_question(
    record: Record,
    *,
    author: Person,
    articles: Sequence[Article] = (),
    url: str = "",
    now: datetime,
) -> Question:
    """Put a question into the bank as a draft. Raises QuestionRefused("code_taken")."""
    code = record.code or next_code()
    with transaction.atomic():
        if Question.objects.filter(code=code).exists():
            raise QuestionRefused("code_taken")
        question = Question.objects.create(
            code=code,
            category=category_at(record.category),
            author=author,
            created_at=now,
            changed_at=now,
        )
        _add_version(question, record, author, 1, now)
        _cite(question, articles, url, now)
        audit(author, "exams.question.create", f"exams.question:{question.pk}", now=now)
    return question


def revise_question(
    question_id: int,
    record: Record,
    *,
    by: Person,
    articles: Sequence[Article] = (),
    url: str = "",
    now: datetime,
) -> QuestionVersion:
    """Make the next version; the question is a draft again until a second person approved it.

    Attempts and papers keep the version they have. Raises QuestionRefused("retired").
    """
    with transaction.atomic():
        question = Question.objects.select_for_update().get(pk=question_id)
        if question.status == QuestionStatus.RETIRED:
            raise QuestionRefused("retired")
        last = question.versions.order_by("-number").values_list("number", flat=True)[0]
        question.category = category_at(record.category)
        question.status = QuestionStatus.DRAFT
        question.changed_at = now
        version = _add_version(question, record, by, last + 1, now)
        _cite(question, articles, url, now)
        audit(
            by,
            "exams.question.revise",
            f"exams.question:{question_id}",
            {"version": version.number},
            now=now,
        )
    return version


def _add_version(
    question: Question, record: Record, by: Person, number: int, now: datetime
) -> QuestionVersion:
    version = QuestionVersion.objects.create(
        question=question,
        number=number,
        type=record.item.type,
        body=item_to_dict(record.item),
        difficulty=record.difficulty,
        knowledge_point=record.knowledge_point,
        tags=list(record.tags),
        points=record.points,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        created_by=by,
        created_at=now,
    )
    question.current = version
    question.save(update_fields=["current", "category", "status", "changed_at"])
    return version


def _cite(question: Question, articles: Sequence[Article], url: str, now: datetime) -> None:
    """Make the cited articles exactly these; what is cited again is no longer stale."""
    wanted = {(article.text_id, article.anchor): article for article in articles}
    for cite in question.cites.all():
        if (cite.text_id, cite.anchor) not in wanted:
            content.operations.uncite(cite.source)
            cite.delete()
        elif cite.stale_since:  # posting it anew clears the flag at the other side too
            content.operations.uncite(cite.source)
    for (text_id, anchor), article in wanted.items():
        cite, _ = QuestionCite.objects.update_or_create(
            question=question,
            text_id=text_id,
            anchor=anchor,
            defaults={"label": article.label[:300], "stale_since": None},
        )
        content.operations.cite(
            source=cite.source,
            text_id=text_id,
            anchor=anchor,
            label=question.code,
            url=url or f"/bank/{question.pk}/",
            owner_id=question.author_id,
            now=now,
        )


def submit_question_for_review(question_id: int, *, by: Person, now: datetime) -> None:
    """Hand a draft to a second person. Raises QuestionRefused: not_draft, stale."""
    with transaction.atomic():
        if QuestionCite.objects.filter(question=question_id, stale_since__isnull=False).exists():
            raise QuestionRefused("stale")
        moved = Question.objects.filter(pk=question_id, status=QuestionStatus.DRAFT).update(
            status=QuestionStatus.IN_REVIEW, changed_at=now
        )
        if not moved:
            raise QuestionRefused("not_draft")
        audit(by, "exams.question.submit", f"exams.question:{question_id}", now=now)


def approve_question(question_id: int, *, by: Person, now: datetime, reason: str = "") -> None:
    """A second person finds the current version good: it may be drawn.

    Raises QuestionRefused: not_in_review, own_question.
    """
    _review(question_id, Decision.APPROVED, QuestionStatus.READY, by, now, reason)


def return_question(question_id: int, *, by: Person, reason: str, now: datetime) -> None:
    """A second person sends it back with a reason. Raises QuestionRefused as approving does."""
    if not reason.strip():
        raise QuestionRefused("reason_missing")
    _review(question_id, Decision.RETURNED, QuestionStatus.DRAFT, by, now, reason)


def _review(
    question_id: int,
    decision: Decision,
    status: QuestionStatus,
    by: Person,
    now: datetime,
    reason: str,
) -> None:
    with transaction.atomic():
        question = (
            Question.objects.select_for_update(of=("self",))
            .select_related("current")
            .get(pk=question_id)
        )
        if question.status != QuestionStatus.IN_REVIEW or question.current is None:
            raise QuestionRefused("not_in_review")
        if by.pk in (question.author_id, question.current.created_by_id):
            raise QuestionRefused("own_question")
        question.status = status
        question.changed_at = now
        question.save(update_fields=["status", "changed_at"])
        QuestionReview.objects.create(
            version=question.current, reviewer=by, decision=decision, reason=reason.strip(), at=now
        )
        audit(
            by,
            f"exams.question.{decision.value}",
            f"exams.question:{question_id}",
            {"version": question.current.number, "reason": reason.strip()},
            now=now,
        )


def retire_question(question_id: int, *, by: Person, now: datetime) -> None:
    """Take a question out of use for good; papers that hold it keep it."""
    with transaction.atomic():
        moved = (
            Question.objects.filter(pk=question_id)
            .exclude(status=QuestionStatus.RETIRED)
            .update(status=QuestionStatus.RETIRED, changed_at=now)
        )
        if moved:
            audit(by, "exams.question.retire", f"exams.question:{question_id}", now=now)


def confirm_cites(question_id: int, *, by: Person, now: datetime) -> None:
    """The author looked at the changed articles and the question still holds as it is."""
    with transaction.atomic():
        question = Question.objects.select_for_update().get(pk=question_id)
        articles = [
            Article(cite.text_id, cite.anchor, cite.label)
            for cite in question.cites.filter(stale_since__isnull=False)
        ]
        if not articles:
            return
        kept = [
            Article(cite.text_id, cite.anchor, cite.label)
            for cite in question.cites.filter(stale_since=None)
        ]
        _cite(question, [*kept, *articles], "", now)
        audit(
            by,
            "exams.question.confirm_cites",
            f"exams.question:{question_id}",
            {"articles": [f"{a.text_id}#{a.anchor}" for a in articles]},
            now=now,
        )


def flag_cites(text_id: int, anchors: Sequence[str], *, now: datetime) -> int:
    """Mark the questions that cite these articles; an empty anchor cites the whole text.

    Returns how many citations were flagged. Repeating it changes nothing.
    """
    return QuestionCite.objects.filter(
        Q(anchor__in=list(anchors)) | Q(anchor=""), text_id=text_id, stale_since=None
    ).update(stale_since=now)


def flag_missed(now: datetime) -> int:
    """Mark what ``content`` flagged while nobody here heard of it; return how many citations those were."""
    flagged = content.queries.flagged_sources("exams.question:")
    fresh = QuestionCite.objects.filter(
        question__in={int(source.split(":")[1]) for source in flagged}, stale_since=None
    )
    missed = [cite.pk for cite in fresh if cite.source in flagged]
    return QuestionCite.objects.filter(pk__in=missed).update(stale_since=now)


class ImportRefused(Exception):
    """Rows of the file cannot be taken; nothing was. ``errors``: (row number from 1, message code,
    value)."""

    def __init__(self, errors: Sequence[tuple[int, str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{len(errors)} rows refused")


def import_questions(
    records: Sequence[Record],
    articles: Sequence[Sequence[Article]],
    *,
    author: Person | None,
    now: datetime,
    dry_run: bool = False,
) -> list[Question]:
    """Put all records into the bank as drafts, or none. ``articles`` holds each record's citations.

    ``author`` may only be missing from a dry run. Raises ImportRefused: code_taken, category_missing.
    """
    errors: list[tuple[int, str, str]] = []
    codes = [record.code for record in records if record.code]
    taken = set(Question.objects.filter(code__in=codes).values_list("code", flat=True))
    seen: set[str] = set()
    for row, record in enumerate(records, 1):
        if record.code and (record.code in taken or record.code in seen):
            errors.append((row, "code_taken", record.code))
        seen.add(record.code)
        if not record.category:
            errors.append((row, "category_missing", record.code))
    if errors:
        raise ImportRefused(errors)
    if dry_run or author is None:
        return []
    with transaction.atomic():
        return [
            create_question(record, author=author, articles=cites, now=now)
            for record, cites in zip(records, articles, strict=True)
        ]


class CiteUnknown(Exception):
    """A file cites what is not there; ``code``: text_unknown, text_ambiguous, anchor_unknown."""

    def __init__(self, code: str, said: str) -> None:
        self.code, self.said = code, said
        super().__init__(f"{code}: {said}")


def articles_of_record(record: Record, names: dict[str, list[int]]) -> list[Article]:
    """The articles a record cites. ``names`` maps number, title and id of texts to page ids.

    Raises CiteUnknown.
    """
    found = []
    for cite in record.cites:
        ids = names.get(cite.text, [])
        if len(ids) != 1:
            raise CiteUnknown("text_ambiguous" if ids else "text_unknown", cite.text)
        facts = content.queries.article(ids[0], cite.anchor) if cite.anchor else None
        if cite.anchor and facts is None:
            raise CiteUnknown("anchor_unknown", f"{cite.text}#{cite.anchor}")
        label = f"{facts.text_title} {facts.label}".strip() if facts else cite.text
        found.append(Article(ids[0], cite.anchor, label))
    return found


def names_of_texts(person: Person) -> dict[str, list[int]]:
    """Number, title and id of every policy text the person may read → page ids."""
    names: dict[str, list[int]] = {}
    for pk, title, number in content.queries.texts(person):
        for name in {str(pk), title, number} - {""}:
            names.setdefault(name, []).append(pk)
    return names
