"""What learners thought, added up; shown only when the vote is over and enough have answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from classes.enums import Criterion, InstitutionCriterion, PlaceState, Result
from classes.models import Ballot, ClassOpinion, InstitutionReview, Place, TrainingClass
from people.models import OrgUnit, Person
from people.queries import units_managed_by

# Fewer answers would point at persons.
SHOWN_FROM = 5
# So long after its last day a class may be judged. Results come afterwards only: who watched them
# change with every answer would know the answer of whoever came last.
OPEN_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Opinion:
    """Average of each criterion, one to five, and how many answered."""

    answers: int
    asked: int
    averages: tuple[tuple[str, float], ...]
    remarks: tuple[str, ...]

    @property
    def overall(self) -> float:
        """Mean of the criteria."""
        values = [value for _label, value in self.averages]
        return sum(values) / len(values) if values else 0.0


def may_judge(place: Place, today: date) -> bool:
    """Whether a participant may judge the class now: it is over, not long, and he has not yet."""
    of = place.training_class
    return (
        of.is_live
        and place.state == PlaceState.COMING
        and place.result != Result.NO_SHOW
        and of.last_day <= today < of.ends_on + OPEN_FOR
        and not Ballot.objects.filter(place=place).exists()
    )


def _averages(counts: dict[str, list[int]]) -> tuple[tuple[str, float], ...]:
    found = []
    for criterion in Criterion:
        row = counts.get(criterion, [0] * 5)
        total = sum(row)
        if total:
            found.append(
                (str(criterion.label), sum(n * each for n, each in enumerate(row, 1)) / total)
            )
    return tuple(found)


def opinion_of(training_class: TrainingClass, today: date) -> Opinion | None:
    """What learners thought of a class; None while they are still asked, or too few answered."""
    if today < training_class.ends_on + OPEN_FOR:
        return None
    opinion = ClassOpinion.objects.filter(training_class=training_class).first()
    if opinion is None or opinion.answers < SHOWN_FROM:
        return None
    asked = Place.objects.filter(training_class=training_class, state=PlaceState.COMING).count()
    return Opinion(opinion.answers, asked, _averages(opinion.counts), tuple(opinion.remarks))


def institution_opinion(institution_id: int, year: int, today: date) -> Opinion | None:
    """All classes of an institution in a year that may be shown, added up."""
    rows = ClassOpinion.objects.filter(
        training_class__institution=institution_id,
        training_class__starts_on__year=year,
        training_class__ends_on__lte=today - OPEN_FOR,
        answers__gte=SHOWN_FROM,
    )
    counts: dict[str, list[int]] = {}
    answers = 0
    for row in rows:
        answers += row.answers
        for criterion, each in row.counts.items():
            have = counts.setdefault(criterion, [0] * 5)
            counts[criterion] = [a + b for a, b in zip(have, each, strict=True)]
    if not answers:
        return None
    return Opinion(answers, answers, _averages(counts), ())


def reviews_in(person: Person, year: int) -> QuerySet[InstitutionReview]:
    """The year's evaluations by units the person administers or audits."""
    return (
        InstitutionReview.objects.filter(unit__in=units_managed_by(person), year=year)
        .select_related("institution", "unit", "written_by")
        .order_by("institution__name", "unit__path")
    )


def institution_reviews(
    institution_id: int, unit: OrgUnit, year: int
) -> dict[str, InstitutionReview]:
    """One unit's evaluation of an institution in a year, criteria as the form has them. Not scoped."""
    rows = InstitutionReview.objects.filter(institution=institution_id, unit=unit, year=year)
    order = InstitutionCriterion.values
    return {row.criterion: row for row in sorted(rows, key=lambda row: order.index(row.criterion))}
