"""``manage.py grade CASES.json``: mark answers with the pure engine, without the database.

The file is a list of cases, or a mapping with the key ``cases``::

    {"question": {…exchange form…}, "responses": [answer, …], "points": 2}
    {"question": "2+2={=4}", "format": "gift", "response": "4"}
    {"gift": "…"}   {"moodle_xml": "<question …>"}

    {"question": …, "response": {"answer": "B", "certainty": 3}, "certainty_marking": true}

``response`` may stand for a single answer. An option is named by its id (A, B … in the order of the
file) or by its text; see docs/formats.md. Printed is JSON: for every case its ``results``, each with
``fraction``, ``points`` (also as ``marks``), ``reason`` and ``settled`` (false: a person has to mark).
With ``certainty_marking`` (true, or ``{"right": [1, 2, 3], "wrong": [0, -2, -6]}``) a response is
``{"answer": …, "certainty": 1…3}`` or stands beside ``"certainty"`` in the case; each result then
has ``certainty`` and ``certainty_mark``, the marks of the scheme, of which the highest is the whole
worth of the question.
A question that cannot be read gives ``problems`` instead, and the command fails in the end.
"""

import json
import unicodedata
from argparse import ArgumentParser
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exams.engine import certainty as cbm
from exams.engine import formats
from exams.engine import items as it
from exams.engine.formats.answers import truth_of
from exams.engine.scoring import Outcome, score, with_certainty

LARGEST = 100 * 1024 * 1024  # bytes
_NAMES = {
    "gift": "gift",
    "moodle_xml": "moodle-xml",
    "moodle-xml": "moodle-xml",
    "xml": "moodle-xml",
}


class Wrong(Exception):
    """The case cannot be marked; ``problems`` say why."""

    def __init__(self, *problems: str) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(problems))


def question_of(case: dict[str, Any]) -> tuple[it.Item, Decimal | None, list[str]]:
    """The item of a case, what its file says it is worth, and notes. Raises Wrong."""
    source, kind = case.get("question"), str(case.get("format", "")).lower()
    for name in ("gift", "moodle_xml", "moodle-xml"):
        if name in case:
            source, kind = case[name], name
    if isinstance(source, dict) and not kind:
        inner = next(
            (name for name in ("gift", "moodle_xml", "moodle-xml") if name in source), None
        )
        if inner is not None:
            source, kind = source[inner], inner
    if isinstance(source, str):
        kind = kind or ("moodle_xml" if source.lstrip().startswith("<") else "gift")
        name = _NAMES.get(kind, kind)
        if name not in formats.FORMATS:
            raise Wrong(f"format: {kind} is not known")
        try:
            reading = formats.read(name, source.encode())
        except formats.Unreadable as refusal:
            raise Wrong(*(str(note) for note in (*refusal.notes, refusal.note))) from refusal
        if reading.error_lines:
            raise Wrong(*reading.error_lines)
        if len(reading.records) != 1:
            raise Wrong(f"question: {len(reading.records)} questions where one belongs")
        entry = reading.entries[0]
        return reading.records[0].item, entry.points, [note.text for note in reading.all_notes]
    if not isinstance(source, dict):
        raise Wrong("question: is required")
    try:
        return it.record_from_dict(source).item, None, []
    except it.InvalidItem as refusal:
        raise Wrong(*(str(problem) for problem in refusal.problems)) from refusal


def answer_of(item: it.Item, response: Any) -> Any:
    """The response with texts of options turned into ids, words of truth into truth values."""
    match item:
        case it.SingleChoice():
            if isinstance(response, list) and len(response) == 1:
                response = response[0]
            return _ident(item.options, response)
        case it.MultipleChoice():
            response = _letters(item.options, response)
            return (
                [_ident(item.options, each) for each in response]
                if isinstance(response, list)
                else response
            )
        case it.Ordering():
            response = _letters(item.options, response)
            if isinstance(response, list):
                return [_ident(item.options, each) for each in response]
        case it.TrueFalse():
            if isinstance(response, str) or (response in (0, 1) and type(response) is int):
                said = truth_of(str(response))
                return response if said is None else said
        case it.Matching():
            if isinstance(response, dict):
                return {
                    _ident(item.left, left): _ident(item.right, right)
                    for left, right in response.items()
                }
            if isinstance(response, list) and all(
                isinstance(p, list) and len(p) == 2 for p in response
            ):
                return {_ident(item.left, a): _ident(item.right, b) for a, b in response}
            if isinstance(response, list) and len(response) == len(item.left):
                sides = zip(item.left, response, strict=True)
                return {left.id: _ident(item.right, right) for left, right in sides}
        case it.FillIn():
            if isinstance(response, (int, float)) and not isinstance(response, bool):
                return [str(response)]
            if isinstance(response, dict):  # by the numbers of the blanks, as parts of a case are
                given = {str(name): each for name, each in response.items()}
                numbers = [str(n) for n in range(1, len(item.blanks) + 1)]
                if given and set(given) <= set(numbers):
                    return [given.get(number) for number in numbers]
        case it.Case():
            if isinstance(response, list) and len(response) == len(item.parts):
                response = {part.id: each for part, each in zip(item.parts, response, strict=True)}
            if isinstance(response, dict):
                parts = {part.id: part.item for part in item.parts}
                return {
                    name: answer_of(parts[name], each) if name in parts else each
                    for name, each in response.items()
                }
    return response


