"""What waits for a second person in the training department, and figures of an earlier day."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from django.urls import reverse
from django.utils.translation import override

import dashboards.operations
import tracker.operations
from dashboards import wording
from dashboards.enums import JobForm, JobKind, LeagueMetric
from dashboards.statements import end_of
from demo.ground import Ground
from people import same_person
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import add_person
from people.queries import units_managed_by
from tracker.rules import Measures

# Two colleagues came over from another platform under numbers of their own.
OLD_NUMBERS = ("XH20417", "XH20533")


def two_records(ground: Ground) -> str:
    """One pair that was merged, with hours on both sides, and one that waits to be decided."""
    admin, second = _administrators(ground)
    liaison = ground.account(Role.LIAISON)
    kept = liaison.role_grants.select_related("unit").get(role=Role.LIAISON).unit
    within = Person.objects.filter(unit__path__startswith=kept.path, is_active=True)
    colleagues = within.exclude(pk=liaison.pk).select_related("unit")
    for number, (person, old_number) in enumerate(
        zip(colleagues.order_by("-staff_number")[: len(OLD_NUMBERS)], OLD_NUMBERS, strict=False)
    ):
        came = ground.past(200 - number)
        old = add_person(
            staff_number=old_number, name=person.name, unit=person.unit or kept, by=admin, now=came,
            on=came.date(),
        )  # fmt: skip
        _hours_of_the_old_record(old, ground, came)
        same = same_person.propose(
            person.pk, old.pk, by=liaison,
            note="原学习平台的账号，姓名、单位和任职一致，已与本人核对。",
            token=uuid5(NAMESPACE_URL, f"demo.same:{number}"), now=ground.past(12 - number),
        )  # fmt: skip
        if number == 0:
            same_person.merge(same.pk, by=second, now=ground.past(9))
    return f"{len(OLD_NUMBERS)} pairs of records of one person"


def _hours_of_the_old_record(old: Person, ground: Ground, came: datetime) -> None:
    for number, (title, hours) in enumerate(
        (("基层治理专题网络课程", "6"), ("数字政务能力提升网络课程", "4"))
    ):
        day = (came + timedelta(days=10 + 7 * number)).date()
        tracker.operations.credit(
            source=f"demo.old_platform:{old.staff_number}:{number}",
            person_id=old.pk,
            bucket="online",
            title=title,
            occurred_from=day,
            occurred_to=day + timedelta(days=1),
            measures=Measures(hours=Decimal(hours)),
            confirmer="platform",
            now=came + timedelta(days=12 + 7 * number),
        )


def figures(ground: Ground) -> str:
    """A ranking of units that waits for its second person, and last year's figures read anew."""
    admin, second = _administrators(ground)
    unit = _district(admin)
    league = dashboards.operations.ask_league(
        unit, by=second, now=ground.past(3), metric=LeagueMetric.MET, requirement="online-yearly",
        least_obliged=10, note="供年底部署网络培训补学参考，只比单位，不比个人。",
    )  # fmt: skip
    on = date(ground.plan.on.year - 1, 12, 31)
    known = date(ground.plan.on.year, 1, 31)
    days = {"on": on.isoformat(), "known": known.isoformat()}
    address = reverse("dashboards:as_of", args=[unit.code])
    with override("zh-hans"):
        title = wording.as_of(unit.name, on)
    job = dashboards.operations.ask(
        admin,
        kind=JobKind.AS_OF,
        form=JobForm.DEED,
        title=title,
        parameters={
            "unit": unit.code,
            **days,
            "known_at": min(end_of(known), ground.now).isoformat(),
            "url": f"{address}?on={days['on']}&known={days['known']}",
        },
        language="zh-hans",
        now=ground.now,
    )
    dashboards.operations.run(job.pk, clock=lambda: ground.now)
    return f"ranking {league.pk} waits, figures as of {on}"


def _district(admin: Person) -> OrgUnit:
    return units_managed_by(admin, Role.TRAINING_ADMIN).order_by("path")[0]


def _administrators(ground: Ground) -> tuple[Person, Person]:
    """顾明远, and the colleague who decides what he asks for."""
    admin = ground.account(Role.TRAINING_ADMIN)
    return admin, ground.second_administrator
