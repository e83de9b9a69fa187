"""The overview: right figures, right people behind them, nobody else's, at a fixed price."""

import gzip
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards import queries
from dashboards.figures import Tally, overall
from dashboards.queries import Choice
from people.enums import Rank, Role
from people.models import AuditEntry, Person, Post
from tests.dashboards.conftest import DAYS, ONLINE, TODAY, count, member, stand, standing
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tests.site.test_weight import BUDGET_BYTES, weight
from tracker.models import Standing

pytestmark = pytest.mark.django_db


def overview(unit, requirement=""):
    return queries.overview(unit, requirement=requirement, titles=queries.requirement_titles())


def names(people):
    return sorted(person.name for person in people)


# --- Figures ---


def test_a_person_counts_once_where_the_most_pressing_requirement_stands(district):
    member(district.first, "met", "overdue")
    member(district.office, "met", "met")
    member(district.second, "on_course", "short")
    member(district.foreign, "overdue")

    shown = overview(district.top)

    assert shown.whole == Tally(met=1, short=1, overdue=1)
    assert [(line.label, line.tally) for line in shown.by_unit] == [
        ("甲区一局", Tally(met=1, overdue=1)),
        ("甲区二局", Tally(short=1)),
    ]
    assert {line.key: line.tally for line in shown.by_requirement} == {
        ONLINE: Tally(met=2, on_course=1),
        DAYS: Tally(met=1, short=1, overdue=1),
    }


def test_people_of_the_unit_itself_have_a_line_of_their_own(district):
    member(district.first, "met")
    member(district.office, "short")

    shown = overview(district.first)

    assert [(line.key, line.tally) for line in shown.by_unit] == [
        ("direct", Tally(met=1)),
        ("D1-1", Tally(short=1)),
    ]


def test_a_chosen_requirement_counts_only_whom_it_applies_to(district):
    member(district.first, "met", "overdue")
    member(district.first, "short")

    shown = overview(district.top, DAYS)

    assert shown.whole == Tally(overdue=1)


def test_ranks_are_those_of_the_primary_post_today(district):
    member(district.first, "met", rank=Rank.COUNTY_HEAD)
    stand(PersonFactory(unit=district.first), state="short")

    shown = overview(district.top)

    assert [(line.key, line.tally) for line in shown.by_rank] == [
        ("50", Tally(met=1)),
        ("0", Tally(short=1)),
    ]


def test_who_left_is_not_counted(district):
    member(district.first, "met", is_active=False)

    assert overview(district.top).whole == Tally()


def test_every_figure_lists_as_many_people_as_it_says(district):
    """The promise of the page: whatever the mix, the list behind a number has that many rows."""
    mixes = [(), ("met",), ("exempt",), ("met", "short"), ("overdue", "met"), ("on_course", "met")]
    for place in (district.top, district.first, district.office, district.second):
        for mix in mixes:
            member(place, *mix)

    for unit in (district.top, district.first):
        for requirement in ("", ONLINE, DAYS):
            shown = overview(unit, requirement)
            lines = [(shown.whole, Choice(requirement=requirement), unit)]
            for line in shown.by_unit:
                chosen = Choice(requirement=requirement, direct=line.unit is None)
                lines.append((line.tally, chosen, line.unit or unit))
            for line in shown.by_rank:
                lines.append(
                    (line.tally, Choice(requirement=requirement, rank=int(line.key)), unit)
                )
            for tally, chosen, place in lines:
                for state in ("obliged", "met", "on_course", "short", "overdue", "exempt"):
                    choice = Choice(chosen.requirement, state, chosen.rank, "", chosen.direct)
                    found = queries.people_in(place, choice, TODAY).count()
                    assert found == getattr(tally, state), (unit.name, requirement, choice)


def test_the_database_and_the_pure_rule_agree_on_where_a_person_stands(district):
    for mix in [("met", "exempt"), ("exempt",), ("short", "overdue"), (), ("on_course",)]:
        person = member(district.first, *mix)
        found = queries.people_in(district.first, Choice(), TODAY).get(pk=person.pk)
        assert found.shown == overall(mix)


# --- The list ---


@pytest.mark.parametrize("q", ["王晓", "S-77", "s-77", "wangxiao", "wxm", "WXM"])
def test_a_person_is_found_by_name_staff_number_spelling_and_initials(district, q):
    member(district.first, "met", name="王晓明", staff_number="S-77", pinyin="wangxiaoming wxm")
    member(district.first, "met", name="李强", staff_number="S-7", pinyin="liqiang lq")

    assert names(queries.people_in(district.top, Choice(q=q), TODAY)) == ["王晓明"]


def test_due_soon_are_those_behind_with_a_date_within_ninety_days(district):
    for name, state, due_on in [
        ("今天", "short", date(2026, 6, 1)),
        ("第九十天", "short", date(2026, 8, 30)),
        ("第九十一天", "short", date(2026, 8, 31)),
        ("进度正常", "on_course", date(2026, 6, 2)),
        ("昨天", "short", date(2026, 5, 31)),
    ]:
        stand(PersonFactory(unit=district.first, name=name), state=state, due_on=due_on)

    assert names(queries.people_in(district.top, Choice(due_soon=True), TODAY)) == [
        "今天",
        "第九十天",
    ]


def test_the_most_pressing_come_first(district):
    member(district.first, "met", name="甲")
    member(district.second, "overdue", name="乙")
    member(district.first, "short", name="丙")

    found = [person.name for person in queries.people_in(district.top, Choice(), TODAY)]

    assert found == ["乙", "丙", "甲"]


