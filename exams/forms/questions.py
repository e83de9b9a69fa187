"""A question as its author writes it: a form for each type, and the problems in words."""

from decimal import Decimal
from typing import Any

import yaml
from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from exams.engine import items as it
from exams.enums import Difficulty
from people.fields import DateField

PROBLEMS: dict[str, Promise] = {
    "required": gettext_lazy("is missing"),
    "not_text": gettext_lazy("must be text"),
    "not_number": gettext_lazy("must be a number"),
    "not_integer": gettext_lazy("must be a whole number"),
    "not_bool": gettext_lazy("must be true or false"),
    "not_list": gettext_lazy("must be a list"),
    "not_mapping": gettext_lazy("must have named fields"),
    "not_date": gettext_lazy("must be a date like 2026-01-31"),
    "not_choice": gettext_lazy("must be one of: %(allowed)s"),
    "bad_id": gettext_lazy("may hold only letters, digits, “.”, “_” and “-”, at most 16"),
    "duplicate": gettext_lazy("occurs twice: %(value)s"),
    "unknown_id": gettext_lazy("names something that is not there: %(value)s"),
    "unknown_field": gettext_lazy("is not a field of this type"),
    "too_long": gettext_lazy("is longer than %(limit)s characters"),
    "too_few": gettext_lazy("needs at least %(least)s"),
    "too_many": gettext_lazy("has more than %(most)s"),
    "out_of_range": gettext_lazy("must lie between %(least)s and %(most)s"),
    "blanks_mismatch": gettext_lazy("the text marks %(marked)s blanks, %(given)s are given"),
    "incomplete": gettext_lazy("must name each one exactly once"),
    "nested_case": gettext_lazy("a part cannot be a case itself"),
    "empty_range": gettext_lazy("ends before it starts"),
    "bad_character": gettext_lazy("holds a control character"),
}

FIELD_NAMES: dict[str, Promise] = {
    "stem": gettext_lazy("Question"),
    "options": gettext_lazy("Options"),
    "key": gettext_lazy("Right answer"),
    "blanks": gettext_lazy("Blanks"),
    "pairs": gettext_lazy("Pairs"),
    "sequence": gettext_lazy("Items in the right order"),
    "key_points": gettext_lazy("Key points"),
    "rubric": gettext_lazy("Rubric"),
    "parts": gettext_lazy("Parts"),
    "accept": gettext_lazy("Right answer"),
    "tolerance": gettext_lazy("Tolerance"),
    "penalty": gettext_lazy("Lost by a wrong answer"),
    "category": gettext_lazy("Category"),
    "explanation": gettext_lazy("Explanation"),
    "type": pgettext_lazy("exam", "Type"),
    "valid_to": gettext_lazy("Valid until (exclusive)"),
}


def problem_text(problem: it.Problem) -> str:
    """A problem of the exchange form in the reader's language, with its field."""
    root = problem.field.split(".")[0].split("[")[0]
    name = str(FIELD_NAMES.get(root, root))
    place = problem.field[len(root) :]
    if place.startswith("[") and "]" in place:
        number = place[1 : place.index("]")]
        if number.isdigit():
            name = f"{name} {int(number) + 1}"
    words = str(PROBLEMS[problem.code]) % dict(problem.params)
    return f"{name}：{words}" if _("Question") != "Question" else f"{name}: {words}"


# What each type is written in: repeated rows with these columns, each (name, label).
ROWS: dict[str, tuple[str, tuple[tuple[str, Promise], ...], int]] = {
    "single": ("options", (("text", gettext_lazy("Option")),), 4),
    "multiple": ("options", (("text", gettext_lazy("Option")),), 4),
    "fill_in": ("blanks", (("accept", gettext_lazy("Accepted, several separated by |")),), 2),
    "matching": (
        "pairs",
        (("left", gettext_lazy("Left side")), ("right", gettext_lazy("belongs to"))),
        4,
    ),
    "ordering": ("sequence", (("text", gettext_lazy("Item to put in order")),), 4),
    "short_answer": (
        "key_points",
        (
            ("text", gettext_lazy("Key point")),
            ("any_of", gettext_lazy("Wordings, separated by |")),
            ("weight", gettext_lazy("Weight")),
        ),
        3,
    ),
    "essay": (
        "rubric",
        (("text", gettext_lazy("Criterion")), ("weight", gettext_lazy("Weight"))),
        3,
    ),
}
MOST_ROWS = 26
SOURCE_TYPES = ("case",)
# Fields that are not the question itself.
BESIDE = {
    "code", "category", "difficulty", "points", "knowledge_point", "tags", "valid_from", "valid_to",
}  # fmt: skip


