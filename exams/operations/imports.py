"""Files brought to the bank in the browser: looked at, taken whole or not at all, undone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from exams.engine import formats, similarity
from exams.engine.items import Record, record_from_dict, record_to_dict
from exams.enums import QuestionStatus
from exams.models import BankImport, Question, QuestionVersion
from exams.operations.bank import (
    CiteUnknown,
    ImportRefused,
    articles_of_record,
    import_questions,
    names_of_texts,
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
    seen: set[str] = set()
    entries: list[dict[str, Any]] = []
    for entry in reading.entries:
        errors = [_note(note) for note in entry.errors]
        errors += [
            {"code": "problem", "field": p.field, "problem": p.code, "params": {n: str(v) for n, v in p.params}}
            for p in entry.problems
        ]  # fmt: skip
        record = entry.record
        if record is not None:
            if not record.category:
                record = replace(record, category=tuple(category))
            if record.code and (record.code in taken or record.code in seen):
                errors.append({"code": "code_taken", "params": {"value": record.code}})
            seen.add(record.code)
            try:
                articles_of_record(record, by, names)
            except CiteUnknown as refusal:
                errors.append({"code": refusal.code, "params": {"value": refusal.said}})
        entries.append(
            {
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
    places = [n for n, entry in enumerate(entries) if entry["record"] is not None]
    texts = [similarity.text_of_item(entries[n]["record"]) for n in places]
    bank = list(
        QuestionVersion.objects.filter(question__current_id__isnull=False)
        .exclude(question__status=QuestionStatus.RETIRED)
        .filter(pk__in=Question.objects.values("current_id"))
        .order_by("question_id")
        .values_list("question_id", "question__code", "body")
    )
    known = (similarity.text_of_item(body) for _pk, _code, body in bank)
    for found in similarity.near(texts, known):
        entry = entries[places[found.new]]
        percent = int(found.similarity * 100)
        if found.within:
            near: dict[str, Any] = {"within": places[found.known] + 1, "percent": percent}
        else:
            near = {
                "question": bank[found.known][0],
                "code": bank[found.known][1],
                "percent": percent,
            }
        entry.setdefault("near", []).append(near)


def take_import(batch_id: int, *, by: Person, without_near: bool = False, now: datetime) -> int:
    """Put all questions of a file that was looked at into the bank as drafts, or none.

    ``without_near`` leaves out those nearly the same as another. Raises BankImportRefused: not_open,
    has_errors.
    """
    with transaction.atomic():
        batch = BankImport.objects.select_for_update().get(pk=batch_id)
        if batch.committed_at is not None or batch.undone_at is not None:
            raise BankImportRefused("not_open")
        if any(entry["errors"] for entry in batch.entries):
            raise BankImportRefused("has_errors")
        chosen = [e for e in batch.entries if not (without_near and e.get("near"))]
        records: list[Record] = [record_from_dict(entry["record"]) for entry in chosen]
        names = names_of_texts(by)
        try:
            articles = [articles_of_record(record, by, names) for record in records]
            made = import_questions(records, articles, author=by, now=now)
        except (ImportRefused, CiteUnknown) as refusal:
            raise BankImportRefused("has_errors") from refusal
        Question.objects.filter(pk__in=[question.pk for question in made]).update(imported_by=batch)
        batch.committed_at = now
        batch.entries = []
        batch.save(update_fields=["committed_at", "entries"])
        audit(
            by, "exams.import.take", f"exams.import:{batch_id}", {"questions": len(made)}, now=now
        )
    return len(made)


def undo_import(batch_id: int, *, by: Person, now: datetime) -> int:
    """Take an import back: its drafts nobody touched are retired and give their codes free.

    What was changed, handed in or approved since stays. Returns how many were taken back.
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
