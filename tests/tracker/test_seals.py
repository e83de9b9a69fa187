"""Seals: an export that was touched anywhere is found out, by a file that needs no site."""

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.people import PersonFactory
from tests.factories.tracker import post_hours
from tracker import operations, seals, verify_ledger
from tracker.models import Entry, LedgerHead

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
LATER = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def export(db, settings, tmp_path) -> list[str]:
    """Five rows under two heads and one row after them."""
    settings.VAR_DIR = tmp_path
    person = PersonFactory()
    for n in range(3):
        post_hours(person, f"x:{n}", hours=str(n + 1))
    seals.seal_ledger(now=NOW)
    first = post_hours(person, "x:3", hours="4")
    operations.reverse(first.pk, because="重复", by_id=None, now=NOW)
    seals.seal_ledger(now=LATER)
    post_hours(person, "x:9", hours="9")
    return list(seals.export_ledger())


def problems(lines, **options):
    return verify_ledger.verify(lines, **options).problems


def rows_of(lines):
    return [n for n, line in enumerate(lines) if json.loads(line)["kind"] == "row"]


def changed(lines, number, change):
    item = json.loads(lines[number])
    change(item)
    return [*lines[:number], json.dumps(item, ensure_ascii=False), *lines[number + 1 :]]


def test_an_untouched_export_is_sound(export):
    report = verify_ledger.verify(export)
    assert report.problems == []
    assert (report.rows, report.sealed, report.heads) == (6, 5, 2)


def test_a_second_sealing_with_nothing_new_adds_no_head(export, db):
    assert seals.seal_ledger(now=LATER) is not None
    assert seals.seal_ledger(now=LATER) is None
    assert LedgerHead.objects.count() == 3


@pytest.mark.parametrize(
    "field", ["hours", "title", "recorded_at", "person_id", "evidence", "because"]
)
def test_an_altered_row_is_named(export, field):
    number = rows_of(export)[1]
    touched = changed(export, number, lambda item: item["record"].update({field: "99"}))
    (problem,) = problems(touched)
    assert problem.startswith("Altered: row")
    assert "position 1" in problem


def test_a_missing_row_is_named(export):
    number = rows_of(export)[2]
    assert "Missing: the row at position 2." in problems(export[:number] + export[number + 1 :])


def test_an_inserted_row_is_named(export):
    number = rows_of(export)[2]
    twin = json.loads(export[number])
    twin["record"]["source"] = "smuggled"
    with_twin = [*export[: number + 1], json.dumps(twin), *export[number + 1 :]]
    assert any("Inserted" in problem and "smuggled" in problem for problem in problems(with_twin))
    beyond = changed(export, number, lambda item: item.update(position=77))
    assert any(problem.startswith("Inserted") for problem in problems(beyond))


def test_reordered_rows_are_named(export):
    one, two = rows_of(export)[:2]
    lines = list(export)
    lines[one], lines[two] = lines[two], lines[one]
    assert any(problem.startswith("Reordered") for problem in problems(lines))
    first, second = json.loads(export[one]), json.loads(export[two])
    first["record"], second["record"] = second["record"], first["record"]
    swapped = list(export)
    swapped[one], swapped[two] = json.dumps(first), json.dumps(second)
    assert [problem.split(":")[0] for problem in problems(swapped)] == ["Reordered", "Reordered"]


def test_altering_a_row_and_its_leaf_breaks_the_signed_head(export):
    def forge(item):
        item["record"]["hours"] = "99.00"
        item["leaf_hash"] = verify_ledger.leaf_hash(item["record"])

    found = problems(changed(export, rows_of(export)[0], forge))
    assert any("head 1" in problem and "does not fit" in problem for problem in found)


@pytest.mark.parametrize(
    ("field", "value"), [("signature", "00" * 64), ("sealed_at", "2020"), ("tree_size", 2)]
)
def test_a_touched_head_is_found(export, field, value):
    number = next(n for n, line in enumerate(export) if json.loads(line)["kind"] == "head")
    assert problems(changed(export, number, lambda item: item.update({field: value})))


def test_a_missing_head_is_found(export):
    number = next(n for n, line in enumerate(export) if json.loads(line)["kind"] == "head")
    assert any("head 1" in problem for problem in problems(export[:number] + export[number + 1 :]))


def test_another_key_is_found(export):
    assert problems(export, key="00" * 32)


def test_a_ledger_rewritten_and_sealed_anew_is_found_by_an_export_kept_from_before(
    export, tmp_path, settings
):
    rewritten = changed(
        export, rows_of(export)[0], lambda item: item["record"].update(hours="99.00")
    )
    found = problems(export, earlier=rewritten)
    assert any(problem.startswith("Altered") and "earlier" in problem for problem in found)


def test_the_verifier_stands_alone(export, tmp_path):
    file = tmp_path / "ledger.jsonl"
    file.write_text("\n".join(export), encoding="utf-8")
    script = Path(verify_ledger.__file__)

    def run(path):
        return subprocess.run(
            [sys.executable, "-I", str(script), str(path)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

    assert run(file).returncode == 0
    assert "Sound." in run(file).stdout
    file.write_text("\n".join(export).replace('"hours":"1.00"', '"hours":"9.00"'), encoding="utf-8")
    assert run(file).returncode == 1
    file.write_text("not json", encoding="utf-8")
    assert run(file).returncode == 2
    assert "line 1" in run(file).stderr


def test_a_row_s_inclusion_is_proven_to_the_newest_head(export, db):
    entry = Entry.objects.order_by("id")[2]
    proof = seals.inclusion_proof(entry.pk)
    assert proof["leaf_hash"] == verify_ledger.leaf_hash(proof["record"])
    root = verify_ledger.root_from_path(
        proof["position"], proof["head"]["tree_size"], proof["leaf_hash"], proof["path"]
    )
    assert root == proof["head"]["root_hash"]


# Known roots of RFC 6962's own test data, as certificate transparency implementations carry it.
RFC_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
RFC_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_tree_is_that_of_rfc_6962():
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).hexdigest() for leaf in RFC_LEAVES]
    assert [verify_ledger.root_hash(leaves[: n + 1]) for n in range(8)] == RFC_ROOTS


@given(st.integers(1, 70), st.data())
def test_every_leaf_of_every_tree_has_a_path_to_its_root(size, data):
    leaves = [hashlib.sha256(bytes([n])).hexdigest() for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = verify_ledger.inclusion_path(index, leaves)
    root = verify_ledger.root_hash(leaves)
    assert verify_ledger.root_from_path(index, size, leaves[index], path) == root
    if size > 1:
        other = leaves[(index + 1) % size]
        assert verify_ledger.root_from_path(index, size, other, path) != root
