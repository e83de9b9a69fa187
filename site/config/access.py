"""Login required by default, without asking who is there where nobody needs to be."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import middleware
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url

from config.given_back import came_from_here, given_back


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
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if (
            answer is not None
            and request.method == "POST"
            and "text/html" in request.headers.get("Accept", "")
        ):
            return signed_out(request)
        return answer


def signed_out(request: HttpRequest) -> HttpResponse:
    """A form sent after the session had ended: nothing is stored, and what was typed is given back.

    A redirect to the form to sign in would lose it without a word, and lead from there to an
    address that only takes what is posted. The way back is the page the form stood on.
    """
    here = urlsplit(request.headers.get("Referer", ""))
    back = f"{here.path}?{here.query}".rstrip("?") if came_from_here(request) else "/"
    context = {
        "sign_in": f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}",
        **given_back(request),
    }
    return render(request, "signed_out.html", context, status=403)


@login_not_required
def no_door(request: HttpRequest) -> HttpResponse:
    """Where Wagtail sends who may not enter its admin: to the one form to sign in, or nowhere.

    Somebody signed in would be led back from that form, and so on without end.
    """
    if request.user.is_authenticated:
        raise Http404
    return redirect(settings.LOGIN_URL)
