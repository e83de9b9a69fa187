"""Question files in the browser: looked at, taken whole or not at all, undone; export by filter."""

import io
from dataclasses import replace
from urllib.parse import unquote

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from exams import operations, queries
from exams.engine import formats, similarity
from exams.enums import QuestionStatus
from exams.models import BankImport, Question
from exams.views import imports
from people.enums import Role
from people.models import AuditEntry
from tests.factories.exams import NOW, make_question

pytestmark = pytest.mark.django_db

GIFT = """$CATEGORY: 党史/党章

// [id:G-1]
::a::党的根本宗旨是什么{=全心全意为人民服务 ~实事求是 ~群众路线}

预备党员的预备期为一年。{T}

Sum {=a ~%40%b#warm} of it
"""


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def setter(role):
    return role(Role.QUESTION_SETTER)


@pytest.fixture
def desk(client, login, setter):
    login(client, setter)
    return client


def upload(client, content, name="题库.gift", **fields):
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return client.post(
        "/bank/import/", {"file": file, "format": "auto", "category": "未分类", **fields}
    )


def test_a_file_is_looked_at_first_and_nothing_enters_the_bank(desk, setter):
    response = upload(desk, GIFT)
    batch = BankImport.objects.get()
    assert response["Location"] == f"/bank/import/{batch.pk}/"
    page = desk.get(response["Location"]).content.decode()
    assert "找到 3 道试题" in page
    assert "全心全意为人民服务" in page
    assert Question.objects.count() == 0
    assert batch.format == "gift"


def test_all_are_taken_as_drafts_and_can_be_undone(desk, setter):
    upload(desk, GIFT)
    batch = BankImport.objects.get()
    desk.post(f"/bank/import/{batch.pk}/take/")
    assert set(Question.objects.values_list("status", "category__full_name", "author")) == {
        (QuestionStatus.DRAFT, "党史/党章", setter.pk)
    }
    assert Question.objects.filter(code="G-1").exists()
    # Taken twice (two tabs, a double click) changes nothing.
    desk.post(f"/bank/import/{batch.pk}/take/")
    assert Question.objects.count() == 3
    touched = Question.objects.exclude(code="G-1").first()
    Question.objects.filter(pk=touched.pk).update(status=QuestionStatus.IN_REVIEW)
    desk.post(f"/bank/import/{batch.pk}/undo/")
    assert sorted(Question.objects.values_list("status", flat=True)) == [
        "in_review",
        "retired",
        "retired",
    ]
    assert not Question.objects.filter(code="G-1").exists()
    # The codes are free again: the mended file goes in.
    upload(desk, GIFT)
    desk.post(f"/bank/import/{BankImport.objects.latest('pk').pk}/take/")
    assert Question.objects.filter(code="G-1", status=QuestionStatus.DRAFT).exists()


def test_one_wrong_question_holds_back_all_and_is_shown_with_its_line(desk):
    make_question(code="G-1")
    upload(desk, GIFT + "\n\nNo key{~a ~b}\n")
    batch = BankImport.objects.get()
    page = desk.get(f"/bank/import/{batch.pk}/").content.decode()
    assert "有 2 道试题不能导入" in page
    assert "没有标明正确答案" in page
    assert "第 11 行" in page
    assert "编号 G-1 在题库中已有" in page
    desk.post(f"/bank/import/{batch.pk}/take/")
    assert Question.objects.count() == 1


def exported(client, kind, **filters):
    return client.get("/bank/export/", {"format": kind, "anyway": "on", **filters}).content


