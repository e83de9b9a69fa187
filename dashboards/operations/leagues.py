"""Switching a ranking of units on and off: one asks, another approves, either switches it off."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from dashboards.enums import LeagueState
from dashboards.models import League
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.permissions import may_in_unit


class MayNotRank(Exception):
    """Not a training administrator of this part of the tree, or the one who asked for it."""


class RankedAlready(Exception):
    """The same ranking is on, or waits for a decision."""


class LeagueDecidedBefore(Exception):
    """Somebody decided, withdrew or ended it already; that stays."""


def ask_league(unit: OrgUnit, *, by: Person, now: datetime, **fields: Any) -> League:
    """Ask for a ranking: ``metric``, ``requirement``, ``least_obliged``, ``note``.

    Raises MayNotRank, RankedAlready.
    """
    if not may_in_unit(by, unit, Role.TRAINING_ADMIN):
        raise MayNotRank(unit.code)
    try:
        with transaction.atomic():
            league = League.objects.create(unit=unit, asked_by=by, asked_at=now, **fields)
            _note(league, by, "ask", now, note=league.note)
    except IntegrityError as error:
        raise RankedAlready(unit.code) from error
    return league


def approve_league(league_id: int, *, by: Person, now: datetime) -> None:
    """Switch it on. Raises MayNotRank, LeagueDecidedBefore."""
    _move(league_id, by, now, LeagueState.ASKED, LeagueState.ON, asker=False)


def refuse_league(league_id: int, *, by: Person, reason: str, now: datetime) -> None:
    """Refuse it with a reason. Raises MayNotRank, LeagueDecidedBefore."""
    _move(league_id, by, now, LeagueState.ASKED, LeagueState.REFUSED, asker=False, reason=reason)


def withdraw_league(league_id: int, *, by: Person, now: datetime) -> None:
    """Take back what one asked for. Raises MayNotRank, LeagueDecidedBefore."""
    _move(league_id, by, now, LeagueState.ASKED, LeagueState.WITHDRAWN, asker=True)


def end_league(league_id: int, *, by: Person, now: datetime) -> None:
    """Switch it off; nobody sees it any more. Raises MayNotRank, LeagueDecidedBefore."""
    _move(league_id, by, now, LeagueState.ON, LeagueState.OFF, asker=None)


def _move(
    league_id: int,
    by: Person,
    now: datetime,
    before: LeagueState,
    after: LeagueState,
    *,
    asker: bool | None,
    reason: str = "",
) -> None:
    """``asker``: whether it must be who asked (True), must not be (False), or may be (None)."""
    with transaction.atomic():
        league = League.objects.select_related("unit").get(pk=league_id)
        mine = league.asked_by_id == by.pk
        if not may_in_unit(by, league.unit, Role.TRAINING_ADMIN) or asker not in (None, mine):
            raise MayNotRank(league_id)
        who = (
            {"ended_by": by, "ended_at": now}
            if after == LeagueState.OFF
            else {"decided_by": by, "decided_at": now, "reason": reason.strip()[:300]}
        )
        # The state is the lock: of two who decide at once one finds nothing to change.
        if not League.objects.filter(pk=league_id, state=before).update(state=after, **who):
            raise LeagueDecidedBefore(league_id)
        _note(league, by, after.value, now, **({"because": reason} if reason else {}))


def _note(league: League, by: Person, deed: str, now: datetime, **detail: str) -> None:
    audit(
        by,
        f"dashboards.league.{deed}",
        f"people.unit:{league.unit_id}",
        {
            "league": league.pk,
            "metric": league.metric,
            "requirement": league.requirement,
            **detail,
        },
        now=now,
    )
