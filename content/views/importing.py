"""Import in the browser: choose a file, look at what was read, correct, confirm."""

from typing import Any

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import UploadedFile

from content import importing, operations, queries
from content.articles import Form
from content.enums import TextForm
from content.forms import ConfirmForm, UploadForm
from content.models import PolicyTextPage
from content.permissions import may_edit
from content.report import told


class _EditorsOnly:
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_edit(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class Upload(_EditorsOnly, WagtailAdminTemplateMixin, FormView):
    """Choose the file. It is only kept when it can be read."""

    form_class = UploadForm
    template_name = "content/admin/import_upload.html"
    page_title = gettext_lazy("Import a policy text")
    header_icon = "upload"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def form_valid(self, form: UploadForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        try:
            data = importing.read_stream(file)
            operations.read_policy(data, name=file.name)
        except importing.ImportRefused as refused:
            form.add_error("file", str(refused))
            return self.form_invalid(form)
        known = operations.imported_before(data)
        if known is not None:
            messages.info(self.request, _("This file was imported before. Nothing was changed."))
            return redirect("wagtailadmin_pages:edit", known.text_id)
        kept = UploadedFile.objects.create(
            for_content_type=ContentType.objects.get_for_model(PolicyTextPage),
            file=ContentFile(data, name=file.name[-80:] or "text.txt"),
            uploaded_by_user=self.request.user,
        )
        return redirect("content_import_preview", kept.pk)


class Preview(_EditorsOnly, WagtailAdminTemplateMixin, FormView):
    """Look at the articles and the report, correct the title block, confirm."""

    form_class = ConfirmForm
    template_name = "content/admin/import_preview.html"
    page_title = gettext_lazy("Check what was read")
    header_icon = "upload"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.kept = get_object_or_404(
            UploadedFile,
            pk=kwargs["pk"],
            uploaded_by_user=request.user,
            for_content_type=ContentType.objects.get_for_model(PolicyTextPage),
        )
        with self.kept.file.open("rb") as file:
            self.data = importing.read_stream(file)
        self.name = self.kept.file.name.rsplit("/", 1)[-1]
        asked = request.POST.get("form") or request.GET.get("form", "")
        form = Form(asked) if asked in TextForm.values else None
        try:
            self.parsed = operations.read_policy(self.data, name=self.name, form=form)
        except importing.NoArticles as refused:
            messages.error(request, str(refused))
            return redirect("content_import_preview", self.kept.pk)
        if request.method == "POST" and "read_anew" in request.POST:
            return redirect(f"{request.path}?form={self.parsed.form.value}")
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse("content_import"), "label": Upload.page_title},
            {"url": "", "label": self.page_title},
        ]

    def get_initial(self) -> dict[str, Any]:
        values = operations.metadata(self.parsed)
        # A name is asked for, not guessed.
        return values | ({} if self.parsed.title else {"title": ""})

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"texts": queries.all_texts()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        remarks = [told(remark) for remark in self.parsed.report]
        return super().get_context_data(**kwargs) | {
            "parsed": self.parsed,
            "report": [
                (_("Please compare with the original"), [r for r in remarks if r.to_check]),
                (_("What else was done to the text"), [r for r in remarks if not r.to_check]),
            ],
            "namesake": queries.text_called(self.parsed.title),
            "doubts": len(self.parsed.doubts),
            "numbered": len(self.parsed.numbered),
            "source_name": self.name,
        }

    def form_valid(self, form: ConfirmForm) -> HttpResponse:
        corrections = dict(form.cleaned_data)
        corrections.pop("form")
        edition_of = corrections.pop("edition_of") or None
        try:
            imported = operations.import_policy(
                self.data,
                source_name=self.name,
                form=self.parsed.form,
                edition_of=edition_of,
                by=self.request.user,
                corrections=corrections,
                now=timezone.now(),
            )
        except operations.NotAfterTheEditionBefore as refused:
            form.add_error("effective_on", str(refused))
            return self.form_invalid(form)
        self.kept.file.delete(save=False)
        self.kept.delete()
        if imported.created:
            text = _("“%(title)s” is stored as a draft and waits for a second person’s review.")
        else:
            text = _("“%(title)s” was imported before. Nothing was changed.")
        messages.success(self.request, text % {"title": imported.page.title})
        return redirect("wagtailadmin_pages:edit", imported.page.pk)
