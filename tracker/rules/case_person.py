"""Whom a case in a file tells of: posts, party duties, stages and events, each with its days."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from tracker.rules import synonyms
from tracker.rules.document import OFFICE_ZONE, Field, attempt
from tracker.rules.facts import Event, History, PartyDuty, Post, StageSpan
from tracker.rules.vocabulary import (
    AUTHORITIES,
    GRADES,
    PARTY_DUTIES,
    RANKS,
    STAGES,
    EventKind,
)

# A person described by one rank, stage or duty held since before all rules.
_POST_SHORT = ("rank", "grade", "leading", "authority")
_LONG_AGO = date(1949, 10, 1)
_PERSON = ("name", "posts", "duties", "stages", "events", "stage", "duty", *_POST_SHORT)
FACTS = ("posts", "duties", "stages", "events")


def history_of(given: Mapping[str, Field]) -> History:
    """The career of the person, or the organisation, that the case tells of."""
    facts = {key: given[key] for key in FACTS if key in given}
    name, organisation = "", ""
    posts: tuple[Post, ...] = ()
    duties: tuple[PartyDuty, ...] = ()
    stages: tuple[StageSpan, ...] = ()
    if "person" in given:
        inside = given["person"].mapping(
            _PERSON, also=synonyms.PERSON, ignored=synonyms.IGNORED_OF_PERSON
        )
        for key, field in inside.items():
            if key in facts:
                field.wrong(f"{key!r} is given twice: here and at the top")
            facts[key] = field
        if any(key in inside for key in _POST_SHORT):
            posts = (_post_of(inside, _LONG_AGO, None),)
        if "duty" in inside:
            kind = inside["duty"].choice(PARTY_DUTIES, synonyms.PARTY_DUTIES)
            duties = (PartyDuty(_LONG_AGO, None, kind),)
        if "stage" in inside:
            stage = inside["stage"].choice(STAGES, synonyms.STAGES)
            stages = (StageSpan(_LONG_AGO, None, stage),)
        name = inside["name"].text() if "name" in inside else ""
    if "organisation" in given:
        inside = given["organisation"].mapping(
            ("kind", "name", "code"), also=synonyms.ORGANISATION, ignored=synonyms.IGNORED
        )
        kind = inside["kind"].text() if "kind" in inside else ""
        organisation = synonyms.ORGANISATION_KINDS.get(kind, kind)
        name = inside["name"].text() if "name" in inside else name
    return History(
        posts + tuple(_post(item) for item in _items(facts, "posts")),
        duties + tuple(_duty(item) for item in _items(facts, "duties")),
        stages + tuple(_stage(item) for item in _items(facts, "stages")),
        tuple(_event(item) for item in _items(facts, "events")),
        organisation,
        name,
    )


def _items(facts: Mapping[str, Field], key: str) -> Iterator[Field]:
    """The entries of a list; one alone needs no list around it."""
    if key not in facts:
        return
    field = facts[key]
    if field.is_mapping():
        yield field
    else:
        yield from field.items()


def range_of(item: Field, fields: Mapping[str, Field]) -> tuple[date, date | None]:
    """First day, and first day no longer; ``None`` when it goes on."""
    if "from" not in fields:
        item.wrong("needs 'from'")
        return date(2000, 1, 1), None
    told = len(item.problems)
    since = fields["from"].day()
    until = None
    if "until" in fields and "to" in fields:
        item.wrong("give either 'to' (inclusive) or 'until' (exclusive)")
    elif "until" in fields:
        until = fields["until"].day()
    elif "to" in fields:
        last = fields["to"].day()
        until = attempt(fields["to"], lambda: last + timedelta(days=1), None)
    if until is not None and until <= since:
        end = fields.get("until", fields.get("to", item))
        if len(item.problems) == told:
            end.wrong("ends before it begins ('until' is the first day no longer)")
        until = None
    return since, until


def _post(item: Field) -> Post:
    keys = ("from", "until", "to", "title", "unit", *_POST_SHORT)
    fields = item.mapping(keys, also=synonyms.POST, ignored=synonyms.IGNORED_OF_POST)
    since, until = range_of(item, fields)
    return _post_of(fields, since, until)


def _post_of(fields: Mapping[str, Field], since: date, until: date | None) -> Post:
    """A leading rank is a leading post unless it is said not to be."""
    rank = 0
    grade = GRADES[fields["grade"].choice(GRADES)] if "grade" in fields else 0
    written = fields["rank"].value if "rank" in fields else None
    if isinstance(written, str) and written in GRADES and written not in RANKS:
        grade = GRADES[written]  # a grade written where the rank stands
    elif "rank" in fields:
        rank = RANKS[fields["rank"].choice(RANKS, synonyms.RANK_NAMES)]
    leading = fields["leading"].truth() if "leading" in fields else rank >= RANKS["乡科级副职"]
    return Post(
        since,
        until,
        rank,
        grade,
        leading,
        fields["authority"].choice(AUTHORITIES, synonyms.AUTHORITIES)
        if "authority" in fields
        else "unit",
        fields["title"].text(empty=True) if "title" in fields else "",
    )


def _duty(item: Field) -> PartyDuty:
    fields = item.mapping(
        ("from", "until", "to", "kind", "unit"), also=synonyms.DUTY, ignored=synonyms.IGNORED
    )
    since, until = range_of(item, fields)
    if "kind" not in fields:
        item.wrong("needs 'kind'")
    kind = fields["kind"].choice(PARTY_DUTIES, synonyms.PARTY_DUTIES) if "kind" in fields else ""
    return PartyDuty(since, until, kind)


def _stage(item: Field) -> StageSpan:
    fields = item.mapping(
        ("from", "until", "to", "stage"), also=synonyms.STAGE, ignored=synonyms.IGNORED
    )
    since, until = range_of(item, fields)
    if "stage" not in fields:
        item.wrong("needs 'stage'")
    stage = fields["stage"].choice(STAGES, synonyms.STAGES) if "stage" in fields else STAGES[0]
    return StageSpan(since, until, stage)


def _event(item: Field) -> Event:
    keys = ("kind", "from", "until", "to", "requirements", "due_on", "known_at", "note")
    fields = item.mapping(keys, also=synonyms.EVENT, ignored=synonyms.IGNORED)
    if "kind" not in fields:
        item.wrong("needs 'kind'")
    kind = EventKind.LEAVE
    if "kind" in fields:
        kind = EventKind(fields["kind"].choice(EventKind, synonyms.EVENT_KINDS))
    if kind is EventKind.EXTENSION and "from" not in fields and "known_at" in fields:
        # An extension holds for the window in which it was granted.
        granted = fields["known_at"].moment().astimezone(OFFICE_ZONE).date()
        since, until = granted, None
    else:
        since, until = range_of(item, fields)
    due_on = fields["due_on"].day() if "due_on" in fields else None
    if kind is EventKind.EXTENSION and due_on is None:
        item.wrong("an extension needs 'due_on', the new last day")
    return Event(
        kind,
        since,
        until,
        tuple(fields["requirements"].texts()) if "requirements" in fields else (),
        due_on,
        fields["known_at"].moment() if "known_at" in fields else None,
        fields["note"].text(empty=True) if "note" in fields else "",
    )
