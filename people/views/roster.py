"""People one by one, and the tree of units."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from people import operations, queries
from people.enums import ROLES_THAT_KEEP_THE_ROSTER, ROLES_THAT_SEE_PEOPLE, Role
from people.forms import (
    AppointmentForm,
    DutyForm,
    MoveUnitForm,
    PersonForm,
    RoleForm,
    StageForm,
    UnitForm,
)
from people.models import OrgUnit, PartyDuty, Person, RoleGrant
from people.permissions import may_in_unit, may_keep_account, me, role_required
from people.queries import has_role

READERS = (*ROLES_THAT_SEE_PEOPLE, Role.SYSTEM_ADMIN)
PAGE_SIZE = 25
_BEYOND_REACH = gettext_lazy(
    "This account bears a role beyond your part of the tree; whoever keeps accounts there can do this."
)


@role_required(*READERS)
def roster(request: HttpRequest) -> HttpResponse:
    """The people within reach, to be searched by name, pinyin or staff number."""
    words = request.GET.get("q", "").strip()[:60]
    people = queries.search_people(queries.roster_of(me(request)), words)
    unit = _unit_named(request)
    if unit is not None:
        people = people.filter(unit__path__startswith=unit.path)
    page = Paginator(people.select_related("unit"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "people/roster.html",
        {
            "page": page,
            "words": words,
            "unit": unit,
            "may_add": has_role(me(request), *ROLES_THAT_KEEP_THE_ROSTER),
            "without_password": _without_password(request, unit),
            "first_at_once": operations.FIRST_AT_ONCE,
            "ranks": _present_posts(page.object_list),
            "places": queries.places_within(unit, (each.unit for each in page.object_list)),
        },
    )


@role_required(*READERS)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's posts, duties, stages and roles, with the forms of those who keep them."""
    return _person_page(request, _person_within_reach(request, pk))


@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def add_person(request: HttpRequest) -> HttpResponse:
    """Put somebody on the roster."""
    form = PersonForm(request.POST or None, units=_units_kept_by(me(request)))
    if request.method == "POST" and form.is_valid():
        try:
            added = operations.add_person(
                **form.cleaned_data,
                by=me(request),
                now=timezone.now(),
                on=timezone.localdate(),
            )
        except operations.StaffNumberTaken:
            form.add_error("staff_number", _("Somebody on the roster has this number already."))
        else:
            messages.success(request, _("%(name)s is on the roster.") % {"name": added.name})
            return redirect("people:person", pk=added.pk)
    return render(request, "people/form.html", {"form": form, "title": _("Add a person")})


@require_POST
@role_required(Role.TRAINING_ADMIN)
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a new primary post."""
    somebody = _person_kept(request, pk, Role.TRAINING_ADMIN)
    form = AppointmentForm(request.POST, units=_units_kept_by(me(request)))
    if form.is_valid():
        fields = dict(form.cleaned_data)
        try:
            operations.appoint(
                somebody.pk,
                unit=fields.pop("unit"),
                starts_on=fields.pop("starts_on"),
                by=me(request),
                now=timezone.now(),
                **fields,
            )
        except operations.AppointmentOutOfOrder:
            form.add_error("starts_on", _("The present post began on this day or later."))
        else:
            messages.success(request, _("The appointment is recorded."))
            return redirect("people:person", pk=pk)
    return _person_page(request, somebody, appointment=form)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def give_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a party duty."""
    somebody = _person_kept(request, pk, Role.TRAINING_ADMIN)
    form = DutyForm(request.POST, units=_units_kept_by(me(request)))
    if form.is_valid():
        operations.give_duty(somebody.pk, **form.cleaned_data, by=me(request), now=timezone.now())
        messages.success(request, _("The duty is recorded."))
        return redirect("people:person", pk=pk)
    return _person_page(request, somebody, duty=form)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def end_duty(request: HttpRequest, pk: int, duty_pk: int) -> HttpResponse:
    """End a party duty today: today is the last day."""
    somebody = _person_kept(request, pk, Role.TRAINING_ADMIN)
    duty = get_object_or_404(PartyDuty, pk=duty_pk, person=somebody, ends_on=None)
    operations.end_duty(
        duty.pk,
        ends_on=timezone.localdate() + timedelta(days=1),
        by=me(request),
        now=timezone.now(),
    )
    messages.success(request, _("The duty ends today."))
    return redirect("people:person", pk=pk)


