"""The left rail: what each role works with, one list for the whole house."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from config.topbar import topbar
from content.views.public import ANNOUNCEMENT, BELONGS_TO
from demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from exams.permissions import BANK_ROLES
from people.enums import ROLES_THAT_SEE_PEOPLE, Role
from people.queries import grants_of


@dataclass(frozen=True)
class Entry:
    """One line of the rail: for whom (``roles`` None: everybody), and whether on a phone's bottom bar."""

    label: Any
    url_name: str
    icon: str
    roles: tuple[Role, ...] | None = None
    bottom: bool = False
    # Further pages that belong here: beginnings of addresses ("/attempts/"), or names of views
    # where the address begins like another line's.
    also: tuple[str, ...] = ()


_SEERS = ROLES_THAT_SEE_PEOPLE
_ROSTER = (*_SEERS, Role.SYSTEM_ADMIN)
_AUDITED = (Role.TRAINING_ADMIN, Role.AUDITOR)
_POSTERS = (Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF)

# Home, then what one is entrusted with, then what everybody has: whoever works for others should not
# have to look below ten lines about himself.
GROUPS: list[tuple[Any, list[Entry]]] = [
    ("", [Entry(_("Home"), "dashboards:home", "house", bottom=True)]),
    (
        _("How it stands"),
        [
            Entry(
                _("Overview"),
                "dashboards:overview",
                "chart-no-axes-column",
                _SEERS,
                also=("/leagues/",),
            ),
            Entry(_("Liaison's desk"), "dashboards:liaison", "inbox", (Role.LIAISON,)),
            Entry(_("Duties of branches"), "tracker:organisations", "flag", _SEERS),
            Entry(_("Statements"), "dashboards:statements", "file-check", _SEERS),
            Entry(_("Roster"), "people:roster", "users", _ROSTER),
            Entry(_("Units"), "people:units", "building-2", _ROSTER),
            Entry(_("Career changes"), "tracker:changes", "route", _SEERS),
            Entry(_("Audit log"), "tracker:audit_log", "history", (Role.AUDITOR,)),
            Entry(_("My jobs"), "dashboards:jobs", "download", _SEERS),
        ],
    ),
    (
        _("Training"),
        [
            Entry(
                _("Annual plans"),
                "classes:plans",
                "calendar-days",
                _AUDITED,
                also=(
                    "/classes/institutions/",
                    "/classes/excuses/",
                    "classes:change_class",
                    "classes:seats",
                    "classes:name",
                ),
            ),
            Entry(_("Seat plans"), "dashboards:plans", "clipboard-list", _SEERS),
            Entry(
                _("Call-ups to answer"),
                "classes:answers",
                "user-check",
                (Role.LIAISON, Role.TRAINING_ADMIN),
                also=("classes:answer", "/classes/make-up/"),
            ),
            Entry(
                _("Classes held here"),
                "classes:held",
                "list-checks",
                (Role.INSTITUTION_STAFF,),
                also=("/classes/sessions/", "classes:add_session"),
            ),
            Entry(
                _("Assigned courses"),
                "courses:assigned",
                "clipboard-list",
                _SEERS,
                also=("/courses/remarks/",),
            ),
            Entry(_("Sittings"), "exams:sittings", "clock", _SEERS),
            Entry(_("Institutions"), "tracker:institutions", "school", _SEERS),
        ],
    ),
    (
        _("Hours and rules"),
        [
            Entry(
                _("Claims to confirm"),
                "tracker:claim_queue",
                "stamp",
                (Role.TRAINING_ADMIN, Role.LIAISON, Role.INSTITUTION_STAFF),
            ),
            Entry(
                _("Contested lines"),
                "tracker:remarks",
                "message-square-text",
                (Role.TRAINING_ADMIN, Role.LIAISON),
            ),
            Entry(_("Import hours"), "tracker:imports", "upload", _POSTERS),
            Entry(_("Post a line by hand"), "tracker:post", "notebook-pen", _POSTERS),
            Entry(
                _("Data quality"),
                "tracker:quality",
                "shield-check",
                _SEERS,
                also=("/same-persons/",),
            ),
            Entry(_("Rule packs"), "tracker:rulepacks", "scale", _AUDITED),
            Entry(_("Issued certificates"), "certificates:issued", "stamp", (Role.TRAINING_ADMIN,)),
        ],
    ),
    (
        _("Editing"),
        [
            Entry(
                _("Editor's desk"),
                "content:desk",
                "inbox",
                (Role.EDITOR, Role.CONTENT_REVIEWER),
            ),
            Entry(
                _("Manage pages"),
                "wagtailadmin_home",
                "square-pen",
                (Role.EDITOR, Role.CONTENT_REVIEWER),
            ),
        ],
    ),
    (
        _("Question bank"),
        [
            Entry(_("Questions"), "exams:bank", "library", BANK_ROLES),
            Entry(_("To review"), "exams:review", "list-checks", (Role.QUESTION_REVIEWER,)),
            Entry(_("Papers"), "exams:papers", "files", (*BANK_ROLES, Role.TRAINING_ADMIN)),
            Entry(
                pgettext_lazy("exam", "Marking"), "exams:marking", "clipboard-pen", (Role.MARKER,)
            ),
            Entry(_("Contests"), "exams:contests", "award", (*BANK_ROLES, Role.TRAINING_ADMIN)),
            Entry(
                _("Announced exams"),
                "exams:exam_admin",
                "list-checks",
                (*BANK_ROLES, Role.TRAINING_ADMIN),
                also=(
                    "/papers/series/",
                    "exams:afterwards",
                    "exams:correction_new",
                    "exams:correction",
                ),
            ),
            Entry(_("My jobs"), "dashboards:jobs", "download", BANK_ROLES),
        ],
    ),
    (
        _("Study"),
        [
            Entry(
                _("Announcements"),
                "content:announcements",
                "message-square-text",
                also=(ANNOUNCEMENT,),
            ),
            Entry(_("Library"), "content:library", "book-open", bottom=True),
            Entry(_("Courses"), "courses:catalogue", "graduation-cap", bottom=True),
            Entry(_("Exams"), "exams:list", "file-pen-line", bottom=True, also=("/attempts/",)),
            Entry(_("Practice"), "exams:practice", "notebook-pen"),
            Entry(_("Training classes"), "classes:mine", "school"),
            Entry(_("My record"), "tracker:record", "scroll-text"),
            Entry(_("My claims"), "tracker:claims", "send"),
            Entry(_("Certificates"), "certificates:mine", "award"),
        ],
    ),
]


