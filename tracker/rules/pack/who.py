"""Who owes a requirement, and by which event it comes to be owed."""

from collections.abc import Callable

from tracker.rules.document import Field
from tracker.rules.duties import (
    AllOf,
    AnyOf,
    Appointed,
    CameUnder,
    Duty,
    EnteredStage,
    HasPartyDuty,
    HasStage,
    IsOrganisation,
    NoneOf,
    Occasion,
    PostIs,
    TookDuty,
    Who,
)
from tracker.rules.pack.common import Refer
from tracker.rules.vocabulary import AUTHORITIES, GRADES, PARTY_DUTIES, RANKS, STAGES

_POST_KEYS = (
    "rank_at_least",
    "rank_at_most",
    "grade_at_least",
    "grade_at_most",
    "leading",
    "authority",
)

_WHO_KEYS = (
    *_POST_KEYS,
    "cadre",
    "stage_any",
    "party_duty",
    "organisation",
    "duty",
    "all",
    "any",
    "none",
    "event",
    "to_rank_at_least",
    "to_leading",
    "unless_met",
)

_EVENTS = ("appointed", "took_duty", "entered_stage", "came_under")


def who_and_occasion(field: Field, refer: Refer) -> tuple[Who | None, Occasion | None, Duty | None]:
    who = condition(field, refer)
    if not field.is_mapping():
        return who, None, None
    given: dict[str, Field] = field.value
    unless = refer(given["unless_met"]) if "unless_met" in given else None
    if "event" not in given:
        for key in ("to_rank_at_least", "to_leading", "unless_met"):
            if key in given:
                given[key].wrong("is said only together with 'event'")
        return who, None, None
    event = given["event"].choice(_EVENTS)
    occasion: Occasion = CameUnder()
    if event == "appointed":
        rank = _ladder(given["to_rank_at_least"], RANKS) if "to_rank_at_least" in given else 0
        leading = given["to_leading"].truth() if "to_leading" in given else None
        occasion = Appointed(rank, leading)
        who = _all([part for part in (who, PostIs(rank_at_least=rank, leading=leading)) if part])
    elif event == "took_duty":
        kinds = _wants(field, given, "party_duty", PARTY_DUTIES)
        occasion = TookDuty(kinds)
    elif event == "entered_stage":
        occasion = EnteredStage(_wants(field, given, "stage_any", STAGES))
        # The stage may be over; whoever left it owed the requirement while he was in it.
        who = None
    return who, occasion, unless


def _wants(
    field: Field, given: dict[str, Field], key: str, options: tuple[str, ...]
) -> tuple[str, ...]:
    if key not in given:
        field.wrong(f"this event needs {key!r}")
        return ()
    return given[key].choices(options)


def condition(field: Field, refer: Refer) -> Who | None:
    """A condition; the keys of one mapping must all hold, those about a post for one post."""
    given = field.mapping(_WHO_KEYS)
    parts: list[Who] = []
    if any(key in given for key in _POST_KEYS):
        parts.append(_post(given))
    if "cadre" in given:
        parts.append(_yes(given["cadre"], PostIs()))
    if "stage_any" in given:
        parts.append(_stages(given["stage_any"]))
    if "party_duty" in given:
        parts.append(HasPartyDuty(given["party_duty"].choices(PARTY_DUTIES)))
    if "organisation" in given:
        kinds = tuple(given["organisation"].texts())
        parts.append(IsOrganisation(kinds))
    if "duty" in given:
        other = refer(given["duty"])
        if other and other.who:
            parts.append(other.who)
        elif other:
            given["duty"].wrong(f"{other.code!r} says by an event who owes it; refer to another")
    groups: dict[str, Callable[[tuple[Who, ...]], Who]] = {
        "all": AllOf,
        "any": AnyOf,
        "none": NoneOf,
    }
    for key, make in groups.items():
        if key in given:
            inner = [condition(item, refer) for item in given[key].items()]
            parts.append(make(tuple(part for part in inner if part)))
    if field.is_mapping() and not parts and "event" not in given:
        field.wrong("says nothing about who owes this")
    return _all(parts) if parts else None


def _all(parts: list[Who]) -> Who:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _yes(field: Field, who: Who) -> Who:
    return who if field.truth() else NoneOf((who,))


def _stages(field: Field) -> Who:
    """Membership stages; "cadre" is not one but means: holds a post."""
    chosen = field.choices((*STAGES, "cadre"))
    stages = tuple(stage for stage in chosen if stage != "cadre")
    parts: list[Who] = [PostIs()] if "cadre" in chosen else []
    if stages:
        parts.append(HasStage(stages))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _post(given: dict[str, Field]) -> PostIs:
    return PostIs(
        rank_at_least=_ladder(given["rank_at_least"], RANKS) if "rank_at_least" in given else None,
        rank_at_most=_ladder(given["rank_at_most"], RANKS) if "rank_at_most" in given else None,
        grade_at_least=_ladder(given["grade_at_least"], GRADES)
        if "grade_at_least" in given
        else None,
        grade_at_most=_ladder(given["grade_at_most"], GRADES) if "grade_at_most" in given else None,
        leading=given["leading"].truth() if "leading" in given else None,
        authority=given["authority"].choices(AUTHORITIES) if "authority" in given else (),
    )


def _ladder(field: Field, ladder: dict[str, int]) -> int:
    return ladder[field.choice(ladder)]
