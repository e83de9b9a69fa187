"""What all formats share: where something stands in a file, what is reported, what comes out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Final

from exams.engine.items import (
    InvalidItem,
    Plain,
    Problem,
    Record,
    decimal_of,
    plain_number,
    record_from_dict,
)

LARGEST: Final = 20 * 1024 * 1024  # bytes of a file
MOST_QUESTIONS: Final = 20_000
LEAST_POINTS, MOST_POINTS = Decimal("0.01"), Decimal(1000)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file: ``kind`` is line, row, item, question or file; ``at`` counts from 1."""

    kind: str
    at: int | str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.at}".rstrip()


FILE: Final = Place("file")


@dataclass(frozen=True, slots=True)
class Note:
    """Something to report. ``code`` is translated by the interface; ``str()`` is English."""

    place: Place
    code: str
    params: tuple[tuple[str, object], ...] = ()

    MESSAGES: ClassVar[dict[str, str]] = {
        # Errors: the question, or the file, cannot be taken as it stands.
        "not_this_format": "the file is not in the format {format}: {reason}",
        "old_xls": "the file is an old .xls: please save it as .xlsx",
        "unknown_format": "the format of the file is not recognised",
        "too_large": "the file is larger than {limit} MB",
        "too_many_questions": "the file holds more than {limit} questions",
        "no_questions": "the file holds no questions",
        "unsafe": "the file was refused: {reason}",
        "syntax": "cannot be read: {reason}",
        "unpaired_colons": "“::” without a second “::”",
        "unpaired_braces": "“{{” and “}}” do not match",
        "several_gaps": "several “{{…}}” are only read when each is “{{=…}}”",
        "no_arrow": "“->” is missing in “{value}”",
        "no_key": "no right answer is marked",
        "bad_key": "the answer “{value}” fits no option",
        "two_readings": "the answer “{value}” is the option {words} by its words and {number} by its number: write the letter",
        "addition_differs": "options or answer were changed, and the column 补充 does not fit them: empty it, "
        "or put the cells back",
        "unknown_type": "the type of question “{value}” is not known here",
        "not_representable": "a question of the type “{value}” cannot be represented here",
        "bad_number": "“{value}” is not a number",
        "no_stem": "the question has no text",
        "no_whole_credit": "no answer is worth 100 %",
        "column_missing": "the column “{name}” is missing",
        "not_text_file": "the file is not text in UTF-8 or GB18030",
        # Notes: the question is taken, and this of it is not.
        "image": "the image “{value}” is not taken over",
        "media": "the sound, film or embedded object “{value}” is not taken over",
        "attachment": "the attached file “{value}” is not taken over",
        "file_missing": "the package names the file “{value}”, which is not in it",
        "file_unlisted": "the file “{value}” is not named by the package and was not read",
        "formatting": "bold, colour and similar formatting is not kept",
        "feedback_dropped": "the feedback “{value}” has no place here",
        "hint_dropped": "hints for repeated tries are not used here",
        "retry_penalty": "the penalty for repeated tries ({value}) is not used here",
        "field_dropped": "the field “{name}” is not used here: {value}",
        "column_ignored": "the column “{name}” is not known and was not read",
        "description_skipped": "a text without a question was left out: {value}",
        "markdown": "the markdown is kept as it is written",
        "instructions_kept": "kept as an explanation: {value}",
        "fraction_negative": "the negative worth {value} of an answer counts as 0 here",
        "regular_expression": "the pattern “{value}” is compared as plain text",
        "lines_joined": "read as one question with several blanks: {value} If they are several questions, put an empty line between them",
        "line_skipped": "this line belongs to no question: {value}",
        "scoring_simplified": "the marking rule “{value}” is read as: {read}",
        "shuffle_dropped": "the fixed order of options is set in the examination, not in the question",
        "category_cut": "the category has more than six levels: the last ones were joined",
        "mended": "the XML is not well formed and was mended: {reason}",
        "addition_counts": "the cell was changed; of it the column 补充 still says: {value}",
        # What a writer could not write.
        "type_not_carried": "a question of the type “{value}” cannot be written in this format",
        "read_otherwise": "the layout of this format would read it otherwise",
        "not_carried": "this format cannot carry: {value}",
    }

    @property
    def text(self) -> str:
        return self.MESSAGES[self.code].format(**dict(self.params))

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class Unreadable(ValueError):
    """The file as a whole cannot be read; ``note`` says why."""

    def __init__(
        self, code: str, place: Place = FILE, notes: Sequence[Note] = (), **params: object
    ) -> None:
        self.note = Note(place, code, tuple(params.items()))
        self.notes = tuple(notes)  # what was found and left out before nothing was left
        super().__init__(str(self.note))


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of a file: a record, or the errors that keep it from being one."""

    place: Place
    plain: Plain
    record: Record | None
    errors: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    points: Decimal | None = None  # what the file says the question is worth

    def error_lines(self) -> list[str]:
        return [str(note) for note in self.errors] + [f"{self.place}: {p}" for p in self.problems]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds, in its order; ``notes`` concern the file as a whole."""

    entries: tuple[Entry, ...]
    notes: tuple[Note, ...] = ()

    @property
    def records(self) -> list[Record]:
        return [entry.record for entry in self.entries if entry.record is not None]

    @property
    def all_notes(self) -> list[Note]:
        return [*self.notes, *(note for entry in self.entries for note in entry.notes)]

    @property
    def error_lines(self) -> list[str]:
        return [line for entry in self.entries for line in entry.error_lines()]


