"""Fill the site with the demo district, stage by stage.

Each stage is one transaction that ends with its marker in the audit log: a seeding that was killed
goes on with the first stage unfinished, and a finished one changes nothing. People are written in
bulk; what they publish, earn and pass goes through the operations of the apps.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import transaction
from django.utils import timezone
from wagtail.images import get_image_model

import certificates.operations
import content.operations
import content.queries
import courses.operations
import courses.queries
import dashboards.operations
import exams.operations
import exams.queries
import tracker.operations
from content.enums import Kind as PageKind
from content.enums import Theme
from courses.enums import Way
from courses.study_time import Tick
from demo import desks, district, examinations, history, library, roster, sittings
from demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from demo.answers import sit
from demo.classes import ClassSeeder
from demo.roster import Diligence
from exams.engine import items as engine
from people.enums import Role
from people.models import (
    AuditEntry,
    MembershipStage,
    OrgUnit,
    PartyDuty,
    Person,
    Post,
)
from people.operations import audit, grant_role, pinyin_key
from tracker.rules import Measures

BATCH = 2000
LEDGER_CHUNK = 4000  # persons; up to that many the ledger is in the order of time
PACKS_IN_FORCE = ("cadre-2023", "party", "lecturing")
MAIN_COURSE = "reading-policy-texts"
# What the demo's member has completed; half an hour each.
STUDIED = ("how-study-hours-are-counted", "less-paper-more-work")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What is seeded: so many persons, from this seed, as of this day."""

    people: int
    seed: int
    on: date


def plan_of_last_seeding() -> Plan | None:
    """What a seeding begun here was asked for, None where there was none."""
    found = AuditEntry.objects.filter(verb="demo.seed", subject="demo.stage:plan").first()
    if found is None:
        return None
    detail = found.detail
    return Plan(detail["people"], detail["seed"], date.fromisoformat(detail["on"]))


