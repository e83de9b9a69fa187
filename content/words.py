"""Words as search sees them. Pure: text in, text out.

Chinese is not parted into words. A run of characters is indexed by its pairs of neighbours (党章程: 党章, 章程)
and by its last character, so that any word is found wherever it stands; a Latin word or a number is one token.
"""

import re
import unicodedata
from collections.abc import Sequence

from opencc import OpenCC

from content.articles.numbering import han_number, in_han

_SPACE = re.compile(r"\s+")
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_HAN_RUN = re.compile(rf"[{_HAN}]")
# What parts no word: 《党章》规定 is found by 党章规定, and a gap left by scanning by what it parts.
_PASSED_OVER = re.compile(r"[《》〈〉“”‘’「」『』〔〕【】\[\]()\"']")
_GAP = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_LONGEST_TOKEN = 60
_TERMS_TO = 6
_QUESTION_FROM = 7
_FEW_WORDS = 3
_WORD_TO = 6
# What makes a question of a sentence says nothing about where the answer stands.
# 第十五条, 第3章, 第五条之二; a 款 of it is found in it, and that it "provides" is no part of a title.
_PART = re.compile(
    r"第\s*([〇零一二两三四五六七八九十百\d]{1,7})\s*([编章节条])(之[一二三四五六七八九十]{1,3})?"
    r"(?:\s*第[一二三四五六七八九十\d]{1,3}[款项目])*"
    r"(?:的?(?:规定|写|讲|说)了?什么|是什么|怎么(?:规定|写|说)的?|的?(?:规定|内容|表述|原文))?[?？。]?"
)
_ASKING = re.compile(
    "请问|为什么|什么时候|什么样|什么|哪一[个位年种]|哪[些个里年种位]|多少|怎么样?|怎样|如何|为何|是否|有没有|谁"
    "|几[个年种位次条]|[吗呢么]$"
)


def _simplified() -> dict[int, str]:
    """Traditional character → simplified, for characters alone: both sides are folded alike."""
    every = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    turned = OpenCC("t2s").convert("\n".join(every)).split("\n")
    return {
        ord(old): new
        for old, new in zip(every, turned, strict=True)
        if old != new and len(new) == 1
    }


_SIMPLIFIED = _simplified()


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_SIMPLIFIED)


def fold(text: str) -> str:
    """Fold width, case and traditional characters; keep letters and digits alone: Ａ〔黨〕　ｃ → a党c."""
    return "".join(c for c in _normal(text) if c.isalnum())


class _Folds(dict[str, str]):
    """Every character that was met, folded; there are no more of them than Unicode has."""

    def __missing__(self, char: str) -> str:
        self[char] = folded = fold(char)
        return folded


_FOLDS = _Folds()


