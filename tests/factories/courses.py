"""Courses, editions and enrolments for tests. Items of an edition are made to measure."""

from datetime import UTC, datetime
from decimal import Decimal

import factory
from django.conf import settings
from wagtail.models import Locale, Page

from courses.enums import ItemKind
from courses.models import CatalogPage, CourseEdition, CoursePage, EditionItem, Enrolment
from tests.factories.people import PersonFactory

LONG_AGO = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def shelf():
    """The catalogue page; made anew when a test's flush took it away."""
    found = CatalogPage.objects.first()
    if found is not None:
        return found
    Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    root = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root")
    return root.add_child(instance=CatalogPage(title="课程", slug="courses"))


def study_page(title="一篇要学的文章"):
    """A published page to study; what is on it does not matter."""
    return shelf().add_child(instance=Page(title=title, live=True))


class CoursePageFactory(factory.django.DjangoModelFactory):
    """A published course without items; editions are made by ``CourseEditionFactory``."""

    class Meta:
        model = CoursePage

    title = factory.Sequence(lambda n: f"课程{n}")
    slug = factory.Sequence(lambda n: f"course-{n}")
    summary = "学完以后能读懂一份文件。"
    theme = "theory"
    hours = Decimal(2)
    live = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        prerequisites = kwargs.pop("prerequisites", ())
        course = shelf().add_child(instance=model_class(**kwargs))
        if prerequisites:
            course.prerequisites.set(prerequisites)
            course.save()
        return course


class CourseEditionFactory(factory.django.DjangoModelFactory):
    """An edition with items, each given as a dict: ``kind``, ``length_seconds``, ``exam`` …

    Without ``items``: one lecture of ten minutes of which 90 per cent are needed.
    """

    class Meta:
        model = CourseEdition

    course = factory.SubFactory(CoursePageFactory)
    number = 1
    title = factory.SelfAttribute("course.title")
    summary = factory.SelfAttribute("course.summary")
    theme = factory.SelfAttribute("course.theme")
    hours = factory.SelfAttribute("course.hours")
    credits = Decimal(0)
    grants_certificate = True
    frozen_at = LONG_AGO
    fingerprint = factory.Sequence(lambda n: f"{n:064d}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        wanted = kwargs.pop("items", [{}])
        edition = model_class.objects.create(*args, **kwargs)
        for position, item in enumerate(wanted, start=1):
            kind = item.get("kind", ItemKind.MEDIA)
            fields = {
                "kind": kind,
                "position": position,
                "title": f"第{position}项",
                "required": True,
                "min_share": 90,
                "length_seconds": 0 if kind == ItemKind.EXAM else 600,
                **item,
            }
            if kind != ItemKind.EXAM and "page" not in fields:
                fields["page"] = study_page()
            EditionItem.objects.create(edition=edition, **fields)
        return edition


class EnrolmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Enrolment

    person = factory.SubFactory(PersonFactory)
    edition = factory.SubFactory(CourseEditionFactory)
    course = factory.SelfAttribute("edition.course")
    unit = factory.SelfAttribute("person.unit")
    enrolled_at = LONG_AGO
