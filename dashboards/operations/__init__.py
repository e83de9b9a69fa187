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

__all__ = ["LostLease", "ask", "cancel", "forget_expired", "note_download", "run", "sweep"]
