"""``manage.py import_questions FILE``: questions from a file into the bank, all or none."""

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from exams import operations
from exams.engine import formats
from exams.engine.items import record_to_dict
from people.models import Person

UNSORTED = "未分类"  # the category of questions whose file names none
SHOWN = 200


class Command(BaseCommand):
    help = (
        "Import questions from a file (see docs/formats.md). Every wrong question is named with its "
        "place and reason, and nothing is stored unless all are right. What a file says that has no "
        "place here is named too; types of question that cannot be represented are left out by name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=("auto", *formats.FORMATS), default="auto")
        parser.add_argument("--author", metavar="STAFF_NUMBER", help="who the questions belong to")
        parser.add_argument(
            "--category", metavar="PATH", help=f"for questions that name none (default {UNSORTED})"
        )
        parser.add_argument(
            "--without-near",
            action="store_true",
            help="leave out questions nearly the same as one of the bank or of the file",
        )
        parser.add_argument("--dry-run", action="store_true", help="check, and store nothing")

    def handle(self, *args: Any, file: Path, author: str | None, **options: Any) -> None:
        now = timezone.now()
        dry_run: bool = options["dry_run"]
        reading = self._read(file, options["format"])
        person = self._author(author, needed=not dry_run)
        errors = reading.error_lines
        unsorted = tuple(n for n in (options["category"] or UNSORTED).split("/") if n.strip())
        names = operations.names_of_texts(person) if person is not None else None
        records, articles, places = [], [], []
        known = self._known(reading, file, options["format"])
        changed: list[tuple[operations.Known, list[operations.Article]]] = []
        unchanged = 0
        for entry in reading.entries:
            if entry.record is None:
                continue
            stands = known.pop(entry.record.code, None)
            record = entry.record if stands is None else stands.record
            if stands is not None and stands.is_same:
                unchanged += 1
                continue
            if not record.category:
                record = replace(record, category=unsorted)
            cited: list[operations.Article] = []
            if names is not None and person is not None and not (stands and stands.same_cites):
                try:
                    cited = operations.articles_of_record(record, names)
                except operations.CiteUnknown as refusal:
                    errors.append(f"{entry.place}: cites: {refusal}")
                    continue
            if stands is not None:
                changed.append((stands, cited))
                continue
            articles.append(cited)
            records.append(record)
            places.append(entry.place)
        near = operations.nearly_the_same([record_to_dict(record) for record in records])
        alike = [f"{places[n]}: {self._like(found[0], places)}" for n, found in near.items()]
        if options["without_near"]:
            records = [each for n, each in enumerate(records) if n not in near]
            articles = [each for n, each in enumerate(articles) if n not in near]
            places = [each for n, each in enumerate(places) if n not in near]
        made = []
        if not errors:
            try:
                with transaction.atomic():
                    made = operations.import_questions(
                        records, articles, author=person, now=now, dry_run=dry_run
                    )
                    for stands, cited in changed:
                        if person is not None and not dry_run:
                            operations.revise_known(stands, cited, by=person, now=now)
            except operations.ImportRefused as refusal:
                errors = [
                    f"{places[row - 1]}: {code} {said}".rstrip()
                    for row, code, said in refusal.errors
                ]
        for note in reading.all_notes[:SHOWN]:
            self.stdout.write(f"note: {note}")
        for line in alike[:SHOWN]:
            self.stdout.write(f"near: {line}")
        if errors:
            for error in errors[:SHOWN]:
                self.stderr.write(error)
            raise CommandError(
                f"{len(errors)} problems in {len(reading.entries)} rows; nothing was imported."
            )
        if unchanged:
            self.stdout.write(f"{unchanged} questions stand in the bank just so and are left.")
        if near:
            said = "are left out" if options["without_near"] else "were taken all the same"
            self.stdout.write(f"{len(near)} questions nearly the same as others {said}.")
        if changed:
            said = "would become" if dry_run else "became"
            self.stdout.write(f"{len(changed)} questions of the bank {said} new versions.")
        if dry_run:
            self.stdout.write(
                f"{len(records)} questions are fit to be imported; nothing was stored."
            )
        else:
            self.stdout.write(f"{len(made)} questions imported as drafts.")

    @staticmethod
    def _like(near: dict[str, Any], places: list[Any]) -> str:
        if "within" in near:
            other = f"{places[near['within']]} of the file"
        else:
            other = near["code"] or f"question {near['question']} of the bank"
        return f"nearly the same as {other} ({near['percent']} %)"

    @staticmethod
    def _known(reading: formats.Reading, file: Path, kind: str) -> dict[str, operations.Known]:
        if kind == "auto":
            kind = formats.detect(file.read_bytes(), file.name)
        found = {entry.record.code: entry.record for entry in reading.entries if entry.record}
        return operations.known_in_bank(found, kind)

    def _read(self, file: Path, kind: str) -> formats.Reading:
        try:
            if file.stat().st_size > formats.LARGEST:
                raise CommandError(f"{file.name} is larger than {formats.LARGEST // 2**20} MB.")
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file.name} cannot be read: {error.strerror}.") from error
        try:
            return formats.read(kind, content, file.name)
        except formats.Unreadable as refusal:
            for note in refusal.notes[:SHOWN]:
                self.stdout.write(f"note: {note}")
            raise CommandError(f"{file.name}: {refusal.note}.") from refusal

    def _author(self, staff_number: str | None, *, needed: bool) -> Person | None:
        people = Person.objects.filter(is_active=True)
        if staff_number is not None:
            person = people.filter(staff_number=staff_number).first()
            if person is None:
                raise CommandError(f"There is no active person with staff number {staff_number}.")
            return person
        person = people.filter(role_grants__role="question_setter").order_by("pk").first()
        if person is None and needed:
            raise CommandError("Nobody is a question setter yet: name one with --author.")
        return person
