"""The bar above every page: drawn once for each language and look; what is personal is filled in."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

# As it was put in, or as the urlencode filter leaves it.
_MARK = re.compile(r"(\[\[|%5B%5B)(token|here|pk|name|unit)(?:\]\]|%5D%5D)")


def topbar(request: HttpRequest, look: dict[str, str]) -> SafeString:
    """The bar for who is asking; ``look`` is site name, theme and text size."""
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    drawn = _drawn(known, get_language(), *look.items())
    values = {"here": request.get_full_path()}
    if "[[token]]" in drawn:  # asking for it sets a cookie, and who has one is served no kept page
        values["token"] = get_token(request)
    if user is not None and known:
        unit = user.unit.name if user.unit else ""
        values |= {"pk": str(user.pk), "name": user.name, "unit": unit}

    def value(mark: re.Match[str]) -> str:
        given = values[mark[2]]
        return quote(given) if mark[1] == "%5B%5B" else conditional_escape(given)

    # One pass: a person who is named like a mark is shown by that name.
    return mark_safe(_MARK.sub(value, drawn))  # noqa: S308 - every value is escaped


@lru_cache(maxsize=64)
def _drawn(known: bool, language: str | None, *look: tuple[str, str]) -> str:
    """The bar with a mark where a person, a page or a token will stand: thirty icons and words."""
    person: dict[str, Any] = {"is_authenticated": known}
    if known:
        person |= {"pk": "[[pk]]", "name": "[[name]]", "unit": {"name": "[[unit]]"}}
    context = {
        **dict(look),
        "csrf_token": "[[token]]",
        "request": {"get_full_path": "[[here]]", "user": person},
    }
    return render_to_string("partials/topbar.html", context)