@dataclass(frozen=True, slots=True)
class Writing:
    """A file written, and what of the questions it does not carry."""

    content: bytes
    losses: tuple[Note, ...] = ()


class Refused(Exception):
    """This one question cannot be read; the reader goes on with the next."""

    def __init__(self, code: str, **params: object) -> None:
        self.code, self.params = code, tuple(params.items())
        super().__init__(code)


@dataclass(slots=True)
class Collector:
    """Gathers entries; a reader fills in the fields of one question after the other."""

    entries: list[Entry] = field(default_factory=list)
    file_notes: list[Note] = field(default_factory=list)
    _notes: list[tuple[str, tuple[tuple[str, object], ...]]] = field(default_factory=list)
    _known: set[Note] = field(default_factory=set)

    def note(self, code: str, **params: object) -> None:
        """Report something about the question being read; repeated it is reported once."""
        clipped = {k: clip(v) if isinstance(v, str) else v for k, v in params.items()}
        entry = (code, tuple(clipped.items()))
        if entry not in self._notes:
            self._notes.append(entry)

    def note_file(self, code: str, place: Place = FILE, **params: object) -> None:
        clipped = {k: clip(v) if isinstance(v, str) else v for k, v in params.items()}
        note = Note(place, code, tuple(clipped.items()))
        if note not in self._known:
            self._known.add(note)
            self.file_notes.append(note)

    def add(self, place: Place, plain: Plain, points: Decimal | None = None) -> None:
        """The question is read: check it as a record."""
        if len(self.entries) >= MOST_QUESTIONS:
            raise Unreadable("too_many_questions", limit=MOST_QUESTIONS)
        category = plain.get("category")
        if isinstance(category, list) and len(category) > 6:
            plain["category"] = [*category[:5], "·".join(category[5:])[:100]]
            self.note("category_cut")
        if points is not None and "points" not in plain:
            if LEAST_POINTS <= points <= MOST_POINTS:
                plain["points"] = plain_number(points.quantize(LEAST_POINTS, ROUND_HALF_UP))
            else:
                self.note("field_dropped", name="分值", value=f"{points:f}")
        notes = self._taken(place)
        try:
            record = record_from_dict(plain)
        except InvalidItem as refusal:
            self.entries.append(
                Entry(place, plain, None, problems=refusal.problems, notes=notes, points=points)
            )
        else:
            worth = points if points is not None else record.points
            self.entries.append(Entry(place, plain, record, notes=notes, points=worth))

    def refuse(self, place: Place, refusal: Refused, plain: Plain | None = None) -> None:
        """The question cannot be read."""
        clipped = tuple((k, clip(v) if isinstance(v, str) else v) for k, v in refusal.params)
        error = Note(place, refusal.code, clipped)
        self.entries.append(
            Entry(place, plain or {}, None, errors=(error,), notes=self._taken(place))
        )

    def _taken(self, place: Place) -> tuple[Note, ...]:
        notes = tuple(Note(place, code, params) for code, params in self._notes)
        self._notes.clear()
        return notes

    def drop_notes(self, place: Place) -> None:
        """What was noted belongs to no question: keep it as notes of the file."""
        self.file_notes += self._taken(place)

    def reading(self) -> Reading:
        if not self.entries:
            raise Unreadable("no_questions", notes=self.file_notes)
        return Reading(tuple(self.entries), tuple(self.file_notes))


