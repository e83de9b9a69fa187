"""Who looked at and who changed what, for whoever audits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from people import deeds
from people.enums import Role
from people.numbers import whole_number
from people.operations import audit
from people.permissions import me, role_required
from people.queries import places_within
from tracker import queries
from tracker.forms.audit import AuditFilter

PER_PAGE = 50


@require_GET
@role_required(Role.AUDITOR)
def audit_log(request: HttpRequest) -> HttpResponse:
    """The log of the auditor's part of the tree; reading it is itself logged."""
    now = timezone.now()
    form = AuditFilter(request.GET)
    chosen = form.chosen()
    rows = queries.audit_of(me(request), **chosen)
    if before := whole_number(request.GET.get("before")):
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PER_PAGE + 1])
    names = queries.subjects_of(page)
    called = queries.names_of_codes(deeds.codes(row.detail for row in page))
    kept = {key: str(value) for key, value in request.GET.items() if key != "before" and value}
    detail = {key: str(value) for key, value in chosen.items() if value}
    audit(me(request), "people.audit.view", "people.auditentry", detail, now=now)
    more = len(page) > PER_PAGE
    page = page[:PER_PAGE]
    return render(
        request,
        "tracker/audit_log.html",
        {
            "form": form,
            "filtered": bool(detail),
            "rows": [
                {
                    "row": row,
                    "deed": deeds.said(row.verb),
                    "details": deeds.details(row.verb, row.detail, called),
                    "about": names.get(row.subject, ""),
                    "number": deeds.about(row.subject) or row.subject,
                }
                for row in page
            ],
            "older": urlencode({**kept, "before": str(page[-1].pk)}) if more else "",
            "newer": urlencode(kept) if before else "",
            "places": places_within(None, (row.actor.unit for row in page if row.actor)),
            "is_later_page": bool(before),
            "seal": queries.audit_seal(),
        },
    )
