"""Laws that hold whatever the rows are: found by hypothesis, not by example."""

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.rules import (
    Confirmer,
    Event,
    EventKind,
    Form,
    History,
    Institution,
    Measures,
    PartyDuty,
    Post,
    Recognition,
    Row,
    StageSpan,
    State,
    assess,
    load_pack,
)
from tracker.rules.duties import CalendarYear

# ``tracker.rules.assess`` is the function; its module is what a control may spoil.
engine = sys.modules["tracker.rules.assess"]
PACKS = sorted((Path(__file__).parents[2] / "tracker" / "rulepacks").glob("*.yaml"))
DUTIES = [duty for path in PACKS for duty in load_pack(path.read_text(encoding="utf-8")).duties]
EVERYTHING = """
pack: all-conversions
title: 各种折算
source: {instrument: 某规定, confidence: B}
valid: {from: 2020-01-01}
duties:
  - code: all-conversions
    who: {cadre: yes}
    window: {calendar_year: {posting_until: "01-31"}}
    any_of: [{measure: hours, at_least: 100}, {measure: credits, at_least: 30, form: online}]
    counts:
      forms: [online, self_study, lecturing, off_the_job]
      multipliers: [{form: lecturing, by: 2}]
      caps:
        - {forms: [online, self_study], measure: hours, at_most: 8, per: day}
        - {forms: [self_study], measure: hours, at_most: 40}
      hours_from_minutes: {forms: [online], tiers: [{at_least: 30, hours: 1}, {above: 15, hours: 0.5}]}
    surplus: {measure: hours, at_most: 20}
"""
DUTIES += load_pack(EVERYTHING).duties
# From worst to best.
ORDER = [State.OVERDUE, State.SHORT, State.ON_COURSE, State.MET]

days = st.dates(date(2022, 6, 1), date(2026, 6, 1))
moments = st.datetimes(
    datetime(2022, 6, 1),  # noqa: DTZ001  hypothesis adds the zone
    datetime(2026, 8, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
amounts = st.decimals(0, 200, places=2)
institutions = st.sampled_from(
    [
        None,
        Institution("ps", "school", "party_school"),
        Institution("no", "nobody's", "other"),
        Institution(
            "ac", "academy", "other", (Recognition("district", date(2023, 1, 1), date(2025, 1, 1)),)
        ),
    ]
)


@st.composite
def row_lists(draw, most=8):
    rows = []
    for number in range(draw(st.integers(0, most))):
        since = draw(days)
        rows.append(
            Row(
                key=f"r{number}",
                form=draw(st.sampled_from(Form)),
                title="",
                since=since,
                after_last=since + timedelta(days=draw(st.integers(1, 40))),
                measures=Measures(
                    draw(amounts), draw(amounts), draw(amounts), draw(st.integers(0, 3))
                ),
                recorded_at=draw(moments),
                confirmer=draw(st.sampled_from(Confirmer)),
                institution=draw(institutions),
                minutes=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal(20), Decimal(90)])),
                leave_hours=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal(9)])),
                class_hours=Decimal(60),
            )
        )
    return rows


@st.composite
def histories(draw):
    turn = draw(days)
    posts = (
        Post(
            date(2010, 1, 1),
            turn,
            draw(st.sampled_from([10, 30, 40])),
            leading=draw(st.booleans()),
            authority="district",
        ),
        Post(turn, None, draw(st.sampled_from([30, 40, 60])), leading=True, authority="district"),
    )
    events = ()
    if draw(st.booleans()):
        since = draw(days)
        events = (
            Event(
                draw(st.sampled_from(EventKind)),
                since,
                since + timedelta(days=draw(st.integers(1, 500))),
                due_on=since + timedelta(days=draw(st.integers(1, 500))),
            ),
        )
    return History(
        posts,
        (
            PartyDuty(
                turn, None, draw(st.sampled_from(["branch_secretary", "party_group_secretary"]))
            ),
        ),
        (StageSpan(turn, None, draw(st.sampled_from(["development_target", "full_member"]))),),
        events,
        draw(st.sampled_from(["", "branch"])),
    )


duties = st.sampled_from(DUTIES)


