"""A list of units or persons becomes the roster: all of it or nothing, and never twice."""

import io
import json
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from openpyxl import load_workbook

from people import progress, roster_check, roster_import
from people.enums import DutyKind, Rank, Role, RosterState, Stage
from people.importing.tables import FileRefused
from people.importing.template import roster_template
from people.models import (
    AuditEntry,
    MembershipStage,
    OrgUnit,
    PartyDuty,
    Person,
    Post,
    RosterImport,
)
from people.operations import FIRST_AT_ONCE, issue_first_passwords
from people.progress import Stage as Telling
from people.roster_check import check_roster
from tests.at_once import at_once
from tests.factories.people import (
    OrgUnitFactory,
    PersonFactory,
    PostFactory,
    RoleGrantFactory,
)
from tests.factories.tracker import packs_in_force
from tracker.models import StandingMark
from tracker.operations import sweep

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
HEADINGS = "工号,姓名,单位,职务,任职日期,职务层次,领导职务,管理权限,党内职务,党内任职日期,发展阶段,阶段日期"


@pytest.fixture
def district(db):
    return OrgUnitFactory(name="清河区", code="QH")


@pytest.fixture
def bureau(district):
    return OrgUnitFactory(name="区财政局", code="QH-CZ", parent=district)


@pytest.fixture
def keeper(district):
    return RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=district).person


def as_file(text):
    return io.BytesIO(text.encode())


def sent(text, by, name="名册.csv"):
    return roster_import.receive_roster(as_file(text), name, by=by, now=NOW)


def carried_out(text, by, name="名册.csv"):
    row, report = sent(text, by, name)
    assert report.errors == []
    return roster_import.carry_out(row.pk, by=by, now=NOW)[1]


def codes(report):
    return [(problem.row, problem.column, problem.code) for problem in report.errors]


def test_persons_come_with_post_duty_and_stage(bureau, keeper):
    report = carried_out(
        f"{HEADINGS}\n"
        "CZ01,王晓明,QH-CZ,局长,2024-03-01,县处级正职,是,区管,党组书记,2024-03-02,正式党员,2001年7月1日\n"
        "CZ02,李静,区财政局,科员,20250105,科员,否,,,,,\n",
        keeper,
    )

    assert report.counts == {"add_person": 2, "appoint": 2, "duty": 1, "stage": 1}
    person = Person.objects.get(staff_number="CZ01")
    assert (person.name, person.unit, person.pinyin) == ("王晓明", bureau, "wangxiaoming wxm")
    assert not person.has_usable_password()
    post = Post.objects.get(person=person)
    assert (post.title, post.rank, post.leading, post.authority, post.starts_on, post.primary) == (
        "局长", Rank.COUNTY_HEAD, True, "district", date(2024, 3, 1), True,
    )  # fmt: skip
    duty = PartyDuty.objects.get(person=person)
    assert (duty.kind, duty.unit, duty.starts_on) == (
        DutyKind.PARTY_GROUP_SECRETARY, bureau, date(2024, 3, 2),
    )  # fmt: skip
    stage = MembershipStage.objects.get(person=person)
    assert (stage.stage, stage.starts_on) == (Stage.FULL_MEMBER, date(2001, 7, 1))
    trace = AuditEntry.objects.get(verb="people.post.appoint", subject=f"people.person:{person.pk}")
    assert (trace.actor, trace.detail["title"]) == (keeper, "局长")


def test_the_same_list_again_changes_nothing(bureau, keeper):
    text = f"{HEADINGS}\nCZ01,王晓明,QH-CZ,局长,2024-03-01,县处级正职,是,区管,党组书记,2024-03-02,正式党员,2001-07-01\n"
    carried_out(text, keeper)

    again = sent(text, keeper)[1]

    assert (again.unchanged, again.deeds, again.errors) == (1, [], [])


