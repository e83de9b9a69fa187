"""Each role's home, and the sentence that comes first."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone, translation

from dashboards import wording
from dashboards.health import health
from dashboards.operations import SWEEP, note_round
from people.enums import Rank, Role
from people.operations import audit
from tests.dashboards.conftest import member
from tests.factories.certificates import CertificateFactory
from tests.factories.classes import make_class, make_place
from tests.factories.content import published_lesson
from tests.factories.exams import make_question
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory
from tests.factories.tracker import InstitutionFactory, make_claim, packs_in_force, post_hours
from tracker.enums import Bucket, Confirmer
from tracker.queries import assessments_of
from tracker.seals import seal_ledger

pytestmark = pytest.mark.django_db
WORKED_AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def holder(*roles, unit=None):
    person = PersonFactory(unit=unit or OrgUnitFactory(name="甲区"))
    for role in roles:
        RoleGrantFactory(person=person, role=role)
    return person


def page(client, address="/"):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("roles", "template"),
    [
        ([], "dashboards/home_study.html"),
        ([Role.LIAISON], "dashboards/home_department.html"),
        ([Role.TRAINING_ADMIN, Role.AUDITOR], "dashboards/home_department.html"),
        ([Role.EDITOR], "dashboards/home_editing.html"),
        ([Role.CONTENT_REVIEWER], "dashboards/home_editing.html"),
        ([Role.QUESTION_SETTER], "dashboards/home_questions.html"),
        ([Role.SYSTEM_ADMIN], "dashboards/home_system.html"),
        ([Role.MARKER], "dashboards/home_study.html"),
        ([Role.EDITOR, Role.LIAISON], "dashboards/home_study.html"),
    ],
)
def test_each_role_arrives_at_its_own_home(client, login, roles, template):
    answer = login(client, holder(*roles)).get("/")

    assert template in [used.name for used in answer.templates]


def test_who_only_reviews_questions_is_not_asked_to_write_one(client, login):
    assert 'href="/bank/new/"' in page(login(client, holder(Role.QUESTION_SETTER)))

    reviewer = page(login(client, holder(Role.QUESTION_REVIEWER)))
    assert 'href="/bank/"' in reviewer
    assert "/bank/new/" not in reviewer


def test_a_setter_s_figures_lead_to_what_they_count(client, login):
    setter = holder(Role.QUESTION_SETTER)
    make_question(author=setter, ready=False)
    login(client, setter)

    home = page(client)
    link = '<a href="/bank/?status=draft&amp;mine=on">1</a>'
    assert f"<dt>我的草稿</dt><dd>{link}</dd>" in home
    # Who reviews nothing is not told what waits for a reviewer.
    assert "待我审核" not in home


def test_several_roles_are_several_tabs(client, login):
    html = page(login(client, holder(Role.EDITOR, Role.LIAISON)))

    for address in ("/home/study/", "/home/department/", "/home/editing/"):
        assert f'href="{address}"' in html
    assert "/home/system/" not in html


def test_a_learner_has_no_tabs(client, login, person):
    assert "/home/" not in page(login(client, person))


@pytest.mark.parametrize("desk", ["department", "editing", "questions", "system", "nowhere"])
def test_a_home_one_does_not_hold_is_a_404(client, login, person, desk):
    assert login(client, person).get(f"/home/{desk}/").status_code == 404


def test_the_system_home_names_no_person(client, login):
    unit = OrgUnitFactory(name="甲区")
    member(unit, "overdue", name="某某某")

    assert "某某某" not in page(login(client, holder(Role.SYSTEM_ADMIN, unit=unit)))


def _task(run_after=WORKED_AT, **fields):
    apps.get_model("django_tasks_database", "DBTaskResult").objects.create(
        args_kwargs={}, task_path="x", backend_name="default", run_after=run_after, **fields
    )


def test_the_system_home_says_when_a_worker_was_seen(client, login):
    client = login(client, holder(Role.SYSTEM_ADMIN))
    assert "尚未见到" in page(client)
    _task(status="SUCCESSFUL", started_at=WORKED_AT, finished_at=WORKED_AT)
    assert "最近一次工作于" in page(client)
    assert "/healthz</a>" not in page(client)


@pytest.mark.parametrize("run_after", [WORKED_AT, datetime(9999, 12, 31, tzinfo=UTC)])
def test_work_that_waits_too_long_asks_for_attention(db, run_after):
    _task(run_after, status="READY")
    enqueued = apps.get_model("django_tasks_database", "DBTaskResult").objects.get().enqueued_at
    assert not health(now=enqueued + timedelta(minutes=10)).work_is_stuck
    assert health(now=enqueued + timedelta(minutes=10, seconds=1)).work_is_stuck


def test_the_system_home_says_when_the_sweep_ended_and_what_waits_for_a_seal(client, login):
    client = login(client, holder(Role.SYSTEM_ADMIN))
    post_hours(PersonFactory(), "tests.seal:1", hours="1", now=WORKED_AT)
    audit(None, "tests.looked", "x", now=WORKED_AT)
    html = page(client)
    assert "有事项需要您处理。" in html
    assert "请检查 manage.py sweep 是否每几分钟运行一次" in html
    assert "2026年1月5日 09:00 的记录仍未封存" in html

    call_command("sweep", stdout=StringIO())
    call_command("seal_ledger", stdout=StringIO())

    html = page(client)
    assert "系统运行正常。" in html
    assert "最近一次完成于" in html
    assert html.count("最近一次封存于") == 2
    assert "请检查 manage.py" not in html


def test_a_sweep_that_breaks_off_is_not_noted_as_ended(monkeypatch):
    def breaks(now):
        raise RuntimeError

    monkeypatch.setattr("notices.operations.sweep", breaks)

    with pytest.raises(RuntimeError):
        call_command("sweep", stdout=StringIO())

    assert health(now=timezone.now()).swept_at is None


def test_the_sweep_is_late_after_half_an_hour():
    note_round(SWEEP, now=WORKED_AT)

    assert not health(now=WORKED_AT + timedelta(minutes=30)).sweep_is_late
    assert health(now=WORKED_AT + timedelta(minutes=30, seconds=1)).sweep_is_late


def test_a_seal_is_late_only_while_a_row_waits_for_it():
    seal_ledger(now=WORKED_AT)
    assert not health(now=WORKED_AT + timedelta(days=9)).ledger_is_late
    post_hours(PersonFactory(), "tests.seal:1", hours="1", now=WORKED_AT)

    assert not health(now=WORKED_AT + timedelta(hours=36)).ledger_is_late
    assert health(now=WORKED_AT + timedelta(hours=36, seconds=1)).ledger_is_late

    seal_ledger(now=WORKED_AT + timedelta(days=2))
    assert not health(now=WORKED_AT + timedelta(days=9)).ledger_is_late
    audit(None, "tests.looked", "x", now=WORKED_AT + timedelta(days=2))
    assert health(now=WORKED_AT + timedelta(days=4)).audit_is_late


def test_institution_staff_find_the_form_for_posting_by_hand(client, login, person):
    assert "/ledger/post/" not in page(login(client, person))
    assert "/ledger/post/" in page(login(client, holder(Role.INSTITUTION_STAFF)))


def test_institution_staff_find_the_classes_that_still_need_them(client, login):
    school, district = OrgUnitFactory(), OrgUnitFactory()
    make_class(district, school=school, title="等待确认的班")
    make_class(district, school=OrgUnitFactory(), title="别处的班")
    done = make_class(district, school=school, title="已确认的班")
    done.confirmed_at = WORKED_AT
    done.save()
    off = make_class(district, school=school, title="取消的班")
    off.cancelled_at = WORKED_AT
    off.save()

    html = page(login(client, holder(Role.INSTITUTION_STAFF, unit=school)))

    assert [
        title for title in ("等待确认的班", "别处的班", "已确认的班", "取消的班") if title in html
    ] == ["等待确认的班"]


def test_the_department_home_says_the_sentence_and_names_the_overdue(client, login):
    unit = OrgUnitFactory(name="甲区")
    person = holder(Role.LIAISON, unit=unit)
    overdue = member(unit, "overdue", name="王晓明")
    member(unit, "met")
    member(OrgUnitFactory(), "overdue", name="外人")

    html = page(login(client, person))

    assert f'href="/overview/person/{overdue.pk}/"' in html
    assert "外人" not in html


def test_a_department_without_a_unit_says_what_to_do(client, login, person):
    grant = RoleGrantFactory(person=person, role=Role.LIAISON)
    assert grant.unit == person.unit

    assert page(login(client, person))


def test_member_home_shows_standing_and_certificates(client, login, person):
    packs_in_force("cadre-2023")
    member(person.unit, "met")
    CertificateFactory(learner=person, course_title="公文写作")

    html = page(login(client, person))

    assert "公文写作" in html


@pytest.mark.parametrize(("role", "is_told"), [(Role.LIAISON, True), (Role.AUDITOR, False)])
def test_the_home_of_a_liaison_says_what_waits_for_him_and_leads_there(
    client, login, role, is_told
):
    liaison = holder(role)
    make_claim(PersonFactory(unit=liaison.unit))

    shown = page(login(client, liaison))

    assert ("1 份学时申报待您确认" in shown) is is_told
    assert ('class="title" href="/ledger/claims/"' in shown) is is_told


def test_member_home_costs_a_fixed_number_of_statements(
    client, login, person, django_assert_num_queries
):
    client = login(client, person)
    of = make_class(person.unit, starts_on=timezone.localdate() + timedelta(days=9))
    make_place(of, person)
    published_lesson()
    page(client)
    with django_assert_num_queries(17):
        shown = page(client)
    assert of.title in shown
    for number in range(5):
        CertificateFactory(learner=person)
        post_hours(person, f"tests:{number}", hours="1")
        published_lesson(title=f"第 {number} 课")
    with django_assert_num_queries(17):
        page(client)


def test_a_class_that_is_over_or_excused_from_is_not_on_the_home(client, login, person):
    today = timezone.localdate()
    over = make_class(person.unit, starts_on=today - timedelta(days=9), title="办过的班")
    make_place(over, person)
    excused = make_class(person.unit, starts_on=today + timedelta(days=9), title="请了假的班")
    make_place(excused, person, state="excused")

    html = page(login(client, person))

    assert "办过的班" not in html
    assert "请了假的班" not in html


# --- The sentence ---


def test_without_requirements_the_sentence_says_so():
    assert wording.sentence_on([]) == wording.gettext(
        "No training requirement applies to you at present."
    )


def sentence(person, *, on=date(2026, 11, 20)):
    now = datetime.combine(on, time(1, 0), UTC)
    with translation.override("en"):
        found = assessments_of(person.pk, on=on, known_at=now)
        return wording.sentence_on(found), wording.others_sentence(found)


@pytest.fixture
def cadre():
    """A township head under the pack of 2023: twelve days a year, and fifty hours online."""
    packs_in_force("cadre-2023")
    return member(OrgUnitFactory(), rank=Rank.TOWNSHIP_HEAD)


def post_days(person, days):
    post_hours(
        person, "tests:days", days=days, bucket=Bucket.CONCENTRATED,
        confirmer=Confirmer.INSTITUTION, institution=InstitutionFactory(),
    )  # fmt: skip


def test_the_sentence_names_the_gap_the_day_and_what_else_is_behind(cadre):
    post_days(cadre, "9")

    first, others = sentence(cadre)

    assert "still missing, to be completed by" in first
    # This year's day is said without the year.
    assert "December" in first
    assert "2026" not in first
    assert others == "1 other requirement is behind as well."


def test_the_gap_is_said_in_the_unit_of_the_nearest_way(cadre):
    post_days(cadre, "9")
    post_hours(cadre, "tests:online", hours="50")

    first, others = sentence(cadre)

    assert "3 days still missing" in first
    assert others == ""


def test_when_everything_is_met_the_sentence_says_just_that(cadre):
    post_days(cadre, "12")
    post_hours(cadre, "tests:online", hours="50")

    assert sentence(cadre) == ("Every training requirement that applies to you is met.", "")


@pytest.mark.parametrize(
    ("amount", "measure", "said"),
    [
        ("1", "training_days", "1 day"),
        ("2.50", "hours", "2.5 credit hours"),
        ("10", "credits", "10 credits"),
        ("1", "events", "1 time"),
    ],
)
def test_quantities_carry_their_unit(amount, measure, said):
    with translation.override("en"):
        assert wording.quantity(Decimal(amount), measure) == said


@pytest.mark.parametrize(
    ("parts", "said"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_parts_are_listed_as_the_language_does(parts, said):
    with translation.override("en"):
        assert wording.joined(parts) == said


def test_a_figure_after_a_chinese_and_has_its_space():
    with translation.override("zh-hans"):
        assert wording.joined(["44 学时", "1 次"]) == "44 学时和 1 次"
        assert wording.joined(["甲", "乙"]) == "甲和乙"


def test_requirements_are_ordered_by_urgency():
    def one(code, state, due=None):
        return SimpleNamespace(
            state=SimpleNamespace(value=state), due_on=due, duty=SimpleNamespace(code=code)
        )

    given = [
        one("a", "met", date(2026, 1, 1)),
        one("b", "on_course"),
        one("c", "short"),
        one("d", "short", date(2026, 12, 31)),
        one("e", "overdue"),
    ]
    assert [each.duty.code for each in wording.by_urgency(given)] == ["e", "d", "c", "b", "a"]