@pytest.mark.parametrize("kind", ["xlsx", "docx", "gift", "moodle-xml", "qti", "json"])
def test_the_bank_s_own_export_comes_back_as_what_it_is(kind, desk, setter):
    kept = make_question(tags=["甲"], points=2, valid_from=NOW.date())
    mended = make_question(
        {"type": "single", "stem": "党的根本宗旨是什么", "options": ["为人民服务", "求真", "务实"],
         "key": "A", "penalty": "0.25"}, tags=["乙"], valid_from=NOW.date(), code="Z-1",
    )  # fmt: skip
    upload(desk, exported(desk, kind), name=f"a.{'zip' if kind == 'qti' else kind}", format=kind)
    batch = BankImport.objects.latest("pk")
    page = desk.get(f"/bank/import/{batch.pk}/").content.decode()
    assert "这些试题与题库中的完全一致" in page
    assert "/take/" not in page

    # One word is changed in the file: a new version, to be reviewed; the rest is left.
    records = queries.records_of(queries.questions().filter(pk__in=[kept.pk, mended.pk]))
    changed = [
        replace(r, item=replace(r.item, stem="党的根本宗旨是什么？请选择"))
        if r.code == "Z-1"
        else r
        for r in records
    ]
    upload(desk, formats.write(kind, changed).content, name="b", format=kind)
    batch = BankImport.objects.latest("pk")
    page = desk.get(f"/bank/import/{batch.pk}/").content.decode()
    assert "1 道一致，不再导入；1 道有改动" in page
    said = desk.post(f"/bank/import/{batch.pk}/take/", follow=True).content.decode()
    assert "1 道试题已存为新版本，请提交审核" in said
    assert "1 道试题与题库中的一致" in said
    assert "撤销时保留" in said
    kept.refresh_from_db()
    mended.refresh_from_db()
    assert (kept.status, kept.versions.count()) == (QuestionStatus.READY, 1)
    assert (mended.status, mended.versions.count()) == (QuestionStatus.DRAFT, 2)
    assert mended.current.stem == "党的根本宗旨是什么？请选择"
    # What the format does not carry stays.
    assert (mended.current.tags, mended.current.valid_from) == (["乙"], NOW.date())
    assert mended.current.body["penalty"] == "0.25"
    assert [o["text"] for o in mended.current.body["options"]] == ["为人民服务", "求真", "务实"]
    desk.post(f"/bank/import/{batch.pk}/undo/")
    assert Question.objects.get(pk=mended.pk).status == QuestionStatus.DRAFT


def test_a_question_changed_since_the_look_stops_the_whole_import(desk, setter):
    mine = make_question(code="Z-1")
    record = queries.record_of(mine)
    changed = replace(record, item=replace(record.item, stem=record.item.stem + "？"))
    upload(desk, formats.write("json", [changed]).content, name="a.json")
    batch = BankImport.objects.get()
    meanwhile = replace(record, item=replace(record.item, stem=record.item.stem + "！"))
    operations.revise_question(mine.pk, meanwhile, by=setter, now=NOW)

    said = desk.post(f"/bank/import/{batch.pk}/take/", follow=True).content.decode()

    assert "未导入任何试题" in said
    assert mine.versions.count() == 2


def test_a_retired_question_s_code_stays_taken(desk, setter):
    old = make_question(code="Z-1")
    content = exported(desk, "json")
    operations.retire_question(old.pk, by=setter, now=NOW)
    upload(desk, content, name="a.json")
    assert (
        "编号 Z-1 在题库中已有"
        in desk.get(f"/bank/import/{BankImport.objects.get().pk}/").content.decode()
    )


def test_a_code_taken_meanwhile_stops_the_whole_import(desk):
    upload(desk, GIFT)
    batch = BankImport.objects.get()
    make_question(code="G-1")
    response = desk.post(f"/bank/import/{batch.pk}/take/", follow=True)
    assert "未导入任何试题" in response.content.decode()
    assert Question.objects.count() == 1


