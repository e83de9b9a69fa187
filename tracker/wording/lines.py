"""Where a line of the ledger came from, and its evidence."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def origin(source: str) -> str:
    """Where a line came from, in a plain word."""
    for beginning, word in (
        ("courses.", _("a course completed on this platform")),
        ("exams.", _("an exam passed on this platform")),
        ("tracker.manual:", _("posted by hand")),
        ("tracker.import:", _("taken over from a file of hours")),
        ("tracker.claim:", _("claimed and confirmed")),
        ("tracker.reversal:", _("the taking back of an earlier line")),
    ):
        if source.startswith(beginning):
            return word
    return _("taken over from other records")


# Evidence people read; the rest are codes for whoever audits.
PLAIN_EVIDENCE = frozenset(
    {
        "verified_seconds",
        "plausible_seconds",
        "items",
        "note",
        "corrects",
        "file",
        "row",
        "record_number",
        "files",
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
        "note": _("Evidence"),
        "corrects": _("In place of line"),
        "file": _("From the file"),
        "row": _("Row of the file"),
        "digest": _("SHA-256 of the file"),
        "record_number": _("Record number elsewhere"),
        "claim": _("Claim number"),
        "files": _("Files"),
    }
    return names.get(key) or _("Evidence: %(key)s") % {"key": key}


def evidence(key: str, value: Any) -> list[str]:
    """A piece of evidence as lines; seconds as minutes and seconds."""
    if key in ("verified_seconds", "plausible_seconds"):
        return [_minutes(int(value))]
    if key == "items" and isinstance(value, list):
        return [
            _("{title}: {time}").format(
                title=item["title"], time=_minutes(item["verified_seconds"])
            )
            for item in value
        ]
    if key == "files" and isinstance(value, list):
        return [f"{file['name']}" for file in value]
    return [str(value)]


def _minutes(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return pgettext("minutes and seconds", "{minutes} min {seconds} s").format(
        minutes=minutes, seconds=rest
    )
