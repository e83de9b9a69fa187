"""The demo's own packages: what an editor could upload, packed the same every time."""

import io

import pytest

from content.enums import PackageKind
from content.package_manifest import examined
from demo import library


@pytest.mark.parametrize(
    ("name", "kind", "title", "masteries"),
    [
        ("petition-reply", PackageKind.SCORM_12, "来信这样答复", [75]),
        ("minutes-check", PackageKind.SCORM_2004, "会议记录找毛病", [None, 80]),
        ("privacy-habits", PackageKind.H5P, "桌面上的个人信息", [None]),
    ],
)
def test_a_package_of_the_demo_passes_the_gate(name, kind, title, masteries):
    found = examined(io.BytesIO(library.package(name)))

    assert (found.kind, found.title) == (kind, title)
    assert [part.mastery for part in found.parts] == masteries


def test_a_package_is_packed_the_same_every_time():
    assert library.package("minutes-check") == library.package("minutes-check")


def test_every_package_of_a_course_is_there():
    used = {
        item["ref"]
        for course in library.courses()
        for item in course.items
        if item["kind"] == "package"
    }
    assert used == {"petition-reply", "minutes-check", "privacy-habits"}
