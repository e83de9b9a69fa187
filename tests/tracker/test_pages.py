"""The pages: who may see which, what they say, and how many statements they cost."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from people.enums import Rank, Role
from people.models import AuditEntry
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import InstitutionFactory, packs_in_force, post_hours
from tracker import operations
from tracker.enums import Bucket, Confirmer
from tracker.models import Remark, RulePack
from tracker.rules import Measures

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _midsummer():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cadre(person):
    """A section cadre under the 2023 rules with a class, a refused line and online study."""
    packs_in_force("cadre-2023")
    PostFactory(person=person, rank=Rank.TOWNSHIP_HEAD)
    school = InstitutionFactory(name="区委党校")
    nobody = InstitutionFactory(name="某培训公司", kind="other")
    post_hours(person, "online:1", hours="20")
    post_hours(
        person,
        "class:1",
        days="5",
        hours="40",
        bucket=Bucket.CONCENTRATED,
        confirmer=Confirmer.INSTITUTION,
        institution=school,
    )
    post_hours(
        person,
        "class:2",
        days="7",
        bucket=Bucket.CONCENTRATED,
        confirmer=Confirmer.INSTITUTION,
        institution=nobody,
    )
    return person


def test_a_line_earned_by_a_course_shows_what_was_verified_of_each_item(client, login, cadre):
    # "items" among the evidence once hid dict.items from the template: the page answered 500.
    items = [{"title": "第一讲", "kind": "lecture", "verified_seconds": 600}]
    evidence = {
        "enrolment": 1,
        "verified_seconds": 660,
        "items": items,
        "corrects": 7,
        "hours_present": "6",
    }
    line = operations.credit(
        person_id=cadre.pk,
        source="courses.completion:1",
        bucket=Bucket.ONLINE,
        title="一门课程",
        occurred_from=date(2026, 3, 2),
        occurred_to=date(2026, 3, 3),
        measures=Measures(hours=Decimal(1)),
        confirmer=Confirmer.PLATFORM,
        evidence=evidence,
        now=NOW,
    )
    login(client, cadre)

    body = client.get(reverse("tracker:entry", args=[line.pk])).content.decode()

    assert "第一讲：10 分 0 秒" in body
    assert "<dt>已核实</dt>" in body
    assert "11 分 0 秒" in body
    assert "代替记录" in body
    assert "<dt>出勤学时</dt>" in body
    assert "在本平台完成的课程" in body
    assert "courses.completion:1" not in body
    assert "<dt>选课编号</dt>" not in body
    login(client, RoleGrantFactory(role=Role.AUDITOR, unit=cadre.unit).person)
    body = client.get(reverse("tracker:entry", args=[line.pk])).content.decode()
    assert "courses.completion:1" in body
    assert "<dt>选课编号</dt>" in body


def test_the_record_says_the_most_pressing_thing_first_and_costs_a_fixed_number_of_statements(
    client, login, cadre, django_assert_max_num_queries
):
    login(client, cadre)
    client.get(reverse("tracker:record"))
    with django_assert_max_num_queries(18):
        page = client.get(reverse("tracker:record")).content.decode()
    for n in range(3, 30):
        post_hours(cadre, f"online:{n}", hours="0.5", on=date(2026, 3, 2))
    with django_assert_max_num_queries(18):
        page = client.get(reverse("tracker:record")).content.decode()
    assert "年度网络学习" in page
    assert "乡科级及以下干部年度集中培训" in page
    assert "1–20" in page


def test_the_explanation_shows_counted_and_refused_lines_with_reasons(
    client, login, cadre, django_assert_max_num_queries
):
    login(client, cadre)
    url = reverse("tracker:requirement", args=["others-yearly"])
    client.get(url)
    with django_assert_max_num_queries(14):
        response = client.get(url)
    context = response.context
    assert [line.row.key for line in context["counted"]] != []
    assert [line.row.institution.name for line in context["refused"]] == ["某培训公司"]
    assert [line.row.form for line in context["elsewhere"]] == ["online"]
    assert "某培训公司" in context["refused"][0].reasons[0]


def test_the_explanation_can_be_read_as_of_other_days(client, login, cadre):
    login(client, cadre)
    url = reverse("tracker:requirement", args=["others-yearly"])
    before_it_was_known = client.get(url, {"on": "2026-06-30", "known": "2026-03-02"})
    assert before_it_was_known.context["counted"] == []
    after = client.get(url, {"on": "2026-06-30", "known": "2026-03-03"})
    assert len(after.context["counted"]) == 1
    assert client.get(url, {"on": "nonsense", "known": "9999-12-31"}).status_code == 200


def test_a_requirement_that_no_pack_has_is_not_found(client, login, cadre):
    login(client, cadre)
    assert client.get(reverse("tracker:requirement", args=["no-such"])).status_code == 404


def test_one_unit_s_liaison_sees_his_own_people_and_not_those_of_another_unit(client, login, cadre):
    line = cadre.ledger_entries.first()
    urls = [
        reverse("tracker:person_record", args=[cadre.pk]),
        reverse("tracker:person_requirement", args=[cadre.pk, "others-yearly"]),
        reverse("tracker:entry", args=[line.pk]),
    ]
    own = RoleGrantFactory(role=Role.LIAISON, unit=cadre.unit).person
    other = RoleGrantFactory(role=Role.LIAISON, unit=OrgUnitFactory()).person
    for viewer, status in ((own, 200), (other, 404), (PersonFactory(), 404)):
        login(client, viewer)
        assert [client.get(url).status_code for url in urls] == [status] * 3
    looks = AuditEntry.objects.filter(actor=own, subject=f"people.person:{cadre.pk}")
    assert looks.count() == 3
    assert not AuditEntry.objects.filter(actor=other).exists()


def test_looking_at_one_s_own_record_is_not_audited(client, login, cadre):
    login(client, cadre)
    client.get(reverse("tracker:record"))
    assert not AuditEntry.objects.filter(verb="tracker.record.view").exists()


def test_a_member_contests_a_line_and_the_answer_is_kept(client, login, cadre):
    line = cadre.ledger_entries.first()
    liaison = RoleGrantFactory(role=Role.LIAISON, unit=cadre.unit).person
    login(client, cadre)
    page = reverse("tracker:entry", args=[line.pk])
    assert client.post(reverse("tracker:contest", args=[line.pk]), {"text": ""}).status_code == 422
    client.post(reverse("tracker:contest", args=[line.pk]), {"text": "应为 25 学时"})
    client.post(reverse("tracker:contest", args=[line.pk]), {"text": "再说一次"})
    remark = Remark.objects.get()
    answer = reverse("tracker:answer", args=[remark.pk])
    assert client.post(answer, {"answer": "自己答复"}).status_code == 404
    login(client, liaison)
    assert "应为 25 学时" in client.get(reverse("tracker:remarks")).content.decode()
    client.post(answer, {"answer": "经核对无误"})
    login(client, cadre)
    assert "经核对无误" in client.get(page).content.decode()


def test_a_foreign_liaison_cannot_answer(client, login, cadre):
    line = cadre.ledger_entries.first()
    remark = operations.contest(line.pk, by=cadre, text="不对", now=NOW)
    other = RoleGrantFactory(role=Role.LIAISON, unit=OrgUnitFactory()).person
    login(client, other)
    url = reverse("tracker:answer", args=[remark.pk])
    assert client.post(url, {"answer": "是的"}).status_code == 404


# --- rule packs ------------------------------------------------------------------------------------


@pytest.fixture
def drafts():
    operations.load_rulepacks(by=None, now=NOW)
    return {pack.code: pack for pack in RulePack.objects.all()}


def test_rule_packs_are_seen_by_training_administrators_and_auditors_only(client, login, drafts):
    root = OrgUnitFactory(kind="city")
    urls = [
        reverse("tracker:rulepacks"),
        *(reverse("tracker:rulepack", args=[p.pk]) for p in drafts.values()),
    ]
    for role, status in (
        (Role.TRAINING_ADMIN, 200),
        (Role.AUDITOR, 200),
        (Role.LIAISON, 404),
        (Role.SYSTEM_ADMIN, 404),
    ):
        login(client, RoleGrantFactory(role=role, unit=root).person)
        assert {client.get(url).status_code for url in urls} == {status}
    approve = reverse("tracker:approve", args=[drafts["party"].pk])
    login(client, RoleGrantFactory(role=Role.AUDITOR, unit=root).person)
    assert client.post(approve).status_code == 404


def test_a_training_administrator_of_the_city_approves_and_one_of_a_unit_does_not(
    client, login, drafts
):
    url = reverse("tracker:approve", args=[drafts["cadre-2023"].pk])
    city = OrgUnitFactory(kind="city")
    unit = OrgUnitFactory(kind="unit", parent=city)
    login(client, RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=unit).person)
    client.post(url)
    assert RulePack.objects.get(code="cadre-2023").status == "draft"
    admin = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=city).person
    login(client, admin)
    client.post(url)
    client.post(url)
    pack = RulePack.objects.get(code="cadre-2023")
    assert (pack.status, pack.approved_by) == ("approved", admin)
    assert AuditEntry.objects.filter(verb="tracker.rulepack.approve").count() == 1


def test_a_pack_can_be_tried_on_the_people_one_looks_after(client, login, person):
    PostFactory(person=person, rank=Rank.TOWNSHIP_HEAD)
    operations.load_rulepacks(by=None, now=NOW)
    admin = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=person.unit).person
    login(client, admin)
    url = reverse("tracker:rulepack", args=[RulePack.objects.get(code="cadre-2023").pk])
    flips = client.get(url, {"effect": "1"}).context["flips"]
    assert [(f.requirement, f.before, f.after, f.persons, all_) for f, all_ in flips] == [
        ("online-yearly", "not_applicable", "short", 1, (1, 1, 1)),
        ("others-yearly", "not_applicable", "short", 1, (1, 1, 1)),
    ]


def test_of_very_many_people_a_sample_is_tried_and_said_to_be_one(
    client, login, person, monkeypatch
):
    monkeypatch.setattr("tracker.views.packs.EFFECT_LIMIT", 10)
    for _n in range(40):
        somebody = PersonFactory(unit=person.unit)
        PostFactory(person=somebody, unit=person.unit, rank=Rank.TOWNSHIP_HEAD)
    operations.load_rulepacks(by=None, now=NOW)
    admin = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=person.unit).person
    login(client, admin)
    url = reverse("tracker:rulepack", args=[RulePack.objects.get(code="cadre-2023").pk])
    answer = client.get(url, {"effect": "1"})
    assert 5 <= answer.context["looked_at"] <= 20
    assert answer.context["total"] >= 40
    assert "抽样" in answer.content.decode()
    for flip, (least, likely, most) in answer.context["flips"]:
        assert flip.persons <= least <= likely <= most <= answer.context["total"]
    assert [f.persons for f, _ in client.get(url, {"effect": "1"}).context["flips"]] == [
        f.persons for f, _ in answer.context["flips"]
    ]


# --- putting a pack forward in the browser -------------------------------------------------------


def local_pack(unit_code: str) -> str:
    return f"""\
