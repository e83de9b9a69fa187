"""Fill the site with the demo district, stage by stage.

Each stage is one transaction that ends with its marker in the audit log: a seeding that was killed
goes on with the first stage unfinished, and a finished one changes nothing. People are written in
bulk; what they publish, earn and pass goes through the operations of the apps.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from demo.ground import Ground, Plan
from demo.stages import (
    bank,
    classes,
    department,
    desks,
    learning,
    people,
    publishing,
    records,
    sittings,
    written,
)
from people.models import AuditEntry
from people.operations import audit

Say = Callable[[str], None]


def _note_plan(ground: Ground) -> str:
    return ""  # its marker is all it leaves


# In this order, each on what those before it wrote.
STAGES: list[tuple[str, Callable[[Ground], str]]] = [
    ("plan", _note_plan),
    ("people", people.fill),
    ("rules", records.rules),
    ("ledger", records.ledger),
    ("corrections", records.corrections),
    ("library", publishing.library_pages),
    ("bank", bank.fill),
    ("courses", publishing.course_pages),
    ("topic", publishing.topic_page),
    ("study", learning.study),
    ("exam", learning.yearly_exam),
    ("sittings", sittings.fill),
    ("classes", classes.fill),
    ("course with a class", publishing.course_with_a_class),
    ("past exam", learning.past_exam),
    ("written exam", written.fill),
    ("desks", desks.fill),
    ("standings", records.standings),
    ("department", records.department),
    ("two records of one person", department.two_records),
    ("figures of another day", department.figures),
]


def plan_of_last_seeding() -> Plan | None:
    """What a seeding begun here was asked for, None where there was none."""
    found = AuditEntry.objects.filter(verb="demo.seed", subject="demo.stage:plan").first()
    if found is None:
        return None
    detail = found.detail
    return Plan(detail["people"], detail["seed"], date.fromisoformat(detail["on"]))


@dataclass
class Seeder:
    """Runs the stages of one plan."""

    ground: Ground
    say: Say = lambda line: None
    timings: dict[str, float] = field(default_factory=dict)

    def run(self) -> int:
        """Do every stage not yet done; return how many were."""
        done = set(AuditEntry.objects.filter(verb="demo.seed").values_list("subject", flat=True))
        ran = 0
        for name, stage in STAGES:
            if f"demo.stage:{name}" in done:
                continue
            began = time.monotonic()
            # The ledger of a large district is more than one transaction should hold; its rows are
            # posted once by their source, so going on after a kill repeats nothing.
            said = stage(self.ground) if name == "ledger" else ""
            with transaction.atomic():
                said = said or stage(self.ground)
                detail = {"people": self.ground.plan.people, "seed": self.ground.plan.seed}
                detail |= {"on": self.ground.plan.on.isoformat()}
                audit(None, "demo.seed", f"demo.stage:{name}", detail, now=self.ground.now)
            self.timings[name] = time.monotonic() - began
            ran += 1
            if said:
                self.say(f"{name}: {said} ({self.timings[name]:.1f} s)")
        return ran
