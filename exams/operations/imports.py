"""Files brought to the bank in the browser: looked at, taken whole or not at all, undone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from exams import queries
from exams.engine import formats, similarity
from exams.engine.items import Record, record_from_dict, record_to_dict
from exams.engine.known import merged
from exams.enums import QuestionStatus
from exams.models import BankImport, Question, QuestionVersion
from exams.operations.bank import (
    Article,
    CiteUnknown,
    ImportRefused,
    articles_of_record,
    import_questions,
    names_of_texts,
    revise_question,
)
from people.models import Person
from people.operations import audit


class BankImportRefused(Exception):
    """The import is no longer what it was; ``code``: not_open, has_errors, not_taken, in_use."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def _note(note: formats.Note) -> dict[str, Any]:
    return {
        "place": [note.place.kind, note.place.at],
        "code": note.code,
        "params": {name: str(value) for name, value in note.params},
    }


def look_at_file(
    content: bytes, file_name: str, kind: str, category: Sequence[str], *, by: Person, now: datetime
) -> BankImport:
    """Read a file and keep what was found, to be looked at. Nothing enters the bank yet.

    Questions without a category get this one. Raises formats.Unreadable.
    """
    if kind == "auto":
        kind = formats.detect(content, file_name)
    reading = formats.read(kind, content, file_name)
    names = names_of_texts(by)
    codes = [entry.record.code for entry in reading.entries if entry.record and entry.record.code]
    taken = set(Question.objects.filter(code__in=codes).values_list("code", flat=True))
    known = known_in_bank({e.record.code: e.record for e in reading.entries if e.record}, kind)
    seen: set[str] = set()
    entries: list[dict[str, Any]] = []
    for entry in reading.entries:
        errors = [_note(note) for note in entry.errors]
        errors += [
            {"code": "problem", "field": p.field, "problem": p.code, "params": {n: str(v) for n, v in p.params}}
            for p in entry.problems
        ]  # fmt: skip
        record, stands = entry.record, None
        if record is not None:
            if record.code not in seen:
                stands = known.get(record.code)
            if stands is not None:
                record = stands.record
            if not record.category:
                record = replace(record, category=tuple(category))
            if record.code and stands is None and (record.code in taken or record.code in seen):
                errors.append({"code": "code_taken", "params": {"value": record.code}})
            seen.add(record.code)
            try:
                if stands is None or not stands.same_cites:
                    articles_of_record(record, names)
            except CiteUnknown as refusal:
                errors.append({"code": refusal.code, "params": {"value": refusal.said}})
        entries.append(
            {
                "known": stands.as_dict() if stands is not None else None,
                "place": [entry.place.kind, entry.place.at],
                "record": record_to_dict(record) if record is not None else None,
                "stem": str(entry.plain.get("stem", ""))[:300],
                "errors": errors,
                "notes": [_note(note) for note in entry.notes],
            }
        )
    _mark_near(entries)
    with transaction.atomic():
        batch = BankImport.objects.create(
            by=by,
            at=now,
            file_name=file_name[:200],
            format=kind,
            entries=entries,
            notes=[_note(note) for note in reading.notes],
            questions_found=len(entries),
        )
        audit(
            by, "exams.import.look", f"exams.import:{batch.pk}", {"file": file_name[:200]}, now=now
        )
    return batch


def _mark_near(entries: list[dict[str, Any]]) -> None:
    """Write down which questions are nearly the same as one of the file or of the bank."""
    # What the bank holds already resembles itself.
    places = [n for n, e in enumerate(entries) if e["record"] is not None and not e["known"]]
    for new, near in nearly_the_same([entries[n]["record"] for n in places]).items():
        for each in near:
            if "within" in each:
                each["within"] = places[each["within"]] + 1
        entries[places[new]]["near"] = near


