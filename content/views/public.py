"""The library as its readers see it: the list, the pages, search, the editor's desk."""

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
from content.enums import Kind, Theme
from content.models import LibraryPage
from content.permissions import EDITORIAL, may_edit
from people.permissions import role_required

PER_PAGE = 20
_LONGEST_QUERY = 100


def _chosen(value: str, choices: type[Kind] | type[Theme]) -> str:
    return value if value in choices.values else ""


@login_not_required
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """The list of what is published, newest first, by kind and theme."""
    kind = _chosen(request.GET.get("kind", ""), Kind)
    theme = _chosen(request.GET.get("theme", ""), Theme)
    entries = queries.entries_visible_to(request.user)
    if kind:
        entries = entries.filter(kind=kind)
    if theme:
        entries = entries.filter(theme=theme)
    context = {
        "library": LibraryPage.objects.live().first(),
        "page_obj": Paginator(entries, PER_PAGE).get_page(request.GET.get("page")),
        "kinds": Kind.choices,
        "themes": Theme.choices,
        "kind": kind,
        "theme": theme,
    }
    return render(request, "content/library.html", context)


@login_not_required
@require_safe
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
def search(request: HttpRequest) -> HttpResponse:
    """Pages and articles that hold the words."""
    query = request.GET.get("q", "").strip()[:_LONGEST_QUERY]
    kind = _chosen(request.GET.get("kind", ""), Kind)
    theme = _chosen(request.GET.get("theme", ""), Theme)
    hits = queries.search(request.user, query, 50, kind=kind, theme=theme)
    context = {
        "query": query,
        "hits": hits,
        "kinds": Kind.choices,
        "themes": Theme.choices,
        "kind": kind,
        "theme": theme,
    }
    return render(request, "content/search.html", context)


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
