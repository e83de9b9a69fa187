"""Hours from a file: send it, read what was found, post it or not, take it back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people import progress
from people.downloads import download
from people.enums import Role
from people.permissions import me, role_required
from people.queries import has_role
from people.spreadsheets import MEDIA_TYPE
from tracker import operations, queries
from tracker.enums import ImportState
from tracker.forms.imports import HoursFileForm, UndoForm
from tracker.importing import COLUMNS, FileRefused, hours_template
from tracker.models import HoursImport
from tracker.views.record import PER_PAGE

_SENDERS = (Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF)


@require_http_methods(["GET", "POST"])
@role_required(*_SENDERS)
def imports(request: HttpRequest) -> HttpResponse:
    """Send a file, and the files sent before."""
    form = HoursFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            with progress.telling(_checked_as(request), stages=progress.LOOKED_AT) as tell:
                row, _report = operations.receive_hours(
                    file, file.name, by=me(request), now=timezone.now(), tell=tell
                )
        except FileRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("tracker:import", pk=row.pk)
    page = Paginator(queries.imports_visible_to(me(request)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "tracker/imports.html",
        {
            "form": form,
            "page": page,
            "columns": [headings[0] for headings in COLUMNS.values()],
            "told": progress.told(_checked_as(request)),
        },
        status=422 if form.errors else 200,
    )


@require_GET
@role_required(*_SENDERS)
def import_checking(request: HttpRequest) -> JsonResponse:
    """How far the first check of one's own file is, for the page that waits for it."""
    return progress.answer(_checked_as(request))


@require_GET
@role_required(*_SENDERS)
def import_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    return download(hours_template(), "学时导入模板.xlsx", MEDIA_TYPE)


@require_GET
@role_required(*_SENDERS)
def import_(request: HttpRequest, pk: int) -> HttpResponse:
    """What was found in a file, and what became of it."""
    return _page(request, _import(request, pk))


@require_GET
@role_required(*_SENDERS)
def import_progress(request: HttpRequest, pk: int) -> JsonResponse:
    """How far the posting is, for the page that waits for it."""
    return progress.answer(_told_as(_import(request, pk)))


@require_POST
@role_required(*_SENDERS)
def import_post(request: HttpRequest, pk: int) -> HttpResponse:
    """Post every row of the file, or nothing."""
    found = _import(request, pk)
    if found.sent_by_id != me(request).pk:
        raise Http404
    accept_near = request.POST.get("accept_near") == "1"
    try:
        with progress.telling(_told_as(found), found.report["rows"]) as tell:
            row, report = operations.post_hours(
                pk, by=me(request), now=timezone.now(), accept_near=accept_near, tell=tell
            )
    except operations.NotToBePosted:
        messages.info(request, _("This file was posted before; nothing was posted a second time."))
    except operations.ImportHeld as held:
        HoursImport.objects.filter(pk=pk, state=ImportState.CHECKED).update(
            report=held.report.as_plain(operations.SHOWN)
        )
        messages.error(request, _("Nothing was posted. What stands against it is shown below."))
    except FileRefused as refused:
        messages.error(request, str(refused))
    else:
        said = {"lines": report.ready, "file": row.file_name}
        messages.success(request, _("%(lines)s lines of “%(file)s” are posted.") % said)
    return redirect("tracker:import", pk=pk)


@require_POST
@role_required(*_SENDERS)
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what the file posted."""
    found = _import(request, pk)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        taken = operations.undo_hours(
            pk, because=form.cleaned_data["because"], by=me(request), now=timezone.now()
        )
    except operations.MayNotUndo:
        raise Http404 from None
    except operations.NotToBePosted:
        messages.info(request, _("This import was taken back before."))
    else:
        messages.success(
            request,
            _("%(lines)s lines are taken back. They stay in the record with the reason.")
            % {"lines": taken},
        )
    return redirect("tracker:import", pk=pk)


def _checked_as(request: HttpRequest) -> str:
    return f"hours-check-{me(request).pk}"


def _told_as(found: HoursImport) -> str:
    return f"hours-{found.pk}"


def _import(request: HttpRequest, pk: int) -> HoursImport:
    return get_object_or_404(queries.imports_visible_to(me(request)), pk=pk)


def _page(
    request: HttpRequest, found: HoursImport, form: UndoForm | None = None, status: int = 200
) -> HttpResponse:
    report: dict[str, Any] = found.report
    checked = found.state == ImportState.CHECKED
    lines = queries.lines_of_import(found)
    return render(
        request,
        "tracker/import.html",
        {
            "found": found,
            "report": report,
            "checked": checked,
            "page": None
            if checked
            else Paginator(lines, PER_PAGE).get_page(request.GET.get("page")),
            "sees_lines": has_role(me(request), Role.TRAINING_ADMIN),
            "told": progress.told(_told_as(found)) if checked else None,
            "own": found.sent_by_id == me(request).pk,
            "may_post": checked
            and found.sent_by_id == me(request).pk
            and not report["error_count"]
            and report["ready"],
            "undo_form": (form or UndoForm())
            if found.state == ImportState.POSTED and operations.may_undo(found, me(request))
            else None,
            "findings": [
                (
                    _("Posted to the person a record was merged into"),
                    report.get("followed"),
                    report.get("followed_count"),
                ),
                (
                    _("Probably counted twice"),
                    report["near_duplicates"],
                    report["near_duplicate_count"],
                ),
                (
                    _("Taken back before, not posted again"),
                    report["taken_back"],
                    report["taken_back_count"],
                ),
                (
                    _("Said twice in the file, counted once"),
                    report["repeats"],
                    report["repeat_count"],
                ),
            ],
        },
        status=status,
    )
