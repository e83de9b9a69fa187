"""One's own record, to take away."""

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.own_data import archive_of
from dashboards.views.common import SignedIn
from people.downloads import download
from people.operations import audit


@require_safe
def own_data(request: SignedIn) -> HttpResponse:
    """Everything held about the person who asks; about nobody else."""
    now = timezone.now()
    with transaction.atomic():
        body = archive_of(request.user, now)
        subject = f"people.person:{request.user.pk}"
        audit(request.user, "dashboards.own_data.download", subject, {}, now=now)
    name = f"{request.user.staff_number}-{timezone.localdate(now):%Y%m%d}.zip"
    return download(body, name, "application/zip")
