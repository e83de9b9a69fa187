"""How the examination rooms write durations and words of the pure core."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from exams.engine.items import plain_stem
from exams.enums import RULES, QuestionType
from exams.models import AttemptEvent

register = template.Library()
register.filter(plain_stem)

REASONS = {
    "right": _("right"),
    "partly": _("partly right"),
    "wrong": _("wrong"),
    "blank": _("not answered"),
    "malformed": _("could not be read"),
    "to_mark": _("waits for a marker"),
    "granted": _("faulty question, points granted"),
    "not_counted": _("faulty question, not counted"),
}


@register.simple_tag
def question_map(lines: list[dict[str, Any]]) -> SafeString:
    """Where each question of the page is, and whether it is answered; a loop of fifty in a template
    was a tenth of the page's time."""
    return mark_safe(  # noqa: S308 - two numbers of our own each
        "\n".join(
            f'<li><a href="#q{each["number"]}" data-goto="{each["number"]}"'
            f"{' data-answered' if each['answered'] else ''}>{each['place']}"
            '<span class="visually-hidden" data-words></span></a></li>'
            for each in lines
        )
    )


@register.filter
def type_words(kind: str) -> str:
    return str(QuestionType(kind).label)


@register.filter
def minutes(duration: timedelta) -> int:
    """Whole minutes of a duration."""
    return int(duration.total_seconds() // 60)


@register.filter
def event_words(event: AttemptEvent) -> str:
    """The particulars of an event that a person should read."""
    detail = event.detail
    words = []
    if detail.get("seconds") and event.kind in ("extended", "reopened"):
        words.append(str(_("%(n)s minutes") % {"n": detail["seconds"] // 60}))
    elif event.kind == "left" and detail.get("seconds"):
        words.append(str(_("for %(n)s seconds") % {"n": detail["seconds"]}))
    elif event.kind == "pasted" and detail.get("characters"):
        words.append(str(_("%(n)s characters") % {"n": detail["characters"]}))
    elif event.kind == "refused":
        words.append(str(_("%(n)s answers") % {"n": len(detail.get("answers", []))}))
    if event.kind == "reopened" and detail.get("receipt"):
        words.append(str(_("earlier receipt %(code)s") % {"code": detail["receipt"]}))
    if detail.get("reason") and event.kind != "refused":
        words.append(str(detail["reason"]))
    return "，".join(words)


@register.filter
def reason_words(reason: str) -> str:
    return str(REASONS.get(reason, reason))


@register.filter
def as_percent(share: float) -> str:
    """A share from 0 to 1 as whole percent."""
    return f"{round(share * 100)}%"


@register.filter
def pass_words(passed: bool) -> str:
    return str(_("passed") if passed else _("not passed"))


@register.filter
def rule_words(rule: str) -> str:
    return str(RULES.get(rule, rule))


@register.filter
def percent_of(part: Decimal | int | None, whole: Decimal | int | None) -> str:
    """A share in percent with at most one decimal."""
    if part is None or not whole:
        return ""
    return f"{(Decimal(part) * 100 / whole).quantize(Decimal('0.1')).normalize():f}"
