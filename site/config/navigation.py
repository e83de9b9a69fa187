"""The left rail: what each role works with, one list for the whole house."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from people.enums import Role
from people.queries import has_role

# (label, URL name, icon, shown in a phone's bottom bar), grouped; None as roles means everybody.
GROUPS: list[tuple[Any, tuple[Role, ...] | None, list[tuple[Any, str, str, bool]]]] = [
    (
        _("Study"),
        None,
        [
            (_("Home"), "dashboards:home", "house", True),
            (_("Library"), "content:library", "book-open", True),
            (_("Courses"), "courses:catalogue", "graduation-cap", True),
            (_("Exams"), "exams:list", "file-pen-line", True),
            (_("My record"), "tracker:record", "scroll-text", False),
            (_("Certificates"), "certificates:mine", "award", False),
        ],
    ),
    (
        _("Training department"),
        (Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR),
        [(_("Overview"), "dashboards:overview", "chart-no-axes-column", False)],
    ),
    (
        _("Rules"),
        (Role.TRAINING_ADMIN, Role.AUDITOR),
        [(_("Rule packs"), "tracker:rulepacks", "scale", False)],
    ),
    (
        _("People"),
        (Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR, Role.SYSTEM_ADMIN),
        [
            (_("Roster"), "people:roster", "users", False),
            (_("Units"), "people:units", "building-2", False),
        ],
    ),
    (
        _("Editing"),
        (Role.EDITOR, Role.CONTENT_REVIEWER),
        [
            (_("Editor's desk"), "content:desk", "inbox", False),
            (_("Manage pages"), "wagtailadmin_home", "square-pen", False),
        ],
    ),
    (
        _("Question bank"),
        (Role.QUESTION_SETTER, Role.QUESTION_REVIEWER),
        [
            (_("Questions"), "exams:bank", "library", False),
            (_("Papers"), "exams:papers", "files", False),
        ],
    ),
]


def context(request: HttpRequest) -> dict[str, Any]:
    """What the shell needs on every page."""
    return {
        "site_name": settings.SITE_NAME,
        "theme": _one_of(request.COOKIES.get("theme"), ("light", "dark", "contrast")),
        "text_size": _one_of(request.COOKIES.get("text_size"), ("large",)),
        # Only templates that draw the rail pay for it.
        "navigation": _lazily(lambda: navigation(request)),
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the rail for who is asking; empty for a visitor."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    groups = []
    for label, roles, entries in GROUPS:
        if roles is not None and not has_role(user, *roles):
            continue
        items = [item for entry in entries if (item := _item(request, *entry))]
        if items:
            groups.append({"label": label, "items": items})
    _mark_current(groups)
    return groups


def _item(
    request: HttpRequest, label: Any, name: str, icon: str, bottom: bool
) -> dict[str, Any] | None:
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    matches = request.path == url or (url != "/" and request.path.startswith(url))
    return {
        "label": label,
        "url": url,
        "icon": icon,
        "bottom": bottom,
        "current": matches,
        "count": None,
    }


def _mark_current(groups: list[dict[str, Any]]) -> None:
    """Only the longest matching address is where we are."""
    current = [item for group in groups for item in group["items"] if item["current"]]
    deepest = max((len(item["url"]) for item in current), default=0)
    for item in current:
        item["current"] = len(item["url"]) == deepest


def _one_of(value: str | None, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else ""


def _lazily(build: Callable[[], Any]) -> Any:
    """A callable that a template calls at most once."""
    built: list[Any] = []

    def value() -> Any:
        if not built:
            built.append(build())
        return built[0]

    return value