def nearly_the_same(items: Sequence[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """By place, what a question (in the exchange form) resembles, and by how many per cent.

    ``within``: the place of one before it; ``question`` and ``code``: one of the bank.
    """
    bank = list(
        QuestionVersion.objects.filter(question__current_id__isnull=False)
        .exclude(question__status=QuestionStatus.RETIRED)
        .filter(pk__in=Question.objects.values("current_id"))
        .order_by("question_id")
        .values_list("question_id", "question__code", "body")
    )
    texts = [similarity.text_of_item(item) for item in items]
    known = (similarity.text_of_item(body) for _pk, _code, body in bank)
    found: dict[int, list[dict[str, Any]]] = {}
    for each in similarity.near(texts, known):
        if each.within:
            near: dict[str, Any] = {"within": each.known}
        else:
            pk, code, _body = bank[each.known]
            near = {"question": pk, "code": code}
        found.setdefault(each.new, []).append(near | {"percent": int(each.similarity * 100)})
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """A question of the file that the bank holds: ``record`` is what it would hold afterwards."""

    question: int
    version: int | None
    record: Record
    is_same: bool
    same_cites: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "version": self.version,
            "same": self.is_same,
            "same_cites": self.same_cites,
        }


def known_in_bank(found: dict[str, Record], kind: str) -> dict[str, Known]:
    """Which of these, by code, the bank holds; of retired ones the code is only taken."""
    rows = queries.questions().filter(code__in=[code for code in found if code])
    questions = {each.code: each for each in rows.exclude(status=QuestionStatus.RETIRED)}
    if not questions:
        return {}
    pks = [each.pk for each in questions.values()]
    held = {each.code: each for each in queries.records_of(rows.filter(pk__in=pks))}
    return {
        code: Known(
            questions[code].pk,
            questions[code].current_id,
            record,
            record == held[code],
            record.cites == held[code].cites,
        )
        for code, record in merged(held, found, kind).items()
    }


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import brought: drafts, new versions of what was there, and what was there just so."""

    drafts: int
    versions: int
    unchanged: int


def take_import(batch_id: int, *, by: Person, without_near: bool = False, now: datetime) -> Taken:
    """Put all questions of a file that was looked at into the bank as drafts, or none.

    Of a question the bank holds already a changed wording becomes its next version, and what is the
    same is left. ``without_near`` leaves out those nearly the same as another. Raises
    BankImportRefused: not_open, has_errors.
    """
    with transaction.atomic():
        batch = BankImport.objects.select_for_update().get(pk=batch_id)
        if batch.committed_at is not None or batch.undone_at is not None:
            raise BankImportRefused("not_open")
        if any(entry["errors"] for entry in batch.entries):
            raise BankImportRefused("has_errors")
        fresh = [e for e in batch.entries if not e.get("known")]
        chosen = [e for e in fresh if not (without_near and e.get("near"))]
        known = [e for e in batch.entries if e.get("known")]
        changed = [e for e in known if not e["known"]["same"]]
        records: list[Record] = [record_from_dict(entry["record"]) for entry in chosen]
        names = names_of_texts(by)
        try:
            articles = [articles_of_record(record, names) for record in records]
            made = import_questions(records, articles, author=by, now=now)
            for entry in changed:
                _revise(entry, names, by, now)
        except (ImportRefused, CiteUnknown) as refusal:
            raise BankImportRefused("has_errors") from refusal
        Question.objects.filter(pk__in=[question.pk for question in made]).update(imported_by=batch)
        batch.committed_at = now
        batch.entries = []
        batch.save(update_fields=["committed_at", "entries"])
        detail = {"questions": len(made)} | ({"versions": len(changed)} if changed else {})
        audit(by, "exams.import.take", f"exams.import:{batch_id}", detail, now=now)
    return Taken(len(made), len(changed), len(known) - len(changed))


def _revise(entry: dict[str, Any], names: dict[str, list[int]], by: Person, now: datetime) -> None:
    stands, record = entry["known"], record_from_dict(entry["record"])
    known = Known(
        stands["question"], stands["version"], record, stands["same"], stands["same_cites"]
    )
    articles = [] if known.same_cites else articles_of_record(record, names)
    revise_known(known, articles, by=by, now=now)


def revise_known(known: Known, articles: Sequence[Article], *, by: Person, now: datetime) -> None:
    """Make the next version, with these citations where the file has others. In a transaction.

    Raises BankImportRefused when the question became another since the file was looked at.
    """
    question = Question.objects.select_for_update().get(pk=known.question)
    is_another = question.current_id != known.version or question.code != known.record.code
    if is_another or question.status == QuestionStatus.RETIRED:
        raise BankImportRefused("has_errors")
    if known.same_cites:
        cites = question.cites.order_by("pk")
        articles = [Article(cite.text_id, cite.anchor, cite.label) for cite in cites]
    revise_question(question.pk, known.record, by=by, articles=articles, now=now)


def undo_import(batch_id: int, *, by: Person, now: datetime) -> int:
    """Take an import back: its drafts nobody touched are retired and give their codes free.

    What was changed, handed in or approved since stays, and so do new versions. Returns how many were taken back.
    Raises BankImportRefused("not_taken").
    """
    with transaction.atomic():
        batch = BankImport.objects.select_for_update().get(pk=batch_id)
        if batch.committed_at is None or batch.undone_at is not None:
            raise BankImportRefused("not_taken")
        untouched = list(
            Question.objects.filter(
                imported_by=batch, status=QuestionStatus.DRAFT, current__number=1
            ).order_by("pk")
        )
        for question in untouched:
            question.code = f"~{batch.pk}-{question.code}"[:40]
            question.status = QuestionStatus.RETIRED
            question.changed_at = now
        Question.objects.bulk_update(untouched, ["code", "status", "changed_at"], batch_size=500)
        batch.undone_at = now
        batch.save(update_fields=["undone_at"])
        audit(
            by,
            "exams.import.undo",
            f"exams.import:{batch_id}",
            {"questions": len(untouched)},
            now=now,
        )
    return len(untouched)
