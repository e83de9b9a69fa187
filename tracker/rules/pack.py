"""Reads a rule pack from YAML. Every mistake is named with its line and path, all at once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from tracker.rules.document import Field, finish, read
from tracker.rules.duties import (
    AllOf,
    AnyOf,
    Appointed,
    CalendarYear,
    CameUnder,
    Cap,
    Conversion,
    Counts,
    Duty,
    Effect,
    EnteredStage,
    FixedPlan,
    HasPartyDuty,
    HasStage,
    Institutions,
    IsOrganisation,
    Multiplier,
    NoneOf,
    Occasion,
    OnPromotion,
    Pace,
    PostIs,
    Reduce,
    Requirement,
    Rolling,
    RulePack,
    SinceEvent,
    Source,
    Surplus,
    Text,
    Tier,
    TookDuty,
    Valuation,
    Who,
    WindowRule,
)
from tracker.rules.vocabulary import (
    AUTHORITIES,
    GRADES,
    INSTITUTION_KINDS,
    LEVELS,
    PARTY_DUTIES,
    RANKS,
    STAGES,
    Confirmer,
    Form,
    Measure,
    Subject,
)

# "recognised_concentrated" is concentrated training whose institution somebody recognised.
_FORMS = [*(form.value for form in Form), "recognised_concentrated"]
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
_DUTY_KEYS = (
    "code",
    "title",
    "article",
    "anchor",
    "source",
    "subject",
    "who",
    "window",
    "any_of",
    "all_of",
    "counts",
    "on_promotion",
    "reduce",
    "conversions",
    "information",
    "surplus",
    "effects",
    "pace",
    "open_to_local",
    "same_as",
)
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
OPEN_TO_LOCAL = (
    "amounts",
    "window",
    "counts",
    "institutions",
    "carry_over",
    "who",
    "pace",
    "reduce",
)


def load_pack(text: str) -> RulePack:
    """Return the pack a YAML text describes. Raises InvalidDocument naming lines and paths."""
    root = read(text)
    pack = read_pack(root)
    finish(root.problems)
    return pack


def changes_not_open(upper: Duty, local: Duty) -> list[str]:
    """What a local duty changes in the one above it without leave, by the words of open_to_local.

    Title, article and source may always differ: they say where the local rule stands.
    """
    changed = {
        "who": upper.who != local.who or upper.unless_met != local.unless_met,
        "window": upper.window != local.window,
        "pace": upper.pace != local.pace,
        "amounts": upper.ways != local.ways,
        "institutions": upper.counts.institutions != local.counts.institutions,
        "carry_over": upper.on_promotion != local.on_promotion,
        "counts": replace(upper.counts, institutions=None)
        != replace(local.counts, institutions=None)
        or (upper.conversion, upper.official_floor) != (local.conversion, local.official_floor)
        or upper.surplus != local.surplus,
        "reduce": upper.reduce != local.reduce,
        "subject": upper.subject != local.subject,
    }
    return [
        aspect
        for aspect, differs in changed.items()
        if differs and aspect not in upper.open_to_local
    ]


def read_pack(root: Field) -> RulePack:
    """The same from a field of a larger document; problems are left in the field's list."""
    given = _required(root, _PACK_KEYS, ("pack", "title", "source", "valid", "duties"))
    source = _source(given["source"], None) if "source" in given else Source("")
    valid_from, valid_until = date(1949, 10, 1), None
    if "valid" in given:
        valid = _required(given["valid"], ("from", "until"), ("from",))
        valid_from = valid["from"].day() if "from" in valid else valid_from
        if "until" in valid and valid["until"].value is not None:
            valid_until = valid["until"].day()
            if valid_until <= valid_from:
                valid["until"].wrong("ends before it begins")
    code = given["pack"].code() if "pack" in given else ""
    pack = RulePack(
        code=code,
        title=_title(given["title"]) if "title" in given else Text(""),
        version=given["version"].whole(1) if "version" in given else 1,
        jurisdiction=_place(given["jurisdiction"]) if "jurisdiction" in given else "CN",
        source=source,
        valid_from=valid_from,
        valid_until=valid_until,
        duties=(),
        overrides=given["overrides"].text() if "overrides" in given else "",
        text_url=given["text_url"].text(empty=True) if "text_url" in given else "",
    )
    if "duties" not in given:
        return pack
    reader = _DutyReader(pack)
    for field in given["duties"].items():
        reader.take(field)
    if given["duties"].is_list() and not given["duties"].value:
        given["duties"].wrong("a pack needs at least one duty")
    return replace(pack, duties=tuple(reader.finished()))


