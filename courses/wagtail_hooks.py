"""What courses add to the editors' admin: pages that courses stand on are not deleted by accident."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.models import Page

from courses.models import CourseEdition, CourseItem, EditionItem


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
