"""What is answered when there is nothing at an address, or a request fails on our side."""

import sys

from django.conf import settings
from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.views.defaults import bad_request as bad_request_page
from django.views.defaults import page_not_found

from config.given_back import came_from_here, given_back

# Long enough for a database that starts anew, short enough for a candidate who waits.
RETRY_AFTER = "5"  # seconds


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: a page, or for a program the JSON that Django REST framework answers elsewhere."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": gettext("Not found.")}, status=404)
    return page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a page, or a code for a program; 413 when there was more of it than is read at once."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return _too_large(request)
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "bad_request"}, status=400)
    return bad_request_page(request, exception)


def _too_large(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "too_large"}, status=413)
    # Without the request: whoever reads its form again meets the same refusal.
    limit = {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
    return HttpResponse(render_to_string("413.html", limit), status=413)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token: a page that gives back what was typed, or a code for a script."""
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "csrf"}, status=403)
    # A stranger's page could otherwise put its words on ours.
    typed = given_back(request) if came_from_here(request) else {}
    return render(request, "403_csrf.html", typed, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503 while the database is away, full or locked, which passes without anybody's doing.

    The pages draw without session and database. What a script asked for is told in JSON; the page of
    an examination keeps what it could not save and sends it again.
    """
    is_away = isinstance(sys.exception(), (OperationalError, InterfaceError))
    code, status = ("unavailable", 503) if is_away else ("failed", 500)
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"code": code}, status=status)
    else:
        response = HttpResponse(render_to_string(f"{status}.html"), status=status)
    if is_away:
        response["Retry-After"] = RETRY_AFTER
    return response
