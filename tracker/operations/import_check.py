"""What a file of hours says: every row held against the roster, the institutions and the ledger.

Nothing is written here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from people.enums import Role
from people.importing.tables import digest_of, rows_told
from people.models import Person, SamePerson
from people.progress import Stage, Tell, to_nobody
from people.queries import has_role, merges_away, records_read_with
from tracker import queries
from tracker.enums import ConfirmerKind
from tracker.importing import (
    COLUMNS,
    Draft,
    FileRefused,
    Problem,
    Span,
    columns_of,
    content_key,
    named_twice,
    open_table,
    plain_title,
    read_row,
    same_name,
)
from tracker.models import Entry, Institution
from tracker.operations.ledger import Posting
from tracker.operations.standings import _batches


@dataclass
class Report:
    """What a file says and what stands against it. Row numbers are the spreadsheet's own."""

    file_name: str
    digest: str
    rows: int = 0
    ready: int = 0
    already_posted: int = 0
    repeats: list[dict[str, Any]] = field(default_factory=list)
    taken_back: list[dict[str, Any]] = field(default_factory=list)
    near_duplicates: list[dict[str, Any]] = field(default_factory=list)
    # Rows that name a record merged into another person's since.
    followed: list[dict[str, Any]] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    persons: int = 0
    hours: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)
    training_days: Decimal = Decimal(0)
    sample: list[dict[str, Any]] = field(default_factory=list)
    postings: list[tuple[int, Posting]] = field(default_factory=list, repr=False)

    @property
    def rows_with_errors(self) -> int:
        return len({problem.row for problem in self.errors})

    def as_plain(self, shown: int | None = None) -> dict[str, Any]:
        """For JSON; ``shown`` cuts the lists, never the counts."""
        return {
            "file": self.file_name,
            "digest": self.digest,
            "rows": self.rows,
            "ready": self.ready,
            "already_posted": self.already_posted,
            "persons": self.persons,
            "hours": str(self.hours),
            "credits": str(self.credits),
            "training_days": str(self.training_days),
            "error_rows": self.rows_with_errors,
            "error_count": len(self.errors),
            "near_duplicate_count": len(self.near_duplicates),
            "repeat_count": len(self.repeats),
            "taken_back_count": len(self.taken_back),
            "followed_count": len(self.followed),
            "errors": [problem.as_plain() for problem in self.errors[:shown]],
            "near_duplicates": self.near_duplicates[:shown],
            "repeats": self.repeats[:shown],
            "taken_back": self.taken_back[:shown],
            "followed": self.followed[:shown],
            "ignored_columns": self.ignored_columns,
            "sample": self.sample,
        }


def check_hours(
    file: BinaryIO,
    name: str,
    *,
    by: Person | None,
    now: datetime,
    shown_as: str = "",
    tell: Tell = to_nobody,
) -> Report:
    """Read a file and hold every row against the roster, the institutions and the ledger.

    ``by`` None is the command line, which stands outside the tree; otherwise the persons and the
    institutions are those the sender posts for by hand. ``shown_as`` is the name the sender gave it,
    where it is kept under another; ``tell`` hears of the rows read and held. Nothing is written.
    Raises FileRefused.
    """
    table = open_table(file, name)
    report = Report(Path(shown_as or name).name[-200:], digest_of(file))
    places, report.ignored_columns, missing = columns_of(table.heading)
    if missing:
        raise FileRefused(
            _("These columns are missing: %(names)s. The template shows them all.")
            % {"names": "、".join(missing)}
        )
    today = timezone.localdate(now)
    drafts = [read_row(number, cells, places, today) for number, cells in rows_told(table, tell)]
    if not drafts:
        raise FileRefused(_("There are headings in the file, but no rows."))
    report.rows = len(drafts)
    persons = _persons_named(drafts, by)
    institutions = _Institutions(by)
    settled = []
    for draft in drafts:
        named = _match_person(draft, persons)
        institution_id = institutions.match(draft)
        report.errors += sorted(draft.problems, key=lambda p: _ORDER[p.column])
        if not draft.problems and named is not None:
            settled.append((draft, named.person, institution_id))
            if named.merge is not None:
                report.followed.append(_followed(draft, named.merge))
    _settle(report, settled, by, tell)
    return report


