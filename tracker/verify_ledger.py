#!/usr/bin/env python3
"""Verify an export of a sealed log without the site: standard library, ``cryptography`` for signatures.

    python verify_ledger.py EXPORT.jsonl [--key PUBLIC_KEY_HEX] [--earlier EARLIER_EXPORT.jsonl]
    python verify_ledger.py --proof PROOF.json [--key PUBLIC_KEY_HEX]

Names every altered, missing, inserted, doubled and reordered row, and says whether every signed head
(RFC 6962 tree, Ed25519, each linked to the one before) fits the rows. Give ``--key`` the public key
you were told by another way than the export (again for each older key), and ``--earlier`` an export
you kept: then a ledger that was rewritten and sealed anew is found as well. Exit status 0: sound;
1: not sound; 2: not readable. Memory stays flat, whatever the number of rows.

The export has one JSON object a line: ``{"kind": "key"|"row"|"head"|"end", …}``. A row's leaf is
SHA-256(0x00 ‖ canonical JSON of its record); nodes are SHA-256(0x01 ‖ left ‖ right). A proof is one
JSON object: the record, its position, the path to the root, and the head that seals it.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()


def canonical(record: dict[str, Any]) -> bytes:
    """The one way to write a record: sorted keys, no spaces, UTF-8."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # Half a character that stands for none is altered text like any other, not a file nobody can read.
    return text.encode("utf-8", "surrogatepass")


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


