"""Study time as the pages print it."""

from typing import Any

from django import template
from wagtail.models import Page

import exams.queries
from courses import operations, wording
from courses.enums import TIMED, ItemKind
from courses.models import CoursePage
from courses.study_time import Grade, Reason

register = template.Library()


@register.filter
def clock(seconds: int) -> str:
    """Seconds as minutes and seconds."""
    minutes, rest = divmod(int(seconds or 0), 60)
    return str(wording.SCRIPT["clock"]).format(minutes=minutes, seconds=rest)


@register.filter
def grade(value: Grade) -> str:
    """The grade in words."""
    return str(wording.GRADES[value])


@register.filter
def reason(value: Reason) -> str:
    """The reason in words."""
    return str(wording.REASONS[value])


@register.filter
def device(code: str) -> str:
    """The device in words."""
    return str(wording.DEVICES.get(code, ""))


@register.simple_tag
def items_as_frozen(course: CoursePage) -> list[dict[str, Any]]:
    """The items of a draft as publishing would freeze them, with what a reviewer looks into."""
    items = operations.items_to_freeze(course)
    pages = Page.objects.in_bulk([item["page_id"] for item in items if item["page_id"]])
    codes = [code for item in items for code in item.get("questions", [])]
    wordings = exams.queries.approved_wordings(codes)
    return [
        item
        | {
            "kind_name": ItemKind(item["kind"]).label,
            "is_timed": item["kind"] in TIMED,
            "minutes": max(1, round(item["length_seconds"] / 60)),
            "page": pages.get(item["page_id"]),
            "stems": [
                (code, wordings[code].item().stem if code in wordings else "")
                for code in item.get("questions", [])
            ],
        }
        for item in items
    ]
