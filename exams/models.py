"""The question bank, papers, exams and attempts.

What was used never changes: versions of questions, reviews, attempt events and the lines of a
published paper are held by database triggers (see the first migrations).
"""

import os
import time
import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.engine.items import Item, item_from_dict
from exams.enums import (
    AttemptEventKind,
    AttemptState,
    Audience,
    Counts,
    Decision,
    Difficulty,
    PaperState,
    QuestionStatus,
    QuestionType,
    Review,
    ReviewWhen,
)

PERSON = settings.AUTH_USER_MODEL


class Category(models.Model):
    """A node of the bank's tree. ``full_name`` is the path from the root, "党章党规/党章"."""

    name = models.CharField(_("category name"), max_length=100)
    full_name = models.CharField(_("path of categories"), max_length=700, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.full_name


class Question(models.Model):
    """A question of the bank, through all its versions. Its content stands in ``current``."""

    code = models.CharField(_("question code"), max_length=40, unique=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="questions", verbose_name=_("category")
    )
    author = models.ForeignKey(
        PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("setter")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=QuestionStatus, default=QuestionStatus.DRAFT
    )
    # Null only between the two inserts of one transaction.
    current = models.ForeignKey(
        "QuestionVersion", on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        indexes = [
            models.Index(fields=["status", "category"], name="exams_question_drawable"),
            models.Index(fields=["author", "status"], name="exams_question_desk"),
        ]

    def __str__(self) -> str:
        return self.code


class QuestionVersion(models.Model):
    """One wording of a question. Never changed, never deleted: an edit makes the next one (E8)."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    type = models.CharField(_("type"), max_length=12, choices=QuestionType)
    body = models.JSONField(_("body"))  # the exchange form of exams.engine.items
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), choices=Difficulty, default=Difficulty.MEDIUM
    )
    knowledge_point = models.CharField(_("knowledge point"), max_length=200, blank=True)
    tags = models.JSONField(_("tags"), default=list)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until (exclusive)"), null=True, blank=True)
    created_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("version of a question")
        verbose_name_plural = _("versions of questions")
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="exams_version_once"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="exams_version_valid_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}.{self.number}"

    @property
    def stem(self) -> str:
        return str(self.body["stem"])

    def item(self) -> Item:
        return item_from_dict(self.body)


class QuestionCite(models.Model):
    """An article of a policy text a question rests on. Stale once that article changed."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="cites")
    text_id = models.BigIntegerField(_("policy text"))  # the page's id; content's own table
    anchor = models.CharField(_("anchor"), max_length=60, blank=True)
    label = models.CharField(_("as cited"), max_length=300)
    # Set while the question waits for its author to look at the changed article.
    stale_since = models.DateTimeField(_("article changed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("cited article")
        verbose_name_plural = _("cited articles")
        constraints = [
            models.UniqueConstraint(
                fields=["question", "text_id", "anchor"], name="exams_cite_once"
            )
        ]
        indexes = [models.Index(fields=["text_id", "anchor"], name="exams_cite_article")]

    def __str__(self) -> str:
        return self.label

    @property
    def source(self) -> str:
        """The name under which the citation is posted to ``content``."""
        return f"exams.question:{self.question_id}:{self.text_id}:{self.anchor}"


class QuestionReview(models.Model):
    """What a second person said about one version."""

    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("review of a question")
        verbose_name_plural = _("reviews of questions")
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision=Decision.RETURNED, reason=""),
                name="exams_review_returned_with_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.decision}"


class Blueprint(models.Model):
    """What a paper is to be made of."""

    title = models.CharField(_("title"), max_length=200)
    created_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("blueprint")
        verbose_name_plural = _("blueprints")

    def __str__(self) -> str:
        return self.title


class BlueprintRow(models.Model):
    """So many questions of this kind, each worth so many points. An empty field admits all."""

    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveSmallIntegerField(_("line number"))
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("category")
    )
    knowledge_point = models.CharField(_("knowledge point"), max_length=200, blank=True)
    type = models.CharField(_("type"), max_length=12, choices=QuestionType, blank=True)
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), choices=Difficulty, null=True, blank=True
    )
    count = models.PositiveSmallIntegerField(
        _("how many"), validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    points = models.DecimalField(
        _("points each"),
        max_digits=6,
        decimal_places=2,
        validators=[MinValueValidator(0.01), MaxValueValidator(1000)],
    )

    class Meta:
        verbose_name = _("line of a blueprint")
        verbose_name_plural = _("lines of a blueprint")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["blueprint", "number"], name="exams_row_once"),
            models.CheckConstraint(condition=Q(count__gt=0, points__gt=0), name="exams_row_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.blueprint_id}.{self.number}"


class Paper(models.Model):
    """Questions in a fixed wording, order and worth. Published, it never changes (E8)."""

    title = models.CharField(_("title"), max_length=200)
    blueprint = models.ForeignKey(
        Blueprint, on_delete=models.PROTECT, null=True, related_name="papers"
    )
    seed = models.CharField(_("seed"), max_length=40)
    state = models.CharField(_("state"), max_length=10, choices=PaperState, default="draft")
    points = models.DecimalField(_("points in all"), max_digits=8, decimal_places=2)
    created_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("drawn at"))
    published_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published at"), null=True)

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="exams_paper_published_at",
            )
        ]

    def __str__(self) -> str:
        return self.title