def _unreadable(error: Exception) -> str:
    """Where the exchange form cannot be read; what the parser says of it is said in its own English."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _(
            "This cannot be read. Look at the indentation, the quotation marks and the brackets."
        )
    return _(
        "Line %(n)s cannot be read. Look at its indentation, its quotation marks and brackets, and at the line before it."
    ) % {"n": mark.line + 1}


class QuestionForm(forms.Form):
    """A question of one type. The repeated rows are read by name: ``row-0-text``, ``row-1-text`` …

    ``source`` holds the exchange form as YAML, for cases and for whatever the rows cannot show.
    """

    code = forms.CharField(
        label=gettext_lazy("Question code"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Left empty, a number is given."),
    )
    category = forms.CharField(
        label=gettext_lazy("Category"),
        max_length=400,
        help_text=gettext_lazy("Levels separated by “/”; a new one is made when missing."),
        widget=forms.TextInput(attrs={"list": "categories"}),
    )
    difficulty = forms.TypedChoiceField(
        label=gettext_lazy("Difficulty"), choices=Difficulty, coerce=int, initial=Difficulty.MEDIUM
    )
    points = forms.DecimalField(
        label=gettext_lazy("Suggested points"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=1000,
        max_digits=6,
        decimal_places=2,
        help_text=gettext_lazy(
            "What a fixed paper gives for it unless told otherwise. May stay empty."
        ),
    )
    knowledge_point = forms.CharField(
        label=gettext_lazy("Knowledge point"), max_length=200, required=False
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        help_text=gettext_lazy("Separated by commas."),
    )
    valid_from = DateField(
        label=gettext_lazy("Valid from"),
        required=False,
    )
    valid_to = DateField(
        label=gettext_lazy("Valid until (exclusive)"),
        required=False,
    )
    stem = forms.CharField(label=gettext_lazy("Question"), widget=forms.Textarea(attrs={"rows": 4}))
    explanation = forms.CharField(
        label=gettext_lazy("Explanation"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=gettext_lazy("Shown to candidates only after release."),
    )
    penalty = forms.DecimalField(
        label=gettext_lazy("Lost by a wrong answer"),
        min_value=0,
        max_value=1,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("As a part of the points: 0.25 is a quarter. Empty: nothing."),
    )

    def __init__(self, *args: Any, kind: str, as_source: bool = False, **kwargs: Any) -> None:
        self.kind = kind
        self.as_source = as_source or kind in SOURCE_TYPES
        self.record: it.Record | None = None
        super().__init__(*args, **kwargs)
        if kind in it.RULES and not self.as_source:
            rules = [(rule, rule) for rule in it.RULES[kind] if rule != "weights"]
            self.fields["rule"] = forms.ChoiceField(label=_("How points are given"), choices=rules)
        if kind == "fill_in":
            self.fields["any_order"] = forms.BooleanField(
                label=_("The blanks may be filled in any order"), required=False
            )
            self.fields["stem"].help_text = _("Mark a blank by [[1]], [[2]] or by ____.")
        elif kind == "numeric":
            self.fields["number"] = forms.CharField(label=_("Right answer"), required=False)
            self.fields["tolerance"] = forms.CharField(label=_("Tolerance"), required=False)
            self.fields["unit"] = forms.CharField(label=_("Unit"), required=False, max_length=20)
        elif kind == "true_false":
            self.fields["truth"] = forms.ChoiceField(
                label=_("Right answer"),
                choices=[("true", _("True")), ("false", _("False"))],
                widget=forms.RadioSelect,
                required=False,
            )
        elif kind == "matching":
            self.fields["distractors"] = forms.CharField(
                label=_("Further right sides"),
                required=False,
                help_text=_("Belong to nothing; separated by |."),
            )
        elif kind == "short_answer":
            self.fields["marking"] = forms.ChoiceField(
                label=_("Marking"),
                choices=[
                    ("manual", _("a person marks; key points found are proposed")),
                    ("auto", _("automatically by the key points")),
                ],
            )
        elif kind == "essay":
            for name, label in (
                ("min_length", _("At least characters")),
                ("max_length", _("At most characters")),
            ):
                self.fields[name] = forms.IntegerField(label=label, required=False, min_value=0)
        if self.as_source:
            for name in ("stem", "explanation", "penalty", "any_order", "number", "tolerance"):
                self.fields.pop(name, None)
            for name in ("unit", "truth", "distractors", "marking", "min_length", "max_length"):
                self.fields.pop(name, None)
            self.fields["source"] = forms.CharField(
                label=_("Question in the exchange form (YAML)"),
                widget=forms.Textarea(attrs={"rows": 18, "class": "source", "spellcheck": "false"}),
                initial=_example(kind),
            )

    # --- rows ---

    @property
    def columns(self) -> list[tuple[str, Promise]]:
        return list(ROWS[self.kind][1]) if self.kind in ROWS and not self.as_source else []

    @property
    def has_key(self) -> bool:
        return self.kind in ("single", "multiple") and not self.as_source

    def rows(self) -> list[dict[str, Any]]:
        """The rows to draw: what was sent or what the question has, and some empty ones."""
        if not self.columns:
            return []
        found = self._sent_rows() if self.is_bound else list(self.initial.get("rows", []))
        keys = self._sent_keys() if self.is_bound else self.initial.get("keys", [])
        count = max(ROWS[self.kind][2], len(found) + (0 if self.is_bound else 1))
        out = []
        for index in range(min(count, MOST_ROWS)):
            entry = found[index] if index < len(found) else {}
            out.append(
                {
                    "index": index,
                    "letter": it.LETTERS[index],
                    "is_key": it.LETTERS[index] in keys,
                    "cells": [
                        {"name": name, "label": label, "value": entry.get(name, "")}
                        for name, label in self.columns
                    ],
                }
            )
        return out

    def _sent_keys(self) -> list[str]:
        return self.data.getlist("key") if isinstance(self.data, QueryDict) else []

    def _sent_rows(self) -> list[dict[str, str]]:
        rows = []
        for index in range(MOST_ROWS):
            row = {
                name: self.data.get(f"row-{index}-{name}", "").strip() for name, _l in self.columns
            }
            rows.append(row)
        while rows and not any(rows[-1].values()):
            rows.pop()
        return rows

    # --- reading ---

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors.keys() <= BESIDE:
            return cleaned
        try:
            plain = self._item(cleaned)
            # What is wrong with the question is told together with what is wrong beside it.
            more = {} if self.errors else self._bookkeeping(cleaned)
            record = it.record_from_dict({**more, **plain})
            self.record = None if self.errors else record
        except it.InvalidItem as refusal:
            for problem in refusal.problems:
                name = problem.field if problem.field in self.fields else None
                self.add_error(name, problem_text(problem))
        except (yaml.YAMLError, ValueError) as error:
            self.add_error("source", _unreadable(error))
        return cleaned

    def _bookkeeping(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        tags = [tag.strip() for tag in cleaned["tags"].replace("，", ",").split(",")]
        return {
            "code": cleaned["code"],
            "category": cleaned["category"],
            "difficulty": cleaned["difficulty"],
            "points": cleaned["points"],
            "knowledge_point": cleaned["knowledge_point"],
            "tags": [tag for tag in tags if tag],
            "valid_from": cleaned["valid_from"],
            "valid_to": cleaned["valid_to"],
        }

    def _item(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        if self.as_source:
            plain = yaml.safe_load(cleaned["source"])
            if not isinstance(plain, dict):
                raise it.InvalidItem([it.Problem("source", "not_mapping")])
            return {**plain, "type": self.kind}
        plain = {"type": self.kind, "stem": cleaned["stem"], "explanation": cleaned["explanation"]}
        if cleaned.get("penalty"):
            plain["penalty"] = cleaned["penalty"]
        if cleaned.get("rule"):
            plain["rule"] = cleaned["rule"]
        rows = self._sent_rows() if self.columns else []
        match self.kind:
            case "single" | "multiple":
                plain["options"] = [row["text"] for row in rows]
                keys = [key for key in self._sent_keys() if key in it.LETTERS]
                plain["key"] = keys if self.kind == "multiple" else (keys or [""])[0]
            case "true_false":
                truth = cleaned.get("truth")
                plain["key"] = {"true": True, "false": False}.get(truth or "")
            case "fill_in":
                plain["blanks"] = [_split(row["accept"]) for row in rows]
                plain["any_order"] = cleaned["any_order"]
            case "numeric":
                plain |= {"key": cleaned["number"], "tolerance": cleaned["tolerance"] or 0}
                plain["unit"] = cleaned["unit"]
            case "matching":
                plain["pairs"] = [[row["left"], row["right"]] for row in rows]
                plain["distractors"] = _split(cleaned["distractors"])
            case "ordering":
                plain["sequence"] = [row["text"] for row in rows]
            case "short_answer":
                plain["marking"] = cleaned["marking"]
                plain["key_points"] = [
                    {"text": r["text"], "any_of": _split(r["any_of"]), "weight": r["weight"]}
                    for r in rows
                ]
            case "essay":
                plain["rubric"] = [{"text": r["text"], "weight": r["weight"]} for r in rows]
                plain["min_length"] = cleaned.get("min_length") or 0
                plain["max_length"] = cleaned.get("max_length") or 10_000
        return plain


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.replace("｜", "|").split("|") if part.strip()]


def _example(kind: str) -> str:
    if kind != "case":
        return ""
    return (
        "stem: \n"
        "parts:\n"
        "  - type: single\n"
        "    stem: \n"
        "    options: [ , , , ]\n"
        "    key: A\n"
        "  - type: short_answer\n"
        "    weight: 2\n"
        "    stem: \n"
        "    key_points: [ , ]\n"
    )


def initial_of(record: it.Record) -> dict[str, Any]:
    """The form's fields for a question that exists."""
    plain = it.item_to_dict(record.item)
    initial: dict[str, Any] = {
        "code": record.code,
        "category": "/".join(record.category),
        "difficulty": record.difficulty,
        "points": record.points,
        "knowledge_point": record.knowledge_point,
        "tags": ", ".join(record.tags),
        "valid_from": record.valid_from,
        "valid_to": record.valid_to,
        "stem": plain["stem"],
        "explanation": plain.get("explanation", ""),
        "penalty": plain.get("penalty"),
        "rule": plain.get("rule"),
    }
    match record.item:
        case it.SingleChoice() | it.MultipleChoice():
            ids = [option["id"] for option in plain["options"]]
            keys = plain["key"] if isinstance(plain["key"], list) else [plain["key"]]
            initial["rows"] = [{"text": option["text"]} for option in plain["options"]]
            initial["keys"] = [it.LETTERS[ids.index(key)] for key in keys]
        case it.TrueFalse():
            initial["truth"] = "true" if record.item.key else "false"
        case it.FillIn():
            initial["rows"] = [
                {"accept": " | ".join(wording.text for wording in blank.accept)}
                for blank in record.item.blanks
            ]
            initial["any_order"] = record.item.any_order
        case it.Numeric():
            first = record.item.accept[0]
            initial["number"] = it.plain_number(first.value)
            initial["tolerance"] = it.plain_number(first.tolerance)
            initial["unit"] = record.item.unit
        case it.Matching():
            lefts = {option.id: option.text for option in record.item.left}
            rights = {option.id: option.text for option in record.item.right}
            used = {right for _left, right in record.item.key}
            initial["rows"] = [
                {"left": lefts[left], "right": rights[right]} for left, right in record.item.key
            ]
            initial["distractors"] = " | ".join(
                option.text for option in record.item.right if option.id not in used
            )
        case it.Ordering():
            texts = {option.id: option.text for option in record.item.options}
            initial["rows"] = [{"text": texts[ident]} for ident in record.item.key]
        case it.ShortAnswer():
            initial["marking"] = record.item.marking
            initial["rows"] = [
                {
                    "text": point.text,
                    "any_of": " | ".join(point.any_of),
                    "weight": it.plain_number(point.weight),
                }
                for point in record.item.key_points
            ]
        case it.Essay():
            initial["min_length"] = record.item.min_length
            initial["max_length"] = record.item.max_length
            initial["rows"] = [
                {"text": criterion.text, "weight": it.plain_number(criterion.weight)}
                for criterion in record.item.rubric
            ]
    source = {name: value for name, value in plain.items() if name != "type"}
    initial["source"] = yaml.safe_dump(source, allow_unicode=True, sort_keys=False)
    return initial


def needs_source(record: it.Record) -> bool:
    """Has the question something the rows cannot show (credits, feedback, several numbers)?"""
    plain = it.item_to_dict(record.item)
    match record.item:
        case it.Case():
            return True
        case it.SingleChoice() | it.MultipleChoice() | it.Ordering():
            return plain.get("rule") == "weights" or any(
                o.feedback or o.credit is not None for o in record.item.options
            )
        case it.Matching():
            return any(o.feedback for o in (*record.item.left, *record.item.right))
        case it.FillIn():
            return any(
                b.match != "normalised"
                or b.case_sensitive
                or any(w.credit != 1 or w.feedback or "|" in w.text for w in b.accept)
                for b in record.item.blanks
            )
        case it.Numeric():
            first = record.item.accept[0]
            return (
                len(record.item.accept) > 1
                or first.credit != 1
                or bool(first.feedback)
                or bool(first.open)
            )
        case it.ShortAnswer():
            return record.item.max_length != 2000
        case it.Essay():
            return bool(record.item.model_answer)
        case _:
            return False
