"""Announcements: who reads which, when, and who may address whom."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from content import operations, queries
from content.models import AnnouncementAudience, AnnouncementPage
from people.enums import Role
from people.models import OrgUnit
from people.operations import grant_role
from tests.factories.content import NOW, published_lesson
from tests.factories.people import OrgUnitFactory, PersonFactory

TODAY = date(2026, 6, 15)


def announce(title="关于年度轮训的通知", *units, live=True, **fields):
    """An announcement, published outside the review unless it stays a draft."""
    library = operations.ensure_library()
    page = AnnouncementPage(
        title=title, live=False, body=[("paragraph", "<p>请各单位做好准备。</p>")], **fields
    )
    page.audience = [AnnouncementAudience(unit=unit) for unit in units]
    library.add_child(instance=page)
    page.save_revision(clean=False)
    if live:
        operations.publish_without_review(page.pk, now=NOW)
    return AnnouncementPage.objects.get(pk=page.pk)


@pytest.fixture
def tree(db):
    district = OrgUnitFactory()
    bureau = OrgUnitFactory(parent=district)
    office = OrgUnitFactory(parent=bureau)
    school = OrgUnitFactory(parent=district)
    return district, bureau, office, school


def seen_by(person, today=TODAY):
    return [page.title for page in queries.announcements_visible_to(person, today=today)]


def test_an_announcement_for_a_unit_is_read_in_it_and_below_and_nowhere_else(tree, client):
    district, bureau, office, school = tree
    page = announce("只给局里", bureau)
    address = reverse("content:page", args=[f"{page.slug}/"])

    for unit, sees in ((bureau, True), (office, True), (school, False), (district, False)):
        person = PersonFactory(unit=unit)
        client.force_login(person)
        assert (seen_by(person) == ["只给局里"]) is sees
        assert client.get(address).status_code == (200 if sees else 404)
        assert ("只给局里" in client.get("/announcements/").content.decode()) is sees
        assert ("只给局里" in client.get("/").content.decode()) is sees


def test_a_visitor_reads_public_announcements_alone(tree, client):
    inner, outer = announce("内部公告"), announce("公开公告", public=True)

    listed = client.get("/announcements/").content.decode()

    assert "公开公告" in listed
    assert "内部公告" not in listed
    assert client.get(outer.url).status_code == 200
    assert client.get(inner.url).status_code == 302


def test_an_announcement_is_neither_searched_nor_listed_where_its_audience_is_not_asked(tree):
    person = PersonFactory(unit=tree[3])
    announce("只给局里", tree[1])

    assert queries.search(person, "只给局里") == []
    assert queries.search(person, "做好准备") == []
    assert not queries.entries_visible_to(person).exists()


@pytest.mark.parametrize(
    ("today", "shown", "archived"),
    [
        (date(2026, 6, 9), [], []),
        (date(2026, 6, 10), ["轮训"], []),
        (date(2026, 6, 20), ["轮训"], []),
        (date(2026, 6, 21), [], ["轮训"]),
    ],
)
def test_first_and_last_day_are_both_inside(tree, today, shown, archived):
    announce("轮训", shown_from_on=date(2026, 6, 10), shown_until_on=date(2026, 6, 20))
    visible = queries.announcements_visible_to(PersonFactory(), today=today)

    assert [page.title for page in queries.current(visible, today=today)] == shown
    assert [page.title for page in queries.archived(visible, today=today)] == archived


def test_before_its_first_day_nobody_reads_it_by_its_address(tree, client):
    later = announce("明天才说", shown_from_on=timezone.localdate() + timedelta(days=1))
    client.force_login(PersonFactory())

    assert client.get(later.url).status_code == 404


def test_pinned_ones_stand_first_then_the_newest(tree):
    announce("旧", shown_from_on=date(2026, 6, 1))
    announce("置顶", shown_from_on=date(2026, 5, 1), pinned=True)
    announce("新", shown_from_on=date(2026, 6, 10))
    visible = queries.announcements_visible_to(PersonFactory(), today=TODAY)

    titles = [page.title for page in queries.current(visible, today=TODAY)]

    assert titles == ["置顶", "新", "旧"]


def test_the_archive_is_searched_by_year_and_words(tree, client):
    announce("关于冬训的通知", shown_from_on=date(2024, 1, 5), shown_until_on=date(2024, 2, 1))
    announce("关于春训的通知", shown_from_on=date(2025, 3, 5), shown_until_on=date(2025, 4, 1))
    client.force_login(PersonFactory())

    by_year = client.get("/announcements/?archive=&year=2024").content.decode()
    by_words = client.get("/announcements/?archive=&q=春训").content.decode()

    assert "冬训" in by_year
    assert "关于春训" not in by_year
    assert "关于春训" in by_words
    assert "冬训" not in by_words


def test_the_list_asks_the_same_number_of_statements_however_long(
    tree, client, django_assert_num_queries
):
    for n in range(3):
        announce(f"第{n}号", shown_from_on=date(2026, 1, 1 + n))
    client.force_login(PersonFactory(unit=tree[1]))
    client.get("/announcements/")
    # session, person with the unit, roles, count, page
    with django_assert_num_queries(4):
        client.get("/announcements/")
    for n in range(3, 12):
        announce(f"第{n}号", shown_from_on=date(2026, 1, 1 + n))
    with django_assert_num_queries(4):
        client.get("/announcements/")


# --- writing -------------------------------------------------------------------------------------------


def posted(title, units=(), **fields):
    data = {
        "title": title,
        "slug": "gonggao",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "paragraph",
        "body-0-id": "",
        "body-0-value": '{"blocks":[{"key":"a","text":"请准备。","type":"unstyled","depth":0,'
        '"inlineStyleRanges":[],"entityRanges":[],"data":{}}],"entityMap":{}}',
        "audience-TOTAL_FORMS": str(len(units)),
        "audience-INITIAL_FORMS": "0",
        "audience-MIN_NUM_FORMS": "0",
        "audience-MAX_NUM_FORMS": "1000",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "1000",
        **fields,
    }
    for n, unit in enumerate(units):
        data |= {f"audience-{n}-unit": str(unit.pk), f"audience-{n}-ORDER": str(n)}
    return data


def write(client, person, *args, **fields):
    client.force_login(person)
    library = operations.ensure_library()
    address = reverse("wagtailadmin_pages:add", args=["content", "announcementpage", library.pk])
    return client.post(address, posted(*args, **fields))


def editor_for(unit):
    person = PersonFactory(unit=unit)
    grant_role(person, Role.EDITOR, unit, by=None, now=NOW, on=date(2026, 1, 1))
    return person


def test_an_editor_of_a_bureau_addresses_its_units_and_no_others(tree, client):
    _, bureau, office, school = tree
    person = editor_for(bureau)

    foreign = write(client, person, "给学校", [school])
    everybody = write(client, person, "给大家")
    assert not AnnouncementPage.objects.exists()
    own = write(client, person, "给科室", [office])

    assert "您不是" in foreign.content.decode()
    assert "您的编辑权限不覆盖全部单位" in everybody.content.decode()
    assert own.status_code == 302
    page = AnnouncementPage.objects.get()
    assert page.live is False
    assert queries.units_addressed(page.get_latest_revision_as_object()) == [office.name]


def test_an_editor_for_everybody_addresses_everybody(tree, client):
    assert write(client, editor_for(tree[0]), "给大家").status_code == 302


def test_a_public_one_for_a_unit_is_read_by_all_and_stands_at_the_home_of_its_people(tree, client):
    page = announce("局里的公开公告", tree[1], public=True)

    assert client.get(page.url).status_code == 200
    for unit, at_home in ((tree[2], True), (tree[3], False)):
        client.force_login(PersonFactory(unit=unit))
        assert client.get(page.url).status_code == 200
        assert ("局里的公开公告" in client.get("/").content.decode()) is at_home


def test_the_last_day_is_not_before_the_first(tree, client):
    answer = write(
        client,
        editor_for(tree[0]),
        "倒着",
        shown_from_on="2026-06-02",
        shown_until_on="2026-06-01",
    )

    assert "截止日期早于开始日期" in answer.content.decode()


def test_two_persons_publish_an_announcement(tree, client):
    writer, reviewer = editor_for(tree[0]), PersonFactory()
    grant_role(reviewer, Role.CONTENT_REVIEWER, tree[0], by=None, now=NOW, on=date(2026, 1, 1))
    reader = PersonFactory(unit=tree[1])
    write(client, writer, "给大家")
    page = AnnouncementPage.objects.get()
    operations.submit_for_review(page.pk, by=writer)
    assert seen_by(reader, timezone.localdate()) == []

    client.force_login(reviewer)
    task = queries.editor_desk(reviewer).to_review[0]
    assert "请准备。" in client.get(task.url).content.decode()
    operations.approve(page.pk, by=reviewer)

    assert seen_by(reader, timezone.localdate()) == ["给大家"]


def test_the_dialog_offers_the_units_of_ones_own_part(tree, client):
    _, bureau, office, school = tree
    OrgUnit.objects.filter(pk=office.pk).update(name="综合科")
    client.force_login(editor_for(bureau))

    shown = client.get(reverse("unit_chooser:choose_results")).content.decode()
    found = client.get(reverse("unit_chooser:choose_results"), {"q": "综合"}).content.decode()

    assert "综合科" in shown
    assert school.name not in shown
    assert "综合科" in found
    assert bureau.name not in found


def test_an_announcement_lights_its_own_line_of_the_rail_and_a_text_that_of_the_library(client, db):
    client.force_login(PersonFactory())
    announcement, lesson = announce(public=True), published_lesson()
    for address, line in ((announcement.address, "announcements"), (lesson.url, "library")):
        shown = client.get(address).content.decode()
        lit = set(re.findall(r'<a href="([^"]+)" aria-current="page"', shown))
        assert lit == {reverse(f"content:{line}")}
