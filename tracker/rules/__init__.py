"""Pure law engine: rule packs, facts about a person, and ``assess``. No framework, no clock."""

from tracker.rules.assess import (
    Assessment,
    EffectNow,
    Progress,
    Refused,
    Way,
    Window,
    add_months,
    assess,
)
from tracker.rules.combine import SetAside, changes_not_open, combine, overridden
from tracker.rules.counting import valuation_of
from tracker.rules.document import end_of_day
from tracker.rules.duties import Duty, InvalidDocument, Problem, Requirement, RulePack, Source
from tracker.rules.facts import (
    Event,
    History,
    Institution,
    Measures,
    PartyDuty,
    Post,
    Recognition,
    Row,
    StageSpan,
)
from tracker.rules.pack import load_pack
from tracker.rules.vocabulary import (
    Because,
    Confirmer,
    EventKind,
    Form,
    Measure,
    Reason,
    State,
    Subject,
)

__all__ = [
    "Assessment",
    "Because",
    "Confirmer",
    "Duty",
    "EffectNow",
    "Event",
    "EventKind",
    "Form",
    "History",
    "Institution",
    "InvalidDocument",
    "Measure",
    "Measures",
    "PartyDuty",
    "Post",
    "Problem",
    "Progress",
    "Reason",
    "Recognition",
    "Refused",
    "Requirement",
    "Row",
    "RulePack",
    "SetAside",
    "Source",
    "StageSpan",
    "State",
    "Subject",
    "Way",
    "Window",
    "add_months",
    "assess",
    "changes_not_open",
    "combine",
    "end_of_day",
    "load_pack",
    "overridden",
    "valuation_of",
]
