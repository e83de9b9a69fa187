"""What is measured must be there first: people, an exam, a course, made by the apps' operations."""

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import content.operations
import courses.operations
import exams.operations
import exams.queries
import tracker.operations
from benchmarks import PASSWORD, Seat, population
from dashboards.queries import top_units_of
from demo.accounts import DEMO_PASSWORD as DEMO_PASSWORD
from exams.engine.items import record_from_dict
from exams.enums import Review, ReviewWhen
from exams.permissions import issue_pass
from people.models import OrgUnit, Person
from tracker.enums import Bucket
from tracker.rules import Confirmer, Measures


@dataclass(frozen=True)
class Sitting:
    """An open exam and the staff numbers of those who may take it."""

    exam_id: int
    staff_numbers: list[str]


def people(count: int, prefix: str = "B") -> list[Person]:
    """Persons with one password among them; hashing it once is not what is measured."""
    unit = OrgUnit.objects.first() or OrgUnit.add_root(code="BENCH", name="测量处", kind="unit")
    secret = make_password(PASSWORD)
    return Person.objects.bulk_create(
        Person(
            staff_number=f"{prefix}{number:05d}", name=f"测量{number}", unit=unit, password=secret
        )
        for number in range(count)
    )


def sitting(
    candidates: int,
    questions: int = 50,
    *,
    prefix: str = "B",
    closes_in: timedelta = timedelta(days=1),
) -> Sitting:
    """An exam of single-choice questions, open now, an hour long, with its key shown afterwards."""
    now = timezone.now()
    setter, reviewer, *others = people(candidates + 2, prefix)
    records = [
        record_from_dict(
            {
                "code": f"{prefix}M-{number:04d}",
                "category": "测量/单选",
                "type": "single",
                "stem": f"第{number}题：下面哪一项是对的？",
                "options": ["第一项", "第二项", "第三项", "第四项"],
                "key": "B",
                "explanation": "第二项是对的。",
            }
        )
        for number in range(1, questions + 1)
    ]
    made = exams.operations.import_questions(records, [[] for _ in records], author=setter, now=now)
    for question in made:
        exams.operations.submit_question_for_review(question.pk, by=setter, now=now)
        exams.operations.approve_question(question.pk, by=reviewer, now=now)
        question.refresh_from_db()
    paper = exams.operations.compose_paper(
        "测量用卷", [(question.current_id, Decimal(2)) for question in made], by=setter, now=now
    )
    exams.operations.publish_paper(paper.pk, by=reviewer, now=now)
    exam = exams.operations.open_exam(
        title="测量考试",
        paper_id=paper.pk,
        opens_at=now - timedelta(hours=1),
        closes_at=now + closes_in,
        duration=timedelta(hours=1),
        review=Review.KEY,
        review_when=ReviewWhen.AT_ONCE,
        by=setter,
        now=now,
    )
    return Sitting(exam.pk, [person.staff_number for person in others])


def seats(scene: Sitting, staff_numbers: list[str], *, started: bool) -> list[Seat]:
    """Signed in by the rows a sign-in leaves; the attempt started, or only laid out beforehand."""
    persons = Person.objects.in_bulk(staff_numbers, field_name="staff_number")
    if not started:
        ids = [person.pk for person in persons.values()]
        exams.operations.prepare_attempts(scene.exam_id, ids, now=timezone.now())
    out = []
    for number in staff_numbers:
        client = Client()
        client.force_login(persons[number], "people.backends.RosterBackend")
        out.append(Seat(number, client.cookies[settings.SESSION_COOKIE_NAME].value))
    return begun(scene, out) if started else out


def begun(scene: Sitting, waiting: list[Seat], *, since: timedelta = timedelta(0)) -> list[Seat]:
    """The attempts of those who sit there, started so long ago."""
    now = timezone.now() - since
    persons = Person.objects.in_bulk([s.staff_number for s in waiting], field_name="staff_number")
    out = []
    for seat in waiting:
        attempt = exams.operations.start_attempt(scene.exam_id, persons[seat.staff_number], now=now)
        token = issue_pass(attempt, 50, seat.session)
        out.append(replace(seat, attempt=str(attempt.pk), token=token))
    return out


def answer(seat: Seat, values: list[str]) -> None:
    """Answers saved before the measurement, question by question."""
    given = [exams.operations.Given(n, 1, f'"{value}"') for n, value in enumerate(values, 1)]
    exams.operations.save_answers(UUID(seat.attempt), given, now=timezone.now())


