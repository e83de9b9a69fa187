"""Make a list of units or persons part of the roster. Exit codes: see ``help``."""

from datetime import datetime
from typing import Any, BinaryIO

from people import roster_import
from people.importing.template import roster_template
from people.management.imports import ROWS_HAVE_ERRORS, ImportCommand
from people.models import Person
from people.roster_check import check_roster


class Command(ImportCommand):
    help = (
        "Make an XLSX or CSV list of units or of persons part of the roster: all rows or none; sent "
        "again, nothing changes. Exit codes: 0 carried out, or a dry run without findings; 1 rows "
        "have errors; 2 the file cannot be read. With 1 and 2 nothing was changed."
    )

    def template(self) -> bytes:
        return roster_template()

    def take(
        self, file: BinaryIO, name: str, by: Person | None, now: datetime, options: dict[str, Any]
    ) -> tuple[dict[str, Any], int]:
        row, result = None, "checked"
        try:
            if options["dry_run"]:
                report = check_roster(file, name, by=by, now=now)
            else:
                row, report = roster_import.receive_and_carry_out(file, name, by=by, now=now)
                result = "carried out"
        except roster_import.RosterHeld as held:
            report = held.report
        code = ROWS_HAVE_ERRORS if report.errors else 0
        return {
            "result": "held" if report.errors else result,
            "dry_run": options["dry_run"],
            "import": row.pk if row else None,
            **report.as_plain(),
        }, code

    def summary(self, report: dict[str, Any]) -> list[str]:
        counts = ", ".join(f"{what} {number}" for what, number in report["counts"].items())
        return [
            f"{report['result']}: {report['rows']} rows, {report['unchanged']} unchanged; {counts or '-'}"
        ]