@require_POST
@role_required(Role.TRAINING_ADMIN)
def enter_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a membership stage."""
    somebody = _person_kept(request, pk, Role.TRAINING_ADMIN)
    form = StageForm(request.POST)
    if form.is_valid():
        try:
            operations.enter_stage(
                somebody.pk, **form.cleaned_data, by=me(request), now=timezone.now()
            )
        except operations.AppointmentOutOfOrder:
            form.add_error("starts_on", _("The present stage began on this day or later."))
        else:
            messages.success(request, _("The stage is recorded."))
            return redirect("people:person", pk=pk)
    return _person_page(request, somebody, stage=form)


@require_POST
@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def grant_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a role for a part of the tree."""
    somebody = _person_kept(request, pk, *ROLES_THAT_KEEP_THE_ROSTER)
    form = RoleForm(request.POST, units=_units_kept_by(me(request)))
    if form.is_valid():
        try:
            operations.grant_role(
                somebody,
                Role(form.cleaned_data["role"]),
                form.cleaned_data["unit"],
                by=me(request),
                now=timezone.now(),
                on=timezone.localdate(),
            )
        except operations.NotToOneself:
            form.add_error("role", _("Nobody gives himself a role; please ask somebody else."))
        except operations.MayNotGrant:
            form.add_error("role", _("You can grant only a role that you hold yourself."))
        else:
            messages.success(request, _("The role is granted."))
            return redirect("people:person", pk=pk)
    return _person_page(request, somebody, role=form)


@require_POST
@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def revoke_role(request: HttpRequest, pk: int, grant_pk: int) -> HttpResponse:
    """End a role today."""
    somebody = _person_kept(request, pk, *ROLES_THAT_KEEP_THE_ROSTER)
    grant = get_object_or_404(RoleGrant, pk=grant_pk, person=somebody, ends_on=None)
    try:
        operations.revoke_role(
            grant.pk, by=me(request), now=timezone.now(), on=timezone.localdate()
        )
    except operations.MayNotGrant:
        messages.error(request, _("You can revoke only a role that you hold yourself."))
    else:
        messages.success(request, _("The role is revoked."))
    return redirect("people:person", pk=pk)


@require_POST
@role_required(Role.SYSTEM_ADMIN)
def issue_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a new random password and show it this once."""
    somebody = _person_kept(request, pk, Role.SYSTEM_ADMIN)
    try:
        password = operations.issue_password(somebody.pk, by=me(request), now=timezone.now())
    except operations.BeyondReach:
        messages.error(request, _BEYOND_REACH)
        return redirect("people:person", pk=pk)
    return _person_page(request, somebody, password=password)


@require_POST
@role_required(Role.SYSTEM_ADMIN)
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Close or reopen an account; one's own stays open."""
    somebody = _person_kept(request, pk, Role.SYSTEM_ADMIN)
    if somebody == me(request):
        messages.error(request, _("You cannot close your own account."))
        return redirect("people:person", pk=pk)
    try:
        operations.set_active(
            somebody.pk, request.POST.get("active") == "1", by=me(request), now=timezone.now()
        )
    except operations.BeyondReach:
        messages.error(request, _BEYOND_REACH)
    except operations.MergedAway:
        messages.error(
            request,
            _(
                "This record was merged into another one; its account opens again when that is undone."
            ),
        )
    else:
        messages.success(request, _("The account is changed."))
    return redirect("people:person", pk=pk)


@role_required(*READERS)
def units(request: HttpRequest) -> HttpResponse:
    """One level of the tree within reach at a time, with how many people each unit holds."""
    above = _unit_named(request)
    may_keep = has_role(me(request), *ROLES_THAT_KEEP_THE_ROSTER)
    form = UnitForm(
        request.POST or None, units=_units_kept_by(me(request)), initial={"parent": above}
    )
    if request.method == "POST":
        if not may_keep:
            raise Http404
        if form.is_valid():
            operations.add_unit(**form.cleaned_data, by=me(request), now=timezone.now())
            messages.success(request, _("The unit is added."))
            parent = form.cleaned_data["parent"]
            return redirect(f"{reverse('people:units')}?unit={quote(parent.code)}")
    within = queries.units_managed_by(me(request), *READERS)
    context = {
        "above": above,
        "trail": [unit for unit in above.get_ancestors() if unit in within] if above else [],
        "units": queries.level_below(above, me(request), *READERS),
        "form": form,
        "may_keep": may_keep,
    }
    return render(request, "people/units.html", context)


