"""What a branch owes as an organisation: lectures it holds, written down by who keeps it."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.enums import Role
from people.models import AuditEntry
from tests.factories.people import OrgUnitFactory, holder
from tests.factories.tracker import hold_lecture, packs_in_force
from tracker import operations, queries
from tracker.models import Entry
from tracker.queries import organisations

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)


@pytest.fixture
def district():
    packs_in_force("branch")
    return OrgUnitFactory(name="清河区", code="QH")


@pytest.fixture
def branch(district):
    return OrgUnitFactory(name="财政局党支部", code="QH-CZ-DZ", kind="branch", parent=district)


@pytest.fixture(autouse=True)
def _in_june():
    with time_machine.travel(NOW, tick=False):
        yield


def given(**changed):
    return {"token": str(uuid4()), "title": "从身边的小事说纪律", "day": "2026-05-20",
            "evidence": "支部书记主讲，记录在支部会议记录本", **changed}  # fmt: skip


def standing(branch, on=date(2026, 6, 1), known_at=NOW):
    packs = queries.packs_in_force(on, known_at)
    (owed,) = queries.organisation_assessments([branch], packs, on=on, known_at=known_at)[branch.pk]
    return owed.state.value, owed.nearest_way.parts[0].amount


def test_four_lectures_a_year_meet_it(client, login, district, branch):
    login(client, holder(Role.LIAISON, branch))
    for number in range(1, 4):
        hold_lecture(branch, f"tests:{number}", on=date(2026, number, 9))
    assert standing(branch) == ("on_course", 3)

    answer = client.post("/organisations/QH-CZ-DZ/", given())

    assert answer.status_code == 302
    assert standing(branch) == ("met", 4)
    line = Entry.objects.order_by("-pk")[0]
    assert (line.person_id, line.unit_id, line.events) == (None, branch.pk, 1)
    assert AuditEntry.objects.filter(verb="tracker.entry.post").count() == 1


def test_a_lecture_of_last_year_does_not_count_and_the_page_says_why(
    client, login, district, branch
):
    written = datetime(2026, 1, 10, 1, tzinfo=UTC)
    hold_lecture(branch, "tests:1", on=date(2025, 11, 9), now=written)
    login(client, holder(Role.AUDITOR, district))
    body = client.get("/organisations/QH-CZ-DZ/").content.decode()
    assert "在考核期间开始前已结束。" in body
    assert standing(branch) == ("short", 0)
    last_year = date(2025, 12, 31)
    assert standing(branch, on=last_year, known_at=written)[1] == 1
    assert standing(branch, on=last_year, known_at=written - timedelta(days=1))[1] == 0


def test_a_form_sent_twice_writes_once_and_nothing_is_written_before_it_was_held(
    client, login, district, branch
):
    login(client, holder(Role.TRAINING_ADMIN, district))
    same = given()
    assert client.post("/organisations/QH-CZ-DZ/", same).status_code == 302
    again = client.post("/organisations/QH-CZ-DZ/", same, follow=True)
    assert "没有重复记入" in again.content.decode()
    for wrong in ({"day": "2026-06-02"}, {"title": ""}, {"evidence": ""}):
        answer = client.post("/organisations/QH-CZ-DZ/", given(**wrong))
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == set(wrong)
    assert standing(branch)[1] == 1


def test_a_line_is_taken_back_with_a_reason_and_both_stay(client, login, district, branch):
    line = hold_lecture(branch, "tests:1")
    login(client, holder(Role.LIAISON, branch))
    address = f"/organisations/QH-CZ-DZ/{line.pk}/take-back/"

    client.post(address, {"because": " "})
    assert standing(branch)[1] == 1
    client.post(address, {"because": "记错了支部"})
    again = client.post(address, {"because": "记错了支部"}, follow=True)

    assert standing(branch)[1] == 0
    assert Entry.objects.filter(unit=branch).count() == 2
    assert "记错了支部" in again.content.decode()
    assert standing(branch, known_at=datetime(2026, 5, 1, tzinfo=UTC))[1] == 1
    before = client.get("/organisations/QH-CZ-DZ/?known=2026-05-01").content.decode()
    assert "记错了支部" not in before
    assert ">计入" in before.replace("\n", "").replace(" ", "")


def test_whoever_only_looks_and_whoever_is_elsewhere_writes_nothing(
    client, login, district, branch
):
    line = hold_lecture(branch, "tests:1")
    sibling = OrgUnitFactory(name="民政局", code="QH-MZ", parent=district)
    for who, sees in (
        (holder(Role.AUDITOR, district), 200),
        (holder(Role.LIAISON, sibling), 404),
        (holder(Role.SYSTEM_ADMIN, district), 404),
    ):
        login(client, who)
        assert client.get("/organisations/QH-CZ-DZ/").status_code == sees
        assert client.post("/organisations/QH-CZ-DZ/", given()).status_code == 404
        taken = client.post(f"/organisations/QH-CZ-DZ/{line.pk}/take-back/", {"because": "试"})
        assert taken.status_code == 404
    with pytest.raises(operations.MayNotKeep):
        operations.take_back_lecture(line.pk, because="试", by=who, now=NOW)
    assert Entry.objects.count() == 1


def test_the_list_tells_every_branch_in_as_many_statements_as_one(
    client, login, district, branch, django_assert_max_num_queries
):
    login(client, holder(Role.TRAINING_ADMIN, district))
    for number in range(30):
        other = OrgUnitFactory(code=f"B{number}", kind="branch", parent=district)
        for held in range(number % 5):
            hold_lecture(other, f"tests:{number}:{held}")
    client.get("/organisations/")
    with django_assert_max_num_queries(11):
        page = client.get("/organisations/")
    assert dict(page.context["counts"])["met"] == 6
    assert len(client.get("/organisations/?state=met").context["rows"]) == 6
    assert page.context["page"].paginator.num_pages == 2
    with django_assert_max_num_queries(14):
        client.get("/organisations/B4/")


def test_what_an_organisation_owes_is_no_requirement_of_persons(district):
    assert "branch-lectures" not in queries.requirement_titles()


def test_a_page_of_many_branches_reads_the_lines_of_those_it_shows(
    client, login, district, monkeypatch
):
    branches = [
        OrgUnitFactory(name="第一党支部", kind="branch", parent=district) for _ in range(60)
    ]
    for number, branch in enumerate(branches):
        for lecture in range(number % 5):
            hold_lecture(branch, f"tests:{number}:{lecture}", on=date(2026, 3, 1 + lecture))
    read = []
    as_row = organisations.as_row
    monkeypatch.setattr(organisations, "as_row", lambda *given: read.append(1) or as_row(*given))
    login(client, holder(Role.AUDITOR, district))

    def seen(query=""):
        read.clear()
        with CaptureQueriesContext(connection) as asked:
            page = client.get(f"/organisations/{query}")
        counts = {state.value: n for state, n in page.context["counts"]}
        done = [item.bars[0].value for _unit, _name, item in page.context["rows"]]
        return counts, done, len(asked), len(read)

    everybody = {"overdue": 0, "short": 24, "on_course": 24, "met": 12}
    first = seen()
    assert first[:2] == (everybody, [number % 5 for number in range(25)])
    assert first[3] == 120 + 50
    counts, done, statements, lines = seen()
    assert (counts, done, lines) == (*first[:2], 50)
    assert seen("?page=3")[1:] == ([number % 5 for number in range(50, 60)], statements, 20)
    assert seen("?state=met")[1:] == ([4] * 12, statements, 48)

    line = hold_lecture(branches[3], "tests:new", on=date(2026, 5, 1), now=NOW)
    assert seen()[0] == everybody | {"met": 13, "on_course": 23}
    admin = holder(Role.TRAINING_ADMIN, district)
    operations.take_back_lecture(line.pk, because="记错了支部", by=admin, now=NOW)
    assert seen()[0] == everybody
    OrgUnitFactory(name="第二党支部", kind="branch", parent=district)
    assert seen()[0] == everybody | {"short": 25}
    with time_machine.travel(NOW + timedelta(days=400), tick=False):
        login(client, holder(Role.AUDITOR, district))
        assert seen()[0] == {"overdue": 0, "short": 61, "on_course": 0, "met": 0}
