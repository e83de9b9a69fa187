"""Seals of the ledger and of the audit log: rows become leaves of a Merkle tree, each head signed and linked.

The hashing is that of ``tracker.verify_ledger``, which verifies an export without this site.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from people.key_files import kept_at
from people.models import AuditEntry
from tracker import verify_ledger
from tracker.models import AuditHead, AuditLeaf, Entry, LedgerBlock, LedgerHead, LedgerLeaf

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
BLOCK = 1024  # leaves; a power of two, so that blocks are subtrees of every larger tree


def entry_record(values: dict[str, Any]) -> dict[str, Any]:
    """A row of the ledger as it is hashed and exported."""
    return LEDGER.record(values)


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
    seed = settings.LEDGER_SIGNING_KEY or kept_at(
        Path(settings.VAR_DIR) / "keys" / "ledger_signing_key", _new_seed
    )
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))


def _new_seed() -> str:
    return Ed25519PrivateKey.generate().private_bytes_raw().hex()


def public_key(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw.hex()


@dataclass(frozen=True)
class Log:
    """A table that only grows, its leaves and its heads."""

    entries: type[Model]
    leaves: type[Model]
    heads: type[Model]
    columns: Sequence[str]
    lock: int  # PostgreSQL advisory lock: one sealing at a time

    def record(self, values: dict[str, Any]) -> dict[str, Any]:
        """A row as it is hashed and exported: plain values in one fixed writing."""
        return {name: _plain(values[name]) for name in self.columns}


LEDGER = Log(Entry, LedgerLeaf, LedgerHead, _COLUMNS, 0x7472_6163)
AUDIT = Log(
    AuditEntry,
    AuditLeaf,
    AuditHead,
    ("id", "at", "actor_id", "verb", "subject", "detail"),
    0x7472_6164,
)


def seal_ledger(*, now: datetime) -> LedgerHead | None:
    """Seal all rows of the ledger that are not sealed yet; None when there are none."""
    with transaction.atomic():
        head = _seal(LEDGER, now)
        _store_blocks()
    return head


def seal_audit_log(*, now: datetime) -> AuditHead | None:
    """Seal what was added to the audit log."""
    with transaction.atomic():
        return _seal(AUDIT, now)


def _seal(log: Log, now: datetime) -> Any:
    """Seal all rows that are not sealed yet under a new head.

    Costs as much as there are new rows, whatever the size of the log.
    """
    key = signing_key()
    entries, heads = log.entries._default_manager, log.heads._default_manager
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [log.lock])
    last: Any = heads.order_by("-number").first()
    size = last.tree_size if last else 0
    frontier = [(int(n), top) for n, top in last.frontier] if last else []
    leaves: list[Model] = []
    fresh = entries.filter(leaf=None).order_by("id").values(*log.columns)
    for values in fresh.iterator(2000):
        leaf = verify_ledger.leaf_hash(log.record(values))
        leaves.append(log.leaves(position=size, entry_id=values["id"], leaf_hash=leaf))
        verify_ledger.append_leaf(frontier, leaf)
        size += 1
        if len(leaves) == 2000:
            log.leaves._default_manager.bulk_create(leaves)
            leaves = []
    log.leaves._default_manager.bulk_create(leaves)
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
    return heads.create(**{**head, "sealed_at": now}, frontier=frontier, signature=signature)


def _store_blocks() -> None:
    """The roots of full blocks of leaves, from which proofs are made."""
    last = LedgerHead.objects.order_by("-number").first()
    done = LedgerBlock.objects.count()
    for number in range(done, (last.tree_size if last else 0) // BLOCK):
        leaves = _leaf_hashes(number * BLOCK, (number + 1) * BLOCK)
        LedgerBlock.objects.create(number=number, root_hash=verify_ledger.root_hash(leaves))


def _leaf_hashes(start: int, stop: int) -> list[str]:
    leaves = LedgerLeaf.objects.filter(position__gte=start, position__lt=stop)
    return list(leaves.order_by("position").values_list("leaf_hash", flat=True))


def head_record(head: Any) -> dict[str, Any]:
    return {
        "number": head.number,
        "tree_size": head.tree_size,
        "root_hash": head.root_hash,
        "previous_hash": head.previous_hash,
        "sealed_at": _plain(head.sealed_at),
        "key_id": head.key_id,
        "signature": head.signature,
    }


def export_ledger(log: Log = LEDGER) -> Iterator[str]:
    """A whole log as lines of JSON: public keys, rows in sealed order, heads, and how many."""
    keys = log.heads._default_manager.order_by("key_id").values_list("key_id", flat=True).distinct()
    for key in sorted({*keys, public_key(signing_key())}):
        yield _line({"kind": "key", "public_key": key})
    entries, rows = log.entries._default_manager, 0
    sealed = entries.filter(leaf__isnull=False).order_by("leaf__position")
    unsealed = entries.filter(leaf=None).order_by("id")
    for part in (sealed, unsealed):
        values = part.values(*log.columns, "leaf__position", "leaf__leaf_hash")
        for row in values.iterator(2000):
            rows += 1
            yield _line(
                {
                    "kind": "row",
                    "position": row["leaf__position"],
                    "leaf_hash": row["leaf__leaf_hash"],
                    "record": log.record(row),
                }
            )
    heads = 0
    for head in log.heads._default_manager.order_by("number"):
        heads += 1
        yield _line({"kind": "head", **head_record(head)})
    yield _line({"kind": "end", "rows": rows, "heads": heads})


def _line(item: dict[str, Any]) -> str:
    return verify_ledger.canonical(item).decode()


def inclusion_proof(entry_id: int) -> dict[str, Any] | None:
    """What proves that a row is in the ledger as sealed by the newest head; None if not sealed.

    Reads one block of leaves and the roots of the others, not the whole tree.
    """
    leaf = LedgerLeaf.objects.filter(entry_id=entry_id).first()
    head = LedgerHead.objects.order_by("-number").first()
    if leaf is None or head is None or leaf.position >= head.tree_size:
        return None
    blocks = list(LedgerBlock.objects.order_by("number").values_list("root_hash", flat=True))
    own = leaf.position // BLOCK
    tail = _leaf_hashes(len(blocks) * BLOCK, head.tree_size)
    within = tail
    if own < len(blocks):
        within = _leaf_hashes(own * BLOCK, (own + 1) * BLOCK)

    def root(start: int, stop: int) -> str:
        """The root over leaves ``[start, stop)``."""
        if start // BLOCK == own and own < len(blocks) and stop - start <= BLOCK:
            return verify_ledger.root_hash(within[start - own * BLOCK : stop - own * BLOCK])
        if start >= len(blocks) * BLOCK:
            return verify_ledger.root_hash(
                tail[start - len(blocks) * BLOCK : stop - len(blocks) * BLOCK]
            )
        if stop - start == BLOCK and start % BLOCK == 0:
            return blocks[start // BLOCK]
        half = verify_ledger.largest_half(stop - start)
        return verify_ledger.node_hash(root(start, start + half), root(start + half, stop))

    return {
        "record": entry_record(Entry.objects.values(*_COLUMNS).get(pk=entry_id)),
        "position": leaf.position,
        "leaf_hash": leaf.leaf_hash,
        "path": verify_ledger.path_in_tree(leaf.position, head.tree_size, root),
        "head": head_record(head),
    }
