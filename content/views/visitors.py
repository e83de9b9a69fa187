"""Pages for visitors may be kept by their browser and by a proxy; those of persons by nobody."""

from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import http_date

# After so long a copy is asked for again; where nothing changed, the answer is 304 without a body.
KEPT_SECONDS = 60

# Where a view tells when what it shows was published.
PUBLISHED_AT = "content.published_at"

View = Callable[..., HttpResponseBase]


def kept_for_visitors(view: View) -> View:
    """Mark a visitor's page as public with an ETag of what it says; a person's page is marked elsewhere.

    Colours, text size and language stand in cookies, so copies are told apart by them. An answer that
    sets a cookie is kept by nobody.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Cookie"])
        if request.user.is_authenticated:
            return response  # config.middleware marks every page of a person
        if isinstance(response, TemplateResponse) and not response.is_rendered:
            response.render()
        if (
            not isinstance(response, HttpResponse)
            or response.status_code != HTTPStatus.OK
            or response.cookies
            or request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        ):
            patch_cache_control(response, private=True, no_store=True)
            return response
        patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
        etag = f'"{blake2b(response.content, digest_size=16).hexdigest()}"'
        response.headers["ETag"] = etag
        published = request.META.get(PUBLISHED_AT)
        if published is not None:
            # Told, not asked: what cites a text changes its page without publishing it anew.
            response.headers["Last-Modified"] = http_date(published.timestamp())
        return get_conditional_response(request, etag=etag, response=response) or response

    return wrapped
