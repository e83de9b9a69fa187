"""Assigning courses, seeing how far people are, reminding them once."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import operations, queries
from courses.forms import AssignForm
from courses.models import Assignment, CoursePage
from notices.wording import reminded
from people.enums import Role
from people.permissions import may_in_unit, me, role_required
from people.queries import has_role, persons_visible_to, places_within, units_managed_by

ASSIGNERS = (Role.TRAINING_ADMIN, Role.LIAISON)
READERS = (*ASSIGNERS, Role.AUDITOR)
PAGE_SIZE = 50


@require_safe
@role_required(*READERS)
def assigned(request: HttpRequest) -> HttpResponse:
    """Courses my units were assigned, the latest first."""
    page = Paginator(queries.assignments_visible_to(me(request)), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "may_assign": has_role(me(request), *ASSIGNERS)}
    return render(request, "courses/assigned.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*ASSIGNERS)
def assign(request: HttpRequest) -> HttpResponse:
    """Say whom a course is for; read how many that is; then assign it."""
    asker, now = me(request), timezone.now()
    units = units_managed_by(asker, *ASSIGNERS)
    form = AssignForm(
        request.POST or None,
        courses=CoursePage.objects.filter(
            pk__in=queries.current_editions().order_by().values("course")
        ).order_by("title"),
        units=units,
        visible=persons_visible_to(asker, *ASSIGNERS),
        today=timezone.localdate(now),
        initial={"unit": units.first(), "everybody": True},
    )
    if request.method == "GET" or not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "courses/assign.html", {"form": form}, status=status)
    given = form.cleaned_data
    if request.POST.get("step") != "assign":
        people = queries.meant_by(form.whom(), given["unit"], timezone.localdate(now))
        context = {
            "form": form,
            "count": people.count(),
            "some": people.select_related("unit")[:12],
            "given": given,
        }
        template = (
            "courses/assign.html"
            if request.POST.get("step") == "edit"
            else "courses/assign_preview.html"
        )
        return render(request, template, context)
    try:
        made = operations.assign(
            given["course"].pk,
            form.whom(),
            unit=given["unit"],
            deadline_on=given["deadline_on"],
            by=asker,
            now=now,
        )
    except operations.NotYours:
        raise Http404 from None
    except operations.CourseNotOffered:
        messages.error(request, _("The course is no longer on offer."))
        return redirect("courses:assign")
    messages.success(request, _("The course is assigned; those concerned have been told."))
    return redirect("courses:assignment", made.pk)


def _assignment_or_404(request: HttpRequest, pk: int) -> Assignment:
    found = queries.assignments_visible_to(me(request)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@role_required(*READERS)
def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """Who was assigned a course and how far each is; who is not done stands first."""
    found = _assignment_or_404(request, pk)
    page = Paginator(queries.of_assignment(found), PAGE_SIZE).get_page(request.GET.get("page"))
    asker = me(request)
    context = {
        "assignment": found,
        "page": page,
        "places": places_within(found.unit, (each.person.unit for each in page)),
        "waiting": queries.of_assignment(found).filter(completed_at=None).count(),
        "may_act": may_in_unit(asker, found.unit, *ASSIGNERS),
        "may_move": may_in_unit(asker, found.unit, Role.TRAINING_ADMIN),
        "older": queries.on_older_editions(found).count(),
        "today": timezone.localdate(),
    }
    return render(request, "courses/assignment.html", context)


@require_POST
@role_required(*ASSIGNERS)
def assignment_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Remind those who are not done, stop catching later joiners, or move to the new edition."""
    found, asker, now = _assignment_or_404(request, pk), me(request), timezone.now()
    try:
        if deed == "remind":
            sent = operations.remind(pk, by=asker, now=now)
            messages.success(request, reminded(sent))
        elif deed == "end":
            operations.end_assignment(pk, by=asker, now=now)
            messages.success(request, _("Later joiners are no longer enrolled."))
        elif deed == "move":
            because = request.POST.get("reason", "")
            moved = 0
            for enrolment_id in list(queries.on_older_editions(found).values_list("pk", flat=True)):
                operations.move_to_current_edition(enrolment_id, because=because, by=asker, now=now)
                moved += 1
            messages.success(
                request, _("Moved to the current edition: %(count)s.") % {"count": moved}
            )
        else:
            raise Http404
    except operations.NotYours:
        raise Http404 from None
    except operations.ReasonMissing:
        messages.error(request, _("Please say why."))
    return redirect("courses:assignment", pk)
