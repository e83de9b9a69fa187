"""Any day's wording, editions side by side, and the texts that stand beside one."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from content import operations, queries
from content.comparing import Change, Wording, compare, differences
from content.models import PolicyTextPage
from tests.factories.content import NOW, published_policy

FIRST = "借书规定\n第一条 借书要登记。\n第二条 每次借三册。\n第三条 逾期应当补办手续。"
SECOND = "借书规定\n第一条 借书要登记。\n第二条 每次借五册。\n第四条 还书要签名。"


def store(text, *, day, edition_of=None, number=""):
    imported = operations.import_policy(
        text.encode(),
        edition_of=edition_of,
        submit=False,
        corrections={"effective_on": day, "number": number},
        now=NOW,
    )
    operations.publish_without_review(imported.page.pk, now=NOW)
    return PolicyTextPage.objects.get(pk=imported.page.pk)


@pytest.fixture
def amended(db):
    text = store(FIRST, day=date(2024, 1, 1), number="图发〔2023〕9号")
    return store(SECOND, day=date(2026, 1, 1), edition_of=text.pk, number="图发〔2025〕7号")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2024, 1, 1), "三册"),
        (date(2025, 12, 31), "三册"),
        (date(2026, 1, 1), "五册"),
        (date(2030, 1, 1), "五册"),
    ],
)
def test_wording_of_any_day_is_shown(amended, client, login, person, day, words):
    login(client, person)

    shown = client.get(amended.url, {"on": day.isoformat()}).content.decode()

    assert words in shown


def test_an_earlier_edition_bears_the_number_it_was_issued_under(amended, client, login, person):
    client = login(client, person)
    earlier = client.get(f"{amended.url}?edition=1").text
    present = client.get(amended.url).text

    assert "《借书规定》（图发〔2023〕9号）第一条" in earlier
    assert "图发〔2025〕7号" not in earlier
    assert "图发〔2023〕9号" not in present


def test_day_before_the_first_edition_is_said_to_have_none(amended, person):
    assert queries.policy_body(amended, person, on=date(2023, 12, 31)).held_on is None


def test_day_after_the_repeal_is_said_to_have_none(amended, person):
    amended.repealed_on = date(2027, 1, 1)

    assert queries.policy_body(amended, person, on=date(2026, 12, 31)).held_on is not None
    assert queries.policy_body(amended, person, on=date(2027, 1, 1)).held_on is None


def test_editions_are_compared_article_by_article(amended):
    rows = {row.anchor: row for row in queries.comparison(amended).rows}

    assert {anchor: row.change for anchor, row in rows.items()} == {
        "a1": Change.SAME,
        "a2": Change.CHANGED,
        "a3": Change.DROPPED,
        "a4": Change.ADDED,
    }
    assert ("三", True) in rows["a2"].old
    assert ("五", True) in rows["a2"].new


def test_comparison_page_marks_what_differs(
    amended, client, login, person, django_assert_max_num_queries
):
    login(client, person)

    client.get(reverse("content:compare", args=[amended.pk]))  # fills the cache of site roots
    # session, person, roles; two for the page as its own class; editions, articles; at most one for the rail
    with django_assert_max_num_queries(8):
        page = client.get(reverse("content:compare", args=[amended.pk])).content.decode()

    assert "<del>三</del>" in page
    assert "<ins>五</ins>" in page
    assert "借书要登记" not in page
    # What is no more is shown where it stood.
    assert f"{amended.url}?edition=1#" in page
    everything = client.get(reverse("content:compare", args=[amended.pk]), {"all": "1"})
    assert "借书要登记" in everything.content.decode()


def test_comparison_of_an_internal_text_is_not_there_for_a_visitor(client, db):
    text = published_policy(public=False)

    assert client.get(reverse("content:compare", args=[text.pk])).status_code == 302
    assert client.get(reverse("content:compare", args=[text.pk + 1000])).status_code == 302


def test_text_with_one_edition_says_so(client, login, person):
    text = published_policy()
    login(client, person)

    answer = client.get(reverse("content:compare", args=[text.pk]), {"old": "9", "new": "x"})

    assert answer.status_code == 200
    assert queries.comparison(text) is None


def test_texts_that_name_each_other_are_shown_on_both(person):
    lower = published_policy(number=1, title="读书班细则的意见", first="依照《借书规定》办理。")
    upper = store(FIRST, day=date(2024, 1, 1))  # published after the text that names it

    assert queries.policy_body(lower, person).related.names == [upper]
    assert queries.policy_body(upper, person).related.named_by == [lower]


def test_relations_are_shown_both_ways_and_internal_ones_not_to_visitors(person, anonymous):
    old, new = published_policy(number=1), published_policy(number=2)
    detail = published_policy(number=3, public=False)
    new.replaces, detail.implements = old, new
    new.save()
    detail.save()

    assert queries.policy_body(old, person).related.replaced_by == [new]
    assert queries.policy_body(new, person).related.implemented_by == [detail]
    assert queries.policy_body(detail, person).related.implements == [new]
    assert queries.policy_body(new, anonymous).related.implemented_by == []


@pytest.fixture
def anonymous():
    return AnonymousUser()


@given(st.text("读书班会，。\n", max_size=60), st.text("读书班会，。\n", max_size=60))
def test_pieces_joined_are_the_texts_again(old, new):
    was, now = differences(old, new)

    assert "".join(words for words, _ in was) == old
    assert "".join(words for words, _ in now) == new


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.lists(st.sampled_from("abcdef"), unique=True),
)
def test_every_article_of_both_editions_stands_in_the_comparison_once(old, new):
    rows = compare([Wording(a, a, a) for a in old], [Wording(a, a, a) for a in new])

    assert sorted(row.anchor for row in rows) == sorted({*old, *new})
    assert [row.anchor for row in rows if row.change != Change.DROPPED] == new


def test_long_articles_are_compared_by_sentences_in_good_time():
    old = "".join(f"第{n}句话说的是读书。" for n in range(2000))

    was, now = differences(old, old.replace("第1000句话", "第一千句话"))

    assert [words for words, alone in was if alone] == ["第1000句话说的是读书。"]
    assert [words for words, alone in now if alone] == ["第一千句话说的是读书。"]


def test_citation_of_an_article_that_lapsed_names_it_by_its_number(amended, client, login, person):
    operations.cite(
        source="content.page:1",
        text_id=amended.pk,
        anchor="a3",
        label="借书的一课",
        url="/x/",
        owner_id=None,
        now=NOW,
    )
    login(client, person)

    now = client.get(amended.url).content.decode()
    before = client.get(amended.url, {"on": "2025-01-01"}).content.decode()

    assert "第三条（本版已无此条）" in now
    assert 'href="#a3"' not in now
    assert 'href="#a3"' in before
    assert "本版已无此条" not in before
