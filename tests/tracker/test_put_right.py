"""A line is put right in the browser: who may, what stays, and that it happens once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from people.enums import Role
from people.models import AuditEntry
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory
from tests.factories.tracker import post_hours
from tracker import operations
from tracker.models import Entry, Remark
from tracker.rules import Measures

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db
CORRECTED = {"what": "correct", "hours": "25", "because": "少记了 5 学时"}
TAKEN_BACK = {"what": "take_back", "because": "重复入账"}


@pytest.fixture(autouse=True)
def _midsummer():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(person):
    line = post_hours(person, "class:1", hours="20")
    return SimpleNamespace(
        person=person,
        line=line,
        remark=operations.contest(line.pk, by=person, text="应为 25 学时", now=NOW),
        admin=RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=person.unit).person,
        page=reverse("tracker:entry", args=[line.pk]),
        url=reverse("tracker:put_right", args=[line.pk]),
    )


def test_a_contested_line_is_answered_taken_back_and_posted_anew_at_once(client, login, case):
    login(client, case.admin)
    assert f'value="{case.remark.pk}"' in client.get(case.page).content.decode()

    client.post(case.url, CORRECTED | {"remark": case.remark.pk})

    rows = list(Entry.objects.order_by("pk").values_list("source", "hours", "confirmed_by"))
    assert rows == [
        ("class:1", Decimal(20), None),
        (f"tracker.reversal:{case.line.pk}", Decimal(-20), case.admin.pk),
        ("class:1#2", Decimal(25), case.admin.pk),
    ]
    remark = Remark.objects.get()
    assert (remark.state, remark.answer, remark.answered_by) == (
        "answered",
        "少记了 5 学时",
        case.admin,
    )
    verbs = set(AuditEntry.objects.filter(actor=case.admin).values_list("verb", flat=True))
    assert verbs >= {"tracker.entry.reverse", "tracker.entry.correct", "tracker.remark.answer"}
    login(client, case.person)
    shown = client.get(case.page)
    assert shown.context["posted_anew"].hours == 25
    assert shown.context["reversal"].because == "少记了 5 学时"


def test_a_line_is_taken_back_without_a_remark(client, login, case):
    line = post_hours(case.person, "class:2", hours="4")
    login(client, case.admin)

    client.post(reverse("tracker:put_right", args=[line.pk]), TAKEN_BACK)

    assert line.reversed_by.because == "重复入账"
    assert not Entry.objects.filter(source="class:2#2").exists()
    assert Remark.objects.get().state == "open"


def test_the_second_click_changes_nothing_and_is_told_so(client, login, case):
    login(client, case.admin)
    for sent in (CORRECTED | {"remark": case.remark.pk}, TAKEN_BACK | {"remark": case.remark.pk}):
        answer = client.post(case.url, sent, follow=True)
    assert Entry.objects.count() == 3
    assert "该记录已经更正，未作第二次改动。" in answer.content.decode()
    # Without the remark, and with a form that is not even valid: the same words.
    for sent in (TAKEN_BACK, {"what": "correct"}):
        answer = client.post(case.url, sent, follow=True)
        assert "该记录已经更正" in answer.content.decode()
    assert Entry.objects.count() == 3


def test_of_two_people_at_once_the_second_loses_everything_or_nothing(case):
    operations.reverse(case.line.pk, because="重复", by_id=case.admin.pk, now=NOW)
    with pytest.raises(operations.NothingToReverse):
        operations.put_right(
            case.line.pk,
            by=case.admin,
            because="应为 25 学时",
            measures=Measures(hours=Decimal(25)),
            remark_id=case.remark.pk,
            now=NOW,
        )
    assert Remark.objects.get().state == "open"


def test_a_remark_answered_meanwhile_stops_the_correction(client, login, case):
    operations.answer_remark(case.remark.pk, by=case.admin, answer="无误", now=NOW)
    login(client, case.admin)
    answer = client.post(case.url, CORRECTED | {"remark": case.remark.pk}, follow=True)
    assert "请先阅读该答复" in answer.content.decode()
    assert Entry.objects.count() == 1
    assert Remark.objects.get().answer == "无误"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"what": "correct", "hours": "25"}, "because"),
        ({"what": "correct", "hours": "20", "because": "相同"}, "hours"),
        ({"what": "correct", "hours": "0", "because": "为零"}, "hours"),
        ({"what": "correct", "hours": "-1", "because": "负数"}, "hours"),
        ({"because": "未选"}, "what"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    client, login, case, sent, field
):
    login(client, case.admin)
    answer = client.post(case.url, sent)
    assert answer.status_code == 422
    assert list(answer.context["right_form"].errors) == [field]
    assert answer.context["right_form"]["because"].value() == sent.get("because")
    assert Entry.objects.count() == 1


def test_a_liaison_a_foreign_administrator_and_the_person_himself_may_not(client, login, case):
    own = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=case.person.unit, person=case.person)
    viewers = [
        RoleGrantFactory(role=Role.LIAISON, unit=case.person.unit).person,
        RoleGrantFactory(role=Role.AUDITOR, unit=case.person.unit).person,
        RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=OrgUnitFactory()).person,
        PersonFactory(),
        own.person,
    ]
    for viewer in viewers:
        login(client, viewer)
        assert client.post(case.url, TAKEN_BACK).status_code == 404
        shown = client.get(case.page)
        assert shown.status_code == 404 or shown.context["right_form"] is None
    assert Entry.objects.count() == 1


def test_a_remark_on_another_line_is_not_answered_by_the_way(client, login, case):
    line = post_hours(case.person, "class:2", hours="4")
    login(client, case.admin)
    sent = TAKEN_BACK | {"remark": case.remark.pk}
    assert client.post(reverse("tracker:put_right", args=[line.pk]), sent).status_code == 404
    assert not hasattr(Entry.objects.get(pk=line.pk), "reversed_by")


def test_what_was_taken_back_for_its_days_is_posted_anew_from_a_form_filled_in(client, login, case):
    line = operations.credit(
        source="class:2",
        bucket="online",
        title="写错了日子的班",
        occurred_from=date(2027, 3, 1),
        occurred_to=date(2027, 3, 2),
        measures=Measures(hours=Decimal(4)),
        confirmer="platform",
        person_id=case.person.pk,
        course="class-2",
        now=NOW,
    )
    address = f"/ledger/post/?like={line.pk}"
    login(client, case.admin)
    assert client.get(address).status_code == 404  # it still stands
    client.post(reverse("tracker:put_right", args=[line.pk]), TAKEN_BACK)

    for shown in (line, line.reversed_by):
        page = client.get(reverse("tracker:entry", args=[shown.pk])).content.decode()
        assert f'href="{address}"' in page
    form = client.get(address).context["form"]
    said = {name: form[name].value() for name in ("who", "title", "hours", "first_day", "last_day")}
    assert said == {
        "who": case.person.staff_number,
        "title": line.title,
        "hours": "4",
        "first_day": date(2027, 3, 1),
        "last_day": date(2027, 3, 1),
    }
    stranger = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=OrgUnitFactory()).person
    assert login(client, stranger).get(address).status_code == 404

    right = {"first_day": "2026-03-02", "last_day": "2026-03-02", "bucket": "online"}
    sent = {name: form[name].value() or "" for name in form.fields}
    sent |= {"confirmer": "unit", "note": "通知", "step": "post", **right}
    login(client, case.admin).post("/ledger/post/", sent)
    anew = Entry.objects.get(title=line.title, occurred_from=date(2026, 3, 2))
    assert (anew.evidence, anew.course) == ({"note": "通知", "corrects": line.pk}, "class-2")
    page = client.get(reverse("tracker:entry", args=[line.pk]))
    assert page.context["posted_anew"] == anew
    assert address not in page.content.decode()
    # What the form says of another's line is not believed.
    other = post_hours(PersonFactory(unit=case.person.unit), "class:9", hours="4")
    operations.reverse(other.pk, because="重复", by_id=None, now=NOW)
    client.post("/ledger/post/", sent | {"like": other.pk, "token": str(uuid4())})
    assert Entry.objects.latest("pk").evidence == {"note": "通知"}


def test_a_corrected_line_leads_to_the_one_it_stands_for(client, login, case):
    login(client, case.admin)
    client.post(case.url, CORRECTED | {"remark": case.remark.pk})
    anew = Entry.objects.get(source="class:1#2")
    page = client.get(reverse("tracker:entry", args=[anew.pk])).content.decode()
    assert f'<dt>代替记录</dt><dd><a href="{case.page}">' in page
    assert page.count("代替记录") == 1
