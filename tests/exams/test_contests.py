"""Contests, a year's series, parallel forms and exposure."""

from collections import Counter
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
import time_machine

from exams import operations, queries
from exams.engine.contests import Entry, called, jury_mean, places, standings
from exams.models import (
    BlueprintRow,
    Contest,
    Exam,
    ExamSeries,
    JuryScore,
    Paper,
    PaperItem,
)
from notices.models import Notice
from people.enums import Role
from people.models import AuditEntry
from tests.exams.test_sittings import sat
from tests.factories.exams import NOW, make_exam, make_paper, make_question
from tests.factories.people import OrgUnitFactory, PersonFactory

D = Decimal


def test_the_jurys_mean_leaves_out_the_extremes_from_five_on():
    assert jury_mean([]) is None
    assert jury_mean([D(80), D(90), D(100), D(100)]) == D("92.5")
    assert jury_mean([D(0), D(80), D(90), D(100), D(100)]) == D(90)
    assert jury_mean([D(80), D(80), D(81)]) == D("80.33")


def test_equal_totals_share_a_place_and_the_next_is_left_out():
    assert places({1: D(90), 2: D(95), 3: D(90), 4: D(10)}) == {2: 1, 1: 2, 3: 2, 4: 4}


def test_the_total_weighs_both_rounds_and_awards_go_by_place():
    entries = [
        Entry(1, D(100), (D(80),)), Entry(2, D(80), (D(100),)), Entry(3, D(100), (D(80),)),
        Entry(4, D(60), (D(60),)), Entry(5, D(99), ()),
    ]  # fmt: skip
    found = standings(entries, 30, [("一等奖", 1), ("二等奖", 1), ("三等奖", 2)])
    assert [(s.id, s.place, s.total, s.award) for s in found] == [
        (2, 1, D("94.00"), "一等奖"), (1, 2, D("86.00"), "二等奖"), (3, 2, D("86.00"), "二等奖"),
        (4, 4, D("60.00"), "三等奖"), (5, None, None, ""),
    ]  # fmt: skip


def test_equals_of_the_last_place_all_go_to_the_final():
    results = [(1, D(90)), (2, D(80)), (3, D(80)), (4, D(70))]
    assert [ident for ident, _, _ in called(results, 2)] == [1, 2, 3]


@pytest.fixture
def contest():
    with time_machine.travel(NOW, tick=False):
        exam = make_exam(make_paper(count=2))
        best, good, poor = people = [PersonFactory() for _ in range(3)]
        for person, right in ((best, True), (good, True), (poor, False)):
            sat(exam, person, right=right)
        jury = [PersonFactory() for _ in range(2)]
        made = operations.create_contest(
            title="知识竞赛", first_round=exam, finalists_wanted=2, first_weight=40,
            criteria=[["准确", 60], ["表达", 40]], awards=[["一等奖", 1], ["二等奖", 1]],
            jury_ids=[juror.pk for juror in jury], by=PersonFactory(), now=NOW,
        )  # fmt: skip
        made.people, made.juror, made.other = people, jury[0], jury[1]
        yield made


LATER = NOW + timedelta(days=2)


@pytest.mark.django_db
def test_finalists_are_called_once_after_the_first_round(contest):
    by = PersonFactory()
    with pytest.raises(operations.ContestRefused, match="first_round_open"):
        operations.call_finalists(contest.pk, by=by, now=NOW)
    assert operations.call_finalists(contest.pk, by=by, now=LATER) == 2
    with pytest.raises(operations.ContestRefused, match="called"):
        operations.call_finalists(contest.pk, by=by, now=LATER)
    assert {f.person for f in contest.finalists.all()} == set(contest.people[:2])


