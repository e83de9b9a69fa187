"""The inbox behind the bell."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notices import operations, queries
from notices.forms import AddressForm
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


@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """Where my notices are mailed to, and whether my unit has them mailed at all."""
    person = me(request)
    form = AddressForm(request.POST or None, initial={"email": person.email})
    if request.method == "POST" and form.is_valid():
        operations.choose_address(person, form.cleaned_data["email"], now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("notices:inbox")
    context = {"form": form, "manners": queries.manners_of(person.unit)}
    return render(request, "notices/mail.html", context, status=422 if form.errors else 200)
