"""One's own record, to take away."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.own_data import archive_of
from people.downloads import download
from people.operations import audit
from people.permissions import me


@require_safe
def own_data(request: HttpRequest) -> HttpResponse:
    """Everything held about the person who asks; about nobody else."""
    now = timezone.now()
    with transaction.atomic():
        body = archive_of(me(request), now)
        subject = f"people.person:{me(request).pk}"
        audit(me(request), "dashboards.own_data.download", subject, {}, now=now)
    name = f"{me(request).staff_number}-{timezone.localdate(now):%Y%m%d}.zip"
    return download(body, name, "application/zip")
