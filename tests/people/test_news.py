"""News is told once a deed is committed; a listener that fails fails alone."""

import pytest
from django.db import transaction

from people.models import Person
from people.signals import News

pytestmark = pytest.mark.django_db(transaction=True)


def test_news_is_told_on_commit_and_a_failing_listener_silences_nobody(failed_listeners):
    news, heard = News(), []

    def fails(sender, **kwargs):
        raise RuntimeError("a listener")

    def hears(sender, person_id, **kwargs):
        heard.append(person_id)

    news.connect(fails)
    news.connect(hears)
    with transaction.atomic():
        news.tell(Person, person_id=7)
        assert heard == []

    assert heard == [7]
    [said] = failed_listeners
    assert "RuntimeError: a listener" in said
    failed_listeners.clear()


def test_what_is_taken_back_is_no_news():
    news, heard = News(), []
    news.connect(lambda sender, **kwargs: heard.append(kwargs), weak=False)

    with transaction.atomic():
        news.tell(Person, person_id=7)
        transaction.set_rollback(True)

    assert heard == []
