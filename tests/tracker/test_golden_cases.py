"""The cases by which the law engine is known to read the rules as the departments do."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tracker.rules import (
    Because,
    Confirmer,
    Duty,
    Event,
    EventKind,
    Form,
    History,
    Institution,
    Measure,
    Measures,
    PartyDuty,
    Post,
    Reason,
    Recognition,
    Row,
    StageSpan,
    State,
    assess,
    end_of_day,
    load_pack,
)

PACKS = Path(__file__).parents[2] / "tracker" / "rulepacks"
SCHOOL = Institution("ps", "District Party School", "party_school")
COUNTY_DEPUTY, TOWNSHIP_HEAD = 40, 30


def duty(pack: str, code: str) -> Duty:
    return load_pack((PACKS / f"{pack}.yaml").read_text(encoding="utf-8")).duty(code)


def row(
    key: str,
    form: Form,
    since: date,
    after_last: date,
    *,
    hours: str = "0",
    credits: str = "0",
    days: str = "0",
    events: int = 1,
    institution: Institution | None = None,
    confirmer: Confirmer | None = None,
    recorded: datetime | None = None,
    reverses: str | None = None,
) -> Row:
    usual = {Form.ONLINE: Confirmer.PLATFORM, Form.SELF_STUDY: Confirmer.UNIT}
    return Row(
        key=key,
        form=form,
        title=key,
        since=since,
        after_last=after_last,
        measures=Measures(Decimal(hours), Decimal(credits), Decimal(days), events),
        recorded_at=recorded
        or datetime(after_last.year, after_last.month, after_last.day, tzinfo=UTC),
        confirmer=confirmer or usual.get(form, Confirmer.INSTITUTION),
        institution=institution,
        reverses=reverses,
    )


def online(hours: str, credits: str, year: int = 2024) -> Row:
    return row(
        f"online {hours}",
        Form.ONLINE,
        date(year, 3, 1),
        date(year, 3, 2),
        hours=hours,
        credits=credits,
    )


SECTION_CADRE = History(
    posts=(Post(date(2001, 1, 1), None, TOWNSHIP_HEAD, authority="district", leading=True),)
)
DIVISION_LEADER = History(posts=(Post(date(2001, 1, 1), None, COUNTY_DEPUTY, leading=True),))
YEAR_END = date(2024, 12, 31)
KNOWN = end_of_day(date(2025, 1, 31))


def parts(assessment, way=0):
    return {part.measure: part for part in assessment.ways[way].parts}


# --- the district's online quota ---------------------------------------------------------------


def test_twenty_credits_and_eighty_hours_are_ten_days_and_the_quota_is_met():
    answer = assess(
        duty("district-2005", "online-quota"), SECTION_CADRE, [online("80", "20")], YEAR_END, KNOWN
    )
    (days,) = answer.information
    assert answer.state is State.MET
    assert (days.official, days.amount) == (10, 10)
    assert [(effect.not_eligible_for, effect.stands) for effect in answer.effects] == [
        ("年度考核优秀", False)
    ]


def test_one_hour_less_is_nine_full_days_and_bars_the_best_grade():
    answer = assess(
        duty("district-2005", "online-quota"), SECTION_CADRE, [online("79", "20")], YEAR_END, KNOWN
    )
    (days,) = answer.information
    assert answer.state is State.SHORT
    assert (days.official, days.amount) == (9, Decimal("9.875"))
    assert answer.effects[0].stands
    assert [(part.measure, part.missing) for part in answer.gap] == [(Measure.HOURS, 1)]


def test_nineteen_credits_are_nine_days_however_many_hours():
    answer = assess(
        duty("district-2005", "online-quota"), SECTION_CADRE, [online("100", "19")], YEAR_END, KNOWN
    )
    (days,) = answer.information
    assert answer.state is State.SHORT
    assert (days.official, days.amount) == (9, Decimal("9.5"))


# --- online study under the old and the new regulation -------------------------------------------


def test_online_study_alone_fills_the_twelve_days_of_2006_and_is_shown_as_online():
    answer = assess(
        duty("cadre-2006", "others-yearly"), SECTION_CADRE, [online("96", "24")], YEAR_END, KNOWN
    )
    days = parts(answer)[Measure.TRAINING_DAYS]
    assert answer.state is State.MET
    assert days.official == 12
    assert days.by_form == ((Form.ONLINE, Decimal(12)),)


def test_the_same_online_study_is_no_concentrated_training_in_2023_but_its_own_duty():
    rows = [online("96", "24")]
    concentrated = assess(duty("cadre-2023", "others-yearly"), SECTION_CADRE, rows, YEAR_END, KNOWN)
    assert concentrated.state is State.SHORT
    assert [way.parts[0].amount for way in concentrated.ways] == [0, 0]
    assert concentrated.refused[0].reasons == (Reason.ONLINE_NOT_COUNTED,)
    assert (
        assess(duty("cadre-2023", "online-yearly"), SECTION_CADRE, rows, YEAR_END, KNOWN).state
        is State.MET
    )


def test_eighty_online_hours_and_two_days_off_the_job_are_twelve_days_in_2006():
    rows = [
        online("80", "20"),
        row(
            "class",
            Form.OFF_THE_JOB,
            date(2024, 5, 6),
            date(2024, 5, 8),
            days="2",
            institution=SCHOOL,
        ),
    ]
    answer = assess(duty("cadre-2006", "others-yearly"), SECTION_CADRE, rows, YEAR_END, KNOWN)
    assert answer.state is State.MET
    assert parts(answer)[Measure.TRAINING_DAYS].official == 12


# --- days or hours ---------------------------------------------------------------------------------


def test_eleven_days_and_ninety_hours_are_met_by_hours_and_show_the_days_as_the_other_way():
    rows = [
        row(
            "class",
            Form.CONCENTRATED,
            date(2024, 5, 6),
            date(2024, 5, 21),
            days="11",
            hours="90",
            institution=SCHOOL,
        )
    ]
    answer = assess(duty("cadre-2023", "others-yearly"), SECTION_CADRE, rows, YEAR_END, KNOWN)
    assert answer.state is State.MET
    assert answer.nearest == 1
    assert [
        (w.parts[0].measure, w.parts[0].official, w.parts[0].required, w.met) for w in answer.ways
    ] == [
        (Measure.TRAINING_DAYS, 11, 12, False),
        (Measure.HOURS, 90, 90, True),
    ]


# --- five years --------------------------------------------------------------------------------------


def thirty_days(year: int, days: str = "30", institution: Institution | None = SCHOOL) -> Row:
    return row(
        f"class {year}",
        Form.OFF_THE_JOB,
        date(year, 3, 1),
        date(year, 4, 15),
        days=days,
        institution=institution,
    )


@pytest.mark.parametrize(("days", "state"), [("30", State.MET), ("29.99", State.OVERDUE)])
def test_two_classes_of_thirty_training_days_are_three_months(days, state):
    answer = assess(
        duty("cadre-2023", "leaders-five-years"),
        DIVISION_LEADER,
        [thirty_days(2023), thirty_days(2026, days)],
        date(2028, 1, 1),
        end_of_day(date(2028, 1, 1)),
    )
    assert answer.state is state
    assert answer.due_on == date(2027, 12, 31)


def academy(since: date, until: date | None, level: str = "district") -> Institution:
    return Institution("ac", "An Academy", "other", (Recognition(level, since, until),))


@pytest.mark.parametrize(
    ("institution", "reasons"),
    [
        (academy(date(2023, 1, 1), date(2024, 3, 1)), (Reason.INSTITUTION_NOT_RECOGNISED,)),
        (academy(date(2024, 3, 2), None), (Reason.INSTITUTION_NOT_RECOGNISED,)),
        (academy(date(2024, 1, 1), None, "unit"), (Reason.INSTITUTION_NOT_RECOGNISED,)),
        (None, (Reason.INSTITUTION_MISSING,)),
    ],
)
def test_three_months_at_an_institution_not_recognised_on_those_dates_count_nothing(
    institution, reasons
):
    answer = assess(
        duty("cadre-2023", "leaders-five-years"),
        DIVISION_LEADER,
        [thirty_days(2024, "60", institution)],
        YEAR_END,
        KNOWN,
    )
    assert answer.state is not State.MET
    assert answer.counted == ()
    assert parts(answer)[Measure.TRAINING_DAYS].amount == 0
    assert [refused.reasons for refused in answer.refused] == [reasons]


def test_three_months_at_an_institution_recognised_on_all_those_days_count():
    for institution in (
        academy(date(2024, 3, 1), date(2024, 4, 15)),
        academy(date(2020, 1, 1), None, "central"),
        Institution(
            "two",
            "Recognised twice in a row",
            "other",
            (
                Recognition("district", date(2024, 1, 1), date(2024, 3, 20)),
                Recognition("city", date(2024, 3, 20), None),
            ),
        ),
    ):
        answer = assess(
            duty("cadre-2023", "leaders-five-years"),
            DIVISION_LEADER,
            [thirty_days(2024, "60", institution)],
            YEAR_END,
            KNOWN,
        )
        assert answer.state is State.MET


# --- promotion -----------------------------------------------------------------------------------------


PROMOTED_2008 = History(
    posts=(
        Post(date(2003, 1, 1), date(2008, 3, 15), TOWNSHIP_HEAD, leading=True),
        Post(date(2008, 3, 15), None, COUNTY_DEPUTY, leading=True),
    )
)


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2008, 3, 14), State.NOT_APPLICABLE),
        (date(2008, 3, 15), State.ON_COURSE),
        (date(2009, 3, 15), State.SHORT),
        (date(2009, 3, 16), State.OVERDUE),
    ],
)
def test_who_was_appointed_untrained_on_15_march_has_until_15_march_inclusive(on, state):
    answer = assess(
        duty("cadre-2006", "promoted-catch-up"), PROMOTED_2008, [], on, end_of_day(date(2030, 1, 1))
    )
    assert answer.state is state
    if state is not State.NOT_APPLICABLE:
        assert answer.due_on == date(2009, 3, 15)


def test_training_on_the_anniversary_is_in_time_and_a_day_later_is_not():
    for last_day, state in ((date(2009, 3, 15), State.MET), (date(2009, 3, 16), State.OVERDUE)):
        rows = [
            row(
                "late",
                Form.OFF_THE_JOB,
                date(2008, 12, 1),
                date.fromordinal(last_day.toordinal() + 1),
                days="60",
                institution=SCHOOL,
            )
        ]
        answer = assess(
            duty("cadre-2006", "promoted-catch-up"),
            PROMOTED_2008,
            rows,
            date(2009, 6, 1),
            end_of_day(date(2009, 6, 1)),
        )
        assert answer.state is state


def test_who_was_trained_before_promotion_owes_no_catching_up():
    history = History(
        posts=(
            Post(date(2020, 1, 1), date(2024, 6, 1), TOWNSHIP_HEAD, leading=True),
            Post(date(2024, 6, 1), None, COUNTY_DEPUTY, leading=True),
        )
    )
    answer = assess(
        duty("cadre-2023", "promoted-catch-up"),
        history,
        [thirty_days(2024, "60")],
        YEAR_END,
        KNOWN,
    )
    assert (answer.state, answer.because) == (State.NOT_APPLICABLE, Because.ALREADY_MET)


def test_a_promotion_opens_its_own_window_and_earlier_hours_stay_visible():
    history = History(
        posts=(
            Post(date(2020, 1, 1), date(2025, 6, 1), TOWNSHIP_HEAD, leading=True),
            Post(date(2025, 6, 1), None, COUNTY_DEPUTY, leading=True),
        )
    )
    answer = assess(
        duty("cadre-2023", "leaders-five-years"),
        history,
        [thirty_days(2024), thirty_days(2026)],
        date(2026, 12, 31),
        end_of_day(date(2026, 12, 31)),
    )
    assert answer.window.since == date(2025, 6, 1)
    assert [counted.key for counted in answer.counted] == ["class 2026"]
    assert [(r.row.key, r.reasons) for r in answer.refused] == [
        ("class 2024", (Reason.BEFORE_APPOINTMENT,))
    ]


def test_the_yearly_duty_ends_with_the_promotion():
    yearly = duty("cadre-2006", "others-yearly")
    known = end_of_day(date(2008, 12, 31))
    assert (
        assess(yearly, PROMOTED_2008, [], date(2008, 3, 14), known).state
        is not State.NOT_APPLICABLE
    )
    answer = assess(yearly, PROMOTED_2008, [], date(2008, 3, 15), known)
    assert (answer.state, answer.because) == (State.NOT_APPLICABLE, Because.WHO)


# --- who confirms, and when it was known ------------------------------------------------------------------


SELF_STUDY_DUTY = """
pack: unit-self-study
title: {zh: 在职自学}
source: {instrument: 单位规定, confidence: B}
valid: {from: 2020-01-01}
duties:
  - code: self-study
    who: {cadre: yes}
    window: {calendar_year: {}}
    any_of: [{measure: hours, at_least: 20}]
    counts: {forms: [self_study]}
