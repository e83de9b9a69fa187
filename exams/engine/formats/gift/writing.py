"""Questions written as GIFT, and what of them it does not carry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.base import (
    Note,
    Writing,
    clip,
    lost_bookkeeping,
    percent,
    place_of,
    tags_with_facts,
)
from exams.engine.formats.gift.reading import TEXT_FORMAT, means_html


def write(records: Sequence[it.Record]) -> Writing:
    """A GIFT file of these questions."""
    lines: list[str] = []
    losses: list[Note] = []
    category: tuple[str, ...] | None = None
    for number, record in enumerate(records, 1):
        place = place_of(record, number)
        answer = _written(record.item)
        if answer is None:
            losses.append(Note(place, "type_not_carried", (("value", _kind(record.item)),)))
            continue
        if record.category and record.category != category:
            category = record.category
            path = "/".join(name.replace("/", "//") for name in category)
            lines += [f"$CATEGORY: {_escaped(path, colon=False)}", ""]
        for name in [*lost_bookkeeping(record), *lost_details(record.item)]:
            losses.append(Note(place, "not_carried", (("value", name),)))
        marks = [f"[id:{_bracketed(record.code)}]"] if record.code else []
        marks += [f"[tag:{_bracketed(tag)}]" for tag in tags_with_facts(record)]
        if marks:
            lines.append(f"// {' '.join(marks)}")
        name = record.code or clip(record.item.stem, 30)
        stem, tail = _stem_parts(record.item)
        lines += [f"::{_escaped(name)}::{_piece(stem)}{{{answer}{_general(record)}}}{tail}", ""]
    return Writing("\n".join(lines).encode(), tuple(losses))


def _kind(item: it.Item) -> str:
    if isinstance(item, it.FillIn) and len(item.blanks) > 1:
        return "fill_in, several blanks"
    # GIFT knows no way to say "->" within an answer.
    return (
        f"{item.type}, “->” in an answer"
        if isinstance(item, (it.FillIn, it.Matching))
        else item.type
    )


def lost_details(item: it.Item) -> list[str]:
    """What of an item GIFT cannot say; Moodle XML carries some of it."""
    match item:
        case it.MultipleChoice() if item.rule != "weights":
            return [f"rule {item.rule}"]
        case it.Matching() if item.rule != "per_pair":
            return [f"rule {item.rule}"]
        case it.FillIn():
            found = [("match exact", any(blank.match == "exact" for blank in item.blanks))]
            found += [
                ("case_sensitive", any(blank.case_sensitive for blank in item.blanks)),
                ("any_order", item.any_order),
                (f"rule {item.rule}", item.rule != "per_blank"),
            ]
            return [name for name, there in found if there]
        case it.ShortAnswer():
            return ["key_points"]
        case it.Essay():
            found = [("rubric", bool(item.rubric)), ("min_length", bool(item.min_length))]
            found.append(("max_length", item.max_length != 10_000))
            found.append(("model_answer", bool(item.model_answer)))
            return [name for name, there in found if there]
        case it.Numeric():
            return ["unit"] * bool(item.unit) + ["open"] * any(a.open for a in item.accept)
    return []


def _escaped(text: str, *, colon: bool = True) -> str:
    text = re.sub(r"[\\~=#{}:]" if colon else r"[\\~=#{}]", lambda m: f"\\{m.group()}", text)
    return text.replace("\n", "\\n")


def _piece(text: str) -> str:
    """A text as GIFT writes it; marked [plain] when it would be read as HTML, a mark or a comment."""
    unsafe = (
        means_html(text) or TEXT_FORMAT.match(text) or text.startswith(("//", "$CATEGORY", "%"))
    )
    mark = "[plain]" if unsafe else ""
    return mark + _escaped(text)


def _bracketed(text: str) -> str:
    return re.sub(r"[\\\]]", lambda m: f"\\{m.group()}", text.replace("\n", " "))


def _stem_parts(item: it.Item) -> tuple[str, str]:
    """The stem before the braces, and what follows them (a missing word)."""
    if isinstance(item, it.FillIn) and len(item.blanks) == 1:
        match = re.search(r"\[\[1\]\]|(?<!_)_____(?!_)", item.stem)
        if match and item.stem[match.end() :].strip() and not means_html(item.stem):
            return item.stem[: match.start()], _escaped(item.stem[match.end() :])
        return item.stem.replace("[[1]]", "_____"), ""
    return item.stem, ""


def _general(record: it.Record) -> str:
    return f"####{_piece(record.item.explanation)}" if record.item.explanation else ""


def _said(feedback: str) -> str:
    return f"#{_piece(feedback)}" if feedback else ""


def _written(item: it.Item) -> str | None:
    """What stands between the braces; None for a type GIFT has not."""
    match item:
        case it.SingleChoice():
            lines = [
                f"\n\t={_piece(option.text)}{_said(option.feedback)}"
                if option.id == item.key
                else f"\n\t~{_percent(option.credit, option.text)}{_piece(option.text)}{_said(option.feedback)}"
                for option in item.options
            ]
            return "".join(lines) + "\n"
        case it.MultipleChoice():
            return _multiple(item)
        case it.TrueFalse():
            right = item.said_to(item.key)
            wrong = item.said_to(not item.key)
            tail = _said(wrong) if not right else f"#{_piece(wrong)}#{_piece(right)}"
            return f"{'TRUE' if item.key else 'FALSE'}{tail}"
        case it.FillIn():
            if len(item.blanks) > 1 or any("->" in entry.text for entry in item.blanks[0].accept):
                return None
            return "".join(wording(entry, item.blanks[0]) for entry in item.blanks[0].accept)
        case it.Numeric():
            return "#" + "".join(
                f"\n\t=%{percent(a.credit)}%{a.value:f}:{a.tolerance:f}{_said(a.feedback)}"
                for a in item.accept
            )
        case it.Matching():
            texts = {option.id: option.text for option in item.right}
            names = {option.id: option.text for option in item.left}
            if any("->" in text for text in (*texts.values(), *names.values())):
                return None
            used = {right for _left, right in item.key}
            lines = [f"\n\t={_piece(names[a])} -> {_piece(texts[b])}" for a, b in item.key]
            lines += [f"\n\t= -> {_piece(o.text)}" for o in item.right if o.id not in used]
            return "".join(lines) + "\n"
        case it.Ordering():
            texts = {option.id: option.text for option in item.options}
            rule = {"exact": "ALL_OR_NOTHING", "position": "ABSOLUTE_POSITION"}.get(
                item.rule, "RELATIVE_NEXT_EXCLUDE_LAST"
            )
            lines = [f"\n{_piece(texts[ident])}" for ident in item.key]
            return f">{len(lines)} ALL VERTICAL {rule}{''.join(lines)}\n"
        case it.ShortAnswer() | it.Essay():
            return ""
    return None


def _percent(credit: Decimal | None, text: str) -> str:
    return f"%{percent(credit or Decimal(0))}%" if credit or text.startswith("%") else ""


def _multiple(item: it.MultipleChoice) -> str:
    share = (Decimal(1) / len(item.key)).quantize(Decimal("0.0000001"))
    lines = []
    for option in item.options:
        worth = option.credit if item.rule == "weights" else None
        if worth is None:
            worth = share if option.id in item.key else Decimal(0)
        lines.append(f"\n\t~%{percent(worth)}%{_piece(option.text)}{_said(option.feedback)}")
    return "".join(lines) + "\n"


def wording(entry: it.Accepted, blank: it.Blank) -> str:
    """One accepted wording of a blank; a star is escaped where it is meant as one."""
    text = entry.text if blank.match == "wildcard" else entry.text.replace("*", "\\*")
    weight = f"%{percent(entry.credit)}%" if entry.credit != 1 or text.startswith("%") else ""
    return f"\n\t={weight}{_piece(text)}{_said(entry.feedback)}"
