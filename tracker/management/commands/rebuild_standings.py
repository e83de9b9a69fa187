from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tracker import operations


class Command(BaseCommand):
    help = "Compute everybody's standing anew from rows; says how many had drifted."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        changed = operations.rebuild_standings(on=timezone.localdate(now), now=now)
        self.stdout.write(f"Standings of {changed} persons changed.")
