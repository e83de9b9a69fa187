"""``manage.py import_questions FILE``: questions from a file into the bank, all or none."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exams import operations
from exams.engine.items import InvalidItem, Record, record_from_dict
from people.models import Person

LARGEST = 20 * 1024 * 1024  # bytes
FORMATS = ("auto", "yaml", "json")


class Command(BaseCommand):
    help = (
        "Import questions from the exchange form (YAML or JSON, see exams/engine/items.py). "
        "Every wrong row is named; nothing is stored unless all rows are right."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=FORMATS, default="auto")
        parser.add_argument("--author", metavar="STAFF_NUMBER", help="who the questions belong to")
        parser.add_argument("--dry-run", action="store_true", help="check, and store nothing")

    def handle(self, *args: Any, file: Path, author: str | None, **options: Any) -> None:
        now = timezone.now()
        rows = self._rows(file, options["format"])
        person = self._author(author)
        records: list[Record] = []
        articles = []
        errors: list[str] = []
        names = operations.names_of_texts(person)
        for number, row in enumerate(rows, 1):
            try:
                record = record_from_dict(row)
                articles.append(operations.articles_of_record(record, person, names))
                records.append(record)
            except InvalidItem as refusal:
                errors += [f"row {number}: {problem}" for problem in refusal.problems]
            except operations.CiteUnknown as refusal:
                errors.append(f"row {number}: cites: {refusal}")
        if not errors:
            try:
                made = operations.import_questions(
                    records, articles, author=person, now=now, dry_run=options["dry_run"]
                )
            except operations.ImportRefused as refusal:
                errors = [
                    f"row {row}: {code} {said}".rstrip() for row, code, said in refusal.errors
                ]
        if errors:
            for error in errors[:200]:
                self.stderr.write(error)
            raise CommandError(f"{len(errors)} problems in {len(rows)} rows; nothing was imported.")
        if options["dry_run"]:
            self.stdout.write(f"{len(rows)} questions are fit to be imported; nothing was stored.")
        else:
            self.stdout.write(f"{len(made)} questions imported as drafts.")

    def _rows(self, file: Path, kind: str) -> list[Any]:
        try:
            if file.stat().st_size > LARGEST:
                raise CommandError(f"{file.name} is larger than {LARGEST // 2**20} MB.")
            text = file.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise CommandError(f"{file.name} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file.name} is not text in UTF-8.") from error
        if kind == "auto":
            kind = "json" if file.suffix.lower() == ".json" else "yaml"
        try:
            content = json.loads(text) if kind == "json" else yaml.safe_load(text)
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            reason = str(error).split("\n")[0] or "too deep"
            raise CommandError(f"{file.name} is not valid {kind.upper()}: {reason}") from error
        if isinstance(content, dict):
            content = content.get("questions")
        if not isinstance(content, list) or not content:
            raise CommandError(f"{file.name} holds no questions.")
        return content

    def _author(self, staff_number: str | None) -> Person:
        people = Person.objects.filter(is_active=True)
        if staff_number is not None:
            person = people.filter(staff_number=staff_number).first()
            if person is None:
                raise CommandError(f"There is no active person with staff number {staff_number}.")
            return person
        person = people.filter(role_grants__role="question_setter").order_by("pk").first()
        if person is None:
            raise CommandError("Nobody is a question setter yet: name one with --author.")
        return person