def _ident(options: Sequence[it.Option], value: Any) -> Any:
    if not isinstance(value, str) or any(option.id == value for option in options):
        return value
    found = [option.id for option in options if option.text == value.strip()]
    plain = _narrow(value).strip(" .()").upper()
    found += [option.id for option in options if option.id == plain]
    return found[0] if found else value


def _letters(options: Sequence[it.Option], response: Any) -> Any:
    """``ACD``, ``A、C`` or ``ａｃ`` as a list of options; what is no letter of theirs stays."""
    if not isinstance(response, str):
        return response
    known = {option.id for option in options}
    whole = _ident(options, response)
    letters = [c for c in _narrow(response).upper() if c not in " ,、;|/"]
    return [whole] if whole in known or not set(letters) <= known else letters


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def shown(outcome: Outcome, worth: Decimal) -> dict[str, Any]:
    exact = Decimal(outcome.fraction.numerator) / outcome.fraction.denominator
    points = str(outcome.points(worth))
    plain: dict[str, Any] = {
        "fraction": float(round(exact, 7)),
        "points": points,
        "marks": float(points),
        "reason": outcome.reason,
        "right": outcome.right,
        "wrong": outcome.wrong,
        "of": outcome.of,
        "settled": outcome.settled,
        "feedback": list(outcome.feedback),
    }
    if outcome.parts:
        plain["parts"] = {name: shown(part, Decimal(1)) for name, part in outcome.parts}
    return plain


def _scheme(case: dict[str, Any]) -> cbm.Scheme | None:
    """The scheme of certainty-based marking a case asks for. Raises Wrong."""
    asked = case.get("certainty_marking", "certainty" in case)
    if isinstance(asked, bool):
        return cbm.GARDNER_MEDWIN if asked else None
    try:
        right, wrong = asked["right"], asked["wrong"]
        if not all(type(mark) is int for mark in [*right, *wrong]):
            raise Wrong("certainty_marking: marks must be whole numbers")
        return cbm.Scheme(tuple(right), tuple(wrong))
    except (TypeError, KeyError, ValueError) as error:
        raise Wrong(f"certainty_marking: {error}") from error


def _by_certainty(
    item: it.Item, response: Any, certainty: Any, scheme: cbm.Scheme, worth: Decimal
) -> dict[str, Any]:
    if isinstance(response, dict) and response.keys() == {"answer", "certainty"}:
        response, certainty = response["answer"], response["certainty"]
    level = certainty if cbm.is_level(certainty, len(scheme.right)) else None
    outcome = with_certainty(score(item, answer_of(item, response)), level, scheme)
    mark = outcome.fraction * scheme.most
    return shown(outcome, worth) | {
        "certainty": cbm.level_of(level, scheme),
        "certainty_mark": float(round(Decimal(mark.numerator) / mark.denominator, 7)),
    }


def marked(case: Any) -> dict[str, Any]:
    """One case and what its answers are worth."""
    if not isinstance(case, dict):
        return {"problems": ["case: must be a mapping"]}
    out: dict[str, Any] = {"id": case["id"]} if "id" in case else {}
    try:
        item, given, notes = question_of(case)
        worth = it.decimal_of(case.get("points", case.get("marks", given if given else 1)))
        if worth is None or not 0 <= worth < 10**6:
            raise Wrong("points: must be a number")
        if "responses" not in case and "response" not in case:
            raise Wrong("responses: is required")
        responses = case["responses"] if "responses" in case else [case["response"]]
        if not isinstance(responses, list):
            raise Wrong("responses: must be a list")
        scheme = _scheme(case)
    except Wrong as refusal:
        return out | {"problems": refusal.problems}
    out |= {"type": item.type, "points": str(worth)}
    if scheme is None:
        out["results"] = [shown(score(item, answer_of(item, each)), worth) for each in responses]
    else:
        out["results"] = [
            _by_certainty(item, each, case.get("certainty"), scheme, worth) for each in responses
        ]
    return out | ({"notes": notes} if notes else {})


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="CASES.json")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            if file.stat().st_size > LARGEST:
                raise CommandError(f"{file.name} is larger than {LARGEST // 2**20} MB.")
            cases = json.loads(file.read_text("utf-8-sig"))
        except OSError as error:
            raise CommandError(f"{file.name} cannot be read: {error.strerror}.") from error
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{file.name} is not valid JSON: {error}") from error
        if isinstance(cases, dict):
            cases = cases.get("cases", [cases])
        if not isinstance(cases, list) or not cases:
            raise CommandError(f"{file.name} holds no list of cases.")
        results = [marked(case) for case in cases]
        self.stdout.write(json.dumps(results, ensure_ascii=False, indent=1))
        wrong = [(n, each["problems"]) for n, each in enumerate(results, 1) if "problems" in each]
        for number, problems in wrong:
            for problem in problems:
                self.stderr.write(f"case {number}: {problem}")
        if wrong:
            raise CommandError(f"{len(wrong)} of {len(results)} cases could not be marked.")
