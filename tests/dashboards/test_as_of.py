"""Figures of a unit as of another day, judged in the background; and a pack tried on everybody."""

import io
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import openpyxl
import pytest
from django.urls import reverse

from dashboards import operations
from dashboards.as_of import counted, places_on
from dashboards.enums import JobState
from dashboards.models import Job, JudgedPerson
from people import same_person
from people.enums import OrgKind, Rank, Role
from people.models import AuditEntry, Post
from people.operations import add_person, appoint, set_active
from people.queries import names_at
from tests.dashboards.conftest import ONLINE
from tests.factories.people import PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import LOADED_AT, packs_in_force, post_hours
from tracker import operations as tracker
from tracker.models import RosterCount, Standing

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def trained(district):
    """Two cadres of the first unit, one posted in May, the other in July; one of the second unit."""
    packs_in_force("cadre-2023")
    people = [PersonFactory(unit=u) for u in (district.first, district.first, district.second)]
    for person in people:
        PostFactory(person=person, rank=Rank.TOWNSHIP_HEAD)
    for person, month in zip(people, (5, 7, 5), strict=True):
        post_hours(
            person,
            f"online:{person.pk}",
            on=date(2025, 5, 1),
            hours="50",
            now=datetime(2025, month, 20, 2, 0, tzinfo=UTC),
        )
    return people


def asked(client, code="D1", on="2025-12-31", known="2026-01-31"):
    address = reverse("dashboards:as_of", args=[code])
    answer = client.post(address, {"on": on, "known": known})
    assert answer.status_code == 302
    return client.get(answer.url)


def online_of(page):
    return next(
        line["tally"] for line in page.context["by_requirement"] if "online" in line["drill"]
    )


def test_what_was_posted_later_is_left_out_and_the_page_says_so(client, login, liaison, trained):
    login(client, liaison)

    before = asked(client, known="2025-06-30")
    after = asked(client)

    assert (online_of(before).met, online_of(before).obliged) == (1, 2)
    assert (online_of(after).met, online_of(after).obliged) == (2, 2)
    text = before.content.decode()
    assert "入账截至2025年6月30日" in text
    assert "共 3 人" in text
    assert not Standing.objects.exists()
    job = Job.objects.earliest("pk")
    assert job.state == JobState.DONE
    assert (
        job.result["url"]
        == f"{reverse('dashboards:as_of', args=['D1'])}?on=2025-12-31&known=2025-06-30"
    )


def test_people_are_counted_where_their_post_was_that_day(
    client, login, administrator, trained, district
):
    mover = trained[0]
    Post.objects.filter(person=mover).update(ends_on=date(2026, 2, 1))
    PostFactory(
        person=mover, unit=district.second, rank=Rank.TOWNSHIP_HEAD, starts_on=date(2026, 2, 1)
    )
    mover.unit = district.second
    mover.save()

    then = places_on(district.first, date(2025, 12, 31), NOW)
    today = places_on(district.first, date(2026, 5, 1), NOW)

    assert mover.pk in then
    assert mover.pk not in today
    page = asked(login(client, administrator), code="D")
    lines = {line["label"]: line["tally"].persons for line in page.context["by_unit"]}
    assert lines[district.first.name] == 2
    narrowed = client.get(reverse("dashboards:as_of", args=["D"]), {
        "on": "2025-12-31", "known": "2026-01-31", "requirement": ONLINE,
    })  # fmt: skip
    assert narrowed.context["overview"].whole.met == 3


def test_every_figure_leads_to_the_people_behind_it(
    client, login, administrator, trained, district
):
    first, second, other = trained
    page = asked(login(client, administrator), code="D", known="2025-06-30")
    assert page.context["by_requirement"]
    for lines in ("by_requirement", "by_unit", "by_rank"):
        for line in page.context[lines]:
            for state in ("obliged", "met", "on_course", "short", "overdue"):
                listed = client.get(line["people"] + state)
                assert listed.context["page"].paginator.count == getattr(line["tally"], state)
                assert f"{line['people']}{state}".replace(
                    "&", "&amp;"
                ) in page.content.decode() or (not getattr(line["tally"], state))
    behind = client.get(page.context["people"].replace("state=", f"requirement={ONLINE}&state=met"))
    assert [row["person"] for row in behind.context["rows"]] == [first, other]
    text = client.get(page.context["people"]).content.decode()
    assert first.name in text
    district.office.kind = OrgKind.OFFICE
    district.office.save()
    assert names_at([district.office.path, district.first.path], district.top) == {
        district.office.path: "甲区一局 · 一局办公室",
        district.first.path: "甲区一局",
    }
    # One person is shown on these days as well, not on today's; a figure leads to its explanation.
    days = "?on=2025-12-31&known=2025-06-30"
    record = f"{reverse('tracker:person_record', args=[second.pk])}{days}"
    assert record.replace("&", "&amp;") in text
    explained = behind.context["rows"][0]["url"]
    assert explained == (f"{reverse('tracker:person_requirement', args=[first.pk, ONLINE])}{days}")
    assert client.get(explained).context["on"] == date(2025, 12, 31)


