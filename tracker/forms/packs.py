"""A rule pack as it is sent in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class PackForm(forms.Form):
    """A rule pack as YAML, pasted or as a file."""

    document = forms.CharField(
        label=_("The pack (YAML)"),
        required=False,
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 24, "class": "code", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.txt"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > 200_000:
            raise forms.ValidationError(_("A pack is at most 200 000 bytes."))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("document", "")
        if file:
            try:
                text = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("The file is not UTF-8 text."))
        elif not text.strip() and not self.errors:
            self.add_error("document", _("Please paste a pack or choose a file."))
        cleaned["text"] = text.replace("\r\n", "\n")
        return cleaned
