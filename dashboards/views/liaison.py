"""The liaison's page and its one reminder."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import notices.operations
import notices.queries
from dashboards.queries.behind import desk_of
from notices.enums import NoticeKind
from notices.forms import MannersForm
from notices.wording import reminded
from people.enums import Role
from people.numbers import whole_number
from people.operations import audit
from people.permissions import me, role_required
from people.queries import units_managed_by

PAGE_SIZE = 50


@require_safe
@role_required(Role.LIAISON)
def liaison(request: HttpRequest) -> HttpResponse:
    """My unit's people with something open, the call-ups that wait, one button to remind."""
    desk = desk_of(me(request), timezone.localdate())
    page = Paginator(desk.lines, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "dashboards/liaison.html", {"desk": desk, "page": page})


@require_POST
@role_required(Role.LIAISON)
def remind(request: HttpRequest) -> HttpResponse:
    """Remind those ticked, of those with something open; once a day, within the weekly cap."""
    asker, now = me(request), timezone.now()
    today = timezone.localdate(now)
    ticked = {whole_number(value) for value in request.POST.getlist("person")}
    behind = {line.person.pk for line in desk_of(asker, today).lines} & ticked
    if not behind:
        messages.error(request, _("Please tick somebody."))
        return redirect("dashboards:liaison")
    sent = notices.operations.notify(
        behind,
        source=f"dashboards.remind:{today.isoformat()}",
        text=_(
            "A word from your unit: some of your training is still open. Please look at your home page."
        ),
        url="/",
        kind=NoticeKind.REMINDER,
        by_id=asker.pk,
        now=now,
    )
    audit(
        asker,
        "dashboards.remind",
        f"people.person:{asker.pk}",
        {"persons": sorted(behind)},
        now=now,
    )
    messages.success(request, reminded(sent))
    return redirect("dashboards:liaison")


@require_http_methods(["GET", "POST"])
@role_required(Role.LIAISON)
def manners(request: HttpRequest) -> HttpResponse:
    """How my unit wants to be reminded: mail or not, quiet hours, how often at most."""
    asker = me(request)
    unit = units_managed_by(asker, Role.LIAISON).first()
    if unit is None:
        raise Http404
    have = notices.queries.manners_of(unit)
    initial = {
        name: getattr(have, name) for name in ("by_mail", "quiet_from", "quiet_until", "weekly_cap")
    }
    form = MannersForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        notices.operations.set_manners(
            unit, **form.cleaned_data, by=asker, roles=[Role.LIAISON], now=timezone.now()
        )
        messages.success(request, _("The unit's wishes are kept."))
        return redirect("dashboards:liaison")
    context = {"form": form, "unit": unit}
    return render(request, "dashboards/manners.html", context, status=422 if form.errors else 200)