def test_who_left_since_is_counted_and_listed_where_he_stood(
    client, login, liaison, administrator, trained, district
):
    leaver, mover, _ = trained
    by = RoleGrantFactory(role=Role.SYSTEM_ADMIN, unit=district.top, person__unit=None).person
    before = asked(login(client, liaison))
    set_active(leaver.pk, active=False, by=by, now=datetime(2026, 3, 1, 4, 0, tzinfo=UTC))
    mover.posts.update(ends_on=date(2026, 2, 1))
    type(mover).objects.filter(pk=mover.pk).update(unit=district.second)

    after = asked(client)
    assert after.context["overview"] == before.context["overview"]
    page = client.get(after.context["people"])
    names = {row["person"].pk: row for row in page.context["rows"]}
    assert {leaver.pk, mover.pk} <= names.keys()
    assert names[mover.pk]["since"] == "现属其他单位"
    assert not names[mover.pk]["url"]
    assert "此后已离开名册" in page.content.decode()
    assert "现属其他单位" in page.content.decode()

    # A move told later, with effect on that day, is not known yet; nor is somebody added later.
    told = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
    appoint(
        trained[2].pk, unit=district.first, starts_on=date(2025, 11, 1), title="科长",
        rank=Rank.TOWNSHIP_HEAD, by=by, now=told,
    )  # fmt: skip
    added = add_person(
        staff_number="N-1", name="新人", unit=district.first, by=by, now=told, on=date(2025, 11, 1)
    )
    day, known_later = date(2025, 12, 31), told + timedelta(days=1)
    assert {trained[2].pk, added.pk} <= places_on(district.first, day, known_later).keys()
    assert (
        not {trained[2].pk, added.pk}
        & places_on(district.first, day, NOW - timedelta(days=60)).keys()
    )

    # By then he had left, or had come back since; on the day itself he was there till its end.
    assert leaver.pk not in places_on(district.first, date(2026, 3, 1), NOW)
    assert leaver.pk in places_on(district.first, date(2026, 2, 28), NOW)
    assert leaver.pk in places_on(
        district.first, date(2026, 3, 1), datetime(2026, 2, 28, 4, 0, tzinfo=UTC)
    )
    set_active(leaver.pk, active=True, by=by, now=datetime(2026, 4, 1, 4, 0, tzinfo=UTC))
    assert leaver.pk not in places_on(district.first, date(2026, 3, 15), NOW)
    assert leaver.pk in places_on(district.first, date(2026, 4, 2), NOW)


def test_nobody_reads_the_people_of_anothers_reading(
    client, login, liaison, administrator, trained
):
    address = asked(login(client, administrator)).context["people"]
    assert client.get(address).status_code == 200
    answer = login(client, liaison).get(address)
    assert (answer.status_code, answer.url.split("?")[0]) == (
        302,
        reverse("dashboards:as_of", args=["D1"]),
    )
    liaison.role_grants.update(ends_on=date(2026, 1, 1))
    assert client.get(address).status_code == 404


@pytest.fixture
def folder(tmp_path, settings):
    settings.VAR_DIR = tmp_path


def sheet_of(client, job):
    raw = b"".join(client.get(f"/jobs/{job.pk}/file/").streaming_content)
    return [
        [cell for cell in row if cell is not None]
        for sheet in openpyxl.load_workbook(io.BytesIO(raw))
        for row in sheet.iter_rows(values_only=True)
    ]


