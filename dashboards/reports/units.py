"""The lists and figures of a unit, as its pages show them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboards import queries, wording
from dashboards.files.document import Document, Row, Table
from dashboards.reports.scope import entrusted_unit
from dashboards.reports.who import named, naming
from people.enums import Rank
from people.models import OrgUnit, Person
from people.queries import places_within

# Persons read at a time: what is held in memory, however long the list.
AT_ONCE = 500


def people_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """A list of people by ``choice``; ``said`` are its filters in words. One row a person and requirement."""
    unit = entrusted_unit(owner, str(parameters["unit"]))
    today = timezone.localdate(now)
    titles = queries.requirement_titles()
    choice = queries.Choice.from_json(parameters["choice"])
    ids = list(queries.people_in(unit, choice, today).values_list("pk", flat=True))
    people = _People(unit, ids, choice, today, titles)
    table = Table(
        title=unit.name,
        headings=[
            *naming(),
            _("Post"),
            _("Rank"),
            _("Requirement"),
            _("Standing"),
            _("Still missing"),
            _("Due on"),
        ],
        rows=people,
        total=len(ids),
        wide=frozenset({2, 5, 7}),
        through=lambda: people.through,
    )
    return Document(
        title=_("People in %(unit)s") % {"unit": unit.name},
        tables=[table],
        lines=[wording.read_at(now), *parameters["said"]],
        persons=len(ids),
    )


class _People:
    """Rows of a list of persons, read some hundreds at a time."""

    def __init__(
        self,
        unit: OrgUnit,
        ids: Sequence[int],
        choice: queries.Choice,
        today: date,
        titles: dict[str, str],
    ) -> None:
        self.everybody = queries.people_in(
            unit, queries.Choice(requirement=choice.requirement), today
        )
        self.unit = unit
        self.ids = ids
        self.requirement = choice.requirement
        self.titles = titles
        self.through = 0

    def __iter__(self) -> Iterator[Row]:
        states = {state: str(label) for state, label in wording.STATES}
        for start in range(0, len(self.ids), AT_ONCE):
            some = self.ids[start : start + AT_ONCE]
            # Who left meanwhile is left out.
            found = {person.pk: person for person in self.everybody.filter(pk__in=some)}
            standings = queries.standings_of_page(found.values(), self.requirement)
            places = places_within(self.unit, (person.unit for person in found.values()))
            for pk in some:
                self.through += 1
                if pk not in found:
                    continue
                person = found[pk]
                who: list[Any] = [
                    *named(person, places),
                    person.post_title,
                    str(Rank(person.rank).label),
                ]
                rows = standings.get(pk, [])
                for row in rows:
                    title = self.titles.get(row.requirement, row.requirement)
                    state = states.get(row.state, row.state)
                    yield [*who, title, state, wording.missing(row), row.due_on]
                if not rows:
                    yield [*who, "", states["not_applicable"], "", None]


def overview_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """The figures of a unit: by requirement, by rank, by sub-unit; a sheet each."""
    unit = entrusted_unit(owner, str(parameters["unit"]))
    titles = queries.requirement_titles()
    requirement = str(parameters.get("requirement", ""))
    requirement = requirement if requirement in titles else ""
    shown = queries.overview(unit, requirement=requirement, titles=titles)
    parts = [
        (_("By requirement"), _("Requirement"), shown.by_requirement),
        (_("By rank"), _("Rank"), shown.by_rank),
        (_("By unit"), _("Unit"), shown.by_unit),
    ]
    return Document(
        title=_("Figures of %(unit)s") % {"unit": unit.name},
        tables=[_figures(title, heading, lines) for title, heading, lines in parts if lines],
        lines=[wording.read_at(now), *([titles[requirement]] if requirement else [])],
        persons=shown.whole.persons,
    )


def _figures(title: str, heading: str, lines: Sequence[queries.Line]) -> Table:
    return Table(
        title=title,
        headings=[
            heading,
            _("Obliged"),
            _("Met"),
            _("On course"),
            _("Short"),
            _("Overdue"),
            _("Exempt"),
            _("Rate met (%)"),
        ],
        rows=[
            [
                line.label,
                line.tally.obliged,
                line.tally.met,
                line.tally.on_course,
                line.tally.short,
                line.tally.overdue,
                line.tally.exempt,
                line.tally.rate,
            ]
            for line in lines
        ],
        total=len(lines),
        wide=frozenset({0}),
    )