def deadlines_held() -> dict[str, tuple[int, float, float, float]]:
    """Of every attempt that was begun (hex): state; begun, due and closed, in seconds of the epoch."""
    rows = apps.get_model("exams", "Attempt").objects.exclude(started_at=None)
    return {
        pk.hex: (state, begun.timestamp(), due.timestamp(), until.timestamp())
        for pk, state, begun, due, until in rows.values_list(
            "pk", "state", "started_at", "due_at", "accepts_until"
        )
    }


def refused_held() -> set[tuple[str, int, int]]:
    """Attempt (hex), question and sequence number of every refused answer that was kept."""
    events = apps.get_model("exams", "AttemptEvent").objects.filter(kind="refused")
    return {
        (attempt.hex, item, seq)
        for attempt, detail in events.values_list("attempt_id", "detail")
        for item, seq, _value in detail["answers"]
    }


def attempts_held() -> dict[str, tuple[int, str | None, int | None, int]]:
    """Of every attempt (hex): state, receipt, number of questions answered, person."""
    rows = apps.get_model("exams", "Attempt").objects.values_list(
        "pk", "state", "receipt", "answered", "person_id"
    )
    return {pk.hex: tuple(rest) for pk, *rest in rows}


def bytes_held() -> int:
    """What the database takes on the disk."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return int(cursor.fetchone()[0])


def answers_held() -> dict[tuple[str, int], tuple[int, str]]:
    """Of every attempt (hex) and question: the sequence number and the value in the database."""
    rows = apps.get_model("exams", "Answer").objects.values_list(
        "attempt_id", "item", "seq", "value"
    )
    return {(attempt.hex, item): (seq, value) for attempt, item, seq, value in rows}


def answers_double() -> int:
    """Rows that share attempt and question with another: counted, though a key forbids them."""
    answers = apps.get_model("exams", "Answer").objects
    return answers.count() - len(answers_held())


@dataclass(frozen=True)
class Course:
    """A published course of one long lesson, and who is enrolled in it."""

    slug: str
    item_id: int
    enrolments: dict[str, int]  # staff number → enrolment


def course(learners: int) -> Course:
    """A course whose one lesson takes long to read, so that no run completes it."""
    now = timezone.now()
    persons = people(learners, prefix="L")
    words = "学习要联系实际，读一段，想一想，再对照自己的工作。" * 40
    lesson = content.operations.create_page(
        "lesson", title="测量用课", body=[("paragraph", f"<p>{words}</p>")] * 12
    )
    content.operations.publish_without_review(lesson.pk, now=now)
    page: Any = apps.get_model("courses", "CoursePage")(
        title="测量课程",
        slug="measured",
        summary="只为测量。",
        theme="theory",
        hours=Decimal(1),
        live=False,
    )
    page.items = [apps.get_model("courses", "CourseItem")(sort_order=0, page_id=lesson.pk)]
    apps.get_model("courses", "CatalogPage").objects.get().add_child(instance=page)
    page.save_revision(clean=False).publish()
    edition = courses.operations.freeze_edition(page.pk, now=now)
    if edition is None:
        raise LookupError("the course was not published")
    enrolments = {
        person.staff_number: courses.operations.enrol(person.pk, page.pk, now=now).pk
        for person in persons
    }
    return Course(page.slug, edition.items.get().pk, enrolments)


def leases() -> dict[int, tuple[int, int, int, int]]:
    """Of every lease: its last sequence number, verified, plausible and covered milliseconds."""
    rows = apps.get_model("courses", "StudyLease").objects.values_list(
        "pk", "last_seq", "verified_ms", "plausible_ms", "progress__covered_ms"
    )
    return {pk: tuple(rest) for pk, *rest in rows}


def crowd(size: int, exam: Sitting, measured: Course) -> dict[str, int]:
    """So many others at the same course and exam, with what each of them leaves in the database.

    Copies of the rows of one who is measured, who must have begun both; five answers an attempt.
    """
    number, enrolment = next(iter(measured.enrolments.items()))
    lease = apps.get_model("courses", "StudyLease").objects.get(progress__enrolment=enrolment)
    sits = Person.objects.get(staff_number=exam.staff_numbers[0])
    attempt = apps.get_model("exams", "Attempt").objects.get(person=sits)
    session = apps.get_model("sessions", "Session").objects.first()
    person = Person.objects.get(staff_number=number)
    copies, everybody = population.copies, population.series(size)
    there = copies(Person, person.pk, everybody, staff_number="'C' || n")
    copies(type(session), session.pk, everybody, session_key="'crowd' || n")

    persons, others = "people_person p", "substr(p.staff_number, 1, 1) = 'C'"
    copies(apps.get_model("courses", "Enrolment"), enrolment, persons, others, person_id="p.id")
    theirs = f"{persons} JOIN courses_enrolment e ON e.person_id = p.id"
    copies(type(lease.progress), lease.progress_id, theirs, others, enrolment_id="e.id")
    theirs += " JOIN courses_itemprogress i ON i.enrolment_id = e.id"
    copies(type(lease), lease.pk, theirs, others, person_id="p.id", progress_id="i.id")

    key = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    attempts = copies(type(attempt), attempt.pk, persons, others, id=key, person_id="p.id")
    answers = population.run(
        "INSERT INTO exams_answer (attempt_id, item, seq, value, received_at) "  # noqa: S608 - our own
        f"SELECT a.id, n + 1, 1, '\"A\"', a.started_at FROM {population.series(5)}, {persons} "
        f"JOIN exams_attempt a ON a.person_id = p.id WHERE {others}"
    )
    population.run("ANALYZE")
    return {"persons": there, "attempts": attempts, "answers": answers}


def district(persons: int) -> None:
    """The demo district with so many persons."""
    call_command("seed_demo", people=persons, verbosity=0)


def city(persons: int, entries_a_person: int) -> dict[str, int]:
    """A city with so many persons; how many units and ledger rows it has."""
    return population.build(persons, entries_a_person, now=timezone.now())


def after_judging(one_in: int) -> None:
    """Standings for those who were not judged, and every unit's figures from the rows."""
    if one_in > 1:
        population.give_everybody_the_standing_of_the_first_of_his_ten()
    tracker.operations.recount()