class PaperItem(models.Model):
    """One line of a paper."""

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="items")
    number = models.PositiveSmallIntegerField(_("line number"))
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2)

    class Meta:
        verbose_name = _("line of a paper")
        verbose_name_plural = _("lines of a paper")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "number"], name="exams_paperitem_once"),
            models.UniqueConstraint(fields=["paper", "version"], name="exams_paperitem_version"),
        ]

    def __str__(self) -> str:
        return f"{self.paper_id}.{self.number}"


class Exam(models.Model):
    """A sitting of a paper, or of papers drawn for each candidate from a blueprint."""

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what it is about"), blank=True)
    paper = models.ForeignKey(
        Paper, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("paper")
    )
    blueprint = models.ForeignKey(
        Blueprint, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("blueprint")
    )
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    duration = models.DurationField(_("time allowed"))
    grace = models.DurationField(_("grace for late arrivals on the network"))
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts allowed"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    counts = models.CharField(_("what counts"), max_length=5, choices=Counts, default=Counts.BEST)
    pass_percent = models.DecimalField(
        _("pass mark in percent"),
        max_digits=5,
        decimal_places=2,
        default=60,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    shuffle_questions = models.BooleanField(_("shuffle questions"), default=True)
    shuffle_options = models.BooleanField(_("shuffle options"), default=True)
    review = models.CharField(
        _("what candidates see afterwards"), max_length=10, choices=Review, default=Review.KEY
    )
    review_when = models.CharField(
        _("when they see it"), max_length=12, choices=ReviewWhen, default=ReviewWhen.AFTER_CLOSE
    )
    audience = models.CharField(
        _("for whom"), max_length=10, choices=Audience, default=Audience.EVERYONE
    )
    units = models.ManyToManyField("people.OrgUnit", blank=True, related_name="+")
    persons: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        PERSON, blank=True, related_name="+"
    )
    hours = models.DecimalField(
        _("credit hours granted"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    created_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("exam")
        verbose_name_plural = _("exams")
        constraints = [
            models.CheckConstraint(
                condition=Q(paper__isnull=False, blueprint=None)
                | Q(paper=None, blueprint__isnull=False),
                name="exams_exam_paper_or_blueprint",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="exams_exam_closes_after_opening"
            ),
        ]
        indexes = [models.Index(fields=["closes_at"], name="exams_exam_closing")]

    def __str__(self) -> str:
        return self.title


def attempt_id() -> uuid.UUID:
    """A random id whose first 48 bits are the time (UUID version 7): new rows lie together."""
    stamp = int(time.time() * 1000).to_bytes(6, "big")
    value = bytearray(stamp + os.urandom(10))
    value[6] = value[6] & 0x0F | 0x70
    value[8] = value[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(value))


class Attempt(models.Model):
    """One try of one candidate. Never deleted; the state only grows, the deadline stands (E2, E5).

    ``overrides`` counts audited interventions. A trigger refuses to move the deadline or to take
    a state back unless it grows in the same statement.
    """

    id = models.UUIDField(primary_key=True, default=attempt_id, editable=False)
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="attempts")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="attempts")
    # Where the person belonged at the time.
    unit = models.ForeignKey(
        "people.OrgUnit", on_delete=models.PROTECT, null=True, related_name="+"
    )
    ordinal = models.PositiveSmallIntegerField(_("try"))
    state = models.PositiveSmallIntegerField(_("state"), choices=AttemptState)
    # Of an exam with a paper for each candidate: [[version id, "points"], …]; otherwise null.
    drawn = models.JSONField(_("own paper"), null=True)
    extra_seconds = models.PositiveIntegerField(_("extra time in seconds"), default=0)
    started_at = models.DateTimeField(_("started at"), null=True)
    due_at = models.DateTimeField(_("due at"), null=True)
    accepts_until = models.DateTimeField(_("answers accepted until"), null=True)
    overrides = models.PositiveSmallIntegerField(_("interventions"), default=0)
    submitted_at = models.DateTimeField(_("handed in at"), null=True)
    answered = models.PositiveSmallIntegerField(_("questions answered"), null=True)
    receipt = models.CharField(_("receipt"), max_length=20, null=True, unique=True)  # noqa: DJ001
    score = models.DecimalField(_("score"), max_digits=8, decimal_places=2, null=True)
    worth = models.DecimalField(_("full score"), max_digits=8, decimal_places=2, null=True)
    passed = models.BooleanField(_("passed"), null=True)
    # [[number, "points", reason], …] in order of number, as graded.
    marks = models.JSONField(_("points of each question"), null=True)
    # {"number": "points"} set by persons.
    by_hand = models.JSONField(_("points set by hand"), null=True)
    graded_at = models.DateTimeField(_("graded at"), null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "person", "ordinal"], name="exams_attempt_once"
            ),
            # At most one live attempt (E1).
            models.UniqueConstraint(
                fields=["exam", "person"],
                condition=Q(state__lte=AttemptState.IN_PROGRESS),
                name="exams_attempt_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state=AttemptState.PREPARED)
                | Q(state=AttemptState.VOID)
                | Q(started_at__isnull=False, due_at__isnull=False, accepts_until__isnull=False),
                name="exams_attempt_started_has_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AttemptState.SUBMITTED, AttemptState.GRADED])
                | Q(submitted_at__isnull=False, receipt__isnull=False),
                name="exams_attempt_submitted_has_receipt",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-started_at"], name="exams_attempt_mine"),
            # What the sweep looks for; graded attempts are not in it.
            models.Index(
                fields=["state", "accepts_until"],
                condition=Q(state__in=[AttemptState.IN_PROGRESS, AttemptState.SUBMITTED]),
                name="exams_attempt_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Answer(models.Model):
    """The answer held to one question: that with the highest ``seq`` received in time (E4)."""

    pk = models.CompositePrimaryKey("attempt_id", "item")
    # The primary key's index begins with the attempt: another one would only cost.
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="answers", db_index=False
    )
    item = models.PositiveSmallIntegerField(_("question number"))
    seq = models.PositiveIntegerField(_("sequence"))
    value = models.TextField(_("answer"))  # JSON, option labels as the candidate saw them
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return f"{self.attempt_id}.{self.item}"


class AttemptEvent(models.Model):
    """Something that happened to an attempt; refused answers are kept here with their value (E10)."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("kind of event"), max_length=10, choices=AttemptEventKind)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    detail: "models.JSONField[Any, Any]" = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("event of an attempt")
        verbose_name_plural = _("events of attempts")
        indexes = [models.Index(fields=["attempt", "at"], name="exams_event_of_attempt")]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.kind}"
