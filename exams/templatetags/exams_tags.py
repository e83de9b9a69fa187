"""How the examination rooms write durations and words of the pure core."""

from datetime import timedelta
from decimal import Decimal

from django import template
from django.utils.translation import gettext_lazy as _

from exams.engine.items import stem_pieces

register = template.Library()

REASONS = {
    "right": _("right"),
    "partly": _("partly right"),
    "wrong": _("wrong"),
    "blank": _("not answered"),
    "malformed": _("could not be read"),
    "to_mark": _("waits for a marker"),
}
RULES = {
    "half": _("half the points for a part of the right answers and nothing wrong"),
    "exact": _("all or nothing"),
    "per_option": _("each right answer counts, a wrong one voids"),
    "balanced": _("right answers less wrong ones"),
    "weights": _("by the weight of each option"),
    "per_blank": _("each blank counts"),
    "per_pair": _("each pair counts"),
    "position": _("each item in its place counts"),
    "neighbours": _("each right neighbour counts"),
}


@register.filter
def plain_stem(stem: str) -> str:
    """A stem with its blanks drawn as lines, for lists."""
    return "".join(text + ("____" if number else "") for text, number in stem_pieces(stem))


@register.filter
def minutes(duration: timedelta) -> int:
    """Whole minutes of a duration."""
    return int(duration.total_seconds() // 60)


@register.filter
def reason_words(reason: str) -> str:
    return str(REASONS.get(reason, reason))


@register.filter
def rule_words(rule: str) -> str:
    return str(RULES.get(rule, rule))


@register.filter
def percent_of(part: Decimal | None, whole: Decimal | None) -> str:
    """A share in percent with at most one decimal."""
    if part is None or not whole:
        return ""
    return f"{(part * 100 / whole).quantize(Decimal('0.1')).normalize():f}"
