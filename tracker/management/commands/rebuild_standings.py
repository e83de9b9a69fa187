"""Compute every standing anew from the rows."""

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker import operations


class Command(BaseCommand):
    help = "Compute everybody's standing anew from rows; says how many had drifted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--processes",
            type=int,
            default=1,
            help="share the work; with SQLite, which has one writer, more than 1 gains little",
        )
        parser.add_argument("--part", type=int, default=0, help="which of the parts, from 0")
        parser.add_argument("--one-in", type=int, default=1, help="only one of so many parts")

    def handle(self, *args: Any, processes: int, part: int, one_in: int, **options: Any) -> None:
        if processes > 1:
            self._share(processes, part, one_in)
            operations.refresh_statistics()
            return
        now = timezone.now()
        changed = operations.rebuild_standings(
            on=timezone.localdate(now), now=now, part=(part, one_in)
        )
        if one_in == 1:
            operations.refresh_statistics()
        self.stdout.write(f"Standings of {changed} persons changed.")

    def _share(self, processes: int, part: int, one_in: int) -> None:
        """Each process takes every n-th person; the part asked for is divided further."""
        running = [
            subprocess.Popen(  # noqa: S603 - our own command
                [
                    sys.executable, sys.argv[0], "rebuild_standings",
                    "--part", str(part + number * one_in), "--one-in", str(one_in * processes),
                ]
            )
            for number in range(processes)
        ]  # fmt: skip
        ended = [process.wait() for process in running]
        if any(ended):
            raise CommandError("A part was not finished; run it again.")
