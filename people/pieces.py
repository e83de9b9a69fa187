"""Persons by a piece of their name or number, or by how it is spelled; PostgreSQL has an index for it.

An index of trigrams knows nothing shorter than three letters, and most Chinese names are no longer.
So the name is spread out, 王小明 to `` 王  小  明 ``: a character between blanks fills trigrams of its
own, and a piece of two characters is found like any other. One character alone is borne by so many
that checking each name again is most of the work; for it there is an index of the characters of a
name, which needs no second look. SQLite reads through the names; among 100 000 persons that is quick
enough.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import CharField, Func, Q, QuerySet, TextField

from people.models import Person

# The shortest piece from the middle of a number: shorter ones no index knows, and everybody has them.
_SHORTEST = 3


class SpreadOut(Func):
    """Each character of a text between blanks (PostgreSQL).

    The index ``people_person_pieces`` is over the upper case of this, of the number and of the
    spelling; it serves whoever asks in the words of ``icontains``.
    """

    template = r"regexp_replace(%(expressions)s, '(.)', ' \1 ', 'g')"
    output_field = CharField()


class Characters(Func):
    """The characters of a text in upper case, as a set (PostgreSQL).

    Held by the index ``people_person_characters``.
    """

    template = "regexp_split_to_array(upper(%(expressions)s), '')"
    output_field = ArrayField(TextField())


def search_people(people: QuerySet[Person], words: str) -> QuerySet[Person]:
    """Narrow a set of people by name, pinyin (spelled or initials) or staff number.

    All words must be found; what is spelled may be written in one word or syllable by syllable.
    """
    pieces = words.split()[:5]
    if not pieces:
        return people
    if connection.vendor == "postgresql":
        people = people.alias(name_spread=SpreadOut("name"), characters=Characters("name"))
    matches = Q()
    for piece in pieces:
        matches &= _found(piece)
    if len(pieces) > 1:
        matches |= _spelled("".join(pieces))
    return people.filter(matches)


def _found(piece: str) -> Q:
    if connection.vendor == "postgresql" and len(piece.upper()) == 1:
        named = Q(characters__contains=[piece.upper()])
    elif connection.vendor == "postgresql":
        named = Q(name_spread__icontains="".join(f" {letter} " for letter in piece))
    else:
        named = Q(name__icontains=piece)
    if len(piece) < _SHORTEST:
        numbered = Q(staff_number__istartswith=piece)
    else:
        numbered = Q(staff_number__icontains=piece)
    return named | numbered | _spelled(piece)


def _spelled(piece: str) -> Q:
    if not (piece.isascii() and piece.isalpha()):
        return Q(pk__in=[])
    return Q(pinyin__istartswith=piece) | Q(pinyin__icontains=f" {piece}")
