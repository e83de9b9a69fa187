"""Hours from a file: read whatever the hand wrote, refuse with a reason, post once, take back whole."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import openpyxl
import pytest
import time_machine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people import progress, same_person
from people.enums import Role
from people.models import AuditEntry, Person
from people.progress import Stage
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory
from tests.factories.tracker import InstitutionFactory, post_hours
from tracker import operations
from tracker.enums import ImportState
from tracker.importing import FileRefused, hours_template, near_titles, open_table, plain_title
from tracker.models import Entry, HoursImport
from tracker.operations import import_check, imports

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
HEADINGS = ["工号", "姓名", "学习形式", "学习内容", "培训机构", "开始日期", "结束日期", "学时"]
GOOD = ["QH0101", "王晓明", "集中培训", "春季班", "区委党校", "2026-03-02", "2026-03-06", "40"]


@pytest.fixture(autouse=True)
def _midsummer(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house(db):
    district = OrgUnitFactory(kind="system")
    unit = OrgUnitFactory(parent=district)
    return SimpleNamespace(
        unit=unit,
        cadre=PersonFactory(unit=unit, name="王晓明", staff_number="QH0101"),
        other=PersonFactory(unit=unit, name="阿依古丽·买买提", staff_number="QH0102"),
        foreigner=PersonFactory(staff_number="DS0001", name="外人"),
        school=InstitutionFactory(name="区委党校", code="DX"),
        admin=RoleGrantFactory(
            role=Role.TRAINING_ADMIN, unit=district, person=PersonFactory(unit=district)
        ).person,
    )


def as_csv(*rows, headings=HEADINGS, encoding="utf-8-sig"):
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode(encoding)


def as_xlsx(*rows, headings=HEADINGS):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate([headings, *rows]):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, day)
            else:
                sheet.write(number, column, cell)
    book.close()
    return buffer.getvalue()


def check(data, name="学时.csv", by=None):
    return operations.check_hours(io.BytesIO(data), name, by=by, now=NOW)


def run(tmp_path, data, *arguments, name="hours.csv"):
    """The command as a person runs it: (exit code, report)."""
    path = tmp_path / name
    path.write_bytes(data)
    out = io.StringIO()
    code = 0
    try:
        call_command("import_hours", str(path), "--json", *arguments, stdout=out)
    except SystemExit as leaving:
        code = leaving.code
    return code, json.loads(out.getvalue())


def only_problem(data, **kwargs):
    report = check(data, **kwargs)
    assert len(report.errors) == 1, report.errors
    return report.errors[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_file_is_read_in_every_usual_encoding(house, encoding):
    report = check(as_csv(GOOD, encoding=encoding))

    (row, posting), *_ = report.postings
    assert (row, posting.person_id, posting.title) == (2, house.cadre.pk, "春季班")
    assert (posting.occurred_from, posting.occurred_to) == (date(2026, 3, 2), date(2026, 3, 7))
    assert posting.measures.hours == 40
    assert posting.institution_id == house.school.pk


def test_headings_may_differ_in_width_spaces_stars_and_brackets(house):
    headings = [
        " 工 号*",
        "姓　名",
        "学习形式（必填）",
        "培训班名称",
        "机构",
        "开始日期",
        "结束日期",
        "学时数",
    ]
    assert check(as_csv(GOOD, headings=headings)).ready == 1
    with pytest.raises(FileRefused, match="姓名"):
        check(as_csv(GOOD, headings=["工号", "名称", *HEADINGS[2:]]))


@pytest.mark.parametrize(
    "day",
    [
        "2026/3/2",
        "2026.03.02",
        "2026年3月2日",
        "20260302",
        "２０２６－３－２",
        "2026-03-02 00:00:00",
    ],
)
def test_a_day_is_understood_however_it_is_written(house, day):
    row = [*GOOD[:5], day, "", "8"]
    assert check(as_csv(row)).postings[0][1].occurred_from == date(2026, 3, 2)


def test_a_workbook_brings_days_and_numbers_as_cells(house):
    number = PersonFactory(unit=house.unit, staff_number="10086", name="数字")
    row = [10086, "数字", "网络学习", "网课", "", date(2026, 3, 2), 46084, 2.5]

    (_, posting), *_ = check(as_xlsx(row), name="a.xlsx").postings

    assert posting.person_id == number.pk
    assert (posting.occurred_from, posting.occurred_to) == (date(2026, 3, 2), date(2026, 3, 4))
    assert posting.measures.hours == Decimal("2.5")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (0, "QH9999", "unknown_staff_number"),
        (1, "李四", "name_mismatch"),
        (2, "冥想", "unknown_form"),
        (3, "", "missing"),
        (4, "某公司", "unknown_institution"),
        (4, "", "institution_missing"),
        (5, "2026-02-30", "impossible_date"),
        (5, "", "missing"),
        (6, "2026-03-01", "ends_before_start"),
        (6, "2026-07-01", "future"),
        (7, "0", "zero"),
        (7, "-4", "negative"),
        (7, "9999", "too_large"),
        (7, "121", "too_large"),
        (7, "四十", "not_a_number"),
        (7, "1.234", "too_fine"),
        (7, "=6*8", "formula"),
    ],
)
def test_each_thing_wrong_with_a_row_is_said_with_its_place(house, column, value, code):
    row = list(GOOD)
    row[column] = value

    problem = only_problem(as_csv(GOOD, row))

    assert (problem.row, problem.column, problem.code) == (3, HEADINGS[column], code)
    assert problem.text


def test_the_hours_of_five_days_may_be_as_many_as_fit_into_them(house):
    assert check(as_csv([*GOOD[:7], "120"])).ready == 1
    row = [*GOOD[:5], "2026-03-02", "2026-03-06", "40", "6"]
    problem = only_problem(as_csv(row, headings=[*HEADINGS, "培训天数"]))
    assert problem.code == "more_days_than_calendar"


def test_self_study_is_confirmed_by_the_unit_and_never_by_an_institution(house):
    row = [*GOOD[:2], "在职自学", "读书", "", "2026-03-02", "", "8"]
    headings = [*HEADINGS, "确认方"]
    assert check(as_csv([*row, ""], headings=headings)).postings[0][1].confirmer == "unit"
    assert only_problem(as_csv([*row, "培训机构"], headings=headings)).code == "wrong_confirmer"


def test_a_name_matches_whatever_its_spaces_and_dots(house):
    row = ["qh0102", "阿依古丽 • 买买提", *GOOD[2:]]
    assert check(as_csv(row)).ready == 1


def test_a_formula_in_a_workbook_is_not_taken_for_its_result(house):
    assert only_problem(as_xlsx([*GOOD[:7], "=6*8"]), name="a.xlsx").code == "formula"


def test_nothing_is_posted_while_one_row_is_wrong(house, tmp_path):
    code, report = run(tmp_path, as_csv(GOOD, ["QH9999", *GOOD[1:]]))
    assert (code, report["added"], report["errors"][0]["row"]) == (1, 0, 3)
    assert not Entry.objects.exists()
    assert not HoursImport.objects.exists()


def test_a_dry_run_says_the_same_and_posts_nothing(house, tmp_path):
    code, report = run(tmp_path, as_csv(GOOD), "--dry-run")
    assert (code, report["ready"], report["added"]) == (0, 1, 0)
    assert not Entry.objects.exists()


def test_what_is_sent_again_is_not_posted_again_in_whatever_file_or_order(house, tmp_path):
    second = ["QH0102", "阿依古丽·买买提", *GOOD[2:]]
    assert run(tmp_path, as_csv(GOOD, second))[1]["added"] == 2

    code, report = run(tmp_path, as_xlsx(second, GOOD), name="again.xlsx")

    assert (code, report["added"], report["already_posted"]) == (0, 0, 2)
    assert Entry.objects.count() == 2
    line = Entry.objects.get(person=house.cadre)
    assert (line.evidence["file"], line.evidence["row"]) == ("hours.csv", 2)
    assert line.imported.hours_import.digest == line.evidence["digest"]
    assert AuditEntry.objects.filter(verb="tracker.import.post").count() == 1


@pytest.fixture
def merged(house):
    """QH0900 was a second record of the cadre, merged into his on 1 May under another spelling."""
    old = PersonFactory(unit=house.unit, name="王小明", staff_number="QH0900")
    line = post_hours(old, "courses.completion:old", on=date(2026, 3, 9), hours="8")
    second = RoleGrantFactory(
        role=Role.TRAINING_ADMIN, unit=house.admin.unit, person=PersonFactory(unit=house.admin.unit)
    ).person
    when = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
    same = same_person.propose(
        house.cadre.pk, old.pk, by=house.admin, note="核", token=uuid4(), now=when
    )
    before = as_csv(["QH0900", "王小明", *GOOD[2:]])
    return SimpleNamespace(
        old=old, line=line, before=before,
        merge=lambda: same_person.merge(same.pk, by=second, now=when),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["王小明", "王晓明"])
def test_an_old_number_leads_to_the_person_it_was_merged_into_and_the_row_says_so(
    client, login, house, merged, name
):
    merged.merge()
    login(client, house.admin)
    where = send(client, as_csv(["qh0900", name, *GOOD[2:]])).url

    page = client.get(where).content.decode()

    assert "记入合并后保留的人员" in page
    assert "文件中为工号 QH0900，该记录已于2026年5月1日合并到此人" in page
    client.post(f"{where}post/")
    line = Entry.objects.get(person=house.cadre)
    assert line.evidence["staff_number"].upper() == "QH0900"
    assert not Entry.objects.filter(person=merged.old).exclude(pk=merged.line.pk).exists()


def test_a_row_posted_to_a_record_before_it_was_merged_is_not_posted_again(house, merged, tmp_path):
    assert run(tmp_path, merged.before)[1]["added"] == 1
    merged.merge()
    for number, name in (("QH0900", "王小明"), ("QH0101", "王晓明")):
        report = check(as_csv([number, name, *GOOD[2:]]), by=house.admin)
        assert (report.ready, report.already_posted, report.errors) == (0, 1, [])


def test_what_stands_on_the_merged_record_is_near_to_what_comes(house, merged):
    merged.merge()
    row = ["QH0101", "王晓明", GOOD[2], merged.line.title, *GOOD[4:]]
    row[GOOD.index("2026-03-02")] = "2026-03-09"
    row[GOOD.index("2026-03-06")] = "2026-03-13"
    (near,) = check(as_csv(row), by=house.admin).near_duplicates
    assert near["entry"] == merged.line.pk


def test_an_old_number_leads_to_nobody_beyond_reach_and_ends_with_the_merge(house, merged):
    row = ["QH0900", "王小明", *GOOD[2:]]
    merged.merge()
    type(house.cadre).objects.filter(pk=house.cadre.pk).update(unit=OrgUnitFactory())
    (problem,) = check(as_csv(row), by=house.admin).errors
    assert problem.code == "unknown_staff_number"
    (problem,) = check(as_csv(["QH0900", "别人", *GOOD[2:]])).errors
    assert problem.code == "name_mismatch"


def test_a_training_told_twice_in_the_file_waits_for_a_decision(house, tmp_path):
    twin = [*GOOD[:3], "春季班（2026年）", "区委党校", "2026-03-03", "2026-03-06", "32"]

    code, report = run(tmp_path, as_csv(GOOD, twin))
    assert (code, report["added"]) == (3, 0)
    assert [(n["row"], n["other_row"]) for n in report["near_duplicates"]] == [(3, 2)]

    code, report = run(tmp_path, as_csv(GOOD, twin), "--accept-near-duplicates")
    assert (code, report["added"]) == (0, 2)


def test_a_training_that_stands_in_the_ledger_is_told_as_well(house, tmp_path):
    line = post_hours(house.cadre, "courses.completion:1", on=date(2026, 3, 4), hours="8")
    row = [*GOOD[:3], line.title, *GOOD[4:]]
    code, report = run(tmp_path, as_csv(row))
    assert (code, report["near_duplicates"][0]["entry"]) == (3, line.pk)
    operations.reverse(line.pk, because="重复", by_id=None, now=NOW)
    assert run(tmp_path, as_csv(row))[0] == 0


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("春季主体班", "2026年春季主体班", True),
        ("春季主体班", "春季 主体班。", True),
        ("中青年干部培训班", "中青年干部培训斑", True),
        ("党史专题第一讲", "党史专题第二讲", False),
        ("党史专题（上）", "党史专题（下）", False),
        ("春季主体班", "消防安全培训", False),
        ("A", "B", False),
    ],
)
def test_titles_are_near_when_they_name_one_training(one, other, near):
    assert near_titles(plain_title(one), plain_title(other)) is near


def test_the_same_row_twice_in_a_file_counts_once_unless_its_record_numbers_differ(house, tmp_path):
    code, report = run(tmp_path, as_csv(GOOD, GOOD))
    assert (code, report["added"], report["repeat_count"]) == (0, 1, 1)
    headings = [*HEADINGS, "原记录编号"]
    report = check(as_csv([*GOOD, "1"], [*GOOD, "2"], headings=headings))
    assert report.ready == 2
    assert len(report.near_duplicates) == 2


def test_an_import_is_taken_back_by_its_sender_or_by_who_keeps_everybody_in_it(house, tmp_path):
    _, report = run(tmp_path, as_csv(GOOD), "--by", house.admin.staff_number)
    elsewhere = RoleGrantFactory(role=Role.TRAINING_ADMIN).person
    liaison = RoleGrantFactory(role=Role.LIAISON, unit=house.unit).person
    for stranger in (elsewhere, liaison):
        with pytest.raises(operations.MayNotUndo):
            operations.undo_hours(report["import"], because="发错了", by=stranger, now=NOW)

    colleague = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=house.unit).person
    assert operations.undo_hours(report["import"], because="发错了", by=colleague, now=NOW) == 1


def test_an_import_is_taken_back_whole_and_may_come_again(house, tmp_path):
    _, report = run(tmp_path, as_csv(GOOD), "--by", house.admin.staff_number)
    taken = operations.undo_hours(report["import"], because="发错了", by=house.admin, now=NOW)
    assert taken == 1
    assert sum(Entry.objects.values_list("hours", flat=True)) == 0
    with pytest.raises(operations.NotToBePosted):
        operations.undo_hours(report["import"], because="再来", by=house.admin, now=NOW)

    assert run(tmp_path, as_csv(GOOD))[1]["added"] == 1
    assert sum(Entry.objects.values_list("hours", flat=True)) == 40


def test_a_line_taken_back_on_its_own_does_not_return_with_its_file(house, tmp_path):
    run(tmp_path, as_csv(GOOD))
    operations.reverse(Entry.objects.get().pk, because="本人未参加", by_id=None, now=NOW)
    code, report = run(tmp_path, as_csv(GOOD))
    assert (code, report["added"], report["taken_back_count"]) == (0, 0, 1)
    assert "本人未参加" in report["taken_back"][0]["reason"]


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (130 * 2**20))
    return buffer.getvalue()


def with_entities():
    source, buffer = zipfile.ZipFile(io.BytesIO(as_xlsx(GOOD))), io.BytesIO()
    with source, zipfile.ZipFile(buffer, "w") as package:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet', 1)
            package.writestr(name, data)
    return buffer.getvalue()


def with_a_text_it_has_not():
    source, buffer = zipfile.ZipFile(io.BytesIO(as_xlsx(GOOD))), io.BytesIO()
    with source, zipfile.ZipFile(buffer, "w") as package:
        for name in source.namelist():
            package.writestr(name, source.read(name).replace(b"<v>1</v>", b"<v>99999</v>", 1))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.csv", lambda: b""),
        ("a.csv", lambda: b"\xff\xfe\xfd\xfc\xfb\xfa\x81"),
        ("a.csv", lambda: as_csv(GOOD) + b"\x00"),
        ("a.exe", lambda: as_csv(GOOD)),
        ("a.csv", lambda: as_xlsx(GOOD)),
        ("a.xlsx", lambda: as_csv(GOOD)),
        ("a.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("a.xlsx", lambda: as_xlsx(GOOD)[:-900]),
        ("a.xlsx", lambda: b"PK\x03\x04" + bytes(500)),
        ("a.xlsx", bomb),
        ("a.xlsx", with_entities),
        ("a.xlsx", with_a_text_it_has_not),
        ("a.csv", lambda: as_csv()),
        ("a.csv", lambda: b"\n" * 50),
        ("a.csv", lambda: b"x" * (50 * 2**20)),
    ],
)
def test_a_hostile_or_broken_file_is_refused_in_plain_words(db, name, make):
    with pytest.raises(FileRefused) as refused:
        check(make(), name=name)
    assert len(str(refused.value)) > 5


def test_the_command_s_exit_codes_tell_a_file_that_cannot_be_read(house, tmp_path):
    code, report = run(tmp_path, b"", name="empty.csv")
    assert (code, report["result"]) == (2, "refused")
    with pytest.raises(CommandError) as refused:
        call_command("import_hours", str(tmp_path / "no such.csv"))
    assert refused.value.returncode == 2


def test_the_template_is_read_by_the_import_itself_and_runs_nothing(house, tmp_path):
    path = tmp_path / "t.xlsx"
    call_command("import_hours", "--template", str(path), stdout=io.StringIO())
    book = openpyxl.load_workbook(path)
    for column, value in enumerate([*GOOD[:7], 40], 1):
        book.worksheets[0].cell(2, column).value = value
    filled = io.BytesIO()
    book.save(filled)
    report = check(filled.getvalue(), name="t.xlsx")
    assert (report.ready, report.ignored_columns) == (1, [])
    assert open_table(io.BytesIO(hours_template()), "t.xlsx").heading[0] == "工号*"


def test_thousands_of_rows_take_a_handful_of_statements(house):
    Person.objects.bulk_create(
        Person(staff_number=f"N{n:05d}", name=f"人{n}", unit=house.unit) for n in range(500)
    )
    rows = [
        [
            f"N{n % 500:05d}",
            f"人{n % 500}",
            "网络学习",
            f"课程{n // 500}号",
            "",
            "2026-03-02",
            "",
            "2",
        ]
        for n in range(3000)
    ]
    with CaptureQueriesContext(connection) as asked:
        report = check(as_xlsx(*rows), name="big.xlsx")
    assert (report.rows, report.ready, report.near_duplicates) == (3000, 3000, [])
    assert len(asked) <= 7


# --- in the browser --------------------------------------------------------------------------------


def send(client, data, name="学时.csv"):
    return client.post("/ledger/import/", {"file": SimpleUploadedFile(name, data)})


def test_a_file_is_looked_at_before_it_is_posted_and_taken_back_with_a_reason(
    client, login, house, django_assert_max_num_queries
):
    login(client, house.admin)
    where = send(client, as_csv(GOOD)).url
    with django_assert_max_num_queries(8):
        page = client.get(where)
    assert "1 行新记录" in page.content.decode()
    assert not Entry.objects.exists()

    for _ in range(2):
        client.post(f"{where}post/")
    assert Entry.objects.get().confirmed_by == house.admin

    assert client.post(f"{where}undo/", {"because": ""}).status_code == 422
    client.post(f"{where}undo/", {"because": "发错了"})
    assert Entry.objects.count() == 2
    assert "发错了" in client.get(where).content.decode()
    with django_assert_max_num_queries(10):
        assert "学时.csv" in client.get("/ledger/import/").content.decode()


def test_wrong_rows_are_shown_and_nothing_can_be_posted(client, login, house):
    login(client, house.admin)
    where = send(client, as_csv(GOOD, ["DS0001", "外人", *GOOD[2:]])).url
    page = client.get(where).content.decode()
    assert "DS0001" in page
    assert f"{where}post/" not in page
    client.post(f"{where}post/")
    assert not Entry.objects.exists()


def test_a_near_duplicate_needs_the_hand_that_says_it_is_none(client, login, house):
    login(client, house.admin)
    where = send(client, as_csv(GOOD, [*GOOD[:3], "春季班 ", *GOOD[4:7], "32"])).url
    client.post(f"{where}post/")
    assert not Entry.objects.exists()
    client.post(f"{where}post/", {"accept_near": "1"})
    assert Entry.objects.count() == 2


def test_a_refused_file_leaves_nothing_and_says_why(client, login, house):
    login(client, house.admin)
    page = send(client, as_xlsx(GOOD), name="改名.csv")
    assert page.status_code == 422
    assert ".xlsx" in page.content.decode()
    assert not HoursImport.objects.exists()


def test_another_s_file_is_posted_by_nobody_else_and_seen_by_his_administrator_alone(
    client, login, house
):
    login(client, house.admin)
    where = send(client, as_csv(GOOD)).url
    stranger = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=OrgUnitFactory()).person
    login(client, stranger)
    assert client.get(where).status_code == 404
    login(client, RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=house.admin.unit).person)
    assert client.get(where).status_code == 200
    assert client.post(f"{where}post/").status_code == 404


def test_staff_of_an_institution_import_for_it_alone(client, login, house):
    place = OrgUnitFactory(kind="institution", parent=house.admin.unit)
    own = InstitutionFactory(name="区行政学院", unit=place)
    staff = RoleGrantFactory(role=Role.INSTITUTION_STAFF, unit=place).person
    data = as_csv([*GOOD[:4], own.name, *GOOD[5:]], [*GOOD[:2], "在职自学", *GOOD[3:]], GOOD)
    report = check(data, by=staff)
    assert [(p.row, p.code) for p in report.errors] == [
        (3, "unknown_institution"),
        (3, "wrong_confirmer"),
        (4, "unknown_institution"),
    ]


# --- while it is posted ------------------------------------------------------------------------------

SECOND = [*GOOD[:3], "秋季班", GOOD[4], "2026-04-01", "2026-04-02", "8"]


@pytest.fixture
def told_at_once(monkeypatch, settings, tmp_path):
    """Lines are posted one at a time, and each is told."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(progress, "_EVERY", 0)
    monkeypatch.setattr(imports, "_AT_ONCE", 1)


