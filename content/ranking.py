"""In which order places are shown that hold what was asked. Pure: values in, values out.

Places that hold all terms come first (in the title of a page, in the heading of an article, in the text), then
those that hold enough of them. Within a tier BM25 decides (Robertson & Zaragoza 2009, with the idf of Lucene,
which is never negative), over the tokens of ``content.words``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from content.words import asked_tokens, bigrams, fold

K1 = 1.2
B = 0.75
TITLE_COUNTS = 2.0  # an occurrence in the title counts as so many in the text
# Of each of a few typed words so many of its characters must be there, one beside another: 岗位 航天 is not
# answered with 岗位. A question or a sentence is no such word: any part of it may be told in other words.
ENOUGH_OF_A_WORD = 0.5
# What answers a part of the query much worse than the best of its kind is not shown.
_WORTH_SHOWING = 0.3
_NO_LONGER_HOLDS = 0.7


class Tier(IntEnum):
    """How a place holds what was asked."""

    TITLE_OF_PAGE = 0
    HEADING = 1
    TEXT = 2
    PART = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One reading of a query: its terms, folded, and the tokens of each."""

    terms: tuple[str, ...]
    tokens: tuple[tuple[str, ...], ...]
    by_words: bool  # a few words, not a sentence or a question

    @classmethod
    def of(cls, raw: Sequence[str], *, by_words: bool) -> "Asked":
        """Make it of terms as they were typed."""
        terms = tuple(fold(term) for term in raw)
        return cls(terms, tuple(tuple(asked_tokens(term)) for term in raw), by_words)

    @property
    def every_token(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(token for group in self.tokens for token in group))


@dataclass(frozen=True, slots=True)
class Place:
    """A page or an article as the index keeps it; ``title`` and ``words`` are folded."""

    pk: int
    is_page: bool
    title: str
    words: str
    holds: bool = True  # False for a text that was superseded or repealed


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place with its tier and score, and the words to mark in it."""

    pk: int
    tier: Tier
    score: float
    marks: tuple[str, ...]


def rarity(places: int, holding: int) -> float:
    """The idf of a token that ``holding`` of ``places`` places hold."""
    return math.log(1 + (places - holding + 0.5) / (holding + 0.5))


def rank(
    readings: Sequence[Asked],
    places: Sequence[Place],
    holding: Mapping[str, int],
    total: int,
) -> list[Ranked]:
    """Order the places by how well they answer the best of the readings; leave out what does not."""
    if not places:
        return []
    mean = sum(len(p.title) + len(p.words) for p in places) / len(places) or 1.0
    found = []
    for place in places:
        answers = [a for r in readings if (a := _answer(r, place, holding, total, mean))]
        if answers:
            found.append(min(answers, key=lambda a: (a.tier, -a.score)))
    least = _WORTH_SHOWING * max((a.score for a in found if a.tier is Tier.PART), default=0.0)
    shown = (a for a in found if a.tier is not Tier.PART or a.score >= least)
    return sorted(shown, key=lambda a: (a.tier, -a.score, -a.pk))


def _answer(
    asked: Asked, place: Place, holding: Mapping[str, int], total: int, mean: float
) -> Ranked | None:
    length = K1 * (1 - B + B * (len(place.title) + len(place.words)) / mean)
    score = 0.0
    for term, group in zip(asked.terms, asked.tokens, strict=True):
        there = []
        for token in group:
            times = place.words.count(token) + TITLE_COUNTS * place.title.count(token)
            if times:
                there.append(token)
                idf = rarity(max(total, 1), min(holding.get(token, 0), total))
                score += idf * times * (K1 + 1) / (times + length)
        if asked.by_words and _covered(term, there) < ENOUGH_OF_A_WORD * len(term):
            return None
    if not score:
        return None
    if not place.holds:
        score *= _NO_LONGER_HOLDS
    tier = _tier(asked, place)
    return Ranked(place.pk, tier, score, _marks(asked, place, tier))


def _covered(term: str, there: Sequence[str]) -> int:
    """How many characters of the term lie in one of these tokens."""
    places: set[int] = set()
    for token in there:
        at = term.find(token)
        while at >= 0:
            places.update(range(at, at + len(token)))
            at = term.find(token, at + 1)
    return len(places)


def _tier(asked: Asked, place: Place) -> Tier:
    if all(term in place.title for term in asked.terms):
        return Tier.TITLE_OF_PAGE if place.is_page else Tier.HEADING
    if all(term in place.words or term in place.title for term in asked.terms):
        return Tier.TEXT
    return Tier.PART


def _marks(asked: Asked, place: Place, tier: Tier) -> tuple[str, ...]:
    if tier is not Tier.PART:
        return asked.terms
    marks: list[str] = []
    for term in asked.terms:
        there = term in place.words or term in place.title
        marks += [term] if there else bigrams(term)
    return tuple(marks)
