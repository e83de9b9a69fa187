"""Say who may be tried on the demo site."""

from typing import Any

from django.core.management.base import BaseCommand

from demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD


class Command(BaseCommand):
    help = "Print one demo account for each role."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Demo accounts (the password of all is {DEMO_PASSWORD}):")
        for account in DEMO_ACCOUNTS:
            self.stdout.write(f"  {account.staff_number}  {account.role:<18} {account.name}")
