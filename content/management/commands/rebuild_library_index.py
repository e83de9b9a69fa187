"""Write the library's index anew, from the published pages alone."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from content import operations


class Command(BaseCommand):
    help = "Rebuild what the library's list and search read."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(operations.rebuild_index(today=timezone.localdate())))
