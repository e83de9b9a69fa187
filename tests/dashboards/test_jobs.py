"""Work in the background: asked once, done once, whoever is killed; in the asker's scope."""

import io
import logging.config
import os
import signal
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import openpyxl
import pytest
from django.conf import settings
from django.db import connection, connections

from dashboards import operations, reports
from dashboards.enums import JobState
from dashboards.files import printed, spreadsheet
from dashboards.files.document import Document, Table
from dashboards.models import Job
from dashboards.operations import jobs
from people.enums import Role
from people.models import AuditEntry, RoleGrant
from people.operations import revoke_role
from tests.dashboards.conftest import member, stand
from tests.factories.people import PersonFactory, RoleGrantFactory

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Files of these tests lie apart."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "exports"


def ask(owner, *, unit="D1", query="", form="xlsx", kind="people", now=NOW):
    return operations.ask(
        owner,
        kind=kind,
        form=form,
        title="秘密名单",
        parameters={
            "unit": unit,
            "query": query,
            "choice": {"state": query.removeprefix("state=")},
            "said": [],
        },
        language="zh-hans",
        now=now,
    )


def state_of(job):
    job.refresh_from_db()
    return job.state


def sheet_of(path):
    return list(openpyxl.load_workbook(path).worksheets[0].iter_rows())


def exported(client, folder, **asked):
    """Ask as the page does, fetch the file as the page offers it."""
    asked = {"kind": "people", "form": "xlsx", "unit": "D1", "query": "", **asked}
    assert client.post("/jobs/export/", asked).status_code == 302
    job = Job.objects.latest("pk")
    answer = client.get(f"/jobs/{job.pk}/file/")
    assert answer.status_code == 200
    # Stored, under the name of the list and not of the file in our folder.
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert quote(job.title.split(" · ")[0]) in answer["Content-Disposition"]
    return b"".join(answer.streaming_content)


# --- What is exported ---


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "http://x.cn/"])
def test_a_name_that_looks_like_a_formula_stays_text(
    client, login, liaison, district, folder, name
):
    member(district.first, "met", name=name)

    rows = sheet_of(io.BytesIO(exported(login(client, liaison), folder)))

    cell = next(row[1] for row in rows if row[1].value == name)
    assert cell.data_type == "s"
    assert cell.hyperlink is None


@pytest.mark.django_db
def test_an_export_holds_what_the_list_shows_and_leaves_audit_rows(
    client, login, liaison, district, folder
):
    member(district.first, "short", name="王晓明", staff_number="S-1")
    member(district.office, "met", name="李强")
    member(district.second, "short", name="外人")

    raw = exported(login(client, liaison), folder, query="state=short")

    rows = sheet_of(io.BytesIO(raw))
    assert [cell.value for cell in rows[1]][:2] == ["S-1", "王晓明"]
    assert len(rows) == 2
    made = AuditEntry.objects.get(verb="dashboards.people.export")
    assert (made.actor, made.detail["unit"], made.detail["persons"]) == (liaison, "D1", 1)
    assert made.detail["query"] == "state=short"
    fetched = AuditEntry.objects.get(verb="dashboards.job.download")
    assert fetched.detail["sha256"] == made.detail["sha256"]


@pytest.mark.django_db
def test_dates_gaps_and_filters_are_exported(client, login, liaison, district, folder):
    stand(PersonFactory(unit=district.first, name="王晓明"), state="short", official="12.5")

    raw = exported(login(client, liaison), folder, query="state=short")

    book = openpyxl.load_workbook(io.BytesIO(raw))
    row = list(book.worksheets[0].iter_rows())[1]
    assert row[8].value.date() == date(2026, 12, 31)
    assert "37.5" in row[7].value
    said = [cell.value for cell in book.worksheets[1]["A"]]
    assert "达标情况：有差距" in said


@pytest.mark.django_db
def test_a_list_is_printed_in_chinese_and_a_long_one_in_volumes(
    liaison, district, folder, monkeypatch
):
    for number in range(3):
        member(district.first, "short", name=f"王{number}")

    one = ask(liaison, form="pdf")
    assert operations.run(one.pk, clock=lambda: NOW)
    monkeypatch.setattr(printed, "ROWS_A_VOLUME", 2)
    two = ask(liaison, form="pdf")
    assert operations.run(two.pk, clock=lambda: NOW)

    one.refresh_from_db()
    two.refresh_from_db()
    assert (folder / one.file).read_bytes()[:5] == b"%PDF-"
    with zipfile.ZipFile(folder / two.file) as volumes:
        assert volumes.namelist() == ["001.pdf", "002.pdf"]


@pytest.mark.django_db
def test_a_list_too_long_to_print_says_so_and_names_the_way_out(
    client, login, liaison, district, monkeypatch
):
    monkeypatch.setattr(printed, "LARGEST_PRINT", 0)
    member(district.first, "short")
    client = login(client, liaison)

    client.post("/jobs/export/", {"kind": "people", "form": "pdf", "unit": "D1", "query": ""})

    assert "名单太长，不宜打印" in client.get("/jobs/").content.decode()


