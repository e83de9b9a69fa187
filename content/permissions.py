"""May this person see or do that in the library?"""

from typing import Any

from people.enums import Role
from people.queries import has_role

EDITORIAL = (Role.EDITOR, Role.CONTENT_REVIEWER)
# Who sees how much the library holds.
STOCK_ROLES = (*EDITORIAL, Role.TRAINING_ADMIN, Role.AUDITOR)


def may_edit(person: Any) -> bool:
    """Whether the person imports and writes pages."""
    return bool(person.is_authenticated and has_role(person, Role.EDITOR))


def may_see_drafts(person: Any) -> bool:
    """Whether the person works on pages at all: writes or reviews them."""
    return bool(person.is_authenticated and has_role(person, *EDITORIAL))
