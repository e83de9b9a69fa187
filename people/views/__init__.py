"""Roster, units and roles in the browser."""

from people.views.first_password import choose_password
from people.views.imports import (
    first_passwords,
    roster_import,
    roster_import_checking,
    roster_import_done,
    roster_import_progress,
    roster_imports,
    roster_template,
)
from people.views.roster import (
    add_person,
    appoint,
    end_duty,
    enter_stage,
    give_duty,
    grant_role,
    issue_password,
    move_unit,
    person,
    revoke_role,
    roster,
    set_active,
    units,
)

__all__ = [
    "add_person",
    "appoint",
    "choose_password",
    "end_duty",
    "enter_stage",
    "first_passwords",
    "give_duty",
    "grant_role",
    "issue_password",
    "move_unit",
    "person",
    "revoke_role",
    "roster",
    "roster_import",
    "roster_import_checking",
    "roster_import_done",
    "roster_import_progress",
    "roster_imports",
    "roster_template",
    "set_active",
    "units",
]
