"""A question as every page draws it: the candidate's, the bank's, the printed one."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from exams.engine import items as it

PLACE = "\0"  # no question holds it: the bank refuses control characters


def drawn_at(place: int, template: str, shown: Mapping[str, Any]) -> SafeString:
    """A question drawn by its template; ``shown`` is plain, with ``PLACE`` where its place stands.

    Its place differs from candidate to candidate and comes last: to draw fifty anew for each would be
    most of the minute in which they all start, and of that in which they all read their results.
    """
    html = _drawn(template, json.dumps(shown, default=str), get_language())
    return SafeString(html.replace(PLACE, str(place)))


@lru_cache(maxsize=8192)
def _drawn(template: str, shown: str, language: str | None) -> str:
    """All a question shows is in ``shown``, so what is kept is never old."""
    return render_to_string(template, json.loads(shown))


def question_view(shown: dict[str, Any], value: Any, name: str) -> dict[str, Any]:
    """What a template needs to draw a question with the answer held: names, choices, pieces."""
    view = {**shown, "name": name, "value": value, "pieces": []}
    kind = shown["type"]
    if kind in ("single", "multiple"):
        chosen = value if isinstance(value, list) else [value]
        view["options"] = [{**o, "chosen": o["id"] in chosen} for o in shown["options"]]
    elif kind == "fill_in":
        texts = value if isinstance(value, list) else []
        boxes = [
            str(texts[n]) if n < len(texts) and texts[n] else "" for n in range(shown["blanks"])
        ]
        pieces = list(it.stem_pieces(shown["stem"]))
        if all(number is None for _text, number in pieces):
            pieces = [(shown["stem"], 1), *[("", n) for n in range(2, shown["blanks"] + 1)]]
        view["pieces"] = [
            {"text": text, "number": number, "value": boxes[number - 1] if number else ""}
            for text, number in pieces
            if number is None or number <= shown["blanks"]
        ]
    elif kind == "matching":
        chosen_by = value if isinstance(value, dict) else {}
        view["left"] = [
            {
                **left,
                "choices": [
                    {**o, "chosen": chosen_by.get(left["id"]) == o["id"]} for o in shown["options"]
                ],
            }
            for left in shown["left"]
        ]
    elif kind == "ordering":
        texts_by_id = {o["id"]: o for o in shown["options"]}
        order = [a for a in value if a in texts_by_id] if isinstance(value, list) else []
        order += [o["id"] for o in shown["options"] if o["id"] not in order]
        view["options"] = [texts_by_id[ident] for ident in order]
        view["is_ordered"] = isinstance(value, list) and bool(value)
    elif kind == "case":
        parts = value if isinstance(value, dict) else {}
        view["parts"] = [
            question_view(part, parts.get(part["id"]), f"{name}.{part['id']}")
            for part in shown["parts"]
        ]
    return view
