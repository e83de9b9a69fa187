"""The lists of the desks as files: in the asker's scope, with an audit row, nothing run as a formula."""

from datetime import UTC, date, datetime

import pytest

from dashboards import operations
from dashboards.enums import JobState
from dashboards.models import Job
from people.enums import OrgKind
from people.models import AuditEntry
from tests.dashboards.conftest import exported
from tests.factories.people import OrgUnitFactory, PersonFactory
from tests.factories.tracker import InstitutionFactory, make_claim, post_hours
from tracker.enums import Bucket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Files of these tests lie apart."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "exports"


def test_claims_are_those_one_sees_with_what_became_of_them(client, login, liaison, district):
    own, foreign = PersonFactory(unit=district.first), PersonFactory(unit=district.second)
    make_claim(own, title="=HYPERLINK(1)")
    make_claim(foreign, title="别处的培训")
    login(client, liaison)
    assert 'value="claims"' in client.get("/ledger/claims/").content.decode()

    rows = exported(client, "claims")["学时申报"]

    assert [row[3] for row in rows[1:]] == ["=HYPERLINK(1)"]
    assert rows[1][0] == own.staff_number
    assert rows[1][11] == "待确认"
    made = AuditEntry.objects.get(verb="dashboards.claims.export")
    assert (made.actor, made.detail["persons"], made.detail["rows"]) == (liaison, 1, 1)


def test_findings_are_exported_check_by_check_and_empty_ones_left_out(
    client, login, liaison, district
):
    person = PersonFactory(unit=district.first, name="王晓明")
    twin = PersonFactory(unit=district.first, name="王晓明")
    PersonFactory(unit=district.second, name="王晓明")
    post_hours(person, "days:1", days="5", bucket=Bucket.CONCENTRATED)
    login(client, liaison)
    assert 'value="quality"' in client.get("/quality/namesakes/").content.decode()

    sheets = exported(client, "quality", check="")
    one = exported(client, "quality", check="namesakes")

    assert [row[3] for row in sheets["培训天数多于日历天数"][1:]] == ["学习 days:1"]
    assert not [name for name in sheets if "未来" in name]
    (rows,) = (rows for name, rows in one.items() if name != "说明")
    assert [row[:2] for row in rows[1:]] == [
        [1, number] for number in sorted([person.staff_number, twin.staff_number])
    ]


def test_a_finding_names_an_office_after_its_unit(client, login, liaison, district):
    office = OrgUnitFactory(name="办公室", kind=OrgKind.OFFICE, parent=district.first)
    post_hours(PersonFactory(unit=office), "days:1", days="5", bucket=Bucket.CONCENTRATED)
    login(client, liaison)

    row = exported(client, "quality", check="")["培训天数多于日历天数"][1]

    assert row[2] == f"{district.first.name} · 办公室"


def test_institutions_are_exported_with_each_recognition(client, login, liaison):
    school = InstitutionFactory(name="东山干部学院", code="DS-1")
    school.recognitions.create(
        level="city",
        starts_on=date(2025, 1, 1),
        ends_on=date(2026, 1, 1),
        recognised_by="市委组织部",
    )
    InstitutionFactory(name="别的学校")
    login(client, liaison)

    rows = exported(client, "institutions", query="东山")["培训机构"]

    assert len(rows) == 2
    assert rows[1][:2] == ["DS-1", "东山干部学院"]
    assert rows[1][6].date() == date(2025, 12, 31)
    assert len(exported(client, "institutions", query="")["培训机构"]) == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "quality", "check": "../etc"},
        {"kind": "results", "exam": "99999999999999999999"},
        {"kind": "results", "exam": "x"},
        {"kind": "as_of"},
        {"kind": "effect"},
    ],
)
def test_what_does_not_exist_is_not_asked_for(client, login, liaison, asked):
    login(client, liaison)
    assert client.post("/jobs/export/", {"form": "xlsx", **asked}).status_code == 404
    assert not Job.objects.exists()


def test_a_role_lost_before_the_work_exports_nothing(liaison):
    job = operations.ask(
        liaison, kind="claims", form="xlsx", title="x", parameters={}, language="zh-hans", now=NOW
    )
    liaison.role_grants.update(ends_on=date(2026, 1, 1))
    assert not operations.run(job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert not AuditEntry.objects.filter(verb="dashboards.claims.export").exists()
