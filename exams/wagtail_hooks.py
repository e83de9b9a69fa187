"""What the bank adds to lessons: content asks by hook, because it may not know that there is a bank."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail import hooks

from exams.views import lesson_checks


@hooks.register("lesson_question_refusal")
def lesson_question_refusal(code: str) -> str:
    return lesson_checks.refusal(code)


@hooks.register("draw_lesson_questions")
def draw_lesson_questions(
    request: HttpRequest, lesson_id: int, codes: list[str]
) -> dict[str, SafeString]:
    return lesson_checks.drawn(request, lesson_id, codes)


@hooks.register("register_admin_urls")
def question_urls() -> list[Any]:
    return [path("lesson-questions/", lesson_checks.choose, name="exams_choose_question")]


@hooks.register("insert_editor_js")
def question_chooser() -> SafeString:
    return format_html(
        '<script src="{}" data-url="{}" data-choose="{}" data-close="{}"></script>',
        static("exams/choose_question.js"),
        reverse("exams_choose_question"),
        _("Choose a question"),
        _("Close the choice"),
    )


@hooks.register("insert_global_admin_css")
def question_chooser_look() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("exams/choose_question.css"))
