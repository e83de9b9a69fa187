"""The rule packs in force, and how pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Q, QuerySet

from people.models import OrgUnit
from people.statements import Kept
from tracker.enums import PackStatus
from tracker.models import RulePack
from tracker.rules import Duty, combine, load_pack
from tracker.rules import RulePack as Pack

EVERYWHERE = "CN"


@lru_cache(maxsize=128)
def pack_of_document(document: str) -> Pack:
    """The pack a stored document describes; parsed once a process, since documents never change."""
    return load_pack(document)


@dataclass(frozen=True)
class PackInForce:
    """An approved pack and the part of the tree it holds for (an empty path: everywhere)."""

    pack: Pack
    path: str


def title_of_pack(row: RulePack, language: str) -> str:
    """The title of a pack in this language, or in Chinese."""
    title = pack_of_document(row.document).title
    return title.en if language.startswith("en") and title.en else title.zh


def pack_called(code: str) -> RulePack | None:
    """The newest approved version of a pack, or the newest of any status."""
    rows = RulePack.objects.filter(code=code).order_by("-version")
    return rows.filter(status=PackStatus.APPROVED).first() or rows.first()


def packs_in_force(on: date, known_at: datetime) -> list[PackInForce]:
    """Approved by ``known_at`` and valid on the day; of each code the newest version."""
    newest: dict[str, RulePack] = {}
    for row in _approved(on, known_at):
        newest.setdefault(row.code, row)
    local = {row.jurisdiction for row in newest.values() if row.jurisdiction != EVERYWHERE}
    paths = {EVERYWHERE: ""}
    if local:
        paths |= dict(OrgUnit.objects.filter(code__in=local).values_list("code", "path"))
    return [
        PackInForce(pack_of_document(row.document), paths[row.jurisdiction])
        for row in newest.values()
        if row.jurisdiction in paths
    ]


@Kept
def _approved(on: date, known_at: datetime) -> QuerySet[RulePack]:
    return RulePack.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=on),
        status=PackStatus.APPROVED,
        approved_at__lte=known_at,
        valid_from__lte=on,
    ).order_by("code", "-version")


def duties_for(path: str, packs: Sequence[PackInForce]) -> list[Duty]:
    """The duties that hold at a place of the tree.

    A local pack adds its own; it replaces one of the pack it overrides where that one leaves open
    everything the local one changes. Otherwise the upper duty stands and the local one does not.
    """
    stand, _ = combine([held.pack for held in packs if path.startswith(held.path)])
    return [duty for _, duty in stand]


def rule_packs() -> QuerySet[RulePack]:
    """Every version of every pack, newest version first within a code."""
    return RulePack.objects.select_related("loaded_by", "approved_by").order_by("code", "-version")
