"""Keys kept in files: made once, never half, agreed on by processes that start together."""

import stat

import pytest

from people import key_files


def test_a_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "a.key"

    first, second = key_files.kept_at(path, lambda: "one"), key_files.kept_at(path, lambda: "two")

    assert (first, second) == ("one", "one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["a.key"]


def test_the_process_that_comes_second_takes_the_key_the_first_one_made(tmp_path):
    path = tmp_path / "keys" / "a.key"

    def meanwhile() -> str:
        key_files.kept_at(path, lambda: "first")
        return "second"

    assert key_files.kept_at(path, meanwhile) == "first"


def test_a_process_that_dies_while_writing_leaves_no_key_that_nobody_can_read(
    tmp_path, monkeypatch
):
    path = tmp_path / "keys" / "a.key"

    def full(handle: int) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            key_files.kept_at(path, lambda: "lost")

    assert key_files.kept_at(path, lambda: "kept") == "kept"
