"""Give a role from the command line: how the first administrator comes to be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import grant_role


class Command(BaseCommand):
    help = "Give a person a role for a unit and everything below it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("staff_number")
        parser.add_argument("role", choices=[role.value for role in Role])
        parser.add_argument("unit_code")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(staff_number=options["staff_number"]).first()
        if person is None:
            raise CommandError(f"Nobody has the staff number {options['staff_number']}.")
        unit = OrgUnit.objects.filter(code=options["unit_code"]).first()
        if unit is None:
            raise CommandError(f"No unit has the code {options['unit_code']}.")
        grant_role(
            person,
            Role(options["role"]),
            unit,
            by=None,
            now=timezone.now(),
            on=timezone.localdate(),
        )
        self.stdout.write(f"{person.name} is {options['role']} for {unit.name}.")
