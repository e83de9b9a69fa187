"""Standings: what packs are in force, the cached table, and what the sweep makes good."""

from datetime import UTC, date, datetime, timedelta

import pytest

from people.enums import Rank, Role
from people.models import Person
from people.operations import appoint
from people.signals import career_changed
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory, RoleGrantFactory
from tests.factories.tracker import LOADED_AT, packs_in_force, post_hours
from tracker import operations, queries
from tracker.models import Entry, RulePack, Standing
from tracker.rules import InvalidDocument

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
TODAY = date(2026, 6, 30)
pytestmark = pytest.mark.django_db


def cadre(**post):
    person = PersonFactory()
    PostFactory(person=person, rank=Rank.TOWNSHIP_HEAD, **post)
    return person


def person_id_in(unit):
    return Person.objects.get(unit__path__startswith=unit.path, posts__rank=Rank.TOWNSHIP_HEAD).pk


def states(person):
    return {s.requirement: s.state for s in Standing.objects.filter(person=person)}


def test_a_posting_refreshes_the_standing_after_the_commit(django_capture_on_commit_callbacks):
    packs_in_force("cadre-2023")
    person = cadre()
    with django_capture_on_commit_callbacks(execute=True):
        post_hours(person, "x:1", hours="50", now=NOW)
    assert states(person) == {"online-yearly": "met", "others-yearly": "short"}


def figures(unit, requirement="online-yearly"):
    return {
        cell.state: cell.persons
        for cell in queries.figures_by_requirement(unit)
        if cell.requirement == requirement
    }


def test_figures_count_persons_of_the_subtree_only():
    packs_in_force("cadre-2023")
    root = OrgUnitFactory()
    here, there = OrgUnitFactory(parent=root), OrgUnitFactory(parent=root)
    for unit, hours in ((here, "50"), (here, "1"), (there, "50")):
        person = PersonFactory(unit=unit)
        PostFactory(person=person, rank=Rank.TOWNSHIP_HEAD)
        post_hours(person, f"x:{person.pk}", hours=hours)
    operations.rebuild_standings(on=TODAY, now=NOW)
    assert figures(here) == {"met": 1, "short": 1}
    assert queries.standings_in(here, "online-yearly", "short").count() == 1
    assert figures(root) == {"met": 2, "short": 1}
    assert [(c.place, c.rank, c.persons) for c in queries.figures_in(root, "", depth=2)] == [
        (here.path, Rank.TOWNSHIP_HEAD, 2),
        (there.path, Rank.TOWNSHIP_HEAD, 1),
    ]


def test_a_rebuild_right_after_refreshing_changes_nothing_and_finds_what_had_drifted():
    packs_in_force("cadre-2023")
    people = [cadre() for _ in range(3)]
    assert operations.rebuild_standings(on=TODAY, now=NOW) == 3
    assert operations.rebuild_standings(on=TODAY, now=NOW) == 0
    Standing.objects.filter(person=people[1]).update(state="met")
    assert operations.rebuild_standings(on=TODAY, now=NOW) == 1


def test_the_refresh_of_many_persons_costs_a_fixed_number_of_statements(
    django_assert_max_num_queries,
):
    packs_in_force("cadre-2023")
    for _ in range(30):
        cadre()
    with django_assert_max_num_queries(25):
        operations.rebuild_standings(on=TODAY, now=NOW)


def test_the_sweep_finds_a_posting_whose_refresh_was_lost():
    packs_in_force("cadre-2023")
    person = cadre()
    assert operations.sweep(NOW) == 1 + RulePack.objects.count()  # the approver as well
    post_hours(person, "x:1", hours="50", now=NOW - timedelta(days=90))  # callbacks never run here
    assert states(person)["online-yearly"] == "short"
    assert operations.sweep(NOW) == 1
    assert states(person)["online-yearly"] == "met"
    assert operations.sweep(NOW) == 0