@pytest.mark.django_db
def test_the_jury_scores_within_bounds_corrects_until_publication_and_then_no_more(contest):
    by = PersonFactory()
    operations.call_finalists(contest.pk, by=by, now=LATER)
    first, second = contest.finalists.order_by("pk")
    give = operations.give_score
    for points in ([D(61), D(0)], [D(10)], [D(-1), D(0)]):
        with pytest.raises(operations.ContestRefused, match="points"):
            give(first.pk, points, by=contest.juror, now=LATER)
    with pytest.raises(operations.ContestRefused, match="not_juror"):
        give(first.pk, [D(1), D(1)], by=by, now=LATER)
    give(first.pk, [D(10), D(10)], by=contest.juror, now=LATER)
    give(first.pk, [D(50), D(40)], by=contest.juror, now=LATER)
    with pytest.raises(operations.ContestRefused, match="not_scored"):
        operations.publish_contest(contest.pk, by=by, now=LATER)
    for finalist, juror in (
        (first, contest.other),
        (second, contest.juror),
        (second, contest.other),
    ):
        give(finalist.pk, [D(30), D(30)], by=juror, now=LATER)
    operations.publish_contest(contest.pk, by=by, now=LATER)
    first.refresh_from_db()
    # 40 % of 100, 60 % of (90 + 60) / 2.
    assert (first.total, first.place, first.award) == (D("85.00"), 1, "一等奖")
    with pytest.raises(operations.ContestRefused, match="published"):
        give(first.pk, [D(1), D(1)], by=contest.juror, now=LATER)
    corrected = AuditEntry.objects.filter(verb="exams.contest.score").order_by("pk")[1]
    assert corrected.detail["before"] == ["10", "10"]


@pytest.mark.django_db
def test_a_contest_is_run_in_the_browser_and_seen_by_others_when_published(
    contest, client, login, role, django_assert_max_num_queries
):
    organiser, stranger = role(Role.TRAINING_ADMIN), PersonFactory()
    address = f"/contests/{contest.pk}/"
    with time_machine.travel(LATER, tick=False):
        login(client, stranger)
        assert client.get(address).status_code == 404
        assert client.post(f"{address}call/").status_code == 404
        assert client.get(f"{address}jury/").status_code == 404
        login(client, organiser)
        client.post(f"{address}call/")
        with django_assert_max_num_queries(16):
            assert client.get(address).status_code == 200
        assert client.get("/contests/new/").status_code == 200
        for juror in (contest.juror, contest.other):
            login(client, juror)
            first, second = (f.pk for f in contest.finalists.order_by("pk"))
            data = {f"f{pk}-points{n}": p for pk in (first, second) for n, p in ((0, 50), (1, 30))}
            wrong = {**data, f"f{second}-points0": 99}
            assert client.post(f"{address}jury/", wrong).status_code == 422
            assert client.post(f"{address}jury/", data).status_code == 302
            with django_assert_max_num_queries(14):
                assert client.get(f"{address}jury/").status_code == 200
            # A member of the jury sees no totals before publication.
            assert "总分" not in client.get(address).content.decode().split("总分中")[0]
        login(client, organiser)
        client.post(f"{address}publish/")
        login(client, stranger)
        body = client.get(address).content.decode()
        assert "一等奖" in body
        assert contest.people[0].name in body
        assert contest.title in client.get("/contests/").content.decode()


@pytest.mark.django_db
def test_a_page_that_lay_open_changes_only_the_scores_that_were_changed_in_it(
    contest, client, login
):
    operations.call_finalists(contest.pk, by=PersonFactory(), now=LATER)
    first, second = contest.finalists.order_by("pk")
    page = f"/contests/{contest.pk}/jury/"
    with time_machine.travel(LATER, tick=False):
        login(client, contest.juror)
        open_since_before = {
            name: ""
            for finalist in (first, second)
            for n in (0, 1)
            for name in (f"f{finalist.pk}-points{n}", f"initial-f{finalist.pk}-points{n}")
        }
        operations.give_score(first.pk, [D(50), D(40)], by=contest.juror, now=LATER)
        typed = {f"f{second.pk}-points0": "20", f"f{second.pk}-points1": "10"}
        assert client.post(page, {**open_since_before, **typed}).status_code == 302

    assert {score.finalist: score.points for score in JuryScore.objects.all()} == {
        first: ["50", "40"],
        second: ["20", "10"],
    }


@pytest.mark.django_db
def test_finalists_and_jury_are_told_and_led_to_their_page(contest):
    by = PersonFactory()
    Contest.objects.filter(pk=contest.pk).update(final_on=date(2026, 9, 1))

    operations.call_finalists(contest.pk, by=by, now=LATER)
    for finalist in contest.finalists.all():
        for juror in (contest.juror, contest.other):
            operations.give_score(finalist.pk, [D(30), D(30)], by=juror, now=LATER)
    operations.publish_contest(contest.pk, by=by, now=LATER)

    told = [
        (notice.person, notice.text, notice.url)
        for notice in Notice.objects.order_by("pk", "person")
    ]
    page = f"/contests/{contest.pk}/"
    in_final = "您已进入“知识竞赛”决赛，决赛日期为 2026年9月1日。"
    on_jury = "您是“知识竞赛”的评委，请为决赛选手打分。"
    assert told == [
        *((person, in_final, page) for person in contest.people[:2]),
        *((juror, on_jury, f"{page}jury/") for juror in (contest.juror, contest.other)),
        *((person, "“知识竞赛”的成绩已公布。", page) for person in contest.people[:2]),
    ]


