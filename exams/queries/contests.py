"""Contests: for those who hold them, for the jury, and for everybody once the results stand."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from exams.engine import contests
from exams.enums import AttemptState
from exams.models import Attempt, Contest, Exam, ExamSeries, Finalist, JuryScore
from people.models import Person


def contests_held() -> QuerySet[Contest]:
    """All contests for those who hold exams, newest first."""
    return (
        Contest.objects.select_related("first_round")
        .annotate(n_finalists=Count("finalists", distinct=True))
        .order_by("-created_at", "-pk")
    )


def contests_known_to(person: Person) -> QuerySet[Contest]:
    """Contests the person may read: judged by him, with him in the final, or published."""
    return contests_held().filter(
        Q(jury=person) | Q(finalists__person=person, called_at__isnull=False)
        | Q(published_at__isnull=False)
    ).distinct()  # fmt: skip


def finalists_of(contest: Contest) -> QuerySet[Finalist]:
    """In order of the final place, before that of the first round."""
    return contest.finalists.select_related("person", "unit").order_by(
        "place", "first_place", "person__staff_number"
    )


def contest_standings(contest: Contest) -> list[contests.Standing]:
    """Places and awards as they stand with the scores the jury gave so far."""
    totals: dict[int, list[Decimal]] = {}
    given = JuryScore.objects.filter(
        finalist__contest=contest, juror__in=contest.jury.order_by().values("pk")
    )
    for finalist, total in given.values_list("finalist_id", "total"):
        totals.setdefault(finalist, []).append(total)
    entries = [
        contests.Entry(pk, percent, tuple(totals.get(pk, ())))
        for pk, percent in contest.finalists.order_by("pk").values_list("pk", "first_percent")
    ]
    return contests.standings(
        entries, contest.first_weight, [(name, int(count)) for name, count in contest.awards]
    )


def scores_missing(contest: Contest) -> int:
    """Scores not yet given: every member of the jury scores every finalist but himself."""
    jury = set(contest.jury.values_list("pk", flat=True))
    finalists = dict(contest.finalists.values_list("pk", "person_id"))
    given = set(
        JuryScore.objects.filter(finalist__in=finalists, juror__in=jury).values_list(
            "finalist_id", "juror_id"
        )
    )
    wanted = {(f, juror) for f, person in finalists.items() for juror in jury if juror != person}
    return len(wanted - given) if wanted else len(finalists)


@dataclass(frozen=True, slots=True)
class JurorProgress:
    """A member of the jury, how many finalists he scored and how many he has to."""

    person: Person
    given: int
    wanted: int


def jury_progress(contest: Contest) -> list[JurorProgress]:
    """How far each member of the jury is; nobody scores himself."""
    finalists = set(contest.finalists.values_list("person_id", flat=True))
    scores = JuryScore.objects.filter(finalist__contest=contest)
    given = Counter(scores.values_list("juror_id", flat=True))
    return [
        JurorProgress(juror, given[juror.pk], len(finalists - {juror.pk}))
        for juror in contest.jury.order_by("staff_number")
    ]


def scores_by(person: Person, contest: Contest) -> dict[int, JuryScore]:
    """What this member of the jury gave, by finalist."""
    scores = JuryScore.objects.filter(finalist__contest=contest, juror=person)
    return {score.finalist_id: score for score in scores}


def unfinished_in(exam: Exam) -> bool:
    """Is anything still being answered or waiting for a mark?"""
    return Attempt.objects.filter(
        exam=exam, state__in=[AttemptState.IN_PROGRESS, AttemptState.SUBMITTED]
    ).exists()


def series_held() -> QuerySet[ExamSeries]:
    """All series with the number of their exams, newest first."""
    return ExamSeries.objects.annotate(n_exams=Count("exams")).order_by("-year", "-pk")
