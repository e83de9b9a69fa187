"""``manage.py grade CASES.json``: mark answers with the pure engine, without the database.

The file is a list of cases, or a mapping with the key ``cases``::

    {"question": {…exchange form…}, "responses": [answer, …], "points": 2}

``response`` may stand for a single answer. Printed is JSON: for every case its ``results``, each
with ``fraction`` (a decimal), ``points``, ``reason`` and ``settled`` (false: a person has to mark).
A question that cannot be read gives ``problems`` instead.
"""

import json
from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exams.engine.items import InvalidItem, decimal_of, record_from_dict
from exams.engine.scoring import score


def marked(case: Any) -> dict[str, Any]:
    """One case and what its answers are worth."""
    if not isinstance(case, dict):
        return {"problems": ["case: must be a mapping"]}
    try:
        item = record_from_dict(case.get("question", {})).item
    except InvalidItem as refusal:
        return {"problems": [str(problem) for problem in refusal.problems]}
    worth = decimal_of(case.get("points", 1))
    if worth is None:
        return {"problems": ["points: must be a number"]}
    responses = case["responses"] if "responses" in case else [case.get("response")]
    results = []
    for response in responses:
        outcome = score(item, response)
        results.append(
            {
                "fraction": float(round(Decimal(outcome.fraction.numerator) / outcome.fraction.denominator, 7)),
                "points": str(outcome.points(worth)),
                "reason": outcome.reason,
                "right": outcome.right,
                "of": outcome.of,
                "settled": outcome.settled,
                "feedback": list(outcome.feedback),
            }
        )  # fmt: skip
    out: dict[str, Any] = {"results": results}
    return {"id": case["id"], **out} if "id" in case else out


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            cases = json.loads(file.read_text("utf-8-sig"))
        except OSError as error:
            raise CommandError(f"{file.name} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise CommandError(f"{file.name} is not valid JSON: {error}") from error
        if isinstance(cases, dict):
            cases = cases.get("cases", [cases])
        if not isinstance(cases, list):
            raise CommandError(f"{file.name} holds no list of cases.")
        self.stdout.write(
            json.dumps([marked(case) for case in cases], ensure_ascii=False, indent=1)
        )
