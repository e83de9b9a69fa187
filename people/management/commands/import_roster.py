"""Make a list of units or persons part of the roster. Exit codes: see ``help``."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from people import roster_import
from people.importing.tables import FileRefused
from people.importing.template import roster_template
from people.models import Person
from people.roster_check import check_roster


class Command(BaseCommand):
    help = (
        "Make an XLSX or CSV list of units or of persons part of the roster: all rows or none; sent "
        "again, nothing changes. Exit codes: 0 carried out, or a dry run without findings; 1 rows "
        "have errors; 2 the file cannot be read. With 1 and 2 nothing was changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="XLSX or CSV; its headings tell what it lists")
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
        if options["template"]:
            Path(options["template"]).write_bytes(roster_template())
            self.stdout.write(options["template"])
            return
        if not options["file"]:
            raise CommandError("Name a file, or --template PATH.", returncode=2)
        with translation.override(options["language"]):
            self._import(options)

    def _import(self, options: dict[str, Any]) -> None:
        by, now, name = self._sender(options["by"]), timezone.now(), options["file"]
        result = "checked"
        try:
            with Path(name).open("rb") as file:
                if options["dry_run"]:
                    report = check_roster(file, name, by=by, now=now)
                else:
                    row, report = roster_import.receive_roster(file, name, by=by, now=now)
                    if report.deeds and not report.errors:
                        row, report = roster_import.carry_out(row.pk, by=by, now=now)
                        result = "carried out"
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}", returncode=2) from None
        except FileRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        except roster_import.RosterHeld as held:
            report = held.report
        plain = {"result": "held" if report.errors else result, **report.as_plain()}
        if options["json"]:
            self.stdout.write(json.dumps(plain, ensure_ascii=False, indent=2))
        else:
            self._tell(plain)
        if report.errors:
            sys.exit(1)

    def _sender(self, staff_number: str | None) -> Person | None:
        if staff_number is None:
            return None
        person = Person.objects.filter(staff_number=staff_number, is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody has the staff number {staff_number}.", returncode=2)
        return person

    def _tell(self, plain: dict[str, Any]) -> None:
        counts = ", ".join(f"{what} {number}" for what, number in plain["counts"].items())
        self.stdout.write(
            f"{plain['result']}: {plain['rows']} rows, {plain['unchanged']} unchanged; {counts or '-'}"
        )
        for problem in plain["errors"]:
            self.stdout.write(f"  row {problem['row']} {problem['column']}: {problem['reason']}")
        if plain["ignored_columns"]:
            self.stdout.write("  not read: " + "、".join(plain["ignored_columns"]))
