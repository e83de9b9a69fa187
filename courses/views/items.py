"""Items that are not proven by study time: an exam, a training class, a self-check."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

import classes.queries
import exams.queries
from courses import operations, queries
from courses.models import Enrolment
from exams.views.lesson_checks import asked
from people.permissions import me


def exam_context(
    request: HttpRequest, enrolment: Enrolment, current: queries.OutlineItem
) -> dict[str, Any]:
    """Coming back from the exam, a pass is taken over here too, should the signal be late."""
    assert current.exam_id is not None  # noqa: S101  an item of kind exam has one
    best = exams.queries.best_result(current.exam_id, me(request).pk)
    passed = best is not None and best.passed
    if passed and not current.completed_at:
        operations.exam_passed(current.exam_id, me(request).pk, now=timezone.now())
    return {
        "passed": passed,
        "best": best,
        "course_completed": passed
        and Enrolment.objects.filter(pk=enrolment.pk, completed_at__isnull=False).exists(),
    }


def class_context(
    request: HttpRequest, enrolment: Enrolment, current: queries.OutlineItem
) -> dict[str, Any]:
    """The class, my place in it, and what I can do; credits are taken over here too."""
    assert current.training_class_id is not None  # noqa: S101  an item of kind class has one
    now = timezone.now()
    part = classes.queries.part_in(current.training_class_id, me(request))
    if part.is_credited and not current.completed_at:
        operations.class_credited(current.training_class_id, now=now)
    menu = classes.queries.classes_open_to(me(request), timezone.localdate(now))
    return {
        "part": part,
        "class": part.training_class,
        "may_choose": part.place is None and menu.filter(pk=part.training_class.pk).exists(),
        "is_over": part.training_class.ends_on <= timezone.localdate(now),
    }


def check_context(
    request: HttpRequest, enrolment: Enrolment, current: queries.OutlineItem
) -> dict[str, Any]:
    """The questions as they are asked, without a key, and how far I am."""
    assert request.resolver_match is not None  # noqa: S101  it is served at an address
    slug = request.resolver_match.kwargs["slug"]
    every = asked(request, {code: _address(slug, current, code) for code in current.questions})
    answered = queries.answered_in_check(
        enrolment.pk,
        current.id,
        current.questions,
        current.min_share,
        askable={str(each["code"]) for each in every if each["askable"]},
    )
    return {
        "answered": answered,
        "questions": [
            each | {"right_before": each["code"] in answered.right, "kept": _kept()}
            for each in every
            if each["code"] in answered.codes
        ],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, slug: str, position: int, code: str) -> HttpResponse:
    """A question of my self-check alone, to be put into its page: asked, or judged."""
    enrolment = queries.enrolment_in(me(request), slug)
    current = (
        queries.outline(enrolment.edition_id, enrolment.pk).at(position) if enrolment else None
    )
    if enrolment is None or current is None or code not in current.questions:
        raise Http404
    addresses = {code: _address(slug, current, code)}
    (context,) = asked(request, addresses, answered=request.method == "POST")
    judged = context.get("judged")
    if isinstance(judged, dict):
        right = judged["reason"] == "right"
        operations.keep_answer(enrolment.pk, current.id, code, right=right, now=timezone.now())
    answered = queries.answered_in_check(
        enrolment.pk, current.id, current.questions, current.min_share
    )
    context |= {"answered": answered, "right_before": code in answered.right, "kept": _kept()}
    return render(request, "courses/check_question.html", context)


def _address(slug: str, current: queries.OutlineItem, code: str) -> str:
    return reverse("courses:check", args=[slug, current.position, code])


def _kept() -> str:
    return _("Only that you answered, and whether it was right, is kept. There are no marks.")