class _DutyReader:
    """Reads the duties of a pack; later ones may refer to earlier ones of the same pack."""

    def __init__(self, pack: RulePack) -> None:
        self.pack = pack
        self.duties: dict[str, Duty] = {}

    def finished(self) -> list[Duty]:
        return list(self.duties.values())

    def take(self, field: Field) -> None:
        given = _required(field, _DUTY_KEYS, ("code", "who", "window"))
        code = given["code"].code() if "code" in given else f"?{len(self.duties)}"
        if code in self.duties:
            given["code"].wrong(f"{code!r} is the code of an earlier duty of this pack")
        same = self._refer(given["same_as"]) if "same_as" in given else None
        subject = Subject.LEARNER
        if "subject" in given:
            subject = Subject(given["subject"].choice(Subject))
        who, occasion, unless_met = None, None, None
        if "who" in given:
            who, occasion, unless_met = self._who_and_occasion(given["who"])
        window = self._window(given["window"], occasion) if "window" in given else CalendarYear()
        ways = self._ways(field, given, same)
        conversion, floor = self._conversion(given, same)
        information = same.information if same else ()
        if "information" in given:
            information = tuple(Measure(m) for m in given["information"].choices(Measure))
        self.duties[code] = Duty(
            code=code,
            title=_title(given["title"]) if "title" in given else Text(code),
            article=given["article"].text() if "article" in given else same.article if same else "",
            anchor=given["anchor"].text() if "anchor" in given else "",
            subject=subject,
            who=who,
            window=window,
            ways=ways,
            counts=_counts(field, given, same),
            source=_source(given["source"], self.pack.source)
            if "source" in given
            else self.pack.source,
            pack=self.pack.code,
            unless_met=unless_met,
            on_promotion=_on_promotion(given) or (same.on_promotion if same else OnPromotion()),
            reduce=_reduce(given) or (same.reduce if same else Reduce()),
            conversion=conversion,
            official_floor=floor,
            information=information,
            surplus=_surplus(given) if "surplus" in given else same.surplus if same else (),
            effects=_effects(given),
            pace=_pace(given),
            open_to_local=given["open_to_local"].choices(OPEN_TO_LOCAL)
            if "open_to_local" in given
            else (),
            valid_from=self.pack.valid_from,
            valid_until=self.pack.valid_until,
        )

    def _refer(self, field: Field) -> Duty | None:
        code = field.text()
        if code not in self.duties:
            earlier = ", ".join(self.duties) or "none"
            field.wrong(f"no duty {code!r} stands before this one in the pack (earlier: {earlier})")
            return None
        return self.duties[code]

    # --- who -------------------------------------------------------------------------------------

    def _who_and_occasion(self, field: Field) -> tuple[Who | None, Occasion | None, Duty | None]:
        who = self.who(field)
        if not field.is_mapping():
            return who, None, None
        given: dict[str, Field] = field.value
        unless = self._refer(given["unless_met"]) if "unless_met" in given else None
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
            who = _all(
                [part for part in (who, PostIs(rank_at_least=rank, leading=leading)) if part]
            )
        elif event == "took_duty":
            kinds = self._wants(field, given, "party_duty", PARTY_DUTIES)
            occasion = TookDuty(kinds)
        elif event == "entered_stage":
            occasion = EnteredStage(self._wants(field, given, "stage_any", STAGES))
            # The stage may be over; whoever left it owed the requirement while he was in it.
            who = None
        return who, occasion, unless

    def _wants(
        self, field: Field, given: dict[str, Field], key: str, options: tuple[str, ...]
    ) -> tuple[str, ...]:
        if key not in given:
            field.wrong(f"this event needs {key!r}")
            return ()
        return given[key].choices(options)

    def who(self, field: Field) -> Who | None:
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
            other = self._refer(given["duty"])
            if other and other.who:
                parts.append(other.who)
            elif other:
                given["duty"].wrong(
                    f"{other.code!r} says by an event who owes it; refer to another"
                )
        groups: dict[str, Callable[[tuple[Who, ...]], Who]] = {
            "all": AllOf,
            "any": AnyOf,
            "none": NoneOf,
        }
        for key, make in groups.items():
            if key in given:
                inner = [self.who(item) for item in given[key].items()]
                parts.append(make(tuple(part for part in inner if part)))
        if field.is_mapping() and not parts and "event" not in given:
            field.wrong("says nothing about who owes this")
        return _all(parts) if parts else None

    # --- window ------------------------------------------------------------------------------

    def _window(self, field: Field, occasion: Occasion | None) -> WindowRule:
        kinds = ("fixed_plan", "calendar_year", "rolling", "since_event")
        given = field.mapping(kinds)
        if len(given) != 1:
            field.wrong(f"needs exactly one of: {', '.join(kinds)}")
            return CalendarYear()
        kind, inside = next(iter(given.items()))
        if kind == "fixed_plan":
            plan = _required(inside, ("from", "years", "repeats"), ("from", "years"))
            if "from" not in plan or "years" not in plan:
                return CalendarYear()
            return FixedPlan(
                plan["from"].day(),
                plan["years"].whole(1, 50),
                plan["repeats"].truth() if "repeats" in plan else False,
            )
        if kind == "calendar_year":
            year = inside.mapping(("posting_until",)) if inside.value is not None else {}
            until = _month_and_day(year["posting_until"]) if "posting_until" in year else None
            return CalendarYear(until)
        if kind == "rolling":
            span = inside.mapping(("years", "months"))
            return Rolling(_months(inside, span) or 12)
        since = inside.mapping(("months", "years", "repeats", "until_stage_ends")) or {}
        if occasion is None:
            occasion = CameUnder()
        if "until_stage_ends" in since and since["until_stage_ends"].truth():
            if not isinstance(occasion, EnteredStage):
                since["until_stage_ends"].wrong("needs the event 'entered_stage'")
            return SinceEvent(occasion, None)
        repeats = since["repeats"].truth() if "repeats" in since else False
        return SinceEvent(occasion, _months(inside, since) or 12, repeats)

    # --- how much ------------------------------------------------------------------------------

    def _ways(
        self, field: Field, given: dict[str, Field], same: Duty | None
    ) -> tuple[tuple[Requirement, ...], ...]:
        if "any_of" not in given and "all_of" not in given:
            if same:
                return same.ways
            field.wrong("says not how much: needs 'any_of', 'all_of' or 'same_as'")
            return ()
        common = (
            [_requirement(item) for item in given["all_of"].items()] if "all_of" in given else []
        )
        if "any_of" not in given:
            if not common:
                given["all_of"].wrong("needs at least one measure")
            return (tuple(common),)
        ways = []
        for item in given["any_of"].items():
            if item.is_mapping() and "all_of" in item.value:
                inner = item.mapping(("all_of",))["all_of"]
                ways.append((*common, *(_requirement(each) for each in inner.items())))
            else:
                ways.append((*common, _requirement(item)))
        if not ways:
            given["any_of"].wrong("needs at least one way")
        return tuple(ways)

    def _conversion(
        self, given: dict[str, Field], same: Duty | None
    ) -> tuple[Conversion | None, bool]:
        if "conversions" not in given:
            return (same.conversion, same.official_floor) if same else (None, False)
        keys = ("days", "credits_per_day", "hours_per_day", "forms", "minutes_per_hour", "official")
        field = given["conversions"]
        inside = field.mapping(keys)
        zero = Decimal(0)
        per_credit, per_hour = None, None
        if "days" in inside:
            per_credit, per_hour = _formula(inside["days"])
        if "credits_per_day" in inside:
            per_credit = inside["credits_per_day"].amount(above=zero)
        if "hours_per_day" in inside:
            per_hour = inside["hours_per_day"].amount(above=zero)
        if per_credit is None and per_hour is None:
            field.wrong("needs days, credits_per_day or hours_per_day")
        forms = _forms(inside["forms"]) if "forms" in inside else frozenset({Form.ONLINE})
        minutes = inside["minutes_per_hour"].whole(1, 600) if "minutes_per_hour" in inside else 45
        official = (
            inside["official"].choice(("floor", "exact")) if "official" in inside else "floor"
        )
        return Conversion(per_credit, per_hour, forms, minutes), official == "floor"


