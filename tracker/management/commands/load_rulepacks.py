"""Put the shipped rule packs where a second person approves them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from people.models import Person
from tracker import operations


class Command(BaseCommand):
    help = "Store the shipped rule packs as drafts; the same text again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--jurisdiction",
            action="append",
            default=[],
            metavar="PACK=UNIT",
            help="put a pack under a unit of the tree, by codes: district-2005=D01",
        )
        parser.add_argument(
            "--approve-as",
            metavar="STAFF_NUMBER",
            help="also approve them, as this training administrator",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        places = {}
        for pair in options["jurisdiction"]:
            pack, equals, unit = pair.partition("=")
            if not equals or pack not in operations.shipped_packs():
                raise CommandError(f"{pair!r}: expected PACK=UNIT with the code of a shipped pack.")
            places[pack] = unit
        approver = None
        if options["approve_as"]:
            approver = Person.objects.filter(staff_number=options["approve_as"]).first()
            if approver is None:
                raise CommandError(f"No person has the staff number {options['approve_as']!r}.")
        for row, created in operations.load_rulepacks(now=now, jurisdictions=places):
            outcome = "loaded as a draft" if created else "unchanged"
            if approver is not None and row.status == "draft":
                try:
                    operations.approve_rulepack(row.pk, approver, now)
                    outcome += ", approved"
                except operations.MayNotApprove:
                    outcome += f", not approved: {approver.staff_number} may not approve it"
            if options["verbosity"] > 0:
                self.stdout.write(f"{row}: {outcome}")
