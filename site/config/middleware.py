"""Where a request comes from, its language, and its id on the answer and on every log line it causes."""

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from ipaddress import ip_address
from logging import Filter, LogRecord
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_cache_control

from people.numbers import LARGEST

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class ClientAddressMiddleware:
    """Behind proxies, put the client's address where everybody looks for it: into REMOTE_ADDR.

    Each trusted proxy adds who asked it to the end of ``X-Forwarded-For``; what stands before that
    was said by the client and is worth nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        proxies = settings.TRUSTED_PROXIES
        said = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
        if proxies and len(said) >= proxies:
            with suppress(ValueError):
                request.META["REMOTE_ADDR"] = str(ip_address(said[-proxies]))
        return self.get_response(request)


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


class ReadableBodyMiddleware:
    """Refuse a body that says it is not UTF-8: every page here sends UTF-8.

    Django decodes a form with whatever codec its header names. Some of Python's are no encodings of
    text at all and raise, others make of plain letters what no database stores; a visitor without
    an account could so break any address that takes a form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8").strip("\"'")
        if charset.lower() not in ("utf-8", "utf8"):
            return HttpResponse("UTF-8, please.", status=415, content_type="text/plain")
        return self.get_response(request)


class PersonalPagesMiddleware:
    """No browser keeps a page of somebody who is signed in, so Back after signing out shows none.

    "no-cache" would not do: going back, a browser shows what it has without asking. Pages alone: files
    and pictures say themselves how long they may be kept. Whoever the view did not ask about is not
    looked up for this.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and request.session.accessed and request.user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        return response


_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class PlausibleAddressMiddleware:
    """Refuse what no database takes: a key beyond 64 bits in the path, a NUL in path, query or form.

    SQLite raises on the first and PostgreSQL on the second, in whatever view happens to look
    something up. A number too large names nothing (404); a NUL is no text (400), and no browser
    lets a person type one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        # Who is exempt from the token carries a signed pass in JSON and reads the body himself.
        is_form = request.method == "POST" and request.content_type in _FORMS
        if is_form and not getattr(view, "csrf_exempt", False):
            sent = (text for name, texts in request.POST.lists() for text in (name, *texts))
            if any("\x00" in text for text in sent):
                raise BadRequest("NUL in the form")
        if any(isinstance(value, int) and value > LARGEST for value in kwargs.values()):
            raise Http404


class CompressedPagesMiddleware(GZipMiddleware):
    """Compress long pages for browsers that ask for it, where no proxy does.

    Pages alone: files in parts would lose their length, and short answers gain nothing. Django pads what
    it compresses by a random length and masks tokens anew each time, against BREACH.
    """

    least_bytes = 4096

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if (
            not isinstance(response, HttpResponse)
            or not response.headers.get("Content-Type", "").startswith("text/html")
            or len(response.content) < self.least_bytes
        ):
            return response
        return super().process_response(request, response)
