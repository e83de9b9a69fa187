"""The audit log as an auditor reads it: his part of the tree, and his own look is in it."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import translation

from dashboards.enums import JobKind
from exams.enums import Decision
from people import deeds
from people.enums import Role
from people.models import AuditEntry
from people.operations import audit
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory
from tests.factories.tracker import post_hours
from tracker import seals, verify_ledger

NOW = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    root = OrgUnitFactory(name="全市")
    here, there = OrgUnitFactory(parent=root, name="本区"), OrgUnitFactory(parent=root, name="外区")
    world = {
        "root": root,
        "auditor": PersonFactory(unit=here),
        "liaison": PersonFactory(unit=here, name="李联络"),
        "stranger": PersonFactory(unit=there, name="赵外人"),
        "member": PersonFactory(unit=here, name="王同志"),
    }
    RoleGrantFactory(person=world["auditor"], role=Role.AUDITOR, unit=here)
    about = f"people.person:{world['member'].pk}"
    audit(world["liaison"], "tracker.record.view", about, {}, now=NOW)
    audit(world["stranger"], "tracker.requirement.view", about, {"code": "x"}, now=NOW)
    audit(world["stranger"], "people.unit.add", "people.unit:1", {}, now=NOW)
    return world


def page(client, world, **filters) -> str:
    client.force_login(world["auditor"])
    return client.get(reverse("tracker:audit_log"), filters).content.decode()


def test_an_auditor_reads_the_deeds_of_his_part_of_the_tree_only(client, world):
    text = page(client, world)
    assert "李联络" in text
    assert "查看了个人档案" in text
    assert "赵外人" not in text


def test_the_office_of_who_did_it_is_named_with_the_unit_above_it(client, world):
    here = world["liaison"].unit
    world["liaison"].unit = OrgUnitFactory(parent=here, kind="office", name="办公室")
    world["liaison"].save()
    assert "本区 · 办公室" in page(client, world)


def test_whoever_looked_at_a_person_of_his_is_found_by_the_person(client, world):
    text = page(client, world, about="王同志")
    assert "李联络" in text
    assert "赵外人" in text
    # Not within his reach; the name stands only in the form that asked for it.
    assert "没有找到" in page(client, world, about="赵外人")


def test_filters_narrow_by_doer_kind_and_day(client, world):
    assert "没有找到" in page(client, world, kind="out")
    assert "查看了个人档案" in page(client, world, kind="looked", by="李联络")
    assert "查看了个人档案" in page(
        client, world, since="2026-03-03", until="2026-03-03", by="李联络"
    )
    assert "没有找到" in page(client, world, until="2026-03-02", by="李联络")
    for nonsense in ("0001-01-01", "9999-12-31", "yesterday"):
        assert page(client, world, since=nonsense, until=nonsense, kind="x", before="x" * 30)


def test_whoever_audits_the_whole_tree_sees_the_machine_as_well(client, world):
    audit(None, "tracker.figures.drift", "tracker.standing", {}, now=NOW)
    assert "告警" not in page(client, world)
    RoleGrantFactory(person=world["auditor"], role=Role.AUDITOR, unit=world["root"])
    assert "告警" in page(client, world)
    assert "赵外人" in page(client, world)


def test_reading_the_log_is_logged(client, world):
    page(client, world, by="李联络")
    mine = AuditEntry.objects.get(verb="people.audit.view")
    assert (mine.actor, mine.detail) == (world["auditor"], {"by": "李联络"})


def test_older_pages_go_on_where_the_newest_ends(client, world):
    for n in range(60):
        audit(world["liaison"], "tracker.entry.view", f"x:{n}", {}, now=NOW)
    newest = page(client, world)
    assert newest.count('<th scope="row">') == 50
    last = AuditEntry.objects.filter(subject="x:10").get()
    assert f"before={last.pk}" in newest
    assert page(client, world, before=last.pk).count("x:") >= 10


def test_the_page_costs_the_same_however_many_rows_there_are(
    client, world, django_assert_num_queries
):
    page(client, world)
    client.force_login(world["auditor"])
    with django_assert_num_queries(QUERIES):
        client.get(reverse("tracker:audit_log"))
    for n in range(40):
        audit(world["liaison"], "tracker.record.view", f"people.person:{n}", {}, now=NOW)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("tracker:audit_log"))


# One of them names the units above the offices of those who did it.
QUERIES = 9


def test_no_setting_switches_the_log_off_and_the_database_keeps_it(world, settings):
    for name in ("AUDIT", "AUDIT_ENABLED", "AUDIT_LOG", "DEBUG"):
        setattr(settings, name, False)
    count = AuditEntry.objects.count()
    audit(world["liaison"], "tracker.record.view", "x:1", {}, now=NOW)
    assert AuditEntry.objects.count() == count + 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all()._raw_delete("default")


def test_every_deed_the_house_knows_has_words_of_its_own():
    assert len({str(words) for words in deeds.ALL.values()}) == len(deeds.ALL)


# --- one's own proof --------------------------------------------------------------------------------


def test_a_member_downloads_the_proof_of_his_line_once_it_is_sealed(
    client, world, settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    entry = post_hours(world["member"], "x:1", hours="2")
    address = reverse("tracker:proof", args=[entry.pk])
    client.force_login(world["member"])
    assert client.get(address).status_code == 302
    seals.seal_ledger(now=NOW)
    answer = client.get(address)
    assert "attachment" in answer["Content-Disposition"]
    proof = answer.json()
    assert proof["record"]["hours"] == "2.00"
    assert verify_ledger.verify_proof(proof, keys=[seals.public_key(seals.signing_key())]) == []
    assert "下载存证" in client.get(reverse("tracker:entry", args=[entry.pk])).content.decode()
    client.force_login(world["stranger"])
    assert client.get(address).status_code == 404


# --- words --------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2]
APPS = ("people", "tracker", "courses", "exams", "classes", "certificates", "content", "dashboards", "notices")  # fmt: skip
# What writes a deed, and which of its arguments that is.
WRITERS = {"audit": 1, "_audit": 1, "_audit_look": 2, "_person": 2, "_visible": 2}


def deeds_written_down():
    """(deed, where) of every call that writes one; of a composed deed the part that is fixed, with “…”."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(call, ast.Call):
                    continue
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                if name not in WRITERS:
                    continue
                where = f"{path.relative_to(ROOT)}:{call.lineno}"
                at = WRITERS[name]
                for part in ast.walk(call.args[at]) if len(call.args) > at else ():
                    if isinstance(part, ast.Constant) and str(part.value).split(".")[0] in APPS:
                        text = str(part.value)
                        yield text + ("…" if text.endswith(".") else ""), where


