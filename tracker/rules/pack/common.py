"""What every part of a pack is read with."""

from collections.abc import Callable

from tracker.rules.document import Field
from tracker.rules.duties import Duty, Source, Text

# Finds an earlier requirement of the same pack by its code; names the mistake when there is none.
Refer = Callable[[Field], Duty | None]


def required(field: Field, known: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Field]:
    given = field.mapping(known)
    if field.is_mapping():
        for key in needed:
            if key not in given:
                field.wrong(f"needs {key!r}")
    return given


def read_place(field: Field) -> str:
    text = field.text()
    if len(text) > 40:
        field.wrong("longer than 40 characters: give the code of a unit")
    return text


def read_title(field: Field) -> Text:
    if field.is_mapping():
        given = required(field, ("zh", "en"), ("zh",))
        return Text(
            given["zh"].text() if "zh" in given else "",
            given["en"].text() if "en" in given else "",
        )
    return Text(field.text())


def read_source(field: Field, above: Source | None) -> Source:
    given = required(field, ("instrument", "issued", "confidence", "note"), ("instrument",))
    return Source(
        given["instrument"].text() if "instrument" in given else "",
        given["issued"].day() if "issued" in given and given["issued"].value is not None else None,
        given["confidence"].choice(("A", "B", "R"))
        if "confidence" in given
        else (above.confidence if above else "R"),
        read_title(given["note"]) if "note" in given else Text(""),
    )


def one_or_more(given: dict[str, Field], key: str) -> list[Field]:
    if key not in given:
        return []
    return list(given[key].items()) if given[key].is_list() else [given[key]]