@pytest.mark.parametrize("lines", [0, 1])
def test_a_posting_that_is_killed_midway_leaves_nothing_and_is_posted_the_next_time(
    house, told_at_once, lines
):
    row, _report = operations.receive_hours(
        io.BytesIO(as_csv(GOOD, SECOND)), "学时.csv", by=house.admin, now=NOW
    )

    def killed(stage, done, total):
        if stage == Stage.WRITING and done == lines:
            assert Entry.objects.count() == lines  # it was under way
            raise SystemExit

    with pytest.raises(SystemExit):
        operations.post_hours(row.pk, by=house.admin, now=NOW, tell=killed)

    assert not Entry.objects.exists()
    assert HoursImport.objects.get().state == ImportState.CHECKED
    assert not AuditEntry.objects.filter(verb="tracker.import.post").exists()
    operations.post_hours(row.pk, by=house.admin, now=NOW)
    assert Entry.objects.count() == 2


def test_rows_are_counted_for_the_page_that_waits_and_for_nobody_else(
    client, login, house, told_at_once, monkeypatch
):
    login(client, house.admin)
    where = send(client, as_csv(GOOD, SECOND)).url
    heard = []

    def post_and_look(*args, **kwargs):
        heard.append(client.get(f"{where}progress/").json())
        assert f"{where}post/" not in client.get(where).content.decode()  # no second button
        return credit_many(*args, **kwargs)

    credit_many = imports.credit_many
    monkeypatch.setattr(imports, "credit_many", post_and_look)
    assert client.get(f"{where}progress/").json() == {"live": False}
    client.post(f"{where}post/")

    assert heard == [
        {"live": True, "share": 66, "said": "正在写入：0 / 2"},
        {"live": True, "share": 83, "said": "正在写入：1 / 2"},
    ]
    assert client.get(f"{where}progress/").json() == {"live": False}
    login(client, RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=OrgUnitFactory()).person)
    assert client.get(f"{where}progress/").status_code == 404


