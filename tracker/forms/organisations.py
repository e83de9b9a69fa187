"""A lecture that an organisation held, and why one is taken back."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import DateField


class LectureForm(forms.Form):
    token = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Subject of the lecture"), max_length=200)
    day = DateField(label=_("Held on"))
    evidence = forms.CharField(
        label=_("Evidence"),
        help_text=_("Who lectured, and where the minutes are kept"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError(_("It is written down once it was held."))
        return day


class TakeBackForm(forms.Form):
    because = forms.CharField(
        label=_("Why it is taken back"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
