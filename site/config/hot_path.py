"""A short way for the two busiest addresses: saving answers, and study ticks.

Both carry a signed pass that their view checks in memory; session, user, language, messages and
CSRF cookie are never asked for there. What every answer must have stays: the check of the host,
the redirect to https, the security headers and the request id. The rest of the middleware would
cost more than the work itself; docs/decisions/0006 has the figures.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import cached_property
from threading import Lock
from typing import Any
from uuid import UUID

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, ResolverMatch, resolve

from config.middleware import RequestIdMiddleware

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
View = Callable[..., HttpResponse]

# As Django's own converter for UUIDs reads them.
_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
HOT_PATHS = re.compile(rf"/api/(?:attempts/(?P<attempt>{_UUID})/answers|study/ticks)/")
_ANY = "00000000-0000-0000-0000-000000000000"


class PlainAnswerMiddleware:
    """What CommonMiddleware does that matters here: refuse foreign hosts, state the length."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.get_host()  # raises DisallowedHost, which becomes a 400
        response = self.get_response(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response


class HotPathHandler(WSGIHandler):
    """Django's own handler with three light middlewares instead of the site's list."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for middleware in (PlainAnswerMiddleware, RequestIdMiddleware, SecurityMiddleware):
            handler = convert_exception_to_response(middleware(handler))
        self._middleware_chain = handler

    @cached_property
    def _views(self) -> tuple[View, View]:
        """Those the site's own list of addresses names; looked up once, not for every request."""
        return resolve(f"/api/attempts/{_ANY}/answers/").func, resolve("/api/study/ticks/").func

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        found = HOT_PATHS.fullmatch(request.path_info)
        if found is None:
            raise Resolver404({"path": request.path_info})
        save_answers, ticks = self._views
        if found["attempt"]:
            match = ResolverMatch(save_answers, (), {"pk": UUID(found["attempt"])})
        else:
            match = ResolverMatch(ticks, (), {})
        request.resolver_match = match
        return match


def with_hot_path(whole: Application) -> Application:
    """The site, with the hot paths taken before its middleware; every other request goes through."""
    hot = HotPathHandler()
    # SQLite lets one write at a time and makes the others try again after growing pauses; in a
    # queue of our own nobody starves.
    turn = Lock() if connection.vendor == "sqlite" else nullcontext()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if HOT_PATHS.fullmatch(environ["PATH_INFO"]):
            with turn:
                return hot(environ, start_response)
        return whole(environ, start_response)

    return application
