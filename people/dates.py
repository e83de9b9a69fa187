"""Days and ranges of days as people read them; what two days share is said once."""

from datetime import date

from django.utils.formats import date_format, get_format
from django.utils.translation import pgettext


def day_in_words(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def formats_of(first: date, last: date) -> tuple[str, str]:
    """How the first and the last day of a range are written beside each other."""
    if first.year != last.year:
        return "DATE_FORMAT", "DATE_FORMAT"
    of_both: tuple[str, str] = get_format(
        "SPAN_OF_MONTH" if first.month == last.month else "SPAN_OF_YEAR"
    )
    return of_both


def days_in_words(first: date, last: date) -> str:
    """2026年3月2日至6日; one day alone if there is no other."""
    if last <= first:
        return day_in_words(first)
    one, other = formats_of(first, last)
    return pgettext("days", "{first} – {last}").format(
        first=date_format(first, one), last=date_format(last, other)
    )
