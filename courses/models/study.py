"""What was studied and proven: progress and the one lease."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.enums import PackageStatus, ReleaseReason
from courses.models.editions import EditionItem, Enrolment


class ItemProgress(models.Model):
    """What is proven of one item of one enrolment. Times in milliseconds."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="progress")
    item = models.ForeignKey(EditionItem, on_delete=models.PROTECT, related_name="progress")
    # Covered spans as study_time.encode writes them, and their total.
    coverage = models.TextField(blank=True, default="")
    covered_ms = models.PositiveBigIntegerField(default=0)
    verified_ms = models.PositiveBigIntegerField(_("verified"), default=0)
    plausible_ms = models.PositiveBigIntegerField(_("plausible"), default=0)
    position_ms = models.PositiveBigIntegerField(_("stopped at"), default=0)
    completed_at = models.DateTimeField(_("completed at"), null=True)

    class Meta:
        verbose_name = _("progress at an item")
        verbose_name_plural = _("progress at items")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "item"], name="courses_progress_once_per_item"
            ),
            # First coverage only: more time than was covered cannot have been earned.
            models.CheckConstraint(
                condition=Q(covered_ms__gte=models.F("verified_ms") + models.F("plausible_ms")),
                name="courses_progress_earned_within_coverage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.item_id}"


class PackageReport(models.Model):
    """What a part of a package says of its learner, as the package told it and no surer than that.

    It is evidence beside study time, a condition to completing the item where the editors want it,
    and where the learner goes on; never time, never a mark.
    """

    progress = models.ForeignKey(ItemProgress, on_delete=models.PROTECT, related_name="reports")
    part = models.PositiveSmallIntegerField(_("part of the package"))
    status = models.CharField(_("status"), max_length=12, choices=PackageStatus)
    score_percent = models.DecimalField(
        _("score in per cent"), max_digits=5, decimal_places=2, null=True
    )
    # The package's own data model, to go on from; written and read by its run-time only.
    state = models.TextField(default="null")
    # When it first said completed or passed: begun anew, the part stays done.
    done_at = models.DateTimeField(_("completed at"), null=True)
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("report of a package")
        verbose_name_plural = _("reports of packages")
        constraints = [
            models.UniqueConstraint(
                fields=["progress", "part"], name="courses_package_report_once_a_part"
            ),
            models.CheckConstraint(
                condition=Q(score_percent=None) | Q(score_percent__gte=0, score_percent__lte=100),
                name="courses_package_report_score_is_per_cent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.progress_id}/{self.part}: {self.status}"


class CheckedQuestion(models.Model):
    """That a question of a self-check was answered: how often, and when first rightly.

    What was answered is not kept, and there are no marks: a self-check is a mirror, not an exam.
    """

    progress = models.ForeignKey(ItemProgress, on_delete=models.PROTECT, related_name="checked")
    code = models.CharField(_("question code"), max_length=40)
    tries = models.PositiveIntegerField(_("times answered"), default=0)
    right_at = models.DateTimeField(_("first answered right at"), null=True)

    class Meta:
        verbose_name = _("question of a self-check")
        verbose_name_plural = _("questions of self-checks")
        constraints = [
            models.UniqueConstraint(
                fields=["progress", "code"], name="courses_checked_question_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.progress_id}: {self.code}"


class StudyLease(models.Model):
    """The right to earn study time, at one item in one window; a person has one at a time.

    When studying goes on elsewhere the lease is released and stays as the evidence of that
    sitting: ``lines`` is a JSON list of its stretches ``[from, to, credited, grade, reason]``,
    neighbours of one kind joined. Wall-clock times in milliseconds since the epoch, by the
    server's clock; they are numbers because a tick is one read and one write of this row.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="study_leases"
    )
    progress = models.ForeignKey(ItemProgress, on_delete=models.PROTECT, related_name="leases")
    device = models.CharField(_("device"), max_length=80, blank=True)
    taken_at = models.DateTimeField(_("taken at"))
    # The person's wall-clock time up to here is spent (study_time.Account.clock_ms).
    clock_ms = models.PositiveBigIntegerField()
    heard_ms = models.PositiveBigIntegerField()
    last_seq = models.PositiveBigIntegerField(default=0)
    released_at = models.DateTimeField(_("released at"), null=True)
    released_because = models.CharField(
        _("ended because"), max_length=20, choices=ReleaseReason, blank=True
    )
    verified_ms = models.PositiveBigIntegerField(_("verified"), default=0)
    plausible_ms = models.PositiveBigIntegerField(_("plausible"), default=0)
    claimed_ms = models.PositiveBigIntegerField(_("claimed"), default=0)
    lines = models.TextField(default="[]")

    class Meta:
        verbose_name = _("study lease")
        verbose_name_plural = _("study leases")
        constraints = [
            # Two tabs, two devices: one earns.
            models.UniqueConstraint(
                fields=["person"], condition=Q(released_at=None), name="courses_one_lease_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.progress_id}"
