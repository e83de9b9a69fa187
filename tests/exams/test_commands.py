"""Questions from files, and the pure engine on outside files."""

import json

import pytest
import yaml
from django.core.management import CommandError, call_command

from exams.models import Question
from people.enums import Role
from tests.exams.engine.test_items import EXAMPLES


@pytest.fixture
def setter(role):
    return role(Role.QUESTION_SETTER)


def written(tmp_path, rows, name="bank.yaml"):
    file = tmp_path / name
    dump = json.dumps if name.endswith("json") else yaml.safe_dump
    file.write_text(dump(rows), "utf-8")
    return file


def rows():
    return [{**e, "code": f"X{n}", "category": "党史/党章"} for n, e in enumerate(EXAMPLES)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["bank.yaml", "bank.json"])
def test_a_file_is_imported_as_drafts_of_its_author(setter, tmp_path, name, capsys):
    call_command(
        "import_questions",
        written(tmp_path, {"questions": rows()}, name),
        author=setter.staff_number,
    )
    assert Question.objects.filter(author=setter, status="draft").count() == len(EXAMPLES)
    assert Question.objects.first().category.full_name == "党史/党章"
    assert f"{len(EXAMPLES)} questions imported" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_dry_run_stores_nothing(setter, tmp_path):
    call_command("import_questions", written(tmp_path, rows()), dry_run=True)
    assert Question.objects.count() == 0


@pytest.mark.django_db
def test_one_wrong_row_stops_all_and_is_named(setter, tmp_path, capsys):
    broken = rows()
    broken[2] = {**broken[2], "key": "Z"}
    broken[4]["cites"] = [{"text": "没有这份文件", "anchor": "a1"}]
    with pytest.raises(CommandError, match="2 problems in 14 rows; nothing was imported"):
        call_command("import_questions", written(tmp_path, broken))
    said = capsys.readouterr().err
    assert "row 3: key: names what is not there: Z" in said
    assert "row 5: cites: text_unknown: 没有这份文件" in said
    assert Question.objects.count() == 0


@pytest.mark.django_db
def test_a_code_may_not_come_twice(setter, tmp_path, capsys):
    call_command("import_questions", written(tmp_path, rows()))
    with pytest.raises(CommandError):
        call_command("import_questions", written(tmp_path, rows()[:1]))
    assert "row 1: code_taken X0" in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no questions"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"{", "not valid YAML"),
        (b"a: !!python/object/apply:os.system ['true']", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_bank_is_refused_in_one_sentence(setter, tmp_path, content, said):
    file = tmp_path / "bank.yaml"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        call_command("import_questions", file)


def test_grade_marks_an_outside_file_without_a_database(tmp_path, capsys):
    cases = [
        {"id": 1, "question": EXAMPLES[2], "responses": [["A", "C"], ["A"], None], "points": 2},
        {"question": {"type": "single"}},
    ]
    call_command("grade", written(tmp_path, cases, "cases.json"))
    out = json.loads(capsys.readouterr().out)
    assert [(r["fraction"], r["points"], r["reason"]) for r in out[0]["results"]] == [
        (1.0, "2.00", "right"),
        (0.5, "1.00", "partly"),
        (0.0, "0.00", "blank"),
    ]
    assert "stem: is required" in out[1]["problems"]
