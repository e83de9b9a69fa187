"""``item_statistics`` on the matrices other programs write: no column of persons becomes an item."""

import json

import pytest
from django.core.management import CommandError, call_command


def items_of(tmp_path, capsys, text):
    file = tmp_path / "m.csv"
    file.write_text(text)
    call_command("item_statistics", file)
    out = json.loads(capsys.readouterr().out)
    return [item["item"] for item in out["items"]], out["test"]["persons"], out["test"]["points"]


@pytest.mark.parametrize(
    "text",
    [
        "student_id,a,b\n1001,1,0\n1002,0,1\n",
        "Candidate No.,a,b\n1,1,0\n2,0,1\n",
        "考生号,a,b\n1,1,0\n2,0,1\n",
        "Unnamed: 0,a,b\n0,1,0\n1,0,1\n",
        "sep=;\nid;a;b\n1;1;0\n2;0;1\n",
        "a,b,\n1,0,\n0,1,\n",
        "a,b\nTRUE,FALSE\nFALSE,TRUE\n",
    ],
)
def test_persons_and_empty_columns_are_no_items(tmp_path, capsys, text):
    assert items_of(tmp_path, capsys, text) == (["a", "b"], 2, 2.0)


def test_numbers_of_persons_without_a_heading_are_no_points(tmp_path, capsys):
    text = "1001,1,0\n1003,0,1\n1002,1,1\n"

    assert items_of(tmp_path, capsys, text) == (["item 1", "item 2"], 3, 2.0)


def test_points_that_grow_are_not_taken_for_numbers_of_persons(tmp_path, capsys):
    assert items_of(tmp_path, capsys, "1,1\n2,1\n3,1\n")[0] == ["item 1", "item 2"]


def test_items_may_be_called_by_numbers(tmp_path, capsys):
    text = "学号,1,2,3\n甲,1,0,1\n乙,0,1,1\n"

    assert items_of(tmp_path, capsys, text) == (["1", "2", "3"], 2, 3.0)


def test_a_column_of_totals_is_no_item(tmp_path, capsys):
    file = tmp_path / "m.csv"
    file.write_text("id,a,b,总分\n1,1,0,1\n2,1,1,2\n")
    with pytest.raises(CommandError, match="the column 总分 is the sum of the others"):
        call_command("item_statistics", file)

    # One that is called so and is none stays an item.
    assert items_of(tmp_path, capsys, "id,a,b,total\n1,1,0,1\n2,1,1,0\n")[1:] == (2, 3.0)
