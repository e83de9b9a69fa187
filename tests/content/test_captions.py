"""Captions are read as WebVTT or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.captions import Cue, NotCaptions, as_played, parse_vtt, unread_lines
from tests.factories.content import VTT


def test_cues_are_read_with_times_in_seconds_and_without_tags():
    assert parse_vtt(VTT) == [
        Cue(0.0, 3.5, "各位同志，大家好。"),
        Cue(3.5, 8.0, "今天谈怎样读书。"),
    ]


def test_hours_and_windows_line_ends_are_read():
    assert parse_vtt("WEBVTT\r\n\r\n01:00:00.000 --> 01:00:01.000\r\n甲\r\n乙") == [
        Cue(3600.0, 3601.0, "甲 乙")
    ]


def test_cue_that_ends_before_it_starts_is_left_out():
    assert parse_vtt("WEBVTT\n\n00:05.000 --> 00:01.000\n甲") == []


def test_lines_a_player_would_pass_over_in_silence_are_told_by_number():
    text = VTT + "\n\n00:09 -> 00:12\n箭头写错\n\n一\n00:20.000 --> 00:10.000\n倒着走\n"
    at = text[: text.index("00:09 ->")].count("\n") + 1

    assert unread_lines(text) == [at, at + 3]
    assert unread_lines(VTT) == []
    assert unread_lines("WEBVTT 标题\nKind: captions\n\nNOTE 说明\n\nSTYLE\n::cue {}") == []


def test_times_with_a_comma_are_played_too_and_what_is_said_keeps_its_commas():
    text = "WEBVTT\n\n00:00:01,000 --> 00:00:02,500 line:0\n甲,000 乙"
    assert as_played(text) == "WEBVTT\n\n00:00:01.000 --> 00:00:02.500 line:0\n甲,000 乙"
    assert as_played(VTT) == VTT


@pytest.mark.parametrize("text", ["", "1\n00:00:00,000 --> 00:00:01,000\n甲", "<html>"])
def test_text_that_is_no_webvtt_is_refused(text):
    with pytest.raises(NotCaptions):
        parse_vtt(text)


@given(st.text())
def test_any_text_after_the_head_is_read_without_an_error(text):
    cues = parse_vtt("WEBVTT\n\n" + text)
    assert cues == sorted(cues, key=lambda cue: cue.start)
