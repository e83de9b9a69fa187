"""Statements: frozen, approved by a second person, sealed, and the same again years later."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.template.loader import render_to_string

from dashboards import operations, reports, wording
from dashboards.enums import JobForm, JobKind, JobState, StatementKind, StatementState
from dashboards.files import printed
from dashboards.files.document import Document, Table
from dashboards.models import Job, Statement, StatementRow
from dashboards.operations import statements
from people.enums import Rank, Role
from people.models import AuditEntry, Post
from people.operations import appoint
from tests.dashboards.conftest import member
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import post_hours
from tracker import operations as ledger
from tracker.models import Entry

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
ON = date(2026, 5, 31)


@pytest.fixture
def second(district):
    person = PersonFactory(unit=district.top, name="复核")
    RoleGrantFactory(person=person, unit=district.top, role=Role.TRAINING_ADMIN)
    return person


@pytest.fixture
def learner(district):
    person = PersonFactory(unit=district.first, name="王晓明", staff_number="S-1")
    PostFactory(person=person, unit=district.first, starts_on=date(2020, 1, 1))
    post_hours(person, "t:1", hours="50")
    return person


def draw(statement):
    statements.draw(statement.drawn_by, {"statement": statement.pk}, lambda done: None, lambda: NOW)
    statement.refresh_from_db()
    return statement


def drawn(unit, by, **named):
    named = {"kind": StatementKind.SPECIAL, "activity_on": ON, "known_at": NOW, **named}
    return draw(operations.order_statement(unit, by=by, now=NOW, **named))


def check(statement):
    return statements.check(
        statement.drawn_by, {"statement": statement.pk}, lambda done: None, lambda: NOW
    )


def test_a_statement_names_everybody_also_whom_nothing_applies_to(district, administrator, learner):
    nobody = PersonFactory(unit=district.office, name="新人")
    PersonFactory(unit=district.foreign)

    statement = drawn(district.first, administrator)

    rows = {(r.name, r.requirement): r for r in StatementRow.objects.filter(statement=statement)}
    assert rows["王晓明", "online-yearly"].state == "met"
    assert rows["王晓明", "online-yearly"].figures[0]["official"] == "50"
    assert rows["王晓明", "others-yearly"].state == "short"
    assert {name for name, _ in rows} >= {"王晓明", nobody.name}
    assert statement.persons == 2
    assert statement.rows_count == len(rows)


def test_later_postings_and_moves_do_not_change_it_and_the_check_says_identical(
    district, administrator, learner
):
    statement = drawn(district.first, administrator)
    assert check(statement)["count"] == 0

    post_hours(learner, "t:2", days="12", now=NOW + timedelta(days=1))
    learner.unit = district.second
    learner.save()
    district.first.move(district.foreign, "last-child")

    found = check(statement)
    assert (found["count"], found["content"], found["signature"]) == (0, True, None)


def test_an_appointment_told_later_with_effect_on_the_past_does_not_change_it(
    district, administrator, learner
):
    """The career is that known by then, as the ledger is; a check years later says identical."""
    statement = drawn(district.first, administrator)
    later = NOW + timedelta(days=30)

    appoint(
        learner.pk,
        unit=district.second,
        starts_on=date(2021, 1, 1),
        title="副县长",
        rank=Rank.COUNTY_DEPUTY,
        leading=True,
        by=administrator,
        now=later,
    )

    assert check(statement)["count"] == 0
    fresh = drawn(district.top, administrator, known_at=NOW)
    assert "leaders-five-years" not in obligations(fresh)
    now_known = operations.order_statement(
        district.top, kind=StatementKind.SPECIAL, activity_on=ON, known_at=later,
        by=administrator, now=later,
    )  # fmt: skip
    assert "leaders-five-years" in obligations(draw(now_known))


def obligations(statement):
    rows = StatementRow.objects.filter(statement=statement, staff_number="S-1")
    return {row.requirement for row in rows if row.state != "not_applicable"}


def test_the_check_names_the_rows_that_read_otherwise(district, administrator, learner):
    """Negative control: a fact changed with effect on the past is found, and named."""
    statement = drawn(district.first, administrator)
    Post.objects.filter(person=learner).update(ends_on=date(2021, 1, 1))

    found = check(statement)

    assert found["count"] > 0
    assert {row["staff_number"] for row in found["differs"]} == {"S-1"}
    with pytest.raises(CommandError, match="does not read the same"):
        call_command("verify_statement", str(statement.pk), stdout=StringIO())


def test_as_of_the_day_between_a_credit_and_its_reversal_the_old_sum_stands(
    district, administrator, learner
):
    row = Entry.objects.get(source="t:1")
    ledger.reverse(
        row.pk, because="重复", by_id=administrator.pk, now=datetime(2026, 5, 1, tzinfo=UTC)
    )

    before = drawn(
        district.first,
        administrator,
        activity_on=date(2026, 4, 15),
        known_at=datetime(2026, 4, 20, tzinfo=UTC),
    )
    after = drawn(district.first, administrator)

    def online(statement):
        return StatementRow.objects.get(
            statement=statement, person=learner, requirement="online-yearly"
        ).figures[0]["official"]

    assert (online(before), online(after)) == ("50", "0")


def test_whoever_drew_it_up_cannot_approve_it_and_the_database_holds_that(
    district, administrator, second
):
    statement = drawn(district.top, administrator)

    with pytest.raises(operations.SecondPersonNeeded):
        operations.seal_statement(statement.pk, by=administrator, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.filter(pk=statement.pk).update(sealed_by=administrator)
    operations.seal_statement(statement.pk, by=second, now=NOW)

    statement.refresh_from_db()
    assert statement.state == StatementState.SEALED
    assert operations.signature_holds(statement)
    assert AuditEntry.objects.filter(verb="dashboards.statement.seal", actor=second).exists()


def test_rows_are_never_changed_and_an_altered_document_is_found(
    district, administrator, second, learner
):
    statement = drawn(district.top, administrator)
    operations.seal_statement(statement.pk, by=second, now=NOW)
    row = StatementRow.objects.filter(statement=statement).first()

    for change in (lambda: row.save(), lambda: row.delete()):
        row.state = "overdue"
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    statement.refresh_from_db()
    statement.document = statement.document.replace(statement.root_hash, "0" * 64)
    assert operations.signature_holds(statement) is False
    statement.root_hash = "1" * 64
    with pytest.raises(IntegrityError), transaction.atomic():
        statement.save()
    table, trigger = Statement._meta.db_table, f"{Statement._meta.db_table}_sealed_no_update"
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    connection.cursor().execute(f"DROP TRIGGER {trigger}{on}")
    statement.save()
    assert check(statement)["content"] is False


def test_a_drawing_killed_between_two_batches_goes_on_and_doubles_nobody(
    district, administrator, monkeypatch
):
    for _ in range(5):
        member(district.first)
    monkeypatch.setattr("dashboards.statements.AT_ONCE", 2)
    statement = operations.order_statement(
        district.first,
        kind=StatementKind.SPECIAL,
        activity_on=ON,
        known_at=NOW,
        by=administrator,
        now=NOW,
    )

    def killed(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        statements.draw(administrator, {"statement": statement.pk}, killed, lambda: NOW)
    statement.refresh_from_db()
    assert (statement.state, statement.persons) == (StatementState.DRAWING, 2)

    draw(statement)
    draw(statement)

    people = StatementRow.objects.filter(statement=statement).values("person").distinct().count()
    assert (statement.state, statement.persons, people) == (StatementState.DRAWN, 5, 5)
    assert check(statement)["content"]


def test_nobody_orders_a_statement_about_the_future_or_anothers_unit(
    district, administrator, liaison
):
    order = {"kind": StatementKind.SPECIAL, "activity_on": ON, "known_at": NOW, "now": NOW}
    with pytest.raises(operations.MayNotState):
        operations.order_statement(district.foreign, by=administrator, **order)
    with pytest.raises(operations.MayNotState):
        operations.order_statement(district.first, by=liaison, **order)
    late = {**order, "known_at": NOW + timedelta(days=1)}
    with pytest.raises(operations.NotYetKnown):
        operations.order_statement(district.top, by=administrator, **late)


def test_the_schedule_draws_each_statement_up_once_a_month_after_its_period(
    district, administrator
):
    operations.set_schedule(
        district.first, half_year=True, year_end=True, by=administrator, now=NOW
    )

    operations.sweep(datetime(2026, 7, 31, 15, 59, tzinfo=UTC))
    assert not Statement.objects.exists()
    for _ in range(2):
        operations.sweep(datetime(2026, 7, 31, 16, 0, tzinfo=UTC))
        operations.sweep(datetime(2027, 2, 1, 3, 0, tzinfo=UTC))

    found = Statement.objects.order_by("activity_on").values_list("kind", "activity_on", "state")
    assert list(found) == [
        ("half_year", date(2026, 6, 30), "drawn"),
        ("year_end", date(2026, 12, 31), "drawn"),
    ]


# --- Pages ---


def test_the_whole_way_in_the_browser_ordered_drawn_approved_checked_exported(
    client, login, district, administrator, second, learner
):
    login(client, administrator)
    sent = {"unit": "D1", "kind": "special", "activity_on": "2026-05-31", "known_on": ""}
    assert client.post("/statements/new/", sent).status_code == 302
    statement = Statement.objects.get()
    address = f"/statements/{statement.pk}/"
    page = client.get(address).content.decode()
    assert "王晓明" in page
    assert "须由第二人批准" in page
    client.post(f"{address}seal/")
    login(client, second)
    client.post(f"{address}seal/")
    client.post(f"{address}check/")
    page = client.get(address).content.decode()
    assert "与台账一致" in page

    document = reports.REPORTS["statement"](second, {"statement": str(statement.pk)}, NOW)
    rows = list(document.tables[1].rows)
    assert (document.tables[1].title, document.tables[1].headings[7]) == ("人员", "已完成")
    assert any(row[2] == "王晓明" and row[6] == "已达标" for row in rows)
    assert any(statement.root_hash in line for line in document.closing)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("activity_on", "2026-06-02", "这一天还没有到"),
        ("known_on", "2026-06-02", "这一天还没有到"),
        ("known_on", "2026-05-30", "入账截止日早于培训截止日"),
        ("unit", "X", ""),
    ],
)
def test_bad_dates_get_words_and_lose_nothing(client, login, administrator, field, value, said):
    sent = {"unit": "D1", "kind": "special", "activity_on": "2026-05-31", "known_on": ""}

    answer = login(client, administrator).post("/statements/new/", {**sent, field: value})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Statement.objects.exists()


def test_who_does_not_manage_the_unit_finds_no_statement(
    client, login, district, administrator, liaison
):
    statement = drawn(district.top, administrator)

    client = login(client, liaison)
    assert client.get(f"/statements/{statement.pk}/").status_code == 404
    with pytest.raises(reports.NotEntrusted):
        reports.REPORTS["statement"](liaison, {"statement": str(statement.pk)}, NOW)
    own = drawn(district.first, administrator)
    assert client.get(f"/statements/{own.pk}/").status_code == 200
    assert client.post(f"/statements/{own.pk}/seal/").status_code == 404


def test_a_withdrawn_statement_keeps_its_rows_and_says_why(
    client, login, district, administrator, learner
):
    statement = drawn(district.first, administrator)
    login(client, administrator)

    client.post(f"/statements/{statement.pk}/withdraw/", {"because": "截止日期选错"})

    page = client.get(f"/statements/{statement.pk}/").content.decode()
    assert "截止日期选错" in page
    assert StatementRow.objects.filter(statement=statement).exists()


@pytest.mark.django_db
def test_a_page_of_a_statement_costs_the_same_for_many(
    client, login, district, administrator, django_assert_num_queries
):
    for _ in range(12):
        member(OrgUnitFactory(parent=district.first))
    statement = drawn(district.top, administrator)
    login(client, administrator)

    with django_assert_num_queries(9):
        client.get(f"/statements/{statement.pk}/")


def test_the_page_of_a_statement_follows_its_drawing(client, login, district, administrator):
    statement = operations.order_statement(
        district.top,
        kind=StatementKind.SPECIAL,
        activity_on=ON,
        known_at=NOW,
        by=administrator,
        now=NOW,
    )
    job = Job.objects.create(
        owner=administrator,
        kind=JobKind.DRAW,
        form=JobForm.DEED,
        title="编制报表",
        parameters={"statement": statement.pk},
        asked_at=NOW,
    )
    login(client, administrator)
    page = client.get(f"/statements/{statement.pk}/").content.decode()
    assert f'data-job="{job.pk}"' in page
    assert "dashboards/jobs.js" in page
    assert "共 0 人" not in page

    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED)
    page = client.get(f"/statements/{statement.pk}/").content.decode()
    assert "dashboards/jobs.js" not in page
    assert str(JobState.FAILED.label) in page


def test_who_seals_a_statement_that_was_withdrawn_meanwhile_is_told_where_it_stands(
    client, login, district, administrator, second
):
    statement = drawn(district.top, administrator)
    operations.withdraw_statement(statement.pk, because="日期选错", by=administrator, now=NOW)
    login(client, second)
    answer = client.post(f"/statements/{statement.pk}/seal/", follow=True)
    assert "这份报表现在是“已撤回”状态" in answer.content.decode()


def test_the_file_has_what_the_page_has_and_names_an_office_with_the_unit_above_it(
    client, login, district, administrator, learner
):
    office = OrgUnitFactory(parent=district.second, name="办公室", kind="office")
    colleague = PersonFactory(unit=office)
    PostFactory(person=colleague, unit=office, starts_on=date(2020, 1, 1))
    statement = drawn(district.top, administrator)

    document = reports.REPORTS["statement"](administrator, {"statement": str(statement.pk)}, NOW)

    tables = {table.title: [list(row) for row in table.rows] for table in document.tables}
    assert list(tables) == ["按培训要求", "按单位", "人员"]
    page = login(client, administrator).get(f"/statements/{statement.pk}/")
    shown = [(title, tally.obliged, tally.met) for title, tally in page.context["units"]]
    assert [tuple(row[:3]) for row in tables["按单位"]] == shown
    named = f"{district.second.name} · 办公室"
    assert {row[3] for row in tables["人员"] if row[1] == colleague.staff_number} == {named}
    assert named in page.content.decode()
    assert check(statement)["count"] == 0
    own = reports.REPORTS["statement"](
        administrator, {"statement": str(drawn(office, administrator).pk)}, NOW
    )
    assert [table.title for table in own.tables] == ["按培训要求", "人员"]


def test_a_heading_of_figures_stands_where_its_figures_do():
    table = Table("数", ["单位", "人数"], [["一局", 3]], 1)
    (volume,) = printed._volumes(Document("数", [table]))
    page = render_to_string(
        "dashboards/pdf/document.html",
        {"document": Document("数", [table]), "tables": volume.tables},
    )
    assert "<th>单位</th>" in page
    assert '<th class="num">人数</th>' in page


def test_rows_that_differ_say_in_what_they_do(district, administrator, learner):
    statement = drawn(district.first, administrator)
    Post.objects.filter(person=learner).update(rank=Rank.TOWNSHIP_HEAD)

    row = next(row for row in check(statement)["differs"] if row["title"] == "年度网络学习")

    then, now = (
        wording.said_of(row[one], beside=row[other])
        for one, other in (("then", "now"), ("now", "then"))
    )
    assert then == "已达标，50 / 50 学时，一级主任科员及以下"
    assert now == "已达标，50 / 50 学时，乡科级正职"
    sooner = row["now"] | {"rank": row["then"]["rank"], "due_on": "2026-06-30"}
    assert (
        wording.said_of(sooner, beside=row["then"]) == "已达标，50 / 50 学时，到期日 2026年6月30日"
    )
    assert wording.said_of(None, beside=row["then"]) == "–"