def largest_half(size: int) -> int:
    """The largest power of two below the size: where RFC 6962 splits a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def path_in_tree(index: int, size: int, root: Callable[[int, int], str]) -> list[str]:
    """The hashes that lead from a leaf to the root (RFC 6962, 2.1.1).

    ``root(start, stop)`` gives the root over the leaves ``[start, stop)``.
    """
    start, stop, path = 0, size, list[str]()
    while stop - start > 1:
        middle = start + largest_half(stop - start)
        if index < middle:
            path.append(root(middle, stop))
            stop = middle
        else:
            path.append(root(start, middle))
            start = middle
    return path[::-1]


def root_from_path(index: int, size: int, leaf: str, path: list[str]) -> str:
    """The root that a leaf and its path lead to (RFC 9162, 2.1.3.2); empty when they do not fit."""
    if not 0 <= index < size:
        return ""
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
    """What was found. At most ``MOST_NAMED`` problems are named, ``found`` counts them all."""

    rows: int = 0
    heads: int = 0
    sealed: int = 0
    unsealed: int = 0
    found: int = 0
    leaves_changed: bool = False
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        self.found += 1
        if len(self.problems) < MOST_NAMED:
            self.problems.append(problem)


MOST_NAMED = 1000
EMPTY_LEAF = bytes(32)
HEX_64 = re.compile(r"[0-9a-f]{64}")

FIELDS = {
    "key": {"kind", "public_key"},
    "end": {"kind", "rows", "heads"},
    "proof": {"record", "position", "leaf_hash", "path", "head"},
    "row": {"kind", "position", "leaf_hash", "record"},
    "head": {
        "kind",
        "number",
        "tree_size",
        "root_hash",
        "previous_hash",
        "sealed_at",
        "key_id",
        "signature",
    },
}

# Lines that can be read again: a list of them, or a file.
Source = Sequence[str] | Path


def _lines(source: Source) -> Iterator[str]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield line.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise ValueError(f"line {number}: not UTF-8 ({error.reason})") from None
    else:
        yield from source


def _items(source: Source) -> Iterator[dict[str, Any]]:
    """The objects of an export. Raises ValueError naming the line that cannot be read."""
    for number, line in enumerate(_lines(source), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line, object_pairs_hook=_once)
            _check_item(item)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise ValueError(f"line {number}: {reason[:200]}") from None
        yield item


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that says each thing once: of two, other readers may believe the other one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object says the same thing twice")
    return found


def _check_item(item: Any) -> None:
    kind = item["kind"]
    if kind in FIELDS and not item.keys() <= FIELDS[kind]:
        raise ValueError(f"nothing vouches for {sorted(item.keys() - FIELDS[kind])}")
    if kind == "row":
        position = item["position"]
        if position is not None and (type(position) is not int or position < 0):
            raise ValueError(f"{position!r} is not a position")
        if not isinstance(item["record"], dict):
            raise TypeError("the record is not an object")
        if position is not None and not HEX_64.fullmatch(item["leaf_hash"]):
            raise ValueError("the leaf is not a hash")
    elif kind == "head":
        head_bytes(item)
        if type(item["tree_size"]) is not int or type(item["number"]) is not int:
            raise TypeError("number and tree_size are whole numbers")
    elif kind == "key":
        str(item["public_key"])
    elif kind != "end":
        raise ValueError(f"unknown kind {kind!r}")


def verify(
    source: Source, *, key: str | Sequence[str] = (), earlier: Source | None = None
) -> Report:
    """Check an export; every finding is one sentence in ``problems``. Raises ValueError."""
    report = Report()
    heads, exported_keys = _read_heads(source, report)
    keys = [key] if isinstance(key, str) and key else list(key)
    for other in exported_keys:
        if keys and other not in keys:
            report.add(f"The export names another public key than the one given: {other}")
    report.heads = len(heads)
    report.sealed = max((head["tree_size"] for head in heads), default=0)
    with TemporaryFile() as stated, TemporaryFile() as actual:
        _check_rows(source, report, stated, actual)
        report.leaves_changed = _check_heads(heads, stated, keys or exported_keys, report)
        if earlier is not None:
            _compare(earlier, heads, actual, report)
    return report


def _read_heads(source: Source, report: Report) -> tuple[list[dict[str, Any]], list[str]]:
    """Heads in order and public keys; counts the rows and says when the end is missing."""
    heads: list[dict[str, Any]] = []
    keys: list[str] = []
    ended = False
    for item in _items(source):
        if ended:
            report.add(f"Inserted: a line ({item['kind']}) after the last line of the export.")
        if item["kind"] == "row":
            report.rows += 1
        elif item["kind"] == "head":
            heads.append(item)
        elif item["kind"] == "key":
            if item["public_key"] in keys:
                report.add(f"Doubled: the key {item['public_key']} stands here twice.")
            keys.append(item["public_key"])
        else:
            ended = True
            for what, count in (("rows", report.rows), ("heads", len(heads))):
                if item.get(what) != count:
                    report.add(
                        f"The export ends by saying {item.get(what)} {what}; it has {count}."
                    )
    if not ended:
        report.add("Cut off: the export has no last line.")
    if [head["number"] for head in heads] != sorted(head["number"] for head in heads):
        report.add("Reordered: the heads do not stand in their order.")
    return sorted(heads, key=lambda head: head["number"]), keys


def _name(row: dict[str, Any]) -> str:
    record = row["record"]
    what = record.get("source", record.get("verb"))
    return f"row {record.get('id')} (source {what!r}, position {row['position']})"


def _only_once(row: dict[str, Any]) -> set[tuple[str, str]]:
    """What no two rows of a log share: the number, and of the ledger what the row rests on."""
    record = row["record"]
    return {(what, str(record[what])) for what in ("id", "source") if what in record}


def _leaf_at(leaves: IO[bytes], position: int) -> bytes:
    if position * 32 >= leaves.seek(0, 2):
        return EMPTY_LEAF
    leaves.seek(position * 32)
    return leaves.read(32).ljust(32, b"\0")


def _put_leaf(leaves: IO[bytes], position: int, leaf: bytes) -> None:
    leaves.seek(position * 32)
    leaves.write(leaf)


def _check_rows(source: Source, report: Report, stated: IO[bytes], actual: IO[bytes]) -> None:
    """Writes leaves by position into two files; names rows that differ from their leaf, are missing,
    out of order or too many."""
    expected, ids = 0, 0
    differing: dict[bytes, dict[str, Any]] = {}
    unsealed: set[tuple[str, str]] = set()
    # Rows that nothing vouches for yet stand after all others.
    waiting: list[dict[str, Any]] = []
    # No place is prepared for what no deletion explains.
    far = max(1_000_000, 1000 * report.rows)
    if not report.heads:
        if report.rows:
            report.add("Missing: there is no head, so nothing vouches for any row.")
        return
    for row in _items(source):
        if row["kind"] != "row":
            continue
        position = row["position"]
        if position is None:  # recorded after the last seal; nothing vouches for it yet
            if unsealed & _only_once(row):
                report.add(f"Doubled: {_name(row)} stands here twice.")
            unsealed |= _only_once(row)
            report.unsealed += 1
            if len(waiting) < MOST_NAMED:
                waiting.append(row)
            continue
        for early in waiting:
            report.add(f"Inserted: {_name(early)} is not sealed and stands among the sealed rows.")
        waiting.clear()
        leaf = bytes.fromhex(leaf_hash(row["record"]))
        if position >= far:
            report.add(f"Inserted: {_name(row)} lies far beyond the {report.rows} rows there are.")
            continue
        if position >= report.sealed:
            report.add(f"Inserted: {_name(row)} lies beyond the {report.sealed} sealed rows.")
            continue
        if position < expected:
            twin = _leaf_at(actual, position)
            if twin != EMPTY_LEAF:
                what = "Doubled" if twin == leaf else "Inserted"
                report.add(f"{what}: {_name(row)} shares its position with another row.")
                continue
            report.add(f"Reordered: {_name(row)} stands out of its order.")
        expected = max(expected, position + 1)
        ids += 1
        _put_leaf(stated, position, bytes.fromhex(row["leaf_hash"]))
        _put_leaf(actual, position, leaf)
        if leaf.hex() != row["leaf_hash"] and len(differing) < MOST_NAMED:
            differing[leaf] = row
        elif leaf.hex() != row["leaf_hash"]:
            report.add(f"Altered: {_name(row)} is not what was sealed.")
    _name_differing(differing, stated, expected, report)
    if ids < report.sealed:
        _name_missing(actual, expected, report)
    for row in _items(source) if unsealed else ():
        sealed = row["kind"] == "row" and row["position"] is not None
        if sealed and unsealed & _only_once(row):
            report.add(f"Doubled: {_name(row)} stands here again as if it were not sealed.")


def _name_differing(
    differing: dict[bytes, dict[str, Any]], stated: IO[bytes], length: int, report: Report
) -> None:
    """Whether a row that is not its leaf is another row's, moved, or was altered."""
    if not differing:
        return
    home: dict[bytes, int] = {}
    for position, leaf in enumerate(_leaves(stated, 0, length)):
        if leaf in differing:
            home[leaf] = position
    for leaf, row in differing.items():
        other = home.get(leaf)
        if other is not None and other != row["position"]:
            report.add(f"Reordered: {_name(row)} belongs at position {other}.")
        else:
            report.add(f"Altered: {_name(row)} is not what was sealed.")


