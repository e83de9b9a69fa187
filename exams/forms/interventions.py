"""Interventions in a sitting: more time, opening again, a make-up."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.enums import PaperState
from exams.models import Paper
from people.fields import DateTimeField


class TimeForm(forms.Form):
    """More time, with the reason that will stand in the record."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), min_value=1, max_value=480, initial=15
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, least: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].min_value = least  # type: ignore[attr-defined]

    def extra(self) -> timedelta:
        return timedelta(minutes=self.cleaned_data["minutes"])


class ReopenAllForm(TimeForm):
    """Opening again what a wrong clock handed in."""

    since = DateTimeField(
        label=gettext_lazy("Closed since"),
        required=False,
        help_text=gettext_lazy(
            "When the clock began to be wrong. Empty: only those whose deadline has not come yet."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minutes = self.fields["minutes"]
        minutes.initial = 5
        minutes.help_text = _("Added to what each one had left, or from now if that is over.")
        for name, field in self.fields.items():
            field.widget.attrs["id"] = f"reopen-{name}"


class MakeUpForm(forms.Form):
    """A second sitting for those who were absent or failed."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    absent = forms.BooleanField(label=gettext_lazy("Those who were absent"), required=False)
    failed = forms.BooleanField(label=gettext_lazy("Those who did not pass"), required=False)
    paper = forms.ModelChoiceField(
        label=gettext_lazy("Paper"),
        queryset=Paper.objects.none(),
        required=False,
        help_text=gettext_lazy(
            "Who sat the first time knows its questions: better choose another."
        ),
    )
    opens_at = DateTimeField(label=gettext_lazy("Opens at"))
    closes_at = DateTimeField(label=gettext_lazy("Closes at"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paper: Any = self.fields["paper"]
        paper.queryset = Paper.objects.filter(state=PaperState.PUBLISHED).order_by("-pk")
        paper.empty_label = _("the same as the first time")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("The exam must close after it opens."))
        if not cleaned.get("absent") and not cleaned.get("failed"):
            self.add_error("absent", _("Choose at least one of the two."))
        return cleaned
