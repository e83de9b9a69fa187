"""Writes of contests and of a year's series: call the final, score, publish; announce sixteen exams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

import notices.operations
from exams import queries
from exams.engine import contests, drawing
from exams.enums import Audience
from exams.models import Blueprint, Contest, Exam, ExamSeries, Finalist, JuryScore
from exams.operations.papers import NotFeasible, open_exam, publish_paper, store_paper
from people.models import Person
from people.operations import audit


class ContestRefused(Exception):
    """``code``: first_round_open, nobody, called, not_called, published, not_scored, not_juror, own,
    points, no_reason, last_juror."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def create_contest(*, jury_ids: Sequence[int], by: Person, now: datetime, **fields: Any) -> Contest:
    """Set up a contest over an exam as its first round. ``fields`` are those of Contest."""
    with transaction.atomic():
        contest = Contest.objects.create(created_by=by, created_at=now, **fields)
        contest.jury.set(jury_ids)
        audit(by, "exams.contest.create", f"exams.contest:{contest.pk}", now=now)
    return contest


def call_finalists(contest_id: int, *, by: Person, now: datetime) -> int:
    """Name the finalists from the first round, once it has closed; how many. Ties at the end all go."""
    with transaction.atomic():
        contest = Contest.objects.select_for_update().get(pk=contest_id)
        if contest.called_at is not None:
            raise ContestRefused("called")
        exam = contest.first_round
        if now < exam.closes_at or queries.unfinished_in(exam):
            raise ContestRefused("first_round_open")
        attempts = {a.person_id: a for a in queries.counting_attempts(exam)}
        results = [
            (person, (a.score * 100 / a.worth).quantize(Decimal("0.01")))
            for person, a in attempts.items()
            if a.score is not None and a.worth
        ]
        chosen = contests.called(results, contest.finalists_wanted)
        if not chosen:
            raise ContestRefused("nobody")
        Finalist.objects.bulk_create(
            Finalist(
                contest=contest,
                person_id=person,
                unit_id=attempts[person].unit_id,
                first_place=place,
                first_percent=percent,
            )
            for person, place, percent in chosen
        )
        contest.called_at = now
        contest.save(update_fields=["called_at"])
        audit(
            by,
            "exams.contest.call",
            f"exams.contest:{contest_id}",
            {"finalists": len(chosen)},
            now=now,
        )
        in_final = _("You are in the final of “{title}”.")
        if contest.final_on is not None:
            in_final = _("You are in the final of “{title}”, on {day}.")
        _tell(contest, "called", [person for person, _place, _percent in chosen], in_final, now)
        on_jury = _("You are on the jury of “{title}”: please score the finalists.")
        _tell(contest, "jury", jury_of(contest), on_jury, now, page="exams:jury")
    return len(chosen)


def _tell(
    contest: Contest,
    what: str,
    person_ids: Sequence[int],
    text: str,
    now: datetime,
    page: str = "exams:contest",
) -> None:
    day = date_format(contest.final_on, "DATE_FORMAT") if contest.final_on else ""
    notices.operations.notify(
        person_ids,
        source=f"exams.contest.{what}:{contest.pk}",
        text=text.format(title=contest.title, day=day),
        url=reverse(page, args=[contest.pk]),
        now=now,
    )


def jury_of(contest: Contest) -> list[int]:
    return list(contest.jury.order_by("pk").values_list("pk", flat=True))


def release_juror(
    contest_id: int, juror_id: int, *, because: str, by: Person, now: datetime
) -> None:
    """Take a member off the jury who cannot come; what he gave counts for nobody, and stays on record.

    Without him the final can be published: it waits for every score of the jury.
    """
    with transaction.atomic():
        contest = Contest.objects.select_for_update().get(pk=contest_id)
        if contest.published_at is not None:
            raise ContestRefused("published")
        if not because.strip():
            raise ContestRefused("no_reason")
        jury = jury_of(contest)
        if juror_id not in jury:
            raise ContestRefused("not_juror")
        if len(jury) == 1:
            raise ContestRefused("last_juror")
        contest.jury.remove(juror_id)
        audit(
            by,
            "exams.contest.release_juror",
            f"exams.contest:{contest_id}",
            {"person": juror_id, "because": because.strip()},
            now=now,
        )


def give_score(
    finalist_id: int, points: Sequence[Decimal], *, by: Person, now: datetime
) -> JuryScore:
    """A member of the jury scores a finalist, or corrects it until the results are published.

    ``points`` in the order of the criteria. A correction leaves the former points in the audit log.
    """
    with transaction.atomic():
        finalist = Finalist.objects.select_related("contest").get(pk=finalist_id)
        # Locked so that no score slips in while the results are being published.
        contest = Contest.objects.select_for_update().get(pk=finalist.contest_id)
        if contest.published_at is not None:
            raise ContestRefused("published")
        if not contest.jury.filter(pk=by.pk).exists():
            raise ContestRefused("not_juror")
        if finalist.person_id == by.pk:
            raise ContestRefused("own")
        most = [Decimal(str(limit)) for _name, limit in contest.criteria]
        if len(points) != len(most) or any(
            not Decimal(0) <= given <= limit for given, limit in zip(points, most, strict=True)
        ):
            raise ContestRefused("points")
        total = sum(points, Decimal(0)) * 100 / sum(most, Decimal(0))
        before = JuryScore.objects.filter(finalist=finalist, juror=by).first()
        score, _made = JuryScore.objects.update_or_create(
            finalist=finalist,
            juror=by,
            defaults={
                "points": [str(given) for given in points],
                "total": total.quantize(Decimal("0.01")),
                "given_at": now,
            },
        )
        audit(
            by,
            "exams.contest.score",
            f"exams.finalist:{finalist_id}",
            {"points": score.points, "before": before.points if before else None},
            now=now,
        )
    return score