# --- smaller readers --------------------------------------------------------------------------------


def _required(field: Field, known: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Field]:
    given = field.mapping(known)
    if field.is_mapping():
        for key in needed:
            if key not in given:
                field.wrong(f"needs {key!r}")
    return given


def _place(field: Field) -> str:
    text = field.text()
    if len(text) > 40:
        field.wrong("longer than 40 characters: give the code of a unit")
    return text


def _title(field: Field) -> Text:
    if field.is_mapping():
        given = _required(field, ("zh", "en"), ("zh",))
        return Text(
            given["zh"].text() if "zh" in given else "",
            given["en"].text() if "en" in given else "",
        )
    return Text(field.text())


def _source(field: Field, above: Source | None) -> Source:
    given = _required(field, ("instrument", "issued", "confidence", "note"), ("instrument",))
    return Source(
        given["instrument"].text() if "instrument" in given else "",
        given["issued"].day() if "issued" in given and given["issued"].value is not None else None,
        given["confidence"].choice(("A", "B", "R"))
        if "confidence" in given
        else (above.confidence if above else "R"),
        _title(given["note"]) if "note" in given else Text(""),
    )


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


_FORMULA = re.compile(
    r"min\(\s*credits\s*/\s*(\d{1,6}(?:\.\d{1,4})?)\s*,\s*hours\s*/\s*(\d{1,6}(?:\.\d{1,4})?)\s*\)"
)