def city_pages() -> dict[str, str]:
    """What is looked at, from the whole city down to one person's explanation."""
    person = Person.objects.filter(pk__gt=population.FIRST).order_by("pk")[0]
    return {
        "root": "/overview/CITY/",
        "root_one_requirement": "/overview/CITY/?requirement=online-yearly",
        "district": "/overview/D00/",
        "unit": "/overview/D00-0000/",
        "list_of_root": "/overview/CITY/people/",
        "list_of_short": "/overview/CITY/people/?requirement=online-yearly&state=short",
        "list_of_district": "/overview/D01/people/",
        "nearest_date_first": "/overview/CITY/people/?sort=due",
        "due_within_3_months": "/overview/CITY/people/?months=3&sort=due",
        "home": "/home/department/",
        "explanation": f"/people/{person.pk}/record/online-yearly/",
        "record": f"/people/{person.pk}/record/",
    }


def views_of(path: str, times: int) -> tuple[int, list[float]]:
    """Statements of a page, and the milliseconds of so many views of it, after two to warm up."""
    client = Client()
    person = Person.objects.get(staff_number=population.ADMINISTRATOR)
    client.force_login(person, "people.backends.RosterBackend")
    with CaptureQueriesContext(connection) as log:
        client.get(path)
        first = len(log)
        status = client.get(path).status_code
        statements = len(log) - first
    if status != 200:
        raise LookupError(f"{path} answers {status}")
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        client.get(path)
        taken.append((time.perf_counter() - began) * 1000)
    return statements, taken


def post_one(number: int) -> float:
    """Milliseconds from one posting to the refreshed standing of its person."""
    now = timezone.now()
    today = timezone.localdate(now)
    # Somebody else each time, not next to each other.
    person = Person.objects.filter(pk__gt=population.FIRST + number * 47).order_by("pk")[0]
    began = time.perf_counter()
    tracker.operations.credit(
        person_id=person.pk,
        source=f"benchmarks.posting:{number}",
        bucket=Bucket.ONLINE,
        title="测量用的一笔",
        occurred_from=today - timedelta(days=1),
        occurred_to=today,
        measures=Measures(Decimal(1), Decimal(0), Decimal(0), 1),
        confirmer=Confirmer.PLATFORM,
        now=now,
    )
    return (time.perf_counter() - began) * 1000


def top_unit(staff_number: str) -> str:
    """The code of the highest unit that somebody may look at."""
    return top_units_of(Person.objects.get(staff_number=staff_number))[0].code


def statements_of(path: str, staff_number: str) -> int:
    """How many SQL statements a page costs who has been signed in for a while."""
    client = Client()
    person = Person.objects.get(staff_number=staff_number)
    client.force_login(person, "people.backends.RosterBackend")
    client.get(path)
    with CaptureQueriesContext(connection) as log:
        status = client.get(path).status_code
    if status != 200:
        raise LookupError(f"{path} answers {status}")
    return len(log)


