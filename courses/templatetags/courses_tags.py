"""Study time as the pages print it."""

from django import template

from courses import wording
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
