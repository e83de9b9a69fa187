"""The pages of classes: each role does its part in the browser; what is wrong is said."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from time_machine import travel

from classes import operations, queries, rules
from classes.enums import CallKind, InstitutionCriterion
from classes.models import AnnualPlan, Place, Presence, Session, TrainingClass
from notices.models import Notice
from people.enums import Role
from tests.factories.classes import (
    NOW,
    STARTS,
    at,
    make_class,
    make_place,
    make_sessions,
    mark,
)
from tests.factories.people import OrgUnitFactory, PersonFactory, holder
from tests.factories.tracker import InstitutionFactory
from tracker.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(login):
    """A district, a bureau with a liaison, a school with its staff; ``at_desk(person)`` a client."""

    class House:
        district = OrgUnitFactory(name="清河区")

    house = House()
    house.bureau = OrgUnitFactory(name="区民政局", parent=house.district)
    house.school = InstitutionFactory(
        name="清河区委党校", unit=OrgUnitFactory(parent=house.district, kind="institution")
    )
    house.admin = holder(Role.TRAINING_ADMIN, house.district)
    house.second = holder(Role.TRAINING_ADMIN, house.district)
    house.liaison = holder(Role.LIAISON, house.bureau)
    house.keeper = holder(Role.INSTITUTION_STAFF, house.school.unit)
    house.member = PersonFactory(unit=house.bureau, name="林晓禾", staff_number="QH9001")
    house.at_desk = lambda person: login(Client(), person)
    return house


def test_from_the_plan_to_the_ledger_in_the_browser(house):
    with travel(NOW, tick=False):
        admin, second = house.at_desk(house.admin), house.at_desk(house.second)
        admin.post(
            "/classes/plans/",
            {"unit": house.district.pk, "year": 2026, "title": "2026 年度计划", "aim": ""},
        )
        plan = AnnualPlan.objects.get()
        # Offices of one name are told apart by what they stand below.
        offered = admin.get("/classes/plans/").content.decode()
        assert re.search(r"<option[^>]*>\u3000+\w", offered)
        typed = {
            "title": "科级干部任职培训班",
            "institution": house.school.pk,
            "bucket": "off_the_job",
            "call": "quota",
            "first_day": "2026-06-15",
            "last_day": "2026-06-16",
            "answer_by": "2026-06-10",
            "training_days": "2",
            "hours": "14",
            "seats": "20",
        }
        wrong = admin.post(f"/classes/plans/{plan.pk}/add/", typed | {"answer_by": "2026-06-15"})
        assert wrong.status_code == 422
        assert "答复期限须在开班之前。" in wrong.content.decode()
        late = admin.post(f"/classes/plans/{plan.pk}/add/", typed | {"answer_by": "2020-06-10"})
        assert (late.status_code, "这一天已经过去" in late.content.decode()) == (422, True)
        admin.post(f"/classes/plans/{plan.pk}/add/", typed)
        of = TrainingClass.objects.get()
        second.post(f"/classes/plans/{plan.pk}/approve/")
        admin.post(f"/classes/{of.pk}/seats/", {f"seats-{house.bureau.pk}": "1"})
        admin.post(f"/classes/{of.pk}/do/call-up/")

        liaison = house.at_desk(house.liaison)
        assert "科级干部任职培训班" in liaison.get("/classes/answers/").content.decode()
        found = liaison.get(f"/classes/{of.pk}/answer/", {"q": "林晓禾"}).content.decode()
        assert f'value="{house.member.pk}"' in found
        liaison.post(f"/classes/{of.pk}/answer/", {"what": "name", "person": house.member.pk})
        place = Place.objects.get(person=house.member)

    member, keeper = house.at_desk(house.member), house.at_desk(house.keeper)
    with travel(at(STARTS, 8, 40), tick=False):
        for day in ("2026-06-15", "2026-06-16"):
            keeper.post(
                f"/classes/{of.pk}/sessions/",
                {
                    "title": "党性教育",
                    "kind": "lecture",
                    "starts_at": f"{day}T09:00",
                    "ends_at": f"{day}T16:30",
                    "hours": "7",
                },
            )
        long = {"title": "研讨", "kind": "lecture", "hours": "3"}
        times = {"starts_at": "2026-06-16T17:00", "ends_at": "2026-06-16T17:30"}
        refused = keeper.post(f"/classes/{of.pk}/sessions/", long | times).content.decode()
        assert "这样长的一次课最多计 0.5 学时。" in refused
        assert 'value="研讨"' in refused
        first, later = Session.objects.order_by("starts_at")
        shown = keeper.get(f"/classes/sessions/{first.pk}/door/code/").json()
        assert shown["picture"].startswith("data:image/svg+xml")
        page = member.get(f"/classes/sign-in/{first.pk}/", {"code": shown["code"]})
        assert shown["code"] in page.content.decode()
        assert not Presence.objects.exists()
        member.post(f"/classes/sign-in/{first.pk}/", {"code": shown["code"]})
        assert Presence.objects.get().way == "code"
        keeper.post(
            f"/classes/sessions/{later.pk}/",
            {f"kind-{place.pk}": "leave", f"missed-{place.pk}": "2"},
        )
    with travel(at(STARTS + timedelta(days=2)), tick=False):
        # A session of the browser lasts twelve hours.
        admin, keeper, member = (
            house.at_desk(each) for each in (house.admin, house.keeper, house.member)
        )
        keeper.post(f"/classes/{of.pk}/do/confirm/")
        said = admin.post(f"/classes/{of.pk}/do/post/", follow=True).content.decode()
        assert "1 人的培训天数和学时已入账。" in said
        again = admin.post(f"/classes/{of.pk}/do/post/", follow=True).content.decode()
        assert "没有重复入账" in again

        form = dict.fromkeys(["content", "teaching", "organisation", "facilities", "use"], "5")
        member.post(f"/classes/{of.pk}/judge/", form)
        assert "您已经作答" in member.get(f"/classes/{of.pk}/judge/").content.decode()
    assert Entry.objects.get().person == house.member
    assert Notice.objects.filter(person=house.member).count() == 2


def test_an_excuse_goes_from_the_unit_to_the_department_and_back(house):
    of = make_class(house.district, institution=house.school)
    place = make_place(of, house.member)
    liaison, admin = house.at_desk(house.liaison), house.at_desk(house.admin)
    with travel(NOW, tick=False):
        empty = {"what": "excuse", "place": place.pk, "reason": " "}
        assert (
            "请说明理由"
            in liaison.post(f"/classes/{of.pk}/answer/", empty, follow=True).content.decode()
        )
        liaison.post(f"/classes/{of.pk}/answer/", empty | {"reason": "住院手术"})
        assert "住院手术" in admin.get("/classes/excuses/").content.decode()
        excuse = place.excuses.get()
        admin.post(f"/classes/excuses/{excuse.pk}/", {"grant": "1", "answer": "同意"})
        page = liaison.get(f"/classes/{of.pk}/answer/").content.decode()
    assert "准予不参加" in page


def sheet(rows, name="考勤.xlsx"):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return SimpleUploadedFile(name, data.getvalue())


def test_a_sheet_is_previewed_with_its_errors_before_anything_is_stored(house):
    of = make_class(house.district, institution=house.school)
    place = make_place(of, house.member)
    [session] = make_sessions(of, "7")
    keeper = house.at_desk(house.keeper)
    rows = [
        ["工号", "状态", "请假学时"],
        ["QH9001", "请假", "1.5"],
        ["QH9999", "出勤", ""],
        ["QH9001", "出勤", ""],
    ]
    page = keeper.post(f"/classes/sessions/{session.pk}/sheet/", {"sheet": sheet(rows)})
    said = page.content.decode()
    assert "该工号不在本班名册中。" in said
    assert "该工号在表中重复出现。" in said
    assert not Presence.objects.exists()

    token = page.context["rows"]
    for _ in range(2):
        keeper.post(f"/classes/sessions/{session.pk}/sheet/", {"rows": token})
    row = Presence.objects.get()
    assert (row.place, row.kind, float(row.missed), row.way) == (place, "leave", 1.5, "sheet")

    altered = keeper.post(
        f"/classes/sessions/{session.pk}/sheet/", {"rows": f"{token}x"}, follow=True
    )
    assert "预览已经过期" in altered.content.decode()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", "无法读取"),
        ("a.exe", b"MZ\x90", "无法读取"),
        ("a.csv", "工号,姓名\n1,甲".encode("gb18030"), "第一行须有"),
        ("a.csv", b"", "请先选择文件"),
        ("a.csv", b"\xff\xfe\x00\x00", "无法读取"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_and_nothing_is_stored(house, name, data, said):
    of = make_class(house.district, institution=house.school)
    make_place(of, house.member)
    [session] = make_sessions(of, "7")
    answer = house.at_desk(house.keeper).post(
        f"/classes/sessions/{session.pk}/sheet/",
        {"sheet": SimpleUploadedFile(name, data)},
        follow=True,
    )
    assert said in answer.content.decode()
    assert not Presence.objects.exists()


def test_hours_of_leave_that_make_no_sense_are_said_and_what_was_typed_stays(house):
    of = make_class(house.district, institution=house.school)
    place = make_place(of, house.member)
    [session] = make_sessions(of, "7")
    answer = house.at_desk(house.keeper).post(
        f"/classes/sessions/{session.pk}/",
        {f"kind-{place.pk}": "leave", f"missed-{place.pk}": "八小时"},
    )
    assert answer.status_code == 422
    assert 'value="八小时"' in answer.content.decode()
    assert not Presence.objects.exists()


def test_a_code_of_an_address_signs_nobody_in_by_a_link_alone(house):
    of = make_class(house.district, institution=house.school)
    make_place(of, house.member)
    [session] = make_sessions(of, "7")
    with travel(at(STARTS, 9), tick=False):
        code = rules.door_code(
            queries.door_key(), session.pk, rules.code_step(at(STARTS, 9).timestamp())
        )
        house.at_desk(house.member).get(f"/classes/sign-in/{session.pk}/", {"code": code})
    assert not Presence.objects.exists()


def test_a_telephone_that_was_handed_round_signs_in_one_person(house, login):
    of = make_class(house.district, institution=house.school)
    other = make_place(of).person
    make_place(of, house.member)
    [session] = make_sessions(of, "7")
    phone = Client()
    with travel(at(STARTS, 9), tick=False):
        code = rules.door_code(
            queries.door_key(), session.pk, rules.code_step(at(STARTS, 9).timestamp())
        )
        login(phone, house.member).post(f"/classes/sign-in/{session.pk}/", {"code": code})
        answer = login(phone, other).post(
            f"/classes/sign-in/{session.pk}/", {"code": code}, follow=True
        )
    assert "这台设备已为他人签到" in answer.content.decode()
    assert Presence.objects.count() == 1


def test_the_pages_cost_the_same_for_one_person_and_for_many(house, django_assert_max_num_queries):
    of = make_class(house.district, institution=house.school, seats=200)
    sessions = make_sessions(of, "7", "7")
    for _ in range(30):
        place = make_place(of, PersonFactory(unit=house.bureau))
        for session in sessions:
            mark(session, place)
    desks = [
        (house.admin, f"/classes/{of.pk}/", 24),
        (house.keeper, f"/classes/sessions/{sessions[0].pk}/", 9),
        (house.liaison, f"/classes/{of.pk}/answer/", 15),
        (house.liaison, "/classes/answers/", 8),
        (house.admin, f"/classes/plans/{of.plan_id}/", 8),
        (place.person, "/classes/", 9),
    ]
    for person, address, most in desks:
        client = house.at_desk(person)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_a_member_sees_of_the_roster_nothing(house):
    of = make_class(house.district, institution=house.school)
    make_place(of, house.member)
    make_place(of, PersonFactory(name="王不见"))
    page = house.at_desk(house.member).get(f"/classes/{of.pk}/").content.decode()
    assert "王不见" not in page
    assert "确认参加" in page


def test_what_is_given_out_beyond_the_seats_is_refused_and_stays_as_typed(house):
    of = make_class(house.district, seats=5, called=False)
    admin = house.at_desk(house.admin)

    page = admin.post(f"/classes/{of.pk}/seats/", {f"seats-{house.bureau.pk}": "6"})

    assert page.status_code == 422
    assert "超过本班总名额 5 人" in page.content.decode()
    assert f'name="seats-{house.bureau.pk}" value="6"' in page.content.decode()
    assert not of.quotas.exists()


def test_naming_nobody_is_said_and_changes_nothing(house):
    named = make_class(house.district, call="named", called=False)
    page = house.at_desk(house.admin).post(f"/classes/{named.pk}/name/", {})
    assert "请先选择人员。" in page.content.decode()

    called = make_class(house.district, title="另一个班")
    place = make_place(called, house.member)
    with travel(NOW, tick=False):
        liaison = house.at_desk(house.liaison)
        for what in ("name", "substitute"):
            page = liaison.post(f"/classes/{called.pk}/answer/", {"what": what, "place": place.pk})
            assert (page.status_code, "请先选择人员。" in page.content.decode()) == (422, True)
    place.refresh_from_db()
    assert place.state == "coming"


def test_who_was_ticked_stays_ticked_when_there_are_too_few_seats(house):
    of = make_class(house.district, call="named", called=False, seats=1)
    other = PersonFactory(unit=house.bureau, name="林晓明")
    chosen = {"person": [house.member.pk, other.pk]}

    with travel(NOW, tick=False):
        page = house.at_desk(house.admin).post(
            f"/classes/{of.pk}/name/", chosen, query_params={"q": "林晓"}
        )

    assert "没有添加任何人" in page.content.decode()
    assert page.content.decode().count(" checked") == 2


def test_somebody_named_by_mistake_is_taken_off_until_the_call_up_goes_out(house):
    of = make_class(house.district, call="named", called=False)
    place = make_place(of, house.member, state="called")
    admin, stranger = house.at_desk(house.admin), house.at_desk(house.liaison)

    assert stranger.post(f"/classes/{of.pk}/name/", {"off": place.pk}).status_code == 404
    admin.post(f"/classes/{of.pk}/name/", {"off": place.pk})
    assert not Place.objects.exists()

    place = make_place(of, house.member, state="called")
    TrainingClass.objects.update(called_at=NOW)
    with travel(NOW, tick=False):
        admin.post(f"/classes/{of.pk}/name/", {"off": place.pk})
    assert Place.objects.exists()


def test_a_small_unit_is_offered_without_searching(house):
    of = make_class(house.district)
    of.quotas.create(unit=house.bureau, seats=2)
    with travel(NOW, tick=False):
        page = house.at_desk(house.liaison).get(f"/classes/{of.pk}/answer/").content.decode()

    assert "林晓禾" in page


def test_nobody_is_said_to_come_to_a_cancelled_class(house):
    of = make_class(house.district, call="open", title="数字政务班")
    make_place(of, house.member)
    with travel(NOW, tick=False):
        operations.cancel_class(of.pk, because="场地维修", by=house.admin, now=NOW)
        member = house.at_desk(house.member)
        mine = member.get("/classes/").content.decode()
        page = member.get(f"/classes/{of.pk}/").content.decode()
        organiser = house.at_desk(house.admin).get(f"/classes/{of.pk}/").content.decode()

    assert mine.index("已结束") < mine.index("数字政务班")
    assert "已取消" in mine
    assert "已确认参加" not in mine + page + organiser
    assert "退出报名" not in page
    assert "确认结果之前须齐全" not in organiser
    assert "添加课次" not in organiser


def test_only_people_with_a_seat_left_for_their_office_are_offered(house):
    """A bureau's liaison answers for its offices, each with seats of its own."""
    of = make_class(house.district)
    offices = [OrgUnitFactory(name=name, parent=house.bureau) for name in ("办公室", "救助科")]
    for name, office in zip(("甲某", "乙某"), offices, strict=True):
        PersonFactory(unit=office, name=name)
        of.quotas.create(unit=office, seats=1)
    make_place(of, PersonFactory(unit=offices[0], name="丙某"), state="coming", unit=offices[0])
    with travel(NOW, tick=False):
        page = house.at_desk(house.liaison).get(f"/classes/{of.pk}/answer/").content.decode()

    assert "办公室已确定 1 / 1" in page
    assert "救助科已确定 0 / 1" in page
    assert "乙某" in page
    assert "甲某" not in page  # her office has no seat left
    assert "林晓禾" not in page  # the bureau itself has none