def _formula(field: Field) -> tuple[Decimal | None, Decimal | None]:
    """``min(credits / 2, hours / 8)``, the only formula there is; nothing is evaluated."""
    found = _FORMULA.fullmatch(field.text().strip())
    if not found or not all(Decimal(number) for number in found.groups()):
        field.wrong("expected a formula like: min(credits / 2, hours / 8)")
        return None, None
    return Decimal(found[1]), Decimal(found[2])


def _months(field: Field, given: dict[str, Field]) -> int | None:
    if ("months" in given) == ("years" in given):
        field.wrong("needs either months or years")
        return None
    if "months" in given:
        return given["months"].whole(1, 1200)
    return given["years"].whole(1, 100) * 12


def _month_and_day(field: Field) -> tuple[int, int]:
    text = field.text()
    month, _, day = text.partition("-")
    if not (month.isdecimal() and day.isdecimal()):
        field.wrong(f'expected month and day like "01-31", found {text!r}')
        return (1, 31)
    try:
        date(2023, int(month), int(day))
    except ValueError:
        field.wrong(f"{text!r} is not a day of the year")
        return (1, 31)
    return (int(month), int(day))


def _requirement(field: Field) -> Requirement:
    known = ("measure", "at_least", "form", "forms", "course")
    given = _required(field, known, ("measure",))
    measure = Measure(given["measure"].choice(Measure)) if "measure" in given else Measure.HOURS
    forms = frozenset[Form]()
    for key in ("form", "forms"):
        if key in given:
            forms |= _forms(given[key])
    course = given["course"].text() if "course" in given else ""
    if measure is Measure.PASSED:
        if not course:
            field.wrong("'passed' needs the course")
        return Requirement(measure, Decimal(1), forms, course)
    if "at_least" not in given:
        field.wrong("needs 'at_least'")
        return Requirement(measure, Decimal(1), forms, course)
    amount = given["at_least"]
    if amount.is_mapping():
        months = _required(amount, ("months", "days_per_month"), ("months",))
        if measure is not Measure.TRAINING_DAYS:
            amount.wrong("months are a number of training days; use measure training_days")
        many = months["months"].amount(above=Decimal(0)) if "months" in months else Decimal(1)
        per = months["days_per_month"].amount() if "days_per_month" in months else Decimal(20)
        return Requirement(measure, many * per, forms, course)
    return Requirement(measure, amount.amount(above=Decimal(0)), forms, course)


