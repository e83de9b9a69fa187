"""The ledger or the audit log as a file that ``verify_ledger`` reads anywhere."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracker import seals


class Command(BaseCommand):
    help = "Write the ledger with its seals as JSON lines, to be checked by verify_ledger.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="default: standard output")
        parser.add_argument(
            "--log",
            choices=["ledger", "audit"],
            default="ledger",
            help="which sealed log: the ledger of study, or who looked at and changed what",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        log = seals.AUDIT if options["log"] == "audit" else seals.LEDGER
        if not options["file"]:
            for line in seals.export_ledger(log):
                self.stdout.write(line)
            return
        target = Path(options["file"])
        part = target.with_name(target.name + ".part")
        count = 0
        with part.open("w", encoding="utf-8") as file:
            for line in seals.export_ledger(log):
                file.write(line + "\n")
                count += 1
        os.replace(part, target)
        self.stdout.write(f"{target}: {count} lines")
