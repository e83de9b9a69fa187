"""Figures of units: kept by differences, compared with rows every night, taken down by date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from django.db import connection, transaction

from tracker.enums import StandingState
from tracker.models import NO_DAY, DueCount, Rollup, RosterCount, Standing, StandingMark
from tracker.rules.urgency import AHEAD, UNMET

# unit, requirement (blank: over all), rank, state, nearest day unmet, nearest day ahead
Place = tuple[int, str, int, str, date, date]
_STATES = tuple(StandingState.values)
# Two comparisons at once would put the same drift right twice; the number only has to be ours.
_COMPARING = 7_203_401


def count_differences(differences: Mapping[Place, int]) -> None:
    """Add differences to the figures. Called within the transaction that made them.

    The database adds, so that nobody's difference is lost, and rows are taken in one order, so
    that two transactions wait for each other and never in a ring.
    """
    by_state: dict[tuple[int, str, int, str], int] = defaultdict(int)
    for (unit, requirement, rank, state, _due, _next), persons in differences.items():
        by_state[unit, requirement, rank, state] += persons
    _add_by_state(by_state)
    _add_by_day(differences)


def _add_by_state(differences: Mapping[tuple[int, str, int, str], int]) -> None:
    rows: dict[tuple[str, int, int], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(_STATES, 0)
    )
    for (unit, requirement, rank, state), persons in differences.items():
        if persons:
            rows[requirement, unit, rank][state] += persons
    columns = ", ".join(_STATES)
    added = ", ".join(f"{state} = tracker_rollup.{state} + excluded.{state}" for state in _STATES)
    _insert(
        f"INSERT INTO tracker_rollup (requirement, unit_id, rank, {columns}) VALUES {{}} "  # noqa: S608
        f"ON CONFLICT (requirement, unit_id, rank) DO UPDATE SET {added}",
        [[*key, *counts.values()] for key, counts in sorted(rows.items())],
    )


def _add_by_day(differences: Mapping[Place, int]) -> None:
    rows = sorted(
        (requirement, unit, rank, state, due_on, next_on, persons)
        for (unit, requirement, rank, state, due_on, next_on), persons in differences.items()
        if persons
    )
    key = "requirement, unit_id, rank, state, due_on, next_on"
    _insert(
        f"INSERT INTO tracker_duecount ({key}, persons) VALUES {{}} ON CONFLICT ({key}) "  # noqa: S608
        "DO UPDATE SET persons = tracker_duecount.persons + excluded.persons",
        rows,
    )


def _insert(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    ordered = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(ordered, 1000)):
            row = f"({', '.join(['%s'] * len(batch[0]))})"
            cursor.execute(
                statement.format(", ".join([row] * len(batch))),
                [value for values in batch for value in values],
            )


def recount() -> int:
    """Compare every figure with the rows it counts and put it right. Returns how many were wrong.

    A number above zero is an alarm. Rows and figures are read by one statement, hence as of one
    moment, and change only together: the difference found stays the difference while others post.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COMPARING])
        wrong = _recount_states() + _recount_days()
        DueCount.objects.filter(persons=0).delete()
    return wrong