def test_rows_are_counted_from_the_first_check_for_the_sender_alone(
    client, login, house, told_at_once, monkeypatch
):
    login(client, house.admin)
    other = Client()
    login(other, RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=house.admin.unit).person)
    heard, shown = [], []

    def read_and_look(*args):
        heard.append(client.get("/ledger/import/checking/").json())
        shown.append(client.get("/ledger/import/").content.decode())
        assert other.get("/ledger/import/checking/").json() == {"live": False}
        return read_row(*args)

    read_row = import_check.read_row
    monkeypatch.setattr(import_check, "read_row", read_and_look)
    assert 'type="file"' in client.get("/ledger/import/").content.decode()
    send(client, as_xlsx(GOOD, SECOND), name="学时.xlsx")

    assert heard == [
        {"live": True, "share": 25, "said": "正在读取：1 / 2 行"},
        {"live": True, "share": 50, "said": "正在读取：2 / 2 行"},
    ]
    assert "正在读取：2 / 2 行" in shown[1]
    assert 'type="file"' not in shown[1]  # no second file meanwhile
    assert client.get("/ledger/import/checking/").json() == {"live": False}


def test_rows_held_against_the_ledger_are_told_after_those_read(house):
    told = []
    check_hours = operations.check_hours
    data = as_csv(GOOD, SECOND)
    check_hours(io.BytesIO(data), "a.csv", by=None, now=NOW, tell=lambda *said: told.append(said))
    assert told == [
        (Stage.READING, 1, 2),
        (Stage.READING, 2, 2),
        (Stage.CHECKING, 0, 2),
        (Stage.CHECKING, 1, 2),
    ]


def test_a_sheet_that_says_it_is_endless_says_nothing():
    """Formatted down to its last row, as people leave it: the count goes on without a total."""
    table = open_table(io.BytesIO(resized(as_xlsx(GOOD), "A1:H1048576")), "a.xlsx")
    assert (table.expected, len(list(table.rows))) == (0, 1)
    table = open_table(io.BytesIO(resized(as_xlsx(GOOD), "A1:H2")), "a.xlsx")
    assert (table.expected, len(list(table.rows))) == (1, 1)


def resized(data, size):
    """The workbook with another word of its own about the size of its sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content, found = re.subn(rb'(?<=<dimension ref=")[^"]+', size.encode(), content)
                assert found == 1
            new.writestr(part, content)
    return buffer.getvalue()
