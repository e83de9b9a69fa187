"""The full-text index of the library in the database's own engine: FTS5 in SQLite, tsvector in PostgreSQL.

Both hold the same tokens (``content.words.tokens``) and only propose places; ``content.ranking`` orders them.
The index hangs on ``IndexEntry`` rows by their id: in SQLite a virtual table without content, in PostgreSQL a
column that no model knows. ``rebuild_library_index`` writes it anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from content.ranking import Asked
from content.words import tokens

# A token in more places than this says little; reading all of them costs more than it tells.
COMMON = 4000
_PROPOSED = 200
_TITLE, _BODY = "A", "D"
_TITLE_WEIGHTS = "{0.3, 0.3, 0.3, 1.0}"
_LEXEME_POSITIONS = 200


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a search is narrowed to; empty means everything."""

    public: bool = False
    equal: Mapping[str, str] = field(default_factory=dict)
    year: int | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Conditions on the table ``e``, each begun with AND."""
        clauses: list[str] = []
        values: list[Any] = []
        if self.public:
            clauses.append("e.public = %s")
            values.append(True)
        for column in ("kind", "theme", "issuer", "status"):
            if self.equal.get(column):
                clauses.append(f"e.{column} = %s")
                values.append(self.equal[column])
        if self.year is not None:
            clauses.append("e.dated_on BETWEEN %s AND %s")
            values += [date(self.year, 1, 1).isoformat(), date(self.year, 12, 31).isoformat()]
        return "".join(f" AND {clause}" for clause in clauses), values


def write(rows: Iterable[tuple[int, str, str]]) -> None:
    """Index rows of (entry id, title, text); what was indexed under the id before is replaced."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(
                "UPDATE content_indexentry SET search = %s::tsvector WHERE id = %s",
                [(_vector(title, text), pk) for pk, title, text in rows],
            )
        else:
            cursor.executemany(
                "INSERT OR REPLACE INTO content_search (rowid, title, words) VALUES (%s, %s, %s)",
                [(pk, " ".join(tokens(title)), " ".join(tokens(text))) for pk, title, text in rows],
            )


def forget(entry_ids: Sequence[int]) -> None:
    """Take entries out. In PostgreSQL they leave with their row."""
    if connection.vendor != "postgresql" and entry_ids:
        with connection.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM content_search WHERE rowid = %s", [(pk,) for pk in entry_ids]
            )


