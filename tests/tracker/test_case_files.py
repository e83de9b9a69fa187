"""Every case under cases/ through ``manage.py assess``: the file says what must come out.

Named after the golden cases and the numbered decisions that they hold the engine to.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def run(path: Path, capsys) -> dict[str, Any]:
    call_command("assess", str(path))
    return json.loads(capsys.readouterr().out)


def by_measure(ways, key):
    return {part["measure"]: part[key] for way in ways for part in way["parts"]}


def found(answer: dict[str, Any], key: str) -> Any:
    """What the answer says, in the short writing of the case files."""
    ways = answer["ways"]
    readers = {
        "official": lambda: by_measure(ways, "official"),
        "required": lambda: by_measure(ways, "required"),
        "carried_over": lambda: by_measure(ways, "carried_over"),
        "online": lambda: {
            part["measure"]: part["by_form"].get("online") for way in ways for part in way["parts"]
        },
        "information": lambda: {
            part["measure"]: [part["amount"], part["official"]] for part in answer["information"]
        },
        "gap": lambda: {part["measure"]: part["missing"] for part in answer["gap"]},
        "refused": lambda: {row["id"]: row["reasons"] for row in answer["refused"]},
        "counted": lambda: [row["id"] for row in answer["counted"]],
        "barred": lambda: any(effect["stands"] for effect in answer["effects"]),
        "nearest": lambda: answer["nearest_way"],
        "window": lambda: [answer["window"]["from"], answer["window"]["until"]],
        "months_owed": lambda: (
            list(answer["months_owed"].values()) if answer["months_owed"] else None
        ),
    }
    return readers[key]() if key in readers else answer[key]


def plain(value: Any) -> Any:
    """Expected values as JSON has them: amounts and days are strings."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def differences(expected: dict[str, Any], answers: dict[str, Any]) -> list[str]:
    wrong = []
    for requirement, wanted in expected.items():
        for key, value in wanted.items():
            actual = plain(found(answers[requirement], key))
            if actual != plain(value):
                wrong.append(f"{requirement}.{key}: expected {plain(value)}, found {actual}")
    return wrong


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_case_comes_out_as_its_file_says(path, capsys):
    result = run(path, capsys)
    answers = {each["requirement"]: each for each in result["assessments"]}
    expected = yaml.safe_load(path.read_text(encoding="utf-8"))["expect"]
    assert expected
    assert differences(expected, answers) == []
    for answer in answers.values():
        for language in ("zh-hans", "en"):
            assert all(answer["sentences_in"][language])


def test_a_case_that_comes_out_otherwise_would_be_noticed(capsys):
    """Negative control."""
    result = run(CASES[-1], capsys)
    answers = {each["requirement"]: each for each in result["assessments"]}
    code = next(iter(answers))
    assert differences({code: {"state": "no such state"}}, answers)


def test_what_a_local_pack_replaces_and_may_not_replace_is_said(capsys):
    directory = CASES[0].parent
    refused = run(directory / "local-pack-may-not-lower-what-is-not-open.yaml", capsys)
    (aside,) = refused["set_aside"]
    assert (aside["pack"], aside["in_favour_of"]) == ("district-own-way", "cadre-2023")
    assert set(aside["not_open"]) == {"window", "counts", "who"}
    carried = run(directory / "decision-06b-promoted-with-carrying-over.yaml", capsys)
    assert carried["set_aside"] == [
        {
            "pack": "cadre-2023",
            "requirement": "leaders-five-years",
            "in_favour_of": "district-carries-over",
            "not_open": [],
        }
    ]


