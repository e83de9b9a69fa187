"""One requirement of a pack, put together from its parts."""

from tracker.rules.document import Field
from tracker.rules.duties import (
    CalendarYear,
    Duty,
    Effect,
    OnPromotion,
    Pace,
    Reduce,
    RulePack,
    Text,
)
from tracker.rules.pack.amounts import read_conversion, read_surplus, read_ways
from tracker.rules.pack.common import read_source, read_title, required
from tracker.rules.pack.counts import read_counts
from tracker.rules.pack.who import who_and_occasion
from tracker.rules.pack.window import read_window
from tracker.rules.vocabulary import OPEN_TO_LOCAL, Measure, Subject

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


class DutyReader:
    """Reads the duties of a pack; later ones may refer to earlier ones of the same pack."""

    def __init__(self, pack: RulePack) -> None:
        self.pack = pack
        self.duties: dict[str, Duty] = {}

    def finished(self) -> list[Duty]:
        return list(self.duties.values())

    def take(self, field: Field) -> None:
        given = required(field, _DUTY_KEYS, ("code", "who", "window"))
        code = given["code"].code() if "code" in given else f"?{len(self.duties)}"
        if code in self.duties:
            given["code"].wrong(f"{code!r} is the code of an earlier duty of this pack")
        same = self._refer(given["same_as"]) if "same_as" in given else None
        subject = Subject.LEARNER
        if "subject" in given:
            subject = Subject(given["subject"].choice(Subject))
        who, occasion, unless_met = None, None, None
        if "who" in given:
            who, occasion, unless_met = who_and_occasion(given["who"], self._refer)
        window = read_window(given["window"], occasion) if "window" in given else CalendarYear()
        ways = read_ways(field, given, same)
        conversion, floor = read_conversion(given, same)
        information = same.information if same else ()
        if "information" in given:
            information = tuple(Measure(m) for m in given["information"].choices(Measure))
        self.duties[code] = Duty(
            code=code,
            title=read_title(given["title"]) if "title" in given else Text(code),
            article=given["article"].text() if "article" in given else same.article if same else "",
            anchor=given["anchor"].text() if "anchor" in given else "",
            subject=subject,
            who=who,
            window=window,
            ways=ways,
            counts=read_counts(field, given, same),
            source=read_source(given["source"], self.pack.source)
            if "source" in given
            else self.pack.source,
            pack=self.pack.code,
            unless_met=unless_met,
            on_promotion=_on_promotion(given) or (same.on_promotion if same else OnPromotion()),
            reduce=_reduce(given) or (same.reduce if same else Reduce()),
            conversion=conversion,
            official_floor=floor,
            information=information,
            surplus=read_surplus(given) if "surplus" in given else same.surplus if same else (),
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
        inside = required(each, ("not_eligible_for",), ("not_eligible_for",))
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
