"""``manage.py export_questions --format gift``: questions of the bank into a file."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exams import queries
from exams.engine import formats
from exams.enums import QuestionStatus


class Command(BaseCommand):
    help = (
        "Write questions of the bank to a file or to standard output (see docs/formats.md). What the "
        "format cannot carry is named on standard error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=tuple(formats.FORMATS), required=True)
        parser.add_argument(
            "--category", metavar="PATH", help="only this category and all below it"
        )
        parser.add_argument(
            "--status", choices=QuestionStatus.values, help="default: all but retired"
        )
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        found = queries.questions().order_by("category__full_name", "pk")
        if options["category"]:
            found = queries.in_category(found, options["category"].strip("/"))
        if options["status"]:
            found = found.filter(status=options["status"])
        else:
            found = found.exclude(status=QuestionStatus.RETIRED)
        records = queries.records_of(found)
        if not records:
            raise CommandError("No question fits.")
        writing = formats.write(options["format"], records)
        for note in writing.losses:
            self.stderr.write(f"note: {note}")
        if output is None:
            stream = getattr(self.stdout, "buffer", None) or getattr(sys.stdout, "buffer", None)
            if stream is None:
                self.stdout.write(writing.content.decode())
            else:
                stream.write(writing.content)
                stream.flush()
            return
        try:
            output.write_bytes(writing.content)
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
        self.stderr.write(f"{len(records)} questions written to {output}.")
