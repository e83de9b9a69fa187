"""A request's language, and its id on the answer and on every log line it causes."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from logging import Filter, LogRecord

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Keep a plausible ``X-Request-ID`` from the proxy, otherwise make one; echo it in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if _ACCEPTABLE.fullmatch(offered) else secrets.token_hex(8)
        token = _request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            _request_id.reset(token)
        response["X-Request-ID"] = request_id
        return response


class RequestIdFilter(Filter):
    """Give every log record the id of the request it belongs to, or ``-``."""

    def filter(self, record: LogRecord) -> bool:
        record.request_id = _request_id.get()
        return True


class LanguageMiddleware:
    """Chinese unless somebody chose otherwise: the browser's own language is no choice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        offered = {code for code, _name in settings.LANGUAGES}
        language = chosen if chosen in offered else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