def context(request: HttpRequest) -> dict[str, Any]:
    """What the shell needs on every page."""
    look = {
        "site_name": settings.SITE_NAME,
        "theme": _one_of(request.COOKIES.get("theme"), ("light", "dark", "contrast")),
        "text_size": _one_of(request.COOKIES.get("text_size"), ("large",)),
    }
    return {
        **look,
        # Only templates that draw the shell pay for it.
        "topbar": _lazily(lambda: topbar(request, look)),
        "navigation": _lazily(lambda: navigation(request)),
        "demo_accounts": demo_accounts,
        "demo_password": DEMO_PASSWORD if settings.DEMO else "",
    }


def demo_accounts() -> list[dict[str, Any]]:
    """Whom the login page of a demo offers to be; nobody on a real site."""
    if not settings.DEMO:
        return []
    return [
        {
            "role": Role(account.role).label if account.role in Role.values else _("learner"),
            "name": account.name,
            "staff_number": account.staff_number,
        }
        for account in DEMO_ACCOUNTS
    ]


def navigation(request: HttpRequest) -> dict[str, SafeString]:
    """``rail`` and ``bottombar`` for who is asking; empty for a visitor."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    roles = frozenset(grant.role for grant in grants_of(user)) if user.is_active else frozenset()
    # What the view says, or a view that a line names, is where we are; else only the longest matching address is.
    places = _places()
    match = request.resolver_match
    named = request.META.get(BELONGS_TO) or (match.view_name if match else "")
    if named not in places:
        here = [beginning for beginning in places if _leads_here(beginning, request.path)]
        named = max(here, key=len, default="")
    return _drawn(roles, places.get(named, ""), get_language())


@lru_cache(maxsize=1)
def _places() -> dict[str, str]:
    """Beginning of addresses, or name of a view → address of the line it belongs to."""
    lines = [(reverse(entry.url_name), entry) for _label, group in GROUPS for entry in group]
    return {place: url for url, entry in lines for place in (url, *entry.also)}


def _leads_here(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


@lru_cache(maxsize=2048)
def _drawn(roles: frozenset[str], here: str, language: str | None) -> dict[str, SafeString]:
    """Forty icons and addresses are a third of the work of a page, and most people see the same."""
    groups = []
    shown: set[str] = set()  # what two groups hold stands in the first
    for label, entries in GROUPS:
        mine = [
            entry
            for entry in entries
            if entry.url_name not in shown
            and (entry.roles is None or not roles.isdisjoint(entry.roles))
        ]
        shown |= {entry.url_name for entry in mine}
        items = [_item(entry, here) for entry in mine]
        if items:
            groups.append({"label": label, "items": items})
    return {
        name: render_to_string(f"partials/{name}.html", {"navigation": groups})
        for name in ("rail", "bottombar")
    }


def _item(entry: Entry, here: str) -> dict[str, Any]:
    url = reverse(entry.url_name)
    return {
        "label": entry.label,
        "url": url,
        "icon": entry.icon,
        "bottom": entry.bottom,
        "current": url == here,
    }


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
