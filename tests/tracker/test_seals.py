"""Seals: an export that was touched anywhere is found out, by a file that needs no site."""

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from people.models import AuditEntry
from people.operations import audit
from tests.factories.people import PersonFactory
from tests.factories.tracker import post_hours
from tracker import operations, seals, verify_ledger
from tracker.models import AuditHead, AuditLeaf, Entry, LedgerBlock, LedgerHead, LedgerLeaf

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
LATER = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


def inclusion_path(index, leaves):
    """The path of a leaf among leaves at hand."""
    return verify_ledger.path_in_tree(
        index, len(leaves), lambda start, stop: verify_ledger.root_hash(leaves[start:stop])
    )


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


@pytest.mark.parametrize("write", [str.upper, lambda digits: f" {digits}"])
def test_a_signature_written_otherwise_is_found(export, write):
    *rest, head, end = export
    item = json.loads(head)
    item["signature"] = write(item["signature"])
    assert any("signature" in each for each in problems([*rest, json.dumps(item), end]))


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


# --- attacks by whoever has the whole file in his hands ----------------------------------------


def test_a_doubled_row_is_named(export):
    number = rows_of(export)[1]
    found = problems([*export[: number + 1], export[number], *export[number + 1 :]])
    assert any(problem.startswith("Doubled: row") and "position 1" in problem for problem in found)


@pytest.mark.parametrize("kept", range(1, 9))
def test_a_file_cut_off_after_any_line_is_said_to_be(export, kept):
    assert len(export) == 10
    assert any(problem.startswith("Cut off") for problem in problems(export[:kept]))


def test_a_file_cut_off_within_a_line_cannot_be_read(export):
    with pytest.raises(ValueError, match="line 4: JSONDecodeError"):
        problems([*export[:3], export[3][:-7]])


def test_a_ledger_without_its_last_head_is_found_by_an_export_kept_from_before(export):
    """Whoever drops the newest rows and head, and writes a new last line, cannot be told alone."""
    head = max(n for n, line in enumerate(export) if json.loads(line)["kind"] == "head")
    rows = [n for n in rows_of(export) if (json.loads(export[n])["position"] or 0) >= 3]
    shorter = [line for n, line in enumerate(export) if n not in (*rows, head)]
    end = json.dumps({"kind": "end", "rows": len(rows_of(shorter)), "heads": 1})
    found = problems([*shorter[:-1], end], earlier=export)
    assert "Missing: head 2 of the earlier export." in found
    missing = [problem for problem in found if problem.startswith("Missing: row ")]
    assert len(missing) == len(rows)


def rebuilt(lines, key):
    """The whole chain made anew over altered rows by somebody with another key."""
    out, leaves, before = [], [], ""
    for line in lines:
        item = json.loads(line)
        if item["kind"] == "key":
            item["public_key"] = seals.public_key(key)
        elif item["kind"] == "row" and item["position"] is not None:
            if item["position"] == 1:
                item["record"]["hours"] = "99.00"
            item["leaf_hash"] = verify_ledger.leaf_hash(item["record"])
            leaves.append(item["leaf_hash"])
        elif item["kind"] == "head":
            item["root_hash"] = verify_ledger.root_hash(leaves[: item["tree_size"]])
            item["previous_hash"], item["key_id"] = before, seals.public_key(key)
            item["signature"] = key.sign(verify_ledger.head_bytes(item)).hex()
            before = verify_ledger.head_hash(item)
        out.append(json.dumps(item))
    return out


def test_a_chain_rebuilt_with_another_key_is_found_by_the_key_one_knows(export):
    ours = seals.public_key(seals.signing_key())
    forged = rebuilt(export, Ed25519PrivateKey.generate())
    assert problems(forged) == []  # told by nothing in the file itself
    found = problems(forged, key=ours)
    assert any(problem.startswith("The export names another public key") for problem in found)
    assert any("head 1 is signed with another key" in problem for problem in found)
    assert any("Altered: row" in p and "position 1" in p for p in problems(forged, earlier=export))


def test_a_chain_rebuilt_without_the_key_breaks_every_signature_from_there(export):
    forged = rebuilt(export, Ed25519PrivateKey.generate())
    ours = [json.loads(line) for line in export if json.loads(line)["kind"] == "head"]
    lines = [export[0]]
    for line in forged[1:]:
        item = json.loads(line)
        if item["kind"] == "head":
            item["key_id"] = ours[0]["key_id"]
            item["signature"] = ours[item["number"] - 1]["signature"]
        lines.append(json.dumps(item))
    found = problems(lines)
    assert sum("signature of head" in problem for problem in found) == 2


