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
    other = {**rows()[1], "code": "X0", "stem": "与它毫不相干的另一道题"}
    for twice in ([other], [rows()[0], other]):
        with pytest.raises(CommandError):
            call_command("import_questions", written(tmp_path, twice))
        assert "code_taken X0" in capsys.readouterr().err
    assert Question.objects.get(code="X0").versions.count() == 1


@pytest.mark.django_db
def test_questions_without_codes_sent_twice_are_named_and_can_be_left_out(setter, tmp_path, capsys):
    file = tmp_path / "quiz.gift"
    file.write_text(
        "支部党员大会一般多久召开一次？{~每月 =每季度 ~每年}\n\n"
        "党小组会一般多久召开一次？{=每月 ~每季度 ~每年}\n"
    )
    call_command("import_questions", file)
    assert "near:" not in capsys.readouterr().out

    call_command("import_questions", file, without_near=True)
    said = capsys.readouterr().out
    assert "2 questions nearly the same as others are left out." in said
    assert said.count("near: ") == 2
    assert "(100 %)" in said
    assert Question.objects.count() == 2

    call_command("import_questions", file)
    assert (
        "2 questions nearly the same as others were taken all the same." in capsys.readouterr().out
    )
    assert Question.objects.count() == 4


@pytest.mark.django_db
def test_what_the_bank_holds_is_left_or_becomes_its_next_version(setter, tmp_path, capsys):
    call_command("import_questions", written(tmp_path, rows()))
    capsys.readouterr()
    changed = rows()
    changed[0]["explanation"] = "新的解析"
    file = written(tmp_path, changed)

    call_command("import_questions", file, dry_run=True)
    assert "1 questions of the bank would become new versions" in capsys.readouterr().out
    assert Question.objects.get(code="X0").versions.count() == 1

    call_command("import_questions", file)
    said = capsys.readouterr().out
    assert f"{len(changed) - 1} questions stand in the bank just so" in said
    assert "1 questions of the bank became new versions" in said
    assert "0 questions imported as drafts" in said
    assert Question.objects.count() == len(changed)
    assert Question.objects.get(code="X0").current.body["explanation"] == "新的解析"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no questions"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"{", "not in the format YAML"),
        (b"a: !!python/object/apply:os.system ['true']", "not in the format YAML"),
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
    with pytest.raises(CommandError, match="1 of 2 cases could not be marked"):
        call_command("grade", written(tmp_path, cases, "cases.json"))
    said = capsys.readouterr()
    assert "case 2: stem: is required" in said.err
    out = json.loads(said.out)
    assert [(r["fraction"], r["points"], r["reason"]) for r in out[0]["results"]] == [
        (1.0, "2.00", "right"),
        (0.5, "1.00", "partly"),
        (0.0, "0.00", "blank"),
    ]
    assert "stem: is required" in out[1]["problems"]


def graded(tmp_path, capsys, *cases):
    call_command("grade", written(tmp_path, list(cases), "cases.json"))
    return [
        [(r["fraction"], r["marks"], r["reason"]) for r in case["results"]]
        for case in json.loads(capsys.readouterr().out)
    ]


THIRDS = "Which?{~%33.333%a ~%33.333%b ~%33.333%c ~%-50%d}"


@pytest.mark.parametrize(
    ("question", "responses", "fractions"),
    [
        (THIRDS, [["a", "b", "c"], ["A", "B"], ["a", "d"], ["d"], []], [1, 0.6666666, 0, 0, 0]),
        ("Born?{#=1822:0 =%50%1822:2}", ["1822", 1824, "1825", "x"], [1, 0.5, 0, 0]),
        ("Pi?{#3.141..3.142}", ["3.141", "3.1425", "3.142"], [1, 0, 1]),
        ("From {=Nazareth =%75%Nazereth =%25%Beth*}.", ["nazareth ", "NAZERETH", "bethany", "x"], [1, 0.75, 0.25, 0]),
        ("Capitals{=Canada->Ottawa =Italy->Rome}", [{"Canada": "Ottawa", "Italy": "Ottawa"}], [0.5]),
        ("Sun rises.{T}", [True, "false", "F", None], [1, 0, 0, 0]),
        ("Tomb?{~Grant ~%50%Julia =no one}", ["no one", "B", "A"], [1, 0.5, 0]),
        ("何时召开{=二十大}", ["20大", "第２０大", "２０大"], [1, 0, 1]),
        ("Language?{=C++}", ["C", "c++"], [0, 1]),
    ],
)  # fmt: skip
def test_a_gift_question_is_marked_as_moodle_would(
    tmp_path, capsys, question, responses, fractions
):
    [results] = graded(tmp_path, capsys, {"gift": question, "responses": responses, "points": 1})
    assert [fraction for fraction, _marks, _reason in results] == fractions


CLOZE = """<question type="cloze"><questiontext format="html"><text><![CDATA[
2+2={1:NUMERICAL:=4:0.5} {2:SHORTANSWER:=Berlin~%50%Bonn} {1:MULTICHOICE:=yes~no}]]></text></questiontext></question>"""
DRAGGED = """<question type="ddwtos"><questiontext format="html"><text>The [[1]] chases [[2]].</text></questiontext>
<dragbox><text>cat</text><group>1</group></dragbox><dragbox><text>mouse</text><group>1</group></dragbox></question>"""


def test_a_question_of_several_gaps_takes_its_answers_in_their_order(tmp_path, capsys):
    cloze, dragged = graded(
        tmp_path,
        capsys,
        {"moodle_xml": CLOZE, "responses": [["4", "Berlin", "yes"], ["4.6", "Bonn", "no"], ["4"]]},
        {"moodle_xml": DRAGGED, "responses": [["cat", "mouse"], ["cat", "cat"], ["cat"]]},
    )
    assert [(f, why) for f, _m, why in cloze] == [(1, "right"), (0.25, "partly"), (0, "malformed")]
    assert [(f, why) for f, _m, why in dragged] == [
        (1, "right"),
        (0.5, "partly"),
        (0, "malformed"),
    ]


def test_grade_reads_moodle_xml_with_its_default_mark_and_a_case_sensitive_wildcard(
    tmp_path, capsys
):
    xml = """<question type="shortanswer"><questiontext format="html"><text>Who?</text></questiontext>
      <defaultgrade>4</defaultgrade><usecase>1</usecase>
      <answer fraction="100"><text>Sun*</text></answer><answer fraction="50"><text>*moon*</text></answer>
      </question>"""
    [results] = graded(
        tmp_path, capsys, {"question": xml, "responses": ["Sunny", "sunny", "a moon x"]}
    )
    assert [(f, marks) for f, marks, _r in results] == [(1, 4), (0, 0), (0.5, 2)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not valid JSON"),
        ("[]", "holds no list of cases"),
        ('[{"gift": "no braces", "response": 1}]', "1 of 1 cases could not be marked"),
        ('[{"question": {"type": "true_false", "stem": "x", "key": true}}]', "could not be marked"),
        ('["x"]', "could not be marked"),
    ],
)
def test_grade_refuses_what_it_cannot_mark_in_one_sentence(tmp_path, content, said):
    file = tmp_path / "cases.json"
    file.write_text(content)
    with pytest.raises(CommandError, match=said):
        call_command("grade", file)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["xlsx", "docx", "text", "gift", "moodle-xml", "yaml", "json"])
