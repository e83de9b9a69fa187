"""A case in a file: a person, rows, packs and two dates, to try the law engine without a database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tracker.rules import synonyms
from tracker.rules.assess import Assessment, assess
from tracker.rules.case_person import FACTS, history_of, range_of
from tracker.rules.combine import SetAside, combine
from tracker.rules.document import OFFICE_ZONE, Field, end_of_day, finish, read
from tracker.rules.duties import InvalidDocument, RulePack
from tracker.rules.facts import (
    History,
    Institution,
    Measures,
    Recognition,
    Row,
    usual_confirmer,
)
from tracker.rules.pack import load_pack, read_pack
from tracker.rules.vocabulary import (
    INSTITUTION_KINDS,
    LEVELS,
    Confirmer,
    Form,
)

_CASE = (
    "case",
    "on",
    "known_at",
    "window_on",
    "person",
    *FACTS,
    "organisation",
    "institutions",
    "entries",
    "packs",
    "requirements",
)
_ENTRY = (
    "id",
    "form",
    "title",
    "on",
    "from",
    "to",
    "until",
    "hours",
    "credits",
    "training_days",
    "events",
    "institution",
    "confirmer",
    "course",
    "minutes",
    "leave_hours",
    "class_hours",
    "recorded",
    "reverses",
    "because",
)


@dataclass(frozen=True)
class Case:
    title: str
    on: date
    known_at: datetime
    window_on: date | None
    history: History
    entries: tuple[Row, ...]
    packs: tuple[RulePack, ...]
    requirements: tuple[str, ...] = ()

    @property
    def set_aside(self) -> list[SetAside]:
        """Requirements of the packs named that another pack named replaces, or may not replace."""
        return combine(self.packs)[1]

    def assessments(self) -> list[tuple[RulePack, Assessment]]:
        """Every requirement that the packs named leave standing, or only those asked for, in order.

        Packs are taken as named, in force on the day or not: the answer says which they were.
        """
        return [
            (
                pack,
                assess(
                    duty,
                    self.history,
                    self.entries,
                    self.on,
                    self.known_at,
                    window_on=self.window_on,
                ),
            )
            for pack, duty in combine(self.packs)[0]
            if not self.requirements or duty.code in self.requirements
        ]


def load_case(text: str, find_pack: Callable[[str], str | None]) -> Case:
    """Read a case; ``find_pack`` gives the text of a shipped pack by its code, or None.

    Days are local; ``to`` is the last day inclusive, ``until`` the first day no longer.
    ``known_at`` is by default the end of the day ``on``; an entry without ``recorded`` was
    recorded on its last day. Raises InvalidDocument naming every line that is wrong.
    """
    root = read(text).without_nothing()
    given = root.mapping(_CASE, also=synonyms.CASE, ignored=synonyms.IGNORED_OF_CASE)
    asked = given.get("duties")
    # A list of names under "duties" asks for those requirements; party duties have days.
    if asked and "requirements" not in given and _is_list_of_names(asked):
        given["requirements"] = given.pop("duties")
    for key in ("on", "packs"):
        if key not in given and root.is_mapping():
            root.wrong(f"needs {key!r}")
    if root.is_mapping() and not any(key in given for key in ("person", "organisation", *FACTS)):
        root.wrong("says of nobody: needs 'person' or 'organisation'")
    on = given["on"].day_of_something() if "on" in given else date(2000, 1, 1)
    known_at = given["known_at"].moment() if "known_at" in given else end_of_day(on)
    institutions = _institutions(given)
    entries = _entries(given, institutions)
    history = history_of(given)
    packs = _packs(given, find_pack)
    requirements = tuple(given["requirements"].texts()) if "requirements" in given else ()
    codes = {duty.code for pack in packs for duty in pack.duties}
    for code in requirements:
        if code not in codes and codes:
            given["requirements"].wrong(f"no pack here has a requirement {code!r}")
    named = [pack.code for pack in packs]
    for code in {code for code in named if named.count(code) > 1}:
        given["packs"].wrong(f"the pack {code!r} is given twice")
    title = given["case"].text() if "case" in given else ""
    window_on = given["window_on"].day_of_something() if "window_on" in given else None
    finish(root.problems)
    return Case(
        title,
        on,
        known_at,
        window_on,
        history,
        tuple(entries),
        tuple(packs),
        requirements,
    )


def _is_list_of_names(field: Field) -> bool:
    return (
        field.is_list() and bool(field.value) and all(isinstance(f.value, str) for f in field.value)
    )


def _packs(given: Mapping[str, Field], find_pack: Callable[[str], str | None]) -> list[RulePack]:
    packs: list[RulePack] = []
    if "packs" not in given:
        return packs
    field = given["packs"]
    if field.is_list() and not field.value:
        field.wrong("names no pack")
    for item in field.items() if field.is_list() else [field]:
        if item.is_mapping():
            packs.append(read_pack(item))
            continue
        code = item.text()
        shipped = find_pack(code) if code else None
        if shipped is None:
            item.wrong(f"no pack {code!r} is shipped; give it inline instead")
            continue
        try:
            packs.append(load_pack(shipped))
        except InvalidDocument as error:
            item.wrong(f"the pack {code!r} is not valid: {error.problems[0]}")
    return packs


def _institutions(given: Mapping[str, Field]) -> dict[str, Institution]:
    found: dict[str, Institution] = {}
    if "institutions" not in given:
        return found
    for item in given["institutions"].items():
        institution = _institution(item)
        if institution is None:
            continue
        if institution.code in found:
            item.wrong(f"the code {institution.code!r} is used twice")
        found[institution.code] = institution
    return found


def _institution(item: Field) -> Institution | None:
    known = ("code", "name", "kind", "recognitions")
    fields = item.mapping(known, also=synonyms.INSTITUTION, ignored=synonyms.IGNORED)
    if "code" not in fields and "name" not in fields:
        item.wrong("needs 'code'")
        return None
    code = fields.get("code", fields.get("name", item)).text()
    recognitions = []
    if "recognitions" in fields:
        given = fields["recognitions"]
        for each in given.items() if given.is_list() else [given]:
            inner = each.mapping(
                ("level", "from", "until", "to"),
                also=synonyms.RECOGNITION,
                ignored=synonyms.IGNORED,
            )
            since, until = range_of(each, inner)
            level = inner["level"].choice(LEVELS, synonyms.LEVELS) if "level" in inner else "unit"
            if "level" not in inner:
                each.wrong("needs 'level'")
            recognitions.append(Recognition(level, since, until))
    return Institution(
        code,
        fields["name"].text() if "name" in fields else code,
        fields["kind"].choice(INSTITUTION_KINDS, synonyms.INSTITUTION_KINDS)
        if "kind" in fields
        else "other",
        tuple(recognitions),
    )


def _entries(given: Mapping[str, Field], institutions: Mapping[str, Institution]) -> list[Row]:
    rows: list[Row] = []
    keys: set[str] = set()
    takes_back: list[tuple[Field, str]] = []
    if "entries" not in given:
        return rows
    for number, item in enumerate(given["entries"].items(), 1):
        fields = item.mapping(_ENTRY, also=synonyms.ENTRY, ignored=synonyms.IGNORED_OF_ENTRY)
        if not item.is_mapping():
            continue
        key = fields["id"].text() if "id" in fields else str(number)
        if key in keys:
            fields.get("id", item).wrong(f"the id {key!r} is used twice")
        keys.add(key)
        reverses = fields["reverses"].text() if "reverses" in fields else None
        if reverses is not None:
            takes_back.append((fields["reverses"], reverses))
        form = Form.CONCENTRATED
        if "form" in fields:
            form = Form(fields["form"].choice(Form, synonyms.FORMS))
        elif reverses is None:
            item.wrong("needs 'form'")
        recorded = fields["recorded"].moment() if "recorded" in fields else None
        since, after_last = _days(item, fields, recorded, reversal=reverses is not None)
        institution = None
        if "institution" in fields and fields["institution"].is_mapping():
            institution = _institution(fields["institution"])
        elif "institution" in fields:
            code = fields["institution"].text()
            named = (each for each in institutions.values() if each.name == code)
            institution = institutions.get(code) or next(named, None)
            if institution is None:
                fields["institution"].wrong(f"{code!r} is not among the institutions of the case")
        if recorded is None:
            recorded = end_of_day(after_last - timedelta(days=1))
        rows.append(
            Row(
                key=key,
                form=form,
                title=fields["title"].text() if "title" in fields else key,
                since=since,
                after_last=after_last,
                measures=_measures(item, fields, reversal=reverses is not None),
                recorded_at=recorded,
                confirmer=Confirmer(fields["confirmer"].choice(Confirmer, synonyms.CONFIRMERS))
                if "confirmer" in fields
                else usual_confirmer(form),
                institution=institution,
                course=fields["course"].text() if "course" in fields else "",
                minutes=fields["minutes"].amount() if "minutes" in fields else Decimal(0),
                leave_hours=fields["leave_hours"].amount()
                if "leave_hours" in fields
                else Decimal(0),
                class_hours=fields["class_hours"].amount()
                if "class_hours" in fields
                else Decimal(0),
                reverses=reverses,
                because=fields["because"].text() if "because" in fields else "",
            )
        )
    taken: set[str] = set()
    reversals = {row.key for row in rows if row.reverses is not None}
    known_on = {row.key: row.recorded_at.astimezone(OFFICE_ZONE).date() for row in rows}
    taken_back_on = {row.reverses: known_on[row.key] for row in rows}
    for field, key in takes_back:
        if key not in keys:
            field.wrong(f"no entry has the id {key!r}")
        elif key in reversals:
            field.wrong(f"{key!r} is itself a reversal; add the right row anew instead")
        elif key in taken:
            field.wrong(f"{key!r} is reversed twice")
        elif taken_back_on[key] < known_on[key]:
            field.wrong(f"{key!r} is taken back before it was recorded")
        taken.add(key)
    return rows


def _days(
    item: Field, fields: Mapping[str, Field], recorded: datetime | None, *, reversal: bool
) -> tuple[date, date]:
    one_day = timedelta(days=1)
    some_day = date(2000, 1, 1)
    if "on" in fields:
        day = fields["on"].day_of_something()
        return day, day + one_day
    if "from" not in fields:
        if reversal and recorded is not None:
            return recorded.date(), recorded.date() + one_day
        if reversal:
            item.wrong("a reversal needs 'recorded'")
            return some_day, some_day + one_day
        item.wrong("needs 'on', or 'from' with 'to' (inclusive) or 'until' (exclusive)")
        return some_day, some_day + one_day
    told = len(item.problems)
    since = fields["from"].day_of_something()
    end = since
    if "to" in fields and "until" in fields:
        item.wrong("give either 'to' (inclusive) or 'until' (exclusive)")
    if "until" in fields:
        after_last = fields["until"].day_of_something()
    else:
        if "to" in fields:
            end = fields["to"].day_of_something()
        after_last = end + one_day
    if after_last <= since:
        # Not of a day that is none: that was told.
        if len(item.problems) == told:
            item.wrong("ends before it begins")
        return since, since + one_day
    return since, after_last


def _measures(item: Field, fields: Mapping[str, Field], *, reversal: bool) -> Measures:
    zero = Measures()
    measures = Measures(
        fields["hours"].amount() if "hours" in fields else zero.hours,
        fields["credits"].amount() if "credits" in fields else zero.credits,
        fields["training_days"].amount() if "training_days" in fields else zero.training_days,
        fields["events"].whole(0, 10_000) if "events" in fields else 0 if reversal else 1,
    )
    if reversal:
        for key in ("hours", "credits", "training_days", "events", "minutes"):
            if key in fields:
                fields[key].wrong("a reversal takes back the whole row; it has no amounts")
    elif measures == Measures(events=0) and "minutes" not in fields and "course" not in fields:
        item.wrong("is worth nothing: give hours, credits, training_days or events")
    return measures
