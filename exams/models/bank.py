"""The question bank: versions never change once used; every change is a new version."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.engine.items import Item, item_from_dict
from exams.enums import (
    Decision,
    Difficulty,
    QuestionStatus,
    QuestionType,
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
    imported_by = models.ForeignKey(
        "BankImport", on_delete=models.PROTECT, null=True, blank=True, related_name="questions"
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
    # What a paper gives for it unless told otherwise; the paper's own points count.
    points = models.DecimalField(
        _("suggested points"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01), MaxValueValidator(1000)],
    )
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


class BankImport(models.Model):
    """A file brought to the bank: first looked at, then taken whole or not at all, or undone."""

    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("uploaded at"))
    file_name = models.CharField(_("file"), max_length=200)
    format = models.CharField(_("format"), max_length=20)
    # Each question as found: {place: [kind, at], record: exchange form or null, stem, errors, notes,
    # near, known: the question of the bank it is, or null}. Emptied once taken.
    entries: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    notes: "models.JSONField[Any, Any]" = models.JSONField(default=list)  # of the whole file
    questions_found = models.PositiveIntegerField(_("questions"))
    committed_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("import of questions")
        verbose_name_plural = _("imports of questions")
        indexes = [models.Index(fields=["by", "-at"], name="exams_bankimport_mine")]

    def __str__(self) -> str:
        return self.file_name


class WeakItem(models.Model):
    """What a sitting showed about a question that its author should look at."""

    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="weak")
    exam = models.ForeignKey("Exam", on_delete=models.PROTECT, related_name="+")
    facility = models.FloatField(_("facility"), null=True)
    discrimination = models.FloatField(_("discrimination"), null=True)
    persons = models.PositiveIntegerField(_("persons"))
    flags: "models.JSONField[Any, Any]" = models.JSONField(_("findings"), default=list)
    found_at = models.DateTimeField(_("found at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("question to look at after a sitting")
        verbose_name_plural = _("questions to look at after a sitting")
        constraints = [
            models.UniqueConstraint(fields=["version", "exam"], name="exams_weak_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {', '.join(self.flags)}"
