"""Where a line of the ledger came from, and its evidence."""

import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tracker.rules.plain import amount as plain_amount

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def origin(source: str) -> str:
    """Where a line came from, in a plain word."""
    for beginning, word in (
        ("courses.", _("a course completed on this platform")),
        ("classes.", _("a training class")),
        ("exams.", _("an exam passed on this platform")),
        ("tracker.manual:", _("posted by hand")),
        ("tracker.import:", _("taken over from a file of hours")),
        ("tracker.claim:", _("claimed and confirmed")),
        ("tracker.reversal:", _("the taking back of an earlier line")),
    ):
        if source.startswith(beginning):
            return word
    return _("taken over from other records")


def course_passed(course: str, title: str) -> str:
    """The course or class of a line by its name.

    What this platform posts carries a code, by which requirements ask for it; the line's title is then
    the name. From files of hours comes the name itself.
    """
    return title if _CODE.fullmatch(course) else course


# Evidence people read; the rest are codes for whoever audits.
PLAIN_EVIDENCE = frozenset(
    {
        "verified_seconds",
        "plausible_seconds",
        "items",
        "valued_minutes",
        "note",
        "corrects",
        "file",
        "row",
        "record_number",
        "files",
        "hours_present",
        "hours_of_leave",
    }
)


def evidence_label(key: str) -> str:
    """The name of a piece of evidence; a key that has no name is shown as it is."""
    names = {
        "enrolment": _("Enrolment number"),
        "course": _("Course number"),
        "edition": _("Course edition"),
        "verified_seconds": _("Verified"),
        "plausible_seconds": _("Plausible"),
        "items": _("Study time of each item"),
        "valued_minutes": _("Minutes valued by the rule"),
        "note": _("Evidence"),
        "corrects": _("In place of line"),
        "file": _("From the file"),
        "row": _("Row of the file"),
        "digest": _("SHA-256 of the file"),
        "record_number": _("Record number elsewhere"),
        "claim": _("Claim number"),
        "files": _("Files"),
        "training_class": _("Class number"),
        "place": _("Number of the place in the class"),
        "hours_present": _("Hours present"),
        "hours_of_leave": _("Hours of leave"),
    }
    return names.get(key) or _("Evidence: %(key)s") % {"key": key}


def evidence(key: str, value: Any) -> list[str]:
    """A piece of evidence as lines; seconds as minutes and seconds."""
    if key in ("verified_seconds", "plausible_seconds"):
        return [_minutes(int(value))]
    if key == "items" and isinstance(value, list):
        return [_item(item) for item in value]
    if key == "files" and isinstance(value, list):
        return [f"{file['name']}" for file in value]
    return [str(value)]


def _item(item: dict[str, Any]) -> str:
    """An item of a course: its time, and what its package said, which is evidence and no mark."""
    if item.get("kind") in ("exam", "class", "check"):
        done = _("completed") if item.get("completed_at") else _("not completed")
        return _("{title}: {time}").format(title=item["title"], time=done)
    line = _("{title}: {time}").format(title=item["title"], time=_minutes(item["verified_seconds"]))
    told = item.get("told_by_package")
    if not told:
        return line
    status = {
        "incomplete": pgettext("package", "begun"),
        "completed": pgettext("package", "completed"),
        "passed": pgettext("package", "passed"),
        "failed": pgettext("package", "not passed"),
    }.get(told["status"], told["status"])
    if told.get("score_percent") is None:
        return _("{line}; the package reports: {status}").format(line=line, status=status)
    score = plain_amount(Decimal(told["score_percent"]))
    return _("{line}; the package reports: {status}, {score} %").format(
        line=line, status=status, score=score
    )


def _minutes(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return pgettext("minutes and seconds", "{minutes} min {seconds} s").format(
        minutes=minutes, seconds=rest
    )