@pytest.mark.django_db
def test_a_member_of_the_jury_who_cannot_come_is_taken_off_and_holds_up_nobody(
    contest, client, login, role
):
    operations.call_finalists(contest.pk, by=PersonFactory(), now=LATER)
    first, second = contest.finalists.order_by("pk")
    for finalist in (first, second):
        operations.give_score(finalist.pk, [D(50), D(40)], by=contest.juror, now=LATER)
    operations.give_score(first.pk, [D(0), D(0)], by=contest.other, now=LATER)
    page, organiser = f"/contests/{contest.pk}/", role(Role.TRAINING_ADMIN)
    with time_machine.travel(LATER, tick=False):
        login(client, organiser)
        data = {"juror": contest.other.pk, "because": ""}
        assert client.post(f"{page}release/", data).status_code == 422
        client.post(f"{page}release/", {**data, "because": "住院"})
        client.post(f"{page}publish/")

    first.refresh_from_db()
    # 40 % of 100, 60 % of 90: the nought of whoever left does not count.
    assert first.total == D("94.00")
    assert AuditEntry.objects.get(verb="exams.contest.release_juror").detail["because"] == "住院"
    with pytest.raises(operations.ContestRefused, match="published"):
        operations.release_juror(contest.pk, contest.juror.pk, because="…", by=organiser, now=LATER)


@pytest.mark.django_db
def test_a_jury_keeps_a_member(contest):
    by = PersonFactory()
    operations.release_juror(contest.pk, contest.other.pk, because="出差", by=by, now=NOW)
    with pytest.raises(operations.ContestRefused, match="last_juror"):
        operations.release_juror(contest.pk, contest.juror.pk, because="出差", by=by, now=NOW)


@pytest.mark.django_db
def test_an_organiser_on_the_jury_sees_no_one_else_s_points_before_publication(
    contest, client, login, role
):
    organiser = role(Role.TRAINING_ADMIN)
    contest.jury.add(organiser)
    address = f"/contests/{contest.pk}/"
    with time_machine.travel(LATER, tick=False):
        operations.call_finalists(contest.pk, by=organiser, now=LATER)
        for finalist in contest.finalists.all():
            for juror, points in ((contest.juror, D(57)), (contest.other, D("56.5"))):
                operations.give_score(finalist.pk, [points, D(31)], by=juror, now=LATER)
        login(client, organiser)
        body = client.get(address).content.decode()
        # Of the mean of the two, 87.75, as of the total one could reckon back the points.
        assert "87.75" not in body
        assert "评委" in body
        rows = client.get(address).context["rows"]
        assert all(standing is None for _finalist, standing, _home in rows)
        assert "您是评委" in body
        # Another organiser, who scores nobody, sees how it stands.
        login(client, role(Role.TRAINING_ADMIN))
        assert "87.75" in client.get(address).content.decode()
        for finalist in contest.finalists.all():
            operations.give_score(finalist.pk, [D(57), D(31)], by=organiser, now=LATER)
        login(client, organiser)
        assert client.post(f"{address}publish/").status_code == 302
        assert "87.83" in client.get(address).content.decode()


@pytest.mark.django_db
def test_finalists_of_units_of_one_name_are_told_apart(contest, client, login, role):
    organiser = role(Role.TRAINING_ADMIN)
    with time_machine.travel(LATER, tick=False):
        operations.call_finalists(contest.pk, by=organiser, now=LATER)
        for finalist, above in zip(contest.finalists.all(), ("财政局", "民政局"), strict=True):
            finalist.unit = OrgUnitFactory(name="办公室", parent=OrgUnitFactory(name=above))
            finalist.save()
        for who, page in ((organiser, ""), (contest.juror, "jury/")):
            login(client, who)
            body = client.get(f"/contests/{contest.pk}/{page}").content.decode()
            assert "财政局 · 办公室" in body
            assert "民政局 · 办公室" in body