def test_another_post_ends_the_one_before_and_the_home_moves_with_it(district, bureau, keeper):
    person = PersonFactory(staff_number="CZ01", name="王晓明", unit=bureau)
    PostFactory(person=person, unit=bureau, title="科长", starts_on=date(2020, 1, 1))
    MembershipStage.objects.create(
        person=person, stage=Stage.PROBATIONARY_MEMBER, starts_on=date(2023, 7, 1)
    )
    office = OrgUnitFactory(name="区政府办", code="QH-ZF", parent=district)

    carried_out(
        "工号,姓名,单位,职务,任职日期,发展阶段,阶段日期\n"
        "CZ01,王 晓明,QH-ZF,副主任,2026-05-01,正式党员,2024-07-01\n",
        keeper,
    )

    person.refresh_from_db()
    assert person.unit == office
    assert list(person.posts.order_by("starts_on").values_list("title", "ends_on")) == [
        ("科长", date(2026, 5, 1)), ("副主任", None),
    ]  # fmt: skip
    assert list(person.stages.order_by("starts_on").values_list("stage", "ends_on")) == [
        ("probationary_member", date(2024, 7, 1)), ("full_member", None),
    ]  # fmt: skip


def test_one_wrong_row_holds_the_whole_list(bureau, keeper):
    row, report = sent("工号,姓名,单位\nCZ01,王晓明,QH-CZ\nCZ02,李静,没有这个单位\n", keeper)

    assert codes(report) == [(3, "单位", "unknown_unit")]
    with pytest.raises(roster_import.RosterHeld):
        roster_import.carry_out(row.pk, by=keeper, now=NOW)
    assert not Person.objects.filter(staff_number="CZ01").exists()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (",王晓明,QH-CZ,,,,,,,,,", ("工号", "missing")),
        ("C Z/1,王晓明,QH-CZ,,,,,,,,,", ("工号", "malformed")),
        ("CZ01,,QH-CZ,,,,,,,,,", ("姓名", "missing")),
        ("CZ01,王晓明,QH-CZ,局长,,,,,,,,", ("任职日期", "missing")),
        ("CZ01,王晓明,QH-CZ,局长,2026-02-30,,,,,,,", ("任职日期", "impossible_date")),
        ("CZ01,王晓明,QH-CZ,局长,2026-07-01,,,,,,,", ("任职日期", "future")),
        ("CZ01,王晓明,QH-CZ,局长,2026-01-01,大官,,,,,,", ("职务层次", "unknown_word")),
        ("CZ01,王晓明,QH-CZ,局长,2026-01-01,,也许,,,,,", ("领导职务", "unknown_word")),
        ("CZ01,王晓明,QH-CZ,,,县处级正职,,,,,,", ("职务", "missing")),
        ("CZ01,王晓明,QH-CZ,,,,,,党组书记,,,", ("党内任职日期", "missing")),
        ("CZ01,王晓明,QH-CZ,=1+1,2026-01-01,,,,,,,", ("职务", "formula")),
        ("HAS,李四,QH-CZ,,,,,,,,,", ("姓名", "name_mismatch")),
        ("HAS,张三,QH,,,,,,,,,", ("职务", "move_without_post")),
        ("HAS,张三,QH-CZ,副局长,2020-01-01,,,,,,,", ("任职日期", "out_of_order")),
        ("GONE,赵六,QH-CZ,,,,,,,,,", ("工号", "closed")),
        ("AFAR,钱五,QH-CZ,,,,,,,,,", ("工号", "beyond_reach")),
        ("CZ01,王晓明,FAR,,,,,,,,,", ("单位", "unknown_unit")),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_said_in_its_column(bureau, keeper, line, found):
    here = PersonFactory(staff_number="HAS", name="张三", unit=bureau)
    PostFactory(person=here, unit=bureau, title="科长", starts_on=date(2020, 1, 1))
    PersonFactory(staff_number="GONE", name="赵六", unit=bureau, is_active=False)
    PersonFactory(staff_number="AFAR", name="钱五", unit=OrgUnitFactory(code="FAR"))

    report = check_roster(as_file(f"{HEADINGS}\n{line}\n"), "x.csv", by=keeper, now=NOW)

    assert (2, *found) in codes(report)
    assert report.deeds == []


def test_a_number_named_twice_is_an_error_of_the_second_row(bureau, keeper):
    report = sent("工号,姓名,单位\nCZ01,王晓明,QH-CZ\nCZ01,王晓明,QH-CZ\n", keeper)[1]

    assert codes(report) == [(3, "工号", "twice")]


def test_a_system_administrator_puts_people_on_the_roster_but_records_no_posts(district, bureau):
    keeper = RoleGrantFactory(role=Role.SYSTEM_ADMIN, unit=district).person

    assert carried_out("工号,姓名,单位\nCZ01,王晓明,QH-CZ\n", keeper).counts == {"add_person": 1}
    report = sent("工号,姓名,单位,职务,任职日期\nCZ02,李静,QH-CZ,科员,2025-01-01\n", keeper)[1]

    assert codes(report) == [(2, "职务", "career_not_kept")]


