"""What a person practised again out of the own book of wrong answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from exams.models.bank import PERSON, QuestionVersion


class Redo(models.Model):
    """One answer given again. Rows are only added; the book is derived from them and the results."""

    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    right = models.BooleanField(_("right"))
    value = models.TextField(_("answer"))  # JSON, in the item's own ids
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer practised again")
        verbose_name_plural = _("answers practised again")
        indexes = [models.Index(fields=["person", "at"], name="exams_redo_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id}.{self.version_id}"
