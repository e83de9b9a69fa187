"""A rule pack, from its YAML text."""

from dataclasses import replace
from datetime import date

from tracker.rules.document import Field, finish, read
from tracker.rules.duties import RulePack, Source, Text
from tracker.rules.pack.common import read_place, read_source, read_title, required
from tracker.rules.pack.duty import DutyReader

_PACK_KEYS = (
    "pack",
    "version",
    "title",
    "jurisdiction",
    "source",
    "valid",
    "overrides",
    "text_url",
    "duties",
)


def load_pack(text: str) -> RulePack:
    """Return the pack a YAML text describes. Raises InvalidDocument naming lines and paths."""
    root = read(text)
    pack = read_pack(root)
    finish(root.problems)
    return pack


def read_pack(root: Field) -> RulePack:
    """The same from a field of a larger document; problems are left in the field's list."""
    given = required(root, _PACK_KEYS, ("pack", "title", "source", "valid", "duties"))
    source = read_source(given["source"], None) if "source" in given else Source("")
    valid_from, valid_until = date(1949, 10, 1), None
    if "valid" in given:
        valid = required(given["valid"], ("from", "until"), ("from",))
        valid_from = valid["from"].day() if "from" in valid else valid_from
        if "until" in valid and valid["until"].value is not None:
            valid_until = valid["until"].day()
            if valid_until <= valid_from:
                valid["until"].wrong("ends before it begins")
    code = given["pack"].code() if "pack" in given else ""
    pack = RulePack(
        code=code,
        title=read_title(given["title"]) if "title" in given else Text(""),
        version=given["version"].whole(1) if "version" in given else 1,
        jurisdiction=read_place(given["jurisdiction"]) if "jurisdiction" in given else "CN",
        source=source,
        valid_from=valid_from,
        valid_until=valid_until,
        duties=(),
        overrides=given["overrides"].text() if "overrides" in given else "",
        text_url=given["text_url"].text(empty=True) if "text_url" in given else "",
    )
    if "duties" not in given:
        return pack
    reader = DutyReader(pack)
    for field in given["duties"].items():
        reader.take(field)
    if given["duties"].is_list() and not given["duties"].value:
        given["duties"].wrong("a pack needs at least one duty")
    return replace(pack, duties=tuple(reader.finished()))