@pytest.mark.django_db
def test_a_contest_is_set_up_in_the_browser_with_errors_by_line(client, login, role):
    organiser = role(Role.QUESTION_SETTER)
    exam = make_exam()
    login(client, organiser)
    data = {"title": "竞赛", "first_round": exam.pk, "finalists_wanted": 6, "first_weight": 30,
            "criteria": "准确 60\n表达", "awards": "一等奖 1", "staff_numbers": organiser.staff_number}  # fmt: skip
    response = client.post("/contests/new/", data)
    assert "第 2 行" in response.content.decode()
    # More than a hundred would weigh more than the first round's share says.
    response = client.post("/contests/new/", {**data, "criteria": "准确 60\n表达 60"})
    assert "合计 120，须为 100" in response.content.decode()
    assert (
        client.post("/contests/new/", {**data, "criteria": "准确 60\n表达 40"}).status_code == 302
    )
    assert Contest.objects.get().criteria == [["准确", 60], ["表达", 40]]


# --- series, parallel forms, exposure ---------------------------------------------------------------


def blueprint(count, points=2):
    rows = [BlueprintRow(count=count, points=points)]
    return operations.create_blueprint(f"{count}题", rows, by=PersonFactory(), now=NOW)


def test_the_periods_of_a_year_are_its_months_and_the_last_ten_days_of_its_quarters():
    periods = operations.periods_of(2026)
    assert len(periods) == 16
    by_name = {period.name: period for period in periods}
    assert (by_name["2026-12"].starts_on, by_name["2026-12"].ends_on) == (
        date(2026, 12, 1), date(2027, 1, 1),
    )  # fmt: skip
    assert by_name["2026-Q1"].starts_on == date(2026, 3, 22)
    assert len(operations.periods_of(2026, 11)) == 3


@pytest.mark.django_db
def test_a_series_announces_the_rest_of_the_year_without_a_question_twice(client, login, role):
    for _ in range(13):
        make_question()
    login(client, role(Role.TRAINING_ADMIN))
    data = {"title": "月题季考", "year": 2026, "month": blueprint(1).pk, "quarter": blueprint(2).pk,
            "month_minutes": 10, "quarter_minutes": 30, "quarter_hours": 1}  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        login(client, role(Role.TRAINING_ADMIN))
        response = client.post("/papers/series/", data)
        assert response.status_code == 302, response.context["form"].errors
        assert client.get("/papers/series/").status_code == 200
    # June to December, and three quarters: 7 + 3 × 2 questions, each once.
    exams = Exam.objects.filter(series=ExamSeries.objects.get())
    assert exams.count() == 10
    titles = list(exams.order_by("opens_at").values_list("title", flat=True))
    assert titles[:2] == ["月题季考（2026年6月）", "月题季考（2026年第2季度）"]
    with time_machine.travel(NOW, tick=False):
        login(client, PersonFactory())
        page = client.get("/exams/").content.decode()
    # Open now, and the next two; not the whole year.
    assert [title for title in titles if title in page] == titles[:3]
    assert "有 1 场考试可以参加" in page
    items = PaperItem.objects.filter(paper__exam__in=exams)
    assert items.values("version__question").distinct().count() == items.count() == 13
    assert Paper.objects.filter(exam__in=exams, state="published").count() == 10


@pytest.mark.django_db
def test_a_plan_is_announced_once_whichever_window_sends_it_again(client, login, role):
    for _ in range(20):
        make_question()
    data = {"title": "月题季考", "year": 2026, "month": blueprint(1).pk, "quarter": blueprint(2).pk,
            "month_minutes": 10, "quarter_minutes": 30, "quarter_hours": 1}  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        login(client, role(Role.TRAINING_ADMIN))
        assert client.post("/papers/series/", data).status_code == 302
        again = client.post("/papers/series/", data)
        assert again.status_code == 422
        assert "这一年已发布过同名计划" in again.content.decode()
        assert ExamSeries.objects.count() == 1
        # Taken back by mistake, it may be announced again.
        Exam.objects.update(cancelled_at=NOW)
        assert client.post("/papers/series/", data).status_code == 302


@pytest.mark.django_db
def test_a_series_asks_only_what_is_valid_all_through_its_month(client, login, role):
    lasting = {make_question().pk for _ in range(9)}
    july = make_question(valid_from="2026-07-01", valid_to="2026-08-01").pk
    never_whole = make_question(valid_to="2026-06-30").pk
    month, quarter = blueprint(1), blueprint(1)
    with time_machine.travel(NOW, tick=False):
        series = operations.open_series(
            title="月题季考", year=2026, month=month, quarter=quarter, unit_ids=[],
            by=PersonFactory(), now=NOW,
        )  # fmt: skip
    asked = {
        (exam.opens_at.astimezone(UTC).month, line.version.question_id)
        for exam in series.exams.all()
        for line in exam.paper.items.select_related("version")
    }
    assert never_whole not in {question for _month, question in asked}
    # Local midnight of 1 July is still June by universal time.
    assert {month for month, question in asked if question == july} <= {6}
    assert {question for _month, question in asked} <= {july, *lasting}
    assert len(asked) == 10