def _recount_states() -> int:
    ones = ", ".join(f"CASE WHEN {{0}}.state = '{state}' THEN 1 ELSE 0 END" for state in _STATES)
    minus = ", ".join(f"-{state}" for state in _STATES)
    names = ", ".join(_STATES)
    sums = ", ".join(f"SUM({state})" for state in _STATES)
    wrong = " OR ".join(f"SUM({state}) <> 0" for state in _STATES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH counted (unit_id, requirement, rank, {names}) AS ("  # noqa: S608
            f" SELECT m.unit_id, '', m.rank, {ones.format('m')}"
            " FROM tracker_standingmark m WHERE m.unit_id IS NOT NULL"
            f" UNION ALL SELECT m.unit_id, s.requirement, m.rank, {ones.format('s')}"
            " FROM tracker_standing s JOIN tracker_standingmark m ON m.person_id = s.person_id"
            " WHERE m.unit_id IS NOT NULL"
            f" UNION ALL SELECT unit_id, requirement, rank, {minus} FROM tracker_rollup)"
            f" SELECT unit_id, requirement, rank, {sums} FROM counted"
            f" GROUP BY unit_id, requirement, rank HAVING {wrong}"
        )
        found = cursor.fetchall()
    _add_by_state(
        {
            (unit, requirement, rank, state): int(persons)
            for unit, requirement, rank, *sums_ in found
            for state, persons in zip(_STATES, sums_, strict=True)
        }
    )
    return len(found)


def _recount_days() -> int:
    """The same for the counts by due day."""
    no_day = f"DATE '{NO_DAY}'" if connection.vendor == "postgresql" else f"'{NO_DAY}'"
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH counted (unit_id, requirement, rank, state, due_on, next_on, persons) AS ("  # noqa: S608
            " SELECT m.unit_id, '', m.rank, m.state, COALESCE(m.due_on, {0}),"
            " COALESCE(m.next_on, {0}), 1"
            " FROM tracker_standingmark m WHERE m.unit_id IS NOT NULL"
            " UNION ALL SELECT m.unit_id, s.requirement, m.rank, s.state,"
            f" CASE WHEN s.state IN {UNMET} THEN COALESCE(s.due_on, {{0}}) ELSE {{0}} END,"
            f" CASE WHEN s.state IN {AHEAD} THEN COALESCE(s.due_on, {{0}}) ELSE {{0}} END, 1"
            " FROM tracker_standing s JOIN tracker_standingmark m ON m.person_id = s.person_id"
            " WHERE m.unit_id IS NOT NULL"
            " UNION ALL SELECT unit_id, requirement, rank, state, due_on, next_on, -persons"
            " FROM tracker_duecount)"
            " SELECT unit_id, requirement, rank, state, due_on, next_on, SUM(persons) FROM counted"
            " GROUP BY unit_id, requirement, rank, state, due_on, next_on"
            " HAVING SUM(persons) <> 0".format(no_day)
        )
        found = cursor.fetchall()
    _add_by_day({tuple(key): int(persons) for *key, persons in found})
    return len(found)


def take_roster(on: date) -> bool:
    """Note for every unit and requirement how many stand how today. False when it was noted before.

    Somebody is registered who can sign in: who has a password or has signed in before.
    """
    states = [state for state in _STATES if state != StandingState.NOT_APPLICABLE]
    registered = "(p.last_login IS NOT NULL OR p.password NOT LIKE '!%%') AND s.state <> 'exempt'"
    studying = f"{registered} AND (s.share > 0 OR s.state = 'met')"
    finished = f"{registered} AND s.state = 'met'"
    conditions = [*(f"s.state = '{state}'" for state in states), registered, studying, finished]
    sums = ", ".join(f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)" for condition in conditions)
    columns = ", ".join([*states, "registered", "studying", "finished"])
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COMPARING])
        if RosterCount.objects.filter(taken_on=on).exists():
            return False
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tracker_rostercount"  # noqa: S608
                f" (taken_on, unit_id, unit_path, requirement, {columns})"
                f" SELECT %s, s.unit_id, u.path, s.requirement, {sums} FROM tracker_standing s"
                " JOIN people_person p ON p.id = s.person_id JOIN people_orgunit u ON u.id = s.unit_id"
                " GROUP BY s.unit_id, u.path, s.requirement",
                [on],
            )
            return bool(cursor.rowcount)


def refresh_statistics() -> None:
    """Tell the database how its standings are spread, after all of them were written anew.

    It chooses indexes by that, and neither SQLite nor a PostgreSQL whose autovacuum is late looks
    by itself: the list of those short of 100 000 people took 760 ms for 40.
    """
    with connection.cursor() as cursor:
        for table in (Standing, StandingMark, Rollup, DueCount):
            cursor.execute(f"ANALYZE {table._meta.db_table}")
