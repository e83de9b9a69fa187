"""The cells of a row of standings, written at once: a district has hundreds of rows.

Drawn by templates of their own, its cells and bars were two thirds of the page's time.
"""

from collections.abc import Iterator, Mapping

from django import template
from django.utils.formats import number_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dashboards.figures import SHOWN, Tally
from dashboards.rates import printed

register = template.Library()


@register.simple_tag
def labels_of_standings() -> dict[str, str]:
    """What the columns are called, once for all rows."""
    return {
        "obliged": _("Obliged"),
        "met": _("Met"),
        "on_course": _("On course"),
        "short": _("Short"),
        "overdue": _("Overdue"),
        "rate": _("Rate met"),
        "share": _("Share of each standing"),
    }


@register.simple_tag
def rate(part: int, whole: int, heads: int | None = None) -> str:
    """A rate in words, as exact as its heads, or those of its column, make it."""
    return printed(part, whole, heads=whole if heads is None else heads)


@register.simple_tag
def standing_cells(tally: Tally, people: str, labels: dict[str, str], heads: int) -> SafeString:
    """Obliged, each state, rate and bar. ``people`` is an address that lacks only the state; ``heads`` are the whole's."""
    address, said = (
        conditional_escape(people),
        {k: conditional_escape(v) for k, v in labels.items()},
    )
    return mark_safe("\n".join(_cells(tally, address, said, heads)))  # noqa: S308  numbers, and text escaped


def _cells(tally: Tally, people: str, labels: Mapping[str, str], heads: int) -> Iterator[str]:
    for state in ("obliged", *SHOWN):
        persons = getattr(tally, state)
        figure = number_format(persons, force_grouping=True)
        shown = figure if persons else "–"
        if persons and people:
            shown = f'<a href="{people}{state}">{figure}</a>'
        yield f'<td class="num" data-label="{labels[state]}">{shown}</td>'
    shown = printed(tally.met, tally.obliged, heads=heads)
    yield f'<td class="num rate" data-label="{labels["rate"]}">{shown}</td>'
    yield f'<td class="bar-column" data-label="{labels["share"]}">{_bar(tally)}</td>'


def _bar(tally: Tally) -> str:
    """``partials/stackbar.html`` where the figures stand beside it."""
    if not tally.obliged:
        return ""
    parts, before = [], 0
    for state in SHOWN:
        persons = getattr(tally, state)
        if persons:
            x = f' x="{before}"' if before else ""
            parts.append(f'<rect data-state="{state}"{x} width="{persons}" height="1"/>')
        before += persons
    return (
        f'<svg class="stackbar" viewBox="0 0 {tally.obliged} 1" preserveAspectRatio="none"'
        f' aria-hidden="true">{"".join(parts)}</svg>'
    )
