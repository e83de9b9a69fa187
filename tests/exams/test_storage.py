"""How much room an attempt takes."""

import json

import pytest
from django.db import connection

from exams import operations
from exams.operations import Given
from tests.factories.exams import NOW, make_attempt, make_exam, make_paper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="measured with PostgreSQL's own sizes"
)
def test_an_attempt_of_fifty_questions_takes_at_most_fifteen_kilobytes():
    exam = make_exam(make_paper(count=50))
    tables = ("exams_attempt", "exams_answer", "exams_attemptevent")

    def size():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(%s::text[]) t",
                [list(tables)],
            )
            return int(cursor.fetchone()[0])

    before, attempts = size(), 40
    for _ in range(attempts):
        attempt = make_attempt(exam)
        for item in range(1, 51):
            operations.save_answers(attempt.pk, [Given(item, 1, json.dumps("B"))], now=NOW)
        operations.submit_attempt(attempt.pk, now=NOW)
        operations.grade_attempt(attempt.pk, now=NOW)
    assert (size() - before) / attempts <= 15_000
