"""What an editor types when a policy text is imported."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from content.documents import MAX_DOCUMENT_BYTES, DocumentRefused
from content.documents import examined as document_examined
from content.enums import Mark, TextForm
from content.media_check import CheckMedia, extension
from content.media_length import is_cut_short, length_seconds
from content.package_check import PackageRefused, Reason
from content.package_manifest import examined
from content.pdf_check import PdfFinding
from people.fields import DateField


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
    passed_on = DateField(label=_("passed on"), required=False)
    issued_on = DateField(label=_("issued on"), required=False)
    effective_on = DateField(label=_("effective on"), required=False)
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


class StoredFile(forms.FileInput):
    """A file that is stored already: how to open it, in place of a way to exchange it."""

    template_name = "content/admin/stored_file.html"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"url": self.url}


class KeptFileForm(WagtailAdminModelForm):
    """A file: looked at before anything of it is stored, never exchanged afterwards.

    Pages that two persons approved show it.
    """

    never_changes: Any
    opened_at = ""  # the name of an address; "" where the stored file is not opened by itself

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            url = reverse(self.opened_at, args=[self.instance.pk]) if self.opened_at else ""
            self.fields["file"].widget = StoredFile(url)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if "file" not in self.changed_data:
            return file
        if self.instance.pk:
            raise forms.ValidationError(self.never_changes)
        self.look_into(file)
        file.seek(0)
        self.instance.uploaded_by = self.for_user
        return file

    def look_into(self, file: Any) -> None:
        """Note what the file is. Raises ValidationError for what is not taken."""
        raise NotImplementedError


class MediaForm(KeptFileForm):
    """A lecture file. Its length is read from the file; typed only where the file does not say."""

    never_changes = _(
        "A stored lecture file never changes, because published lectures play it. Upload the new one "
        "as a lecture file of its own, and choose it on the page."
    )
    opened_at = "content:media"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["length_seconds"].required = False
        self.fields["length_seconds"].disabled = bool(self.instance.pk)

    def look_into(self, file: Any) -> None:
        CheckMedia()(file)
        if is_cut_short(file.file, extension(file.name or "")):
            raise forms.ValidationError(
                _("The file breaks off before its end. Please export or copy it anew."), code="cut"
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file, typed = cleaned.get("file"), cleaned.get("length_seconds")
        if not file or "file" not in self.changed_data:
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


# Each says what is wrong and how to mend it.
REFUSALS: dict[Reason, Any] = {
    Reason.NOT_A_ZIP: _("This is no package: a .zip or .h5p file is needed."),
    Reason.DAMAGED: _(
        "The archive is damaged or packed in an unusual way. Please export it again."
    ),
    Reason.ENCRYPTED: _("The archive is protected by a password. Please pack it without one."),
    Reason.TOO_LARGE: _(
        "The package is too large: 200 MB packed and 500 MB unpacked are the limit. Please "
        "compress pictures and videos."
    ),
    Reason.TOO_MANY_FILES: _("The package has more than 5,000 files. Please divide it."),
    Reason.TOO_DEEP: _("“%(name)s” lies more than sixteen folders deep. Please pack it flatter."),
    Reason.BOMB: _(
        "“%(name)s” would swell out of all proportion when unpacked; it is not accepted."
    ),
    Reason.NAME: _(
        "“%(name)s” is no safe file name: no .. and no absolute path, no backslash, colon or "
        "control character. Please rename it and pack again."
    ),
    Reason.TWICE: _("“%(name)s” is in the archive twice. Please export the package again."),
    Reason.LINK: _("“%(name)s” is a link and not a file. Please pack the file itself."),
    Reason.NESTED: _("“%(name)s” is an archive within the archive. Please take it out."),
    Reason.FORBIDDEN_FILE: _(
        "“%(name)s” is of a kind that is not accepted, such as a program or Flash. Please take it out."
    ),
    Reason.WRONG_CONTENTS: _("The contents of “%(name)s” do not fit its extension."),
    Reason.NO_DESCRIPTION: _(
        "Neither imsmanifest.xml nor h5p.json stands at the top of the archive. Please pack what is "
        "in the folder, not the folder itself."
    ),
    Reason.BAD_DESCRIPTION: _(
        "“%(name)s” cannot be read, or is no list of SCORM 1.2, SCORM 2004 or H5P. Please export it anew."
    ),
    Reason.NO_ENTRY: _(
        "The package lacks what it is to open: “%(name)s”. For H5P, export it with all its libraries."
    ),
}


class PackageForm(KeptFileForm):
    """A package."""

    never_changes = _(
        "A stored package never changes, because people are studying it. Upload the new "
        "version as a package file of its own, and choose it on the page."
    )

    def look_into(self, file: Any) -> None:
        try:
            found = examined(file.file)
        except PackageRefused as refusal:
            raise forms.ValidationError(
                REFUSALS[refusal.reason], code=str(refusal.reason), params={"name": refusal.name}
            ) from None
        self.instance.kind = found.kind
        self.instance.parts = [part.plain() for part in found.parts]
        self.instance.file_count = found.file_count
        self.found_title = found.title

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["title"] = cleaned.get("title") or getattr(self, "found_title", "")[:200]
        if not cleaned["title"] and not self.errors:
            self.add_error("title", _("The package has no title. Please give it one."))
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


DOCUMENT_REFUSALS: dict[PdfFinding | None, Any] = {
    None: _(
        "This is no PDF and no Word document (.docx) of at most 20 MB, or it is damaged or "
        "protected. Please export it anew; others as PDF."
    ),
    PdfFinding.ACTIVE: _(
        "This PDF would do something by itself: run a script, start a program or send a form. "
        "Please print it to a new PDF file and upload that."
    ),
    PdfFinding.FILES: _(
        "This PDF has other files in it. Please take them out, or print it to a new PDF file."
    ),
    PdfFinding.ENCRYPTED: _(
        "This PDF is protected, so what is in it cannot be checked. Please save it without protection."
    ),
    PdfFinding.UNREADABLE: _(
        "This PDF is packed in an unusual way and cannot be checked. Please print it to a new PDF file."
    ),
}


class DocumentForm(KeptFileForm):
    """A document."""

    never_changes = _(
        "A stored document never changes, because published pages show it. Upload the new one "
        "as a document of its own, and choose it on the page."
    )
    opened_at = "content:document"

    def look_into(self, file: Any) -> None:
        try:
            if file.size > MAX_DOCUMENT_BYTES:
                raise DocumentRefused
            kind, html = document_examined(file.name or "", file.read())
        except DocumentRefused as refusal:
            code = str(refusal.found or "document")
            raise forms.ValidationError(DOCUMENT_REFUSALS[refusal.found], code=code) from None
        self.instance.kind, self.instance.html = kind, html
        self.instance.size = file.size