@role_required(*ROLES_THAT_KEEP_THE_ROSTER)
def move_unit(request: HttpRequest, code: str) -> HttpResponse:
    """Hang a unit elsewhere in the tree."""
    kept = _units_kept_by(me(request))
    unit = get_object_or_404(kept, code=code)
    targets = kept.exclude(path__startswith=unit.path)
    form = MoveUnitForm(request.POST or None, units=targets)
    if request.method == "POST" and form.is_valid():
        operations.move_unit(
            unit.pk, below=form.cleaned_data["below"], by=me(request), now=timezone.now()
        )
        messages.success(request, _("The unit is moved; earlier records keep the place they had."))
        return redirect("people:units")
    title = _("Move %(unit)s") % {"unit": unit.name}
    return render(request, "people/form.html", {"form": form, "title": title})


def _units_kept_by(person: Person) -> Any:
    return queries.units_managed_by(person, *ROLES_THAT_KEEP_THE_ROSTER)


def _unit_named(request: HttpRequest) -> OrgUnit | None:
    code = request.GET.get("unit", "")
    if not code:
        return None
    return get_object_or_404(queries.units_managed_by(me(request), *READERS), code=code)


def _person_within_reach(request: HttpRequest, pk: int) -> Person:
    return get_object_or_404(queries.roster_of(me(request)).select_related("unit"), pk=pk)


def _person_kept(request: HttpRequest, pk: int, *roles: Role) -> Person:
    """A person in a unit for which the asker holds the role; what one only sees is not one's to keep."""
    somebody = _person_within_reach(request, pk)
    if somebody.unit is None or not may_in_unit(me(request), somebody.unit, *roles):
        raise Http404
    return somebody


def _without_password(request: HttpRequest, unit: OrgUnit | None) -> int:
    if unit is None or not may_in_unit(me(request), unit, Role.SYSTEM_ADMIN):
        return 0
    return queries.without_password(unit).count()


def _present_posts(people: Any) -> dict[int, Any]:
    today = timezone.localdate()
    ids = [somebody.pk for somebody in people]
    return {post.person_id: post for post in queries.posts_on(today).filter(person_id__in=ids)}


def _person_page(
    request: HttpRequest,
    somebody: Person,
    *,
    appointment: forms.Form | None = None,
    duty: forms.Form | None = None,
    stage: forms.Form | None = None,
    role: forms.Form | None = None,
    password: str = "",
) -> HttpResponse:
    unit = somebody.unit
    keeps_career = unit is not None and may_in_unit(me(request), unit, Role.TRAINING_ADMIN)
    keeps_accounts_here = unit is not None and may_in_unit(me(request), unit, Role.SYSTEM_ADMIN)
    keeps_account = keeps_accounts_here and may_keep_account(me(request), somebody)
    reach = _units_kept_by(me(request))
    invalid = any(form is not None for form in (appointment, duty, stage, role))
    posts = somebody.posts.select_related("unit").order_by("-starts_on", "-id")
    duties = somebody.duties.select_related("unit").order_by("-starts_on", "-id")
    grants = somebody.role_grants.select_related("unit").order_by("ends_on", "starts_on")
    return render(
        request,
        "people/person.html",
        {
            "somebody": somebody,
            "posts": posts,
            "duties": duties,
            "stages": somebody.stages.order_by("-starts_on", "-id"),
            "grants": grants,
            "units": queries.full_names(
                [
                    *(post.unit for post in posts),
                    *(duty.unit for duty in duties),
                    *(grant.unit for grant in grants),
                ]
            ),
            "keeps_career": keeps_career,
            "keeps_account": keeps_account,
            "keeps_roles": keeps_career or keeps_accounts_here,
            "appointment": appointment or AppointmentForm(units=reach),
            "duty_form": duty or DutyForm(units=reach, auto_id="duty_%s"),
            "stage_form": stage or StageForm(auto_id="stage_%s"),
            "role": role or RoleForm(units=reach, auto_id="role_%s"),
            "sees_record": queries.persons_visible_to(me(request)).filter(pk=somebody.pk).exists(),
            "merges": queries.merges_of(somebody.pk),
            "password": password,
            "today": timezone.localdate(),
        },
        status=422 if invalid else 200,
    )