def test_units_hang_below_known_ones_and_below_rows_above(district, keeper):
    text = (
        "单位代码,单位名称,单位类型,上级单位代码\n"
        "QH-JY,区教育局,单位,QH\nQH-JY-1,办公室,处室,QH-JY\nQH-JY-D,机关党支部,党支部,QH-JY\n"
    )

    assert carried_out(text, keeper).counts == {"add_unit": 3}
    education = OrgUnit.objects.get(code="QH-JY")
    assert [unit.code for unit in education.get_children()] == ["QH-JY-1", "QH-JY-D"]
    assert education.numchild == 2
    again = sent(text, keeper)[1]
    assert (again.unchanged, again.deeds) == (3, [])
    OrgUnit.objects.get(code="QH").refresh_from_db()
    assert OrgUnit.find_problems() == ([], [], [], [], [])


def test_a_unit_is_neither_renamed_nor_moved_nor_hung_beyond_reach(district, bureau, keeper):
    OrgUnitFactory(code="FAR", name="远区")

    report = sent(
        "单位代码,单位名称,单位类型,上级单位代码\n"
        "QH-CZ,财政局,单位,QH\nQH-X,新单位,单位,FAR\nQH-Y,后面的,单位,QH-Z\nQH-Z,前面的,单位,QH\n",
        keeper,
    )[1]

    assert codes(report) == [
        (2, "单位名称", "other_unit"), (3, "上级单位代码", "unknown_unit"), (4, "上级单位代码", "unknown_unit"),
    ]  # fmt: skip


def test_a_list_without_its_columns_or_rows_is_refused(district, keeper):
    for text in ("工号,姓名\nCZ01,王\n", "工号,姓名,单位\n", ""):
        with pytest.raises(FileRefused):
            sent(text, keeper)


def test_the_template_is_read_back_with_every_column_known(bureau, keeper):
    book = load_workbook(io.BytesIO(roster_template()))
    sheet = book["人员"]
    for column, value in enumerate(["CZ01", "王晓明", "QH-CZ"], 1):
        sheet.cell(2, column, value)
    filled = io.BytesIO()
    book.save(filled)

    report = check_roster(filled, "名册.xlsx", by=keeper, now=NOW)

    assert (report.ignored_columns, report.errors, report.counts) == ([], [], {"add_person": 1})
    assert book.sheetnames == ["人员", "单位", "填写说明"]


def test_standings_follow_at_once_for_few_and_with_the_sweep_for_many(
    bureau, keeper, django_capture_on_commit_callbacks, monkeypatch
):
    packs_in_force("cadre-2023")
    capture = partial(django_capture_on_commit_callbacks, execute=True)
    with capture():
        carried_out("工号,姓名,单位,职务,任职日期\nCZ01,王晓明,QH-CZ,科员,2025-01-01\n", keeper)
    person = Person.objects.get(staff_number="CZ01")
    assert StandingMark.objects.get(person=person).rank == Rank.OTHER
    monkeypatch.setattr("tracker.operations.REFRESH_AT_ONCE", 0)
    with capture():
        carried_out(
            "工号,姓名,单位,职务,任职日期,职务层次\nCZ01,王晓明,QH-CZ,科长,2026-01-01,乡科级正职\n",
            keeper,
        )

    assert StandingMark.objects.get(person=person).rank == Rank.OTHER
    sweep(datetime.now(UTC))
    assert StandingMark.objects.get(person=person).rank == Rank.TOWNSHIP_HEAD


def test_the_command_says_what_it_did_and_leaves_nothing_on_an_error(district, tmp_path, capsys):
    good, bad = tmp_path / "units.csv", tmp_path / "bad.csv"
    good.write_text(
        "单位代码,单位名称,单位类型,上级单位代码\nNEW,新区,系统或区,\nNEW-1,一局,单位,NEW\n"
    )
    bad.write_text("工号,姓名,单位\nCZ01,王晓明,没有\n")

    call_command("import_roster", str(good), "--dry-run")
    assert not OrgUnit.objects.filter(code="NEW").exists()
    call_command("import_roster", str(good), "--json")
    said = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    assert (said["result"], said["counts"]) == ("carried out", {"add_unit": 2})
    assert OrgUnit.objects.get(code="NEW").depth == 1
    call_command("import_roster", str(good), "--json")  # sent again: nothing to carry out
    assert json.loads(capsys.readouterr().out)["import"] is None
    with pytest.raises(SystemExit) as ended:
        call_command("import_roster", str(bad))
    assert ended.value.code == 1
    assert not Person.objects.filter(staff_number="CZ01").exists()
    # What was held was never received: no list of the operator's waits to be carried out.
    assert [row.state for row in RosterImport.objects.all()] == [RosterState.DONE]


