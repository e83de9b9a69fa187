"""The institution's part: timetable, attendance, sheets, records."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classes import operations, queries, sheets, wording
from classes.enums import PresenceKind, PresenceWay, SessionKind
from classes.forms import RecordForm, SessionForm, SheetForm
from classes.models import Session
from classes.operations.sessions import Mark
from classes.views.shared import attempt, class_or_404, class_page
from people.enums import Role
from people.permissions import me, role_required
from people.queries import full_names

KEEPERS = (Role.INSTITUTION_STAFF, Role.TRAINING_ADMIN)
_SALT = "classes.sheet"


@require_safe
@role_required(Role.INSTITUTION_STAFF)
def held(request: HttpRequest) -> HttpResponse:
    """Classes held at my institution, the latest first."""
    today = timezone.localdate()
    rows = [
        (each, wording.state_of(each, today))
        for each in queries.classes_at_institutions_of(me(request))[:200]
    ]
    return render(request, "classes/held.html", {"rows": rows})


def _session_or_404(request: HttpRequest, pk: int) -> Session:
    found = queries.session_at_institution(me(request), pk)
    if found is None:
        raise Http404
    return found


@require_POST
@role_required(*KEEPERS)
def add_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a session to the timetable."""
    asker = me(request)
    of = class_or_404(asker, pk)
    if not (queries.is_institution_of(asker, of) or queries.is_organiser_of(asker, of)):
        raise Http404
    if of.confirmed_at:
        messages.error(request, _("The results are confirmed; the timetable stays."))
        return redirect("classes:detail", pk)
    form = SessionForm(request.POST, first_day=of.starts_on, last_day=of.last_day)
    if not form.is_valid():
        return class_page(request, of, form)
    operations.add_session(of, **form.cleaned_data, by=asker, now=timezone.now())
    messages.success(request, _("The session is in the timetable."))
    return redirect("classes:detail", pk)


