"""Packs and cases as files: what is wrong is named with its line, and nothing else happens."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from people.enums import Authority, DutyKind, Grade, Rank, Stage
from tracker import enums
from tracker.rules import InvalidDocument, load_pack, vocabulary
from tracker.rules.case import load_case
from tracker.wording import window_rule

PACK = """\
pack: x
title: {zh: 名}
source: {instrument: 文件, confidence: A}
valid: {from: 2024-01-01}
duties:
  - code: a
    who: {cadre: yes}
    window: {calendar_year: {}}
    any_of: [{measure: hours, at_least: 10}]
    counts: {forms: [online]}
"""


def test_the_ladders_are_those_of_the_personnel_records():
    assert {v for k, v in vocabulary.RANKS.items() if k.isascii()} == set(Rank.values)
    assert {v for k, v in vocabulary.GRADES.items() if k.isascii()} == set(Grade.values)
    assert {r.name.lower(): r.value for r in Rank}.items() <= vocabulary.RANKS.items()
    assert {g.name.lower(): g.value for g in Grade}.items() <= vocabulary.GRADES.items()
    assert set(vocabulary.STAGES) == set(Stage.values)
    assert set(vocabulary.PARTY_DUTIES) == set(DutyKind.values)
    assert set(vocabulary.AUTHORITIES) == set(Authority.values)
    assert set(vocabulary.INSTITUTION_KINDS) == set(enums.InstitutionKind.values)
    assert list(vocabulary.LEVELS) == enums.Level.values
    assert set(vocabulary.State) == set(enums.StandingState.values)
    assert set(vocabulary.EventKind) == set(enums.CareerEventKind.values)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("at_least: 10", "at_least: ten", 9, "expected a number"),
        ("at_least: 10", "at_least: 0", 9, "above 0"),
        ("measure: hours", "measure: minutes", 9, "'minutes' is not one of"),
        ("forms: [online]", "forms: [television]", 10, "'television' is not one of"),
        ("cadre: yes", "rank_at_least: 局长", 7, "'局长' is not one of"),
        ("cadre: yes", "duty: b", 7, "no duty 'b' stands before"),
        ("calendar_year: {}", "calendar_year: {posting_until: 31-31}", 8, "not a day of the year"),
        ("calendar_year: {}", "fixed_plan: {years: 5}", 8, "needs 'from'"),
        ("calendar_year: {}", "since_event: {from: 2024-02-30}", 8, "not a valid date"),
        ("from: 2024-01-01", "from: 2024-13-01", 4, "not a valid date"),
        ("from: 2024-01-01", "from: 2024-01-01, until: 2023-01-01", 4, "ends before it begins"),
        ("confidence: A", "confidence: C", 3, "'C' is not one of: A, B, R"),
        ("pack: x", "pack: x\npack: y", 2, "is given twice"),
        ("code: a", "code: A b", 6, "small letters"),
        ("pack: x", "pack: x/y", 1, "small letters"),
        ("pack: x", "pack: &a x", 1, None),
        ("code: a", "code: a\n    colour: red", 7, "unknown key 'colour'"),
        ("{zh: 名}", "*a", 2, "anchors and aliases"),
        ("pack: x", "pack: !!python/object:os.system x", 1, "not used here"),
        ("duties:", "duties: [", None, "not YAML"),
    ],
)
def test_a_mistake_in_a_pack_is_named_with_its_line(old, new, line, words):
    assert old in PACK
    text = PACK.replace(old, new, 1)
    if words is None:
        assert load_pack(text).code == "x"  # an anchor nobody uses does no harm
        return
    with pytest.raises(InvalidDocument) as error:
        load_pack(text)
    assert words in str(error.value)
    if line is not None:
        assert line in [problem.line for problem in error.value.problems]


def test_all_mistakes_are_named_at_once_in_the_order_of_lines():
    text = PACK.replace("at_least: 10", "at_least: -1").replace("confidence: A", "confidence: Z")
    with pytest.raises(InvalidDocument) as error:
        load_pack(text)
    assert [problem.line for problem in error.value.problems] == [3, 9]


def test_a_field_that_two_readers_look_at_is_named_once():
    with pytest.raises(InvalidDocument) as error:
        load_pack(PACK.replace("forms: [online]", "forms: [television]"))
    assert len(error.value.problems) == 1


def test_an_empty_an_enormous_and_a_deep_document_are_refused():
    for text in ("", "x" * 1_000_001, "[" * 5000):
        with pytest.raises(InvalidDocument):
            load_pack(text)


@given(st.text(max_size=200))
def test_any_text_is_a_pack_or_an_invalid_document(text):
    try:
        load_pack(text)
    except InvalidDocument as error:
        assert error.problems  # noqa: PT017


@given(st.integers(0, len(PACK) - 1), st.characters(codec="utf-8"))
def test_one_wrong_character_never_breaks_the_reader(position, character):
    text = PACK[:position] + character + PACK[position + 1 :]
    try:
        load_pack(text)
    except InvalidDocument as error:
        assert all(p.line >= 1 for p in error.problems)  # noqa: PT017


# --- cases -------------------------------------------------------------------------------------------


CASE = """\
case: 提任
on: 2009-03-16
posts:
  - {from: 2003-01-01, until: 2008-03-15, rank: 乡科级正职, leading: yes}
  - {from: 2008-03-15, rank: 县处级副职, leading: yes}
