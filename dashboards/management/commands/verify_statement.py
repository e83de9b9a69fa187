"""Compute a statement again from the ledger and say whether it reads the same."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dashboards.models import Statement
from dashboards.operations import statements


class Command(BaseCommand):
    help = (
        "Recompute a statement from the ledger; names the rows that differ. Exit status 1 if any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help="the statement's number, as in its address")

    def handle(self, *args: Any, **options: Any) -> None:
        statement = Statement.objects.filter(pk=options["number"]).first()
        if statement is None:
            raise CommandError(f"There is no statement {options['number']}.")
        found = statements.check(
            statement.drawn_by, {"statement": statement.pk}, lambda done: None, timezone.now
        )
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        if found["count"] or not found["content"] or found["signature"] is False:
            raise CommandError("The statement does not read the same.", returncode=1)