def _name_missing(actual: IO[bytes], length: int, report: Report) -> None:
    first: int | None = None
    for position, leaf in enumerate(_leaves(actual, 0, length)):
        if leaf == EMPTY_LEAF and first is None:
            first = position
        elif leaf != EMPTY_LEAF and first is not None:
            report.add(_missing(first, position - 1))
            first = None
    if first is not None or length < report.sealed:
        report.add(_missing(length if first is None else first, report.sealed - 1))


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Missing: the row at position {first}."
    return f"Missing: the rows at positions {first} to {last}."


def _leaves(leaves: IO[bytes], start: int, stop: int) -> Iterator[bytes]:
    """The leaves from a position to another, read in large pieces."""
    leaves.seek(start * 32)
    left = stop - start
    while left > 0:
        piece = leaves.read(min(left, 65_536) * 32)
        if not piece:
            return
        for n in range(0, len(piece), 32):
            yield piece[n : n + 32]
        left -= len(piece) // 32


def _check_heads(
    heads: list[dict[str, Any]], stated: IO[bytes], keys: list[str], report: Report
) -> bool:
    """Whether leaves were changed too: then no row by itself shows that it was altered."""
    frontier: list[tuple[int, str]] = []
    done, whole, before, changed_with_leaves = 0, True, "", False
    for expected, head in enumerate(heads, 1):
        name = f"head {head['number']}"
        if head["number"] != expected:
            text = "twice" if head["number"] < expected else f"instead of head {expected}"
            report.add(f"Missing or inserted: {name} stands {text}.")
            return False
        if head["previous_hash"] != before:
            report.add(f"Broken: {name} does not link to the head before it.")
        before = head_hash(head)
        if head["tree_size"] < done:
            report.add(f"Broken: {name} seals fewer rows than the head before it.")
            return False
        count = 0
        for leaf in _leaves(stated, done, head["tree_size"]):
            whole = whole and leaf != EMPTY_LEAF
            append_leaf(frontier, leaf.hex())
            count += 1
        whole = whole and count == head["tree_size"] - done
        done = head["tree_size"]
        if not whole or root_of(frontier) != head["root_hash"]:
            text = "does not fit the leaves" if whole else "cannot fit: rows are missing"
            report.add(f"Broken: {name} ({done} rows) {text}.")
            changed_with_leaves = changed_with_leaves or whole
        if head["key_id"] not in keys:
            report.add(f"Broken: {name} is signed with another key: {head['key_id']}")
        elif not signed(head, head["key_id"]):
            report.add(f"Broken: the signature of {name} is not by the key given.")
    return changed_with_leaves