_ORDER = {headings[0]: place for place, headings in enumerate(COLUMNS.values())}


@dataclass(frozen=True)
class _Named:
    """Whom a staff number names: a person, by way of a merge where the record was merged into his."""

    person: Person
    merge: SamePerson | None = None

    @property
    def names(self) -> list[str]:
        return [self.person.name, *([self.merge.other.name] if self.merge else [])]


def _persons_named(drafts: Sequence[Draft], by: Person | None) -> dict[str, _Named]:
    """Staff number (upper case) → person, of those the sender may post for.

    Elsewhere an old number lives on: it leads to the person the record was merged into.
    """
    within: QuerySet[Person] = (
        Person.objects.all() if by is None else queries.persons_posted_for(by)
    )
    numbers = {draft.staff_number for draft in drafts if draft.staff_number}
    found: dict[str, _Named] = {}
    for batch in _batches(sorted(numbers | {number.upper() for number in numbers}), 5000):
        pks = dict(Person.objects.filter(staff_number__in=batch).values_list("pk", "staff_number"))
        merges = merges_away(pks)
        wanted = {merges[pk].kept_id if pk in merges else pk for pk in pks}
        reached = within.filter(pk__in=wanted).only(
            "pk", "staff_number", "name", "is_active", "joined_on"
        )
        people = {person.pk: person for person in reached.order_by()}
        for pk, number in pks.items():
            merge = merges.get(pk)
            person = people.get(merge.kept_id if merge else pk)
            if person is not None:
                found[number.upper()] = _Named(person, merge)
    return found


def _match_person(draft: Draft, persons: dict[str, _Named]) -> _Named | None:
    if not draft.staff_number:
        return None
    named = persons.get(draft.staff_number.upper())
    if named is None:
        draft.wrong(
            "staff_number",
            "unknown_staff_number",
            _("Nobody within your reach has the staff number %(number)s.")
            % {"number": draft.staff_number[:40]},
        )
    elif draft.name and not any(same_name(draft.name, name) for name in named.names):
        draft.wrong(
            "name",
            "name_mismatch",
            _("The staff number %(number)s does not belong to “%(name)s”. Please check both.")
            % {"number": draft.staff_number[:40], "name": draft.name[:40]},
        )
    return named


class _Institutions:
    """The institutions the sender may name, found by code or by name."""

    def __init__(self, by: Person | None) -> None:
        allowed = Institution.objects.all() if by is None else queries.institutions_vouched_by(by)
        self.codes: dict[str, int] = {}
        self.names: dict[str, list[int]] = defaultdict(list)
        # Whoever vouches for one institution only names it in every row.
        self.must = by is not None and not has_role(by, Role.TRAINING_ADMIN)
        for pk, code, name in allowed.values_list("pk", "code", "name"):
            self.codes[code.upper()] = pk
            self.names[plain_title(name)].append(pk)

    def match(self, draft: Draft) -> int | None:
        said = draft.institution
        if not said:
            if draft.confirmer == ConfirmerKind.INSTITUTION or self.must:
                draft.wrong(
                    "institution",
                    "institution_missing",
                    _("Please say which institution confirms it."),
                )
            return None
        if self.must and draft.confirmer not in ("", ConfirmerKind.INSTITUTION):
            draft.wrong(
                "confirmer",
                "wrong_confirmer",
                _("An institution confirms in its own name only."),
            )
        found = self.codes.get(said.strip().upper())
        if found is not None:
            return found
        named = self.names.get(plain_title(said), [])
        if len(named) == 1:
            return named[0]
        if named:
            text = _("Several institutions are called “%(name)s”; write the code instead.")
        else:
            text = _("No institution is called “%(name)s”, nor has it for a code.")
        draft.wrong(
            "institution",
            "ambiguous_institution" if named else "unknown_institution",
            text % {"name": said[:60]},
        )
        return None


