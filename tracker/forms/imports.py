"""A file of hours, and taking it back."""

from django import forms
from django.utils.translation import gettext_lazy as _


class HoursFileForm(forms.Form):
    file = forms.FileField(
        label=_("File with hours"),
        help_text=_("XLSX or CSV (UTF-8 or GB18030), at most 10 MB and 50 000 rows"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": _("Please choose a file.")},
    )


class UndoForm(forms.Form):
    because = forms.CharField(
        label=_("Reason for taking it back"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