def test_what_is_nearly_the_same_is_named_and_may_be_left_out(desk):
    options = ["群众路线", "全心全意为人民服务", "实事求是"]
    make_question(code="OLD", stem="党的根本宗旨是什么？", options=options, key="B")
    again = GIFT + "\n\n预备党员的预备期为 一年{F}\n"
    upload(desk, again)
    batch = BankImport.objects.get()
    page = desk.get(f"/bank/import/{batch.pk}/?only=near").content.decode()
    assert "OLD" in page
    assert "与本文件第 2 题几乎相同" in page
    desk.post(f"/bank/import/{batch.pk}/take/", {"without_near": "on"})
    assert Question.objects.exclude(code="OLD").count() == 2


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"PK\x03\x04xx", "a.xlsx", "文件已损坏，或不是"),
        (b"<quiz/>", "a.xml", "文件中没有试题"),
        (b'<!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>', "a.xml", "文件被拒绝"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_and_keeps_the_form(desk, content, name, said):
    response = upload(desk, content, name, category="党史")
    assert response.status_code == 422
    page = response.content.decode()
    assert said in page
    assert 'value="党史"' in page
    assert not BankImport.objects.exists()


def test_somebody_elses_import_is_not_found(desk, client, login, role):
    upload(desk, GIFT)
    batch = BankImport.objects.get()
    login(client, role(Role.QUESTION_SETTER))
    assert client.get(f"/bank/import/{batch.pk}/").status_code == 404
    assert client.post(f"/bank/import/{batch.pk}/take/").status_code == 404
    assert Question.objects.count() == 0


def test_the_template_is_read_as_it_is(desk):
    content = desk.get("/bank/import/template.xlsx").content
    upload(desk, content, "模板.xlsx")
    batch = BankImport.objects.get()
    assert not any(entry["errors"] for entry in batch.entries)
    assert desk.get(f"/bank/import/{batch.pk}/").status_code == 200


def test_the_lists_filters_say_what_is_exported_and_losses_are_shown_first(desk):
    make_question(code="A-1", category="党史")
    parts = [{"type": "true_false", "stem": "x", "key": True}]
    make_question({"type": "case", "parts": parts}, code="B-1", category="党建")
    response = desk.get("/bank/export/", {"q": "A-1", "format": "xlsx"})
    assert ".xlsx" in unquote(response["Content-Disposition"])
    [record] = formats.read("xlsx", response.content).records
    assert record.code == "A-1"
    page = desk.get("/bank/export/", {"format": "gift"}).content.decode()
    assert "无法写出题型“案例题”（试题 B-1）" in page
    response = desk.get("/bank/export/", {"format": "gift", "anyway": "1"})
    assert [r.code for r in formats.read("gift", response.content).records] == ["A-1"]


def test_what_a_format_does_not_carry_is_said_once_by_its_name(desk):
    for number in range(7):
        make_question(code=f"A-{number}", category="党史")

    page = desk.get("/bank/export/", {"format": "aiken"}).content.decode()

    assert page.count("此格式无法保留：分类") == 1
    assert "等，另有 2 处）" in page
    assert "category" not in page[page.index("此格式无法保留") : page.index("仍然下载")]


@pytest.mark.parametrize(
    ("gift", "said"),
    [
        ("题目 {=甲 ~乙", "“{”与“}”没有成对出现"),
        ("::名 题目 {T}", "“::”没有成对出现"),
        ("甲 {=一} 乙 {~二 =三}", "每处都须写成“{=…}”"),
        ("配对 {=甲 -> 一 =乙}", "“乙”中缺少“-&gt;”"),
    ],
)
def test_what_is_wrong_in_gift_is_said_in_the_readers_language(desk, gift, said):
    upload(desk, gift)
    assert said in desk.get(f"/bank/import/{BankImport.objects.get().pk}/").content.decode()


def test_few_questions_are_written_at_once_and_more_by_a_job(desk, monkeypatch):
    make_question(code="A-1")
    make_question(code="A-2")
    assert desk.get("/bank/export/", {"format": "json"})["Content-Type"] == "application/json"
    made = AuditEntry.objects.get(verb="exams.questions.export")
    assert made.detail == {"questions": 2, "format": "json"}

    monkeypatch.setattr(imports, "WRITTEN_AT_ONCE", 1)

    page = desk.get("/bank/export/", {"format": "json", "q": "A-"}).content.decode()
    assert 'name="kind" value="questions"' in page
    assert 'name="query" value="q=A-"' in page
    assert "“我的任务”" in page
    assert AuditEntry.objects.filter(verb="exams.questions.export").count() == 1
    one = desk.get("/bank/export/", {"format": "json", "q": "A-1"})
    assert one["Content-Type"] == "application/json"


def test_the_preview_page_costs_the_same_however_many_questions(
    desk, django_assert_max_num_queries
):
    upload(desk, "\n\n".join(f"问题 {n} 是否成立{{T}}" for n in range(60)))
    with django_assert_max_num_queries(12):
        desk.get(f"/bank/import/{BankImport.objects.get().pk}/?only=all")


def test_near_duplicates_are_found_by_their_laws():
    texts = [
        "党的根本宗旨是全心全意为人民服务",
        "党的根本宗旨，是全心全意为人民服务！",
        "四风包括形式主义",
        "",
    ]
    found = similarity.near(texts, ["四風包括形式主義", "别的题目"])
    assert [(f.new, f.known, f.within) for f in found if f.similarity == 1] == [
        (1, 0, True),
        (2, 0, False),
    ]
    exact = similarity.near(
        ["一二三四五六七八九十甲乙"], ["一二三四五六七八九十甲丙", "完全不同的文字"]
    )
    assert [round(f.similarity, 3) for f in exact] == [round(10 / 12, 3)]


def test_the_workbook_an_export_writes_opens_and_holds_no_formula(desk):
    make_question({"type": "true_false", "key": True}, code="F-1", stem="=cmd|' /C calc'!A0")
    content = desk.get("/bank/export/", {"format": "xlsx"}).content
    from openpyxl import load_workbook  # noqa: PLC0415

    sheet = load_workbook(io.BytesIO(content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in cells if cell.data_type == "f"]