def test_what_was_exported_is_imported_again(setter, tmp_path, kind, capfdbinary):
    simple = [row for row in rows() if row["type"] in ("single", "true_false", "fill_in")][2:]
    call_command("import_questions", written(tmp_path, simple), author=setter.staff_number)
    file = tmp_path / "out.bin"
    call_command("export_questions", format=kind, category="党史", output=file)
    before = list(Question.objects.order_by("code").values_list("code", "current__body"))
    codes = Question.objects.values_list("pk", "code")
    for pk, code in list(codes):
        Question.objects.filter(pk=pk).update(code=f"old-{code}")
    call_command("import_questions", file, format=kind, author=setter.staff_number)
    again = Question.objects.exclude(code__startswith="old-").order_by("code")
    carried = [
        (code, body["type"])
        for code, body in before
        if kind != "gift" or len(body.get("blanks", [1])) == 1
    ]
    assert [(q.code, q.current.body["type"]) for q in again] == carried
    assert {q.category.full_name for q in again} == {"党史/党章"}


@pytest.mark.django_db
def test_a_foreign_file_is_checked_without_a_setter_and_named_line_by_line(tmp_path, capsys):
    file = tmp_path / "quiz.gift"
    file.write_text("Right?{=yes}\n\nWrong?{~a ~b}\n\nNo end {=a\n\nFine {T}\n")
    with pytest.raises(CommandError, match="2 problems in 4 rows; nothing was imported"):
        call_command("import_questions", file, dry_run=True)
    said = capsys.readouterr().err
    assert "line 3: no right answer is marked" in said
    assert "line 5: “{” and “}” do not match" in said


