"""The library as its readers see it: the list, the pages, search, the editor's desk."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail import hooks
from wagtail.views import serve_chain

from content import operations, queries
from content.enums import Kind, Status, Theme
from content.models import AnnouncementPage, LibraryPage, PolicyTextPage
from content.permissions import EDITORIAL, STOCK_ROLES, may_edit
from content.views.visitors import PUBLISHED_AT, kept_for_visitors
from people.permissions import role_required
from people.queries import has_role

# An announcement is read below the library's address, and belongs elsewhere in the shell's rail.
BELONGS_TO = "content.belongs_to"
ANNOUNCEMENT = "content:announcement"

PER_PAGE = 20
_LONGEST_QUERY = 100
_HITS = 50
_NEAR = 10  # places that hold a part of what was asked, below those that hold all of it


def _chosen(value: str, choices: type[Kind] | type[Status] | type[Theme]) -> str:
    return value if value in choices.values else ""


@login_not_required
@require_safe
@kept_for_visitors
def library(request: HttpRequest) -> HttpResponse:
    """The list of what is published, newest first, narrowed by kind and by the three divisions.

    To a visitor, with nothing chosen, it is the front page of what the house makes public.
    """
    chosen = {
        facet.name: value
        for facet in queries.FACETS
        if (value := request.GET.get(facet.name, "")) in dict(facet.values)
    }
    entries = queries.entries_visible_to(request.user).filter(**chosen)
    narrowed = any(chosen.values())
    visitor = not request.user.is_authenticated
    context = {
        "library": LibraryPage.objects.live().first(),
        "page_obj": Paginator(entries, PER_PAGE).get_page(request.GET.get("page")),
        "facets": queries.library_facets(request.user, chosen),
        "narrowed": narrowed,
        "visitor": visitor,
        "may_see_stock": has_role(request.user, *STOCK_ROLES),
    }
    if visitor and not narrowed:
        context["announcements"] = queries.announcements_at_the_door(today=timezone.localdate())
    return render(request, "content/library.html", context)


@role_required(*STOCK_ROLES)
@require_safe
def stock(request: HttpRequest) -> HttpResponse:
    """The library in hours, by each of the three divisions."""
    return render(request, "content/stock.html", {"stock": queries.library_stock()})


@login_not_required
@require_safe
@kept_for_visitors
def page(request: HttpRequest, path: str) -> HttpResponseBase:
    """A page of the library: a public text for everybody, all else for those signed in.

    To a visitor an internal page and one that does not exist look the same.
    """
    if not path.endswith("/"):
        return redirect(f"{request.path}/")
    found = queries.page_at(path)
    if found is None or not queries.may_read(found, request.user):
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise Http404
    request.META[PUBLISHED_AT] = found.last_published_at
    if isinstance(found, AnnouncementPage):
        request.META[BELONGS_TO] = ANNOUNCEMENT
    # As wagtail.views.serve does, after a shorter way to the page: its own view restrictions hang on
    # these hooks.
    chain = serve_chain
    for hook in reversed(hooks.get_hooks("on_serve_page")):
        chain = hook(chain)
    for hook in hooks.get_hooks("before_serve_page"):
        answer = hook(found, request, [], {})
        if isinstance(answer, HttpResponse):
            return answer
    return chain(found, request, [], {})


@login_not_required
@require_safe
@kept_for_visitors
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two editions of a policy text side by side. What may not be read looks as if it were not there."""
    found = queries.pages_by_id([pk], request.user).get(pk)
    if not isinstance(found, PolicyTextPage):
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise Http404
    old, new = (_number(request.GET.get(name, "")) for name in ("old", "new"))
    side_by_side = queries.comparison(found, old, new)
    everything = request.GET.get("all") == "1"
    return render(
        request,
        "content/compare.html",
        {"page": found, "comparison": side_by_side, "everything": everything},
    )


def _number(asked: str) -> int | None:
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else None


@login_not_required
@require_safe
@kept_for_visitors
def search(request: HttpRequest) -> HttpResponse:
    """Pages and articles that hold the words."""
    asked = request.GET
    query = asked.get("q", "").strip()[:_LONGEST_QUERY]
    issuers, years = queries.issuers_and_years(request.user)
    year = asked.get("year", "")
    chosen: dict[str, Any] = {
        "kind": _chosen(asked.get("kind", ""), Kind),
        "theme": _chosen(asked.get("theme", ""), Theme),
        "status": _chosen(asked.get("status", ""), Status),
        "issuer": asked.get("issuer", "") if asked.get("issuer") in issuers else "",
        "year": int(year) if year.isascii() and year.isdigit() and int(year[:5]) in years else None,
    }
    exactly = bool(asked.get("exactly"))
    found = queries.search_forgiving(request.user, query, _HITS, exactly=exactly, **chosen)
    hits = found.hits
    whole = [hit for hit in hits if not hit.in_part]
    narrowed = any(chosen.values())
    looked_for = found.meant if found.instead else query
    # What else is called by these words, courses first of all, is known to rooms above this one.
    beside = [
        shown
        for look in (hooks.get_hooks("search_beside") if looked_for and not narrowed else ())
        if (shown := look(request, looked_for))
    ]
    context = {
        "query": query,
        "beside": beside,
        "hits": whole,
        "meant": found.meant,
        "instead": found.instead,
        "meant_address": _same_search(request, q=found.meant),
        "typed_address": _same_search(request, exactly="1"),
        "near": [hit for hit in hits if hit.in_part][: _HITS if not whole else _NEAR],
        "as_many_as_shown": len(hits) == _HITS,
        "kinds": Kind.choices,
        "themes": Theme.choices,
        "statuses": Status.choices,
        "issuers": issuers,
        "years": years,
        "narrowed": narrowed,
        **chosen,
    }
    return render(request, "content/search.html", context)


def _same_search(request: HttpRequest, **changed: str) -> str:
    """The address of this search with something changed."""
    asked = request.GET.copy()
    asked.pop("exactly", None)
    for name, value in changed.items():
        asked[name] = value
    return f"?{asked.urlencode()}"


@role_required(*EDITORIAL)
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for an editor or reviewer."""
    today = timezone.localdate()
    context = {
        "desk": queries.editor_desk(request.user, today=today),
        "may_import": may_edit(request.user),
        "today": today,
    }
    return render(request, "content/desk.html", context)


@require_POST
def citation_reviewed(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner of a flagged citation has looked at it."""
    citation = get_object_or_404(queries.flagged_citations(request.user), pk=pk)
    operations.reviewed(citation.pk, by=request.user, now=timezone.now())
    messages.success(request, _("“%(label)s” is marked as checked.") % {"label": citation.label})
    return redirect("content:desk")