def _settle(
    report: Report,
    settled: list[tuple[Draft, Person, int | None]],
    by: Person | None,
    tell: Tell,
) -> None:
    """Tell new lines from those that stand, were taken back, or say the same as another."""
    others = records_read_with({person.pk for _draft, person, _institution in settled})
    sources = {
        id(draft): f"tracker.import:{content_key(person.pk, draft, institution_id)}"
        for draft, person, institution_id in settled
    }
    # The same row may have been posted to a record before it was merged into this person's.
    before = {
        id(draft): [
            f"tracker.import:{content_key(other, draft, institution_id)}"
            for other in others.get(person.pk, ())
        ]
        for draft, person, institution_id in settled
    }
    known = _lines_of({*sources.values(), *(each for some in before.values() for each in some)})
    first_row: dict[str, int] = {}
    fresh: dict[int, list[tuple[Draft, Person, Span]]] = defaultdict(list)
    for done, (draft, person, institution_id) in enumerate(settled):
        tell(Stage.CHECKING, done, len(settled))
        source = sources[id(draft)]
        if draft.first_day is None or draft.last_day is None:
            continue  # such rows have problems and are not among these
        if source in first_row:
            report.repeats.append(
                _finding(
                    draft, person, _("says the same as row %(row)s") % {"row": first_row[source]}
                )
            )
            continue
        first_row[source] = draft.row
        latest = known.get(source)
        standing = _that_stands(known.get(each) for each in (source, *before[id(draft)]))
        if standing is not None and standing is not latest:
            if standing.state == "stands":
                report.already_posted += 1
            else:
                report.taken_back.append(_finding(draft, person, _why(standing)))
            continue
        if latest is not None and latest.state == "stands":
            report.already_posted += 1
            continue
        if latest is not None and latest.state == "taken_back":
            report.taken_back.append(_finding(draft, person, _why(latest)))
            continue
        report.ready += 1
        report.hours += draft.hours
        report.credits += draft.credits
        report.training_days += draft.training_days
        number = 1 if latest is None else latest.number + 1
        report.postings.append(
            (
                draft.row,
                Posting(
                    source=source if number == 1 else f"{source}#{number}",
                    bucket=draft.bucket,
                    title=draft.title,
                    occurred_from=draft.first_day,
                    occurred_to=draft.last_day + timedelta(days=1),
                    measures=draft.measures,
                    confirmer=draft.confirmer,
                    person_id=person.pk,
                    institution_id=institution_id,
                    confirmed_by_id=by.pk if by else None,
                    evidence={
                        "file": report.file_name,
                        "row": draft.row,
                        "digest": report.digest,
                        **({"note": draft.note} if draft.note else {}),
                        **(
                            {"staff_number": draft.staff_number}
                            if draft.staff_number.upper() != person.staff_number.upper()
                            else {}
                        ),
                        **({"record_number": draft.record_number} if draft.record_number else {}),
                    },
                ),
            )
        )
        if len(report.sample) < 20:
            report.sample.append(_finding(draft, person, ""))
        span = Span(draft.row, plain_title(draft.title), draft.first_day, draft.last_day)
        fresh[person.pk].append((draft, person, span))
    report.persons = len(fresh)
    _find_near(report, fresh, others)


def _finding(draft: Draft, person: Person, why: str) -> dict[str, Any]:
    return {
        "row": draft.row,
        "staff_number": person.staff_number,
        "name": person.name,
        "title": draft.title,
        "first_day": draft.first_day.isoformat() if draft.first_day else "",
        "last_day": draft.last_day.isoformat() if draft.last_day else "",
        "hours": str(draft.hours),
        "credits": str(draft.credits),
        "training_days": str(draft.training_days),
        "reason": why,
    }


