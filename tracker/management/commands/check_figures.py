"""Hold every kept figure against the rows, as every night; cron hears of a difference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tracker import operations


class Command(BaseCommand):
    help = (
        "Compare every cached standing with what the rows of the ledger say (nightly). Exit status "
        "1 and an audit row when one differs: something wrote past the ledger."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="also compute these anew")

    def handle(self, *args: Any, **options: Any) -> None:
        found = operations.check_figures(now=timezone.now(), repair=options["repair"])
        if not found:
            self.stdout.write(
                "Every cached standing and every figure of a unit is what the rows say."
            )
            return
        lines = [str(drift) for drift in found.standings[:100]]
        if len(found.standings) > len(lines):
            lines.append(f"... and {len(found.standings) - len(lines)} more")
        if found.standings:
            ending = (
                "computed anew" if options["repair"] else "run again with --repair to mend them"
            )
            lines.append(f"{len(found.standings)} cached standings differ from the rows; {ending}.")
        if found.unit_figures:
            lines.append(f"{found.unit_figures} figures of units had drifted and were put right.")
        raise CommandError("\n".join(lines))