def _forms(field: Field) -> frozenset[Form]:
    return frozenset(
        Form.CONCENTRATED if name == "recognised_concentrated" else Form(name)
        for name in field.choices(_FORMS)
    )


def _counts(duty: Field, given: dict[str, Field], same: Duty | None) -> Counts:
    if "counts" not in given:
        if same:
            return same.counts
        duty.wrong("says not what counts: needs 'counts' or 'same_as'")
        return Counts(frozenset(Form))
    known = (
        "forms",
        "institutions",
        "online",
        "confirmed_by",
        "caps",
        "multipliers",
        "hours_from_minutes",
        "leave_at_most",
    )
    inside = _required(given["counts"], known, ("forms",))
    forms = _forms(inside["forms"]) if "forms" in inside else frozenset(Form)
    if "online" in inside:
        forms = forms | {Form.ONLINE} if inside["online"].truth() else forms - {Form.ONLINE}
    names = inside["forms"].choices(_FORMS) if "forms" in inside else ()
    confirmed = []
    if "confirmed_by" in inside:
        for name, field in inside["confirmed_by"].mapping([form.value for form in Form]).items():
            confirmed.append((Form(name), tuple(Confirmer(c) for c in field.choices(Confirmer))))
    return Counts(
        forms=forms,
        institutions=_institutions(inside["institutions"]) if "institutions" in inside else None,
        concentrated_must_be_recognised="recognised_concentrated" in names,
        confirmed_by=tuple(confirmed),
        caps=tuple(_cap(item) for item in inside["caps"].items()) if "caps" in inside else (),
        multipliers=tuple(_multiplier(item) for item in inside["multipliers"].items())
        if "multipliers" in inside
        else (),
        valuations=tuple(
            _valuation(item, forms) for item in _one_or_more(inside, "hours_from_minutes")
        ),
        leave_at_most=_part(inside["leave_at_most"]) if "leave_at_most" in inside else (1, 7),
    )


def _institutions(field: Field) -> Institutions:
    given = field.mapping(("kinds", "or_recognised_at", "required"))
    return Institutions(
        kinds=given["kinds"].choices(INSTITUTION_KINDS) if "kinds" in given else (),
        or_recognised_at=given["or_recognised_at"].choice(LEVELS)
        if "or_recognised_at" in given
        else None,
        required=given["required"].truth() if "required" in given else True,
    )


def _one_or_more(given: dict[str, Field], key: str) -> list[Field]:
    if key not in given:
        return []
    return list(given[key].items()) if given[key].is_list() else [given[key]]


def _valuation(field: Field, all_forms: frozenset[Form]) -> Valuation:
    given = field.mapping(("forms", "tiers", "minutes_per_hour"))
    if field.is_mapping() and ("tiers" in given) == ("minutes_per_hour" in given):
        field.wrong("needs either tiers or minutes_per_hour")
    tiers = []
    for item in given["tiers"].items() if "tiers" in given else ():
        inside = _required(item, ("at_least", "above", "hours"), ("hours",))
        if ("at_least" in inside) == ("above" in inside):
            item.wrong("needs either at_least or above (minutes)")
            continue
        above = "above" in inside
        minutes = inside["above" if above else "at_least"].amount()
        tiers.append(
            Tier(minutes, inside["hours"].amount() if "hours" in inside else Decimal(0), above)
        )
    # A longer item is never worth less than a shorter one.
    tiers.sort(key=lambda tier: (tier.minutes, tier.above), reverse=True)
    if any(longer.hours < shorter.hours for longer, shorter in pairwise(tiers)):
        given["tiers"].wrong("a longer length is worth less than a shorter one")
    return Valuation(
        _forms(given["forms"]) if "forms" in given else all_forms,
        tuple(tiers),
        given["minutes_per_hour"].whole(1, 600) if "minutes_per_hour" in given else 45,
    )