def test_the_sweep_finds_a_career_whose_news_was_lost():
    """Nobody runs what waits for the commit here: the news of each deed is lost."""
    packs_in_force("cadre-2023")
    person = cadre()
    operations.sweep(NOW)
    later = NOW + timedelta(minutes=5)

    appoint(
        person.pk, unit=person.unit, starts_on=date(2026, 6, 1), title="副县长",
        rank=Rank.COUNTY_DEPUTY, leading=True, by=None, now=later,
    )  # fmt: skip

    assert "leaders-five-years" not in states(person)
    assert operations.sweep(later + timedelta(minutes=5)) == 1
    assert "leaders-five-years" in states(person)
    assert operations.sweep(later + timedelta(minutes=10)) == 0


def test_the_sweep_looks_at_everybody_on_a_new_day_and_after_an_approval():
    person = cadre()
    assert operations.sweep(NOW) == 1
    assert states(person) == {}
    packs_in_force("cadre-2023")
    RulePack.objects.update(approved_at=NOW + timedelta(hours=1))
    assert operations.sweep(NOW + timedelta(hours=2)) == 2
    assert states(person)
    assert operations.sweep(NOW + timedelta(days=1)) == 2


def test_a_changed_career_changes_what_is_owed():
    packs_in_force("cadre-2023")
    person = cadre(ends_on=date(2026, 6, 1))
    PostFactory(person=person, rank=Rank.COUNTY_DEPUTY, leading=True, starts_on=date(2026, 6, 1))
    career_changed.send(sender=None, person_id=person.pk)
    assert {"leaders-five-years", "promoted-catch-up"} <= set(states(person))


def test_standing_is_reproducible_as_of_the_day_of_activity_and_of_knowledge():
    packs_in_force("cadre-2023")
    person = cadre()
    first = datetime(2026, 3, 3, tzinfo=UTC)
    post_hours(person, "x:1", hours="50", on=date(2026, 3, 2), now=first)
    operations.reverse(
        Entry.objects.get().pk, because="重复", by_id=None, now=first + timedelta(days=2)
    )

    def online(on, known_at):
        found = queries.assessments_of(person.pk, on=on, known_at=known_at)
        return next(a for a in found if a.duty.code == "online-yearly").ways[0].parts[0].amount

    assert online(date(2026, 3, 4), first + timedelta(days=1)) == 50
    assert online(date(2026, 3, 4), first + timedelta(days=3)) == 0
    assert online(date(2026, 3, 1), first + timedelta(days=1)) == 0


def test_an_approved_exemption_shows_at_once(django_capture_on_commit_callbacks):
    packs_in_force("cadre-2023")
    person = cadre()
    with django_capture_on_commit_callbacks(execute=True):
        operations.approve_event(
            person_id=person.pk,
            kind="exemption",
            starts_on=date(2026, 1, 1),
            ends_on=date(2027, 1, 1),
            requirements=["online-yearly"],
            by=None,
            now=NOW,
        )
    assert states(person)["online-yearly"] == "exempt"


# --- packs ---------------------------------------------------------------------------------------------


def test_loading_the_shipped_packs_twice_adds_nothing():
    first = operations.load_rulepacks(now=NOW)
    assert [created for _, created in first] == [True] * 6
    assert [created for _, created in operations.load_rulepacks(now=NOW)] == [False] * 6


def test_a_changed_text_becomes_the_next_version_and_the_approved_one_stays_in_force():
    packs_in_force("lecturing")
    text = operations.shipped_packs()["lecturing"]
    row, created = operations.load_rulepack(text + "\n# remark\n", by=None, now=NOW)
    assert (created, row.version, row.status) == (True, 2, "draft")
    assert [held.pack.version for held in queries.packs_in_force(TODAY, NOW)] == [1]


def test_a_pack_evaluates_only_from_its_approval_and_within_its_validity():
    packs_in_force()
    before = queries.packs_in_force(TODAY, LOADED_AT - timedelta(days=1))
    assert before == []
    codes = {held.pack.code for held in queries.packs_in_force(date(2014, 12, 31), NOW)}
    assert codes == {"cadre-2006", "branch"}