"""


def test_self_study_signed_by_the_institution_is_refused_because_the_unit_confirms():
    rows = [
        row(
            "signed by the school",
            Form.SELF_STUDY,
            date(2024, 3, 1),
            date(2024, 3, 2),
            hours="20",
            confirmer=Confirmer.INSTITUTION,
        )
    ]
    answer = assess(load_pack(SELF_STUDY_DUTY).duties[0], SECTION_CADRE, rows, YEAR_END, KNOWN)
    assert answer.counted == ()
    assert answer.refused[0].reasons == (Reason.WRONG_CONFIRMER,)


def test_credited_reversed_and_credited_again_sums_to_the_last_and_remembers_the_old_sum():
    yearly = duty("cadre-2023", "online-yearly")
    first, again = date(2024, 3, 1), date(2024, 3, 2)
    rows = [
        row("1", Form.ONLINE, first, again, hours="60", recorded=datetime(2024, 3, 2, tzinfo=UTC)),
        row(
            "2",
            Form.ONLINE,
            first,
            again,
            recorded=datetime(2024, 3, 5, tzinfo=UTC),
            reverses="1",
            events=0,
        ),
        row("3", Form.ONLINE, first, again, hours="6", recorded=datetime(2024, 3, 5, tzinfo=UTC)),
    ]
    now = assess(yearly, SECTION_CADRE, rows, YEAR_END, KNOWN)
    between = assess(yearly, SECTION_CADRE, rows, YEAR_END, end_of_day(date(2024, 3, 3)))
    assert now.ways[0].parts[0].amount == 6
    assert [(r.row.key, r.reasons, r.reversed_by.key) for r in now.refused] == [
        ("1", (Reason.REVERSED,), "2")
    ]
    assert (between.state, between.ways[0].parts[0].amount) == (State.MET, 60)


def test_a_row_of_the_year_may_be_posted_until_the_end_of_january():
    yearly = duty("cadre-2023", "online-yearly")
    for recorded, state in (
        (datetime(2025, 1, 31, 15, 59, tzinfo=UTC), State.MET),  # 23:59 in Shanghai
        (datetime(2025, 1, 31, 16, 0, tzinfo=UTC), State.SHORT),  # 1 February in Shanghai
    ):
        rows = [
            row(
                "x",
                Form.ONLINE,
                date(2024, 12, 30),
                date(2025, 1, 1),
                hours="50",
                recorded=recorded,
            )
        ]
        answer = assess(yearly, SECTION_CADRE, rows, YEAR_END, end_of_day(date(2025, 6, 1)))
        assert answer.state is state


def test_a_year_that_is_over_is_judged_by_naming_a_day_of_it():
    yearly = duty("cadre-2023", "online-yearly")
    on = date(2025, 2, 1)
    assert assess(yearly, SECTION_CADRE, [], on, end_of_day(on)).due_on == date(2025, 12, 31)
    last_year = assess(yearly, SECTION_CADRE, [], on, end_of_day(on), window_on=YEAR_END)
    assert (last_year.state, last_year.due_on) == (State.OVERDUE, YEAR_END)


# --- party ---------------------------------------------------------------------------------------------


def test_a_branch_secretary_needs_the_hours_and_one_concentrated_training():
    history = History(duties=(PartyDuty(date(2020, 1, 1), None, "branch_secretary"),))
    group = row(
        "study group",
        Form.STUDY_GROUP,
        date(2024, 3, 1),
        date(2024, 3, 8),
        hours="56",
        confirmer=Confirmer.UNIT,
    )
    rotation = row(
        "rotation",
        Form.CONCENTRATED,
        date(2024, 6, 1),
        date(2024, 6, 4),
        hours="24",
        institution=SCHOOL,
    )
    yearly = duty("party", "branch-officers-yearly")
    without = assess(yearly, history, [group], YEAR_END, KNOWN)
    assert without.state is State.SHORT
    assert [(part.measure, part.missing) for part in without.gap] == [(Measure.EVENTS, 1)]
    assert assess(yearly, history, [group, rotation], YEAR_END, KNOWN).state is State.MET


def test_a_new_branch_secretary_has_six_months():
    history = History(duties=(PartyDuty(date(2024, 3, 31), None, "branch_secretary"),))
    new = duty("party", "new-secretary")
    assert assess(new, history, [], date(2024, 9, 30), KNOWN).due_on == date(2024, 9, 30)
    assert assess(new, history, [], date(2024, 9, 30), KNOWN).state is State.SHORT
    assert assess(new, history, [], date(2024, 10, 1), KNOWN).state is State.OVERDUE


@pytest.mark.parametrize(
    ("took_it", "state"),
    [
        (date(2019, 5, 6), State.NOT_APPLICABLE),
        (date(2019, 7, 25), State.NOT_APPLICABLE),
        (date(2019, 7, 26), State.OVERDUE),
    ],
)
def test_a_secretary_from_before_the_municipal_opinion_owes_no_training_on_taking_the_duty(
    took_it, state
):
    history = History(duties=(PartyDuty(took_it, None, "branch_secretary"),))
    assert assess(duty("party", "new-secretary"), history, [], YEAR_END, KNOWN).state is state


def test_a_development_target_owes_three_days_or_24_hours_before_admission():
    target = duty("party", "development-target")
    waiting = History(stages=(StageSpan(date(2024, 1, 1), None, "development_target"),))
    admitted = History(
        stages=(
            StageSpan(date(2024, 1, 1), date(2024, 7, 1), "development_target"),
            StageSpan(date(2024, 7, 1), None, "probationary_member"),
        )
    )
    late = row(
        "late", Form.CONCENTRATED, date(2024, 7, 1), date(2024, 7, 4), days="3", institution=SCHOOL
    )
    assert assess(target, waiting, [], YEAR_END, KNOWN).state is State.ON_COURSE
    assert assess(target, waiting, [late], YEAR_END, KNOWN).state is State.MET
    assert assess(target, admitted, [late], YEAR_END, KNOWN).state is State.OVERDUE


def test_a_party_group_secretary_gives_a_lecture_and_a_branch_holds_four():
    secretary = History(duties=(PartyDuty(date(2020, 1, 1), None, "party_group_secretary"),))
    branch = History(organisation_kind="branch")
    lectures = [
        row(
            f"lecture {n}",
            Form.LECTURING,
            date(2024, n, 1),
            date(2024, n, 2),
            confirmer=Confirmer.UNIT,
        )
        for n in range(1, 5)
    ]
    gives = duty("lecturing", "party-group-secretary-lecture")
    holds = duty("branch", "branch-lectures")
    assert assess(gives, secretary, lectures[:1], YEAR_END, KNOWN).state is State.MET
    assert assess(holds, branch, lectures[:3], YEAR_END, KNOWN).state is State.SHORT
    assert assess(holds, branch, lectures, YEAR_END, KNOWN).state is State.MET


# --- exemption, extension, pace --------------------------------------------------------------------------


def with_event(history: History, *events: Event) -> History:
    return History(history.posts, history.duties, history.stages, events)


def test_an_exemption_in_force_exempts_and_is_unknown_before_its_approval():
    yearly = duty("cadre-2023", "others-yearly")
    exempted = with_event(
        SECTION_CADRE,
        Event(
            EventKind.EXEMPTION,
            date(2024, 1, 1),
            date(2025, 1, 1),
            ("others-yearly",),
            known_at=datetime(2024, 9, 1, tzinfo=UTC),
        ),
    )
    on = date(2024, 8, 31)
    assert assess(yearly, exempted, [], on, end_of_day(on)).state is State.SHORT
    assert assess(yearly, exempted, [], on, KNOWN).state is State.EXEMPT
    other = duty("cadre-2023", "online-yearly")
    assert assess(other, exempted, [], YEAR_END, KNOWN).state is State.SHORT


def test_exempt_months_reduce_the_amount_only_where_the_pack_says_so():
    away = Event(EventKind.EXEMPTION, date(2024, 1, 1), date(2025, 1, 1))
    answer = assess(
        duty("cadre-2023", "leaders-five-years"),
        with_event(DIVISION_LEADER, away),
        [],
        YEAR_END,
        KNOWN,
    )
    assert answer.months_owed == (48, 60)
    assert [way.parts[0].required for way in answer.ways] == [48, 440]


def test_leave_that_touches_a_month_only_partly_does_not_reduce_it():
    leave = Event(EventKind.EXEMPTION, date(2024, 1, 2), date(2024, 3, 1))
    answer = assess(
        duty("cadre-2023", "leaders-five-years"),
        with_event(DIVISION_LEADER, leave),
        [],
        YEAR_END,
        KNOWN,
    )
    assert answer.months_owed == (59, 60)


def test_an_extension_keeps_last_years_requirement_open_until_its_new_last_day():
    yearly = duty("cadre-2023", "online-yearly")
    extended = with_event(
        SECTION_CADRE,
        Event(EventKind.EXTENSION, date(2024, 12, 1), due_on=date(2025, 3, 31)),
    )
    known = end_of_day(date(2025, 12, 31))
    answer = assess(yearly, extended, [], date(2025, 3, 31), known)
    assert (answer.state, answer.due_on) == (State.SHORT, date(2025, 3, 31))
    assert assess(yearly, extended, [], date(2025, 4, 1), known).due_on == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("on", "hours", "state"),
    [
        (date(2023, 3, 31), "0", State.ON_COURSE),  # 90 of 365 days: within the first quarter
        (date(2023, 4, 2), "0", State.SHORT),  # 92 of 365
        (date(2023, 7, 2), "25", State.SHORT),  # 183 of 365 days, half of the hours
        (date(2023, 7, 1), "25", State.ON_COURSE),  # 182 of 365
        (date(2023, 12, 31), "49.99", State.SHORT),
        (date(2023, 12, 31), "50", State.MET),
    ],
)
def test_short_begins_after_a_quarter_and_below_the_linear_pace(on, hours, state):
    rows = [online(hours, "0", 2023)] if hours != "0" else []
    known = end_of_day(date(2024, 1, 31))
    if on < date(2023, 3, 1):
        rows = []
    assert (
        assess(duty("cadre-2023", "online-yearly"), SECTION_CADRE, rows, on, known).state is state
    )


def test_a_class_counts_in_the_year_of_its_last_day():
    yearly = duty("cadre-2023", "others-yearly")
    rows = [
        row(
            "over new year",
            Form.CONCENTRATED,
            date(2023, 12, 20),
            date(2024, 1, 5),
            days="12",
            institution=SCHOOL,
        )
    ]
    assert assess(yearly, SECTION_CADRE, rows, YEAR_END, KNOWN).state is State.MET
    before = assess(yearly, SECTION_CADRE, rows, date(2023, 12, 31), KNOWN)
    assert before.refused[0].reasons == (Reason.NOT_YET, Reason.AFTER_WINDOW)


def test_the_sketch_of_a_rule_pack_can_be_said_and_means_the_same():
    sketch = Path(__file__).parents[3] / "shared" / "domain" / "rulepack-example.yaml"
    if not sketch.exists():
        pytest.skip("the shared domain texts are not beside the project")
    pack = load_pack(sketch.read_text(encoding="utf-8"))
    ours = load_pack((PACKS / "cadre-2023.yaml").read_text(encoding="utf-8"))
    assert [duty.code for duty in pack.duties] == [duty.code for duty in ours.duties]
    for one, other in zip(pack.duties, ours.duties, strict=True):
        assert (one.ways, one.counts.forms) == (other.ways, other.counts.forms)
