"""Words as search sees them. Pure: text in, text out."""

import re
import unicodedata

_SPACE = re.compile(r"\s+")


def fold(text: str) -> str:
    """Fold width and case and keep letters and digits alone: Ａ〔Ｂ〕　ｃ → abc."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def squeeze(text: str) -> str:
    """Fold width and take the white space out: what remains is the wording."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


def terms(query: str) -> list[str]:
    """The parts of a query that must all be found, longest first, at most six."""
    parts = {fold(part) for part in _SPACE.split(unicodedata.normalize("NFKC", query).strip())}
    return sorted(parts - {""}, key=lambda term: (-len(term), term))[:6]


def bigrams(text: str) -> list[str]:
    """The pairs of neighbouring characters of a folded text, single characters where there is no pair."""
    return [text[i : i + 2] for i in range(len(text) - 1)] or ([text] if text else [])


def snippet(text: str, wanted: list[str], *, around: int = 36) -> list[tuple[str, bool]]:
    """Cut the text to where the first term stands; each piece says whether it is to be marked.

    Matching is made on the folded text and shown on the printed one.
    """
    places, folded = [], []
    for index, char in enumerate(text):
        for c in fold(char):
            folded.append(c)
            places.append(index)
    whole = "".join(folded)
    hits = []
    for term in wanted:
        at = whole.find(term)
        while at >= 0:
            hits.append((places[at], places[at + len(term) - 1] + 1))
            at = whole.find(term, at + len(term))
    hits.sort()
    first = hits[0][0] if hits else 0
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
