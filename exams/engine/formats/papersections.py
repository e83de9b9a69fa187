"""What the lines of a paper have in common: words for types, marks, and headings with their points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from exams.engine import items as it

TYPE_WORDS = [  # longest first where one begins with another
    ("不定项选择", "multiple"), ("单项选择", "single"), ("多项选择", "multiple"), ("单选", "single"),
    ("多选", "multiple"), ("判断", "true_false"), ("是非", "true_false"), ("填空", "fill_in"),
    ("数值", "numeric"), ("计算", "numeric"), ("简答", "short_answer"), ("问答", "short_answer"),
    ("简述", "short_answer"), ("名词解释", "short_answer"), ("论述", "essay"), ("作文", "essay"),
    ("写作", "essay"), ("案例分析", "case"), ("案例", "case"), ("材料分析", "case"), ("综合", "case"),
    ("材料", "case"), ("排序", "ordering"), ("连线", "matching"), ("匹配", "matching"),
    ("配对", "matching"), ("选择", "choice"), ("不定项", "multiple"),
]  # fmt: skip
TYPE = "|".join(word for word, _kind in TYPE_WORDS)
MARK = re.compile(rf"^[【\[（(〔]\s*(?P<type>{TYPE})(?:分析)?题?\s*[】\])）〕]\s*")
# Ａ．甲　Ｂ．乙: letters of options in full width.
_WIDE_LETTER = re.compile(r"(?<![A-Za-zＡ-Ｚａ-ｚ])[Ａ-Ｚ](?=\s*[.．、:：)）])")
_WIDE_ANSWER = re.compile(r"(?<=[:：】])\s*[Ａ-Ｚ]+\s*$")
_BRACKETED = re.compile(r"^\s*［([^［］]{1,6})］")  # ［答案］
# 【正确答案：B】: a field that stands in its brackets with what it says.
_WHOLE_FIELD = re.compile(
    r"^\s*[【\[]\s*((?:正确|标准|参考)?答案|(?:答案|试题)?解析|难度|知识点|考点|分值)\s*[:：]\s*([^】\]]*)[】\]]$"
)
_NARROW = {code: code - 0xFEE0 for code in range(0xFF21, 0xFF3B)}
_JUDGED = re.compile(r"^\s*[（(]\s*([√✓✔×✗✘对错]?)\s*[)）]\s*(\d{1,4}\s*[、.．)）:：](?!\d).*)$")

_NUMBER = r"(\d+(?:\.\d+)?)"
_EACH = re.compile(rf"(?:每(?:小)?题|每道(?:小)?题|各)\s*{_NUMBER}\s*分")
_EACH_BLANK = re.compile(rf"每(?:个)?(?:小)?空(?:格)?\s*{_NUMBER}\s*分")
_TOTAL = re.compile(rf"(?:共|计|满分)\s*{_NUMBER}\s*分|[（(]\s*{_NUMBER}\s*分\s*[)）]")
# What a heading says of answers that are right in part. The first that fits counts.
_RULES = (
    (re.compile(r"[少漏]选[^。；;，,]{0,12}(?:得一半|一半的?分|得?50\s*%|减半)"), "half"),
    (re.compile(r"每选对[一1]?[个项][^。；;]{0,8}得"), "per_option"),
    (
        # 少选得1分，错选不得分 says more of a part than nothing: no rule of ours, and told.
        re.compile(
            r"[少漏]选(?!得?\s*(?:[1-9]|0\.)[\d.]*\s*分)[^。；;]{0,12}(?:均|都|也)?(?:不得分|不给分|得?0\s*分|零分|无分)"
        ),
        "exact",
    ),
    (re.compile(r"(?:全部?选?对|完全正确)(?:才|方|方可)得分"), "exact"),
)


def plain_line(text: str) -> str:
    """A line with its marks where they are looked for: 【单选题】1. … is read as 1.【单选题】…, and
    （√）1. … as 1. …（√）."""

    def narrow(match: re.Match[str]) -> str:
        return match.group().translate(_NARROW)

    text = _BRACKETED.sub(r"[\1]", text.replace("\xa0", " ").rstrip())
    text = _WHOLE_FIELD.sub(r"\1：\2", text)
    text = _WIDE_ANSWER.sub(narrow, _WIDE_LETTER.sub(narrow, text))
    bare = text.lstrip()
    mark = MARK.match(bare)
    if mark and (number := re.match(r"\d{1,4}\s*[、.．)）:：](?!\d)", bare[mark.end() :])):
        return f"{number.group()}{mark.group().strip()}{bare[mark.end() + number.end() :]}"
    judged = _JUDGED.match(text)
    return f"{judged.group(2)}（{judged.group(1)}）" if judged else text


@dataclass(slots=True)
class Section:
    """One part of a paper. ``total`` is for all its questions, ``per_blank`` for each blank."""

    kind: str = ""
    points: Decimal | None = None
    per_blank: Decimal | None = None
    total: Decimal | None = None
    rule: str = ""


def section_of(kind: str, heading: str) -> Section:
    """What a heading such as 二、多选题（每题2分，共20分，少选不得分） says."""
    each, blank, total = (p.search(heading) for p in (_EACH, _EACH_BLANK, _TOTAL))
    return Section(
        kind,
        Decimal(each.group(1)) if each else None,
        Decimal(blank.group(1)) if blank else None,
        Decimal(total.group(1) or total.group(2)) if total else None,
        next((rule for pattern, rule in _RULES if pattern.search(heading)), ""),
    )


_RULE_SAID = re.compile(r"(?:[少漏错]选|多选(?!题)|每选对)[^。；;，,（(）)]*分[^。；;，,（(）)]*")


def unread_rule(section: Section, heading: str) -> str:
    """What a heading says of answers right in part that none of our rules is, such as 少选得1分."""
    said = [found.group() for found in _RULE_SAID.finditer(heading)]
    if section.rule or not said or section.kind != "multiple":
        return ""
    # 多选、错选不得分，少选得1分: what a part earns is what is read otherwise.
    return next((words for words in said if re.search("[少漏]选|每选对", words)), said[0])


def worth_of(section: Section, plain: it.Plain, questions: int) -> Decimal | None:
    """The points of a question about which only its heading speaks."""
    if section.points is not None:
        return section.points
    if section.per_blank is not None and plain.get("type") == "fill_in":
        return section.per_blank * len(plain["blanks"])
    if section.total is not None and section.per_blank is None and questions:
        share = section.total / questions
        return share if share % Decimal("0.5") == 0 else None
    return None
