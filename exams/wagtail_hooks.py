"""What the bank adds to lessons: content asks by hook, because it may not know that there is a bank."""

from django.http import HttpRequest
from django.utils.safestring import SafeString
from wagtail import hooks

from exams.views import lesson_checks


@hooks.register("lesson_question_refusal")
def lesson_question_refusal(code: str) -> str:
    return lesson_checks.refusal(code)


@hooks.register("draw_lesson_question")
def draw_lesson_question(request: HttpRequest, lesson_id: int, code: str) -> SafeString:
    return lesson_checks.drawn(request, lesson_id, code)