def clip(text: str, limit: int = 60) -> str:
    """One line of at most ``limit`` characters."""
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 (with or without mark), UTF-16 with mark, otherwise GB18030."""
    if len(content) > LARGEST:
        raise Unreadable("too_large", limit=LARGEST // 2**20)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise Unreadable("not_text_file")


# --- fractions ----------------------------------------------------------------------------------

# The worths Moodle knows (question/engine/bank.php, get_grade_options): a percentage near one of
# those that no decimal writes exactly means it.
_REPEATING = tuple(
    Decimal(text)
    for text in (".8333333", ".6666667", ".3333333", ".1666667", ".1428571", ".1111111")
)


def fraction_of_percent(text: str) -> Decimal:
    """``33.333`` → 0.3333333 as Moodle stores a third. Raises Refused("bad_number")."""
    number = decimal_of(text)
    if number is None:
        raise Refused("bad_number", value=text)
    fraction = number / 100
    for known in _REPEATING:
        if abs(abs(fraction) - known) < Decimal("0.0005"):
            return known if fraction > 0 else -known
    return fraction.quantize(Decimal("0.0000001"), ROUND_HALF_UP).normalize()


def percent(fraction: Decimal) -> str:
    """0.5 → ``50``; the digits a reader turns back into the same fraction."""
    return format((fraction * 100).normalize(), "f")


# --- what several writers need ------------------------------------------------------------------

DIFFICULTY_TAG, POINT_TAG = "难度", "知识点"


def tags_with_facts(record: Record) -> list[str]:
    """Tags, and as tags ``难度：4`` and ``知识点：…`` what a format has no field for."""
    tags = list(record.tags)
    if record.difficulty != 3:
        tags.append(f"{DIFFICULTY_TAG}：{record.difficulty}")
    if record.knowledge_point:
        tags.append(f"{POINT_TAG}：{record.knowledge_point}")
    return tags


def facts_of_tags(tags: Iterable[str]) -> Plain:
    """The reverse of ``tags_with_facts``; ``difficulty:4``, ``难度:4`` and so on are understood."""
    out: Plain = {}
    kept: list[str] = []
    for tag in tags:
        name, colon, value = re.sub("[:：=]", "\0", tag.strip(), count=1).partition("\0")
        name, value = name.strip().casefold(), value.strip()
        if colon and name in ("难度", "difficulty") and re.fullmatch("[1-5]", value):
            out["difficulty"] = int(value)
        elif colon and name in ("知识点", "knowledge point", "knowledge_point") and value:
            out["knowledge_point"] = value
        elif tag.strip():
            kept.append(tag.strip())
    if kept:
        out["tags"] = list(dict.fromkeys(kept))
    return out


def lost_bookkeeping(
    record: Record, *, has_code: bool = True, has_points: bool = False
) -> list[str]:
    """Names of the filled fields that a foreign format has no place for."""
    names = []
    if record.code and not has_code:
        names.append("code")
    if record.cites:
        names.append("cites")
    if record.valid_from:
        names.append("valid_from")
    if record.valid_to:
        names.append("valid_to")
    if record.points is not None and not has_points:
        names.append("points")
    if record.item.penalty:
        names.append("penalty")
    return names


def place_of(record: Record, number: int) -> Place:
    """A written question by its code, otherwise by its number in the file."""
    return Place("question", record.code or number)


def path_of(text: str) -> list[str]:
    """A category path; ``$course$/top`` and its kin (Moodle) are left off, ``//`` is a slash."""
    names = [name.replace("\0", "/").strip() for name in text.replace("//", "\0").split("/")]
    while names and (re.fullmatch(r"\$\w*\$|top|", names[0])):
        names = names[1:]
    return [name.replace("/", "∕")[:100] for name in names if name]


def joined(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)