def test_item_statistics_prints_the_figures_without_a_database(tmp_path, capsys):
    file = tmp_path / "m.csv"
    file.write_text("学号,Q1,Q2,Q3\np1,A,B,CD\np2,A,C,CD\np3,B,B,C\np4,A,B,\n", "utf-8")
    call_command("item_statistics", file, key="A,B,CD")
    out = json.loads(capsys.readouterr().out)
    assert [item["facility"] for item in out["items"]] == [0.75, 0.75, 0.5]
    assert out["items"][2]["missing"] == 1
    assert out["test"]["mean"] == 2.0
    assert [o["option"] for o in out["items"][2]["options"]] == ["C", "D"]


@pytest.mark.parametrize(
    ("question", "responses", "fractions"),
    [
        ({"type": "single", "stem": "?", "options": ["甲", "乙"], "key": "B"}, ["Ｂ", "b", "B.", "乙", "Ａ"], [1, 1, 1, 1, 0]),
        ({"type": "multiple", "stem": "?", "options": ["甲", "乙", "丙"], "key": ["A", "C"], "rule": "exact"}, ["ＡＣ", "a、c", "C；A", "A|C", "A/C", "AB"], [1, 1, 1, 1, 1, 0]),
        ({"type": "fill_in", "stem": "[[1]], [[2]]", "blanks": [["x"], ["y"]]}, [{"1": "x", "2": "y"}, {"2": "y"}, {"3": "x"}, {}], [1, 0.5, 0, 0]),
        ({"type": "true_false", "stem": "?", "key": True}, ["是", "✓", "Ｔ", 1, 0], [1, 1, 1, 1, 0]),
        ({"type": "ordering", "stem": "?", "options": ["甲", "乙", "丙"], "key": ["B", "A", "C"]}, ["BAC", "b、a、c", "ABC"], [1, 1, 0]),
        ({"type": "numeric", "stem": "?", "key": 50, "tolerance": "1", "unit": "%"}, ["５１％", "50％", "51.0001%"], [1, 1, 0]),
    ],
    ids=["single", "multiple", "fill_in", "true_false", "ordering", "numeric"],
)  # fmt: skip
def test_grade_takes_answers_as_an_input_method_writes_them(
    tmp_path, capsys, question, responses, fractions
):
    cases = [{"question": question, "responses": responses}]

    call_command("grade", written(tmp_path, cases, "cases.json"))

    (out,) = json.loads(capsys.readouterr().out)
    assert [result["fraction"] for result in out["results"]] == fractions


@pytest.mark.parametrize(
    ("text", "encoding", "means"),
    [
        ("姓名,题一,题二\n张三,1,0\n李四,1,1\n", "gb18030", [1.0, 0.5]),
        ("a;b\n0,5;1\n1;0\n", "utf-8", [0.75, 0.5]),
    ],
    ids=["as Excel writes it on a Chinese machine", "a comma as the decimal point"],
)
def test_item_statistics_reads_what_spreadsheets_write(tmp_path, capsys, text, encoding, means):
    file = tmp_path / "m.csv"
    file.write_text(text, encoding)

    call_command("item_statistics", file)

    assert [item["mean"] for item in json.loads(capsys.readouterr().out)["items"]] == means


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("", {}, "holds no rows"),
        pytest.param("a,b\n1,0\n1," + "9" * 400, {}, "line 3, column 2 .b.: '9+' is not a number"),
        ("a,b\n1,0\n1,9e99\n", {}, "'9e99' is not a number"),
        ("a,b\n", {}, "holds a line of names and no persons"),
        ("a,b\n1,0\n1\n", {}, "m.csv, line 3: 1 columns, expected 2"),
        (
            "a,b\n1,0\n1,x\n",
            {},
            "line 3, column 2 .b.: 'x' is not a number; chosen options need --key",
        ),
        ("a,b\nA,B\n", {"key": "ABC"}, "2 columns, but the key names 3 items"),
        ("a,b\n1,3\n", {"points": "1,2"}, "3 is more than the 2 points"),
        ("a,b\n1,3000000\n", {"points": "1,2000000"}, "3000000 is more than the 2000000 points"),
        ("a,b\n1,3\n", {"points": "1,1e13"}, "more than 0 points, 10.12 at most"),
    ],
)
def test_a_matrix_that_is_none_is_refused_with_its_line(tmp_path, content, options, said):
    file = tmp_path / "m.csv"
    file.write_text(content)
    with pytest.raises(CommandError, match=said):
        call_command("item_statistics", file, **options)