def _part(field: Field) -> tuple[int, int] | None:
    """A part of a whole written like 1/7; "none" for no such rule."""
    text = field.text()
    if text == "none":
        return None
    found = re.fullmatch(r"([0-9]{1,3})\s*/\s*([1-9][0-9]{0,2})", text.strip())
    if not found or int(found[1]) > int(found[2]):
        field.wrong('expected a part like "1/7", or none')
        return (1, 7)
    return int(found[1]), int(found[2])


def _surplus(given: dict[str, Field]) -> tuple[Surplus, ...]:
    found = []
    for item in _one_or_more(given, "surplus"):
        inside = _required(item, ("measure", "at_most"), ("measure", "at_most"))
        measure = (
            Measure(inside["measure"].choice(Measure)) if "measure" in inside else Measure.HOURS
        )
        if measure is Measure.PASSED:
            item.wrong("a pass leaves nothing over")
        found.append(
            Surplus(measure, inside["at_most"].amount() if "at_most" in inside else Decimal(0))
        )
    return tuple(found)


def _cap(field: Field) -> Cap:
    keys = ("forms", "measure", "at_most", "per")
    given = _required(field, keys, ("forms", "measure", "at_most"))
    return Cap(
        _forms(given["forms"]) if "forms" in given else frozenset(),
        Measure(given["measure"].choice(Measure)) if "measure" in given else Measure.HOURS,
        given["at_most"].amount() if "at_most" in given else Decimal(0),
        given["per"].choice(("window", "day")) == "day" if "per" in given else False,
    )


def _multiplier(field: Field) -> Multiplier:
    given = _required(field, ("form", "by"), ("form", "by"))
    return Multiplier(
        next(iter(_forms(given["form"]))) if "form" in given else Form.ONLINE,
        given["by"].amount(above=Decimal(0)) if "by" in given else Decimal(1),
    )


def _on_promotion(given: dict[str, Field]) -> OnPromotion | None:
    if "on_promotion" not in given:
        return None
    inside = given["on_promotion"].mapping(("opens_new_window", "carry_over", "full_length"))
    return OnPromotion(**{key: field.truth() for key, field in inside.items()})


def _reduce(given: dict[str, Field]) -> Reduce | None:
    if "reduce" not in given:
        return None
    keys = {
        "exempt_months": "exempt",
        "leave_months": "leave",
        "posted_away_months": "posted_away",
        "months_before_joining": "before_joining",
    }
    inside = given["reduce"].mapping(keys)
    return Reduce(
        **{
            keys[key]: field.choice(("pro_rata", "none")) == "pro_rata"
            for key, field in inside.items()
        }
    )


def _effects(given: dict[str, Field]) -> tuple[Effect, ...]:
    if "effects" not in given:
        return ()
    field = given["effects"]
    fields = list(field.items()) if field.is_list() else [field]
    found = []
    for each in fields:
        inside = _required(each, ("not_eligible_for",), ("not_eligible_for",))
        if "not_eligible_for" in inside:
            found.append(Effect(inside["not_eligible_for"].text()))
    return tuple(found)


def _pace(given: dict[str, Field]) -> Pace:
    if "pace" not in given:
        return Pace()
    inside = given["pace"].mapping(("grace",))
    if "grace" not in inside:
        return Pace()
    grace = inside["grace"].amount()
    if grace > 1:
        inside["grace"].wrong("is a part of the window, from 0 to 1")
    return Pace(grace)
