"""The ledger of study hours, the rules in force, and the cached standings drawn from both.

Ranges are half-open local calendar days ``[from, to)``.
"""

from tracker.models.changes import CareerChange
from tracker.models.claims import Claim, ClaimFile, ClaimStep
from tracker.models.imports import HoursImport, ImportedLine
from tracker.models.ledger import ZERO, Entry, Institution, Recognition
from tracker.models.remarks import Remark
from tracker.models.rules import CareerEvent, RulePack
from tracker.models.seals import AuditHead, AuditLeaf, LedgerBlock, LedgerHead, LedgerLeaf
from tracker.models.standings import (
    NO_DAY,
    DueCount,
    Rollup,
    RosterCount,
    Standing,
    StandingMark,
)

__all__ = [
    "NO_DAY",
    "ZERO",
    "AuditHead",
    "AuditLeaf",
    "CareerChange",
    "CareerEvent",
    "Claim",
    "ClaimFile",
    "ClaimStep",
    "DueCount",
    "Entry",
    "HoursImport",
    "ImportedLine",
    "Institution",
    "LedgerBlock",
    "LedgerHead",
    "LedgerLeaf",
    "Recognition",
    "Remark",
    "Rollup",
    "RosterCount",
    "RulePack",
    "Standing",
    "StandingMark",
]
