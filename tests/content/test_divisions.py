"""The three divisions: facets with counts, and the library's stock in hours."""

import pytest
from django.urls import reverse

from content import queries
from content.enums import ResourceKind, Theme, TrainingGroup
from content.facets import Asked, counted
from content.models import LibraryPage
from people.enums import Role
from people.operations import grant_role
from tests.factories.content import NOW, published_lecture, published_lesson, published_policy
from tests.factories.people import OrgUnitFactory, PersonFactory

COLOUR = Asked("colour", "Colour", "All", [("red", "Red"), ("blue", "Blue"), ("green", "Green")])
SIZE = Asked("size", "Size", "All", [("s", "Small"), ("l", "Large")])
ROWS = [
    ({"colour": "red", "size": "s"}, 2),
    ({"colour": "red", "size": "l"}, 3),
    ({"colour": "blue", "size": "l"}, 5),
]


def counts(chosen):
    return {
        facet.name: {choice.value: choice.count for choice in facet.choices}
        for facet in counted([COLOUR, SIZE], ROWS, chosen)
    }


def test_a_facet_is_counted_over_what_is_chosen_of_the_others_alone():
    assert counts({}) == {"colour": {"red": 5, "blue": 5}, "size": {"s": 2, "l": 8}}
    assert counts({"colour": "red"}) == {"colour": {"red": 5, "blue": 5}, "size": {"s": 2, "l": 3}}
    assert counts({"colour": "blue", "size": "s"}) == {
        "colour": {"red": 2, "blue": 0},
        "size": {"l": 5, "s": 0},
    }


def test_there_are_seven_categories_and_practice_four_groups_and_twelve_fields():
    assert len(Theme) == 7 + 1
    assert len(TrainingGroup) == 4
    assert len(ResourceKind) == 12


def test_the_list_is_narrowed_by_each_division_and_says_how_many(client, person):
    published_lecture(title="讲给支部", resource_kind=ResourceKind.GRASSROOTS)
    published_lesson(title="岗位技能", training_group=TrainingGroup.PROFESSION)
    client.force_login(person)

    by_field = client.get(reverse("content:library"), {"resource_kind": "grassroots"})
    by_group = client.get(reverse("content:library"), {"training_group": "profession"})

    assert [e.title for e in by_field.context["page_obj"]] == ["讲给支部"]
    assert [e.title for e in by_group.context["page_obj"]] == ["岗位技能"]
    assert "基层党建（1）" in by_field.content.decode()


def test_a_choice_nobody_offers_is_passed_over(client, person):
    published_lesson()
    client.force_login(person)

    answer = client.get(reverse("content:library"), {"theme": "x' OR 1=1", "resource_kind": "law2"})

    assert answer.context["narrowed"] is False
    assert len(answer.context["page_obj"]) == 1


def test_counts_for_a_visitor_tell_nothing_of_internal_pages(client, db):
    published_policy(public=True)
    published_policy(public=False, title="关于内部事项的意见", number=9)

    facets = {f.name: f for f in client.get(reverse("content:library")).context["facets"]}

    assert [(c.value, c.count) for c in facets["kind"].choices] == [("policy", 1)]


@pytest.fixture
def person(db):
    return PersonFactory()


def holder(role):
    person = PersonFactory()
    grant_role(person, role, OrgUnitFactory(), by=None, now=NOW, on=NOW.date())
    return person


def test_the_stock_is_told_in_hours_by_kind_and_category(client, db, django_assert_num_queries):
    # A lecture of 360 seconds is a tenth of an hour.
    published_lecture(theme=Theme.HISTORY, training_group=TrainingGroup.THEORY)
    published_lesson(theme=Theme.HISTORY)
    LibraryPage.objects.update(stock_target_hours=5000)

    with django_assert_num_queries(2):
        stock = queries.library_stock()

    assert stock.target_hours == 5000
    assert stock.whole.pages == 2
    assert stock.whole.watched == pytest.approx(0.1)
    assert stock.whole.read == pytest.approx(10 / 3600)
    by_label = [{s.value: s for s in shelves} for _label, shelves in stock.divisions]
    assert by_label[0]["history"].pages == 2
    assert by_label[0]["history"].hours == pytest.approx(stock.whole.hours)
    assert by_label[1]["theory"].watched == pytest.approx(0.1)
    assert by_label[1][""].pages == 1
    assert by_label[2][""].pages == 2


def test_the_department_and_the_editors_see_the_stock(client, db):
    published_lecture()
    for role in (Role.EDITOR, Role.CONTENT_REVIEWER, Role.TRAINING_ADMIN, Role.AUDITOR):
        client.force_login(holder(role))
        assert "0.1" in client.get(reverse("content:stock")).content.decode()
    client.force_login(holder(Role.LIAISON))
    assert client.get(reverse("content:stock")).status_code == 404