def clear() -> None:
    """Empty the index."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO content_search (content_search) VALUES ('delete-all')")


def standing(asked: Iterable[str]) -> dict[str, int]:
    """How many places hold each of the tokens; those that stand nowhere are left out. One query."""
    wanted = sorted({token for token in asked if len(token) > 1})
    if connection.vendor == "postgresql" or not wanted:
        return {token: n for token, n in holding(wanted)[1].items() if n} if wanted else {}
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT term, doc FROM content_search_terms WHERE term IN ({marks})",  # noqa: S608 - placeholders
            wanted,
        )
        return dict(cursor.fetchall())


def holding(asked: Iterable[str]) -> tuple[int, dict[str, int]]:
    """How many places there are, and how many hold each token. One query.

    In PostgreSQL counting ends at ``COMMON``; beyond it a token counts as held by half of all places.
    """
    wanted = sorted({token for token in asked if len(token) > 1})
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT '' AS token, count(*) FROM content_indexentry UNION ALL "
                "SELECT token, (SELECT count(*) FROM (SELECT 1 FROM content_indexentry "
                "WHERE search @@ quote_literal(token)::tsquery LIMIT %s) AS held) "
                "FROM unnest(%s::text[]) AS token",
                [COMMON + 1, wanted],
            )
        else:
            marks = ", ".join(["%s"] * len(wanted))
            cursor.execute(
                "SELECT '', (SELECT count(*) FROM content_indexentry) UNION ALL "  # noqa: S608 - placeholders
                f"SELECT term, doc FROM content_search_terms WHERE term IN ({marks})",
                wanted,
            )
        counted = dict(cursor.fetchall())
    total = counted.pop("", 0)
    if connection.vendor == "postgresql":
        counted = {t: max(n, total // 2) if n > COMMON else n for t, n in counted.items()}
    return total, counted


def with_every_token(
    readings: Sequence[Asked], counted: Mapping[str, int], narrowed: Narrowed
) -> list[int]:
    """Entries that hold every token of one of the readings: the best of few, the newest of many."""
    few = any(
        min((counted.get(t, COMMON + 1) for t in reading.every_token), default=0) <= COMMON
        for reading in readings
    )
    groups = [reading.every_token for reading in readings]
    if few:
        return _proposed(groups, narrowed, best=True)
    return list(
        dict.fromkeys(
            [
                *_proposed(groups, narrowed, best=False, in_title=True),
                *_proposed(groups, narrowed, best=False),
            ]
        )
    )


def with_rare_tokens(
    readings: Sequence[Asked], counted: Mapping[str, int], narrowed: Narrowed
) -> list[int]:
    """Entries that hold some of the tokens, the rare ones: where not everything asked for is found."""
    wanted = {t for r in readings for t in r.every_token if counted.get(t)}
    chosen: list[str] = []
    reach = 0
    for token in sorted(wanted, key=lambda t: (counted[t], t)):
        reach += counted[token]
        if chosen and reach > COMMON:
            break
        chosen.append(token)
    return _proposed([[token] for token in chosen], narrowed, best=True) if chosen else []


def newest_with(tokens: Sequence[str], narrowed: Narrowed, most: int) -> list[int]:
    """The newest of the entries that hold all these tokens: found without looking at every one."""
    return _proposed([tokens], narrowed, best=False, most=most) if tokens else []


def _proposed(
    groups: Sequence[Sequence[str]],
    narrowed: Narrowed,
    *,
    best: bool,
    in_title: bool = False,
    most: int = _PROPOSED,
) -> list[int]:
    """Entries that hold all tokens of one of the groups."""
    where, values = narrowed.where()
    if connection.vendor == "postgresql":
        query = " | ".join(
            "(" + " & ".join(_lexeme(token, in_title) for token in group) + ")" for group in groups
        )
        order = (
            "ts_rank(%s::float4[], e.search, %s::tsquery) DESC, e.id DESC" if best else "e.id DESC"
        )
        statement = (
            f"SELECT e.id FROM content_indexentry e WHERE e.search @@ %s::tsquery{where} "  # noqa: S608 - own columns
            f"ORDER BY {order} LIMIT %s"
        )
        ranking = [_TITLE_WEIGHTS, query] if best else []
        asked = [query, *values, *ranking, most]
    else:
        query = " OR ".join(
            "(" + " AND ".join(_phrase(token, in_title) for token in group) + ")"
            for group in groups
        )
        order = "bm25(content_search, 2.0, 1.0)" if best else "f.rowid DESC"
        joined = " JOIN content_indexentry e ON e.id = f.rowid" if where else ""
        statement = (
            f"SELECT f.rowid FROM content_search f{joined} WHERE f.content_search MATCH %s{where} "  # noqa: S608 - own columns
            f"ORDER BY {order} LIMIT %s"
        )
        asked = [query, *values, most]
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return [row[0] for row in cursor.fetchall()]


def _phrase(token: str, in_title: bool) -> str:
    """A token in the language of FTS5; tokens are letters and digits alone."""
    prefix = "*" if len(token) == 1 else ""
    return f'{"title : " if in_title else ""}"{token}"{prefix}'


def _lexeme(token: str, in_title: bool) -> str:
    """A token in the language of tsquery."""
    flags = ("*" if len(token) == 1 else "") + (_TITLE if in_title else "")
    return f"'{token}'{':' if flags else ''}{flags}"


def _vector(title: str, text: str) -> str:
    """A tsvector with as many positions as a token stands in the text; where they are, nobody asks."""
    in_title, in_text = Counter(tokens(title)), Counter(tokens(text))
    parts = []
    for token in in_title.keys() | in_text.keys():
        heads = min(in_title[token], _LEXEME_POSITIONS)
        whole = min(heads + in_text[token], _LEXEME_POSITIONS)
        positions = [f"{at}{_TITLE if at <= heads else _BODY}" for at in range(1, whole + 1)]
        parts.append(f"'{token}':{','.join(positions)}")
    return " ".join(parts)
