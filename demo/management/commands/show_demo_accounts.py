"""Print the demo accounts, one for each role."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD


class Command(BaseCommand):
    help = "Print the demo accounts, one for each role, and their password."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("There are no demo accounts where settings.DEMO is off.")
        for account in DEMO_ACCOUNTS:
            self.stdout.write(f"{account.staff_number}  {account.name}  {account.label}")
        self.stdout.write(f"Password of all: {DEMO_PASSWORD}")