@pytest.mark.parametrize("command", ["import_roster", "import_hours"])
@pytest.mark.parametrize("what", ["no such file", "no list", "nobody", "no name"])
def test_every_import_command_tells_a_refusal_as_json_too(db, tmp_path, capsys, command, what):
    path = tmp_path / "list.csv"
    if what != "no such file":
        path.write_text("甲,乙\n1,2\n")
    arguments = [] if what == "no name" else [str(path)]
    if what == "nobody":
        arguments += ["--by", "QH9999"]

    with pytest.raises(SystemExit) as ended:
        call_command(command, *arguments, "--json")
    said = json.loads(capsys.readouterr().out)
    assert (ended.value.code, said["result"]) == (2, "refused")
    assert said["reason"]
    with pytest.raises(CommandError) as refused:
        call_command(command, *arguments)
    assert (refused.value.returncode, str(refused.value)) == (2, said["reason"])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_two_who_carry_out_the_same_list_at_once_add_nobody_twice(bureau, keeper):
    text = f"{HEADINGS}\nCZ01,王晓明,QH-CZ,局长,2024-03-01,,,,党组书记,2024-03-02,正式党员,2001-07-01\n"
    lists = [sent(text, keeper)[0].pk for _ in range(2)]

    at_once(*[partial(roster_import.carry_out, pk, by=keeper, now=NOW) for pk in lists])

    person = Person.objects.get(staff_number="CZ01")
    assert (person.posts.count(), person.duties.count(), person.stages.count()) == (1, 1, 1)


# --- in the browser -----------------------------------------------------------------------------------


def test_a_list_is_read_looked_at_and_carried_out(client, login, bureau, keeper):
    login(client, keeper)
    file = as_file("工号,姓名,单位\nCZ01,王晓明,QH-CZ\n")
    file.name = "名册.csv"

    page = client.post("/people/import/", {"file": file}, follow=True)
    assert "王晓明" in page.content.decode()
    assert "列入名册" in page.content.decode()  # not a bare day
    assert not Person.objects.filter(staff_number="CZ01").exists()
    address = page.redirect_chain[-1][0]
    done = client.post(f"{address}do/", follow=True).content.decode()

    assert "已执行" in done
    assert "名单将改动的内容" not in done
    assert Person.objects.get(staff_number="CZ01").unit == bureau
    assert "没有再次改动" in client.post(f"{address}do/", follow=True).content.decode()


def test_a_list_of_somebody_else_is_not_there(client, login, district, bureau, keeper):
    row, _report = sent("工号,姓名,单位\nCZ01,王晓明,QH-CZ\n", keeper)
    login(client, RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=district).person)

    assert client.get(f"/people/import/{row.pk}/").status_code == 404
    assert client.post(f"/people/import/{row.pk}/do/").status_code == 404


def test_the_page_of_lists_states_its_statements(client, login, keeper, django_assert_num_queries):
    login(client, keeper)
    client.get("/people/import/")
    with django_assert_num_queries(3):
        client.get("/people/import/")


# --- first passwords ----------------------------------------------------------------------------------


