"""Chinese paper text, as teachers write it: 一、单选题 … 1. … A. … B. … 答案：B.

Understood: sections by type, with or without numbers; type marks at the question (【多选题】); options
each on a line or several on one; answers on a line of their own, in the stem （ B ）, before the number
（B）1. …, or as a key at the end of the paper or of a section (``1-5 ABCDA``, ``1.A 2.B``, a table); 解析, 难度, 知识点, 分值, 分类, 标签, 编号;
several blanks with alternatives; key points of a short answer with their points; cases with parts
（1）（2）. Letters, digits and punctuation may be half or full width.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from exams.engine import items as it
from exams.engine.formats.base import Collector, Place, Reading, Refused, decoded
from exams.engine.formats.paperdrafts import (
    CASE_START,
    INLINE_KEY,
    INLINE_TRUTH,
    Draft,
    bookkeeping,
    question_of,
)
from exams.engine.formats.papersections import (
    MARK,
    TYPE,
    TYPE_WORDS,
    Section,
    plain_line,
    section_of,
    unread_rule,
    worth_of,
)

_TYPES = dict(TYPE_WORDS)
_HEADING = re.compile(
    rf"^(?:第?[一二三四五六七八九十]+(?:部分|大题)?\s*[、.．:：]?|[（(][一二三四五六七八九十]+[)）]|[IVX]+[.、])?\s*"
    rf"[【\[〔]?(?P<type>{TYPE})(?:分析)?题?[】\]〕]?\s*(?P<rest>[（(：:，,。].*|共.*|每.*)?$"
)
_KEY_HEADING = re.compile(
    r"^[【\[]?(?:参考|标准|正确|试题|试卷)*答案(?:及?(?:评分标准|解析|详解|评分))*[】\]]?\s*[:：]?$"
)
_QUESTION = re.compile(
    r"^\s*(?:第\s*(?P<a>\d{1,4})\s*题\s*[.．、:：)）]?\s*|[【\[](?P<b>\d{1,4})[】\]]\s*"
    rf"|(?P<c>\d{{1,5}})\s*(?:[、．)）:：]|\.(?!\d)|(?=[【\[（(〔]\s*(?:{TYPE})))\s*"
    r"|[（(]\s*(?P<d>\d{1,4})\s*[)）]\s*[.．、]?)(?P<text>.*)$"
)
_OPTION = re.compile(r"^\s*[（(]?\s*([A-Za-z])\s*[.．、:：)）]\s*(?=\S)|^\s*([A-Z])[ 　\t]+(?=\S)")
_NEXT_OPTION = re.compile(
    r"(?:(?<=[\s　；;。，,])|(?<=^)|(?<=[\u4e00-\u9fff）)]))[（(]?([A-Z])\s*[.．、:：)）]\s*(?=\S)"
)
_NEXT_SPACED = re.compile(r"(?<=\s)([A-Z])\s+(?=\S)")  # A 甲  B 乙
_ANSWER = re.compile(
    r"^[【\[]?\s*(?:本题的?答案为?|答案为|正确选项|正确答案为?|标准答案|参考答案|参考要点|答案要点|答题要点|评分要点|得分点|答案|答)\s*(?:[】\]]\s*[:：]?|[:：]|是(?=[A-Z])|\s+(?=[A-H](?:[、，, ]?[A-H])*\s*$|[√×✓✗对错]\s*$))\s*(?P<text>.*)$"
)
# A label of no field of ours; what an export of answers says of whoever sat the paper.
_FOREIGN = re.compile(r"^[【\[]?[\u4e00-\u9fff]{2,6}[】\]]?\s*[:：].*$")
_TAKEN = re.compile(
    r"^(?:我|你|您|学生|考生|学员|用户)的?答案\s*[:：][^:：]*?\s+(?=(?:正确|标准|参考)答案\s*[:：])"
)
_FIELDS = {
    "explanation": "答案解析|试题解析|题目解析|解析|分析|解释|说明",
    "difficulty": "难易程度|难易度|难度系数|难度",
    "knowledge_point": "知识点|考点|考查点",
    "points": "分值|分数",
    "category": "分类|类别|章节|所属分类|题库分类",
    "tags": "标签|关键词",
    "code": "编号|题号|试题编号",
    "rule": "计分规则|评分规则",
    "cites": "依据|出处|引用条款",
}
_FIELD = re.compile(
    r"^[【\[]?\s*(?P<name>"
    + "|".join(_FIELDS.values())
    + r")\s*(?:[】\]]\s*[:：]?|[:：])\s*(?P<text>.*)$"
)
_OF_THE_WHOLE = {"code", "category", "knowledge_point", "difficulty", "tags", "cites"}
_FIELD_NAMES = {word: name for name, words in _FIELDS.items() for word in words.split("|")}
_INLINE_LATER = re.compile(
    r"[\s　；;。]*[【\[]?(?:答案解析|试题解析|解析|难度|知识点|分值)(?:[】\]]\s*[:：]?|[:：])"
)
_OWN_WORTH = re.compile(
    r"^[（(]\s*(?:本题|共)?\s*(\d+(?:\.\d+)?)\s*分\s*[)）]\s*|\s*[（(]\s*(?:本题|共)?\s*(\d+(?:\.\d+)?)\s*分\s*[)）]$"
)

# The answer before the number: （B）1. 问, as the judged ones are written.
_KEYED = re.compile(
    r"^\s*[（(]\s*(?P<key>[A-Ha-h](?:[\s、，,]*[A-Ha-h])*|正确|错误)\s*[)）]\s*"
    r"(?P<rest>(?P<number>\d{1,4})\s*[、.．)）:：](?!\d).*)$"
)
_SPACED = re.compile(r"^(?P<number>\d{1,3})[ 　\t]+(?P<text>[^\d\s.．、].*)$")
_CIRCLED = re.compile(r"^([①-⑳])\s*[.．、]?\s*(?=\S)")
# The answer behind the question on its own line: 【答案】C, 答案：正确.
_ANSWER_BEHIND = re.compile(
    r"(?<=\S)\s*(?:【(?:正确|标准|参考)?答案】\s*[:：]?|(?:正确|标准|参考)?答案\s*[:：])\s*"
    r"(?P<key>[A-Ha-h](?:[、，, ]*[A-Ha-h])*|[√✓✔×✗✘对错]|正确|错误)\s*[。.]?$"
)
# And of a blank, which stands before it: ____年。答案：一
_WORDS_BEHIND = re.compile(
    r"(?:_{2}|[（(]\s*[)）])[^:：]*?(?P<behind>\s*【?(?:正确|标准|参考)?答案】?\s*[:：]\s*(?P<key>\S.*))$"
)
# 答案：1.A 2.B on one line: the key of a paper, not of its last question.
_KEY_BEHIND = re.compile(
    r"^[【\[]?(?:参考|标准|正确|试题)?答案[】\]]?\s*[:：]\s*"
    r"(?P<key>\d{1,4}\s*(?:[.．、:：)）]\s*(?:[A-Ha-h]+|[√✓✔×✗✘对错])(?:\s|$|[；;，,])|[-~—–－至]\s*\d).*)$"
)
_KEY_MORE = re.compile(
    r"^\d{1,4}\s*(?:[-~—–－～至到]+\s*\d|[.．、:：)）]?\s*(?:[A-Ha-h]+|[√✓✔×✗✘对错])(?:\s|$|[；;，,]))"
)
_KEY_RANGE = re.compile(
    r"(\d{1,4})\s*[-~—–－～至到]+\s*(\d{1,4})\s*[题.．、:：)）]?\s*([A-Za-z√✓✔×✗✘对错TF\s,，、;；]+)"
)
_ORDINALS = "一二三四五六七八九十"


def _mark_of(match: re.Match[str]) -> str:
    """How a numbered line is marked: 1． and 1） are not of one list."""
    return re.sub(r"[\d\s]", "", match.group()[: match.start("text") - match.start()])


class _Paper:
    """Reads lines one after the other into drafts, then the key at the end."""

    def __init__(self, lines: Sequence[tuple[int, str]], out: Collector) -> None:
        self.lines = [(n, plain_line(text)) for n, text in lines]
        self.out = out
        self.drafts: list[Draft] = []
        self.sections: list[Section] = [Section()]
        self.current: Draft | None = None
        self.in_key = False
        self.key_section = 0
        self.numbered: dict[int, list[int]] = {}  # the sections in which a number occurs
        self.keys: dict[tuple[int, int], list[str]] = {}
        self.key_place: tuple[int, int] | None = None
        self.by_circles = self.section_key = False
        self.looked_at: set[int] = set()  # after how many questions a key was looked for
        self.last_asked: int | None = None  # the last line that asks something

    @property
    def section(self) -> Section:
        return self.sections[-1]

    def run(self) -> None:
        for index, (number, line) in enumerate(self.lines):
            text = _TAKEN.sub("", line.strip())
            if not text:
                continue
            if self.in_key:
                self._key_line(text)
            elif self._key_of_section(index, text):
                continue
            elif self._is_key_heading(index, text):
                self.in_key = True
                self.key_section = 0
            else:
                self._line(index, number, text)

    # --- the questions --------------------------------------------------------------------------

    def _is_key_heading(self, index: int, text: str) -> bool:
        if not self.drafts or not _KEY_HEADING.match(text):
            return False
        following = next((t.strip() for _n, t in self.lines[index + 1 :] if t.strip()), "")
        numbered = re.match(
            r"^\s*(?:[一二三四五六七八九十]+\s*[、.．:：]?\s*)?(?:\d{1,4}\s*(?:[-~—–－至.．、:：)）\t ]|$)|题号)",
            following,
        )
        if not (numbered or _HEADING.match(following)):
            return False
        bare = [d for d in self.drafts if d.answer is None and not self._inline(d)]
        return len(bare) * 2 > len(self.drafts)

    def _is_last(self, index: int) -> bool:
        """Is nothing more asked below: no option, no place for an answer?"""
        if self.last_asked is None:
            asked = (
                n
                for n, (_line, text) in enumerate(self.lines)
                if _OPTION.match(text.strip()) or re.search(r"[（(]\s*[)）]|_{3,}", text)
            )
            self.last_asked = max(asked, default=-1)
        return bool(self.drafts) and index >= self.last_asked

    def _key_of_section(self, index: int, text: str) -> bool:
        """A key below its section, in one line or some, or the paper's behind its heading."""
        if self.section_key and _KEY_MORE.match(text):
            self._key_line(text)
            return True
        behind = _KEY_BEHIND.match(text)
        own, last = behind and self._is_of_section(), behind and self._is_last(index)
        self.section_key = bool(own)
        if behind is None or not (own or last):
            return False
        self.in_key = bool(last)
        self.key_section = len(self.sections) - 1 if own else 0
        self.key_place, self.numbered = None, {}
        self._key_line(behind.group("key"))
        self.numbered = {}  # more questions may follow
        return True

    def _is_of_section(self) -> bool:
        """Is it the key of the section that ends here? Only this one waits for answers, most of it."""
        # A key has its say once a section; more than a hundred of them are no paper's.
        if len(self.drafts) in self.looked_at or len(self.looked_at) > 100:
            return False
        self.looked_at.add(len(self.drafts))
        last = len(self.sections) - 1
        bare = [
            draft.section
            for draft in self.drafts
            if draft.answer is None
            and not self._inline(draft)
            and (draft.section, draft.number) not in self.keys
        ]
        here = sum(draft.section == last for draft in self.drafts)
        return here > 1 and len(bare) * 2 > here and set(bare) == {last}

    def _inline(self, draft: Draft) -> bool:
        stem = "\n".join(draft.stem)
        return bool(INLINE_KEY.search(stem) or INLINE_TRUTH.search(stem))

    def _line(self, index: int, number: int, text: str) -> None:
        heading = _HEADING.match(text)
        if heading and len(text) <= 90 and not self._is_stem_like(heading, text):
            self.sections.append(section_of(_TYPES[heading.group("type")], text))
            if unread := unread_rule(self.section, text):
                self.out.note_file(
                    "scoring_simplified", Place("line", number), value=unread, read="少选得一半"
                )
            self.current = None
            return
        if self._field_line(text):
            return
        text = self._unspaced(index, self._uncircled(text))
        before = _KEYED.match(text)
        if before and not self._is_next(int(before.group("number"))):
            before = None
        if before:
            text = before.group("rest")
        started = _QUESTION.match(text)
        if started and self._is_left_side(started):
            return
        if started and (before or self._starts_question(index, started)):
            begun = self._begin(number, started)
            if before and begun.answer is None:
                begun.answer = [before.group("key")]
            return
        draft = self._target()
        if draft is None:
            if self.section.kind == "case" or (CASE_START.match(text) and len(text) > 4):
                self._begin_case(number, text)
            else:
                self.out.note_file("line_skipped", Place("line", number), value=text)
            return
        if draft.mode == "stem" and self._option_line(draft, text):
            return
        self._goes_on(draft, number, text)

    def _is_stem_like(self, heading: re.Match[str], text: str) -> bool:
        """综合… or 材料… may begin an ordinary sentence, and 材料：… the text of a case."""
        begun = CASE_START.match(text)
        if begun and begun.group().rstrip()[-1:] in ":：" and not re.search(
            r"分|[共每]\s*\d", text[begun.end() :]
        ):  # fmt: skip
            return bool(text[begun.end() :].strip())
        return not heading.group("rest") and "题" not in heading.group() and heading.group("type") in (
            "材料", "案例", "综合", "选择", "计算", "数值", "写作"
        )  # fmt: skip

    def _uncircled(self, text: str) -> str:
        """① as 1. where the first line below a heading says that the paper numbers its questions so."""
        circled = _CIRCLED.match(text)
        if circled is None:
            return text
        number = ord(circled.group(1)) - ord("①") + 1
        if self.current is None:
            self.by_circles = number == 1 and bool(self.section.kind)
        if not self.by_circles or number != self.current_number + 1:
            return text
        return f"{number}. {text[circled.end() :]}"

    def _unspaced(self, index: int, text: str) -> str:
        """1 问（ ） as 1. 问（ ）: the number to come, before a place for an answer or before options."""
        spaced = _SPACED.match(text)
        if spaced is None or (self.current is not None and self.current.kind == "case"):
            return text
        if int(spaced.group("number")) != self.current_number + 1 or not self.section.kind:
            return text
        below = next((t.strip() for _n, t in self.lines[index + 1 :] if t.strip()), "")
        if not re.search(r"[（(]\s*[)）]|_{3,}", spaced.group("text")) and not _OPTION.match(below):
            return text
        return f"{spaced.group('number')}. {spaced.group('text')}"

    def _is_next(self, number: int) -> bool:
        """Is it the number of the question to come, and not an option (A) that begins with a figure?"""
        if self.current is None:
            return True
        return number == self.current_number + 1 and bool(
            self.current.options or self.current.answer
        )

    def _target(self) -> Draft | None:
        """The question, or the part of a case, the next line belongs to."""
        if self.current is not None and self.current.parts:
            return self.current.parts[-1]
        return self.current

    def _is_left_side(self, match: re.Match[str]) -> bool:
        """（1）甲 of a matching question."""
        target = self._target()
        if target is None or target.kind != "matching" or target.mode != "stem" or target.options:
            return False
        if match.group("d") is None:
            return False
        target.left.append(match.group("text").strip())
        return True

    def _starts_question(self, index: int, match: re.Match[str]) -> bool:
        target = self._target()
        number = int(next(g for g in match.group("a", "b", "c", "d") if g))
        if target is None:
            return True
        in_brackets = match.group("d") is not None
        if self.current is not None and self.current.kind == "case" and in_brackets:
            return True
        if in_brackets and target.mode != "stem" and number != self.current_number + 1:
            return False
        if in_brackets and self.drafts and not getattr(self, "bracketed", False):
            return False  # （1）（2） are lists within, unless the paper numbers that way
        if target.mode in ("answer", "explanation"):
            if number == target.listed + 1 and number != self.current_number + 1:
                target.listed = number
                return False
            if number == target.listed + 1 and target.listed and not self._has_answer(index):
                target.listed = number
                return False
            return number == self.current_number + 1 or number == 1 or number > target.listed + 1
        if target.mode == "stem" and not target.options and not target.answer:
            mark = _mark_of(match)
            if number == 1 and self.current_number >= 1 and not self._has_answer(index):
                # A numbered list inside a stem, which goes on in the same marks.
                target.listed, target.list_mark = 1, mark
                return False
            if number == target.listed + 1 and mark == target.list_mark != target.mark:
                target.listed = number
                return False
        return True

    @property
    def current_number(self) -> int:
        return self.current.number if self.current is not None else 0

    def _has_answer(self, index: int) -> bool:
        """Does an answer follow before the next numbered line or heading?"""
        for _n, line in self.lines[index + 1 : index + 30]:
            text = line.strip()
            if not text:
                continue
            if _ANSWER.match(text):
                return True
            if _QUESTION.match(text) or _HEADING.match(text):
                return False
        return False

    def _begin(self, line: int, match: re.Match[str]) -> Draft:
        number = int(next(g for g in match.group("a", "b", "c", "d") if g))
        text = match.group("text").strip()
        in_brackets = match.group("d") is not None
        if not self.drafts:
            self.bracketed = in_brackets
        kind = self.section.kind
        mark = MARK.match(text)
        if mark:
            kind, text = _TYPES[mark.group("type")], text[mark.end() :].strip()
        if kind == "" and CASE_START.match(text):
            kind = "case"
        is_part = self.current is not None and self.current.kind == "case" and (
            in_brackets or (kind == "case" and self.current.mode == "case")
        )  # fmt: skip
        draft = Draft(line, number, "" if is_part and not mark else kind, len(self.sections) - 1)
        draft.mark = _mark_of(match)
        worth = _OWN_WORTH.search(text)
        if worth:
            draft.points = Decimal(worth.group(1) or worth.group(2))
            text = (text[: worth.start()] + text[worth.end() :]).strip()
        if is_part and self.current is not None:
            self.current.parts.append(draft)
        else:
            self.drafts.append(draft)
            self.current = draft
        if draft.kind in ("fill_in", "numeric") and (words := _WORDS_BEHIND.search(text)):
            draft.answer, text = [words.group("key")], text[: words.start("behind")]
        elif behind := _ANSWER_BEHIND.search(text):
            draft.answer, text = [behind.group("key")], text[: behind.start()]
        if text:
            rest = self._options_within(draft, text)
            draft.stem += [rest] if rest else []
        return draft

    def _begin_case(self, line: int, text: str) -> None:
        """A case without a number: its text comes first, then the parts."""
        draft = Draft(line, len(self.drafts) + 1, "case", len(self.sections) - 1, mode="case")
        rest = text[start.end() :] if (start := CASE_START.match(text)) else text
        draft.stem.append(rest or text)
        self.drafts.append(draft)
        self.current = draft

    def _options_within(self, draft: Draft, text: str) -> str:
        """Options that follow the stem on its own line."""
        if draft.kind in ("true_false", "fill_in", "short_answer", "essay", "case", "numeric"):
            return text
        first = re.search(r"(?:(?<=[\s）)。？?：:]))[（(]?A\s*[.．、:：]\s*(?=\S)", text)
        if first is None or not re.search(r"[\s）)。；;]?B\s*[.．、:：]", text[first.end() :]):
            return text
        self._option_line(draft, text[first.start() :])
        return text[: first.start()].strip()

    def _option_line(self, draft: Draft, text: str) -> bool:
        match = _OPTION.match(text)
        if not match or draft.kind in ("fill_in", "short_answer", "essay", "numeric"):
            return False
        letter = (match.group(1) or match.group(2)).upper()
        if letter != it.LETTERS[len(draft.options) % 26]:
            return False
        rest = text[match.end() :]
        pattern = _NEXT_SPACED if match.group(2) else _NEXT_OPTION
        while True:
            following = it.LETTERS[(len(draft.options) + 1) % 26]
            cut = next((m for m in pattern.finditer(rest) if m.group(1) == following), None)
            if cut is None:
                draft.options.append(rest.strip())
                return True
            draft.options.append(rest[: cut.start()].strip().rstrip("；;"))
            rest = rest[cut.end() :]

    def _goes_on(self, draft: Draft, number: int, text: str) -> None:
        match draft.mode:
            case "stem" | "case" | "answer" if draft.options and (foreign := _FOREIGN.match(text)):
                # 我的答案：B, 出题人：张三 below the options are no part of the last one or of the key.
                self.out.note_file("line_skipped", Place("line", number), value=foreign.group())
            case "stem" | "case" if draft.options:
                if len(draft.options[-1]) <= it.MAX_TEXT:  # longer ones are refused, not grown
                    draft.options[-1] += f"\n{text}"
            case "answer":
                draft.answer = draft.answer or []
                draft.answer.append(text)
            case "stem" | "case":
                draft.stem.append(text)
            case name if len(draft.fields.get(name, "")) <= it.MAX_TEXT:
                draft.fields[name] = f"{draft.fields.get(name, '')}\n{text}".strip()

    def _field_line(self, text: str) -> bool:
        """答案：…, 解析：… and their kin. One line may hold several."""
        draft = self._target()
        if draft is None:
            return False
        answer = _ANSWER.match(text)
        named = None if answer else _FIELD.match(text)
        if answer:
            if draft.answer is not None and draft.mode != "stem":
                # 答案：B, then 参考要点：… of the same question: both are kept.
                draft.answer.append(answer.group("text").strip())
                return True
            rest = answer.group("text").strip()
            cut = _INLINE_LATER.search(rest)
            draft.answer = [rest[: cut.start()].strip() if cut else rest]
            draft.answer = [line for line in draft.answer if line]
            draft.mode, draft.listed = "answer", 0
            if cut:
                self._field_line(rest[cut.start() :].strip(" 　；;。"))
            return True
        if named:
            name = _FIELD_NAMES[named.group("name")]
            if self.current is not None and name in _OF_THE_WHOLE:
                draft = self.current
            if (
                name in ("explanation",)
                and draft.mode == "stem"
                and not draft.options
                and draft.kind in ("short_answer", "essay")
                and draft.answer is None
                and not draft.stem
            ):
                return False  # fmt: skip
            rest = named.group("text").strip()
            cut = re.search(
                r"\s{2,}[【\[]?(?:难度|知识点|分值|解析|标签)(?:[】\]]\s*[:：]?|[:：])", rest
            )
            draft.fields[name] = rest[: cut.start()].strip() if cut else rest
            draft.mode = name
            if cut:
                self._field_line(rest[cut.start() :].strip())
            return True
        return False

    # --- the key at the end ---------------------------------------------------------------------

    def _key_line(self, text: str) -> None:
        heading = re.match(
            rf"^(?:第?[一二三四五六七八九十]+(?:部分|大题)?\s*[、.．:：]?|[（(][一二三四五六七八九十]+[)）])?\s*[【\[]?(?P<type>{TYPE})(?:分析)?题?[】\]]?[（(]?[^:：\d]*[)）]?\s*[:：]?\s*(?P<rest>.*)$",
            text,
        )
        if heading and not re.match(r"^\d", text):
            kind = _TYPES[heading.group("type")]
            later = range(self.key_section + 1, len(self.sections))
            fitting = [i for i in later if self.sections[i].kind == kind]
            self.key_section = (
                fitting[0] if fitting else min(self.key_section + 1, len(self.sections) - 1)
            )
            self.key_place = None
            text = re.sub(r"^[（(][^）)]*[)）]\s*[:：]?", "", heading.group("rest")).strip()
            if re.match(r"^(?:每|共)", text) or not text:
                return
        elif part := re.match(
            r"第?([一二三四五六七八九十]+)(?:部分|大题)?\s*(?:[、.．:：]\s*|$)", text
        ):
            place = _ORDINALS.find(part.group(1)) + 1 or self.key_section + 1
            self.key_section = min(place, len(self.sections) - 1)
            self.key_place = None
            text = text[part.end() :].strip()
            if not text:
                return
        if self._key_table(text):
            return
        text = self._key_ranges(text)
        if not text:
            return
        kind = self.sections[self.key_section].kind if self.sections else ""
        pieces = list(
            re.finditer(r"(?:^|(?<=[\s；;，,。]))(\d{1,4})\s*(?:[.．、:：)）]|\s)\s*", text)
        )
        if not pieces or (kind in ("short_answer", "essay", "case") and pieces[0].start() > 0):
            if self.key_place is not None:
                self.keys[self.key_place].append(text)
            return
        if kind in ("short_answer", "essay", "case"):
            pieces = pieces[:1]
        for index, piece in enumerate(pieces):
            end = pieces[index + 1].start() if index + 1 < len(pieces) else len(text)
            self.key_place = (self._key_section_of(int(piece.group(1))), int(piece.group(1)))
            self.keys[self.key_place] = [text[piece.end() : end].strip(" ；;，,")]

    def _key_section_of(self, number: int) -> int:
        """The section a number of the key belongs to; numbers may run through the whole paper."""
        if not self.numbered:
            for draft in self.drafts:
                self.numbered.setdefault(draft.number, []).append(draft.section)
        fitting = self.numbered.get(number, [])
        if self.key_section in fitting or self.key_section:
            return self.key_section
        return fitting[0] if len(fitting) == 1 else self.key_section

    def _key_table(self, text: str) -> bool:
        """Two rows of a table: 题号 1 2 3, 答案 A B C."""
        cells = [cell.strip() for cell in text.split("\t")]
        if cells[0] == "题号":
            self.table = [int(cell) for cell in cells[1:] if cell.isdigit()]
            return True
        if cells[0] == "答案" and len(cells) > 1 and getattr(self, "table", None):
            for number, cell in zip(self.table, cells[1:], strict=False):
                self.keys[(self._key_section_of(number), number)] = [cell]
            return True
        return False

    def _key_ranges(self, text: str) -> str:
        """``1-5 ABCDA  6-10 √×√√×``; for several letters each, parted by spaces. Returns the rest."""

        def taken(match: re.Match[str]) -> str:
            first, last = int(match.group(1)), int(match.group(2))
            body = match.group(3).strip()
            words = [word for word in re.split(r"[\s,，、;；]+", body) if word]
            if len(words) != last - first + 1:
                words = list(re.sub(r"[\s,，、;；]", "", body))
            for number, word in zip(range(first, last + 1), words, strict=False):
                self.keys[(self._key_section_of(number), number)] = [word]
            return ""

        return _KEY_RANGE.sub(taken, text).strip(" ；;，,。")

    # --- what came of it ------------------------------------------------------------------------

    def finish(self) -> None:
        counts = Counter(draft.section for draft in self.drafts)
        for draft in self.drafts:
            key = self.keys.get((draft.section, draft.number))
            if key is not None and draft.answer is None:
                draft.answer = [line for line in key if line]
            place = Place("line", draft.line)
            try:
                plain = question_of(draft)
                bookkeeping(draft, plain, self.out)
                section = self.sections[draft.section]
                if draft.points is None:
                    draft.points = worth_of(section, plain, counts[draft.section])
                if section.rule and plain["type"] == "multiple" and "rule" not in plain:
                    plain["rule"] = section.rule
            except Refused as refusal:
                self.out.refuse(place, refusal, {"stem": "\n".join(draft.stem)})
                continue
            self.out.add(place, plain, draft.points)


def read_lines(lines: Sequence[tuple[int, str]], out: Collector | None = None) -> Reading:
    """Read a paper from (line number, text). Raises Unreadable."""
    out = out or Collector()
    paper = _Paper(lines, out)
    paper.run()
    paper.finish()
    return out.reading()


def read(content: bytes) -> Reading:
    """Read a text file. Raises Unreadable."""
    return read_lines(list(enumerate(decoded(content).split("\n"), 1)))
