"""What may have been meant where a search finds nothing, or nearly nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log

from content import fulltext, nearest
from content.models import IndexEntry
from content.nearest import Change
from content.ranking import Asked
from content.words import asked_tokens, bigrams, fold, is_question, raw_terms

# Words that are looked for in the index, in how many places, and near places whose text is read.
_TRIED = 5
_ENOUGH = 40
_READ = 30
_WORDS_TO = 3
# A word that stands in a few places is right unless its like stands in so many times more.
_TIMES_MORE = 10


@dataclass(frozen=True, slots=True)
class Meant:
    """A query that finds what the typed one does not; ``sure`` says that its places may be shown at once."""

    query: str
    sure: bool


def meant_by(
    query: str, narrowed: fulltext.Narrowed, *, near: Sequence[int], found: int
) -> Meant | None:
    """The nearest query that finds something whole, or more than ``_TIMES_MORE`` times as much.

    ``near`` are entries that hold a part of what was asked, ``found`` how many hold all of it. Fourteen
    statements at most; none for a question, a long query, or a single character.
    """
    terms = [fold(term) for term in raw_terms(query)]
    if not 0 < len(terms) <= _WORDS_TO or is_question(query):
        return None
    if not all(nearest.SHORTEST <= len(term) <= nearest.LONGEST for term in terms):
        return None
    counted = fulltext.standing(token for term in terms for token in asked_tokens(term))
    guesses: dict[str, _Guess] = {}
    for term in terms:
        spelt = nearest.respelt(term, _doubtful(term, counted))
        guesses |= {word: _Guess(term, change) for word, change in spelt.items()}
    guesses = _held(guesses, counted, {token for term in terms for token in asked_tokens(term)})
    for words in IndexEntry.objects.filter(pk__in=near[:_READ]).values_list("title_words", "words"):
        for term in terms:
            alike = nearest.alike_in(term, words[0]) | nearest.alike_in(term, words[1])
            for word, change in alike.items():
                guesses.setdefault(word, _Guess(term, change)).places += 1
    likely = sorted(guesses, key=lambda word: (-guesses[word].likelihood, word))[:_TRIED]
    tried = {
        tuple(word if each == guesses[word].term else each for each in terms): guesses[word]
        for word in likely
    }
    return _best(tried, narrowed, found) if tried else None


@dataclass(slots=True)
class _Guess:
    """What a typed term may have been meant to be, and in how many places that stands, roughly."""

    term: str
    change: Change
    places: int = 0

    @property
    def likelihood(self) -> float:
        return self.change * log(1 + self.places)


def _doubtful(term: str, counted: Mapping[str, int]) -> list[int]:
    """Places of characters in pairs that stand nowhere; all places when every pair stands somewhere."""
    pairs = bigrams(term)
    places = {at for n, pair in enumerate(pairs) if not counted.get(pair) for at in (n, n + 1)}
    return sorted(places) or list(range(len(term)))


def _held(
    guesses: Mapping[str, _Guess], counted: Mapping[str, int], asked: Collection[str]
) -> dict[str, _Guess]:
    """Those of the guesses of which every token stands somewhere. Two statements.

    ``counted`` says of the tokens that were ``asked`` before how many places hold them. Counting is what
    costs: most guesses fall with their first new token, and the others of those are never looked up.
    """
    known = dict.fromkeys(asked, 0) | dict(counted)
    tokens = {word: asked_tokens(word) for word in guesses}
    for first_alone in (True, False):
        tokens = {
            word: group for word, group in tokens.items() if all(known.get(t, 1) for t in group)
        }
        fresh = {word: [t for t in group if t not in known] for word, group in tokens.items()}
        wanted = {t for group in fresh.values() for t in (group[:1] if first_alone else group)}
        if wanted:
            known |= dict.fromkeys(wanted, 0) | fulltext.standing(wanted)
    held = {}
    for word, group in tokens.items():
        guess = guesses[word]
        guess.places = min((known.get(token, 0) for token in group), default=0)
        if guess.places:
            held[word] = guess
    return held


def _best(
    tried: Mapping[tuple[str, ...], _Guess], narrowed: fulltext.Narrowed, found: int
) -> Meant | None:
    """The likeliest of the readings that stands in enough places as a whole."""
    for terms, guess in tried.items():
        tokens = Asked.of(terms, by_words=True).every_token
        rows = IndexEntry.objects.filter(pk__in=fulltext.newest_with(tokens, narrowed, _ENOUGH))
        places = sum(
            all(term in title or term in words for term in terms)
            for title, words in rows.values_list("title_words", "words")
        )
        if places > found * _TIMES_MORE:
            sure = not found and nearest.is_sure(guess.term, guess.change)
            return Meant(" ".join(terms), sure)
    return None
