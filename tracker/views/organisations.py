"""What branches and other organisations owe themselves, and what they did for it."""

from collections import Counter
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.enums import ROLES_THAT_SEE_PEOPLE
from people.models import OrgUnit
from people.permissions import me, role_required
from people.queries import full_names, units_managed_by
from tracker import operations, queries, wording
from tracker.forms.lines import AsOfForm
from tracker.forms.organisations import LectureForm, TakeBackForm
from tracker.models import Entry
from tracker.rules import State
from tracker.views.record import requirement_shown

PER_PAGE = 25
# As they are shown and asked for; an organisation is never exempt.
STATES = (State.OVERDUE, State.SHORT, State.ON_COURSE, State.MET)


@require_GET
@role_required(*ROLES_THAT_SEE_PEOPLE)
def organisations(request: HttpRequest) -> HttpResponse:
    """Each organisation of one's part of the tree of which something is asked, and how it stands."""
    now = timezone.now()
    on = timezone.localdate(now)
    packs = queries.packs_in_force(on, now)
    obliged = queries.organisations_obliged(packs, me(request))
    rows = queries.organisation_states(obliged, packs, on=on, known_at=now)
    asked = request.GET.get("state", "")
    heads = Counter(row.state for row in rows)
    if asked in STATES:
        rows = [row for row in rows if row.state is State(asked)]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    units = OrgUnit.objects.in_bulk({row.unit_id for row in page})
    owed = queries.organisation_assessments(list(units.values()), packs, on=on, known_at=now)
    names = full_names(units.values())
    return render(
        request,
        "tracker/organisations.html",
        {
            "page": page,
            "rows": [
                (units[row.unit_id], names[row.unit_id], requirement_shown(each, ""))
                for row in page
                for each in owed[row.unit_id]
                if each.duty.code == row.requirement
            ],
            "counts": [(state, heads[state]) for state in STATES],
            "asked": asked if asked in STATES else "",
        },
    )


@require_http_methods(["GET", "POST"])
@role_required(*ROLES_THAT_SEE_PEOPLE)
def organisation(request: HttpRequest, code: str) -> HttpResponse:
    """How one organisation stands, its lines; who keeps it writes down a lecture it held."""
    now = timezone.now()
    today = timezone.localdate(now)
    as_of = AsOfForm(request.GET)
    on, known_at = as_of.moments(now, today)
    packs = queries.packs_in_force(on, known_at)
    unit = get_object_or_404(queries.organisations_obliged(packs, me(request)), code=code)
    keeps = queries.keeps_organisation(me(request), unit)
    form = LectureForm(request.POST or None, today=today, initial={"token": uuid4()})
    if request.method == "POST":
        if not keeps:
            raise Http404
        if form.is_valid():
            return _written(request, unit, form)
    owed = queries.organisation_assessments([unit], packs, on=on, known_at=known_at)[unit.pk]
    counting = {row.key for each in owed for row in each.counted}
    refused = {line.row.key: wording.reasons(line, each) for each in owed for line in each.refused}
    page = Paginator(queries.lines_of_organisation(unit, known_at), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "tracker/organisation.html",
        {
            "unit": unit,
            "above": unit.get_parent(),
            "requirements": [(requirement_shown(each, ""), wording.period(each)) for each in owed],
            "page": page,
            "lines": [
                (line, str(line.pk) in counting, refused.get(str(line.pk), [])) for line in page
            ],
            "keeps": keeps,
            "known_at": known_at,
            "form": form,
            "take_back": TakeBackForm(auto_id=False),
            "as_of_form": AsOfForm(initial={"on": on, "known": timezone.localdate(known_at)}),
        },
        status=422 if form.errors else 200,
    )


def _written(request: HttpRequest, unit: OrgUnit, form: LectureForm) -> HttpResponse:
    given: dict[str, Any] = form.cleaned_data
    try:
        line, fresh = operations.record_lecture(
            unit,
            token=given["token"],
            title=given["title"],
            day=given["day"],
            evidence=given["evidence"],
            by=me(request),
            now=timezone.now(),
        )
    except operations.SourceTaken:
        messages.error(
            request, _("This form has posted a line for somebody else. Please begin anew.")
        )
        return redirect("tracker:organisation", unit.code)
    if fresh:
        messages.success(request, _("“%(title)s” is written down.") % {"title": line.title})
    else:
        messages.info(request, _("This form was sent before; nothing was written a second time."))
    return redirect("tracker:organisation", unit.code)


@require_POST
@role_required(*queries.ORGANISATION_KEEPERS)
def organisation_take_back(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take back a line of an organisation, with a reason."""
    get_object_or_404(units_managed_by(me(request), *queries.ORGANISATION_KEEPERS), code=code)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please say why the line is taken back."))
        return redirect("tracker:organisation", code)
    try:
        operations.take_back_lecture(
            pk, because=form.cleaned_data["because"], by=me(request), now=timezone.now()
        )
    except (operations.MayNotKeep, Entry.DoesNotExist):
        raise Http404 from None
    except operations.NothingToReverse:
        messages.info(request, _("The line was taken back before."))
    else:
        messages.success(request, _("The line is taken back. Both lines stay in the record."))
    return redirect("tracker:organisation", code)
