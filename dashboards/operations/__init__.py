"""Writes of the training departments: jobs, statements, plans."""

from dashboards.operations.jobs import (
    LostLease,
    ask,
    cancel,
    forget_expired,
    note_download,
    run,
    sweep,
)
from dashboards.operations.plans import (
    MayNotPlan,
    PlanChanged,
    TooManySeats,
    call_up,
    discard_plan,
    make_plan,
)
from dashboards.operations.statements import (
    MayNotState,
    NotDrawn,
    NotYetKnown,
    SecondPersonNeeded,
    draw,
    order_due_statements,
    order_statement,
    seal_statement,
    set_schedule,
    signature_holds,
    withdraw_statement,
)

__all__ = [
    "LostLease",
    "MayNotPlan",
    "MayNotState",
    "NotDrawn",
    "NotYetKnown",
    "PlanChanged",
    "SecondPersonNeeded",
    "TooManySeats",
    "ask",
    "call_up",
    "cancel",
    "discard_plan",
    "draw",
    "forget_expired",
    "make_plan",
    "note_download",
    "order_due_statements",
    "order_statement",
    "run",
    "seal_statement",
    "set_schedule",
    "signature_holds",
    "sweep",
    "withdraw_statement",
]
