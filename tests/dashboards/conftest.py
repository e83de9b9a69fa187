import io
from datetime import date

import openpyxl
import pytest
import time_machine
from django.utils import timezone

from dashboards.enums import JobState
from dashboards.models import Job
from people.enums import Rank, Role
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import packs_in_force
from tracker import operations
from tracker.models import Standing, StandingMark
from tracker.rules.urgency import earliest_due, most_pressing

TODAY = date(2026, 6, 1)
# Two requirements of the pack cadre-2023.
ONLINE, DAYS = "online-yearly", "others-yearly"


@pytest.fixture(autouse=True)
def clock():
    """Ten o'clock in Shanghai on 1 June 2026."""
    with time_machine.travel("2026-06-01T02:00:00+00:00", tick=False) as traveller:
        yield traveller


def exported(client, kind, **asked):
    """The sheets of the file, as rows of values, asked for as the page does."""
    answer = client.post("/jobs/export/", {"kind": kind, "form": "xlsx", **asked})
    assert answer.status_code == 302
    job = Job.objects.latest("pk")
    assert job.state == JobState.DONE
    raw = b"".join(client.get(f"/jobs/{job.pk}/file/").streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def standing(person, requirement=ONLINE, state="met", due_on=date(2026, 12, 31), official="20"):
    """The cached row the tracker would keep, not yet stored."""
    return Standing(
        person=person,
        unit=person.unit,
        requirement=requirement,
        pack="cadre-2023",
        state=state,
        window_from=date(2026, 1, 1),
        window_until=date(2027, 1, 1),
        due_on=due_on,
        figures=[{"measure": "hours", "official": official, "required": "50"}],
        computed_for=TODAY,
    )


def stand(person, *args, **named):
    """The same, stored and counted."""
    row = standing(person, *args, **named)
    row.save()
    count(person)
    return row


def count(*people):
    """Mark these people as computed, as their stored standings say, and bring the figures up."""
    for person in people:
        posts = person.posts.filter(primary=True, ends_on=None)
        due_on, next_on = earliest_due(person.standings.values_list("state", "due_on"))
        StandingMark.objects.update_or_create(
            person=person,
            defaults={
                "unit": person.unit,
                "rank": posts[0].rank if posts else 0,
                "state": most_pressing(person.standings.values_list("state", flat=True)),
                "due_on": due_on,
                "next_on": next_on,
                "computed_for": TODAY,
                "computed_at": timezone.now(),
            },
        )
    operations.recount()


def member(unit, *states, rank=Rank.TOWNSHIP_HEAD, **named):
    """A person with a post and one standing a state."""
    person = PersonFactory(unit=unit, **named)
    PostFactory(person=person, rank=rank, title="科长")
    for number, state in enumerate(states):
        standing(person, requirement=[ONLINE, DAYS][number], state=state).save()
    if person.is_active:
        count(person)
    return person


@pytest.fixture
def district(db):
    """District 甲 with two units, the first with an office; a foreign district beside it."""
    packs_in_force("cadre-2023")

    class District:
        top = OrgUnitFactory(code="D", name="甲区")
        first = OrgUnitFactory(code="D1", name="甲区一局", parent=top)
        second = OrgUnitFactory(code="D2", name="甲区二局", parent=top)
        office = OrgUnitFactory(code="D1-1", name="一局办公室", parent=first)
        foreign = OrgUnitFactory(code="X", name="外区")

    return District


@pytest.fixture
def administrator(district):
    person = PersonFactory(unit=district.top, name="教管")
    RoleGrantFactory(person=person, unit=district.top, role=Role.TRAINING_ADMIN)
    return person


@pytest.fixture
def liaison(district):
    person = PersonFactory(unit=district.first, name="联络")
    RoleGrantFactory(person=person, unit=district.first, role=Role.LIAISON)
    return person
