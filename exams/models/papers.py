"""Blueprints, frozen papers, and the exams announced over them."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.enums import (
    Audience,
    Counts,
    Difficulty,
    PaperState,
    QuestionType,
    Review,
    ReviewWhen,
)
from exams.models.bank import PERSON, Category, QuestionVersion


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


class ExamSeries(models.Model):
    """A year of a question a month and a test a quarter (月题季考), announced together."""

    title = models.CharField(_("title"), max_length=200)
    year = models.PositiveSmallIntegerField(_("year"))
    created_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("series of exams")
        verbose_name_plural = _("series of exams")

    def __str__(self) -> str:
        return self.title


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
    # Of "who holds certain posts": what was asked for; ``persons`` is the answer at ``listed_at``.
    rule = models.JSONField(_("rule over posts"), null=True, blank=True)
    # Parallel forms beside ``paper``: each candidate gets one of them, chosen by the attempt's id.
    other_forms: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        Paper, blank=True, related_name="+", verbose_name=_("parallel forms")
    )
    # Without clock or score: each answer is judged at once. What it asks is no secret.
    is_practice = models.BooleanField(_("practice"), default=False)
    makes_up_for = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="make_ups"
    )
    series = models.ForeignKey(
        "ExamSeries", on_delete=models.PROTECT, null=True, blank=True, related_name="exams"
    )
    # Attempts were laid out before the opening; null again when candidates were added.
    prepared_at = models.DateTimeField(_("prepared at"), null=True, blank=True)
    # Certainty-based marking: {"right": [1, 2, 3], "wrong": [0, -2, -6]}; null where none is asked.
    certainty_scheme: "models.JSONField[Any, Any]" = models.JSONField(
        _("marking by certainty"), null=True, blank=True
    )
    hours = models.DecimalField(
        _("credit hours granted"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    # Marking by hand: how many markers an answer has, and by how much two may differ.
    markers = models.PositiveSmallIntegerField(
        _("markers an answer"), default=1, choices=[(1, _("one")), (2, _("two"))]
    )
    tolerance_percent = models.PositiveSmallIntegerField(
        _("two may differ by, in percent of the points"),
        default=20,
        validators=[MaxValueValidator(100)],
    )
    appeal_days = models.PositiveSmallIntegerField(
        _("days in which a candidate may ask to look again"),
        default=5,
        validators=[MaxValueValidator(90)],
    )
    created_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_because = models.CharField(_("why it was withdrawn"), max_length=300, blank=True)
    # Everybody it was announced to has a notice; null while some may not have it yet.
    cancellation_told_at = models.DateTimeField(null=True, blank=True)

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
