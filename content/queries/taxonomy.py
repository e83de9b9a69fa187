"""How the library is divided: facets of its list, and its stock in hours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from content.enums import Kind, ResourceKind, Theme, TrainingGroup
from content.facets import Asked, Facet, counted
from content.models import IndexEntry, LibraryPage
from content.queries.pages import entries_visible_to

# The three divisions of what is studied; courses stand under them as pages do.
DIVISIONS = (
    Asked("theme", _("Member education"), _("All themes"), Theme.choices),
    Asked("training_group", _("Cadre training"), _("All groups"), TrainingGroup.choices),
    Asked("resource_kind", _("Distance education"), _("All fields"), ResourceKind.choices),
)
FACETS = (Asked("kind", _("Kind"), _("All kinds"), Kind.choices), *DIVISIONS)


def library_facets(person: Any, chosen: Mapping[str, str]) -> list[Facet]:
    """The facets of the list with what stands under each choice, for this person. One statement."""
    names = [facet.name for facet in FACETS]
    rows = entries_visible_to(person).order_by().values_list(*names).annotate(count=Count("pk"))
    return counted(
        FACETS, ((dict(zip(names, values, strict=True)), n) for *values, n in rows), chosen
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """What stands under one category: pages, and hours to watch or hear, to do, and to read."""

    value: str
    label: Any
    pages: int
    watched: float
    worked: float
    read: float

    @property
    def hours(self) -> float:
        return self.watched + self.worked + self.read


@dataclass(frozen=True, slots=True)
class Stock:
    """The library in hours: as a whole, and by each of the three divisions."""

    whole: Shelf
    target_hours: int
    divisions: list[tuple[Any, list[Shelf]]]


_WATCHED, _WORKED = (Kind.LECTURE,), (Kind.PACKAGE,)


def library_stock() -> Stock:
    """What all published pages come to, in hours. Two statements."""
    names = [facet.name for facet in FACETS]
    rows = [
        (dict(zip(names, values, strict=True)), pages, seconds)
        for *values, pages, seconds in IndexEntry.objects.filter(anchor="")
        .order_by()
        .values_list(*names)
        .annotate(pages=Count("pk"), seconds=Sum("length_seconds"))
    ]
    library = LibraryPage.objects.live().values_list("stock_target_hours", flat=True).first()
    divisions = []
    for facet in DIVISIONS:
        shelves = [
            _shelf(value, label, [row for row in rows if row[0][facet.name] == value])
            for value, label in [*facet.values, ("", _("not assigned"))]
        ]
        divisions.append((facet.label, [s for s in shelves if s.value or s.pages]))
    return Stock(_shelf("", "", rows), library or 0, divisions)


def _shelf(value: str, label: Any, rows: list[tuple[dict[str, str], int, int]]) -> Shelf:
    def hours(wanted: Callable[[str], bool]) -> float:
        return sum(seconds or 0 for values, _n, seconds in rows if wanted(values["kind"])) / 3600

    return Shelf(
        value,
        label,
        sum(pages for _values, pages, _s in rows),
        hours(lambda kind: kind in _WATCHED),
        hours(lambda kind: kind in _WORKED),
        hours(lambda kind: kind not in (*_WATCHED, *_WORKED)),
    )
