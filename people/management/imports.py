"""The frame of every command that makes a spreadsheet part of the books: ``import_roster``, ``import_hours``.

A kind of list says what it makes of a file; arguments, sender, refusal and telling are alike.
"""

import json
import sys
from abc import abstractmethod
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from people.importing.tables import FileRefused
from people.models import Person

ROWS_HAVE_ERRORS, UNREADABLE = 1, 2


class ImportCommand(BaseCommand):
    """All rows of a file or none. Ends with 0, 1 (rows have errors), 2 (no report), or a kind's own code."""

    # What a kind adds to the JSON of a file that was refused.
    refused_says: dict[str, Any] = {}

    @abstractmethod
    def template(self) -> bytes:
        """The workbook to fill in."""

    @abstractmethod
    def take(
        self, file: BinaryIO, name: str, by: Person | None, now: datetime, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        """(report for JSON, exit code), after posting it unless ``dry_run``. Raises FileRefused."""

    @abstractmethod
    def summary(self, report: dict[str, Any]) -> list[str]:
        """The report in lines, without its errors and what was not read."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="XLSX or CSV; its headings say what it lists")
        parser.add_argument("--dry-run", action="store_true", help="check only, change nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--by", metavar="STAFF_NUMBER", help="in whose name and scope; default: the operator's"
        )
        parser.add_argument("--language", default="zh-hans", choices=["zh-hans", "en"])
        parser.add_argument(
            "--template", metavar="PATH", help="write the workbook to fill in, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["template"] or options["file"]
        try:
            if options["template"]:
                Path(name).write_bytes(self.template())
                self.stdout.write(name)
                return
            if not name:
                self._refuse(options, "Name a file, or --template PATH.")
            by = self._sender(options)
            with translation.override(options["language"]), Path(name).open("rb") as file:
                report, code = self.take(file, name, by, timezone.now(), options)
        except OSError as error:
            self._refuse(options, f"{name}: {error.strerror}")
        except FileRefused as refused:
            self._refuse(options, str(refused))
        if options["json"]:
            self._print(report)
        else:
            self._tell(report)
        if code:
            sys.exit(code)

    def _sender(self, options: dict[str, Any]) -> Person | None:
        staff_number = options["by"]
        if staff_number is None:
            return None
        person = Person.objects.filter(staff_number=staff_number, is_active=True).first()
        if person is None:
            self._refuse(options, f"Nobody has the staff number {staff_number}.")
        return person

    def _refuse(self, options: dict[str, Any], why: str) -> NoReturn:
        if not options["json"]:
            raise CommandError(why, returncode=UNREADABLE)
        self._print(
            {"result": "refused", "file": options["file"], "reason": why, **self.refused_says}
        )
        sys.exit(UNREADABLE)

    def _print(self, report: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))

    def _tell(self, report: dict[str, Any]) -> None:
        first, *more = self.summary(report)
        errors = [
            f"  row {problem['row']} {problem['column']}: {problem['reason']}"
            for problem in report["errors"]
        ]
        ignored = "、".join(report["ignored_columns"])
        for line in (first, *errors, *more, *([f"  not read: {ignored}"] if ignored else [])):
            self.stdout.write(line)
