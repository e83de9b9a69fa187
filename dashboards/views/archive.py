"""The training archive of a person, on the page and printed."""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certificates.answers import asks_too_often, public, too_many
from certificates.credential import masked_name
from certificates.pdf import qr_code
from dashboards import operations
from dashboards.archive import archive_of
from dashboards.files import printed
from dashboards.models import ArchivePrint
from people.downloads import download
from people.enums import ROLES_THAT_SEE_PEOPLE
from people.models import Person
from people.operations import audit
from people.permissions import me, role_required
from people.queries import persons_visible_to


@require_safe
def my_archive(request: HttpRequest) -> HttpResponse:
    """My own archive."""
    return _page(request, me(request))


@require_safe
def my_archive_pdf(request: HttpRequest) -> HttpResponse:
    """My own archive, printed."""
    return _pdf(request, me(request))


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """The archive of somebody in my part of the tree; it leaves an audit row."""
    return _page(request, _person(request, pk, "dashboards.archive.view"))


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def archive_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The same, printed."""
    return _pdf(request, _person(request, pk, "dashboards.archive.export"))


@login_not_required
@require_safe
def archive_verify(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR code of a printed archive leads to: does the ledger still say what stood there?

    Public; the name is masked, and no line is shown. What is unknown is a 404 with the same page.
    """
    if asks_too_often(request):
        return too_many(request)
    printing = None
    if re.fullmatch(r"[A-Za-z0-9_-]{1,32}", token):
        printing = ArchivePrint.objects.select_related("person__unit").filter(token=token).first()
    context: dict[str, Any] = {"printing": printing}
    if printing is not None:
        same = archive_of(printing.person, now=printing.printed_at).digest() == printing.digest
        context |= {"same": same, "name": masked_name(printing.name)}
    status = 200 if printing is not None else 404
    return public(render(request, "dashboards/archive_verify.html", context, status=status))


def _person(request: HttpRequest, pk: int, verb: str) -> Person:
    visible = persons_visible_to(me(request)).exclude(pk=me(request).pk)
    who: Person = get_object_or_404(visible.select_related("unit"), pk=pk)
    audit(me(request), verb, f"people.person:{who.pk}", {}, now=timezone.now())
    return who


def _page(request: HttpRequest, who: Person) -> HttpResponse:
    found = archive_of(who, now=timezone.now())
    own = who.pk == me(request).pk
    return render(request, "dashboards/archive.html", {"archive": found, "who": who, "own": own})


def _pdf(request: HttpRequest, who: Person) -> HttpResponse:
    found = archive_of(who, now=timezone.now())
    printing = operations.note_print(found, by=me(request))
    address = settings.SITE_URL.rstrip("/") + reverse(
        "dashboards:archive_verify", args=[printing.token]
    )
    context = {"archive": found, "who": who, "address": address, "qr": qr_code(address)}
    raw = printed.pdf("dashboards/pdf/archive.html", context)
    name = f"{_('Training archive')}-{who.name}-{who.staff_number}.pdf"
    return download(raw, name, printed.MEDIA_TYPE)