entries:
  - {id: a, form: online, on: 2008-05-01, hours: 8, recorded: 2008-05-02}
  - {id: b, reverses: a, recorded: 2008-05-03, because: 有误}
packs: [cadre-2006]
"""


def run(tmp_path: Path, capsys, text: str | bytes, *options: str):
    file = tmp_path / "case.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    call_command("assess", str(file), *options)
    return json.loads(capsys.readouterr().out)


def test_a_case_is_answered_in_json_and_sentences_without_a_database(tmp_path, capsys):
    answer = run(tmp_path, capsys, CASE)
    found = {each["requirement"]: each for each in answer["assessments"]}
    catch_up = found["promoted-catch-up"]
    assert (catch_up["state"], catch_up["due_on"]) == ("overdue", "2009-03-15")
    assert catch_up["refused"][0]["reasons"] == ["reversed"]
    assert catch_up["pack_in_force"] is True
    assert found["others-yearly"]["state"] == "not_applicable"
    assert "2009年3月15日" in answer["headline"]
    english = run(tmp_path, capsys, CASE, "--language", "en")
    assert "15 March 2009" in english["headline"] or "March 15, 2009" in english["headline"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the document is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (CASE.replace("form: online", "form: offline"), "line 7, entries[1].form: 'offline'"),
        (
            CASE.replace("hours: 8", "hours: -8"),
            "line 7, entries[1].hours: expected a number of at least 0",
        ),
        (
            CASE.replace("reverses: a", "reverses: z"),
            "line 8, entries[2].reverses: no entry has the id 'z'",
        ),
        (CASE.replace("cadre-2006", "cadre-1999"), "line 9, packs[1]: no pack 'cadre-1999'"),
        (
            CASE.replace("until: 2008-03-15", "until: 2002-01-01"),
            "line 4, posts[1].until: ends before",
        ),
        (CASE.replace("on: 2009-03-16\n", ""), "needs 'on'"),
        (CASE.encode() + b"# caf\xe9\n", f"line {CASE.count(chr(10)) + 1}: not UTF-8"),
        # The reader itself would name the line after it and speak of mapping values.
        (
            CASE.replace("on: 2009-03-16", "on：2009-03-16"),
            "line 2: not YAML: write ': ' instead of the full-width '：'",
        ),
        (CASE + "# \0\n", f"line {CASE.count(chr(10)) + 1}: not YAML: the character U+0000"),
        # YAML reads 1:30 as ninety; nobody who writes it means ninety hours.
        (CASE.replace("hours: 8", "hours: 1:30"), "line 7, entries[1].hours: expected a number"),
        (CASE.replace("hours: 8", "hours: 1_000"), "line 7, entries[1].hours: expected a number"),
        (CASE.replace("hours: 8", "hours: .nan"), "expected a number, found '.nan'"),
        (
            CASE.replace("on: 2009-03-16", "on: 2009-02-29"),
            "line 2, on: '2009-02-29' is not a valid",
        ),
        (CASE + "window_on: gestern\n", "window_on: expected a date like 2023-09-19"),
        (CASE.replace("case: 提任", "case: [a, b]"), "line 1, case: expected text"),
        (CASE + "person: !!python/object:os.system {}\n", "os.system' is not used here"),
        (CASE.replace(", recorded: 2008-05-03", ""), "a reversal needs 'recorded'"),
        (CASE.replace("on: 2009-03-16", "on: 9999-12-31"), "line 2, on: expected a date from 1900"),
        (
            CASE.replace("on: 2008-05-01", "from: 9999-12-31, to: 2008-05-01"),
            "line 7, entries[1].from: expected a date from 1900 to 2200, found 9999-12-31",
        ),
        (CASE.replace("2008-05-03", "2008-04-03"), "'a' is taken back before it was"),
        ("on: 2025-01-01\npacks: []\nperson: {}\n", "line 2, packs: names no pack"),
        ("on: 2025-01-01\npacks: [party]\n", "says of nobody: needs 'person' or 'organisation'"),
        (CASE + "person: {rank: [a, b]}\n", "person.rank: 'a list' is not one of"),
        (CASE + "person: {rank: {a: b}}\n", "person.rank: 'a mapping' is not one of"),
    ],
)
def test_a_bad_case_is_refused_with_the_line_and_the_reason(tmp_path, capsys, text, words):
    with pytest.raises(CommandError) as error:
        run(tmp_path, capsys, text)
    assert words in str(error.value)


def test_every_mistake_is_named_though_one_is_a_day_that_never_was(tmp_path, capsys):
    text = CASE.replace("on: 2009-03-16", "on: 2009-02-29").replace("hours: 8", "hours: .nan")
    with pytest.raises(CommandError) as error:
        run(tmp_path, capsys, text.replace("cadre-2006", "cadre-2007"))
    lines = [line.split(".yaml: ")[1][:7] for line in str(error.value).splitlines()]
    assert lines == ["line 2,", "line 7,", "line 9,"]


def test_a_value_that_goes_on_for_pages_is_not_repeated_in_the_refusal(tmp_path, capsys):
    with pytest.raises(CommandError) as error:
        run(tmp_path, capsys, CASE.replace("hours: 8", f"hours: {'9' * 100_000}"))
    assert "line 7, entries[1].hours" in str(error.value)
    assert len(str(error.value)) < 400


def test_a_number_with_zeros_before_it_keeps_the_digits_as_they_are_written(tmp_path, capsys):
    """YAML itself would read 010 as eight."""
    answer = run(tmp_path, capsys, CASE.replace("hours: 8", "hours: 010").replace("id: a", "id: 010")
                 .replace("reverses: a", "reverses: 010"))  # fmt: skip
    rows = [row for each in answer["assessments"] for row in (*each["counted"], *each["refused"])]
    assert {(row["id"], row["hours"]) for row in rows if row["id"] == "010"} == {("010", "10")}


def test_a_pack_can_be_given_inside_the_case(tmp_path, capsys):
    inline = "".join(f"    {line}\n" for line in PACK.splitlines())
    text = CASE.replace("packs: [cadre-2006]", "packs:\n  -\n" + inline)
    answer = run(tmp_path, capsys, text.replace("on: 2009-03-16", "on: 2024-05-01"))
    assert [each["requirement"] for each in answer["assessments"]] == ["a"]


def test_the_example_in_the_documentation_works():
    document = (Path(enums.__file__).parent / "CASES.md").read_text(encoding="utf-8")
    example = document.split("```yaml\n")[1].split("```")[0]
    packs = {
        path.stem: path.read_text()
        for path in (Path(enums.__file__).parent / "rulepacks").glob("*")
    }
    (pair,) = load_case(example, packs.get).assessments()
    assert pair[1].state == "on_course"


@given(st.integers(0, len(CASE) - 1), st.characters(codec="utf-8"))
def test_one_wrong_character_in_a_case_never_breaks_the_reader(position, character):
    text = CASE[:position] + character + CASE[position + 1 :]
    packs = {
        "cadre-2006": (Path(enums.__file__).parent / "rulepacks" / "cadre-2006.yaml").read_text()
    }
    try:
        load_case(text, packs.get).assessments()
    except InvalidDocument as error:
        assert error.problems  # noqa: PT017


def test_a_requirement_with_a_first_day_of_its_own_says_so():
    text = PACK.replace("calendar_year: {}", "since_event: {months: 6, from: 2024-07-26}")
    assert window_rule(load_pack(text).duties[0]) == (
        "成为适用对象后 6 个月内（含最后一日），2024年7月26日起发生的适用"
    )
