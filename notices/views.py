"""The inbox behind the bell."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from notices import operations, queries
from people.permissions import me

PAGE_SIZE = 25


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """My notices, the latest first."""
    page = Paginator(queries.notices_of(me(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request, "notices/inbox.html", {"page": page, "unread": queries.unread_count(me(request))}
    )


@require_safe
def count(request: HttpRequest) -> JsonResponse:
    """How many notices I have not opened, for the bell."""
    answer = JsonResponse({"unread": queries.unread_count(me(request))})
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Open one of my notices: it is read, and leads where it leads."""
    notice = queries.notices_of(me(request)).filter(pk=pk).first()
    if notice is None:
        raise Http404
    operations.mark_read(me(request), notice_id=pk, now=timezone.now())
    return redirect(notice.url or "notices:inbox")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all my notices as read."""
    operations.mark_read(me(request), now=timezone.now())
    return redirect("notices:inbox")