def test_printing_tells_how_far_its_pages_are_and_not_how_much_was_read(tmp_path, monkeypatch):
    monkeypatch.setattr(printed, "ROWS_A_VOLUME", 40)
    logging.config.dictConfig(settings.LOGGING)  # as a second setup in one process does

    def told(*sizes):
        tables = [
            Table("名单", ["工号"], ([f"S{n}"] for n in range(size)), total=size) for size in sizes
        ]
        found = []
        printed.write(Document("名单", tables), tmp_path / "list.part", found.append)
        return sorted(set(found)) if found == sorted(found) else found

    # One file that holds everything, and three volumes of which the first took everything before.
    assert told(40) == [0, 9, 12, 25, 34, 38]
    assert told(30, 20, 40) == [
        *[0, 7, 9, 18, 26, 28, 30],
        *[34, 36, 42, 47, 49, 50],
        *[59, 62, 75, 84, 88, 90],
    ]


@pytest.mark.django_db
def test_a_print_cancelled_stops_between_its_pages(liaison, district, folder):
    member(district.first, "short")
    job = ask(liaison, form="pdf")
    moments = [NOW, NOW, NOW + timedelta(seconds=5)]

    def clock():
        if len(moments) > 1:
            return moments.pop(0)
        operations.cancel(job.pk, owner=liaison, now=NOW)
        return moments[0]

    assert not operations.run(job.pk, clock=clock)
    assert state_of(job) == JobState.CANCELLED
    assert list(folder.iterdir()) == []


def test_memory_does_not_grow_with_the_list(tmp_path):
    def peak(size):
        rows = ([f"S{n}", "王晓明", "区财政局", n] for n in range(size))
        table = Table("名单", ["工号", "姓名", "单位", "数"], rows, total=size)
        seen = []
        tracemalloc.start()
        spreadsheet.write(Document("名单", [table]), tmp_path / f"{size}.xlsx", seen.append)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seen[-1] == size
        return most

    assert peak(8000) < peak(2000) + 256 * 1024
    with zipfile.ZipFile(tmp_path / "8000.xlsx") as book:
        assert book.read("xl/worksheets/sheet1.xml").count(b"<row ") == 8001


# --- Once, whatever happens ---


@pytest.mark.django_db
def test_the_same_request_in_work_is_one_job_and_afterwards_a_new_one(liaison):
    first = ask(liaison)

    assert ask(liaison).pk == first.pk
    assert ask(liaison, query="state=met").pk != first.pk
    assert operations.run(first.pk, clock=lambda: NOW)
    assert ask(liaison).pk != first.pk


@pytest.mark.django_db
def test_a_message_delivered_twice_does_the_work_once(liaison, folder):
    job = ask(liaison)

    assert operations.run(job.pk, clock=lambda: NOW)
    assert not operations.run(job.pk, clock=lambda: NOW)

    assert len(list(folder.iterdir())) == 1
    assert AuditEntry.objects.filter(verb="dashboards.people.export").count() == 1


@pytest.mark.django_db
def test_who_lost_the_lease_neither_reports_nor_ends(liaison, folder, monkeypatch):
    """A worker that slept through its lease finds another's file and leaves nothing of its own."""
    job = ask(liaison)
    write = spreadsheet.write

    def sleep_then_write(document, path, progress):
        monkeypatch.setattr(spreadsheet, "write", write)
        later = NOW + jobs.LEASE + timedelta(seconds=1)
        assert operations.run(job.pk, clock=lambda: later)
        write(document, path, progress)

    monkeypatch.setattr(spreadsheet, "write", sleep_then_write)

    assert not operations.run(job.pk, clock=lambda: NOW)

    job.refresh_from_db()
    assert (job.state, job.tries) == (JobState.DONE, 2)
    assert [path.name for path in folder.iterdir()] == [job.file]
    assert AuditEntry.objects.filter(verb="dashboards.people.export").count() == 1


@pytest.mark.django_db
def test_a_cancelled_job_stops_at_its_next_report(liaison, district, folder, monkeypatch):
    job = ask(liaison)
    moments = iter([NOW, NOW, NOW, NOW + timedelta(seconds=5), NOW + timedelta(seconds=6)])

    def write(document, path, progress):
        path.write_bytes(b"half")
        assert operations.cancel(job.pk, owner=liaison, now=NOW)
        progress(1)
        progress(2)

    monkeypatch.setattr(spreadsheet, "write", write)

    assert not operations.run(job.pk, clock=lambda: next(moments))
    assert state_of(job) == JobState.CANCELLED
    assert list(folder.iterdir()) == []