def test_every_deed_that_is_written_down_has_words():
    written = dict(deeds_written_down())
    assert len(written) > 100
    composed = {
        "dashboards.…": [f"dashboards.{kind}.export" for kind in JobKind if kind not in WITHOUT_FILE],
        "exams.question.…": [f"exams.question.{decision}" for decision in Decision],
        "exams.correction.…": [f"exams.correction.{deed}" for deed in ("propose", "approve", "refuse")],
        "dashboards.league.…": [f"dashboards.league.{d}" for d in ("ask", "on", "off", "refused", "withdrawn")],
        "dashboards.statement.…": [f"dashboards.statement.{d}" for d in ("order", "seal", "withdraw")],
    }  # fmt: skip
    assert {deed for deed in written if deed.endswith("…")} == composed.keys()
    said = {each for many in composed.values() for each in many} | {
        deed for deed in written if not deed.endswith("…")
    }

    assert {deed: written.get(deed) for deed in said if deed not in deeds.ALL} == {}


WITHOUT_FILE = {JobKind.DRAW, JobKind.CHECK}  # what they leave is a statement, not a file


def test_the_details_of_a_row_are_in_words_down_to_its_lists(client, world):
    detail = {
        "because": "误录",
        "persons": [1, 2],
        "late": False,
        "role": "liaison",
        "rare": {"a": None},
    }
    audit(world["liaison"], "exams.exam.withdraw", "exams.exam:22", detail, now=NOW)

    text = page(client, world)

    for name, value in (
        ("理由", "误录"), ("涉及人员", "1、2"), ("逾期提出", "否"), ("角色", "联络员"), ("rare", "a: –"),
    ):  # fmt: skip
        assert f"<dt>{name}</dt><dd>{value}</dd>" in text


def test_the_values_of_a_row_are_in_words_as_their_own_fields_say_them(client, world):
    code = world["liaison"].unit.code
    for verb, detail in (
        ("tracker.change.ask", {"kind": "leave", "from": "2026-07-17", "known": NOW.isoformat()}),
        ("dashboards.league.ask", {"metric": "not_overdue", "requirement": "online-yearly"}),
        ("classes.presence.record", {"changed": {"10": ["", "present", 2]}}),
        ("people.person.add", {"unit": code, "note": "2026-02-31"}),
        ("elsewhere.done", {"kind": "leave"}),
    ):
        audit(world["liaison"], verb, "people.person:0", detail, now=NOW)

    text = page(client, world)

    for said in (
        "<dd>休假</dd>", "<dd>2026年7月17日</dd>", "<dd>10: –、出勤、2</dd>", f" {code}</dd>",
        "<dd>2026-02-31</dd>", "<dd>leave</dd>",
    ):  # fmt: skip
        assert said in text
    assert "not_overdue" not in text
    assert "people.person:" not in text


def parts_written_down():
    """(part, where) of every detail that stands as a literal in a call that writes a deed."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(call, "func", None)
                if getattr(name, "id", getattr(name, "attr", "")) != "audit" or len(call.args) < 4:
                    continue
                for key in getattr(call.args[3], "keys", ()):
                    if isinstance(key, ast.Constant):
                        yield key.value, f"{path.relative_to(ROOT)}:{call.lineno}"


def test_every_detail_that_is_written_down_has_a_name():
    written = dict(parts_written_down())
    assert len(written) > 20
    assert {part: where for part, where in written.items() if part not in deeds.PARTS} == {}


def test_no_two_deeds_read_alike_and_all_are_in_chinese():
    with translation.override("zh-hans"):
        said = [deeds.said(verb) for verb in deeds.ALL]

    assert len(said) == len(set(said))
    assert [words for words in said if words.isascii()] == []


def test_what_a_row_is_about_has_words_too(client, world):
    audit(world["liaison"], "exams.exam.withdraw", "exams.exam:22", {"because": None}, now=NOW)

    text = page(client, world)

    assert "考试 22" in text
    assert "None" not in text
    assert '<th scope="col">操作人</th>' in text


def subjects_written_down():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(getattr(call, "func", None), "id", "")
                if not isinstance(call, ast.Call) or name != "audit" or len(call.args) < 3:
                    continue
                fixed = next(
                    (c for c in ast.walk(call.args[2]) if isinstance(c, ast.Constant)), None
                )
                if fixed is not None and "." in str(fixed.value):
                    yield (
                        str(fixed.value).partition(":")[0],
                        f"{path.relative_to(ROOT)}:{call.lineno}",
                    )


def test_everything_that_rows_are_about_has_words():
    written = dict(subjects_written_down())
    assert len(written) > 20
    assert {what: where for what, where in written.items() if what not in deeds.SUBJECTS} == {}