def test_an_older_signing_key_is_still_known_after_a_change_of_keys(export, settings, db):
    old = seals.public_key(seals.signing_key())
    settings.LEDGER_SIGNING_KEY = "07" * 32
    assert seals.seal_ledger(now=LATER).number == 3
    new = seals.public_key(seals.signing_key())
    lines = list(seals.export_ledger())
    assert problems(lines) == []
    assert problems(lines, key=[old, new]) == []
    assert problems(lines, key=new)


@pytest.mark.parametrize(
    "line",
    [
        '{"kind":"row","position":-1,"leaf_hash":"","record":{}}',
        '{"kind":"row","position":true,"leaf_hash":"","record":{}}',
        '{"kind":"row","position":0,"leaf_hash":"zz","record":{}}',
        '{"kind":"row","position":0,"leaf_hash":null,"record":[]}',
        '{"kind":"head","number":1}',
        '{"kind":"moon"}',
        "[]",
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_row_and_no_head_is_named_by_its_number(export, line):
    with pytest.raises(ValueError, match="line 2: "):
        problems([export[0], line, *export[1:]])


def test_of_two_values_for_one_thing_none_is_believed(export):
    """Otherwise the verifier could read the one and a person, or another program, the other."""
    number = rows_of(export)[1]
    twice = export[number].replace('"hours":"2.00"', '"hours":"99.00","hours":"2.00"')
    assert twice != export[number]
    with pytest.raises(ValueError, match="says the same thing twice"):
        problems([*export[:number], twice, *export[number + 1 :]])


def test_what_nobody_vouches_for_is_not_carried_along(export):
    with pytest.raises(ValueError, match=r"nothing vouches for .*hours"):
        problems(changed(export, rows_of(export)[0], lambda item: item.update(hours="99.00")))


def test_a_sealed_row_given_again_as_if_not_yet_sealed_is_named(export):
    number = rows_of(export)[1]
    late = json.loads(export[number]) | {"position": None, "leaf_hash": None}
    late["record"]["hours"] = "99.00"
    found = problems([*export[:-1], json.dumps(late), export[-1].replace('"rows":6', '"rows":7')])
    assert [problem for problem in found if problem.startswith("Doubled: row")]
    assert "position 1" in found[0]


def test_an_unsealed_row_that_reports_what_a_sealed_one_reports_is_named(export):
    """Under another number: what a row rests on is credited once."""
    late = json.loads(export[rows_of(export)[1]]) | {"position": None, "leaf_hash": None}
    late["record"]["id"] += 1000
    added = [*export[:-1], json.dumps(late), export[-1].replace('"rows":6', '"rows":7')]
    (problem,) = problems(added)
    assert problem.startswith("Doubled: row")
    assert "source 'x:1', position 1" in problem


def test_a_row_after_the_last_line_is_named(export):
    late = json.loads(export[rows_of(export)[-1]])
    late["record"]["id"] = 10**6
    assert any(
        "after the last line" in problem for problem in problems([*export, json.dumps(late)])
    )


def test_an_unsealed_row_among_the_sealed_is_named_though_the_counts_are_right(export):
    number = rows_of(export)[1]
    late = json.loads(export[number]) | {"position": None, "leaf_hash": None}
    late["record"] |= {"id": 10**6, "source": "smuggled"}
    end = export[-1].replace('"rows":6', '"rows":7')
    assert end != export[-1]
    (problem,) = problems([*export[:number], json.dumps(late), *export[number:-1], end])
    assert problem.startswith("Inserted: row 1000000 (source 'smuggled'")
    last = rows_of(export)[-1]
    report = verify_ledger.verify(
        [*export[: last + 1], json.dumps(late), *export[last + 1 : -1], end]
    )
    assert (report.problems, report.unsealed) == ([], 2)  # as in an export of before the night


def test_a_doubled_key_is_named(export):
    (problem,) = problems([export[0], *export])
    assert problem.startswith("Doubled: the key")


def test_a_row_changed_with_its_leaf_is_left_to_an_export_kept_from_before(
    export, tmp_path, capsys
):
    def forge(item):
        item["record"]["hours"] = "99.00"
        item["leaf_hash"] = verify_ledger.leaf_hash(item["record"])

    now, before = tmp_path / "now.jsonl", tmp_path / "before.jsonl"
    now.write_text("\n".join(changed(export, rows_of(export)[0], forge)), encoding="utf-8")
    before.write_text("\n".join(export), encoding="utf-8")

    assert verify_ledger.main([str(now)]) == 1
    said = capsys.readouterr().out
    assert "an export kept from before names them" in said
    assert "6 rows, 5 of them sealed by 2 heads; 1 not sealed yet, so nothing" in said
    assert verify_ledger.main([str(now), "--earlier", str(before)]) == 1
    said = capsys.readouterr().out
    assert "Altered: row" in said
    assert "kept from before names" not in said


@pytest.mark.parametrize(
    "value", [2, 2.0, "2.0", "2.000", "２.00", "2.00\u200b", "\ud800", None, [], 10**300]
)
def test_another_way_to_write_the_same_amount_is_an_alteration(export, value):
    touched = changed(export, rows_of(export)[1], lambda item: item["record"].update(hours=value))
    assert [problem.split(":")[0] for problem in problems(touched)] == ["Altered"]


def test_line_ends_and_empty_lines_say_nothing_and_a_mark_before_the_text_is_named(
    export, tmp_path
):
    path = tmp_path / "export.jsonl"
    path.write_bytes("\r\n\r\n".join(export).encode())
    assert problems(path) == []
    path.write_bytes(b"\xef\xbb\xbf" + "\n".join(export).encode())
    with pytest.raises(ValueError, match="line 1: "):
        problems(path)


def test_two_persons_swapped_are_named(export):
    one, two = rows_of(export)[:2]
    lines = changed(export, one, lambda item: item["record"].update(person_id=10**6))
    lines = changed(lines, two, lambda item: item["record"].update(person_id=10**6 + 1))
    assert [problem.split(":")[0] for problem in problems(lines)] == ["Altered", "Altered"]


def test_a_head_that_speaks_of_an_absurd_number_of_rows_costs_nothing(export):
    number = next(n for n, line in enumerate(export) if json.loads(line)["kind"] == "head")
    found = problems(changed(export, number, lambda item: item.update(tree_size=10**15)))
    assert any(problem.startswith("Missing: the rows at positions") for problem in found)


@pytest.mark.parametrize("position", [10**14, 10**30])
def test_a_row_at_an_absurd_position_is_named_and_costs_nothing(export, position):
    head = max(n for n, line in enumerate(export) if json.loads(line)["kind"] == "head")
    row = rows_of(export)[1]
    lines = changed(export, row, lambda item: item.update(position=position))
    found = problems(changed(lines, head, lambda item: item.update(tree_size=position + 1)))
    assert any("far beyond the 6 rows there are" in problem for problem in found)
    assert "Missing: the row at position 1." in found
    assert problems(export, earlier=lines) == [
        f"Missing: {verify_ledger._name(json.loads(lines[row]))} stood in the earlier export."
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_another_encoding_is_named_with_its_line(export, tmp_path, encoding):
    path = tmp_path / "export.jsonl"
    path.write_bytes("\n".join(export).encode(encoding))
    with pytest.raises(ValueError, match=r"line \d+: not UTF-8"):
        problems(path)


@pytest.mark.parametrize("kind", ["key", "end", "head"])
def test_no_line_carries_words_along_that_nothing_vouches_for(export, kind):
    number = next(n for n, line in enumerate(export) if json.loads(line)["kind"] == kind)
    with pytest.raises(ValueError, match=r"nothing vouches for .*note"):
        problems(changed(export, number, lambda item: item.update(note="已核对")))


@given(st.data())
def test_whatever_one_touches_is_found_and_nothing_breaks_the_verifier(data):
    """Any field of any sealed line, given any value, and any line dropped or given twice."""
    lines, known = _small_export()
    item = data.draw(st.integers(1, len(lines) - 1))
    deed = data.draw(st.sampled_from(["drop", "double", "field"]))
    touched = json.loads(lines[item])
    if deed == "field":
        part = touched
        if "record" in touched and data.draw(st.booleans()):
            part = touched["record"]
        name = data.draw(st.sampled_from(sorted(part)))
        values = st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9),
            st.sampled_from(["0" * 64, [], {}, 10**14, 10**40]),
        )  # fmt: skip
        part[name] = data.draw(values.filter(lambda value: value != part[name]))
    changed_lines = [*lines[:item], json.dumps(touched), *lines[item + 1 :]]
    if deed == "drop":
        changed_lines = [*lines[:item], *lines[item + 1 :]]
    elif deed == "double":
        changed_lines = [*lines[: item + 1], *lines[item:]]
    try:
        found = verify_ledger.verify(changed_lines, key=known).found
    except ValueError:
        return
    assert found


def _small_export() -> tuple[list[str], str]:
    """Four rows under two heads, made without a site."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    known = key.public_key().public_bytes_raw().hex()
    records = [{"id": n, "hours": f"{n}.00", "source": f"x:{n}"} for n in range(4)]
    leaves = [verify_ledger.leaf_hash(record) for record in records]
    lines: list[dict[str, object]] = [{"kind": "key", "public_key": known}]
    lines += [
        {"kind": "row", "position": n, "leaf_hash": leaves[n], "record": record}
        for n, record in enumerate(records)
    ]
    before = ""
    for number, size in enumerate((3, 4), 1):
        head = {
            "number": number, "tree_size": size, "key_id": known, "previous_hash": before,
            "root_hash": verify_ledger.root_hash(leaves[:size]), "sealed_at": NOW.isoformat(),
        }  # fmt: skip
        head["signature"] = key.sign(verify_ledger.head_bytes(head)).hex()
        before = verify_ledger.head_hash(head)
        lines.append({"kind": "head", **head})
    lines.append({"kind": "end", "rows": 4, "heads": 2})
    return [json.dumps(line, ensure_ascii=False) for line in lines], known


def test_the_small_export_is_sound():
    lines, known = _small_export()
    assert verify_ledger.verify(lines, key=known).problems == []


# --- the proof of one row, and the audit log -----------------------------------------------------


def proof_file(tmp_path, proof) -> Path:
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof), encoding="utf-8")
    return file


def test_a_proof_is_checked_by_the_verifier_alone(export, tmp_path, capsys):
    proof = seals.inclusion_proof(Entry.objects.order_by("id")[1].pk)
    key = proof["head"]["key_id"]
    file = proof_file(tmp_path, proof)
    assert verify_ledger.main(["--proof", str(file), "--key", key]) == 0
    assert "stands at position 1 of the 5 rows" in capsys.readouterr().out
    assert verify_ledger.main(["--proof", str(file), "--key", "00" * 32]) == 1
    spelled = f"{key[:32].upper()} {key[32:].upper()}\n"  # as it is read off a sheet of paper
    assert verify_ledger.main(["--proof", str(file), "--key", spelled]) == 0
    for touched in (
        {**proof, "record": {**proof["record"], "hours": "99.00"}},
        {**proof, "position": 2},
        {**proof, "path": proof["path"][:-1]},
        {**proof, "head": {**proof["head"], "root_hash": "00" * 32}},
        {**proof, "head": {**proof["head"], "tree_size": 4}},
    ):
        assert verify_ledger.main(["--proof", str(proof_file(tmp_path, touched))]) == 1
    for nonsense in ([], {}, {**proof, "path": 7}):
        assert verify_ledger.main(["--proof", str(proof_file(tmp_path, nonsense))]) == 2


@pytest.mark.parametrize("block", [1, 2, 4])
def test_proofs_from_blocks_are_those_of_the_whole_tree(settings, tmp_path, db, block, monkeypatch):
    monkeypatch.setattr(seals, "BLOCK", block)
    settings.VAR_DIR = tmp_path
    person = PersonFactory()
    for size in range(1, 12):
        entry = post_hours(person, f"x:{size}")
        seals.seal_ledger(now=NOW)
    leaves = list(LedgerLeaf.objects.order_by("position").values_list("leaf_hash", flat=True))
    assert len(leaves) == 11
    assert LedgerBlock.objects.count() == 11 // block
    for entry in Entry.objects.all():
        proof = seals.inclusion_proof(entry.pk)
        assert proof["path"] == inclusion_path(proof["position"], leaves)
        assert verify_ledger.verify_proof(proof) == []


def test_the_audit_log_is_sealed_and_verified_like_the_ledger(settings, tmp_path, db):
    settings.VAR_DIR = tmp_path
    person = PersonFactory()
    for n in range(3):
        audit(person, "tracker.record.view", f"people.person:{n}", {"n": n}, now=NOW)
    head = seals.seal_audit_log(now=LATER)
    assert head.tree_size == AuditEntry.objects.count() >= 3
    lines = list(seals.export_ledger(seals.AUDIT))
    assert problems(lines) == []
    number = next(n for n in rows_of(lines) if "record.view" in lines[n])
    touched = changed(lines, number, lambda item: item["record"].update(actor_id=999))
    assert any(problem.startswith("Altered: row") for problem in problems(touched))


@pytest.mark.parametrize("model", [LedgerHead, LedgerLeaf, AuditHead, AuditLeaf, AuditEntry, Entry])
def test_the_database_refuses_to_change_or_delete_what_is_sealed(export, db, model):
    audit(PersonFactory(), "x.y.z", "x:1", now=NOW)
    seals.seal_audit_log(now=LATER)
    rows = model.objects.all()
    assert rows.exists()
    column = {Entry: "title", AuditEntry: "verb"}.get(model)
    field = column or ("leaf_hash" if model in (LedgerLeaf, AuditLeaf) else "root_hash")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(**{field: "x"})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows._raw_delete(rows.db)


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
    path = inclusion_path(index, leaves)
    root = verify_ledger.root_hash(leaves)
    assert verify_ledger.root_from_path(index, size, leaves[index], path) == root
    if size > 1:
        other = leaves[(index + 1) % size]
        assert verify_ledger.root_from_path(index, size, other, path) != root
