"""The library and the courses, written by the editor and approved by the reviewer as on any site."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.utils.text import slugify
from pypinyin import lazy_pinyin
from wagtail.images import get_image_model

import content.operations
import content.queries
import courses.operations
from content.enums import Kind as PageKind
from content.enums import ResourceKind, Theme, TrainingGroup
from demo import library
from demo.ground import Ground
from demo.stages import bank
from people.enums import Role


def library_pages(ground: Ground) -> str:
    for slug, summary in library.TEXTS.items():
        page = ground.import_text(slug).page
        page.theme, page.summary = Theme.POLICY, summary
        page.training_group, page.resource_kind = TrainingGroup.POLICY_AND_LAW, ResourceKind.LAW
        page.save_revision(user=ground.account(Role.EDITOR), clean=False)
        _publish(ground, page.pk)
    _publish(ground, _make_lecture(ground))
    lessons = packages = 0
    for course in library.courses():
        for item in course.items:
            if item["kind"] == "lesson":
                _publish(ground, _make_lesson(ground, course, item["title"]))
                lessons += 1
            elif item["kind"] == "package":
                _publish(ground, _make_package(ground, course, item))
                packages += 1
    announced = library.announcements()
    for said in announced:
        _publish(ground, _make_announcement(ground, said))
    return (
        f"{len(ground.texts)} policy texts, 1 micro-lecture, {lessons} lessons, "
        f"{packages} interactive packages, {len(announced)} announcements"
    )


def _make_announcement(ground: Ground, said: dict[str, Any]) -> int:
    model = apps.get_model("content", "AnnouncementPage")
    addressed = apps.get_model("content", "AnnouncementAudience")
    editor = ground.account(Role.EDITOR)

    def day(name: str) -> Any:
        return ground.plan.on + timedelta(days=said[name]) if name in said else None

    page = model(
        title=said["title"],
        live=False,
        owner=editor,
        body=[("paragraph", f"<p>{line}</p>") for line in said["lines"]],
        public=said.get("public", False),
        pinned=said.get("pinned", False),
        shown_from_on=day("from"),
        shown_until_on=day("until"),
    )
    page.audience = [addressed(unit_id=ground.units[code]) for code in said["units"]]
    page.slug = slugify("-".join(lazy_pinyin(said["title"][:12])))
    content.operations.ensure_library().add_child(instance=page)
    page.save_revision(user=editor, clean=False)
    return int(page.pk)


def course_pages(ground: Ground) -> str:
    lecture = _named(ground, "MicroLecturePage", library.lecture()["title"])
    found = library.courses()
    for course in found:
        exam_id = bank.course_test(ground, course)
        pages = {
            "text": lambda item: ground.texts[item["ref"]],
            "lecture": lambda item: lecture,
            "lesson": lambda item: _named(ground, "LessonPage", item["title"]),
            "package": lambda item: _named(ground, "PackagePage", item["title"]),
        }
        items: list[dict[str, Any]] = [
            {"exam_id": exam_id}
            if item["kind"] == "exam"
            else {"questions": " ".join(item["codes"])}
            if item["kind"] == "check"
            else {"page_id": pages[item["kind"]](item)}
            for item in course.items
        ]
        _publish(ground, _make_course(ground, course, items))
    return f"{len(found)} courses with their tests"


def topic_page(ground: Ground) -> str:
    """A topic gathers texts, a lecture and lessons, and courses, with a word between them."""
    said = library.topic()
    course = apps.get_model("courses", "CoursePage").objects
    body: list[library.Block] = []
    for part in said["parts"]:
        gathered = [
            *(ground.page(ground.texts[slug]) for slug in part.get("texts", [])),
            *(ground.page(_of_library(ground, title)) for title in part.get("titles", [])),
            *(course.get(slug=slug) for slug in part.get("courses", [])),
        ]
        body += [
            ("heading", part["heading"]),
            ("paragraph", f"<p>{part['words']}</p>"),
            ("pages", gathered),
        ]
    page = content.operations.create_page(
        PageKind.TOPIC,
        title=said["title"],
        by=ground.account(Role.EDITOR),
        summary=said["summary"],
        theme=Theme.CONSTITUTION,
        training_group=TrainingGroup.THEORY,
        resource_kind=ResourceKind.GRASSROOTS,
        body=body,
    )
    _publish(ground, page.pk)
    return "1 topic"


def _of_library(ground: Ground, title: str) -> int:
    """A lesson or lecture by its title; a course of the same title is another page."""
    model = "MicroLecturePage" if title == library.lecture()["title"] else "LessonPage"
    return _named(ground, model, title)


def course_with_a_class(ground: Ground) -> str:
    """A course that ends in a class: read, check yourself, then come together. The member takes it."""
    course = library.CourseSpec(
        slug="branch-secretaries-read-and-meet",
        title="党支部书记：先读、再练、后集中",
        category="支部工作",
        speaker="",
        hours=Decimal("0.5"),
        summary="到班之前先读支部学习的规定，用四道题检验一遍，再参加示范培训班。",
        cites=[],
        items=[],
        body="",
    )
    held = apps.get_model("classes", "TrainingClass").objects.get(title="党支部书记示范培训班")
    items: list[dict[str, Any]] = [
        {"page_id": ground.texts["branch-study-rules"]},
        {"questions": "CS-001 CS-004 CS-005 CS-013", "title": "四道题，检验一遍"},
        {"training_class_id": held.pk},
    ]
    page_id = _make_course(ground, course, items)
    _publish(ground, page_id)
    courses.operations.enrol(ground.account("member").pk, page_id, now=ground.now)
    return "1 course that ends in a class"


def _make_lecture(ground: Ground) -> int:
    editor = ground.account(Role.EDITOR)
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
        recorded_on=ground.plan.on - timedelta(days=228),
        media=media,
        poster=poster,
        captions=library.lecture_file("vtt").read_text(encoding="utf-8"),
        chapters=[
            ("chapter", {"start": int(each["start"]), "title": each["title"], "slide": None})
            for each in said["chapters"]
        ],
        summary="管谁、做什么、什么时候做、以什么为准：用四个问题读懂一份文件。",
        theme=Theme.POLICY,
        training_group=TrainingGroup.POLICY_AND_LAW,
        resource_kind=ResourceKind.THEORY,
    )
    return int(page.pk)


def _make_package(ground: Ground, course: library.CourseSpec, item: dict[str, Any]) -> int:
    editor = ground.account(Role.EDITOR)
    archive = ContentFile(library.package(item["ref"]), name=f"{item['ref']}.zip")
    page = content.operations.create_page(
        PageKind.PACKAGE,
        title=item["title"],
        by=editor,
        summary=item["summary"],
        theme=course.theme,
        training_group=course.training_group,
        resource_kind=course.resource_kind,
        minutes=item["minutes"],
        package=content.operations.add_package(archive, by=editor),
    )
    return int(page.pk)


def _make_lesson(ground: Ground, course: library.CourseSpec, title: str) -> int:
    cited: list[library.Block] = [("heading", "相关条款")]
    for slug, anchor in course.cites:
        page = ground.page(ground.texts[slug])
        cited.append(("citation", {"text": page, "anchor": anchor, "remark": ""}))
    blocks = [_with_lecture(ground, block) for block in course.blocks]
    page = content.operations.create_page(
        PageKind.LESSON,
        title=title,
        by=ground.account(Role.EDITOR),
        summary=course.summary,
        theme=course.theme,
        training_group=course.training_group,
        resource_kind=course.resource_kind,
        body=[*blocks[:-1], *cited, blocks[-1]],
    )
    return int(page.pk)


def _with_lecture(ground: Ground, block: library.Block) -> library.Block:
    """The block; one that plays a lecture gets the page for the name its author wrote."""
    if block[0] != "lecture":
        return block
    return "lecture", {
        "lecture": ground.page(_named(ground, "MicroLecturePage", library.lecture()["title"]))
    }


def _make_course(ground: Ground, course: library.CourseSpec, items: list[dict[str, Any]]) -> int:
    catalogue = apps.get_model("courses", "CatalogPage").objects.get()
    model = apps.get_model("courses", "CoursePage")
    item_model = apps.get_model("courses", "CourseItem")
    editor = ground.account(Role.EDITOR)
    page = model(
        title=course.title,
        slug=course.slug,
        summary=course.summary,
        theme=course.theme,
        training_group=course.training_group,
        resource_kind=course.resource_kind,
        speaker=course.speaker,
        hours=course.hours,
        live=False,
        owner=editor,
    )
    page.items = [item_model(sort_order=place, **item) for place, item in enumerate(items)]
    catalogue.add_child(instance=page)
    page.save_revision(user=editor, clean=False)
    return int(page.pk)


def _named(ground: Ground, model: str, title: str) -> int:
    """The page of that kind and title; a few lessons share words, never a whole title."""
    found = apps.get_model("content", model).objects.get(title=title)
    return int(found.pk)


def _publish(ground: Ground, page_id: int) -> None:
    """The editor hands it in, the reviewer approves, as on any site."""
    content.operations.submit_for_review(page_id, by=ground.account(Role.EDITOR))
    content.operations.approve(page_id, by=ground.account(Role.CONTENT_REVIEWER))
