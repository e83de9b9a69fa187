"""The cached table of standings."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from people.models import OrgUnit
from tracker.enums import PackStatus, StandingState
from tracker.models import RulePack, Standing
from tracker.queries.packs import pack_of_document


@dataclass(frozen=True)
class RequirementCount:
    """How many persons of a part of the tree stand how against one requirement."""

    requirement: str
    pack: str
    title_zh: str
    title_en: str
    by_state: dict[str, int]

    @property
    def obliged(self) -> int:
        """All to whom it applies and who are not exempt."""
        return sum(n for state, n in self.by_state.items() if state != StandingState.EXEMPT)

    @property
    def met(self) -> int:
        return self.by_state.get(StandingState.MET, 0)


def standing_summary(unit: OrgUnit, on: date) -> list[RequirementCount]:
    """Counts by requirement and state in the unit and below. Not scoped: the caller has been.

    From the cached table, which stands for the last day computed; titles by the packs in force.
    """
    counts: dict[tuple[str, str], dict[str, int]] = {}
    rows = (
        Standing.objects.filter(unit__path__startswith=unit.path)
        .order_by()
        .values_list("requirement", "pack", "state")
        .annotate(persons=Count("pk"))
    )
    for requirement, pack, state, persons in rows:
        by_state = counts.setdefault((requirement, pack), {})
        by_state[state] = by_state.get(state, 0) + persons
    titles = requirement_titles()
    return [
        RequirementCount(requirement, pack, *titles.get(requirement, (requirement, "")), by_state)
        for (requirement, pack), by_state in sorted(counts.items())
    ]


def requirement_titles(*, approved_only: bool = False) -> dict[str, tuple[str, str]]:
    """Chinese and English title of every requirement of every loaded, or every approved, pack."""
    titles: dict[str, tuple[str, str]] = {}
    packs = RulePack.objects.order_by("version")
    if approved_only:
        packs = packs.filter(status=PackStatus.APPROVED)
    for document in packs.values_list("document", flat=True):
        for duty in pack_of_document(document).duties:
            titles[duty.code] = (duty.title.zh, duty.title.en)
    return titles


def standings_in(
    unit: OrgUnit, requirement: str | None = None, state: str | None = None
) -> QuerySet[Standing]:
    """Cached standings of persons in the unit and below. Not scoped: the caller has been."""
    standings = Standing.objects.filter(unit__path__startswith=unit.path)
    if requirement:
        standings = standings.filter(requirement=requirement)
    if state:
        standings = standings.filter(state=state)
    return standings.select_related("person", "unit").order_by("due_on", "person_id", "requirement")


def standings_of(person_ids: Iterable[int]) -> dict[int, list[Standing]]:
    """Cached standings of some persons, most pressing first."""
    found: dict[int, list[Standing]] = defaultdict(list)
    rows = Standing.objects.filter(person_id__in=list(person_ids))
    for row in rows.order_by("person_id", "due_on", "requirement"):
        found[row.person_id].append(row)
    return found
