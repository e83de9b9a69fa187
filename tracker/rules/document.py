"""YAML read with the line of every value, so that a wrong field can be named.

Only plain data: no tags, no anchors; size and depth are bounded, because packs and cases may be
sent by anybody who may try a rule.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import yaml

from tracker.rules.duties import InvalidDocument, Problem

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 30
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
# Dates without a time zone are the office's: China has one, without summer time.
OFFICE_ZONE = timezone(timedelta(hours=8))

T = TypeVar("T")
_CONSTRUCTOR = yaml.SafeLoader("")


class Field:
    """A value in a document, with its path and line; readers report into one list of problems."""

    def __init__(self, value: Any, path: str, line: int, problems: list[Problem]) -> None:
        self.value = value
        self.path = path
        self.line = line
        self.problems = problems

    def wrong(self, message: str) -> None:
        self.problems.append(Problem(self.line, self.path, _shortened(message)))

    # --- mappings and lists ---------------------------------------------------------------------

    def mapping(
        self,
        known: Iterable[str],
        *,
        also: Mapping[str, str] | None = None,
        ignored: Iterable[str] = (),
    ) -> dict[str, "Field"]:
        """The fields of a mapping; reports anything else and every unknown key.

        ``also`` gives other words for known keys; keys that are ``ignored`` are passed over.
        """
        if not isinstance(self.value, dict):
            self.wrong(f"expected a mapping, found {_kind(self.value)}")
            return {}
        known, ignored = list(known), set(ignored)
        found: dict[str, Field] = {}
        for key, field in self.value.items():
            meant = key if key in known else (also or {}).get(key, key)
            if meant not in known:
                if key not in ignored:
                    field.wrong(f"unknown key {key!r}; known here: {', '.join(known)}")
            elif meant in found:
                field.wrong(f"{key!r} says {meant!r} a second time")
            else:
                found[meant] = field
        return found

    def items(self) -> Iterator["Field"]:
        if not isinstance(self.value, list):
            self.wrong(f"expected a list, found {_kind(self.value)}")
            return
        yield from self.value

    def is_list(self) -> bool:
        return isinstance(self.value, list)

    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)

    # --- scalars: a wrong one is reported and answered with a harmless default -----------------

    def text(self, *, empty: bool = False) -> str:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            self.wrong(f"expected text, found {_kind(value)}")
            return ""
        if not empty and str(value).strip() == "":
            self.wrong("must not be empty")
        if len(str(value)) > 500:
            self.wrong("longer than 500 characters")
        return str(value)

    def code(self) -> str:
        """A short name for machines: small letters, digits and hyphens, as in an address."""
        text = self.text()
        if text and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
            self.wrong(f"{text!r}: use small letters, digits and single hyphens")
        elif len(text) > 80:
            self.wrong("longer than 80 characters")
        return text

    def choice(self, options: Iterable[str], also: Mapping[str, str] | None = None) -> str:
        options = list(options)
        value = self.value
        if isinstance(value, str) and value not in options:
            value = (also or {}).get(value, value)
        if not isinstance(value, str) or value not in options:
            shown = self.value if isinstance(self.value, str) else _kind(self.value)
            self.wrong(f"{shown!r} is not one of: {', '.join(options)}")
            return options[0]
        return value

    def truth(self) -> bool:
        if self.value in ("是", "否", "true", "false", "yes", "no"):
            return self.value in ("是", "true", "yes")
        if not isinstance(self.value, bool):
            self.wrong(f"expected yes or no, found {_kind(self.value)}")
            return False
        return self.value

    def whole(self, least: int = 0, most: int = 1_000_000) -> int:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(f"expected a whole number from {least} to {most}, found {_show(value)}")
            return least
        return value

    def amount(self, *, above: Decimal | None = None) -> Decimal:
        value = self.value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
            value = Decimal(value)  # a number in quotation marks
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if not isinstance(value, Decimal) or not value.is_finite():
            self.wrong(f"expected a number, found {_show(self.value)}")
            return Decimal(1)
        if value < 0 or (above is not None and value <= above):
            least = "of at least 0" if above is None else f"above {above}"
            self.wrong(f"expected a number {least}, found {value}")
            return Decimal(1)
        if value > 1_000_000 or value != round(value, 4):
            self.wrong(f"{value} is larger than a million or has more than four decimals")
            return Decimal(1)
        return value

    def day(self) -> date:
        if isinstance(self.value, str) and (written := _written_day(self.value)):
            return written
        if isinstance(self.value, datetime) or not isinstance(self.value, date):
            if isinstance(self.value, str) and re.match(r"[0-9]{4}[-/.年][0-9]", self.value):
                self.wrong(f"{self.value!r} is not a valid date")
            else:
                self.wrong(f"expected a date like 2023-09-19, found {_show(self.value)}")
            return date(2000, 1, 1)
        return self.value

    def day_of_something(self) -> date:
        """A day on which something was, not the "for ever" of an end: within living memory.

        A slip of the keyboard is named, and no sum of days runs out of the calendar.
        """
        day = self.day()
        if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            self.wrong(f"expected a date from {EARLIEST_YEAR} to {LATEST_YEAR}, found {day}")
            return date(2000, 1, 1)
        return day

    def moment(self) -> datetime:
        """An instant; a mere day means its end, so that all recorded on that day is known."""
        value = self.value
        if isinstance(value, str):
            value = _written_day(value) or _written_moment(value) or value
        if isinstance(value, datetime):
            if (value.hour, value.minute, value.second) == (23, 59, 59):
                value = value.replace(microsecond=999_999)  # the end of the day, written out
            return value if value.tzinfo else value.replace(tzinfo=OFFICE_ZONE)
        if isinstance(value, date):
            if value == date.max:
                return datetime(9999, 12, 31, tzinfo=OFFICE_ZONE)
            return end_of_day(value)
        self.wrong(f"expected a date or a time, found {_show(value)}")
        return datetime(2000, 1, 1, tzinfo=UTC)

    def texts(self) -> list[str]:
        """One text or a list of them."""
        if self.is_list():
            return [item.text() for item in self.items()]
        return [self.text()]

    def choices(self, options: Iterable[str]) -> tuple[str, ...]:
        options = list(options)
        fields = list(self.items()) if self.is_list() else [self]
        return tuple(field.choice(options) for field in fields)

    def without_nothing(self) -> "Field":
        """The same with the keys left out, here and below, to which no value was given."""
        if isinstance(self.value, dict):
            kept = {k: f.without_nothing() for k, f in self.value.items() if f.value is not None}
            return Field(kept, self.path, self.line, self.problems)
        if isinstance(self.value, list):
            below = [field.without_nothing() for field in self.value]
            return Field(below, self.path, self.line, self.problems)
        return self


def end_of_day(day: date) -> datetime:
    """The last microsecond of a local day."""
    start = datetime(day.year, day.month, day.day, tzinfo=OFFICE_ZONE)
    return start + timedelta(days=1) - timedelta(microseconds=1)


def read(text: str) -> Field:
    """Return the document's root. Raises InvalidDocument when it is not plain YAML in bounds.

    What is wrong with a single value stands among the root's problems, beside what its readers find.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidDocument([Problem(1, "", f"larger than {MAX_CHARACTERS} characters")])
    text = text.removeprefix("\ufeff")
    try:
        _check_shape(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise InvalidDocument([_not_yaml(text, line, error.problem or "")]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        found = f"the character U+{error.character:04X} does not belong into a text"
        raise InvalidDocument([Problem(line, "", f"not YAML: {found}")]) from None
    except yaml.YAMLError as error:
        raise InvalidDocument([Problem(1, "", f"not YAML: {str(error)[:200]}")]) from None
    if node is None:
        raise InvalidDocument([Problem(1, "", "the document is empty")])
    return _field(node, "", [])


def finish(problems: list[Problem]) -> None:
    """Raise what was found wrong, all at once and by line."""
    if problems:
        raise InvalidDocument(sorted(problems, key=lambda problem: problem.line))


def attempt(field: Field, make: Callable[[], T], otherwise: T) -> T:
    """What ``make`` makes, or ``otherwise`` and a problem at the field when a value is refused."""
    try:
        return make()
    except (ValueError, OverflowError) as error:
        field.wrong(str(error))
        return otherwise


def _not_yaml(text: str, line: int, said: str) -> Problem:
    """The reader stumbles a line or two after a full-width colon, the commonest slip in Chinese."""
    lines = text.splitlines()[:line]
    for number in range(len(lines), max(0, len(lines) - 3), -1):
        if re.match(r"[ -]*\w+：", lines[number - 1]):
            return Problem(number, "", "not YAML: write ': ' instead of the full-width '：'")
    return Problem(line, "", f"not YAML: {said}")


def _check_shape(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise InvalidDocument([Problem(line, "", "anchors and aliases are not used here")])
        if isinstance(event, yaml.CollectionStartEvent):
            if event.tag is not None:
                raise InvalidDocument(
                    [Problem(line, "", f"the tag {event.tag!r} is not used here")]
                )
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidDocument([Problem(line, "", f"nested deeper than {MAX_DEPTH} levels")])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _field(node: yaml.Node, path: str, problems: list[Problem]) -> Field:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Field] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            at = key_node.start_mark.line + 1
            if key is None:
                problems.append(Problem(at, path, "a key must be a plain word"))
            elif key in found:
                problems.append(Problem(at, f"{path}.{key}".lstrip("."), "is given twice"))
            else:
                found[key] = _field(value_node, f"{path}.{key}".lstrip("."), problems)
        return Field(found, path, line, problems)
    if isinstance(node, yaml.SequenceNode):
        items = [_field(item, f"{path}[{i}]", problems) for i, item in enumerate(node.value, 1)]
        return Field(items, path, line, problems)
    assert isinstance(node, yaml.ScalarNode)  # noqa: S101  there are no other nodes
    return Field(_scalar(node, path, problems), path, line, problems)


def _scalar(node: yaml.ScalarNode, path: str, problems: list[Problem]) -> Any:
    line = node.start_mark.line + 1
    tag = node.tag.rpartition(":")[2]
    try:
        if tag == "float":
            return Decimal(node.value.replace("_", ""))
        if tag not in ("int", "bool", "null", "timestamp", "str"):
            problems.append(Problem(line, path, f"values of kind {tag!r} are not used here"))
            return node.value
        if tag == "int" and not re.fullmatch(r"-?(0|[1-9][0-9]*)", node.value):
            # YAML would read 1:30 as 90, 010 as 8 and 1_000 as 1000; taken as it is written.
            return node.value
        value = _CONSTRUCTOR.construct_object(node)
    except (ValueError, InvalidOperation, OverflowError):
        return node.value  # whoever needs a day or a number here says that it is none
    return value


def _written_day(text: str) -> date | None:
    """A day in quotation marks, or as people write it: 2024-3-1, 2024/3/1, 2024.3.1, 2024年3月1日."""
    found = re.fullmatch(r"([0-9]{4})([-/.年])([0-9]{1,2})([-/.月])([0-9]{1,2})(日?)", text.strip())
    if not found or (found[2], found[4], found[6]) not in _DAY_MARKS:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[5]))
    except ValueError:
        return None


_DAY_MARKS = {("-", "-", ""), ("/", "/", ""), (".", ".", ""), ("年", "月", "日")}


def _written_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _shortened(message: str) -> str:
    """A message that quotes what was found, without a value that goes on for pages."""
    return re.sub(r"[^\s]{81,}", lambda long: f"{long[0][:60]}…", message)


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", type(None): "nothing", bool: "yes or no"}
    return names.get(type(value), f"{str(value)[:60]!r}")


def _show(value: Any) -> str:
    return _kind(value)