# --- Pages and their scope ---


def test_overview_opens_straight_at_the_one_unit_managed(client, login, liaison):
    answer = login(client, liaison).get("/overview/")

    assert (answer.status_code, answer.url) == (302, "/overview/D1/")


def test_overview_offers_a_choice_of_several_units(client, login, liaison, district):
    RoleGrantFactory(person=liaison, unit=district.foreign, role=Role.AUDITOR)

    page = login(client, liaison).get("/overview/").content.decode()

    assert "甲区一局" in page
    assert "外区" in page


@pytest.mark.parametrize("address", ["/overview/", "/overview/D1/", "/overview/D1/people/"])
def test_a_learner_without_a_role_finds_nothing_there(client, login, district, address):
    learner = member(district.first, "met")

    assert login(client, learner).get(address).status_code == 404


@pytest.mark.parametrize("code", ["D", "D2", "X", "none"])
@pytest.mark.parametrize("page", ["", "people/"])
def test_liaison_opens_neither_parent_nor_sibling_nor_foreign_unit(
    client, login, liaison, district, code, page
):
    member(district.second, "met")

    assert login(client, liaison).get(f"/overview/{code}/{page}").status_code == 404


@pytest.mark.parametrize("code", ["D1", "D1-1"])
def test_liaison_opens_own_unit_and_what_lies_below(client, login, liaison, code):
    assert login(client, liaison).get(f"/overview/{code}/").status_code == 200


def test_liaison_of_one_unit_opening_anothers_person_gets_a_404(client, login, liaison, district):
    theirs = member(district.second, "met")
    own = member(district.office, "met")
    client = login(client, liaison)

    assert client.get(f"/overview/person/{theirs.pk}/").status_code == 404
    assert client.get(f"/overview/person/{own.pk}/").status_code == 200


def test_the_list_never_shows_another_units_people(client, login, liaison, district):
    member(district.second, "met", name="外人")
    member(district.first, "met", name="自己人")

    page = login(client, liaison).get("/overview/D1/people/?q=人").content.decode()

    assert "自己人" in page
    assert "外人" not in page


def test_looking_at_a_person_leaves_an_audit_row(client, login, liaison, district):
    person = member(district.first, "met")

    login(client, liaison).get(f"/overview/person/{person.pk}/")

    row = AuditEntry.objects.get(verb="dashboards.person.view")
    assert (row.actor, row.subject) == (liaison, f"people.person:{person.pk}")


def test_a_system_administrator_sees_no_overview(client, login, district):
    person = PersonFactory(unit=district.top)
    RoleGrantFactory(person=person, unit=district.top, role=Role.SYSTEM_ADMIN)

    assert login(client, person).get("/overview/D/").status_code == 404


def test_unknown_filters_are_left_out_rather_than_refused(client, login, liaison, district):
    member(district.first, "met", name="王晓明")
    address = "/overview/D1/people/?state=lost&rank=abc&requirement=none&page=999"

    answer = login(client, liaison).get(address)

    assert answer.status_code == 200
    assert "王晓明" in answer.content.decode()


# --- The price ---


def cost(client, address):
    with CaptureQueriesContext(
        connection,
    ) as queries_run:
        assert client.get(address).status_code == 200
    return len(queries_run)


def crowd(units, size):
    """Many people at once, each with a post and two standings."""
    people = Person.objects.bulk_create(
        PersonFactory.build(unit=units[number % len(units)]) for number in range(size)
    )
    Post.objects.bulk_create(
        PostFactory.build(person=person, unit=person.unit) for person in people
    )
    Standing.objects.bulk_create(
        standing(person, requirement, state)
        for person in people
        for requirement, state in ((ONLINE, "short"), (DAYS, "overdue"))
    )
    count(*people)


@pytest.mark.parametrize(
    ("address", "statements"),
    [
        ("/overview/D/", 7),
        ("/overview/D/?requirement=online-yearly", 7),
        ("/overview/D2/", 8),
        ("/overview/D/people/", 9),
        ("/overview/D/people/?requirement=online-yearly&state=short", 9),
        # Five of them count what waits for him.
        ("/home/department/", 16),
    ],
)
def test_three_hundred_people_cost_as_many_statements_as_thirty(
    client, login, administrator, district, address, statements
):
    client = login(client, administrator)
    offices = [OrgUnitFactory(parent=district.second) for _ in range(3)]
    crowd(offices, 30)
    few = cost(client, address)
    crowd(offices, 270)
    for _ in range(5):
        member(OrgUnitFactory(parent=district.top), "met")

    assert cost(client, address) == few == statements


# --- Weight ---


def test_an_overview_of_200_units_keeps_to_the_budget_as_it_is_sent_and_draws_its_chart_later(
    client, login, district, administrator
):
    for number in range(200):
        unit = OrgUnitFactory(code=f"D-{number}", name=f"甲区第{number}局", parent=district.top)
        row = standing(PersonFactory(unit=unit), state=["met", "short", "overdue"][number % 3])
        row.save()
    count(*Person.objects.filter(unit__code__startswith="D-"))

    sent = login(client, administrator).get("/overview/D/", headers={"accept-encoding": "gzip"})
    page = gzip.decompress(sent.content).decode()
    _, parts = weight(page)

    assert page.count("<tr") > 200
    assert len(sent.content) + sum(parts.values()) <= BUDGET_BYTES / 2
    assert "echarts" not in str(parts)
    assert 'data-chart="/static/vendor/echarts' in page
