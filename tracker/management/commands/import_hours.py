"""Post hours from a spreadsheet. Exit codes: see ``help``."""

from datetime import datetime
from typing import Any, BinaryIO

from django.core.management.base import CommandParser

from people.management.imports import ROWS_HAVE_ERRORS, ImportCommand
from people.models import Person
from tracker import operations
from tracker.importing import hours_template

COUNTED_TWICE = 3


class Command(ImportCommand):
    help = (
        "Post hours from an XLSX or CSV file (UTF-8, with or without BOM, or GB18030): all rows or "
        "none; sent again, nothing is posted twice. Exit codes: 0 posted, or a dry run without "
        "findings; 1 rows have errors; 2 the file cannot be read; 3 a training looks counted twice "
        "(see --accept-near-duplicates). With 1, 2 and 3 nothing was posted."
    )
    refused_says = {"added": 0}

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--accept-near-duplicates",
            action="store_true",
            help="post also what looks like a training that is counted already",
        )

    def template(self) -> bytes:
        return hours_template()

    def take(
        self, file: BinaryIO, name: str, by: Person | None, now: datetime, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        accept_near = options["accept_near_duplicates"]
        posted, result = None, "checked"
        try:
            if options["dry_run"]:
                report = operations.check_hours(file, name, by=by, now=now)
            else:
                posted, report = operations.receive_and_post(
                    file, name, by=by, now=now, accept_near=accept_near
                )
                result = "posted"
        except operations.ImportHeld as held:
            report, result = held.report, "held"
        code = 0
        if report.errors:
            code = ROWS_HAVE_ERRORS
        elif report.near_duplicates and not accept_near:
            code = COUNTED_TWICE
        return {
            "result": result,
            "dry_run": options["dry_run"],
            "added": report.ready if posted else 0,
            "import": posted.pk if posted else None,
            **report.as_plain(),
        }, code

    def summary(self, report: dict[str, Any]) -> list[str]:
        return [
            f"{report['result']}: {report['rows']} rows, {report['ready']} new, "
            f"{report['already_posted']} posted before, {report['added']} added",
            *(
                f"  row {finding['row']} {finding['name']} {finding['title']}: {finding['reason']}"
                for kind in ("near_duplicates", "repeats", "taken_back")
                for finding in report[kind]
            ),
        ]
