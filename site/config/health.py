"""Is it up, and can it reach what it stands on?"""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 with JSON when the database answers, 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return JsonResponse({"status": "down", "database": "unreachable"}, status=503)
    # A file that was removed still answers whoever has it open, and keeps nothing of what is written.
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return JsonResponse({"status": "down", "database": "removed"}, status=503)
    return JsonResponse({"status": "ok", "database": connection.vendor, "demo": settings.DEMO})
