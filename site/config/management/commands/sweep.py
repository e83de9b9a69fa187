"""Find, from rows alone, what a killed process left undone, and finish it.

A signal sent on commit is lost when the process dies in that moment. Every app that listens can
say what it missed; this calls them all, lowest first, and may run as often as one likes.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

import certificates.operations
import classes.operations
import content.operations
import courses.operations
import dashboards.operations
import exams.operations
import notices.operations
import tracker.operations
from config.embedded_sqlite import refresh_planner

LISTENERS = [
    content,
    tracker,
    exams,
    classes,
    courses,
    certificates,
    dashboards,
    notices,
]


class Command(BaseCommand):
    help = "Finish what a killed process left undone (safe to run again; run it every few minutes)."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        # What two persons approved for a later moment appears then, and goes when its time is over.
        call_command("publish_scheduled", stdout=self.stdout)
        for app in LISTENERS:
            found = app.operations.sweep(now=now)
            self.stdout.write(f"{app.__name__}: {found}")
        refresh_planner(connection)
