"""Fill an empty site with the demo district. Never on a real one."""

import logging
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from demo.ground import Ground, Plan
from demo.seeding import Seeder, plan_of_last_seeding
from people.models import Person

PEOPLE, SEED = 1200, 1


class Command(BaseCommand):
    help = "Fill the site with an invented district (safe to run again; only where DEMO is on)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, help=f"how many persons (default {PEOPLE})")
        parser.add_argument("--seed", type=int, help=f"what the invention starts from ({SEED})")
        parser.add_argument(
            "--on", type=date.fromisoformat, help="the day it is in the district (default today)"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="say nothing when there are data already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo data are made only where settings.DEMO is on.")
        began = plan_of_last_seeding()
        if began is None:
            if Person.objects.exists():
                if options["if_empty"]:
                    return
                raise CommandError(
                    "There are people in this database already; demo data need an empty one."
                )
            plan = Plan(
                options["people"] or PEOPLE,
                SEED if options["seed"] is None else options["seed"],
                options["on"] or timezone.localdate(),
            )
        else:
            plan = began
            asked = (options["people"] or plan.people, options["seed"] or plan.seed)
            if asked != (plan.people, plan.seed):
                raise CommandError(
                    f"This database holds a district of {plan.people} persons from seed {plan.seed}. "
                    "Use an empty database for another."
                )
        if plan.people < 60:
            raise CommandError("A district has at least 60 persons.")
        verbose = options["verbosity"] > 0
        say = self.stdout.write if verbose else (lambda line: None)
        # A line for every page published would bury what this command has to say.
        logging.getLogger("wagtail").setLevel(logging.WARNING)
        ran = Seeder(Ground(plan, timezone.now()), say).run()
        if not ran and verbose and not options["if_empty"]:
            self.stdout.write("The demo district is there already; nothing was changed.")