def signed(head: dict[str, Any], key: str) -> bool:
    """Whether the head bears a valid Ed25519 signature by the public key (hex)."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  only for signatures
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        signature = bytes.fromhex(head["signature"])
        public.verify(signature, head_bytes(head))
        if signature.hex() != head["signature"]:
            return False  # written otherwise: capitals or spaces between the digits
    except (InvalidSignature, ValueError, TypeError, KeyError):
        return False
    return True


def _compare(
    earlier: Source, heads: list[dict[str, Any]], actual: IO[bytes], report: Report
) -> None:
    """What was sealed before must stand unchanged now."""
    known = {head_hash(head) for head in heads}
    for item in _items(earlier):
        if item["kind"] == "head" and head_hash(item) not in known:
            report.add(f"Missing: head {item['number']} of the earlier export.")
        if item["kind"] != "row" or item["position"] is None:
            continue
        leaf = _leaf_at(actual, item["position"])
        if leaf == EMPTY_LEAF:
            report.add(f"Missing: {_name(item)} stood in the earlier export.")
        elif leaf.hex() != leaf_hash(item["record"]):
            report.add(f"Altered: {_name(item)} differs from the earlier export.")


def verify_proof(proof: dict[str, Any], *, keys: Sequence[str] = ()) -> list[str]:
    """What is wrong with the proof that one row is sealed; nothing when it holds."""
    head, found = proof["head"], []
    leaf = leaf_hash(proof["record"])
    if leaf != proof["leaf_hash"]:
        found.append("Altered: the record is not what was sealed.")
    root = root_from_path(proof["position"], head["tree_size"], leaf, proof["path"])
    if root != head["root_hash"]:
        found.append("Broken: the path does not lead from the record to the root of the head.")
    if keys and head["key_id"] not in keys:
        found.append(f"Broken: the head is signed with another key: {head['key_id']}")
    elif not signed(head, head["key_id"]):
        found.append("Broken: the signature of the head is not by its key.")
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Verify an export of a sealed log, or the proof of one row, without the site."
    )
    parser.add_argument("export", type=Path, nargs="?")
    # Read off paper, the digits may come as capitals and with spaces.
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        type=lambda text: "".join(text.lower().split()),
        help="public key in hex",
    )
    parser.add_argument("--earlier", type=Path, help="an export kept from before")
    parser.add_argument("--proof", type=Path, help="the proof of one row, instead of an export")
    options = parser.parse_args(arguments)
    if (options.export is None) == (options.proof is None):
        parser.error("give either an export or --proof")
    try:
        if options.proof is not None:
            return _say_proof(options.proof, options.key)
        report = verify(options.export, key=options.key, earlier=options.earlier)
    except ImportError:
        sys.stderr.write("Signatures need the package cryptography: pip install cryptography\n")
        return 2
    except (OSError, ValueError) as error:
        sys.stderr.write(f"Cannot be read: {error}\n")
        return 2
    for problem in report.problems:
        sys.stdout.write(f"{problem}\n")
    if report.found > len(report.problems):
        sys.stdout.write(f"... and {report.found - len(report.problems)} more.\n")
    if report.leaves_changed and options.earlier is None:
        sys.stdout.write(_NAMED_BY_EARLIER)
    said = "1 problem" if report.found == 1 else f"{report.found} problems"
    unsealed = f"{report.unsealed} not sealed yet"
    if report.unsealed:
        unsealed += ", so nothing vouches for them"
    sys.stdout.write(
        f"{report.rows} rows, {report.sealed} of them sealed by {report.heads} heads; "
        f"{unsealed}. " + (f"{said}.\n" if report.found else "Sound.\n")
    )
    if not options.key:
        sys.stdout.write(_TAKEN_ON_TRUST)
    return 1 if report.found else 0


_NAMED_BY_EARLIER = (
    "Leaves were changed with their rows, so the rows do not show which of them were: "
    "an export kept from before names them, with --earlier.\n"
)
_TAKEN_ON_TRUST = (
    "The public key was taken from the file itself. Whoever made the file could have put his own "
    "there: compare it with the key you were told by another way, with --key.\n"
)


def _say_proof(path: Path, keys: list[str]) -> int:
    try:
        proof = json.loads(path.read_text("utf-8"), object_pairs_hook=_once)
        for part, known in ((proof, FIELDS["proof"]), (proof["head"], FIELDS["head"])):
            if not part.keys() <= known:
                raise ValueError(f"nothing vouches for {sorted(part.keys() - known)}")
        found = verify_proof(proof, keys=keys)
        position, head = proof["position"], proof["head"]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a proof: {type(error).__name__}: {error}") from None
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    if not found:
        sys.stdout.write(
            f"Sound: the record stands at position {position} of the {head['tree_size']} rows "
            f"sealed by head {head['number']} on {head['sealed_at']}.\n"
        )
        if not keys:
            sys.stdout.write(_TAKEN_ON_TRUST)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