def test_the_list_of_another_day_is_exported_with_both_days_and_what_became_of_people(
    client, login, administrator, trained, district, folder
):
    first, second, _other = trained
    address = asked(login(client, administrator), known="2025-06-30").context["people"]
    type(first).objects.filter(pk=first.pk).update(unit=district.office, is_active=False)
    page = client.get(f"{address}short&requirement={ONLINE}").content.decode()
    assert 'name="kind" value="people_as_of"' in page

    wanted = {
        "kind": "people_as_of", "unit": "D1", "on": "2025-12-31", "known": "2025-06-30",
        "query": f"requirement={ONLINE}&on=2025-12-31",
    }  # fmt: skip
    for form in ("xlsx", "pdf"):
        assert client.post("/jobs/export/", {**wanted, "form": form}).status_code == 302
        assert Job.objects.latest("pk").state == JobState.DONE
    spreadsheet = Job.objects.get(form="xlsx")
    assert spreadsheet.title == "2025年12月31日甲区一局的人员"
    rows = sheet_of(client, spreadsheet)
    text = "".join(cell for row in rows for cell in row)
    assert "学习活动截至2025年12月31日，入账截至2025年6月30日" in text
    listed = {row[0]: row for row in rows if row and row[0] in {p.staff_number for p in trained}}
    assert {number: row[5:] for number, row in listed.items()} == {
        first.staff_number: ["已达标", "此后已离开名册"],
        second.staff_number: ["有差距"],
    }
    made = AuditEntry.objects.filter(verb="dashboards.people_as_of.export").first()
    assert (made.detail["on"], made.detail["known"], made.detail["persons"]) == (
        "2025-12-31", "2025-06-30", 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    "change", [{}, {"unit": "D2"}, {"on": "2025-12-30"}, {"known": "x"}, {"on": ""}]
)
def test_only_ones_own_reading_of_these_days_is_exported(
    client, login, liaison, administrator, trained, folder, change
):
    asked(login(client, administrator))
    asked(client, code="D2")
    wanted = {
        "kind": "people_as_of", "form": "xlsx", "unit": "D1", "on": "2025-12-31",
        "known": "2026-01-31", "query": "",
    }  # fmt: skip
    assert client.post("/jobs/export/", wanted).status_code == 302  # it could leak
    login(client, liaison)
    if change:
        asked(client)
    before = Job.objects.count()
    assert client.post("/jobs/export/", {**wanted, **change}).status_code == 404
    assert Job.objects.count() == before


def list_ordered_by(owner):
    return operations.ask(
        owner, kind="people_as_of", form="xlsx", title="x", language="zh-hans", now=NOW,
        parameters={
            "unit": "D1", "on": "2025-12-31", "known": "2026-01-31", "query": "",
            "choice": {}, "said": [],
        },
    )  # fmt: skip


def test_a_role_lost_meanwhile_exports_nothing(client, login, liaison, trained, folder):
    asked(login(client, liaison))
    job = list_ordered_by(liaison)
    liaison.role_grants.update(ends_on=date(2026, 1, 1))
    assert not operations.run(job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.state, job.file) == (JobState.FAILED, "")


def test_a_list_whose_figures_were_cleared_away_meanwhile_says_so(
    client, login, liaison, trained, folder
):
    asked(login(client, liaison))
    job = list_ordered_by(liaison)
    JudgedPerson.objects.all().delete()

    assert not operations.run(job.pk, clock=lambda: NOW)

    assert "那一天的数字已不再保留，请重新查看。" in client.get("/jobs/").content.decode()


def test_a_reading_again_replaces_the_people_of_the_one_before_and_old_ones_are_forgotten(
    client, login, liaison, trained
):
    login(client, liaison)
    asked(client)
    page = asked(client)
    assert set(JudgedPerson.objects.values_list("job", flat=True)) == {Job.objects.latest("pk").pk}
    operations.forget_expired(now=datetime(2026, 8, 1, tzinfo=UTC))
    assert not JudgedPerson.objects.exists()
    address = f"{page.request['PATH_INFO']}?{page.request['QUERY_STRING']}"
    assert "请重新判定后查看" in client.get(address).content.decode()
    assert client.get(page.context["people"]).status_code == 302


def test_the_list_costs_a_fixed_number_of_statements(
    client, login, liaison, trained, django_assert_max_num_queries
):
    address = asked(login(client, liaison)).context["people"]
    with django_assert_max_num_queries(13):
        client.get(address)


