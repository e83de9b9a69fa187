"""How far an import is: a count beside the database, which decides nothing."""

import os
import time

import pytest

from people import progress
from people.progress import Stage, Told


@pytest.fixture(autouse=True)
def room(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "progress"


def test_what_is_told_is_read_by_whoever_asks_and_forgotten_at_the_end(room):
    with progress.telling("hours-1", 40) as tell:
        tell(Stage.CHECKING, 10, 0)
        assert progress.told("hours-1") == Told(Stage.CHECKING, 10, 40)
        assert progress.told("hours-2") is None
    assert progress.told("hours-1") is None
    assert list(room.iterdir()) == []


def test_the_file_is_not_written_for_every_row(monkeypatch):
    now = iter([100.0, 100.1, 100.2, 100.3])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    with progress.telling("hours-1", 40) as tell:
        for row in (1, 2, 3):
            tell(Stage.CHECKING, row, 0)
            assert progress.told("hours-1").done == 1
        tell(Stage.CHECKING, 4, 0)
        assert progress.told("hours-1").done == 4


def test_whoever_was_killed_is_no_longer_believed_after_a_minute(room):
    telling = progress.telling("hours-1", 40)
    telling.__enter__()(Stage.WRITING, 10, 40)
    assert progress.told("hours-1") is not None
    past = time.time() - 61
    os.utime(room / "hours-1.json", (past, past))

    assert progress.told("hours-1") is None


def test_who_was_kept_out_does_not_forget_the_count_of_another():
    with progress.telling("hours-1", 40) as tell:
        tell(Stage.WRITING, 10, 40)
        with pytest.raises(LookupError), progress.telling("hours-1", 40):
            raise LookupError
        assert progress.told("hours-1") is not None


def test_a_disk_that_takes_nothing_stops_nobody(room):
    room.write_text("no folder")
    with progress.telling("hours-1", 40) as tell:
        tell(Stage.CHECKING, 10, 0)
    assert progress.told("hours-1") is None


@pytest.mark.parametrize(
    "left",
    [
        "",
        "[]",
        '["checking", 1, 2]',
        '["?", 1, 2, ["reading"]]',
        '["reading", "x", 2, ["reading"]]',
        '["writing", 1, 2, ["reading"]]',
        '["reading", 1, 2, null]',
    ],
)
def test_a_file_that_says_nothing_is_nothing(room, left):
    room.mkdir()
    (room / "hours-1.json").write_text(left)
    assert progress.told("hours-1") is None


@pytest.mark.parametrize(
    ("told", "share"),
    [
        (Told(Stage.READING, 0, 0), 0),
        (Told(Stage.READING, 1, 2), 16),
        (Told(Stage.CHECKING, 1, 2), 50),
        (Told(Stage.WRITING, 0, 2), 66),
        (Told(Stage.WRITING, 3, 2), 99),
        (Told(Stage.READING, 1, 2, progress.LOOKED_AT), 25),
        (Told(Stage.CHECKING, 1, 2, progress.LOOKED_AT), 75),
        (Told(Stage.CHECKING, 2, 2, progress.LOOKED_AT), 99),
    ],
)
def test_all_stages_are_one_way(told, share):
    assert told.share == share


def test_rows_are_counted_also_where_nobody_knows_how_many_there_are():
    assert Told(Stage.READING, 7, 0).said == "正在读取：已读 7 行"
    assert Told(Stage.READING, 7, 9).said == "正在读取：7 / 9 行"
