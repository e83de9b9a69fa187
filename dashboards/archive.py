"""A person's training archive (干部教育培训档案): career, standings, every line, every proof."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from certificates import queries as certificates
from dashboards import wording
from people.enums import DutyKind, Grade, Rank, Stage
from people.models import OrgUnit, Person
from people.queries import HeldDuty, HeldPost, careers_of, names_then
from tracker import queries as tracker
from tracker.queries.sealed import SealedPlace, sealed_places
from tracker.rules import end_of_day
from tracker.verify_ledger import canonical


@dataclass(frozen=True)
class Line:
    """A row of the ledger with its proof; ``taken_back`` says why where it no longer counts."""

    entry: Any
    place: SealedPlace | None
    taken_back: str
    # The unit at the time, with the unit above it.
    unit: str


@dataclass(frozen=True)
class Archive:
    """Everything on the page and on paper, as of one moment."""

    person: Person
    as_of: datetime
    posts: Sequence[dict[str, Any]]
    duties: Sequence[dict[str, Any]]
    stages: Sequence[dict[str, Any]]
    requirements: Sequence[dict[str, Any]]
    years: Sequence[tuple[int, list[Line]]]
    certificates: Sequence[dict[str, Any]]
    sealed: int
    lines: int

    def digest(self) -> str:
        """SHA-256 of what the ledger and the rules say here: every line, what was taken back and
        why, and where the person stands. As of the same moment it is the same years later."""
        record = {
            "person": self.person.pk,
            "as_of": self.as_of.astimezone(UTC).isoformat(),
            "standings": [[row["code"], row["state"]] for row in self.requirements],
            "lines": [
                [
                    line.entry.pk,
                    line.entry.title,
                    line.entry.occurred_from.isoformat(),
                    f"{line.entry.training_days:.2f}",
                    f"{line.entry.hours:.2f}",
                    f"{line.entry.credits:.2f}",
                    line.taken_back,
                ]
                for _year, lines in self.years
                for line in lines
            ],
        }
        return hashlib.sha256(canonical(record)).hexdigest()


def _units_of(held: Sequence[HeldPost | HeldDuty]) -> dict[HeldPost | HeldDuty, str]:
    """The unit of each post or duty, called as it was when the post was left, or as it is today."""
    names = dict(
        OrgUnit.objects.filter(pk__in={each.unit_id for each in held}).values_list("pk", "name")
    )
    called = names_then(
        [
            (each.unit_id, names[each.unit_id], end_of_day(each.ends_on) if each.ends_on else None)
            for each in held
        ]
    )
    return dict(zip(held, called, strict=True))


def archive_of(person: Person, *, now: datetime) -> Archive:
    """Gather the archive. Not scoped: the caller has been."""
    today = timezone.localdate(now)
    career = careers_of([person.pk])[person.pk]
    held_in = _units_of([*career.posts, *career.duties])
    entries = list(tracker.entries_of(person.pk, now))
    reversals = {row.reverses_id: row.because for row in entries if row.reverses_id}
    proofs = sealed_places(row.pk for row in entries)
    places = tracker.places_then(entries)
    years: dict[int, list[Line]] = {}
    for row in entries:
        if row.reverses_id is None:
            line = Line(row, proofs.get(row.pk), reversals.get(row.pk, ""), places.get(row.pk, ""))
            years.setdefault(row.occurred_from.year, []).append(line)
    assessments = tracker.assessments_of(person.pk, on=today, known_at=now)
    return Archive(
        person=person,
        as_of=now,
        posts=[
            {
                "from": post.starts_on,
                "until": post.ends_on,
                "unit": held_in[post],
                "title": post.title,
                "rank": Rank(post.rank).label,
                "grade": Grade(post.grade).label if post.grade else "",
            }
            for post in reversed(career.posts)
        ],
        duties=[
            {
                "from": duty.starts_on,
                "until": duty.ends_on,
                "unit": held_in[duty],
                "title": DutyKind(duty.kind).label,
            }
            for duty in reversed(career.duties)
        ],
        stages=[
            {"from": stage.starts_on, "until": stage.ends_on, "title": Stage(stage.stage).label}
            for stage in reversed(career.stages)
        ],
        requirements=[
            {
                "code": assessment.duty.code,
                "title": wording.title_of(assessment),
                "state": assessment.state.value,
                "word": dict(wording.STATES)[assessment.state.value],
                "due_on": assessment.due_on,
                "gap": wording.gap_of(assessment) if assessment.gap else "",
            }
            for assessment in wording.by_urgency(assessments)
        ],
        years=sorted(years.items(), reverse=True),
        certificates=[
            {"certificate": one, "url": certificates.verify_url(one.token)}
            for one in certificates.certificates_of(person)
        ],
        sealed=sum(line.place is not None for lines in years.values() for line in lines),
        lines=sum(len(lines) for lines in years.values()),
    )
