"""The invented people: the same for one seed, and possible as people."""

from collections import Counter
from datetime import date, timedelta

import pytest

from demo import history, roster
from demo.accounts import DEMO_ACCOUNTS
from people.enums import Role

ON = date(2026, 11, 20)


@pytest.fixture(scope="module")
def district():
    return roster.make(300, 7, ON)


def test_the_same_seed_invents_the_same_district():
    assert roster.digest(roster.make(300, 7, ON)) == roster.digest(roster.make(300, 7, ON))


def test_another_seed_invents_another_one():
    assert roster.digest(roster.make(300, 7, ON)) != roster.digest(roster.make(300, 8, ON))


def test_the_same_seed_gives_the_same_ledger(district):
    again = roster.make(300, 7, ON)
    first = history.entries(district.persons, 7, ON)
    assert first == history.entries(again.persons, 7, ON)
    assert history.corrections(first, 7, ON) == history.corrections(first, 7, ON)
    assert first != history.entries(district.persons, 8, ON)


def test_there_are_as_many_persons_as_were_asked_for(district):
    assert len(district.persons) == 300
    assert len({person.staff_number for person in district.persons}) == 300


def test_fewer_than_sixty_persons_are_no_district():
    with pytest.raises(ValueError, match="60"):
        roster.make(59, 1, ON)


def test_posts_follow_one_another_without_a_gap_and_the_last_one_lasts(district):
    for person in district.persons:
        assert person.posts[0].starts_on == person.joined_on
        for before, after in zip(person.posts, person.posts[1:], strict=False):
            assert before.ends_on == after.starts_on > before.starts_on
        assert person.posts[-1].ends_on is None
        assert person.posts[-1].unit == person.unit


def test_some_were_promoted_or_moved_while_this_or_last_year_ran(district):
    lately = [person for person in district.persons if person.post.starts_on >= date(2025, 1, 1)]
    assert 10 <= len(lately) <= 90


def test_every_place_named_is_in_the_tree(district):
    codes = {node.code for node in district.nodes}
    for person in district.persons:
        places = [post.unit for post in person.posts] + [duty.unit for duty in person.duties]
        assert set(places) <= codes
    assert all(node.parent in codes or not node.parent for node in district.nodes)


def test_no_branch_has_two_secretaries(district):
    held = Counter(
        duty.unit
        for person in district.persons
        for duty in person.duties
        if duty.kind == "branch_secretary"
    )
    assert max(held.values()) == 1


def test_there_is_a_demo_account_for_each_role_a_learner_and_a_second_to_approve():
    roles = [*Role.values, "member", Role.TRAINING_ADMIN]
    assert sorted(account.role for account in DEMO_ACCOUNTS) == sorted(roles)
    numbers = [account.staff_number for account in DEMO_ACCOUNTS]
    assert len(set(numbers)) == len(numbers)


def test_nothing_is_recorded_on_or_after_the_day_it_is_seeded(district):
    for row in history.entries(district.persons, 7, ON):
        assert row.recorded_at.date() < ON
        assert row.occurred_from < row.occurred_to <= ON


def test_sources_are_there_once_and_short_enough_for_the_ledger(district):
    sources = [row.source for row in history.entries(district.persons, 7, ON)]
    assert len(set(sources)) == len(sources)
    assert max(map(len, sources)) <= 120


def test_nobody_attends_a_class_on_approved_leave(district):
    away = {person.staff_number: person.away for person in district.persons}
    for row in history.entries(district.persons, 7, ON):
        for absence in away[row.staff_number]:
            assert not absence.starts_on <= row.occurred_from < absence.ends_on


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2028, 2, 29), date(2026, 6, 30)])
def test_any_day_will_do(day):
    invented = roster.make(80, 1, day)
    assert history.entries(invented.persons, 1, day)
    assert all(person.post.starts_on < day + timedelta(days=1) for person in invented.persons)
