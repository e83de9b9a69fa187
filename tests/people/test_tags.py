"""Small helps of templates."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from people.templatetags.people_tags import closing


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
