"""Seals of the ledger: rows become leaves of a Merkle tree, each head signed and linked.

The hashing is that of ``tracker.verify_ledger``, which verifies an export without this site.
"""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction

from tracker import verify_ledger
from tracker.models import Entry, LedgerHead, LedgerLeaf

_COLUMNS = [
    "id",
    "person_id",
    "unit_id",
    "unit_path",
    "unit_name",
    "bucket",
    "title",
    "institution_id",
    "course",
    "occurred_from",
    "occurred_to",
    "recorded_at",
    "hours",
    "credits",
    "training_days",
    "events",
    "source",
    "evidence",
    "confirmer",
    "confirmed_by_id",
    "valuation",
    "reverses_id",
    "because",
]
_LOCK = 0x7472_6163  # PostgreSQL advisory lock: one sealing at a time


def entry_record(values: dict[str, Any]) -> dict[str, Any]:
    """A row as it is hashed and exported: plain values in one fixed writing."""
    return {name: _plain(values[name]) for name in _COLUMNS}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def signing_key() -> Ed25519PrivateKey:
    """The key of settings LEDGER_SIGNING_KEY (hex seed), or of a file made at first use."""
    seed = getattr(settings, "LEDGER_SIGNING_KEY", "") or os.environ.get("LEDGER_SIGNING_KEY", "")
    if seed:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    path = Path(settings.VAR_DIR) / "keys" / "ledger_signing_key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # Made once, readable by its owner only; whoever is second reads what the first one wrote.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))
    key = Ed25519PrivateKey.generate()
    with os.fdopen(descriptor, "w") as file:
        file.write(key.private_bytes_raw().hex())
    return key


def public_key(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw.hex()


def seal_ledger(*, now: datetime) -> LedgerHead | None:
    """Seal all rows that are not sealed yet under a new head; None when there are none.

    Costs as much as there are new rows, whatever the size of the ledger.
    """
    key = signing_key()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = LedgerHead.objects.order_by("-number").first()
        size = last.tree_size if last else 0
        frontier = [(int(n), top) for n, top in last.frontier] if last else []
        leaves: list[LedgerLeaf] = []
        fresh = Entry.objects.filter(leaf=None).order_by("id").values(*_COLUMNS)
        for values in fresh.iterator(2000):
            leaf = verify_ledger.leaf_hash(entry_record(values))
            leaves.append(LedgerLeaf(position=size, entry_id=values["id"], leaf_hash=leaf))
            verify_ledger.append_leaf(frontier, leaf)
            size += 1
            if len(leaves) == 2000:
                LedgerLeaf.objects.bulk_create(leaves)
                leaves = []
        LedgerLeaf.objects.bulk_create(leaves)
        if size == (last.tree_size if last else 0):
            return None
        head = {
            "number": last.number + 1 if last else 1,
            "tree_size": size,
            "root_hash": verify_ledger.root_of(frontier),
            "previous_hash": verify_ledger.head_hash(head_record(last)) if last else "",
            "sealed_at": _plain(now),
            "key_id": public_key(key),
        }
        signature = key.sign(verify_ledger.head_bytes(head)).hex()
        return LedgerHead.objects.create(
            **{**head, "sealed_at": now}, frontier=frontier, signature=signature
        )


def head_record(head: LedgerHead) -> dict[str, Any]:
    return {
        "number": head.number,
        "tree_size": head.tree_size,
        "root_hash": head.root_hash,
        "previous_hash": head.previous_hash,
        "sealed_at": _plain(head.sealed_at),
        "key_id": head.key_id,
        "signature": head.signature,
    }


def export_ledger() -> Iterator[str]:
    """The whole ledger as lines of JSON: the public key, every row in sealed order, every head."""
    yield verify_ledger.canonical({"kind": "key", "public_key": public_key(signing_key())}).decode()
    rows = Entry.objects.order_by("leaf__position", "id")
    sealed = rows.filter(leaf__isnull=False)
    unsealed = Entry.objects.filter(leaf=None).order_by("id")
    for part in (sealed, unsealed):
        values = part.values(*_COLUMNS, "leaf__position", "leaf__leaf_hash")
        for row in values.iterator(2000):
            yield verify_ledger.canonical(
                {
                    "kind": "row",
                    "position": row["leaf__position"],
                    "leaf_hash": row["leaf__leaf_hash"],
                    "record": entry_record(row),
                }
            ).decode()
    for head in LedgerHead.objects.order_by("number"):
        yield verify_ledger.canonical({"kind": "head", **head_record(head)}).decode()


def inclusion_proof(entry_id: int) -> dict[str, Any] | None:
    """What proves that a row is in the ledger as sealed by the newest head; None if not sealed."""
    leaf = LedgerLeaf.objects.filter(entry_id=entry_id).first()
    head = LedgerHead.objects.order_by("-number").first()
    if leaf is None or head is None:
        return None
    leaves = list(
        LedgerLeaf.objects.filter(position__lt=head.tree_size)
        .order_by("position")
        .values_list("leaf_hash", flat=True)
    )
    return {
        "record": entry_record(Entry.objects.values(*_COLUMNS).get(pk=entry_id)),
        "position": leaf.position,
        "leaf_hash": leaf.leaf_hash,
        "path": verify_ledger.inclusion_path(leaf.position, leaves),
        "head": head_record(head),
    }
