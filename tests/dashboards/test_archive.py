"""The training archive: everything on record with its proof, for the person and who may see him."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from dashboards.models import ArchivePrint
from people import operations
from people.enums import Rank
from people.models import AuditEntry
from tests.dashboards.conftest import member
from tests.factories.certificates import CertificateFactory
from tests.factories.people import OrgUnitFactory, PostFactory
from tests.factories.tracker import post_hours
from tracker import operations as ledger
from tracker.seals import seal_ledger

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def learner(district, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    person = member(district.first, "met", name="王晓明", staff_number="S-1")
    first = post_hours(person, "t:1", hours="4")
    post_hours(person, "t:2", days="3")
    ledger.reverse(first.pk, because="重复登记", by_id=None, now=NOW)
    seal_ledger(now=NOW)
    post_hours(person, "t:3", hours="2", now=NOW)
    return person


def test_every_line_has_its_number_and_head_and_what_was_taken_back_its_reason(
    client, login, liaison, learner
):
    certificate = CertificateFactory(learner=learner)

    page = login(client, liaison).get(f"/overview/person/{learner.pk}/archive/")

    text = page.content.decode()
    archive = page.context["archive"]
    assert (archive.lines, archive.sealed) == (3, 2)
    assert "重复登记" in text
    assert "第 1 号封存头" in text
    assert certificate.serial in text
    assert certificate.token in text
    assert AuditEntry.objects.filter(verb="dashboards.archive.view", actor=liaison).exists()


def test_it_is_printed_and_leaves_an_audit_row(client, login, liaison, learner):
    answer = login(client, liaison).get(f"/overview/person/{learner.pk}/archive.pdf")

    assert answer.content[:5] == b"%PDF-"
    assert AuditEntry.objects.filter(verb="dashboards.archive.export", actor=liaison).exists()


def test_the_person_reads_the_own_archive_and_another_units_liaison_does_not(
    client, login, administrator, district, learner
):
    assert "重复登记" in login(client, learner).get("/archive/").content.decode()
    other = member(district.foreign, "met")
    assert login(client, other).get(f"/overview/person/{learner.pk}/archive/").status_code == 404
    assert (
        login(client, administrator).get(f"/overview/person/{other.pk}/archive.pdf").status_code
        == 404
    )


def test_the_printed_archive_leads_back_to_the_ledger_and_says_when_it_reads_otherwise(
    client, login, liaison, learner
):
    address = f"/overview/person/{learner.pk}/archive.pdf"
    assert login(client, liaison).get(address).content[:5] == b"%PDF-"
    printing = ArchivePrint.objects.get()
    assert (printing.person, printing.printed_by) == (learner, liaison)
    client.logout()
    verify = reverse("dashboards:archive_verify", args=[printing.token])

    page = client.get(verify)

    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    text = page.content.decode()
    assert 'data-verdict="valid"' in text
    assert learner.name not in text
    assert learner.staff_number not in text
    # Lines posted or taken back later do not touch what stood there then.
    with time_machine.travel("2026-06-02T02:00:00+00:00", tick=False):
        post_hours(learner, "later:1", hours="3", now=timezone.now())
        assert 'data-verdict="valid"' in client.get(verify).content.decode()
        learner.posts.update(rank=Rank.COUNTY_DEPUTY, leading=True)
        assert 'data-verdict="damaged"' in client.get(verify).content.decode()
    for token in ("x" * 24, "x" * 500, "1' OR '1'='1"):
        answer = client.get(f"/archive/verify/{token}/")
        assert answer.status_code == 404
        assert 'data-verdict="unknown"' in answer.content.decode()
    assert {client.get(verify).status_code for _ in range(40)} >= {429}


def test_each_line_and_post_stands_with_the_unit_of_its_time(client, login, liaison, district):
    office = OrgUnitFactory(parent=district.first, name="救助科", kind="office")
    then = f"{district.first.name} · 救助科"
    person = member(office, "met")
    PostFactory(
        person=person,
        unit=office,
        starts_on=date(2020, 1, 1),
        ends_on=date(2026, 3, 1),
        title="科员",
    )
    post_hours(person, "t:9", hours="2", on=date(2026, 2, 1))
    operations.move_unit(
        office.pk, below=district.second, by=liaison, now=timezone.now() + timedelta(minutes=1)
    )

    page = login(client, person).get("/archive/")

    archive = page.context["archive"]
    assert [post["unit"] for post in archive.posts if post["until"]] == [then]
    assert [line.unit for _year, lines in archive.years for line in lines] == [then]
    assert f"{then} · " in page.content.decode()
