"""Papers, answer sheets and lists of results as PDF; candidates found by search."""

from datetime import date

import pytest
import time_machine
from django.template.loader import render_to_string

from exams import printed
from exams.models import Exam
from people.enums import Role
from tests.factories.exams import NOW, make_exam, make_paper, make_question
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pages(monkeypatch):
    """The pages as they go to the printer, and none of its seconds."""
    pages = []

    def print_them(template, context):
        pages.append(render_to_string(template, context))
        return b"%PDF-"

    monkeypatch.setattr(printed, "pdf", print_them)
    return pages


@pytest.fixture
def admin(db):
    """A training administrator with a unit below him."""
    unit = OrgUnitFactory()
    admin = PersonFactory(unit=unit)
    RoleGrantFactory(
        person=admin, role=Role.TRAINING_ADMIN, unit=unit, starts_on=date(2020, 1, 1), ends_on=None
    )
    admin.scope = unit
    return admin


def mixed_paper():
    plains = [
        {"type": "single", "stem": "单选一", "options": ["甲", "乙", "丙"], "key": "B"},
        {"type": "single", "stem": "单选二", "options": ["<b>甲</b>", "乙" * 30], "key": "A"},
        {"type": "multiple", "stem": "多选", "options": list("甲乙丙丁戊"), "key": ["A", "B"]},
        {"type": "true_false", "stem": "判断", "key": True},
        {"type": "fill_in", "stem": "[[1]]年在[[2]]", "blanks": [["1921"], ["上海"]]},
        {"type": "matching", "stem": "匹配", "pairs": [["北京", "中国"], ["东京", "日本"]]},
        {"type": "short_answer", "stem": "简答", "key_points": ["一", "二"]},
        {"type": "essay", "stem": "论述", "rubric": [{"text": "好"}]},
        {"type": "case", "stem": "案例", "parts": [
            {"type": "single", "stem": "小题", "options": ["甲", "乙"], "key": "A"},
            {"type": "essay", "stem": "怎么办", "rubric": []},
        ]},
    ]  # fmt: skip
    return make_paper([make_question(plain) for plain in plains])


def test_a_paper_is_a_real_pdf_and_fetches_nothing():
    raw = printed.printed_paper(mixed_paper(), with_key=False)
    assert raw.startswith(b"%PDF-")
    assert len(raw) > 5_000


def test_the_paper_has_sections_in_chinese_and_no_key(pages):
    printed.printed_paper(mixed_paper(), with_key=False)
    (page,) = pages
    assert "一、单选题（共 2 题，每题 2 分，共 4 分）" in page
    assert "八、案例题" in page
    assert "&lt;b&gt;甲&lt;/b&gt;" in page  # what an author typed is text
    assert "正确答案" not in page
    assert "的解析" not in page
    # A table of marks with a column for each part and the total, and lines to write on.
    assert page.count("<td>&nbsp;</td>") == 2 * (page.count("<h2>") + 1)
    assert '<div class="room"><p></p>' in page
    assert '第 " counter(page) " 页，共 " counter(pages) " 页' in page


def test_the_key_is_printed_on_demand(pages):
    printed.printed_paper(mixed_paper(), with_key=True)
    assert pages[0].count("正确答案") == 9
    assert "的解析" in pages[0]


def test_answer_sheets_name_their_candidates_and_have_room_for_every_kind_of_answer(pages):
    one, two = PersonFactory(name="张三"), PersonFactory(name="李四")
    exam = make_exam(mixed_paper(), audience="persons", person_ids=[one.pk, two.pk])
    printed.printed_sheets(exam, [one, two])
    (page,) = pages
    assert page.count('class="sheet"') == 2
    assert "张三" in page
    assert page.count('class="bubble"') == 2 * (3 + 2 + 5 + 2)


# --- candidates by search ------------------------------------------------------------------------------


@pytest.fixture
def listed(admin):
    mine = PersonFactory(unit=admin.scope, name="张三")
    return make_exam(audience="persons", person_ids=[mine.pk])


def test_persons_are_found_by_name_number_or_unit_in_reach_and_added(client, login, admin, listed):
    below = OrgUnitFactory(parent=admin.scope)
    new = PersonFactory(unit=below, name="张新")
    PersonFactory(unit=OrgUnitFactory(), name="张外")
    login(client, admin)
    here = f"/sittings/{listed.pk}/candidates/"

    def found(**asked):
        return client.get(here, {"part": "find", **asked}).content.decode()

    page = found(find="张")
    assert ("张新" in page, "张外" in page, "张三" in page) == (True, False, False)
    assert "张新" in found(find=new.staff_number)
    assert "张新" in found(unit=below.code)
    assert "没有符合条件" in found(find="查无此人")
    assert found().strip() == ""
    assert client.get(here, {"part": "find", "unit": OrgUnitFactory().code}).status_code == 404
    assert "张新" in client.get(here, {"find": "张"}).content.decode()  # without the script too
    client.post(here, {"deed": "pick", "pick": [new.pk]})
    assert new in listed.persons.all()


def test_who_is_out_of_reach_is_not_added_however_asked(client, login, admin, listed):
    outside = PersonFactory(unit=OrgUnitFactory())
    login(client, admin)
    picks = [outside.pk, "x", "-1", "9" * 40]
    client.post(f"/sittings/{listed.pk}/candidates/", {"deed": "pick", "pick": picks})
    assert Exam.objects.get(pk=listed.pk).persons.count() == 1