def test_a_participant_signs_in_by_a_button_and_sees_that_it_is_recorded(house):
    of = make_class(house.district, institution=house.school)
    make_place(of, house.member)
    first, later = make_sessions(of, "7", "7")
    sign_in, page = f"/classes/sign-in/{first.pk}/", f"/classes/{of.pk}/"
    with travel(NOW, tick=False):
        assert sign_in not in house.at_desk(house.member).get(page).content.decode()
    with travel(at(STARTS, 8, 45), tick=False):
        member = house.at_desk(house.member)
        before = member.get(page).content.decode()
        code = rules.door_code(
            queries.door_key(), first.pk, rules.code_step(at(STARTS, 8, 45).timestamp())
        )
        assert 'name="code"' in member.get(sign_in).content.decode()
        early = member.get(f"/classes/sign-in/{later.pk}/").content.decode()
        member.post(sign_in, {"code": code})
        after = member.get(page).content.decode()
        again = member.get(sign_in).content.decode()
    assert sign_in in before
    assert f"/classes/sign-in/{later.pk}/" not in before
    assert sign_in not in after
    assert "08:45 已为您登记：出勤" in again
    assert "签到时间为 08:30 至" in early
    assert 'name="code"' not in again + early
    assert "出勤" in after


def test_the_institution_sees_what_confirming_comes_to(house):
    of = make_class(house.district, institution=house.school)
    passes, misses = (
        make_place(of, house.member),
        make_place(of, PersonFactory(unit=house.bureau)),
    )
    for session in make_sessions(of, "7", "7"):
        mark(session, passes)
        mark(session, misses, "leave", "2")
    with travel(at(STARTS + timedelta(days=2)), tick=False):
        page = house.at_desk(house.keeper).get(f"/classes/{of.pk}/").content.decode()

    shown = re.sub(r"<[^>]+>|\s+", "", page[page.index('id="confirm"') :])
    assert "结业1缺课超过七分之一1" in shown