def test_first_passwords_are_given_once_to_those_without_one(client, login, district, bureau):
    keeper = RoleGrantFactory(role=Role.SYSTEM_ADMIN, unit=district).person
    carried_out("工号,姓名,单位\nCZ01,王晓明,QH-CZ\nCZ02,李静,QH-CZ\n", keeper)
    login(client, keeper)
    assert "2 人" in client.get("/people/?unit=QH-CZ").content.decode()

    answer = client.post("/people/first-passwords/", {"unit": "QH-CZ"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    given = {row[1]: row[3] for row in sheet.iter_rows(min_row=2, values_only=True)}

    assert "no-store" in answer["Cache-Control"]
    assert set(given) == {"CZ01", "CZ02"}
    assert Person.objects.get(staff_number="CZ01").check_password(given["CZ01"])
    again = client.post("/people/first-passwords/", {"unit": "QH-CZ"}, follow=True)
    assert "已有密码" in again.content.decode()


def test_first_passwords_stay_within_reach(district, bureau):
    keeper = RoleGrantFactory(role=Role.SYSTEM_ADMIN, unit=bureau).person
    mighty = PersonFactory(unit=bureau)
    mighty.set_unusable_password()
    mighty.save()
    RoleGrantFactory(person=mighty, role=Role.AUDITOR, unit=district)

    assert issue_first_passwords(bureau, by=keeper, now=NOW) == []
    assert FIRST_AT_ONCE <= 500


def test_a_list_that_is_killed_midway_leaves_nothing_and_is_carried_out_the_next_time(
    bureau, keeper, monkeypatch
):
    monkeypatch.setattr(roster_import, "_AT_ONCE", 1)
    text = f"{HEADINGS}\nCZ01,王晓明,QH-CZ,局长,2024-03-01,,,,,,,\nCZ02,李静,QH-CZ,,,,,,,,,\n"
    row = sent(text, keeper)[0]
    before = Person.objects.count()

    def killed(stage, done, total):
        if stage == Telling.WRITING and done == 2:
            assert Person.objects.count() == before + 2  # it was under way
            raise SystemExit

    with pytest.raises(SystemExit):
        roster_import.carry_out(row.pk, by=keeper, now=NOW, tell=killed)

    assert Person.objects.count() == before
    assert not AuditEntry.objects.filter(detail__import=row.pk).exists()
    assert RosterImport.objects.get().state == RosterState.CHECKED
    told = []
    roster_import.carry_out(row.pk, by=keeper, now=NOW, tell=lambda *said: told.append(said))
    assert told[-1] == (Telling.WRITING, 3, 3)  # two persons, one post
    assert Person.objects.count() == before + 2


def test_the_page_of_a_list_that_is_being_carried_out_shows_the_count_and_no_button(
    client, login, bureau, keeper, settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    row = sent("工号,姓名,单位\nCZ01,王晓明,QH-CZ\n", keeper)[0]
    login(client, keeper)
    page = f"/people/import/{row.pk}/"
    assert f"{page}do/" in client.get(page).content.decode()

    with progress.telling(f"roster-{row.pk}", 1) as tell:
        tell(Telling.WRITING, 1, 2)
        shown = client.get(page).content.decode()
        assert "正在写入：1 / 2" in shown
        assert f"{page}do/" not in shown
        assert client.get(f"{page}progress/").json()["share"] == 83
        login(client, RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=bureau).person)
        assert client.get(f"{page}progress/").status_code == 404


def test_rows_are_counted_from_the_first_check_of_a_list(
    client, login, bureau, keeper, settings, tmp_path, monkeypatch
):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(progress, "_EVERY", 0)
    login(client, keeper)
    heard, shown = [], []

    def compare_and_look(*args):
        heard.append(client.get("/people/import/checking/").json())
        shown.append(client.get("/people/import/").content.decode())
        return changes(*args)

    changes = roster_check._changes
    monkeypatch.setattr(roster_check, "_changes", compare_and_look)
    text = "工号,姓名,单位\nCZ01,王晓明,QH-CZ\nCZ02,李静,QH-CZ\n"
    client.post("/people/import/", {"file": SimpleUploadedFile("名册.csv", text.encode())})

    assert heard == [
        {"live": True, "share": 50, "said": "正在核对：0 / 2 行"},
        {"live": True, "share": 75, "said": "正在核对：1 / 2 行"},
    ]
    assert "正在核对：1 / 2 行" in shown[1]
    assert 'type="file"' not in shown[1]
    assert 'type="file"' in client.get("/people/import/").content.decode()
    assert client.get("/people/import/checking/").json() == {"live": False}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headings", "missing"),
    [
        ("编码,名称,上级编码,类型", "单位代码、单位名称、上级单位代码"),
        ("姓名,单位名称", "工号"),
        ("甲,乙", "工号、姓名、单位"),
    ],
)
def test_what_is_missing_is_said_of_the_list_that_was_meant(headings, missing):
    with pytest.raises(FileRefused, match=f"缺少这些列：{missing}。"):
        check_roster(as_file(f"{headings}\na,b,c,d\n"), "a.csv", by=None, now=NOW)