@dataclass
class _Latest:
    number: int
    state: str  # stands, taken_back, undone
    because: str = ""


def _lines_of(sources: set[str]) -> dict[str, _Latest]:
    """Of each source that was posted before, its latest line and what became of it.

    A line that was put right has a next number; one that went with its whole import may come again.
    """
    latest: dict[str, _Latest] = {}
    waiting, number = sorted(sources), 1
    while waiting:
        names = {source if number == 1 else f"{source}#{number}": source for source in waiting}
        found: list[str] = []
        for batch in _batches(names, 5000):
            for name, because, undone_at in Entry.objects.filter(source__in=batch).values_list(
                "source", "reversed_by__because", "imported__hours_import__undone_at"
            ):
                state = "stands"
                if because is not None:
                    state = "undone" if undone_at is not None else "taken_back"
                latest[names[name]] = _Latest(number, state, because or "")
                if because is not None:
                    found.append(names[name])
        waiting, number = found, number + 1
    return latest


def _that_stands(lines: Iterable[_Latest | None]) -> _Latest | None:
    """The first that stands, or else that was taken back on its own."""
    found = [line for line in lines if line is not None]
    for state in ("stands", "taken_back"):
        for line in found:
            if line.state == state:
                return line
    return None


def _why(line: _Latest) -> str:
    return _("taken back before: %(why)s") % {"why": line.because}


def _followed(draft: Draft, merge: SamePerson) -> dict[str, Any]:
    day = timezone.localdate(merge.merged_at) if merge.merged_at else None
    why = _("named as %(number)s; that record was merged into this person’s on %(day)s") % {
        "number": merge.other.staff_number,
        "day": date_format(day, "DATE_FORMAT") if day else "",
    }
    return _finding(draft, merge.kept, why)


def _find_near(
    report: Report,
    fresh: dict[int, list[tuple[Draft, Person, Span]]],
    others: dict[int, list[int]],
) -> None:
    if not fresh:
        return
    days = [span for lines in fresh.values() for _draft, _person, span in lines]
    earliest, latest = min(s.first_day for s in days), max(s.last_day for s in days)
    for batch in _batches(sorted(fresh), 2000):
        standing: dict[int, list[Span]] = defaultdict(list)
        read_with = {other: pk for pk in batch for other in others.get(pk, ())}
        for pk, person_id, title, since, after in (
            Entry.objects.filter(
                person_id__in=[*batch, *read_with],
                occurred_from__lte=latest,
                occurred_to__gt=earliest,
                reverses=None,
                reversed_by=None,
            )
            .order_by("person_id", "pk")
            .values_list("pk", "person_id", "title", "occurred_from", "occurred_to")
        ):
            standing[read_with.get(person_id, person_id)].append(
                Span(("line", pk, title), plain_title(title), since, after - timedelta(days=1))
            )
        for person_id in batch:
            lines = {span.key: (draft, person) for draft, person, span in fresh[person_id]}
            spans = [span for _draft, _person, span in fresh[person_id]]
            for span, twin in named_twice(spans, standing[person_id]):
                draft, person = lines[span.key]
                report.near_duplicates.append(_near(draft, person, twin))
    report.near_duplicates.sort(key=lambda finding: finding["row"])


def _near(draft: Draft, person: Person, twin: Span) -> dict[str, Any]:
    if isinstance(twin.key, tuple):
        _word, pk, title = twin.key
        finding = _finding(
            draft,
            person,
            _("looks like the line “%(title)s” that stands in the ledger") % {"title": title},
        )
        return {**finding, "entry": pk}
    finding = _finding(draft, person, _("looks like row %(row)s") % {"row": twin.key})
    return {**finding, "other_row": twin.key}
