"""Two records of one person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class OtherRecordForm(forms.Form):
    """Which other record is meant: by its staff number."""

    number = forms.CharField(
        label=_("Staff number of the other record"),
        max_length=40,
        help_text=_("You see both records side by side before anything is proposed."),
    )


class SamePersonForm(forms.Form):
    """Which of two records stays, and why they are one person."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    kept = forms.TypedChoiceField(
        label=_("Which record stays"), coerce=int, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Why they are one person"),
        help_text=_("What you checked, such as the personnel file or a word with the unit."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, pair: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kept"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101  declared so above
        field.choices = [(each.pk, f"{each.staff_number} {each.name}") for each in pair]


class TwoPersonsForm(forms.Form):
    note = forms.CharField(
        label=_("Why they are two persons"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
