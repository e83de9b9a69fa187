"""The library's root, its groups and its review stand in every database."""

import pytest
from wagtail.models import Collection, Page, Site, Workflow

from content import operations
from content.models import LibraryPage, SiteRootPage, TwoPersonApprovalTask

pytestmark = pytest.mark.django_db


def test_migrations_plant_the_library_below_the_sites_root():
    library = LibraryPage.objects.get()

    assert library.slug == "library"
    assert library.get_parent().specific == SiteRootPage.objects.get()
    assert Site.objects.get().root_page_id == SiteRootPage.objects.get().pk
    assert library.get_url() == "/library/"
    assert Page.find_problems() == ([], [], [], [], [])


def test_pages_of_the_library_are_reviewed_by_a_second_person():
    workflow = LibraryPage.objects.get().get_workflow()

    assert workflow == Workflow.objects.get(name="双人审核")
    assert [type(task.specific) for task in workflow.tasks] == [TwoPersonApprovalTask]


def test_emptied_library_is_planted_again():
    Workflow.objects.all().delete()
    TwoPersonApprovalTask.objects.all().delete()
    SiteRootPage.objects.get().delete()
    assert not LibraryPage.objects.exists()

    library = operations.ensure_library()

    assert operations.ensure_library() == library
    assert library.get_workflow() is not None
    assert Page.find_problems() == ([], [], [], [], [])


def test_database_flushed_to_nothing_gets_a_library_again():
    for model in (Workflow, TwoPersonApprovalTask, Site, Collection):
        model.objects.all().delete()
    Page.objects.filter(depth=1).delete()

    page = operations.create_page("topic", title="专题")

    assert page.get_parent().get_url() == "/library/"
    assert page.get_workflow() is not None
    assert Page.find_problems() == ([], [], [], [], [])
