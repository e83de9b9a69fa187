"""Small helps of templates."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation
from django.utils.formats import get_format
from django.utils.html import strip_tags

from people.templatetags.people_tags import closing, days, span


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), "2026年11月30日 24:00"),
        (datetime(2026, 11, 30, 16, 1, tzinfo=UTC), "2026年12月1日 00:01"),
        (datetime(2026, 11, 30, 10, 0, tzinfo=UTC), "2026年11月30日 18:00"),
    ],
)
def test_midnight_ends_the_day_before(at, said):
    with translation.override("zh-hans"):
        assert closing(at) == said


def test_midnight_is_written_like_any_other_time_in_english():
    with translation.override("en"):
        assert closing(datetime(2026, 11, 30, 16, 0, tzinfo=UTC)) == "30 November 2026, 24:00"


@pytest.mark.parametrize(
    ("since", "until", "chinese", "english"),
    [
        (date(2026, 3, 2), date(2026, 3, 3), "2026年3月2日", "2 March 2026"),
        (date(2026, 3, 2), date(2026, 3, 2), "2026年3月2日", "2 March 2026"),
        (date(2026, 3, 2), date(2026, 3, 7), "2026年3月2日至6日", "2 – 6 March 2026"),
        (date(2026, 3, 30), date(2026, 4, 3), "2026年3月30日至4月2日", "30 March – 2 April 2026"),
        (
            date(2026, 3, 2),
            date(2027, 1, 1),
            "2026年3月2日至12月31日",
            "2 March – 31 December 2026",
        ),
        (
            date(2026, 12, 30),
            date(2027, 1, 3),
            "2026年12月30日至2027年1月2日",
            "30 December 2026 – 2 January 2027",
        ),
        (date(2026, 3, 2), None, "2026年3月2日至今", "2 March 2026 – present"),
    ],
)
def test_a_range_says_once_what_its_days_share(since, until, chinese, english):
    with translation.override("zh-hans"):
        assert strip_tags(span(since, until)) == chinese
    with translation.override("en"):
        assert strip_tags(span(since, until)) == english


def test_days_of_a_stored_row_are_read_like_others_and_none_is_nothing():
    with translation.override("zh-hans"):
        assert strip_tags(days("2026-03-02", "2026-03-06")) == "2026年3月2日至6日"
        assert days("", "") == ""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_dates_have_one_form_wherever_people_read_them(language):
    with translation.override(language):
        assert get_format("SHORT_DATE_FORMAT") == get_format("DATE_FORMAT")
        assert get_format("SHORT_DATETIME_FORMAT") == get_format("DATETIME_FORMAT")
