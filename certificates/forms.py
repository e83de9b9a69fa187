"""What people type about certificates."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.credential import LARGEST_DOCUMENT, normal_serial


class SerialForm(forms.Form):
    """A certificate's number and the name on it: both are needed for an answer."""

    serial = forms.CharField(
        label=_("Certificate number"),
        max_length=40,
        help_text=_("As printed under the title, for example 2026-7K3M-9QPD-4."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Name on the certificate"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_serial(self) -> str:
        """Refuse a number that cannot be one: its check character does not fit."""
        serial = normal_serial(self.cleaned_data["serial"])
        if serial is None:
            raise forms.ValidationError(
                _("This is not a certificate number. Please compare it with the certificate again.")
            )
        return serial


class FileForm(forms.Form):
    """The signed file that came with a certificate."""

    file = forms.FileField(
        label=_("Signed file"),
        help_text=_(
            "The file certificate.json, downloaded from the certificate or attached in its PDF."
        ),
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large to be one."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_DOCUMENT:
            raise forms.ValidationError(_("This file is too large to be a certificate."))
        return file


class RevocationForm(forms.Form):
    """Why a certificate is withdrawn."""

    because = forms.CharField(
        label=_("Reason for the revocation"),
        max_length=300,
        min_length=4,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The learner and whoever verifies the certificate will read it."),
    )
