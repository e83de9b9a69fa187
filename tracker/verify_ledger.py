#!/usr/bin/env python3
"""Verify an export of the ledger without the site: standard library, ``cryptography`` for signatures.

    python verify_ledger.py EXPORT.jsonl [--key PUBLIC_KEY_HEX] [--earlier EARLIER_EXPORT.jsonl]

Names every altered, missing, inserted and reordered row, and says whether every signed head (RFC
6962 tree, Ed25519, each linked to the one before) fits the rows. Give ``--key`` the public key you
were told by another way than the export, and ``--earlier`` an export you kept: then a ledger that
was rewritten and sealed anew is found as well. Exit status 0: sound; 1: not sound; 2: not readable.

The export has one JSON object a line: ``{"kind": "key"|"row"|"head", …}``. A row's leaf is
SHA-256(0x00 ‖ canonical JSON of its record); nodes are SHA-256(0x01 ‖ left ‖ right).
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()


def canonical(record: dict[str, Any]) -> bytes:
    """The one way to write a record: sorted keys, no spaces, UTF-8."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def leaf_hash(record: dict[str, Any]) -> str:
    return hashlib.sha256(b"\x00" + canonical(record)).hexdigest()


def node_hash(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def append_leaf(frontier: list[tuple[int, str]], leaf: str) -> None:
    """Add a leaf to the complete subtrees, largest first, joining equal ones."""
    size, top = 1, leaf
    while frontier and frontier[-1][0] == size:
        _, left = frontier.pop()
        top = node_hash(left, top)
        size *= 2
    frontier.append((size, top))


def root_of(frontier: list[tuple[int, str]]) -> str:
    """The tree's root from its complete subtrees (RFC 6962, 2.1)."""
    if not frontier:
        return EMPTY_ROOT
    top = frontier[-1][1]
    for _, left in reversed(frontier[:-1]):
        top = node_hash(left, top)
    return top


def root_hash(leaves: Iterable[str]) -> str:
    frontier: list[tuple[int, str]] = []
    for leaf in leaves:
        append_leaf(frontier, leaf)
    return root_of(frontier)


def inclusion_path(index: int, leaves: list[str]) -> list[str]:
    """The hashes that lead from a leaf to the root (RFC 6962, 2.1.1)."""
    if len(leaves) <= 1:
        return []
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if index < half:
        return [*inclusion_path(index, leaves[:half]), root_hash(leaves[half:])]
    return [*inclusion_path(index - half, leaves[half:]), root_hash(leaves[:half])]


def root_from_path(index: int, size: int, leaf: str, path: list[str]) -> str:
    """The root that a leaf and its path lead to (RFC 9162, 2.1.3.2); empty when they do not fit."""
    number, last, top = index, size - 1, leaf
    for step in path:
        if last == 0:
            return ""
        if number % 2 or number == last:
            top = node_hash(step, top)
            while number % 2 == 0 and number:
                number, last = number // 2, last // 2
        else:
            top = node_hash(top, step)
        number, last = number // 2, last // 2
    return top if last == 0 else ""


def head_bytes(head: dict[str, Any]) -> bytes:
    """What is signed, and what the next head links to."""
    keys = ("number", "tree_size", "root_hash", "previous_hash", "sealed_at", "key_id")
    return canonical({key: head[key] for key in keys})


def head_hash(head: dict[str, Any]) -> str:
    return hashlib.sha256(head_bytes(head)).hexdigest()


@dataclass
class Report:
    rows: int = 0
    heads: int = 0
    sealed: int = 0
    problems: list[str] = field(default_factory=list)


def read_export(lines: Iterable[str]) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """(public key, rows, heads). Raises ValueError naming the line that cannot be read."""
    key, rows, heads = "", [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            kind = item["kind"]
            if kind == "row":
                rows.append({k: item[k] for k in ("position", "leaf_hash", "record")})
            elif kind == "head":
                head_bytes(item)
                heads.append(item)
            elif kind == "key":
                key = item["public_key"]
            else:
                raise ValueError(f"unknown kind {kind!r}")
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number}: {error}") from None
    return key, rows, heads


def verify(lines: Iterable[str], *, key: str = "", earlier: Iterable[str] | None = None) -> Report:
    """Check an export; every finding is one sentence in ``problems``."""
    exported_key, rows, heads = read_export(lines)
    report = Report(rows=len(rows), heads=len(heads))
    if key and exported_key and key != exported_key:
        report.problems.append("The export names another public key than the one given.")
    heads.sort(key=lambda head: head["number"])
    sealed = max((head["tree_size"] for head in heads), default=0)
    report.sealed = sealed
    leaves = _check_rows(rows, sealed, report)
    _check_heads(heads, leaves, key or exported_key, report)
    if earlier is not None:
        _, old_rows, old_heads = read_export(earlier)
        _compare(old_rows, old_heads, rows, heads, report)
    return report


def _name(row: dict[str, Any]) -> str:
    record = row["record"]
    return f"row {record.get('id')} (source {record.get('source')!r}, position {row['position']})"


def _check_rows(rows: list[dict[str, Any]], sealed: int, report: Report) -> list[str | None]:
    """Leaves by position; names rows that differ from their leaf, lack, or are too many."""
    leaves: list[str | None] = [None] * sealed
    actual = {
        row["position"]: leaf_hash(row["record"]) for row in rows if row["position"] is not None
    }
    stated = {row["position"]: row["leaf_hash"] for row in rows if row["position"] is not None}
    home = {leaf: position for position, leaf in stated.items()}
    seen: set[int] = set()
    last = -1
    for row in rows:
        position = row["position"]
        if position is None:
            continue  # recorded after the last seal; nothing vouches for it yet
        if position in seen:
            report.problems.append(f"Inserted: {_name(row)} shares its position with another row.")
            continue
        seen.add(position)
        if position >= sealed:
            report.problems.append(f"Inserted: {_name(row)} lies beyond the {sealed} sealed rows.")
            continue
        if position < last:
            report.problems.append(f"Reordered: {_name(row)} stands out of its order.")
        last = max(last, position)
        leaves[position] = row["leaf_hash"]
        if actual[position] != row["leaf_hash"]:
            other = home.get(actual[position])
            if other is not None and other != position:
                report.problems.append(f"Reordered: {_name(row)} belongs at position {other}.")
            else:
                report.problems.append(f"Altered: {_name(row)} is not what was sealed.")
    for position, leaf in enumerate(leaves):
        if leaf is None:
            report.problems.append(f"Missing: the row at position {position}.")
    return leaves


def _check_heads(
    heads: list[dict[str, Any]], leaves: list[str | None], key: str, report: Report
) -> None:
    frontier: list[tuple[int, str]] = []
    done, whole, before = 0, True, ""
    for expected, head in enumerate(heads, 1):
        name = f"head {head['number']}"
        if head["number"] != expected:
            report.problems.append(f"Missing: head {expected} (found {name} instead).")
            return
        if head["previous_hash"] != before:
            report.problems.append(f"Broken: {name} does not link to the head before it.")
        before = head_hash(head)
        if head["tree_size"] < done:
            report.problems.append(f"Broken: {name} seals fewer rows than the head before it.")
            return
        for leaf in leaves[done : head["tree_size"]]:
            whole = whole and leaf is not None
            append_leaf(frontier, leaf or EMPTY_ROOT)
        done = head["tree_size"]
        if root_of(frontier) != head["root_hash"]:
            text = "does not fit the leaves" if whole else "cannot fit: rows are missing"
            report.problems.append(f"Broken: {name} ({done} rows) {text}.")
        if not signed(head, key):
            report.problems.append(f"Broken: the signature of {name} is not by the key given.")


def signed(head: dict[str, Any], key: str) -> bool:
    """Whether the head bears a valid Ed25519 signature by the public key (hex)."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  only for signatures
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(head["signature"]), head_bytes(head))
    except (InvalidSignature, ValueError):
        return False
    return True


def _compare(
    old_rows: list[dict[str, Any]],
    old_heads: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    heads: list[dict[str, Any]],
    report: Report,
) -> None:
    """What was sealed before must stand unchanged now."""
    now = {row["position"]: row for row in rows if row["position"] is not None}
    for old in old_rows:
        if old["position"] is None:
            continue
        row = now.get(old["position"])
        if row is None:
            report.problems.append(f"Missing: {_name(old)} stood in the earlier export.")
        elif canonical(row["record"]) != canonical(old["record"]):
            report.problems.append(f"Altered: {_name(old)} differs from the earlier export.")
    known = {head_hash(head) for head in heads}
    for head in old_heads:
        if head_hash(head) not in known:
            report.problems.append(f"Missing: head {head['number']} of the earlier export.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=Path)
    parser.add_argument("--key", default="", help="public key in hex, known by another way")
    parser.add_argument("--earlier", type=Path, help="an export kept from before")
    options = parser.parse_args(arguments)
    try:
        earlier = options.earlier.read_text("utf-8").splitlines() if options.earlier else None
        with options.export.open(encoding="utf-8") as lines:
            report = verify(lines, key=options.key, earlier=earlier)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"Cannot be read: {error}\n")
        return 2
    for problem in report.problems:
        sys.stdout.write(f"{problem}\n")
    unsealed = max(0, report.rows - report.sealed)
    sys.stdout.write(
        f"{report.rows} rows, {report.sealed} of them sealed by {report.heads} heads; "
        f"{unsealed} not sealed yet. "
        + (f"{len(report.problems)} problems.\n" if report.problems else "Sound.\n")
    )
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