def test_a_local_pack_holds_only_below_its_unit_and_replaces_what_is_open():
    packs_in_force("cadre-2023")
    district, elsewhere = OrgUnitFactory(code="D01"), OrgUnitFactory()
    local = """
pack: district-more-online
title: {zh: 本区网络学习}
jurisdiction: D01
overrides: cadre-2023
source: {instrument: 本区规定, confidence: A}
valid: {from: 2024-01-01}
duties:
  - code: online-yearly
    title: {zh: 本区年度网络学习}
    who: {cadre: yes}
    window: {calendar_year: {posting_until: "01-31"}}
    any_of: [{measure: hours, at_least: 60}]
    counts: {forms: [online]}
"""
    too_much = local.replace("01-31", "03-31")
    row, _ = operations.load_rulepack(local, by=None, now=LOADED_AT)
    RulePack.objects.filter(pk=row.pk).update(
        status="approved", approved_at=LOADED_AT, approved_by=PersonFactory()
    )
    needs = {}
    for unit in (OrgUnitFactory(parent=district), elsewhere):
        person = PersonFactory(unit=unit)
        PostFactory(person=person, rank=Rank.TOWNSHIP_HEAD)
        found = queries.assessments_of(person.pk, on=TODAY, known_at=NOW)
        (online,) = [a for a in found if a.duty.code == "online-yearly"]
        needs[unit.pk] = online.ways[0].parts[0].required
    assert list(needs.values()) == [60, 50]
    # Only amounts are open: a longer time for posting is not a district's to give.
    admin = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=district).person
    row, _ = operations.load_rulepack(too_much, by=None, now=NOW)
    with pytest.raises(operations.OverridesTooMuch, match="online-yearly: window"):
        operations.approve_rulepack(row.pk, admin, NOW)
    RulePack.objects.filter(pk=row.pk).update(
        status="approved", approved_at=LOADED_AT, approved_by=admin
    )
    found = queries.assessments_of(person_id_in(district), on=TODAY, known_at=NOW)
    (online,) = [a for a in found if a.duty.code == "online-yearly"]
    assert (online.duty.pack, online.ways[0].parts[0].required) == ("cadre-2023", 50)


def test_nobody_approves_what_he_loaded_and_recollection_needs_the_approver_named():
    city = OrgUnitFactory(kind="city")
    loader = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=city).person
    other = RoleGrantFactory(role=Role.TRAINING_ADMIN, unit=city).person
    text = operations.shipped_packs()["lecturing"]
    mine, _ = operations.load_rulepack(text, by=loader, now=NOW)
    with pytest.raises(operations.MayNotApprove):
        operations.approve_rulepack(mine.pk, loader, NOW)
    operations.approve_rulepack(mine.pk, other, NOW)
    unsure = text.replace("confidence: A", "confidence: R")
    remembered, _ = operations.load_rulepack(unsure, by=None, now=NOW)
    with pytest.raises(operations.MayNotApprove):
        operations.approve_rulepack(remembered.pk, other, NOW)
    RulePack.objects.filter(pk=remembered.pk).update(named_approver=other)
    assert operations.approve_rulepack(remembered.pk, other, NOW).status == "approved"


def test_an_invalid_pack_is_not_stored():
    with pytest.raises(InvalidDocument):
        operations.load_rulepack("pack: x", by=None, now=NOW)
    assert not RulePack.objects.exists()


def test_the_effect_of_a_pack_is_shown_before_it_is_approved_and_stores_nothing():
    packs_in_force("cadre-2023")
    people = [cadre() for _ in range(3)]
    post_hours(people[0], "x:1", hours="50")
    stricter = operations.shipped_packs()["cadre-2023"].replace("at_least: 50", "at_least: 60")
    row, _ = operations.load_rulepack(stricter, by=None, now=NOW)
    flips = queries.effect_of(row, [p.pk for p in people], on=TODAY, known_at=NOW)
    assert [(f.requirement, f.before, f.after, f.persons) for f in flips] == [
        ("online-yearly", "met", "on_course", 1)
    ]
    assert not Standing.objects.exists()
