"""Login required by default, without asking who is there where nobody needs to be."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import middleware
from django.http import Http404, HttpRequest, HttpResponseBase


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Django's own reads the session and the user before it looks whether the view wants a login.

    On the paths that carry a signed pass instead (answers, study ticks) that is two statements a
    request for nothing. Here the view is looked at first; the outcome is the same.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        match = request.resolver_match
        if request.path.startswith("/api/") and match and match.view_name == "wagtail_serve":
            # The page tree holds nothing there. A program is told so, not led to a form to sign in.
            raise Http404
        return super().process_view(request, view_func, view_args, view_kwargs)