@require_POST
@role_required(*KEEPERS)
def remove_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a session out of the timetable."""
    found = _session_or_404(request, pk)
    if operations.remove_session(pk, by=me(request), now=timezone.now()):
        messages.success(request, _("The session is out of the timetable."))
    else:
        messages.error(request, _("Attendance is recorded at this session; it stays."))
    return redirect("classes:detail", found.training_class_id)


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """Who was there: one line a person, saved together."""
    found = _session_or_404(request, pk)
    rows = queries.presences_of(found)
    if request.method == "POST":
        marks, wrong = _marks(request, found, rows)
        if wrong:
            messages.error(
                request,
                _("Hours missed are a number up to %(hours)s; not saved: %(names)s.")
                % {"hours": found.hours, "names": _("; ").join(wrong)},
            )
            return _session_page(request, found, rows, request.POST, status=422)
        changed: list[int] = []
        if attempt(
            request,
            lambda: changed.append(
                operations.record_presences(
                    pk, marks, way=PresenceWay.HAND, by=me(request), now=timezone.now()
                )
            ),
        ):
            messages.success(
                request, _("Attendance is saved; %(count)s lines changed.") % {"count": changed[0]}
            )
        return redirect("classes:session", pk)
    return _session_page(request, found, rows, None)


def _session_page(
    request: HttpRequest, found: Session, rows: Any, typed: Any, status: int = 200
) -> HttpResponse:
    lines = [
        {
            "place": place,
            "presence": presence,
            "kind": typed.get(f"kind-{place.pk}", "")
            if typed
            else (presence.kind if presence else ""),
            "missed": typed.get(f"missed-{place.pk}", "")
            if typed
            else (presence.missed if presence and presence.kind == PresenceKind.LEAVE else ""),
        }
        for place, presence in rows
    ]
    opens, closes = queries.sign_in_window(found)
    context = {
        "session": found,
        "class": found.training_class,
        "lines": lines,
        "units": full_names(place.unit for place, _presence in rows),
        "kinds": PresenceKind.choices,
        "present": sum(1 for _place, row in rows if row and row.kind == PresenceKind.PRESENT),
        "rest": bool(typed and typed.get("rest")),
        "recorded": sum(1 for _place, row in rows if row),
        "sheet_form": SheetForm(),
        "door_open": opens <= timezone.now() < closes,
        "closed": found.training_class.confirmed_at is not None,
        "interactive": found.kind == SessionKind.INTERACTIVE,
    }
    return render(request, "classes/session.html", context, status=status)


def _marks(request: HttpRequest, found: Session, rows: Any) -> tuple[list[Mark], list[str]]:
    marks: list[Mark] = []
    wrong: list[str] = []
    rest = request.POST.get("rest") == "present"
    for place, presence in rows:
        kind = request.POST.get(f"kind-{place.pk}", "")
        if kind not in PresenceKind.values:
            if not rest or presence is not None:
                continue
            kind = PresenceKind.PRESENT
        missed = Decimal(0)
        text = request.POST.get(f"missed-{place.pk}", "").strip()
        if kind == PresenceKind.LEAVE and text:
            try:
                missed = Decimal(text)
            except InvalidOperation:
                missed = Decimal(-1)
            if not missed.is_finite() or not 0 < missed <= found.hours:
                wrong.append(place.person.name)
                continue
        marks.append(Mark(place.pk, PresenceKind(kind), missed))
    return marks, wrong


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Attendance from a sheet: preview with what is wrong in each row, then take the good rows."""
    found = _session_or_404(request, pk)
    if request.method == "GET":
        return redirect("classes:session", pk)
    if request.POST.get("rows"):
        return _take_sheet(request, found)
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Please choose a file first."))
        return redirect("classes:session", pk)
    upload = form.cleaned_data["sheet"]
    try:
        if upload.size > sheets.MOST_BYTES:
            raise sheets.UnreadableSheet(_("The file is larger than 2 MB."))
        rows = sheets.read_sheet(upload.name, upload.read())
        places = {
            place.person.staff_number: (place.pk, place.person.name)
            for place, _row in queries.presences_of(found)
        }
        lines = sheets.match_sheet(rows, places, found.hours)
    except sheets.UnreadableSheet as error:
        messages.error(request, str(error))
        return redirect("classes:session", pk)
    good = [asdict(line) for line in lines if not line.error]
    context = {
        "session": found,
        "class": found.training_class,
        "lines": [(line, PresenceKind(line.kind).label if line.kind else "") for line in lines],
        "good": len(good),
        "bad": len(lines) - len(good),
        "rows": signing.dumps([found.pk, good], salt=_SALT, compress=True),
    }
    return render(request, "classes/sheet.html", context)


def _take_sheet(request: HttpRequest, found: Session) -> HttpResponse:
    try:
        pk, rows = signing.loads(request.POST["rows"], salt=_SALT, max_age=3600)
    except signing.BadSignature:
        messages.error(request, _("The preview is too old. Please choose the file again."))
        return redirect("classes:session", found.pk)
    if pk != found.pk:
        raise Http404
    marks = [
        Mark(row["place_id"], PresenceKind(row["kind"]), Decimal(row["missed"])) for row in rows
    ]
    changed: list[int] = []
    if attempt(
        request,
        lambda: changed.append(
            operations.record_presences(
                found.pk, marks, way=PresenceWay.SHEET, by=me(request), now=timezone.now()
            )
        ),
    ):
        messages.success(
            request,
            ngettext(
                "%(count)s row of the sheet is taken over.",
                "%(count)s rows of the sheet are taken over.",
                changed[0],
            )
            % {"count": changed[0]},
        )
    return redirect("classes:session", found.pk)


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened at an interactive lecture: opening, talk, comment."""
    found = _session_or_404(request, pk)
    if found.kind != SessionKind.INTERACTIVE:
        raise Http404
    have = getattr(found, "record", None)
    initial = (
        {name: getattr(have, name) for name in ("moderator", "opening", "talk", "comment", "spoke")}
        if have
        else None
    )
    form = RecordForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        operations.write_interactive_record(
            pk, **form.cleaned_data, by=me(request), now=timezone.now()
        )
        messages.success(request, _("The record is kept."))
        return redirect("classes:session", pk)
    context = {"session": found, "class": found.training_class, "form": form, "record": have}
    return render(request, "classes/record.html", context, status=422 if form.errors else 200)
