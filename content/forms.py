"""What an editor types when a policy text is imported."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from content.enums import Mark, TextForm
from content.media_check import extension
from content.media_length import length_seconds


class UploadForm(forms.Form):
    """The file to import."""

    file = forms.FileField(
        label=_("file"),
        help_text=_(
            "Word (.docx), HTML, Markdown or plain text in UTF-8 or GB18030, at most 5 MB."
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".docx,.html,.htm,.md,.txt,text/plain,text/html"}),
    )


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ConfirmForm(forms.Form):
    """The title block as it will be stored, and whether it is a new wording of a text that is there."""

    form = forms.ChoiceField(
        label=_("form of the text"),
        choices=TextForm,
        help_text=_("Choose another form and the text is read anew."),
    )
    title = forms.CharField(label=_("title"), max_length=255)
    notice_title = forms.CharField(
        label=_("title of the issuing notice"), max_length=300, required=False
    )
    issuer = forms.CharField(label=_("issued by"), max_length=120, required=False)
    number = forms.CharField(label=_("document number"), max_length=60, required=False)
    serial = forms.CharField(label=_("copy number"), max_length=12, required=False)
    mark = forms.ChoiceField(label=_("publication mark"), choices=Mark)
    passed_on = _day(_("passed on"))
    issued_on = _day(_("issued on"))
    effective_on = _day(_("effective on"))
    edition_of = forms.TypedChoiceField(
        label=_("new edition of"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Leave empty for a text that is not in the library yet."),
    )

    def __init__(self, *args: Any, texts: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        edition_of = self.fields["edition_of"]
        if isinstance(edition_of, forms.ChoiceField):
            edition_of.choices = [("", _("a text of its own")), *texts]


class MediaForm(WagtailAdminModelForm):
    """A lecture file. Its length is read from the file; typed only where the file does not say."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["length_seconds"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file, typed = cleaned.get("file"), cleaned.get("length_seconds")
        if not file:
            return cleaned
        read = length_seconds(file.file, extension(file.name or ""))
        if read is None and not typed:
            self.add_error(
                "length_seconds",
                _("The file does not say how long it is. Please type the length in seconds."),
            )
        elif read is not None and not typed:
            cleaned["length_seconds"] = read
        elif read is not None and typed and abs(read - typed) > max(2, read // 50):
            self.add_error(
                "length_seconds",
                _("The file lasts %(read)s seconds, not %(typed)s. Leave this empty to use that.")
                % {"read": read, "typed": typed},
            )
        return cleaned


class DecisionForm(forms.Form):
    """A reviewer's decision. The reason is asked for only when the page is returned."""

    reason = forms.CharField(
        label=_("What is to be changed"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The submitter reads it beside the returned page."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=[("approve", ""), ("return", "")], required=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "return" and not cleaned.get("reason"):
            self.add_error("reason", _("Say what is to be changed before you return the page."))
        return cleaned