def test_a_record_merged_later_still_counts_as_two_before(district, trained):
    first, second, _ = trained
    asker, decider = (
        RoleGrantFactory(
            role=Role.TRAINING_ADMIN, unit=district.top, person__unit=district.top
        ).person
        for _ in range(2)
    )
    same = same_person.propose(first.pk, second.pk, by=asker, note="核", token=uuid4(), now=NOW)
    same_person.merge(same.pk, by=decider, now=NOW)

    def heads(known_at):
        places = places_on(district.first, date(2025, 12, 31), known_at)
        return counted(district.first, places, date(2025, 12, 31), known_at, lambda *_: None)[1]

    assert heads(datetime(2026, 1, 31, tzinfo=UTC)) == heads(NOW) + 1


def test_bad_days_are_named_and_nothing_is_asked(client, login, liaison):
    login(client, liaison)
    address = reverse("dashboards:as_of", args=["D1"])
    for days in (
        {"on": "2027-01-01", "known": "2026-01-31"},
        {"on": "2025-12-31", "known": "9999-12-31"},
        {"on": "0001-01-01", "known": "2026-01-01"},
        {"on": "31.12.2025", "known": "x"},
        {"on": "2025-12-31"},
    ):
        assert client.post(address, days).status_code == 422
        assert client.get(address, days).status_code == 422
    assert not Job.objects.exists()


def test_the_noted_roster_of_the_day_stands_beside_it(client, login, liaison, trained, district):
    RosterCount.objects.create(
        taken_on=date(2025, 12, 31), unit=district.first, unit_path=district.first.path,
        requirement=ONLINE, met=7, short=5,
    )  # fmt: skip
    login(client, liaison)
    page = asked(client)
    address = f"{page.request['PATH_INFO']}?{page.request['QUERY_STRING']}&requirement={ONLINE}"
    assert "应参训 12 人，达标 7 人" in client.get(address).content.decode()


def test_the_page_costs_a_fixed_number_of_statements(
    client, login, liaison, trained, django_assert_max_num_queries
):
    login(client, liaison)
    page = asked(client)
    address = f"{page.request['PATH_INFO']}?{page.request['QUERY_STRING']}"
    with django_assert_max_num_queries(14):
        client.get(address)


def test_a_role_lost_meanwhile_judges_nobody(liaison, trained):
    job = operations.ask(
        liaison, kind="as_of", form="deed", title="x", language="zh-hans", now=NOW,
        parameters={"unit": "D1", "on": "2025-12-31", "known": "2025-12-31", "known_at": NOW.isoformat()},
    )  # fmt: skip
    liaison.role_grants.update(ends_on=date(2026, 1, 1))
    assert not operations.run(job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.FAILED, {})


@pytest.fixture
def stricter(trained):
    """A draft that asks for more online hours than anybody has."""
    text = tracker.shipped_packs()["cadre-2023"]
    assert "at_least: 50}" in text
    text = text.replace("at_least: 50}", "at_least: 500}").replace("version: 1", "version: 2", 1)
    post_hours(trained[0], "online:2026", on=date(2026, 5, 1), hours="50")
    row, _ = tracker.load_rulepack(text, by=None, now=LOADED_AT)
    return row


def test_a_draft_is_tried_on_everybody_and_the_result_is_kept(
    client, login, administrator, liaison, stricter, monkeypatch
):
    monkeypatch.setattr("tracker.views.packs.EFFECT_LIMIT", 1)
    login(client, administrator)
    sampled = client.get(reverse("tracker:rulepack", args=[stricter.pk]) + "?effect=1")
    address = reverse("dashboards:effect", args=[stricter.pk])
    assert address in sampled.content.decode()
    assert client.post(address).url == address

    page = client.get(address)

    job = Job.objects.get()
    assert job.state == JobState.DONE
    assert job.result["url"] == address
    assert not page.context["job"].is_live
    assert page.context["persons"] > 3
    assert "不是抽样" in page.content.decode()
    login(client, liaison)
    assert client.get(address).status_code == 404


def test_progress_says_how_many_of_how_many(administrator, stricter, monkeypatch):
    monkeypatch.setattr(operations.jobs, "REPORT_EVERY", operations.jobs.REPORT_EVERY * 0)
    job = operations.ask(
        administrator, kind="effect", form="deed", title="x", language="zh-hans", now=NOW,
        parameters={"pack": stricter.pk, "on": "2026-06-01"},
    )  # fmt: skip
    assert operations.run(job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert job.total == job.result["persons"] == job.done
    assert [row[2:] for row in job.result["flips"]] == [["met", "short", 1]]
