"""What people type into the pages of the tracker."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tracker.rules import end_of_day


class AsOfForm(forms.Form):
    """Two days of an address: activity up to ``on``, as known at the end of ``known``."""

    on = forms.DateField(
        label=_("Activity up to"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    known = forms.DateField(
        label=_("As known on"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def moments(self, now: datetime, today: date) -> tuple[date, datetime]:
        """(on, known_at); today and now where a field is empty or makes no sense."""
        self.is_valid()
        cleaned: dict[str, Any] = getattr(self, "cleaned_data", {})
        on = cleaned.get("on") or today
        known = cleaned.get("known")
        if known is None or known == date.max:
            return on, now
        return on, end_of_day(known)


class RemarkForm(forms.Form):
    text = forms.CharField(
        label=_("What is wrong with this line?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Your answer to the remark"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