pack: own-rule
title: 本单位规定
jurisdiction: {unit_code}
source: {{instrument: 本单位规定, confidence: B}}
valid: {{from: 2026-01-01}}
duties:
  - code: own
    who: {{cadre: yes}}
    window: {{calendar_year: {{}}}}
    any_of: [{{measure: hours, at_least: 10}}]
    counts: {{forms: [online]}}
"""


def test_a_pack_is_put_forward_in_the_browser_and_waits_for_somebody_else(client, login, person):
    admin = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=person.unit).person
    login(client, admin)
    url = reverse("tracker:draft_rulepack")
    text = local_pack(person.unit.code)
    answer = client.post(url, {"document": text.replace("\n", "\r\n")})
    row = RulePack.objects.get(code="own-rule")
    assert answer.url == reverse("tracker:rulepack", args=[row.pk])
    assert (row.status, row.loaded_by, row.version) == ("draft", admin, 1)
    assert not operations.may_approve(row, admin)
    client.post(url, {"document": text})
    assert RulePack.objects.filter(code="own-rule").count() == 1
    client.post(url, {"document": text.replace("at_least: 10", "at_least: 12")})
    assert RulePack.objects.filter(code="own-rule").count() == 2
    assert "own-rule" in client.get(f"{url}?from={row.pk}").content.decode()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("at_least: 10", "at_least: zehn", "第 10 行"),
        ("jurisdiction: ", "jurisdiction: NOWHERE", "NOWHERE"),
        ("pack: own-rule", "", "第 2 行"),
    ],
)
def test_a_pack_with_mistakes_is_not_stored_and_nothing_typed_is_lost(
    client, login, person, old, new, words
):
    login(client, RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=person.unit).person)
    text = local_pack(person.unit.code).replace(old, new)
    answer = client.post(reverse("tracker:draft_rulepack"), {"document": text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "本单位规定" in page
    assert not RulePack.objects.exists()


def test_a_pack_as_a_file_is_read_and_one_that_is_no_text_is_refused(client, login, person):
    login(client, RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=person.unit).person)
    url = reverse("tracker:draft_rulepack")
    for body, status in (
        (b"\xff\xfe\x00", 422),
        (b"x" * 300_000, 422),
        (b"", 422),
        (local_pack(person.unit.code).encode("utf-8-sig"), 302),
    ):
        file = SimpleUploadedFile("pack.yaml", body)
        assert client.post(url, {"file": file}).status_code == status
    assert RulePack.objects.count() == 1
