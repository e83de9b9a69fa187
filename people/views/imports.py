"""Whole lists: units and persons from a spreadsheet, and the first passwords of many."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from people import operations, progress, queries
from people import roster_import as lists
from people.downloads import download
from people.enums import ROLES_THAT_KEEP_THE_ROSTER, Role, RosterState
from people.forms import RosterFileForm
from people.importing.roster import PERSON_COLUMNS, UNIT_COLUMNS
from people.importing.tables import FileRefused
from people.importing.template import roster_template as template
from people.models import RosterImport
from people.permissions import me, role_required
from people.spreadsheets import MEDIA_TYPE, workbook

PER_PAGE = 25


@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def roster_imports(request: HttpRequest) -> HttpResponse:
    """Send a list to be checked; the lists one sent before."""
    form = RosterFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            with progress.telling(_checked_as(request), stages=progress.LOOKED_AT) as tell:
                row, _report = lists.receive_roster(
                    file, file.name, by=me(request), now=timezone.now(), tell=tell
                )
        except FileRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("people:roster_import", pk=row.pk)
    sent = RosterImport.objects.filter(sent_by=me(request))
    return render(
        request,
        "people/imports.html",
        {
            "form": form,
            "page": Paginator(sent, PER_PAGE).get_page(request.GET.get("page")),
            "columns": [
                (_("List of persons"), [headings[0] for headings in PERSON_COLUMNS.values()]),
                (_("List of units"), [headings[0] for headings in UNIT_COLUMNS.values()]),
            ],
            "told": progress.told(_checked_as(request)),
        },
        status=422 if form.errors else 200,
    )


@require_GET
@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def roster_import_checking(request: HttpRequest) -> JsonResponse:
    """How far the first check of one's own list is, for the page that waits for it."""
    return progress.answer(_checked_as(request))


@require_GET
@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def roster_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    return download(template(), "人员与单位导入模板.xlsx", MEDIA_TYPE)


@require_GET
@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def roster_import(request: HttpRequest, pk: int) -> HttpResponse:
    """What a list would change or has changed, and what stands against it."""
    row = _own(request, pk)
    words = _words()
    counts = [(words[what], number) for what, number in row.report["counts"].items()]
    deeds = [{**deed, "what": words[deed["what"]]} for deed in row.report["deeds"]]
    checked = row.state == RosterState.CHECKED
    return render(
        request,
        "people/import.html",
        {
            "row": row,
            "report": row.report,
            "counts": counts,
            "deeds": deeds,
            "deed_count": sum(row.report["counts"].values()),
            "checked": checked,
            "may_carry_out": checked and deeds and not row.report["error_count"],
            "told": progress.told(_told_as(row)) if checked else None,
        },
    )


@require_GET
@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def roster_import_progress(request: HttpRequest, pk: int) -> JsonResponse:
    """How far the list is, for the page that waits for it."""
    return progress.answer(_told_as(_own(request, pk)))


@require_POST
@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def roster_import_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out every row of the list, or nothing."""
    row = _own(request, pk)
    try:
        with progress.telling(_told_as(row), row.report["rows"]) as tell:
            lists.carry_out(row.pk, by=me(request), now=timezone.now(), tell=tell)
    except lists.NotToBeCarriedOut:
        messages.info(request, _("This list was carried out before; nothing was changed again."))
    except lists.RosterHeld as held:
        RosterImport.objects.filter(pk=pk, state=RosterState.CHECKED).update(
            report=held.report.as_plain(lists.SHOWN)
        )
        messages.error(request, _("Nothing was changed. What stands against it is shown below."))
    except FileRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("“%(file)s” is carried out.") % {"file": row.file_name})
    return redirect("people:roster_import", pk=pk)


def _checked_as(request: HttpRequest) -> str:
    return f"roster-check-{me(request).pk}"


def _told_as(row: RosterImport) -> str:
    return f"roster-{row.pk}"


def _own(request: HttpRequest, pk: int) -> RosterImport:
    row: RosterImport = get_object_or_404(RosterImport, pk=pk, sent_by=me(request))
    return row


def _words() -> dict[str, str]:
    return {
        "add_unit": _("Unit added"),
        "add_person": _("Person added"),
        "appoint": _("Post recorded"),
        "stage": _("Stage recorded"),
        "duty": _("Duty recorded"),
    }


@require_POST
@role_required(Role.SYSTEM_ADMIN)
def first_passwords(request: HttpRequest) -> HttpResponse:
    """Passwords for those who have none yet, in a file that is made this once."""
    code = request.POST.get("unit", "")
    unit = get_object_or_404(queries.units_managed_by(me(request), Role.SYSTEM_ADMIN), code=code)
    issued = operations.issue_first_passwords(unit, by=me(request), now=timezone.now())
    if not issued:
        messages.info(request, _("Everybody here has a password already."))
        return redirect("people:roster")
    headings = [_("Unit"), _("Staff number"), _("Name"), _("First password")]
    rows = [
        (who.unit.name if who.unit else "", who.staff_number, who.name, password)
        for who, password in issued
    ]
    file = workbook(unit.name, headings, rows)
    return download(file, f"{unit.name}-首次密码.xlsx", MEDIA_TYPE)