def squeeze(text: str) -> str:
    """Fold width and take the white space out: what remains is the wording."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


def tokens(text: str) -> list[str]:
    """What is indexed of a text, as often as it stands there."""
    found: list[str] = []
    for run in _RUN.findall(_GAP.sub("", _PASSED_OVER.sub("", _normal(text)))):
        if _HAN_RUN.match(run):
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
            found.append(run[-1])
        else:
            found.append(run[:_LONGEST_TOKEN])
    return found


def asked_tokens(term: str) -> list[str]:
    """What an indexed place must hold to hold the term; each once. A single character is itself."""
    found: list[str] = []
    for run in _RUN.findall(_GAP.sub("", _PASSED_OVER.sub("", _normal(term)))):
        if _HAN_RUN.match(run):
            found.extend(bigrams(run))
        else:
            found.append(run[:_LONGEST_TOKEN])
    return list(dict.fromkeys(found))


def terms(query: str) -> list[str]:
    """The parts of a query that must all be found, folded, longest first, at most six."""
    parts = {fold(part) for part in _parts(query)}
    return sorted(parts - {""}, key=lambda term: (-len(term), term))[:_TERMS_TO]


def raw_terms(query: str) -> list[str]:
    """The same parts as they were typed: their punctuation says where a token ends."""
    parts = {fold(part): part for part in _parts(query)}
    parts.pop("", None)
    return [parts[term] for term in sorted(parts, key=lambda term: (-len(term), term))][:_TERMS_TO]


def _parts(query: str) -> list[str]:
    return _SPACE.split(unicodedata.normalize("NFKC", query).strip())


def without_asking(term: str) -> str:
    """A question without the words that ask: 谁批准年度计划？ → 批准年度计划. Short terms stay as they are."""
    if len(fold(term)) < _QUESTION_FROM:
        return term
    plain = _ASKING.sub("，", _normal(term).rstrip("?。 "))
    return plain if fold(plain) else term


def part_asked_for(query: str) -> tuple[str, tuple[str, ...]] | None:
    """A title and the number of a part in one query, the number as it may be printed; else None.

    >>> part_asked_for("《实施办法》第15条")
    ('《实施办法》', ('第十五条', '第15条'))
    """
    found = _PART.search(query := unicodedata.normalize("NFKC", query).strip())
    number = han_number(found[1]) if found else None
    if found is None or not number or not 0 < number < 1000:
        return None
    title = f"{query[: found.start()]} {query[found.end() :]}".strip()
    tail = found[3] or ""
    numbers = tuple(f"第{each}{found[2]}{tail}" for each in (in_han(number), str(number)))
    return (title, numbers) if fold(title) else None


def by_words(typed: Sequence[str]) -> bool:
    """Whether these are a few words and neither a sentence nor a question."""
    few = len(typed) <= _FEW_WORDS and all(len(fold(term)) <= _WORD_TO for term in typed)
    return few and not any("?" in term or _ASKING.search(_normal(term)) for term in typed)


def is_question(query: str) -> bool:
    """Whether something is asked, not looked for by its name."""
    return "?" in _normal(query) or bool(_ASKING.search(_normal(query)))


def bigrams(text: str) -> list[str]:
    """The pairs of neighbouring characters of a folded text, single characters where there is no pair."""
    return [text[i : i + 2] for i in range(len(text) - 1)] or ([text] if text else [])


def snippet(text: str, wanted: Sequence[str], *, around: int = 36) -> list[tuple[str, bool]]:
    """Cut the text to where most of the terms stand; each piece says whether it is to be marked.

    Matching is made on the folded text and shown on the printed one.
    """
    folded = [_FOLDS[char] for char in text]
    places = [index for index, chars in enumerate(folded) for _ in chars]
    hits = _marked("".join(folded), places, wanted)
    first = _densest(hits, around * 3)
    start = max(0, first - around)
    end = min(len(text), first + around * 2)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for begin, stop in hits:
        if begin < at or stop > end:
            continue
        if begin > at:
            pieces.append((text[at:begin], False))
        pieces.append((text[begin:stop], True))
        at = stop
    pieces.append((text[at:end] + ("…" if end < len(text) else ""), False))
    return [(words.replace("\n", " "), marked) for words, marked in pieces if words]


def _marked(whole: str, places: list[int], wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Where the terms stand in the printed text, touching places made one."""
    found = []
    for term in wanted:
        at = whole.find(term) if term else -1
        while at >= 0:
            found.append((at, at + len(term)))
            at = whole.find(term, at + 1)
    found.sort()
    joined: list[tuple[int, int]] = []
    for begin, stop in found:
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((begin, stop))
    return [(places[begin], places[stop - 1] + 1) for begin, stop in joined]


def _densest(hits: list[tuple[int, int]], width: int) -> int:
    """The begin of the hit after which, within the width, most characters are marked."""
    best, most = (hits[0][0] if hits else 0), 0
    end = inside = 0
    for index, (begin, stop) in enumerate(hits):
        while end < len(hits) and hits[end][1] <= begin + width:
            inside += hits[end][1] - hits[end][0]
            end += 1
        if inside > most:
            best, most = begin, inside
        if index < end:
            inside -= stop - begin
        else:
            end = index + 1
    return best
