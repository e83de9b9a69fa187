"""The words of an award."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.wording import fill, unknown_places


def test_places_are_filled():
    assert fill("{name} · {course}", {"name": "王晓明", "course": "公文"}) == "王晓明 · 公文"


@pytest.mark.parametrize(("hours", "text"), [("6", "学完，计6学时。"), ("", "学完。")])
def test_passage_is_left_out_when_a_place_in_it_is_empty(hours, text):
    assert fill("学完[，计{hours}学时]。", {"hours": hours}) == text


def test_a_value_is_never_read_as_wording():
    assert fill("{name}[{course}]", {"name": "{course}[x]", "course": "[{name}]"}) == (
        "{course}[x][{name}]"
    )


def test_places_nobody_fills_are_named():
    assert unknown_places("{name} {grade} {name.__class__}") == ["grade", "name.__class__"]


@given(st.text(), st.text())
def test_filling_never_fails(wording, name):
    assert isinstance(fill(wording, {"name": name}), str)
