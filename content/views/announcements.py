"""Announcements: what is shown now, and the archive."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from content import queries
from content.views.visitors import kept_for_visitors

PER_PAGE = 20


@login_not_required
@require_safe
@kept_for_visitors
def announcements(request: HttpRequest) -> HttpResponse:
    """What is shown now; with ``archive`` what has ended, by year and words of the title."""
    today = timezone.localdate()
    visible = queries.announcements_visible_to(request.user, today=today)
    archive = "archive" in request.GET
    words, year, years = "", None, []
    if archive:
        words = request.GET.get("q", "").strip()[:100]
        years = queries.archive_years(visible, today=today)
        asked = request.GET.get("year", "")
        year = next((one for one in years if str(one) == asked), None)
        found = queries.archived(visible, today=today, words=words, year=year)
    else:
        found = queries.current(visible, today=today)
    context = {
        "page_obj": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "archive": archive,
        "query": words,
        "year": year,
        "years": years,
    }
    return render(request, "content/announcements.html", context)
