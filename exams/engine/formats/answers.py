"""Answers as people write them in a cell or behind 答案：, turned into the exchange form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.base import Refused

DIFFICULTY_WORDS: dict[str, int] = {
    "1": 1, "2": 2, "3": 3, "4": 4, "5": 5,
    "易": 1, "容易": 1, "简单": 1, "很易": 1, "低": 1, "较易": 2, "较容易": 2, "较简单": 2, "中等偏易": 2,
    "中": 3, "中等": 3, "适中": 3, "一般": 3, "普通": 3, "较难": 4, "中等偏难": 4, "偏难": 4, "难": 5,
    "困难": 5, "很难": 5, "高": 5, "★": 1, "★★": 2, "★★★": 3, "★★★★": 4, "★★★★★": 5,
    "easy": 1, "medium": 3, "hard": 5,
}  # fmt: skip
DIFFICULTY_NAMES = {1: "易", 2: "较易", 3: "中", 4: "较难", 5: "难"}

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_TRUE = {"对", "正确", "√", "✓", "✔", "t", "true", "是", "yes", "y", "1", "r"}
_FALSE = {
    "错",
    "错误",
    "×",
    "✗",
    "✘",
    "╳",
    "x",
    "f",
    "false",
    "否",
    "不正确",
    "不对",
    "no",
    "n",
    "0",
    "w",
}
_EMPTY_BRACKETS = re.compile(r"[（(][\s　]*[)）]|_{2,}|＿+")
_POINT = re.compile(
    r"^\s*(?:[①-⑳㉑-㉟]|[（(]\s*(?:\d{1,2}|[一二三四五六七八九十]+)\s*[)）]|\d{1,2}\s*[.．、)）](?!\d)|[一二三四五六七八九十]+、)\s*"
)
_WORTH = re.compile(r"\s*[（(]\s*(\d+(?:\.\d+)?)\s*分\s*[)）]\s*[。；;.]?\s*$")


def truth_of(text: str) -> bool | None:
    """True, false, or None when it is neither word."""
    word = text.strip().strip("。.（）() ").casefold().translate(_WIDTH)
    if word in _TRUE or word == "√":
        return True
    return False if word in _FALSE else None


_TRUTH_WORDS = {
    frozenset(pair) for pair in (("true", "false"), ("t", "f"), ("对", "错"), ("正确", "错误"), ("√", "×"))
}  # fmt: skip


def are_truth_words(texts: Sequence[str]) -> bool:
    """Two options that only say true and false. Yes and no, x and y, 1 and 0 are words of their own."""
    words = frozenset(text.strip().strip("。.（）() ").casefold() for text in texts)
    return len(texts) == 2 and words in _TRUTH_WORDS


def letters_of(text: str, options: int, *, ordered: bool = False) -> list[str]:
    """The options an answer names: ``B``, ``ACD``, ``A、C``, ``（B）``, ``①③``. Raises Refused."""
    plain = text.translate(_WIDTH).strip().strip("()。. ")
    plain = "".join(it.LETTERS["①②③④⑤⑥⑦⑧⑨⑩".index(c)] if c in "①②③④⑤⑥⑦⑧⑨⑩" else c for c in plain)
    bare = re.sub(r"[\s,，、;；|/+和>→\-—]+", "", plain).upper()
    known = it.LETTERS[:options]
    if bare.isdigit() and all(0 < int(digit) <= options for digit in bare):
        bare = "".join(it.LETTERS[int(digit) - 1] for digit in bare)
    if not bare or any(letter not in known for letter in bare) or len(set(bare)) != len(bare):
        raise Refused("bad_key", value=text)
    return list(bare) if ordered else sorted(bare)


def alternatives(text: str) -> list[str]:
    r"""Wordings of one blank, parted by ``/`` or 或者; ``\/`` is a slash."""
    parts = re.split(r"(?<!\\)/|\s+或者?\s+|（或）|\(或\)", text)
    return [part for raw in parts if (part := raw.replace("\\/", "/").strip())]


def blanks_of(stem: str, answer: str, *, any_order: bool = False) -> it.Plain:
    """A question with blanks; the answers of several are parted by ； or |. Raises Refused."""
    marked = it.blank_numbers(stem)
    if not marked and not answer:  # 【2022】 in the stem is blank and answer at once
        inline = re.findall(r"【([^】]+)】", stem)
        if inline:
            stem, answer = re.sub(r"【[^】]+】", "____", stem), "；".join(inline)
            marked = it.blank_numbers(stem)
    drawn = re.findall("_{2,}", stem)
    if (
        "[[" not in stem
        and marked
        and len(re.findall(r"[^；;|]+", answer)) == len(drawn) != len(marked)
    ):
        stem = re.sub("_{2,}", "____", stem)  # some of the lines are drawn shorter
        marked = it.blank_numbers(stem)
    if not marked:
        stem = _EMPTY_BRACKETS.sub("____", stem)
        marked = it.blank_numbers(stem)
    if not answer.strip():
        raise Refused("no_key")
    wanted = max(1, len(marked))
    answer = re.sub(r"\s*\n\s*", "；", answer.strip())
    for pattern in (r"[；;]|(?<!\|)\|(?!\|)|\|\|", r"[、，,]", r"\s{2,}|\t", r"\s+"):
        pieces = [p for p in re.split(pattern, answer) if p.strip()]
        if len(pieces) == wanted:
            break
    else:
        pieces = [p for p in re.split(r"[；;]", answer) if p.strip()] if wanted > 1 else [answer]
    numbered = [
        re.sub(r"^\s*(?:[①-⑳]|[（(]?\d{1,2}[)）、．]|第?[一二三四五六七八九]空[:：])\s*", "", p)
        for p in pieces
    ]
    if len(pieces) > 1 and all(n != p for n, p in zip(numbered, pieces, strict=True)):
        pieces = numbered
    plain: it.Plain = {"type": "fill_in", "stem": stem, "blanks": [alternatives(p) for p in pieces]}
    return plain | ({"any_order": True} if any_order else {})


def key_points_of(answer: str) -> it.Plain:
    """A short answer: its points, each with its share where （2 分） says so."""
    answer = re.sub(r"^\s*答\s*[:：]\s*", "", answer)
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    if len(lines) == 1:
        parts = re.split(
            r"(?=[①-⑳㉑-㉟])|(?<=[；;。])\s*(?=[（(]\d{1,2}[)）]|\d{1,2}[.．、](?!\d))", lines[0]
        )
        lines = [part.strip() for part in parts if part.strip()]
    points: list[it.Plain] = []
    listed = any(_POINT.match(line) for line in lines)
    for line in lines:
        worth = _WORTH.search(line)
        numbered = _POINT.match(line)
        text = line[: worth.start()] if worth else line
        text = text[numbered.end() :] if numbered else text
        text = text.strip().rstrip("；;。") if numbered or worth else text.strip()
        if not text:
            continue
        if points and not numbered and not worth and listed:
            if len(points[-1]["text"]) <= it.MAX_TEXT:
                points[-1]["text"] += f"\n{text}"
            continue
        points.append(
            {"text": text} | ({"weight": it.plain_number(Decimal(worth.group(1)))} if worth else {})
        )
    if not points:
        raise Refused("no_key")
    if len(points) > 30 or any(len(str(point["text"])) > 1000 for point in points):
        return {"type": "essay", "model_answer": answer}
    for point in points:
        text, bar, wordings = str(point["text"]).partition("｜")
        if bar:
            point["text"] = text.strip()
            point["any_of"] = [w.strip() for w in wordings.split("/") if w.strip()]
    return {"type": "short_answer", "key_points": points}


_INTERVAL = re.compile(
    r"(?P<low>[\[(])\s*(?P<a>[+-−]?[\d.]+)\s*,\s*(?P<b>[+-−]?[\d.]+)\s*(?P<high>[\])])\s*(?P<u>[^\d\s].{0,19})?"
)


def quantity_said(accepted: it.AcceptedNumber) -> str:
    """The reverse of ``quantity_of`` for one number without its unit."""
    value, off = accepted.value, accepted.tolerance
    if not accepted.open:
        return f"{value:f}" + (f"±{off:f}" if off else "")
    return accepted.interval("{:f}".format)


def quantity_of(answer: str) -> it.Plain:
    """``86.97±0.01 %`` (a unit), ``3.141~3.142``, ``5±相对2%``, an interval ``(3.1, 3.2]``; several parted
    by ；. Raises Refused."""
    accept: list[it.Plain] = []
    unit = ""
    for raw in re.split(r"[；;]", answer):
        text = raw.strip().translate(_WIDTH)
        if not text:
            continue
        credit = None
        share = re.search(r"[（(]\s*(\d+(?:\.\d+)?)\s*%\s*分?\s*[)）]$", text)
        if share:
            credit, text = Decimal(share.group(1)) / 100, text[: share.start()].strip()
        match = re.fullmatch(
            r"(?P<a>[+-−]?[\d.,]+(?:[eE][+-]?\d+)?)\s*(?:(?:±|\+/-|\+-)\s*(?P<p>相对)?\s*(?P<t>[\d.]+(?:[eE][+-]?\d+)?)(?(p)%)"
            r"|(?:~|～|至|—|\.\.)\s*(?P<b>[+-−]?[\d.,]+))?\s*(?P<u>[^\d\s].{0,19})?",
            text,
        )
        interval = _INTERVAL.fullmatch(text)
        match = interval or match
        if match is None:
            raise Refused("bad_number", value=raw)
        entry: it.Plain
        if interval:
            ends = it.open_ends(lower=interval["low"] == "(", upper=interval["high"] == ")")
            entry = {"from": interval["a"], "to": interval["b"]} | ends
        elif match.group("b"):
            entry = {"from": match.group("a"), "to": match.group("b")}
        else:
            entry = {"value": match.group("a")}
            if match.group("t"):
                entry["tolerance"] = match.group("t") + ("%" if match.group("p") else "")
        if credit is not None:
            entry["credit"] = it.plain_number(credit)
        unit = unit or (match.group("u") or "").strip()
        accept.append(entry)
    if not accept:
        raise Refused("no_key")
    plain: it.Plain = {"type": "numeric", "accept": accept}
    return plain | ({"unit": unit} if unit else {})


def pairs_of(stem: str, left: Sequence[str], right: Sequence[str], answer: str) -> it.Plain:
    """Matching: ``1-B；2-A`` names left and right. Raises Refused."""
    found = re.findall(
        r"(\d{1,2})\s*[-—–－:：.=→]*\s*([A-Za-z])(?![A-Za-z])", answer.translate(_WIDTH)
    )
    key = {number: letter.upper() for number, letter in found}
    if not left or not right or not key:
        raise Refused("no_key" if not key else "syntax", reason="左列或右列缺失")
    try:
        pairs = [[text, right[it.LETTERS.index(key[str(n)])]] for n, text in enumerate(left, 1)]
    except (KeyError, IndexError, ValueError):
        raise Refused("bad_key", value=answer) from None
    used = {text for _left, text in pairs}
    extra = [text for text in right if text not in used]
    return {"type": "matching", "stem": stem, "pairs": pairs} | (
        {"distractors": extra} if extra else {}
    )
