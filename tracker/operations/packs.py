"""Loading and approving rule packs."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from people import permissions
from people.enums import OrgKind, Role
from people.models import OrgUnit, Person
from people.operations import audit
from people.queries import grants_of
from tracker import queries
from tracker.enums import PackStatus
from tracker.models import (
    RulePack,
)
from tracker.rules import changes_not_open, load_pack, overridden

PACKS = Path(__file__).parent.parent / "rulepacks"


class MayNotApprove(Exception):
    """Not a training administrator of that part of the tree, or the one who loaded the pack."""


class MayNotLoad(Exception):
    """The pack is for a unit that does not exist or that somebody else administers."""


class OverridesTooMuch(Exception):
    """A local pack changes what the pack above it does not leave open; says what, by duty."""


class NotADraft(Exception):
    """The pack was approved before."""


def shipped_packs() -> dict[str, str]:
    """The packs that come with the platform: code → YAML text."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(PACKS.glob("*.yaml"))}


def load_rulepack(
    text: str,
    *,
    by: Person | None,
    now: datetime,
    jurisdiction: str | None = None,
    named_approver: Person | None = None,
) -> tuple[RulePack, bool]:
    """Store a pack as a draft. The same text again returns the row it has; a changed text of the
    same code becomes the next version. Raises rules.InvalidDocument.

    ``jurisdiction`` puts it under another node of the tree than the text says.
    """
    pack = load_pack(text)
    place = jurisdiction or pack.jurisdiction
    digest = hashlib.sha256(f"{place}\n{text}".encode()).hexdigest()
    with transaction.atomic():
        rows = RulePack.objects.filter(code=pack.code)
        same = rows.filter(digest=digest).first()
        if same is not None:
            return same, False
        newest = rows.aggregate(newest=Max("version"))["newest"] or 0
        row = RulePack.objects.create(
            code=pack.code,
            version=newest + 1,
            document=text,
            digest=digest,
            jurisdiction=place,
            confidence=pack.source.confidence,
            valid_from=pack.valid_from,
            valid_until=pack.valid_until,
            loaded_at=now,
            loaded_by=by,
            named_approver=named_approver,
        )
        audit(
            by, "tracker.rulepack.load", f"tracker.rulepack:{row.pk}", {"pack": str(row)}, now=now
        )
    return row, True


def draft_rulepack(text: str, by: Person, now: datetime) -> tuple[RulePack, bool]:
    """A training administrator puts a pack forward for his part of the tree, or for everywhere.

    Raises rules.InvalidDocument, MayNotLoad. Who loaded a pack does not approve it.
    """
    place = load_pack(text).jurisdiction
    if place != queries.EVERYWHERE:
        unit = OrgUnit.objects.filter(code=place).first()
        if unit is None or not permissions.may_in_unit(by, unit, Role.TRAINING_ADMIN):
            raise MayNotLoad(place)
    return load_rulepack(text, by=by, now=now)


def load_rulepacks(
    *, by: Person | None = None, now: datetime, jurisdictions: Mapping[str, str] | None = None
) -> list[tuple[RulePack, bool]]:
    """Store all shipped packs as drafts; ``jurisdictions`` maps a pack's code to a unit's code."""
    places = jurisdictions or {}
    return [
        load_rulepack(text, by=by, now=now, jurisdiction=places.get(code))
        for code, text in shipped_packs().items()
    ]


def may_approve(pack: RulePack, by: Person) -> bool:
    """A training administrator of the pack's place who did not load it; or the approver named.

    A pack drawn from recollection (confidence R) is approved by the approver named, or not at all.
    A national pack needs an administrator of a district or city.
    """
    if pack.named_approver_id is not None and pack.named_approver_id == by.pk:
        return True
    if pack.confidence == "R" or pack.loaded_by_id == by.pk:
        return False
    if pack.jurisdiction == queries.EVERYWHERE:
        return any(
            grant.role == Role.TRAINING_ADMIN
            and (grant.unit.depth == 1 or grant.unit.kind in (OrgKind.CITY, OrgKind.SYSTEM))
            for grant in grants_of(by)
        )
    unit = OrgUnit.objects.filter(code=pack.jurisdiction).first()
    return unit is not None and permissions.may_in_unit(by, unit, Role.TRAINING_ADMIN)


def approve_rulepack(pack_id: int, by: Person, now: datetime) -> RulePack:
    """Put a draft into force. Standings follow with the next sweep or rebuild.

    Raises MayNotApprove, OverridesTooMuch, and NotADraft the second time.
    """
    with transaction.atomic():
        pack = RulePack.objects.select_for_update(of=("self",)).get(pk=pack_id)
        if not may_approve(pack, by):
            raise MayNotApprove(pack_id)
        _check_overrides(pack)
        updated = RulePack.objects.filter(pk=pack_id, status=PackStatus.DRAFT).update(
            status=PackStatus.APPROVED, approved_by=by, approved_at=now
        )
        if not updated:
            raise NotADraft(pack_id)
        audit(
            by,
            "tracker.rulepack.approve",
            f"tracker.rulepack:{pack_id}",
            {"pack": str(pack), "digest": pack.digest},
            now=now,
        )
    pack.refresh_from_db()
    return pack


def _check_overrides(row: RulePack) -> None:
    pack = queries.pack_of_document(row.document)
    above = RulePack.objects.filter(code=pack.overrides, status=PackStatus.APPROVED)
    newest = above.order_by("-version").first()
    upper = queries.pack_of_document(newest.document) if newest else None
    found = [
        f"{local.code}: {', '.join(aspects)}"
        for local, duty in overridden(pack, upper)
        if (aspects := changes_not_open(duty, local))
    ]
    if found:
        raise OverridesTooMuch("; ".join(found))
