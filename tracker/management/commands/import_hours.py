"""Post hours from a spreadsheet. Exit codes: see ``help``."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from people.models import Person
from tracker import operations
from tracker.importing import FileRefused, hours_template


class Command(BaseCommand):
    help = (
        "Post hours from an XLSX or CSV file (UTF-8, with or without BOM, or GB18030): all rows or "
        "none; sent again, nothing is posted twice. Exit codes: 0 posted, or a dry run without "
        "findings; 1 rows have errors; 2 the file cannot be read; 3 a training looks counted twice "
        "(see --accept-near-duplicates). With 1, 2 and 3 nothing was posted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="XLSX or CSV")
        parser.add_argument("--dry-run", action="store_true", help="check only, post nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--accept-near-duplicates",
            action="store_true",
            help="post also what looks like a training that is counted already",
        )
        parser.add_argument(
            "--by", metavar="STAFF_NUMBER", help="in whose name and scope; default: the operator's"
        )
        parser.add_argument("--language", default="zh-hans", choices=["zh-hans", "en"])
        parser.add_argument(
            "--template", metavar="PATH", help="write the workbook to fill in, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["template"]:
            Path(options["template"]).write_bytes(hours_template())
            self.stdout.write(options["template"])
            return
        if not options["file"]:
            raise CommandError("Name a file, or --template PATH.", returncode=2)
        with translation.override(options["language"]):
            self._import(options)

    def _import(self, options: dict[str, Any]) -> None:
        by, now, name = self._sender(options["by"]), timezone.now(), options["file"]
        posted, result = None, "checked"
        try:
            with Path(name).open("rb") as file:
                if options["dry_run"]:
                    report = operations.check_hours(file, name, by=by, now=now)
                else:
                    posted, report = operations.receive_and_post(
                        file,
                        name,
                        by=by,
                        now=now,
                        accept_near=options["accept_near_duplicates"],
                    )
                    result = "posted"
        except OSError as error:
            self._refuse(options, f"{name}: {error.strerror}")
        except FileRefused as refused:
            self._refuse(options, str(refused))
        except operations.ImportHeld as held:
            report, result = held.report, "held"
        code = 0
        if report.errors:
            code = 1
        elif report.near_duplicates and not options["accept_near_duplicates"]:
            code = 3
        plain = {
            "result": result,
            "dry_run": options["dry_run"],
            "added": report.ready if posted else 0,
            "import": posted.pk if posted else None,
            **report.as_plain(),
        }
        if options["json"]:
            self.stdout.write(json.dumps(plain, ensure_ascii=False, indent=2))
        else:
            self._tell(plain)
        if code:
            sys.exit(code)

    def _sender(self, staff_number: str | None) -> Person | None:
        if staff_number is None:
            return None
        person = Person.objects.filter(staff_number=staff_number, is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody has the staff number {staff_number}.", returncode=2)
        return person

    def _refuse(self, options: dict[str, Any], why: str) -> None:
        if options["json"]:
            plain = {"result": "refused", "file": options["file"], "reason": why, "added": 0}
            self.stdout.write(json.dumps(plain, ensure_ascii=False, indent=2))
            sys.exit(2)
        raise CommandError(why, returncode=2)

    def _tell(self, plain: dict[str, Any]) -> None:
        write = self.stdout.write
        write(
            f"{plain['result']}: {plain['rows']} rows, {plain['ready']} new, "
            f"{plain['already_posted']} posted before, {plain['added']} added"
        )
        for problem in plain["errors"]:
            write(f"  row {problem['row']} {problem['column']}: {problem['reason']}")
        for kind in ("near_duplicates", "repeats", "taken_back"):
            for finding in plain[kind]:
                write(
                    f"  row {finding['row']} {finding['name']} {finding['title']}: {finding['reason']}"
                )
        if plain["ignored_columns"]:
            write("  not read: " + "、".join(plain["ignored_columns"]))