ODD = """\
case: {case}
{on}: {day}
{person}:
  {posts}: {{{since}: 2001-01-01, {rank}: 副处级}}
{entries}:
  - {{{key}: a, {form}: 脱产培训, {first}: "2024-03-01", {last}: 2024.3.31, {days}: "30", {where}: {{name: 区委党校, kind: 党校}}, {recorded}: 2024年4月2日}}
{packs}: cadre-2023
{wanted}: [leaders-five-years]
"""
USUAL = {
    "case": "usual",
    "on": "on",
    "day": "2024-12-31",
    "person": "person",
    "posts": "posts",
    "since": "from",
    "rank": "rank",
    "entries": "entries",
    "key": "id",
    "form": "form",
    "first": "from",
    "last": "to",
    "days": "training_days",
    "where": "institution",
    "recorded": "recorded",
    "packs": "packs",
    "wanted": "requirements",
}
OTHER = {
    "on": ["as_of", "date", "日期"],
    "day": ['"2024-12-31"', "2024/12/31"],
    "person": ["learner", "member"],
    "posts": ["appointments", "任职"],
    "since": ["since", "start", "starts_on"],
    "rank": ["level", "级别"],
    "entries": ["rows", "ledger", "records"],
    "key": ["key"],
    "form": ["bucket", "kind", "type"],
    "first": ["start", "since", "occurred_from"],
    "last": ["last_day", "through"],
    "days": ["days", "天数"],
    "where": ["where", "at"],
    "recorded": ["recorded_at", "posted_on", "recorded_on"],
    "packs": ["pack", "rules", "rule_packs"],
    "wanted": ["requirement", "duties", "duty"],
}


@pytest.mark.parametrize(
    ("name", "word"), [(name, word) for name, words in OTHER.items() for word in words]
)
def test_another_word_for_a_key_or_a_day_means_the_same(tmp_path, capsys, name, word):
    answers = []
    for words in (USUAL, {**USUAL, name: word}):
        file = tmp_path / "case.yaml"
        file.write_text(ODD.format(**words), encoding="utf-8")
        answers.append(run(file, capsys)["assessments"])
    assert answers[0] == answers[1]
    assert answers[0][0]["ways"][0]["parts"][0]["amount"] == "30"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("training_days: ", "hours: 3, training_days: -", "expected a number"),
        ("from: 2001-01-01", "from: 2001-01-01, since: 2001-01-01", "a second time"),
        ("2024.3.31", "2024.2.31", "is not a valid date"),
        ("cadre-2023", "[cadre-2023, cadre-2023]", "given twice"),
        ("副处级", "局长", "is not one of"),
        ("leaders-five-years", "leaders-six-years", "no pack here has a requirement"),
        ("kind: 党校", "kind: 茶馆", "is not one of"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_nothing_is_answered(
    tmp_path, capsys, old, new, words
):
    text = ODD.format(**USUAL)
    assert old in text
    file = tmp_path / "case.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CommandError, match=r"line \d+") as error:
        call_command("assess", str(file))
    assert words in str(error.value)
    assert error.value.returncode == 1
    assert capsys.readouterr().out == ""


def test_an_extension_and_an_exemption_are_told_for_what_they_are(tmp_path, capsys):
    text = """
on: {on}
person:
  rank: 乡科级正职
  events:
    - {{kind: extension, from: 2025-12-01, due_on: {due}, known_at: 2025-12-01}}
    - {{kind: exemption, from: 2026-01-01, known_at: 2026-01-01, requirements: [others-yearly]}}
entries: [{{form: online, on: 2025-05-01, hours: 50}}, {{form: online, on: 2026-01-02, hours: 50}}]
packs: [cadre-2023]
requirements: [online-yearly, others-yearly]
"""

    def told(on, due):
        file = tmp_path / "case.yaml"
        file.write_text(text.format(on=on, due=due), encoding="utf-8")
        answer = run(file, capsys)
        online = next(each for each in answer["assessments"] if "online" in each["requirement"])
        return [each for each in online["sentences"] if "经批准" in each], answer["headline"]

    assert told("2025-12-31", "2026-03-31")[0] == ["经批准：延期至 2026年3月31日。"]
    assert told("2025-12-31", "2025-12-30")[0] == [
        "经批准：延期至 2025年12月30日，对本期没有影响。"
    ]
    sentences, headline = told("2026-02-01", "2026-03-31")
    assert sentences == ["经批准：上一期延期至 2026年3月31日。"]
    assert headline == "适用的培训要求已完成 1 项，免训 1 项。"
