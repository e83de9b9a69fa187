"""The training archive of a person, on the page and printed."""

from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboards.archive import archive_of
from dashboards.files import printed
from dashboards.views.common import SignedIn
from people.enums import ROLES_THAT_SEE_PEOPLE
from people.models import Person
from people.operations import audit
from people.permissions import role_required
from people.queries import persons_visible_to


@require_safe
def my_archive(request: SignedIn) -> HttpResponse:
    """My own archive."""
    return _page(request, request.user)


@require_safe
def my_archive_pdf(request: SignedIn) -> HttpResponse:
    """My own archive, printed."""
    return _pdf(request, request.user)


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def archive(request: SignedIn, pk: int) -> HttpResponse:
    """The archive of somebody in my part of the tree; it leaves an audit row."""
    return _page(request, _person(request, pk, "dashboards.archive.view"))


@require_safe
@role_required(*ROLES_THAT_SEE_PEOPLE)
def archive_pdf(request: SignedIn, pk: int) -> HttpResponse:
    """The same, printed."""
    return _pdf(request, _person(request, pk, "dashboards.archive.export"))


def _person(request: SignedIn, pk: int, verb: str) -> Person:
    visible = persons_visible_to(request.user).exclude(pk=request.user.pk)
    who: Person = get_object_or_404(visible.select_related("unit"), pk=pk)
    audit(request.user, verb, f"people.person:{who.pk}", {}, now=timezone.now())
    return who


def _page(request: SignedIn, who: Person) -> HttpResponse:
    found = archive_of(who, now=timezone.now())
    own = who.pk == request.user.pk
    return render(request, "dashboards/archive.html", {"archive": found, "who": who, "own": own})


def _pdf(request: SignedIn, who: Person) -> HttpResponse:
    found = archive_of(who, now=timezone.now())
    raw = printed.pdf("dashboards/pdf/archive.html", {"archive": found, "who": who})
    name = quote(f"{_('Training archive')}-{who.name}-{who.staff_number}.pdf")
    return HttpResponse(
        raw,
        content_type=printed.MEDIA_TYPE,
        headers={
            "Content-Disposition": f"attachment; filename=\"archive.pdf\"; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        },
    )
