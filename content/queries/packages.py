"""Packages: what is played, and what a course needs to know of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from content import passes
from content.models import Package, PackagePage


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What a course freezes of a page with a package."""

    package_id: int
    part_count: int
    length_seconds: int
    must_report: bool


def package(package_id: int) -> Package | None:
    """A package by its key. Not scoped: the caller has been, or a signed pass is in his hand."""
    return Package.objects.filter(pk=package_id).first()


def package_facts(page_id: int) -> PackageFacts | None:
    """What the published page plays, for how long, and whether it must report; None for another page."""
    page = PackagePage.objects.select_related("package").filter(pk=page_id).first()
    if page is None:
        return None
    parts = len(page.package.parts)
    return PackageFacts(page.package_id, parts, page.minutes * 60, page.must_report)


# What package.js says of what the package told; {…} is filled in there.
_WORDS: dict[str, str | Promise] = {
    "incomplete": pgettext_lazy("package", "begun"),
    "completed": pgettext_lazy("package", "completed"),
    "passed": pgettext_lazy("package", "passed"),
    "failed": pgettext_lazy("package", "not passed"),
    "done": pgettext_lazy("package", "{done} of {total} parts completed"),
    "score": pgettext_lazy("package", "{score} of 100 points"),
}


def player(package_id: int, learner: str) -> dict[str, Any]:
    """All that package.js needs to open the parts of a package, with a new pass to its files."""
    package = Package.objects.get(pk=package_id)
    address = reverse("content:package_play", args=[passes.issue(package_id)])
    return {
        "kind": package.kind,
        "learner": learner,
        "words": {key: str(text) for key, text in _WORDS.items()},
        "parts": [
            {
                "title": part.title,
                "url": f"{address}{part.href}",
                "tracked": part.tracked,
                "mastery": part.mastery,
                "launchData": part.launch_data,
            }
            for part in package.outline
        ],
    }
