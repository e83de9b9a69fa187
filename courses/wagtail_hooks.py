"""What courses add below them: pages that courses stand on are kept, and search finds courses too."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.models import Page

from courses import queries
from courses.models import CourseEdition, CourseItem, EditionItem

SHOWN_IN_SEARCH = 5


@hooks.register("before_delete_page")
def keep_what_was_studied(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse to delete a page, or one above it, that an edition or a course names."""
    below = Page.objects.descendant_of(page, inclusive=True).values("pk")
    in_use = (
        EditionItem.objects.filter(page__in=below).exists()
        or CourseItem.objects.filter(~Q(course__in=below), page__in=below).exists()
        or CourseEdition.objects.filter(course__in=below).exists()
    )
    if not in_use:
        return None
    messages.error(
        request,
        _(
            "This page belongs to a course that was published. It can be unpublished; it cannot "
            "be deleted, because study records refer to it."
        ),
    )
    return redirect("wagtailadmin_explore", page.get_parent().pk)


@hooks.register("search_beside")
def courses_by_name(request: HttpRequest, query: str) -> str:
    """The courses that are called by these words, for whoever can take them."""
    if not request.user.is_authenticated:
        return ""
    found = queries.courses_called(query)[:SHOWN_IN_SEARCH]
    return render_to_string("courses/search_hits.html", {"found": found}) if found else ""