# --- grading ------------------------------------------------------------------------------------


def handed_in(scene: Sitting, attempts: int) -> None:
    """Attempts of as many new persons, handed in and not yet graded, with fifty answers each.

    Rows of SQL, because nobody waits for five million saves. Which letter was chosen follows from
    the row's place and says nothing; the options lie shuffled, as in an examination.
    """
    now = timezone.now()
    crowd = [
        Person(staff_number=f"G{number:06d}", name=f"考生{number}", password="!")  # noqa: S106
        for number in range(attempts)
    ]
    made = Person.objects.bulk_create(crowd, batch_size=1000)
    model = apps.get_model("exams", "Attempt")
    for start in range(0, attempts, 1000):
        model.objects.bulk_create(
            model(
                exam_id=scene.exam_id,
                person_id=person.pk,
                ordinal=1,
                state=30,
                started_at=now,
                due_at=now,
                accepts_until=now,
                submitted_at=now,
                answered=50,
                receipt=f"{person.pk:020d}",
            )
            for person in made[start : start + 1000]
        )
    numbers = population.series(50)
    population.run(
        "INSERT INTO exams_answer (attempt_id, item, seq, value, received_at) "  # noqa: S608 - our own
        "SELECT a.id, n + 1, 1, "
        "CASE (a.person_id * 31 + n * 17 + a.person_id / 7) %% 4 "
        "WHEN 0 THEN '\"A\"' WHEN 1 THEN '\"B\"' WHEN 2 THEN '\"C\"' ELSE '\"D\"' END, "
        f"a.submitted_at FROM exams_attempt a CROSS JOIN {numbers} WHERE a.exam_id = %s",
        scene.exam_id,
    )


def grade_all(at_once: int) -> int:
    """The sweep's own operation until nothing waits; how many are graded."""
    graded = 0
    while done := exams.operations.sweep(timezone.now(), limit=at_once)["graded"]:
        graded += done
    return graded


def figures(scene: Sitting) -> tuple[int, float | None]:
    """Persons and Cronbach's α, as the page of statistics has them."""
    exam = apps.get_model("exams", "Exam").objects.get(pk=scene.exam_id)
    found = exams.queries.exam_figures(exam)
    return found.persons, found.analysis.test.alpha if found.analysis else None


def paper_of_his_own(bank: int) -> int:
    """An exam of fifty questions drawn for each candidate from so many; its id."""
    now = timezone.now()
    setter, reviewer = people(2, "Z")
    kinds: list[dict[str, Any]] = [
        {"type": "single", "options": ["甲", "乙", "丙", "丁"], "key": "B"},
        {"type": "multiple", "options": ["甲", "乙", "丙", "丁"], "key": ["A", "C"]},
        {"type": "true_false", "key": True},
    ]
    records = [
        record_from_dict(
            {
                "code": f"Z-{number:05d}",
                "category": f"抽题/{number % 5}",
                "difficulty": 1 + number % 5,
                "stem": f"第{number}题",
                **kinds[number % 3],
            }
        )
        for number in range(bank)
    ]
    made = exams.operations.import_questions(records, [[] for _ in records], author=setter, now=now)
    for question in made:
        exams.operations.submit_question_for_review(question.pk, by=setter, now=now)
        exams.operations.approve_question(question.pk, by=reviewer, now=now)
    row = apps.get_model("exams", "BlueprintRow")
    blueprint = exams.operations.create_blueprint(
        "测量",
        [
            row(count=20, points=Decimal(2), type="single"),
            row(count=15, points=Decimal(2), type="multiple"),
            row(count=10, points=Decimal(2), type="true_false"),
            row(count=5, points=Decimal(2)),
        ],
        by=setter,
        now=now,
    )
    exam = exams.operations.open_exam(
        title="抽题",
        blueprint_id=blueprint.pk,
        opens_at=now,
        closes_at=now + timedelta(days=1),
        duration=timedelta(hours=1),
        by=setter,
        now=now,
    )
    return int(exam.pk)


def draw_for_all(exam_id: int) -> int:
    """A paper of his own laid out for each of those ``handed_in`` made; how many."""
    crowd = Person.objects.filter(staff_number__startswith="G").order_by("pk")
    ids = list(crowd.values_list("pk", flat=True))
    return exams.operations.prepare_attempts(exam_id, ids, now=timezone.now())