@pytest.mark.django_db
def test_what_fails_three_times_has_failed_and_says_so(liaison, monkeypatch):
    job = ask(liaison)

    def broken(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(spreadsheet, "write", broken)
    for _ in range(3):
        assert job.is_live
        with pytest.raises(ZeroDivisionError):
            operations.run(job.pk, clock=lambda: NOW)
        state_of(job)

    assert (job.state, job.trouble) == (
        JobState.FAILED,
        "Something went wrong; the reason is logged.",
    )


@pytest.mark.django_db
def test_the_sweep_does_what_a_lost_message_left_and_clears_what_is_past_its_day(liaison, folder):
    job = ask(liaison)

    assert operations.sweep(NOW + timedelta(minutes=5)) == 0
    assert operations.sweep(NOW + timedelta(minutes=11)) == 1
    assert state_of(job) == JobState.DONE
    assert (folder / job.file).exists()
    operations.sweep(NOW + timedelta(days=8))

    assert state_of(job) == JobState.EXPIRED
    assert list(folder.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from django.utils import timezone
from dashboards.files import spreadsheet
from dashboards.operations import jobs
jobs.folder = lambda: Path(sys.argv[2])
def half(document, path, progress):
    path.write_bytes(b"half a file")
    os.kill(os.getpid(), signal.SIGKILL)
spreadsheet.write = half
jobs.run(int(sys.argv[1]), clock=timezone.now)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_a_job_that_is_finished_once(
    district, liaison, folder, settings
):
    member(district.first, "short", name="王晓明")
    job = ask(liaison)
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        place = f"{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{place}"
    connections.close_all()

    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(job.pk), str(folder)],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "PYTHONPATH": f"{settings.ROOT}{os.pathsep}{settings.ROOT / 'site'}",
        },
        check=False,
        capture_output=True,
        timeout=60,
    )

    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert state_of(job) == JobState.WORKING
    assert [path.suffix for path in folder.iterdir()] == [".part"]
    # While the lease lasts nobody takes it: the worker might only be slow.
    assert operations.sweep(job.leased_until - timedelta(seconds=1)) == 0
    later = job.leased_until + timedelta(seconds=1)
    assert operations.sweep(later) == 1
    assert operations.sweep(later) == 0
    assert state_of(job) == JobState.DONE
    assert sheet_of(folder / job.file)[1][1].value == "王晓明"
    assert AuditEntry.objects.filter(verb="dashboards.people.export").count() == 1


# --- Whose ---


@pytest.mark.django_db
def test_nobody_reaches_anothers_job_and_a_visitor_none(client, login, liaison, administrator):
    job = ask(liaison)
    operations.run(job.pk, clock=lambda: NOW)

    assert client.get(f"/jobs/{job.pk}/file/").status_code == 302
    login(client, administrator)
    assert client.get(f"/jobs/{job.pk}/file/").status_code == 404
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert "秘密名单" not in client.get("/jobs/").content.decode()
    login(client, liaison)
    answer = client.get(f"/jobs/{job.pk}/file/")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"


@pytest.mark.django_db
@pytest.mark.parametrize("unit", ["D", "D2", "X", "none"])
def test_an_export_of_a_unit_not_entrusted_is_not_even_noted(client, login, liaison, unit):
    answer = login(client, liaison).post(
        "/jobs/export/", {"kind": "people", "form": "xlsx", "unit": unit}
    )

    assert answer.status_code == 404
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_learner_or_system_administrator_exports_nothing(client, login, district):
    for role in (None, Role.SYSTEM_ADMIN):
        person = PersonFactory(unit=district.first)
        if role:
            RoleGrantFactory(person=person, unit=district.top, role=role)
        asked = {"kind": "people", "form": "xlsx", "unit": "D1"}
        assert login(client, person).post("/jobs/export/", asked).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "form"), [("people", "exe"), ("draw", "xlsx"), ("", "")])
def test_only_what_can_be_exported_is(client, login, liaison, kind, form):
    answer = login(client, liaison).post(
        "/jobs/export/", {"kind": kind, "form": form, "unit": "D1"}
    )

    assert answer.status_code == 404


@pytest.mark.django_db
def test_a_role_lost_between_asking_and_working_exports_nothing(liaison, folder):
    job = ask(liaison)
    grant = RoleGrant.objects.get(person=liaison)
    revoke_role(grant.pk, by=None, now=NOW, on=date(2026, 6, 1))

    assert not operations.run(job.pk, clock=lambda: NOW)

    assert state_of(job) == JobState.FAILED
    assert not folder.exists()


@pytest.mark.django_db
def test_the_page_says_where_a_job_stands_and_wakes_what_was_killed(client, login, liaison):
    job = ask(liaison)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.WORKING, leased_until=NOW + timedelta(minutes=1), done=1, total=4
    )
    client = login(client, liaison)

    assert 'value="25"' in client.get("/jobs/").content.decode()
    assert client.get("/jobs/states/").json() == {
        "jobs": [{"id": job.pk, "state": "working", "live": True, "share": 25}]
    }
    Job.objects.filter(pk=job.pk).update(leased_until=NOW - timedelta(seconds=1))
    client.get("/jobs/")

    assert state_of(job) == JobState.DONE


@pytest.mark.django_db
def test_figures_are_exported_by_requirement_rank_and_unit(liaison, district):
    member(district.first, "met", "overdue")
    member(district.office, "met")

    document = reports.REPORTS["overview"](liaison, {"unit": "D1", "requirement": ""}, NOW)

    rows = {table.title: list(table.rows) for table in document.tables}
    assert document.persons == 2
    assert [row[1:6] for row in next(iter(rows.values()))] == [[2, 2, 0, 0, 0], [1, 0, 0, 0, 1]]