def essence(answer):
    """All but the rows that were taken back."""
    return (
        answer.state,
        answer.because,
        answer.window,
        answer.ways,
        answer.information,
        answer.effects,
        answer.months_owed,
    )


def figures(answer):
    return (
        answer.state,
        answer.window,
        [[(p.measure, p.amount, p.official, p.required) for p in way.parts] for way in answer.ways],
        [(p.measure, p.amount, p.official) for p in answer.information],
    )


@settings(max_examples=150, deadline=None)
@given(duties, histories(), row_lists(), days, moments, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(duty, history, rows, on, known_at, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert assess(duty, history, rows, on, known_at) == assess(
        duty, history, shuffled, on, known_at
    )


@settings(max_examples=150, deadline=None)
@given(duties, histories(), row_lists(), row_lists(1), days, moments)
def test_a_reversal_equals_never_having_been(duty, history, rows, mistaken, on, known_at):
    mistaken = [replace(row, key="mistake") for row in mistaken]
    taken_back = [
        replace(row, key="back", reverses="mistake", measures=row.measures.negated())
        for row in mistaken
    ]
    # Known together or not at all.
    when = {row.recorded_at for row in mistaken}
    taken_back = [replace(row, recorded_at=next(iter(when))) for row in taken_back]
    without = assess(duty, history, rows, on, known_at)
    with_both = assess(duty, history, rows + mistaken + taken_back, on, known_at)
    assert essence(with_both) == essence(without)
    assert with_both.counted == without.counted


@settings(max_examples=200, deadline=None)
@given(duties, histories(), row_lists(), row_lists(), days, moments)
def test_more_rows_never_worsen(duty, history, rows, more, on, known_at):
    # A catching-up that training before the promotion makes needless is the best of all.
    more = [replace(row, key=f"more-{row.key}") for row in more]
    before = assess(duty, history, rows, on, known_at)
    after = assess(duty, history, rows + more, on, known_at)
    if after.state is State.NOT_APPLICABLE or before.state not in ORDER:
        return
    if before.window != after.window:
        return  # an extended year was finished, and the next one is looked at
    assert ORDER.index(after.state) >= ORDER.index(before.state)
    for old, new in zip(before.ways, after.ways, strict=True):
        assert all(n.amount >= o.amount for o, n in zip(old.parts, new.parts, strict=True))


@settings(max_examples=200, deadline=None)
@given(duties, histories(), row_lists(), days, moments, st.data())
def test_splitting_a_row_changes_nothing(duty, history, rows, on, known_at, data):
    # Rows that state hours; a length without hours is valued as a whole.
    rows = [replace(row, minutes=Decimal(0)) for row in rows]
    if not rows:
        return
    whole = data.draw(st.sampled_from(rows))

    def part(value):
        return data.draw(st.integers(0, int(value * 100))) / Decimal(100)

    m = whole.measures
    first = Measures(
        part(m.hours), part(m.credits), part(m.training_days), data.draw(st.integers(0, m.events))
    )
    second = Measures(
        m.hours - first.hours,
        m.credits - first.credits,
        m.training_days - first.training_days,
        m.events - first.events,
    )
    split = [row for row in rows if row is not whole] + [
        replace(whole, key="first", measures=first),
        replace(whole, key="second", measures=second),
    ]
    assert figures(assess(duty, history, split, on, known_at)) == figures(
        assess(duty, history, rows, on, known_at)
    )


@settings(max_examples=200, deadline=None)
@given(duties, histories(), row_lists(), days, moments)
def test_every_known_row_is_counted_or_refused_with_a_reason(duty, history, rows, on, known_at):
    answer = assess(duty, history, rows, on, known_at)
    if answer.window is None:
        return
    known = {row.key for row in rows if row.recorded_at <= known_at}
    counted = {row.key for row in answer.counted}
    refused = {refused.row.key for refused in answer.refused}
    assert counted | refused == known
    assert not counted & refused
    assert all(refused.reasons for refused in answer.refused)


def counted_in(duty, history, rows, day):
    """What counts for the window that contains the day, seen long after."""
    known_at = datetime(2030, 1, 1, tzinfo=UTC)
    answer = assess(duty, history, rows, date(2029, 1, 1), known_at, window_on=day)
    return {row.key for row in answer.counted}


def extended_year(year, due_on, rank):
    history = History((Post(date(2010, 1, 1), None, rank, leading=True, authority="district"),))
    granted = Event(EventKind.EXTENSION, date(year, 12, 1), due_on=due_on)
    return replace(history, events=(granted,))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([duty for duty in DUTIES if isinstance(duty.window, CalendarYear)]),
    st.dates(date(2024, 12, 31), date(2026, 6, 1)),
    st.sampled_from([10, 30, 40]),
    row_lists(12),
)
def test_no_row_counts_for_a_year_that_was_extended_and_for_the_next(duty, due_on, rank, rows):
    history = extended_year(2024, due_on, rank)
    years = [counted_in(duty, history, rows, date(year, 12, 31)) for year in (2024, 2025, 2026)]
    assert not years[0] & years[1]
    assert not years[0] & years[2]
    assert not years[1] & years[2]


def online(day, hours):
    """A row of one day of online study, recorded the day after."""
    after = day + timedelta(days=1)
    recorded_at = datetime(after.year, after.month, after.day, tzinfo=UTC)
    measures = Measures(Decimal(hours))
    return Row("a", Form.ONLINE, "", day, after, measures, recorded_at, Confirmer.PLATFORM)


@pytest.mark.parametrize("held_between", [True, False])
def test_a_row_makes_up_for_a_year_extended_over_a_whole_year_between_and_for_no_other(
    held_between,
):
    duty = next(duty for duty in DUTIES if duty.code == "online-yearly")
    history = extended_year(2024, date(2026, 3, 31), 30)
    if not held_between:
        first = replace(history.posts[0], until=date(2025, 2, 1))
        again = replace(history.posts[0], since=date(2026, 1, 1))
        history = replace(history, posts=(first, again))
    row = online(date(2026, 1, 5), 5)

    years = [counted_in(duty, history, [row], date(year, 12, 31)) for year in (2024, 2025, 2026)]

    assert years == [{"a"}, set(), set()]
    answer = assess(duty, history, [row], date(2026, 1, 20), datetime(2026, 1, 20, tzinfo=UTC))
    assert answer.window.since == date(2024, 1, 1)


def test_the_law_of_one_year_would_notice_an_engine_that_counts_twice(monkeypatch):
    """Negative control: the very rows that make up for 2024 would count for 2025 too."""
    duty = next(duty for duty in DUTIES if duty.code == "online-yearly")
    history = extended_year(2024, date(2025, 3, 31), 30)
    row = online(date(2025, 2, 1), 50)
    assert counted_in(duty, history, [row], date(2025, 12, 31)) == set()
    monkeypatch.setattr(engine, "_counted_elsewhere", lambda *_facts: {})
    both = [counted_in(duty, history, [row], date(year, 12, 31)) for year in (2024, 2025)]
    assert both == [{"a"}, {"a"}]


@given(st.dates(), duties)
def test_every_date_has_an_answer(on, duty):
    history = History((Post(date.min, None, 40, leading=True, authority="district"),))
    known_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert assess(duty, history, [], on, known_at).on == on


def test_the_laws_would_notice_an_engine_that_reads_rows_in_order():
    """Negative control: an engine that lets only the first row count breaks the law of order."""

    def careless(duty, history, rows, on, known_at):
        return assess(duty, history, list(rows)[:1], on, known_at)

    duty = next(duty for duty in DUTIES if duty.code == "online-yearly")
    history = History((Post(date(2010, 1, 1), None, 30),))
    rows = [
        Row(
            key,
            Form.ONLINE,
            "",
            date(2024, 1, n),
            date(2024, 1, n + 1),
            Measures(Decimal(hours)),
            datetime(2024, 2, 1, tzinfo=UTC),
            Confirmer.PLATFORM,
        )
        for n, (key, hours) in enumerate([("a", 50), ("b", 1)], 1)
    ]
    on, known_at = date(2024, 12, 31), datetime(2025, 1, 1, tzinfo=UTC)
    with pytest.raises(AssertionError):
        assert careless(duty, history, rows, on, known_at) == careless(
            duty, history, rows[::-1], on, known_at
        )