@pytest.mark.django_db
def test_a_series_that_cannot_be_drawn_stores_nothing(client, login, role):
    make_question()
    with time_machine.travel(NOW, tick=False):
        login(client, role(Role.TRAINING_ADMIN))
        data = {"title": "月题季考", "year": 2026, "month": blueprint(1).pk,
                "quarter": blueprint(5).pk, "month_minutes": 10, "quarter_minutes": 30,
                "quarter_hours": 0}  # fmt: skip
        response = client.post("/papers/series/", data)
    assert response.status_code == 422
    said = "月题季考（2026年第2季度）第 1 行：只有 1 题就绪，需要 5 题"
    assert said in response.content.decode()
    assert not Exam.objects.exists()
    assert not Paper.objects.exists()


@pytest.mark.django_db
def test_parallel_forms_share_no_question_while_the_bank_has_others():
    for _ in range(7):
        make_question()
    by = PersonFactory()
    draw = {"seed": "s", "by": by, "now": NOW, "on": NOW.date()}
    first, second, third = operations.draw_parallel(blueprint(3).pk, 3, **draw)
    assert queries.questions_shared([first, second]) == 0
    assert queries.questions_shared([first, second, third]) == 2
    assert first.title.endswith("A卷")


@pytest.mark.django_db
def test_questions_drawn_seldom_go_first_and_discarded_papers_do_not_count():
    for _ in range(6):
        make_question()
    plan, by = blueprint(3), PersonFactory()
    draw = {"by": by, "now": NOW, "on": NOW.date()}
    first = operations.draw_paper(plan.pk, seed="1", even=True, **draw)
    second = operations.draw_paper(plan.pk, seed="2", even=True, **draw)
    assert queries.questions_shared([first, second]) == 0
    operations.discard_paper(first.pk, by=by, now=NOW)
    assert sum(queries.exposures(NOW).values()) == 3
    assert queries.exposures(NOW + timedelta(days=181)) == Counter()
    # Without it the seed alone decides, whatever was drawn before.
    same = [operations.draw_paper(plan.pk, seed="x", **draw) for _ in range(2)]
    versions = [list(paper.items.values_list("version_id", flat=True)) for paper in same]
    assert versions[0] == versions[1]


@pytest.mark.django_db
def test_a_blueprint_that_cannot_be_filled_is_told_before_it_is_saved(client, login, role):
    make_question()
    login(client, role(Role.QUESTION_SETTER))
    data = {"title": "方案", "rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0, "rows-0-count": 10,
            "rows-0-points": 2, "save": ""}  # fmt: skip
    response = client.post("/papers/new/", data)
    assert "只有 1 题就绪，需要 10 题" in response.content.decode()
    saved = client.post("/papers/new/", {**data, "save_short": "on"})
    assert saved.status_code == 302
    like = client.get(f"/papers/new/?like={saved['Location'].rstrip('/').split('/')[-1]}")
    assert 'value="10"' in like.content.decode()


@pytest.mark.django_db
def test_a_fixed_paper_is_put_together_by_code_with_errors_by_line(client, login, role):
    first, second, draft = make_question(), make_question(), make_question(ready=False)
    suggested = make_question(points=3)
    login(client, role(Role.QUESTION_SETTER))
    data = {"title": "固定卷", "points": 2}
    codes = f"{first.code} 5\n{draft.code}\n{first.code}\n{second.code} x"
    body = client.post("/papers/fixed/", {**data, "codes": codes}).content.decode()
    for line in ("第 2 行", "第 3 行", "第 4 行"):
        assert line in body
    response = client.post(
        "/papers/fixed/", {**data, "codes": f"{second.code}\n{first.code} 5\n{suggested.code}"}
    )
    paper = Paper.objects.get()
    assert list(paper.items.values_list("version_id", "points")) == [
        (second.current_id, D(2)), (first.current_id, D(5)), (suggested.current_id, D(3)),
    ]  # fmt: skip
    assert first.current.stem in client.get(f"{response['Location']}?print=paper").content.decode()
    assert "正确答案" not in client.get(f"{response['Location']}?print=paper").content.decode()
    assert "正确答案" in client.get(f"{response['Location']}?print=key").content.decode()
