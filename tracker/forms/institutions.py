"""What people type about institutions."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import DateField
from tracker.enums import InstitutionKind, Level


class InstitutionForm(forms.Form):
    name = forms.CharField(label=_("name of the institution"), max_length=120)
    code = forms.RegexField(
        r"^[A-Za-z0-9._-]+$",
        max_length=40,
        label=_("code"),
        error_messages={"invalid": _("Letters, digits, full stop, hyphen and underscore only.")},
    )
    kind = forms.ChoiceField(label=_("what it is"), choices=InstitutionKind)


class RecognitionForm(forms.Form):
    level = forms.ChoiceField(label=_("recognised at"))
    recognised_by = forms.CharField(
        label=_("Document or department that recognised it"), max_length=120
    )
    starts_on = DateField(label=_("Recognised from"))
    last_day = DateField(
        label=_("Recognised until"), required=False, help_text=_("Left empty: until withdrawn")
    )

    def __init__(self, *args: Any, levels: list[Level], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["level"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared so above
        field.choices = [(level.value, level.label) for level in levels]

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        first, last = chosen.get("starts_on"), chosen.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first."))
        chosen["ends_on"] = last + timedelta(days=1) if last else None
        return chosen


class WithdrawForm(forms.Form):
    ends_on = DateField(label=_("No longer recognised from"))
    because = forms.CharField(label=_("Reason"), max_length=300)
