"""Bring the database to where the code expects it: migrations, cache table, rule packs."""

from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from config.embedded_sqlite import refresh_planner


class Command(BaseCommand):
    help = "Prepare the database (safe to run again)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="fill an empty site with the demo district"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(
                f"The database does not answer ({str(error).splitlines()[0]}). Is DATABASE_URL right?"
            ) from error
        # On an empty database the migrations take the longest, and say nothing themselves.
        self.stdout.write("Preparing the database (a minute or two the first time) …")
        self.stdout.flush()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("load_rulepacks", verbosity=0)
        if options["demo"]:
            # In this process, because starting another costs as much as all the rest.
            call_command("seed_demo", if_empty=True)
            # What a real site does every night; a demo is seldom left running that long.
            call_command("seal_ledger", verbosity=0, stdout=StringIO())
            call_command("show_demo_accounts")
        refresh_planner(connection)