def publish_contest(contest_id: int, *, by: Person, now: datetime) -> int:
    """Freeze places and awards and show them; every member of the jury must have scored everybody."""
    with transaction.atomic():
        contest = Contest.objects.select_for_update().get(pk=contest_id)
        if contest.published_at is not None:
            raise ContestRefused("published")
        if contest.called_at is None:
            raise ContestRefused("not_called")
        if queries.scores_missing(contest):
            raise ContestRefused("not_scored")
        finalists = {finalist.pk: finalist for finalist in contest.finalists.all()}
        for standing in queries.contest_standings(contest):
            finalist = finalists[standing.id]
            finalist.total, finalist.place = standing.total, standing.place
            finalist.award = standing.award
        Finalist.objects.bulk_update(finalists.values(), ["total", "place", "award"])
        contest.published_at = now
        contest.save(update_fields=["published_at"])
        audit(by, "exams.contest.publish", f"exams.contest:{contest_id}", now=now)
        people = [finalist.person_id for finalist in finalists.values()]
        _tell(contest, "published", people, _("The results of “{title}” are published."), now)
    return len(finalists)


# --- a question a month and a test a quarter ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """A month ("2026-03") or a quarter ("2026-Q1") of a series; half-open local days."""

    name: str
    starts_on: date
    ends_on: date
    is_quarter: bool


def periods_of(year: int, first_month: int = 1) -> list[Period]:
    """The months of a year from one on, each quarter's test in the last ten days of its last month."""
    out = []
    for month in range(first_month, 13):
        begins = date(year, month, 1)
        ends = date(year + month // 12, month % 12 + 1, 1)
        out.append(Period(f"{year}-{month:02}", begins, ends, is_quarter=False))
        if month % 3 == 0:
            out.append(
                Period(f"{year}-Q{month // 3}", ends - timedelta(days=10), ends, is_quarter=True)
            )
    return out


def _title(series: str, period: Period) -> str:
    """What the exam of a month or a quarter is called."""
    month, year = period.starts_on.month, period.starts_on.year
    if period.is_quarter:
        said = _("%(title)s, quarter %(n)s of %(year)s")
        return said % {"title": series, "n": month // 3, "year": year}
    said = _("%(title)s, month %(n)s of %(year)s")
    return said % {"title": series, "n": month, "year": year}


def plan_papers(
    month: Blueprint, quarter: Blueprint, periods: Sequence[Period], title: str, on: date
) -> list[drawing.Draw]:
    """The draw of each period from what is valid all through it, as far as it lies ahead on ``on``;
    no question twice in a year as long as the bank can help it.

    Raises NotFeasible with the report of the first period that cannot be drawn.
    """
    rows = {False: queries.rows_of(month), True: queries.rows_of(quarter)}
    used: dict[int, int] = {}
    draws = []
    for period in periods:
        last = period.ends_on - timedelta(days=1)
        bank = queries.drawable(max(on, period.starts_on), last)
        pool = [
            drawing.with_exposure(candidate, used.get(candidate.question, 0)) for candidate in bank
        ]
        seed = f"{title}/{periods[0].starts_on.year}/{period.name}"
        drawn = drawing.draw(rows[period.is_quarter], pool, seed, even=True)
        if not drawn.feasible or not drawn.lines:
            raise NotFeasible(drawn.report, _title(title, period))
        for line in drawn.lines:
            used[line.candidate.question] = used.get(line.candidate.question, 0) + 1
        draws.append(drawn)
    return draws


def open_series(
    *,
    title: str,
    year: int,
    month: Blueprint,
    quarter: Blueprint,
    unit_ids: Sequence[int],
    by: Person,
    now: datetime,
    month_minutes: int = 10,
    quarter_minutes: int = 60,
    quarter_hours: Decimal = Decimal(0),
) -> ExamSeries:
    """Announce the rest of a year: a question a month and a test a quarter, all drawn now.

    Without units it is for everyone. Raises NotFeasible; then nothing is stored.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    today = now.astimezone(zone).date()
    first = today.month if today.year == year else 1
    periods = [p for p in periods_of(year, first) if p.ends_on > today]
    draws = plan_papers(month, quarter, periods, title, today)
    with transaction.atomic():
        series = ExamSeries.objects.create(title=title, year=year, created_by=by, created_at=now)
        for period, drawn in zip(periods, draws, strict=True):
            name = _title(title, period)
            paper = store_paper(
                drawn,
                quarter if period.is_quarter else month,
                title=name,
                seed=f"{title}/{year}/{period.name}",
                by=by,
                now=now,
            )
            publish_paper(paper.pk, by=by, now=now)
            minutes = quarter_minutes if period.is_quarter else month_minutes
            exam = open_exam(
                title=name,
                paper_id=paper.pk,
                opens_at=datetime.combine(period.starts_on, time(0), zone),
                closes_at=datetime.combine(period.ends_on, time(0), zone),
                duration=timedelta(minutes=minutes),
                audience=Audience.UNITS if unit_ids else Audience.EVERYONE,
                unit_ids=unit_ids,
                hours=quarter_hours if period.is_quarter else Decimal(0),
                by=by,
                now=now,
            )
            Exam.objects.filter(pk=exam.pk).update(series=series)
        audit(
            by,
            "exams.series.open",
            f"exams.series:{series.pk}",
            {"exams": len(periods), "year": year},
            now=now,
        )
    return series
