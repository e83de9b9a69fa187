"""Who reaches which address. Every URL pattern has a row here; an unlisted one fails the build.

A row says which roles reach the address and, where it leads to a person's or a unit's data, that
only a role for that unit or above it does: own and parent unit yes, sibling and foreign unit no.
What one may not see is a 404, or the sign-in page for a visitor.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse

from exams.models import BlueprintRow
from exams.operations import compose_paper, create_blueprint
from people.enums import Role
from people.models import OrgUnit, Person
from people.operations import grant_role
from tests.factories.certificates import CertificateFactory
from tests.factories.classes import make_sessions, matrix_world
from tests.factories.content import published_lecture, published_lesson
from tests.factories.courses import CourseEditionFactory, EnrolmentFactory
from tests.factories.exams import (
    NOW,
    make_appeal,
    make_attempt,
    make_correction,
    make_exam,
    make_paper,
    make_question,
)
from tests.factories.people import OrgUnitFactory, PersonFactory, PostFactory
from tests.factories.tracker import (
    InstitutionFactory,
    hold_lecture,
    make_claim,
    packs_in_force,
    post_hours,
)
from tracker.operations import ask_change, contest, refresh_standings

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]

SEERS = {Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR}
KEEPERS = {Role.TRAINING_ADMIN, Role.SYSTEM_ADMIN}
ROSTER = SEERS | {Role.SYSTEM_ADMIN}
EDITORIAL = {Role.EDITOR, Role.CONTENT_REVIEWER}
BANK = {Role.QUESTION_SETTER, Role.QUESTION_REVIEWER}
SESSION = (Role.INSTITUTION_STAFF, Role.TRAINING_ADMIN)
EVERYBODY = frozenset(Role)

World = SimpleNamespace


@dataclass(frozen=True)
class Row:
    """``roles`` that reach the address; ``learners``: people without a role do too; ``public``: visitors."""

    roles: frozenset[Role] | set[Role] = EVERYBODY
    learners: bool = True
    public: bool = False
    # Leads to the data of the world's person or unit, so a role elsewhere does not reach it.
    scoped: bool = False
    # Only the person whose object it is; roles do not matter.
    own: bool = False
    post: bool = False
    args: Callable[[World], list[Any]] = lambda world: []


def only(*roles: Role | set[Role], **fields: Any) -> Row:
    wanted: set[Role] = set()
    for role in roles:
        wanted |= role if isinstance(role, set) else {role}
    return Row(roles=wanted, learners=False, **fields)


def person(world: World) -> list[Any]:
    return [world.person.pk]


def branch(world: World) -> list[Any]:
    return [world.branch.code]


def branch_line(world: World) -> list[Any]:
    return [world.branch.code, world.lecture_held.pk]


def class_of(world: World) -> list[Any]:
    return [world.training_class.pk]


def session_of(world: World) -> list[Any]:
    return [world.session.pk]


def spare_session(world: World) -> list[Any]:
    return [make_sessions(world.training_class, "1")[0].pk]


MATRIX: dict[str, Row] = {
    "healthz": Row(public=True),
    "set_language": Row(public=True, post=True),
    "api_schema": Row(),
    # people
    "people:roster": only(ROSTER),
    "people:add": only(KEEPERS),
    "people:person": only(ROSTER, scoped=True, args=person),
    "people:appoint": only(Role.TRAINING_ADMIN, scoped=True, post=True, args=person),
    "people:give_duty": only(Role.TRAINING_ADMIN, scoped=True, post=True, args=person),
    "people:end_duty": only(
        Role.TRAINING_ADMIN, scoped=True, post=True, args=lambda w: [w.person.pk, w.duty.pk]
    ),
    "people:enter_stage": only(Role.TRAINING_ADMIN, scoped=True, post=True, args=person),
    "people:grant_role": only(KEEPERS, scoped=True, post=True, args=person),
    "people:revoke_role": only(
        KEEPERS, scoped=True, post=True, args=lambda w: [w.person.pk, w.grant.pk]
    ),
    "people:issue_password": only(Role.SYSTEM_ADMIN, scoped=True, post=True, args=person),
    "people:set_active": only(Role.SYSTEM_ADMIN, scoped=True, post=True, args=person),
    "people:roster_imports": only(KEEPERS),
    "people:roster_import_checking": only(KEEPERS),
    "people:roster_template": only(KEEPERS),
    "people:units": only(ROSTER),
    "people:move_unit": only(KEEPERS, scoped=True, args=lambda w: [w.unit.code]),
    # tracker
    "tracker:record": Row(),
    "tracker:requirement": Row(args=lambda w: [w.requirement]),
    "tracker:person_record": only(SEERS, scoped=True, args=person),
    "tracker:person_requirement": only(
        SEERS, scoped=True, args=lambda w: [w.person.pk, w.requirement]
    ),
    "tracker:entry": only(SEERS, scoped=True, args=lambda w: [w.entry.pk]),
    "tracker:proof": only(SEERS, scoped=True, args=lambda w: [w.entry.pk]),
    "tracker:audit_log": only(Role.AUDITOR),
    "tracker:contest": Row(own=True, post=True, args=lambda w: [w.entry.pk]),
    "tracker:remarks": only(Role.TRAINING_ADMIN, Role.LIAISON),
    "tracker:answer": only(
        Role.TRAINING_ADMIN, Role.LIAISON, scoped=True, post=True, args=lambda w: [w.remark.pk]
    ),
    "tracker:post": only(Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF),
    "tracker:organisations": only(SEERS),
    "tracker:organisation": only(SEERS, scoped=True, args=branch),
    "tracker:organisation_take_back": only(
        Role.TRAINING_ADMIN, Role.LIAISON, scoped=True, post=True, args=branch_line
    ),
    "tracker:institutions": only(SEERS),
    "tracker:institution": only(SEERS, args=lambda w: [w.institution.pk]),
    "tracker:recognise": only(Role.TRAINING_ADMIN, post=True, args=lambda w: [w.institution.pk]),
    "tracker:withdraw_recognition": only(
        Role.TRAINING_ADMIN, post=True, args=lambda w: [w.institution.pk, w.recognition.pk]
    ),
    "tracker:changes": only(SEERS),
    "tracker:person_changes": only(SEERS, scoped=True, args=person),
    "tracker:change_new": only(
        Role.TRAINING_ADMIN, Role.LIAISON, scoped=True, args=lambda w: [w.person.pk, "leave"]
    ),
    "tracker:change": only(SEERS, scoped=True, args=lambda w: [w.change.pk]),
    "tracker:change_refuse": only(
        Role.TRAINING_ADMIN, scoped=True, post=True, args=lambda w: [w.change.pk]
    ),
    "tracker:change_approve": only(
        Role.TRAINING_ADMIN, scoped=True, post=True, args=lambda w: [w.change.pk]
    ),
    "tracker:same_persons": only(SEERS),
    "tracker:same_choose": only(Role.TRAINING_ADMIN, Role.LIAISON, scoped=True, args=person),
    "tracker:quality": only(SEERS),
    "tracker:quality_check": only(SEERS, args=lambda w: ["days"]),
    "tracker:claims": Row(),
    "tracker:claim_new": Row(),
    "tracker:claim_queue": only(Role.TRAINING_ADMIN, Role.LIAISON, Role.INSTITUTION_STAFF),
    "tracker:claim": only(SEERS, scoped=True, args=lambda w: [w.claim.pk]),
    "tracker:claim_mend": Row(own=True, args=lambda w: [w.claim.pk]),
    "tracker:claim_withdraw": Row(own=True, post=True, args=lambda w: [w.claim.pk]),
    "tracker:claim_return": only(
        Role.TRAINING_ADMIN, Role.LIAISON, scoped=True, post=True, args=lambda w: [w.claim.pk]
    ),
    "tracker:claim_confirm": only(
        Role.TRAINING_ADMIN, Role.LIAISON, scoped=True, post=True, args=lambda w: [w.claim.pk]
    ),
    "tracker:imports": only(Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF),
    "tracker:import_checking": only(Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF),
    "tracker:import_template": only(Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF),
    "tracker:put_right": only(
        Role.TRAINING_ADMIN, scoped=True, post=True, args=lambda w: [w.entry.pk]
    ),
    "tracker:api_my_standings": Row(),
    "tracker:api_my_entries": Row(),
    "tracker:api_standings": only(SEERS, scoped=True, args=person),
    "tracker:api_entries": only(SEERS, scoped=True, args=person),
    "tracker:rulepacks": only(Role.TRAINING_ADMIN, Role.AUDITOR),
    "tracker:draft_rulepack": only(Role.TRAINING_ADMIN),
    "tracker:rulepack": only(Role.TRAINING_ADMIN, Role.AUDITOR, args=lambda w: [w.pack.pk]),
    "tracker:approve": only(Role.TRAINING_ADMIN, post=True, args=lambda w: [w.pack.pk]),
    # exams
    "exams:list": Row(),
    "exams:mine": Row(),
    "exams:check_receipt": Row(),
    "exams:detail": Row(args=lambda w: [w.exam.pk]),
    "exams:start": Row(post=True, args=lambda w: [w.exam.pk]),
    "exams:attempt": Row(own=True, args=lambda w: [w.attempt.pk]),
    "exams:pass": Row(own=True, args=lambda w: [w.attempt.pk]),
    "exams:submit": Row(own=True, post=True, args=lambda w: [w.attempt.pk]),
    "exams:receipt": Row(own=True, args=lambda w: [w.attempt.pk]),
    "exams:result": Row(own=True, args=lambda w: [w.attempt.pk]),
    # These two carry a signed pass in the body instead of a session; without it they answer 4xx.
    "exams:api_answers": Row(own=True, post=True, args=lambda w: [w.attempt.pk]),
    "exams:api_submit": Row(own=True, post=True, args=lambda w: [w.attempt.pk]),
    "exams:bank": only(BANK),
    "exams:review": only(Role.QUESTION_REVIEWER),
    "exams:question_new": only(Role.QUESTION_SETTER),
    "exams:find_articles": only(BANK),
    "exams:import_new": only(Role.QUESTION_SETTER),
    "exams:import_template": only(Role.QUESTION_SETTER),
    "exams:export": only(BANK),
    "exams:question": only(BANK, args=lambda w: [w.question.pk]),
    "exams:question_edit": only(Role.QUESTION_SETTER, args=lambda w: [w.question.pk]),
    "exams:question_history": only(BANK, args=lambda w: [w.question.pk]),
    "exams:question_deed": only(
        Role.QUESTION_REVIEWER, post=True, args=lambda w: [w.waiting.pk, "approve"]
    ),
    "exams:papers": only(BANK | {Role.TRAINING_ADMIN}),
    "exams:blueprint_new": only(Role.QUESTION_SETTER),
    "exams:paper": only(BANK | {Role.TRAINING_ADMIN}, args=lambda w: [w.paper.pk]),
    # A draft goes once: whoever comes second is let in and told so.
    "exams:paper_deed": only(
        Role.QUESTION_SETTER, post=True, args=lambda w: [w.draft.pk, "publish"]
    ),
    "exams:blueprint": only(BANK | {Role.TRAINING_ADMIN}, args=lambda w: [w.blueprint.pk]),
    "exams:exam_admin": only(BANK | {Role.TRAINING_ADMIN}),
    "exams:exam_new": only(Role.QUESTION_SETTER, Role.TRAINING_ADMIN),
    "exams:exam_withdraw": only(
        {Role.QUESTION_SETTER, Role.TRAINING_ADMIN},
        scoped=True,
        post=True,
        args=lambda w: [w.exam.pk],
    ),
    "exams:marking": only(Role.MARKER),
    "exams:appeals": only(Role.MARKER),
    "exams:appeal_page": only(Role.MARKER, args=lambda w: [w.appeal.pk]),
    "exams:appeal": Row(own=True, post=True, args=lambda w: [w.attempt.pk]),
    "exams:afterwards": only(BANK | {Role.TRAINING_ADMIN}, args=lambda w: [w.exam.pk]),
    "exams:correction_new": only(
        Role.QUESTION_SETTER, Role.TRAINING_ADMIN, args=lambda w: [w.exam.pk]
    ),
    "exams:correction": only(BANK | {Role.TRAINING_ADMIN}, args=lambda w: [w.correction.pk]),
    "exams:marking_item": only(
        Role.MARKER, args=lambda w: [w.exam.pk, w.paper.items.first().version_id]
    ),
    "exams:exam_statistics": only(BANK | {Role.TRAINING_ADMIN}, args=lambda w: [w.exam.pk]),
    "exams:statistics_csv": only(BANK | {Role.TRAINING_ADMIN}, args=lambda w: [w.exam.pk]),
    "exams:exam_page": only(BANK | {Role.TRAINING_ADMIN}, args=lambda w: [w.exam.pk]),
    "exams:practice": Row(),
    "exams:practice_attempt": Row(own=True, args=lambda w: [w.attempt.pk]),
    "exams:wrong_book": Row(),
    "exams:api_signs": Row(own=True, post=True, args=lambda w: [w.attempt.pk]),
    "exams:paper_new": only(Role.QUESTION_SETTER),
    "exams:series": only(Role.QUESTION_SETTER, Role.TRAINING_ADMIN),
    "exams:contests": Row(),
    "exams:contest_new": only(Role.QUESTION_SETTER, Role.TRAINING_ADMIN),
    "exams:sittings": only(SEERS),
    "exams:sitting": only(SEERS, args=lambda w: [w.exam.pk]),
    "exams:extend_all": only(Role.TRAINING_ADMIN, post=True, args=lambda w: [w.exam.pk]),
    "exams:reopen_all": only(Role.TRAINING_ADMIN, post=True, args=lambda w: [w.exam.pk]),
    "exams:candidates": only(Role.TRAINING_ADMIN, args=lambda w: [w.exam.pk]),
    "exams:results": only(SEERS, args=lambda w: [w.exam.pk]),
    "exams:make_up": only(Role.TRAINING_ADMIN, args=lambda w: [w.exam.pk]),
    "exams:sitting_attempt": only(SEERS, scoped=True, args=lambda w: [w.attempt.pk]),
    "exams:sitting_deed": only(
        Role.TRAINING_ADMIN, scoped=True, post=True, args=lambda w: [w.attempt.pk, "extend"]
    ),
    # courses
    "courses:catalogue": Row(),
    "courses:mine": Row(),
    "courses:course": Row(args=lambda w: [w.course.slug]),
    "courses:evidence": Row(own=True, args=lambda w: [w.course.slug]),
    # Whoever is not enrolled is led to the course's page.
    "courses:item": Row(args=lambda w: [w.course.slug, 1]),
    # After the two above: who begins has study time of his own.
    "courses:begin": Row(post=True, args=lambda w: [w.course.slug]),
    "courses:api_lease": Row(own=True, post=True),
    "courses:api_ticks": Row(own=True, post=True),
    "courses:api_told": Row(own=True, post=True),
    # notices
    "notices:inbox": Row(),
    "notices:count": Row(),
    "notices:mail": Row(),
    "notices:read_all": Row(post=True),
    "notices:open": Row(own=True, args=lambda w: [w.notice.pk]),
    # classes
    "classes:mine": Row(),
    "classes:answers": only(Role.LIAISON, Role.TRAINING_ADMIN),
    "classes:plans": only(Role.TRAINING_ADMIN, Role.AUDITOR),
    "classes:plan": only(
        Role.TRAINING_ADMIN, Role.AUDITOR, scoped=True, args=lambda w: [w.training_class.plan_id]
    ),
    "classes:approve_plan": only(
        Role.TRAINING_ADMIN, scoped=True, post=True, args=lambda w: [w.training_class.plan_id]
    ),
    "classes:add_class": only(
        Role.TRAINING_ADMIN, scoped=True, args=lambda w: [w.training_class.plan_id]
    ),
    "classes:held": only(Role.INSTITUTION_STAFF),
    "classes:excuses": only(Role.TRAINING_ADMIN),
    "classes:answer_excuse": only(
        Role.TRAINING_ADMIN, scoped=True, post=True, args=lambda w: [w.excuse.pk]
    ),
    "classes:makeups": only(SEERS),
    "classes:waive_makeup": only(
        Role.TRAINING_ADMIN, scoped=True, post=True, args=lambda w: [w.makeup.pk]
    ),
    "classes:institutions": only(Role.TRAINING_ADMIN, Role.AUDITOR),
    "classes:institution": only(
        Role.TRAINING_ADMIN, Role.AUDITOR, args=lambda w: [w.training_class.institution_id, 2026]
    ),
    "classes:detail": only(SEERS | {Role.INSTITUTION_STAFF}, scoped=True, args=class_of),
    "classes:deed": only(
        SEERS | {Role.INSTITUTION_STAFF},
        scoped=True,
        post=True,
        args=lambda w: [w.training_class.pk, "leave"],
    ),
    "classes:change_class": only(Role.TRAINING_ADMIN, scoped=True, args=class_of),
    "classes:seats": only(Role.TRAINING_ADMIN, scoped=True, args=class_of),
    "classes:name": only(Role.TRAINING_ADMIN, scoped=True, args=class_of),
    "classes:answer": only(Role.LIAISON, Role.TRAINING_ADMIN, scoped=True, args=class_of),
    "classes:add_session": only(
        Role.INSTITUTION_STAFF, Role.TRAINING_ADMIN, scoped=True, post=True, args=class_of
    ),
    "classes:judge": Row(own=True, args=class_of),
    "classes:session": only(*SESSION, scoped=True, args=session_of),
    "classes:door": only(*SESSION, scoped=True, args=session_of),
    "classes:door_code": only(*SESSION, scoped=True, args=session_of),
    "classes:sheet": only(*SESSION, scoped=True, args=session_of),
    "classes:record": only(*SESSION, scoped=True, args=session_of),
    "classes:sign_in": Row(own=True, args=session_of),
    # Last of its room: the session has no attendance, so whoever may takes it away.
    "classes:remove_session": only(*SESSION, scoped=True, post=True, args=spare_session),
    "courses:assigned": only(SEERS),
    "courses:remarks": only(Role.TRAINING_ADMIN, Role.LIAISON),
    "courses:assign": only(Role.TRAINING_ADMIN, Role.LIAISON),
    "courses:assignment": only(SEERS, scoped=True, args=lambda w: [w.assignment.pk]),
    "courses:assignment_deed": only(
        Role.TRAINING_ADMIN,
        Role.LIAISON,
        scoped=True,
        post=True,
        args=lambda w: [w.assignment.pk, "remind"],
    ),
    "dashboards:liaison": only(Role.LIAISON),
    "dashboards:remind": only(Role.LIAISON, post=True),
    "dashboards:manners": only(Role.LIAISON),
    # certificates
    "certificates:mine": Row(),
    "certificates:issued": only(Role.TRAINING_ADMIN),
    "certificates:detail": only(SEERS, scoped=True, args=lambda w: [w.certificate.serial]),
    "certificates:pdf": only(SEERS, scoped=True, args=lambda w: [w.certificate.serial]),
    "certificates:document": only(SEERS, scoped=True, args=lambda w: [w.certificate.serial]),
    "certificates:revoke": only(
        Role.TRAINING_ADMIN, scoped=True, args=lambda w: [w.certificate.serial]
    ),
    "certificates:verify_form": Row(public=True),
    "certificates:key": Row(public=True),
    "certificates:verify": Row(public=True, args=lambda w: [w.certificate.token]),
    # dashboards
    "dashboards:home": Row(),
    "dashboards:desk": only(SEERS, args=lambda w: ["department"]),
    "dashboards:own_data": Row(),
    "dashboards:overview": only(SEERS),
    "dashboards:person": only(SEERS, scoped=True, args=person),
    "dashboards:unit": only(SEERS, scoped=True, args=lambda w: [w.unit.code]),
    "dashboards:as_of": only(SEERS, scoped=True, args=lambda w: [w.unit.code]),
    "dashboards:as_of_people": only(SEERS, scoped=True, args=lambda w: [w.unit.code]),
    "dashboards:effect": only(Role.TRAINING_ADMIN, Role.AUDITOR, args=lambda w: [w.pack.pk]),
    "dashboards:trend": only(SEERS, scoped=True, args=lambda w: [w.unit.code]),
    "dashboards:my_archive": Row(),
    "dashboards:my_archive_pdf": Row(),
    "dashboards:archive": only(SEERS, scoped=True, args=person),
    "dashboards:archive_pdf": only(SEERS, scoped=True, args=person),
    "dashboards:people": only(SEERS, scoped=True, args=lambda w: [w.unit.code]),
    "dashboards:leagues": only(SEERS),
    "dashboards:league_new": only(Role.TRAINING_ADMIN),
    "dashboards:statements": only(SEERS),
    "dashboards:statement_new": only(Role.TRAINING_ADMIN),
    "dashboards:statement_schedule": only(Role.TRAINING_ADMIN),
    "dashboards:plans": only(SEERS),
    "dashboards:plan_new": only(Role.TRAINING_ADMIN),
    "dashboards:jobs": Row(),
    "dashboards:job_states": Row(),
    # content
    "content:library": Row(public=True),
    "content:stock": only(EDITORIAL, Role.TRAINING_ADMIN, Role.AUDITOR),
    "content:announcements": Row(public=True),
    "content:page": Row(args=lambda w: [w.lesson_path]),
    "content:search": Row(public=True),
    "content:desk": only(EDITORIAL),
    "content:media": Row(args=lambda w: [w.lecture.media_id]),
    "content:captions": Row(args=lambda w: [w.lecture.pk]),
}

# Tested where their objects are made: what they guard needs a state the world here does not have.
ELSEWHERE = {
    "cms_login": "tests/people/test_sign_in.py",
    "content:compare": "tests/content/test_editions.py",
    "tracker:change_withdraw": "tests/tracker/test_changes.py",
    "tracker:same_new": "tests/tracker/test_same_person.py",
    "tracker:same_person": "tests/tracker/test_same_person.py",
    "tracker:same_deed": "tests/tracker/test_same_person.py",
    "tracker:claim_file": "tests/tracker/test_claims.py",
    "tracker:import": "tests/tracker/test_import_hours.py",
    "tracker:import_progress": "tests/tracker/test_import_hours.py",
    "tracker:import_post": "tests/tracker/test_import_hours.py",
    "tracker:import_undo": "tests/tracker/test_import_hours.py",
    "dashboards:league": "tests/dashboards/test_leagues.py",
    "dashboards:league_deed": "tests/dashboards/test_leagues.py",
    "dashboards:statement": "tests/dashboards/test_statements.py",
    "dashboards:archive_verify": "tests/dashboards/test_archive.py",
    "dashboards:statement_deed": "tests/dashboards/test_statements.py",
    "dashboards:plan": "tests/dashboards/test_plans.py",
    "dashboards:plan_discard": "tests/dashboards/test_plans.py",
    "dashboards:plan_name": "tests/dashboards/test_plans.py",
    "dashboards:gap": "tests/dashboards/test_gap.py",
    "dashboards:export": "tests/dashboards/test_jobs.py",
    "dashboards:job_file": "tests/dashboards/test_jobs.py",
    "dashboards:cancel_job": "tests/dashboards/test_jobs.py",
    "exams:practice_start": "tests/exams/test_practice.py",
    "people:roster_import": "tests/people/test_roster_import.py",
    "people:roster_import_progress": "tests/people/test_roster_import.py",
    "people:roster_import_done": "tests/people/test_roster_import.py",
    "people:choose_password": "tests/people/test_first_passwords.py",
    "people:first_passwords": "tests/people/test_roster_import.py",
    "exams:lesson_check": "tests/exams/test_lesson_checks.py",
    "courses:contest": "tests/courses/test_contesting.py",
    "courses:answer_remark": "tests/courses/test_contesting.py",
    "courses:check": "tests/courses/test_checks_and_classes.py",
    "exams:wrong_answer": "tests/exams/test_practice.py",
    "exams:contest": "tests/exams/test_contests.py",
    "exams:contest_deed": "tests/exams/test_contests.py",
    "exams:jury": "tests/exams/test_contests.py",
    "exams:import": "tests/exams/test_imports.py",
    "exams:import_deed": "tests/exams/test_imports.py",
    "exams:settle_weak": "tests/exams/test_sitting_statistics.py",
    "content:citation_reviewed": "tests/content/test_pages.py",
    "content:review": "tests/content/test_review.py",
    "content:document": "tests/content/test_documents.py",
    "content:package_play": "tests/content/test_packages.py",
    "content:package_file": "tests/content/test_packages.py",
    "content:image": "tests/content/test_pages.py",
    "styleguide": "only in a demo; holds no data",
    "wagtail_serve": "the page tree; the library's own views stand before it",
    "wagtailcore_authenticate_with_password": "Wagtail's own; no page here has a password",
    "wagtailcore_login": "Wagtail's own; leads to the sign-in page",
}


def _addresses(resolver: Any, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        address = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            # Wagtail's admin and allauth bring their own checks.
            if not address.startswith(("cms/", "accounts/")):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from _addresses(pattern, address, inner)
        else:
            yield f"{namespace}{pattern.name}", address


@pytest.fixture
def world() -> World:
    city = OrgUnitFactory(name="云川市", code="YC")
    district = OrgUnitFactory(name="清河区", code="QH", parent=city)
    unit = OrgUnitFactory(name="区财政局", code="QH-CZ", parent=district)
    sibling = OrgUnitFactory(name="区民政局", code="QH-MZ", parent=district)
    foreign = OrgUnitFactory(name="东山区", code="DS", parent=city)
    somebody = PersonFactory(unit=unit, name="王晓明")
    PostFactory(person=somebody)
    duty = somebody.duties.create(unit=unit, kind="branch_secretary", starts_on=date(2024, 1, 1))
    grant = grant_role(somebody, Role.LIAISON, unit, by=None, now=NOW, on=date(2026, 1, 1))
    pack, *_ = packs_in_force("cadre-2023")
    packs_in_force("branch")
    branch = OrgUnitFactory(name="机关党支部", code="QH-CZ-DZ", parent=unit, kind="branch")
    entry = post_hours(somebody, "tests.matrix:1", hours="4")
    remark = contest(entry.pk, by=somebody, text="日期不对", now=NOW)
    claim = make_claim(somebody, bucket="self_study", confirmer="unit")
    institution = InstitutionFactory(kind="other")
    recognition = institution.recognitions.create(level="district", starts_on=date(2026, 1, 1))
    asker = PersonFactory(unit=unit)
    grant_role(asker, Role.LIAISON, unit, by=None, now=NOW, on=date(2026, 1, 1))
    change = ask_change(
        somebody.pk,
        by=asker,
        token=uuid4(),
        fields={"kind": "leave", "starts_on": date(2026, 3, 1), "note": "病假"},
        now=NOW,
    )
    refresh_standings([somebody.pk], on=date(2026, 6, 1), now=NOW)
    paper = make_paper(count=1)
    attempt_exam = make_exam(paper, by=asker)
    edition = CourseEditionFactory()
    EnrolmentFactory(person=somebody, edition=edition)
    lesson = published_lesson()
    return SimpleNamespace(
        unit=unit,
        places={"own": unit, "parent": district, "sibling": sibling, "foreign": foreign},
        person=somebody,
        branch=branch,
        lecture_held=hold_lecture(branch, "tests.matrix:2"),
        duty=duty,
        grant=grant,
        pack=pack,
        requirement="others-yearly",
        entry=entry,
        remark=remark,
        claim=claim,
        institution=institution,
        recognition=recognition,
        change=change,
        paper=paper,
        draft=compose_paper("草稿", [(make_question().current_id, Decimal(2))], by=asker, now=NOW),
        blueprint=create_blueprint("蓝图", [BlueprintRow(count=1, points=2)], by=asker, now=NOW),
        exam=attempt_exam,
        attempt=make_attempt(attempt_exam, somebody),
        appeal=make_appeal(attempt_exam),
        correction=make_correction(attempt_exam),
        question=make_question(),
        waiting=make_question(ready=False),
        course=edition.course,
        **matrix_world(unit, somebody, edition.course),
        certificate=CertificateFactory(learner=somebody),
        lecture=published_lecture(),
        lesson_path=lesson.url_path.split("/library/")[-1],
    )


def _reached(client: Client, name: str, row: Row, world: World) -> bool:
    """Whether the guard let the request through, whatever the view then made of it."""
    url = reverse(name, args=row.args(world))
    answer = client.post(url) if row.post else client.get(url)
    if answer.streaming:
        list(answer.streaming_content)  # read to its end, a lecture's file is closed
    if answer.status_code == 302 and answer.url.startswith("/accounts/login/"):
        return False
    # Addresses with a signed pass refuse with 400 or 403 whoever has none.
    refusals = (400, 403, 404) if name.startswith(("exams:api", "courses:api")) else (403, 404)
    return answer.status_code not in refusals


def _visitor(person: Person | None) -> Client:
    client = Client(raise_request_exception=True)
    if person is not None:
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def _holder(role: Role, unit: OrgUnit) -> Person:
    holder = PersonFactory(unit=unit)
    grant_role(holder, role, unit, by=None, now=NOW, on=date(2020, 1, 1))
    return holder


def test_every_address_has_a_row_and_every_row_an_address():
    addresses = {name for name, _address in _addresses(get_resolver())}
    listed = set(MATRIX) | set(ELSEWHERE)

    assert addresses - listed == set(), "give the new address a row in MATRIX"
    assert listed - addresses == set()


def _is_tested_in(file: Path, name: str, addresses: dict[str, str]) -> bool:
    """Whether the file is there and asks for the address: by its name, or by its longest fixed part."""
    fixed = max(re.split(r"<[^>]+>", addresses[name]), key=len)
    text = file.read_text() if file.is_file() else ""
    return name in text or fixed in text


def test_what_is_tested_elsewhere_is_tested_there():
    addresses = dict(_addresses(get_resolver()))
    pointers = {name: said for name, said in ELSEWHERE.items() if said.startswith("tests/")}

    lost = [
        name for name, said in pointers.items()
        if not _is_tested_in(ROOT / said, name, addresses)
    ]  # fmt: skip

    assert lost == []


def test_a_pointer_to_no_file_or_to_the_wrong_one_is_noticed():
    addresses = {"exams:blueprint": "papers/blueprints/<int:pk>/"}

    for said in ("tests/exams/test_bank_pages.py", "tests/people/test_sign_in.py"):
        assert not _is_tested_in(ROOT / said, "exams:blueprint", addresses)


def test_a_visitor_reaches_only_what_is_public(world):
    client = _visitor(None)

    wrong = [
        name for name, row in MATRIX.items() if _reached(client, name, row, world) != row.public
    ]

    assert wrong == []


def test_a_learner_reaches_what_is_everybodys_and_nothing_of_others(world):
    PostFactory(person=(learner := PersonFactory(unit=world.places["sibling"])))
    client = _visitor(learner)

    wrong = [
        name
        for name, row in MATRIX.items()
        if _reached(client, name, row, world) != (row.learners and not row.own)
    ]

    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_its_addresses_and_no_other(world, role):
    PostFactory(person=(holder := _holder(role, world.places["parent"])))
    client = _visitor(holder)

    wrong = [
        name
        for name, row in MATRIX.items()
        if not row.own and _reached(client, name, row, world) != (role in row.roles)
    ]

    assert wrong == []


@pytest.mark.parametrize("place", ["own", "parent", "sibling", "foreign"])
def test_data_of_a_person_or_unit_are_reached_from_own_and_parent_unit_only(world, place):
    wrong = []
    for role in Role:
        client = _visitor(_holder(role, world.places[place]))
        for name, row in MATRIX.items():
            if row.scoped:
                expected = role in row.roles and place in ("own", "parent")
                if _reached(client, name, row, world) != expected:
                    wrong.append((role.value, name))

    assert wrong == []


def test_a_persons_own_attempt_and_study_are_reached_by_that_person_alone(world):
    client = _visitor(world.person)
    own = [
        "exams:attempt",
        "exams:pass",
        "tracker:contest",
        "courses:evidence",
        "courses:item",
        "classes:judge",
        "classes:sign_in",
        "notices:open",
    ]

    assert [name for name in own if not _reached(client, name, MATRIX[name], world)] == []


def test_the_matrix_would_notice_a_view_without_its_guard(world, monkeypatch):
    """Negative control: with the role check switched off, the learner's row is wrong."""
    monkeypatch.setattr("people.permissions.has_role", lambda *args: True)
    client = _visitor(PersonFactory(unit=world.places["sibling"]))

    leaked = [
        name
        for name, row in MATRIX.items()
        if not row.learners and not row.scoped and _reached(client, name, row, world)
    ]

    assert len(leaked) > 10


def test_an_object_that_does_not_exist_looks_like_one_that_may_not_be_seen(world):
    client = _visitor(_holder(Role.LIAISON, world.places["sibling"]))

    assert client.get(f"/people/{world.person.pk}/record/").status_code == 404
    assert client.get("/people/99999999/record/").status_code == 404
    assert client.get(f"/attempts/{uuid4()}/").status_code == 404
