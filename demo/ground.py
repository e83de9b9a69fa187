"""What every stage of a seeding stands on: the plan, the invented roster, and keys of what is written."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.apps import apps

import content.operations
import content.queries
import tracker.operations
from demo import history, library, roster
from demo.accounts import DEMO_ACCOUNTS
from people.enums import Role
from people.models import (
    OrgUnit,
    Person,
)


@dataclass(frozen=True)
class Plan:
    """What is seeded: so many persons, from this seed, as of this day."""

    people: int
    seed: int
    on: date


@dataclass
class Ground:
    """One plan in hand. ``now`` is the moment of the seeding; history lies before it."""

    plan: Plan
    now: datetime

    @cached_property
    def roster(self) -> roster.Roster:
        return roster.make(self.plan.people, self.plan.seed, self.plan.on)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Primary keys by staff number."""
        return dict(Person.objects.values_list("staff_number", "pk"))

    @cached_property
    def units(self) -> dict[str, int]:
        """Primary keys of units by code."""
        return dict(OrgUnit.objects.values_list("code", "pk"))

    def account(self, role: str) -> Person:
        """The person behind the demo account of a role."""
        number = next(a.staff_number for a in DEMO_ACCOUNTS if a.role == role)
        return Person.objects.get(staff_number=number)

    @cached_property
    def second_administrator(self) -> Person:
        """Who approves what the training administrator writes."""
        role = Role.TRAINING_ADMIN
        numbers = [each.staff_number for each in DEMO_ACCOUNTS if each.role == role]
        return Person.objects.get(staff_number=numbers[1])

    def past(self, days: int, hour: int = 9) -> datetime:
        """A working moment so many days before the day of the plan."""
        return datetime.combine(
            self.plan.on - timedelta(days=days), datetime.min.time(), history.ZONE
        ) + timedelta(hours=hour)

    @cached_property
    def institutions(self) -> dict[str, int]:
        """Primary keys of institutions by code."""
        return {
            spec.code: tracker.operations.register_institution(
                code=spec.code, name=spec.name, kind=spec.kind
            ).pk
            for spec in history.INSTITUTIONS
        }

    @cached_property
    def staff(self) -> Person:
        return self.account(Role.INSTITUTION_STAFF)

    @cached_property
    def texts(self) -> dict[str, int]:
        """Page ids of the policy texts by slug; importing one again only finds it."""
        return {slug: self.import_text(slug).page.pk for slug in library.TEXTS}

    def import_text(self, slug: str) -> content.operations.Imported:
        return content.operations.import_policy(
            library.text(slug),
            source_name=f"{slug}.txt",
            by=self.account(Role.EDITOR),
            submit=False,
            now=self.past(230),
        )

    def page(self, page_id: int) -> Any:
        return apps.get_model("wagtailcore", "Page").objects.get(pk=page_id).specific
