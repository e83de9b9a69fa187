"""Find, from rows alone, what a killed process left undone, and finish it.

A signal sent on commit is lost when the process dies in that moment. Every app that listens can
say what it missed; this calls them all, lowest first, and may run as often as one likes.
"""

import logging
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
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

logger = logging.getLogger(__name__)

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

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every",
            type=int,
            metavar="SECONDS",
            help="go on in this process until it is ended, instead of being started by cron",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        every = options["every"]
        if every is None:
            self._once()
            return
        if every < 1:
            raise CommandError("--every needs a number of seconds from 1.")
        while True:
            try:
                self._once()
            except Exception:
                # A database that is away, or one round that fails, is no reason to stop sweeping for good.
                logger.exception("The sweep broke off; it is tried again in %s seconds.", every)
            # None is kept over the pause: the database may be restarted meanwhile.
            connection.close()
            time.sleep(every)

    def _once(self) -> None:
        now = timezone.now()
        # What two persons approved for a later moment appears then, and goes when its time is over.
        call_command("publish_scheduled", stdout=self.stdout)
        for app in LISTENERS:
            found = app.operations.sweep(now=now)
            self.stdout.write(f"{app.__name__}: {found}")
        refresh_planner(connection)
        dashboards.operations.note_round(dashboards.operations.SWEEP, now=timezone.now())
