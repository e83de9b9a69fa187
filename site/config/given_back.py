"""What somebody typed into a form that could not be taken, given back so that nothing is lost."""

from urllib.parse import urlsplit

from django.http import HttpRequest

SHORT = 20  # characters of a value that needs no line of its own


def came_from_here(request: HttpRequest) -> bool:
    """Whether a page of this site sent it, as the browser says."""
    return urlsplit(request.headers.get("Referer", "")).netloc == request.get_host()


def given_back(request: HttpRequest) -> dict[str, list[str]]:
    """``long`` and ``short`` values of the form for ``partials/given_back.html``; never a password."""
    typed = [
        value
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in values
        if value.strip()
    ]
    return {
        "long": [value for value in typed if len(value) > SHORT or "\n" in value],
        "short": [value for value in typed if len(value) <= SHORT and "\n" not in value],
    }