@dataclass
class Seeder:
    """Runs the stages of one plan. ``now`` is the moment of the seeding; history lies before it."""

    plan: Plan
    now: datetime
    say: Say = lambda line: None
    timings: dict[str, float] = field(default_factory=dict)

    def run(self) -> int:
        """Do every stage not yet done; return how many were."""
        done = set(AuditEntry.objects.filter(verb="demo.seed").values_list("subject", flat=True))
        ran = 0
        for name, stage in (
            ("plan", self._note_plan),
            ("people", self._people),
            ("rules", self._rules),
            ("ledger", self._ledger),
            ("corrections", self._corrections),
            ("library", self._library),
            ("bank", self._bank),
            ("courses", self._courses),
            ("study", self._study),
            ("exam", self._exam),
            ("sittings", self._sittings),
            ("classes", self._classes),
            ("past exam", self._past_exam),
            ("desks", self._desks),
            ("standings", self._standings),
            ("department", self._department),
        ):
            if f"demo.stage:{name}" in done:
                continue
            began = time.monotonic()
            # The ledger of a large district is more than one transaction should hold; its rows are
            # posted once by their source, so going on after a kill repeats nothing.
            said = stage() if name == "ledger" else ""
            with transaction.atomic():
                said = said or stage()
                detail = {"people": self.plan.people, "seed": self.plan.seed}
                detail |= {"on": self.plan.on.isoformat()}
                audit(None, "demo.seed", f"demo.stage:{name}", detail, now=self.now)
            self.timings[name] = time.monotonic() - began
            ran += 1
            if said:
                self.say(f"{name}: {said} ({self.timings[name]:.1f} s)")
        return ran

    # --- who is there -----------------------------------------------------------------------------

    @cached_property
    def roster(self) -> roster.Roster:
        return roster.make(self.plan.people, self.plan.seed, self.plan.on)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Primary keys by staff number."""
        return dict(Person.objects.values_list("staff_number", "pk"))

    @cached_property
    def units(self) -> dict[str, int]:
        """Primary keys of units by code."""
        return dict(OrgUnit.objects.values_list("code", "pk"))

    def account(self, role: str) -> Person:
        """The person behind the demo account of a role."""
        number = next(a.staff_number for a in DEMO_ACCOUNTS if a.role == role)
        return Person.objects.get(staff_number=number)

    def past(self, days: int, hour: int = 9) -> datetime:
        """A working moment so many days before the day of the plan."""
        return datetime.combine(
            self.plan.on - timedelta(days=days), datetime.min.time(), history.ZONE
        ) + timedelta(hours=hour)

    def _note_plan(self) -> str:
        return ""

    def _people(self) -> str:
        _plant(self.roster.nodes)
        rows = [
            Person(
                staff_number=spec.staff_number,
                name=spec.name,
                pinyin=pinyin_key(spec.name),
                unit_id=self.units[spec.unit],
                joined_on=spec.joined_on,
                password=make_password(DEMO_PASSWORD if spec.role else None),
            )
            for spec in self.roster.persons
        ]
        Person.objects.bulk_create(rows, batch_size=BATCH)
        Post.objects.bulk_create(
            (
                Post(
                    person_id=self.ids[spec.staff_number],
                    unit_id=self.units[post.unit],
                    title=post.title,
                    rank=post.rank,
                    grade=post.grade,
                    leading=post.leading,
                    authority=post.authority,
                    primary=True,
                    starts_on=post.starts_on,
                    ends_on=post.ends_on,
                )
                for spec in self.roster.persons
                for post in spec.posts
            ),
            batch_size=BATCH,
        )
        PartyDuty.objects.bulk_create(
            (
                PartyDuty(
                    person_id=self.ids[spec.staff_number],
                    unit_id=self.units[duty.unit],
                    kind=duty.kind,
                    starts_on=duty.starts_on,
                    ends_on=duty.ends_on,
                )
                for spec in self.roster.persons
                for duty in spec.duties
            ),
            batch_size=BATCH,
        )
        MembershipStage.objects.bulk_create(
            (
                MembershipStage(
                    person_id=self.ids[spec.staff_number],
                    stage=stage.stage,
                    starts_on=stage.starts_on,
                    ends_on=stage.ends_on,
                )
                for spec in self.roster.persons
                for stage in spec.stages
            ),
            batch_size=BATCH,
        )
        began = date(self.plan.on.year - 2, 1, 4)
        for account in DEMO_ACCOUNTS:
            if account.role == "member":
                continue
            scope = roster.ROLE_SCOPE.get(account.role, district.DISTRICT)
            grant_role(
                self.account(account.role),
                Role(account.role),
                OrgUnit.objects.get(code=scope),
                by=None,
                now=self.now,
                on=began,
            )
        return f"{len(rows)} persons in {len(self.roster.nodes)} units"

    # --- what is owed, and what was studied ---------------------------------------------------------

    def _rules(self) -> str:
        admin = self.account(Role.TRAINING_ADMIN)
        # In force since before the history begins, so that standings as of an earlier day exist.
        in_force = datetime(self.plan.on.year - 2, 1, 10, 9, tzinfo=history.ZONE)
        approved = 0
        for pack, _created in tracker.operations.load_rulepacks(now=self.now):
            if pack.code not in PACKS_IN_FORCE:
                continue
            try:
                tracker.operations.approve_rulepack(pack.pk, admin, in_force)
            except tracker.operations.NotADraft:
                continue
            approved += 1
        for spec in history.INSTITUTIONS:
            institution = tracker.operations.register_institution(
                code=spec.code,
                name=spec.name,
                kind=spec.kind,
                unit_id=self.units[spec.unit] if spec.unit else None,
            )
            if spec.recognised:
                level, by, starts_on, ends_on = spec.recognised
                tracker.operations.recognise(
                    institution.pk,
                    level=level,
                    starts_on=starts_on,
                    ends_on=ends_on,
                    recognised_by=by,
                )
        return f"{approved} packs approved, {len(history.INSTITUTIONS)} institutions"

    def _ledger(self) -> str:
        people = self.roster.persons
        count = 0
        for first in range(0, len(people), LEDGER_CHUNK):
            rows = history.entries(
                people[first : first + LEDGER_CHUNK], self.plan.seed, self.plan.on
            )
            tracker.operations.credit_many(map(self._posting, rows), now=self.now, refresh=False)
            count += len(rows)
        return f"{count} entries"

    @cached_property
    def institutions(self) -> dict[str, int]:
        """Primary keys of institutions by code."""
        return {
            spec.code: tracker.operations.register_institution(
                code=spec.code, name=spec.name, kind=spec.kind
            ).pk
            for spec in history.INSTITUTIONS
        }

    @cached_property
    def staff(self) -> Person:
        return self.account(Role.INSTITUTION_STAFF)

    def _posting(self, row: history.EntrySpec) -> tracker.operations.Posting:
        return tracker.operations.Posting(
            source=row.source,
            bucket=row.bucket,
            title=row.title,
            occurred_from=row.occurred_from,
            occurred_to=row.occurred_to,
            measures=_measures(row),
            confirmer=row.confirmer,
            person_id=self.ids[row.staff_number],
            institution_id=self.institutions.get(row.institution),
            confirmed_by_id=self.staff.pk if row.institution == history.SCHOOL else None,
            recorded_at=row.recorded_at,
        )

    def _corrections(self) -> str:
        rows = history.entries(self.roster.persons[:LEDGER_CHUNK], self.plan.seed, self.plan.on)
        by_source = {row.source: row for row in rows}
        corrected = history.corrections(rows, self.plan.seed, self.plan.on)
        for correction in corrected:
            told = self._posting(by_source[correction.source])
            # Crediting the same source again changes nothing and returns the row it has.
            entry = tracker.operations.credit(
                source=told.source,
                bucket=told.bucket,
                title=told.title,
                occurred_from=told.occurred_from,
                occurred_to=told.occurred_to,
                measures=told.measures,
                confirmer=told.confirmer,
                person_id=told.person_id,
                institution_id=told.institution_id,
                now=self.now,
            )
            tracker.operations.correct(
                entry.pk,
                measures=_measures(correction.again),
                because=correction.because,
                by_id=self.staff.pk,
                now=correction.at,
            )
        admin = self.account(Role.TRAINING_ADMIN)
        away = 0
        for spec in self.roster.persons:
            for absence in spec.away:
                begins = datetime.combine(absence.starts_on, datetime.min.time(), history.ZONE)
                tracker.operations.approve_event(
                    person_id=self.ids[spec.staff_number],
                    kind=absence.kind,
                    starts_on=absence.starts_on,
                    ends_on=absence.ends_on,
                    by=admin,
                    now=begins - timedelta(days=3),
                    note=absence.reason,
                )
                away += 1
        return f"{len(corrected)} entries corrected, {away} absences approved"

    def _classes(self) -> str:
        return ClassSeeder(
            on=self.plan.on,
            now=self.now,
            admin=self.account(Role.TRAINING_ADMIN),
            staff=self.staff,
            liaison=self.account(Role.LIAISON),
            member=self.account("member"),
            seed=self.plan.seed,
        ).run()

    def _desks(self) -> str:
        return desks.fill(
            member=self.account("member"),
            liaison=self.account(Role.LIAISON),
            admin=self.account(Role.TRAINING_ADMIN),
            institutions=self.institutions,
            school=history.SCHOOL,
            elsewhere=history.CITY_SCHOOL,
            on=self.plan.on,
            now=self.now,
        )

    def _standings(self) -> str:
        changed = tracker.operations.rebuild_standings(
            on=timezone.localdate(self.now), now=self.now
        )
        return f"{changed} persons"

    def _department(self) -> str:
        """A statement that waits for its second person, and a seat plan."""
        by = self.account(Role.TRAINING_ADMIN)
        unit = by.role_grants.filter(role=Role.TRAINING_ADMIN).select_related("unit")[0].unit
        today = timezone.localdate(self.now)
        year = today.year - 1
        statement = dashboards.operations.order_statement(
            unit,
            kind="year_end",
            activity_on=date(year, 12, 31),
            known_at=min(self.past(0), datetime(year + 1, 1, 31, 15, 59, tzinfo=UTC)),
            by=by,
            now=self.now,
        )
        dashboards.operations.draw(
            by, {"statement": statement.pk}, lambda done: None, lambda: self.now
        )
        plan = dashboards.operations.make_plan(
            unit,
            title="科级干部任职能力培训班",
            requirement="others-yearly",
            horizon_on=date(today.year, 12, 31),
            class_days=Decimal(5),
            capacity=40,
            most_of_a_unit=5,
            by=by,
            now=self.now,
        )
        return f"statement {statement.pk}, plan {plan.pk}"

    # --- the library and the courses -------------------------------------------------------------------

    def _publish(self, page_id: int) -> None:
        """The editor hands it in, the reviewer approves, as on any site."""
        content.operations.submit_for_review(page_id, by=self.account(Role.EDITOR))
        content.operations.approve(page_id, by=self.account(Role.CONTENT_REVIEWER))

    @cached_property
    def texts(self) -> dict[str, int]:
        """Page ids of the policy texts by slug; importing one again only finds it."""
        return {slug: self._import(slug).page.pk for slug in library.TEXTS}

    def _import(self, slug: str) -> content.operations.Imported:
        return content.operations.import_policy(
            library.text(slug),
            source_name=f"{slug}.txt",
            by=self.account(Role.EDITOR),
            submit=False,
            now=self.past(230),
        )

    def _library(self) -> str:
        for slug, summary in library.TEXTS.items():
            page = self._import(slug).page
            page.theme, page.summary = Theme.POLICY, summary
            page.save_revision(user=self.account(Role.EDITOR), clean=False)
            self._publish(page.pk)
        self._publish(self._make_lecture())
        lessons = 0
        for course in library.courses():
            for item in course.items:
                if item["kind"] == "lesson":
                    self._publish(self._make_lesson(course, item["title"]))
                    lessons += 1
        return f"{len(self.texts)} policy texts, 1 micro-lecture, {lessons} lessons"

    def _make_lecture(self) -> int:
        editor = self.account(Role.EDITOR)
        said = library.lecture()
        film = library.lecture_file("webm")
        media = content.operations.add_media(
            ContentFile(film.read_bytes(), name=film.name),
            title=said["title"],
            length_seconds=round(said["seconds"]),
            by=editor,
        )
        still = library.lecture_file("jpg")
        poster = get_image_model().objects.create(
            title=said["title"],
            file=ImageFile(ContentFile(still.read_bytes()), name=still.name),
            uploaded_by_user=editor,
        )
        page = content.operations.create_page(
            PageKind.LECTURE,
            title=said["title"],
            by=editor,
            speaker=said["speaker"],
            recorded_on=self.plan.on - timedelta(days=228),
            media=media,
            poster=poster,
            captions=library.lecture_file("vtt").read_text(encoding="utf-8"),
            chapters=[
                ("chapter", {"start": int(each["start"]), "title": each["title"], "slide": None})
                for each in said["chapters"]
            ],
            summary="管谁、做什么、什么时候做、以什么为准：用四个问题读懂一份文件。",
            theme=Theme.POLICY,
        )
        return int(page.pk)

    def _make_lesson(self, course: library.CourseSpec, title: str) -> int:
        cited: list[library.Block] = [("heading", "相关条款")]
        for slug, anchor in course.cites:
            page = self._page(self.texts[slug])
            cited.append(("citation", {"text": page, "anchor": anchor, "remark": ""}))
        page = content.operations.create_page(
            PageKind.LESSON,
            title=title,
            by=self.account(Role.EDITOR),
            summary=course.summary,
            theme=course.theme,
            body=[*course.blocks[:-1], *cited, course.blocks[-1]],
        )
        return int(page.pk)

    def _page(self, page_id: int) -> Any:
        return apps.get_model("wagtailcore", "Page").objects.get(pk=page_id).specific

    def _named(self, model: str, title: str) -> int:
        """The page of that kind and title; a few lessons share words, never a whole title."""
        found = apps.get_model("content", model).objects.get(title=title)
        return int(found.pk)

    # --- the bank ------------------------------------------------------------------------------------------

    def _bank(self) -> str:
        setter = self.account(Role.QUESTION_SETTER)
        reviewer = self.account(Role.QUESTION_REVIEWER)
        written, approved = self.past(226), self.past(221)
        numbers = {}
        labels: dict[tuple[int, str], str] = {}
        for page_id in self.texts.values():
            page = self._page(page_id)
            numbers[page.number] = page_id
            for anchor, label in content.queries.articles_of(page_id):
                labels[page_id, anchor] = f"{page.title}{label}"
        records = [engine.record_from_dict(question) for question in library.questions()]
        cited = [
            [
                exams.operations.Article(
                    numbers[cite.text],
                    cite.anchor,
                    labels.get((numbers[cite.text], cite.anchor), cite.text),
                )
                for cite in record.cites
            ]
            for record in records
        ]
        made = exams.operations.import_questions(records, cited, author=setter, now=written)
        # A few still wait for their second person, so that the reviewer's desk is not empty.
        waiting = {"CS-038", "CS-039", "CS-040"}
        for question in made:
            exams.operations.submit_question_for_review(question.pk, by=setter, now=written)
            if question.code not in waiting:
                exams.operations.approve_question(question.pk, by=reviewer, now=approved)
        return f"{len(made)} questions, {len(waiting)} of them still in review"

    def _blueprint(self, title: str, rows: list[tuple[str, str, int, int]]) -> int:
        """Rows are category, type, how many, points each."""
        row_model = apps.get_model("exams", "BlueprintRow")
        category = apps.get_model("exams", "Category")
        blueprint = exams.operations.create_blueprint(
            title,
            [
                row_model(
                    category=category.objects.get(full_name=name) if name else None,
                    type=kind,
                    count=count,
                    points=Decimal(points),
                )
                for name, kind, count, points in rows
            ],
            by=self.account(Role.QUESTION_SETTER),
            now=self.past(216),
        )
        return int(blueprint.pk)

    def _paper(self, blueprint_id: int, seed: str) -> int:
        setter = self.account(Role.QUESTION_SETTER)
        paper = exams.operations.draw_paper(
            blueprint_id,
            seed=f"{self.plan.seed}:{seed}",
            by=setter,
            now=self.past(215),
            on=self.plan.on - timedelta(days=215),
        )
        exams.operations.publish_paper(
            paper.pk, by=self.account(Role.QUESTION_REVIEWER), now=self.past(214)
        )
        return int(paper.pk)

    # --- courses ----------------------------------------------------------------------------------------------

    def _courses(self) -> str:
        lecture = self._named("MicroLecturePage", library.lecture()["title"])
        found = library.courses()
        for course in found:
            exam_id = self._course_test(course)
            pages = {
                "text": lambda item: self.texts[item["ref"]],
                "lecture": lambda item: lecture,
                "lesson": lambda item: self._named("LessonPage", item["title"]),
            }
            items: list[dict[str, int]] = [
                {"exam_id": exam_id}
                if item["kind"] == "exam"
                else {"page_id": pages[item["kind"]](item)}
                for item in course.items
            ]
            self._publish(self._make_course(course, items))
        return f"{len(found)} courses with their tests"

    def _course_test(self, course: library.CourseSpec) -> int:
        main = course.slug == MAIN_COURSE
        from_text = {
            "training-measures": "政策文件/干部教育培训实施办法",
            "branch-study-rules": "政策文件/微党课和党支部学习",
            "online-study-exams": "政策文件/在线学习和考试",
        }[course.cites[0][0]]
        if main:
            rows = [
                (from_text, "single", 5, 10), (from_text, "multiple", 2, 10),
                (from_text, "true_false", 1, 10), (f"课程/{course.title}", "single", 1, 10),
                (f"课程/{course.title}", "ordering", 1, 10),
            ]  # fmt: skip
        else:
            rows = [
                (f"课程/{course.title}", "single", 1, 20), (from_text, "single", 3, 20),
                (from_text, "true_false", 1, 20),
            ]  # fmt: skip
        paper_id = self._paper(self._blueprint(f"{course.title}：课程测试", rows), course.slug)
        exam = exams.operations.open_exam(
            title=f"{course.title}：{'结业测试' if main else '课程测试'}",
            description="完成前面的学习项目后参加。成绩在交卷后公布，最多参加三次，以最高成绩为准。",
            paper_id=paper_id,
            opens_at=self.past(213),
            closes_at=self.past(-730, hour=18),
            duration=timedelta(minutes=20 if main else 10),
            attempts_allowed=3,
            pass_percent=Decimal(60),
            review="key",
            review_when="at_once",
            audience="course",
            by=self.account(Role.QUESTION_SETTER),
            now=self.past(213),
        )
        return int(exam.pk)

    def _make_course(self, course: library.CourseSpec, items: list[dict[str, int]]) -> int:
        catalogue = apps.get_model("courses", "CatalogPage").objects.get()
        model = apps.get_model("courses", "CoursePage")
        item_model = apps.get_model("courses", "CourseItem")
        editor = self.account(Role.EDITOR)
        page = model(
            title=course.title,
            slug=course.slug,
            summary=course.summary,
            theme=course.theme,
            speaker=course.speaker,
            hours=course.hours,
            live=False,
            owner=editor,
        )
        page.items = [item_model(sort_order=place, **item) for place, item in enumerate(items)]
        catalogue.add_child(instance=page)
        page.save_revision(user=editor, clean=False)
        return int(page.pk)

    # --- learners --------------------------------------------------------------------------------------------

    def _study(self) -> str:
        """Some people take courses, by the very operations the pages call, in the past months."""
        rng = random.Random(f"learners:{self.plan.seed}")  # noqa: S311 - invented data
        keen = [
            spec
            for spec in self.roster.persons
            if spec.diligence in (Diligence.AHEAD, Diligence.STEADY)
            and not spec.role
            and not spec.away
        ]
        made = completed = 0
        by_slug = {course.slug: course for course in library.courses()}
        ids = dict(apps.get_model("courses", "CoursePage").objects.values_list("slug", "pk"))
        for slug in by_slug:
            for spec in rng.sample(keen, 12 if slug == MAIN_COURSE else 4):
                learner = self.ids[spec.staff_number]
                began = self.past(rng.randrange(3, 150), hour=19) + timedelta(
                    minutes=rng.randrange(120)
                )
                stops = rng.random() < 0.25
                done = self._take(learner, ids[slug], began, rng, stop_early=stops)
                made, completed = made + 1, completed + done
        member = self.account("member")
        for days, slug in zip((26, 12), STUDIED, strict=True):
            began = self.past(days, hour=20)
            completed += self._take(member.pk, ids[slug], began, rng, sure=True)
        made += 1 + len(STUDIED)
        courses.operations.enrol(
            member.pk,
            ids[MAIN_COURSE],
            way=Way.ASSIGNED,
            by_id=self.account(Role.TRAINING_ADMIN).pk,
            deadline_on=self.plan.on + timedelta(days=30),
            now=self.past(6),
        )
        return f"{made} enrolments, {completed} completed with a certificate"

    def _take(
        self,
        person_id: int,
        course_id: int,
        at: datetime,
        rng: random.Random,
        *,
        stop_early: bool = False,
        sure: bool = False,
    ) -> bool:
        """Study a course item by item and sit its test; True when it was completed."""
        enrolment = courses.operations.enrol(person_id, course_id, now=at)
        outline = courses.queries.outline(enrolment.edition_id, enrolment.pk)
        person = Person.objects.get(pk=person_id)
        for item in outline.items:
            at += timedelta(seconds=rng.randrange(8, 40))
            if item.exam_id is None:
                at = _study_item(person_id, enrolment.pk, item.id, at)
                if stop_early:
                    return False
                continue
            passed = False
            for _ in range(3):
                passed, at = sit(item.exam_id, person, 1.0 if sure else 0.86, at, rng)
                if passed:
                    break
                at += timedelta(hours=1, minutes=rng.randrange(5, 90))
            if not passed:
                return False
            courses.operations.exam_passed(item.exam_id, person_id, now=at)
        if not courses.queries.completion_facts(enrolment.pk).completed_at:
            return False
        certificates.operations.issue(enrolment.pk, now=at + timedelta(seconds=2))
        return True

    # --- an exam for everybody ------------------------------------------------------------------------------------

    def _exam(self) -> str:
        """The year's test: open now, sat by some already; a few papers wait for the marker."""
        year = self.plan.on.year
        first = "政策文件/干部教育培训实施办法"
        second, third = "政策文件/微党课和党支部学习", "政策文件/在线学习和考试"
        blueprint = self._blueprint(
            f"{year}年度政策文件学习测试",
            [
                (first, "single", 6, 3), (second, "single", 5, 3), (third, "single", 6, 3),
                (first, "multiple", 2, 4), (second, "multiple", 2, 4), (third, "multiple", 1, 4),
                ("", "true_false", 6, 2), ("", "numeric", 2, 4), ("", "fill_in", 2, 4),
                ("", "matching", 1, 6), ("", "short_answer", 1, 5),
            ],
        )  # fmt: skip
        exam = exams.operations.open_exam(
            title=f"{year}年度政策文件学习测试",
            description="三份文件和相关课程。进入试卷后开始计时，到时自动停止接收答案。",
            paper_id=self._paper(blueprint, "yearly"),
            opens_at=self.past(14, hour=8),
            closes_at=self.past(-21, hour=18),
            duration=timedelta(minutes=45),
            attempts_allowed=1,
            pass_percent=Decimal(60),
            review="key",
            review_when="after_close",
            by=self.account(Role.QUESTION_SETTER),
            now=self.past(20),
        )
        rng = random.Random(f"candidates:{self.plan.seed}")  # noqa: S311 - invented data
        others = [spec for spec in self.roster.persons if not spec.role and not spec.away]
        marker = self.account(Role.MARKER)
        candidates = rng.sample(others, min(45, len(others) // 3))
        for place, spec in enumerate(candidates):
            person = Person.objects.get(staff_number=spec.staff_number)
            skill = {Diligence.AHEAD: 0.9, Diligence.STEADY: 0.75, Diligence.LATE: 0.58}.get(
                spec.diligence, 0.45
            )
            at = self.past(rng.randrange(1, 13), hour=rng.choice((9, 10, 14, 15, 20)))
            by = None if place < 6 else marker
            sit(exam.pk, person, skill, at, rng, marker=by)
        return f"{len(candidates)} attempts, 6 of them to be marked by hand"

    def _sittings(self) -> str:
        return sittings.Sittings(self).run()

    def make_blueprint(self, title: str, rows: list[tuple[str, str, int, int]]) -> int:
        """A blueprint of the demo's setter: category, type, how many, points each."""
        return self._blueprint(title, rows)

    def draw_published(self, title: str, rows: list[tuple[str, str, int, int]], seed: str) -> int:
        """A published paper drawn from such rows."""
        return self._paper(self._blueprint(title, rows), seed)

    def _past_exam(self) -> str:
        """A quarter's test that is over: a key corrected, another waiting for a second person, appeals."""
        blueprint = self._blueprint(
            "季度学习测试",
            [("", "single", 10, 6), ("", "true_false", 5, 4), ("", "short_answer", 1, 20)],
        )
        others = [spec for spec in self.roster.persons if not spec.role and not spec.away]
        rng = random.Random(f"quarter:{self.plan.seed}")  # noqa: S311 - invented data
        chosen = rng.sample(others, min(24, len(others) // 3))
        people = Person.objects.in_bulk([self.ids[spec.staff_number] for spec in chosen])
        return examinations.past_quarter(
            paper_id=self._paper(blueprint, "quarter"),
            candidates=list(people.values()),
            by={role: self.account(role) for role in examinations.ROLES},
            past=self.past,
            rng=rng,
        )


# --- how it is done -------------------------------------------------------------------------------------------------


def _plant(nodes: list[district.Node]) -> None:
    """Write the whole tree at once. Paths are treebeard's own; only their counting is ours."""
    root = OrgUnit.add_root(code=nodes[0].code, name=nodes[0].name, kind=nodes[0].kind)
    planted = {root.code: root}
    for node in nodes[1:]:
        parent = planted[node.parent]
        parent.numchild += 1
        planted[node.code] = OrgUnit(
            code=node.code,
            name=node.name,
            kind=node.kind,
            depth=parent.depth + 1,
            path=OrgUnit._get_path(parent.path, parent.depth + 1, parent.numchild),
        )
    OrgUnit.objects.filter(pk=root.pk).update(numchild=root.numchild)
    OrgUnit.objects.bulk_create(list(planted.values())[1:], batch_size=BATCH)


def _measures(row: history.EntrySpec) -> Any:
    return Measures(hours=row.hours, credits=row.credits, training_days=row.training_days)


def _study_item(person_id: int, enrolment_id: int, item_id: int, at: datetime) -> datetime:
    """Read or play one item from its beginning until it is proven; return when that was."""
    lease = courses.operations.take_lease(person_id, enrolment_id, item_id, device="demo", now=at)
    step = 15_000  # milliseconds, as the page reports
    for batch in _reports(lease.length_ms, step):
        at += timedelta(milliseconds=step * len(batch))
        outcome = courses.operations.record_ticks(
            lease.lease_id,
            batch,
            kind=lease.kind,
            length_ms=lease.length_ms,
            min_share=lease.min_share,
            now=at,
        )
        if outcome.item_completed:
            break
    return at


def _reports(length_ms: int, step: int) -> Iterator[list[Tick]]:
    ticks = [
        Tick(seq, start, min(start + step, length_ms), step)
        for seq, start in enumerate(range(0, length_ms, step), 1)
    ]
    # A minute at a time is what one request brings, and early enough to be verified.
    for first in range(0, len(ticks), 4):
        yield ticks[first : first + 4]