def test_news_of_posted_credits_leads_to_the_own_record(house):
    of = make_class(house.district, institution=house.school)
    place = make_place(of, house.member)
    for session in make_sessions(of, "7", "7"):
        mark(session, place)
    with travel(at(STARTS + timedelta(days=2)), tick=False):
        house.at_desk(house.keeper).post(f"/classes/{of.pk}/do/confirm/")
        house.at_desk(house.admin).post(f"/classes/{of.pk}/do/post/")
        news = Notice.objects.get(person=house.member, url__contains="record")
        assert house.at_desk(house.member).get(news.url).status_code == 200


def test_an_auditor_reads_the_evaluation_of_an_institution_and_changes_nothing(house):
    make_class(house.district, institution=house.school)
    auditor = house.at_desk(holder(Role.AUDITOR, house.district))
    address = f"/classes/institutions/{house.school.pk}/{STARTS.year}/"

    assert (
        f'href="{address}"'
        in auditor.get(f"/classes/institutions/?year={STARTS.year}").content.decode()
    )
    assert "还没有评估这家机构" in auditor.get(address).content.decode()
    scores = dict.fromkeys(InstitutionCriterion, "4") | {"faculty_note": "师资整齐"}
    assert house.at_desk(house.admin).post(address, scores).status_code == 302

    page = auditor.get(address).content.decode()
    assert "4 · 师资整齐" in page
    places = [page.index(f"<dt>{label}</dt>") for label in InstitutionCriterion.labels]
    assert places == sorted(places)
    assert "保存评估" not in page
    assert auditor.post(address, scores).status_code == 404


def test_a_roster_names_offices_with_the_unit_above_and_nobody_as_called_before_the_call(
    client, login, district, bureau, admin
):
    office = OrgUnitFactory(parent=bureau, name="综合科", kind="office")
    of = make_class(district, call=CallKind.NAMED, called=False)
    make_place(of, PersonFactory(unit=office), unit=office)
    for address in (f"/classes/{of.pk}/", f"/classes/{of.pk}/name/"):
        page = login(client, admin).get(address).content.decode()
        assert f"{bureau.name} · 综合科" in page
        assert "待答复" not in page
    assert "已确定，待下达" in login(client, admin).get(f"/classes/{of.pk}/").content.decode()
