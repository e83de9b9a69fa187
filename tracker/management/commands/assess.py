"""Try a case on the law engine, without the database: see tracker/CASES.md."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from tracker import operations, wording
from tracker.rules import InvalidDocument, State
from tracker.rules.case import load_case
from tracker.rules.plain import as_plain

LANGUAGES = ("zh-hans", "en")


def _in_language(language: str, words: Callable[[Any], Any], about: Any) -> Any:
    with translation.override(language):
        return words(about)


class Command(BaseCommand):
    help = (
        "Try the law engine on a case in a file: prints JSON with the sentences of the page. "
        "Touches no database. See tracker/CASES.md for the form of a case."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", help="YAML file, or - for standard input")
        parser.add_argument("--language", default="zh-hans", choices=LANGUAGES)

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["case"]
        try:
            text = (self.stdin_bytes() if name == "-" else Path(name).read_bytes()).decode("utf-8")
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from None
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise CommandError(
                f"{name}: line {line}: not UTF-8 (byte {error.start}); please save the file as UTF-8"
            ) from None
        shipped = operations.shipped_packs()
        try:
            case = load_case(text, shipped.get)
        except InvalidDocument as error:
            lines = "\n".join(f"{name}: {problem}" for problem in error.problems)
            raise CommandError(lines) from None
        pairs = case.assessments()
        answers = [
            {
                **as_plain(assessment),
                "pack_in_force": pack.in_force(case.on),
                "sentences": _in_language(options["language"], wording.sentences, assessment),
                "sentences_in": {
                    language: _in_language(language, wording.sentences, assessment)
                    for language in LANGUAGES
                },
            }
            for pack, assessment in pairs
        ]
        applicable = [a for _, a in pairs if a.state is not State.NOT_APPLICABLE]
        headline = _in_language(options["language"], wording.headline, applicable)
        result = {
            "case": case.title,
            "on": case.on.isoformat(),
            "known_at": case.known_at.isoformat(),
            "headline": headline,
            "assessments": answers,
            "set_aside": [
                {
                    "pack": each.pack,
                    "requirement": each.requirement,
                    "in_favour_of": each.in_favour_of,
                    "not_open": list(each.not_open),
                }
                for each in case.set_aside
            ],
        }
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))

    def stdin_bytes(self) -> bytes:
        return sys.stdin.buffer.read()
