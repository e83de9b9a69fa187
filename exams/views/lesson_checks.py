"""A question of the bank that stands in a lesson or a self-check: asked, and judged at once.

Nothing of an answer is kept here; a course may keep of its self-checks that they were answered.
"""

from collections.abc import Mapping, Sequence

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

import content.permissions
import content.queries
from exams import queries
from exams.engine import drawing
from exams.engine.scoring import is_blank
from exams.enums import QuestionType
from exams.models import QuestionVersion
from exams.views.practice import REFUSALS, judged, sent_value
from exams.views.question import question_view
from people.permissions import me

_CHOICES_A_PAGE = 12


def refusal(code: str) -> str:
    """Why the question may not stand in a lesson, "" when it may. For the editor who names it."""
    wording = queries.approved_wording(code)
    if wording is None:
        return _("No approved question of the bank has this code.")
    if wording.type not in queries.JUDGED_AT_ONCE:
        return _("This question needs a marker; choose one that is judged by itself.")
    if wording.question_id in queries.questions_held_back(timezone.now()):
        return str(REFUSALS["secret"])
    return ""


def drawn(request: HttpRequest, lesson_id: int, codes: Sequence[str]) -> dict[str, SafeString]:
    """The questions as their lesson shows them, by code. No key comes here."""
    addresses = {code: reverse("exams:lesson_check", args=[lesson_id, code]) for code in codes}
    template = "exams/lesson_checks/check.html"
    return {
        str(context["code"]): SafeString(render_to_string(template, context, request=request))
        for context in asked(request, addresses)
    }


@require_http_methods(["GET", "HEAD", "POST"])
def lesson_check(request: HttpRequest, lesson: int, code: str) -> HttpResponse:
    """The question alone, to be put into its lesson: asked, or judged with what was answered.

    Only where a published lesson that the person may read names it: else whoever knows a code
    could ask the bank for its key.
    """
    if code not in content.queries.questions_in_lesson(lesson, me(request)):
        raise Http404
    address = reverse("exams:lesson_check", args=[lesson, code])
    (context,) = asked(request, {code: address}, answered=request.method == "POST")
    return render(request, "exams/lesson_checks/question.html", context)


def asked(
    request: HttpRequest, addresses: Mapping[str, str], *, answered: bool = False
) -> list[dict[str, object]]:
    """What ``exams/lesson_checks/question.html`` needs to ask each question, or to show it judged.

    Code → where its answer is sent; ``askable`` says that the bank still holds it for this; ``judged``
    holds the outcome of the answer in ``request``, if there is one. Three statements at most, however
    many questions. The caller has made sure that the person may be asked, and knows what is kept.
    """
    wordings = queries.wordings_to_ask(addresses, timezone.now())
    found = []
    for code, address in addresses.items():
        wording, secret = wordings.get(code, (None, False))
        askable = wording is not None and wording.type in queries.JUDGED_AT_ONCE
        context: dict[str, object] = {"address": address, "code": code, "askable": askable}
        if wording is None or not askable:
            context["note"] = _("This question is being revised.")
        elif secret:
            # A question may have been put into an exam after the lesson was published.
            context["note"] = REFUSALS["secret"]
        else:
            context |= _asked_or_judged(request, wording, answered=answered)
        found.append(context)
    return found


def _asked_or_judged(
    request: HttpRequest, wording: QuestionVersion, *, answered: bool
) -> dict[str, object]:
    item = wording.item()
    arrangement = drawing.arrange(item, f"lesson:{me(request).pk}", wording.pk)
    value, note = None, ""
    if answered:
        value = sent_value(request)
        if request.POST.get("version") != str(wording.pk):
            # Letters of another wording mean other options.
            value, note = None, _("The question was changed meanwhile. Please answer it again.")
        elif is_blank(value):
            value, note = None, str(REFUSALS["blank"])
    return {
        "q": question_view(drawing.shown(item, arrangement), value, f"check{wording.pk}"),
        "version": wording.pk,
        "stem": item.stem,
        "type_name": QuestionType(item.type).label,
        "judged": None if value is None else judged(item, arrangement, value),
        "note": note,
    }


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """The questions an editor may put into a lesson, by words and category. No key comes here."""
    if not content.permissions.may_edit(request.user):
        raise Http404
    categories = queries.category_names()
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    category = request.GET.get("category", "")
    found = queries.questions_for_lessons(
        timezone.now(), words=words, category=category if category in categories else ""
    )
    context = {
        "page_obj": Paginator(found, _CHOICES_A_PAGE).get_page(request.GET.get("page")),
        "categories": categories,
        "query": words,
        "category": category,
    }
    return render(request, "exams/lesson_checks/choose.html", context)
