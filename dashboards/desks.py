"""Which homes a person has, by role. Pure over roles: values in, values out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from people.enums import Role


@dataclass(frozen=True)
class Desk:
    """A home of its own: the address's last part, the word on the tab, and whose it is."""

    slug: str
    label: Any
    roles: tuple[str, ...]


STUDY = Desk("study", _("My study"), ())
DESKS = (
    Desk("department", _("Department"), (Role.TRAINING_ADMIN, Role.LIAISON, Role.AUDITOR)),
    Desk("editing", _("Editing"), (Role.EDITOR, Role.CONTENT_REVIEWER)),
    Desk("questions", _("Question bank"), (Role.QUESTION_SETTER, Role.QUESTION_REVIEWER)),
    Desk("system", _("System"), (Role.SYSTEM_ADMIN,)),
)


def desks_for(roles: Iterable[str]) -> list[Desk]:
    """The person's homes; the own study is everybody's and comes first."""
    held = set(roles)
    return [STUDY, *(desk for desk in DESKS if held.intersection(desk.roles))]


def first_desk(desks: list[Desk]) -> Desk:
    """Where the person arrives: the one desk held, otherwise the own study."""
    return desks[1] if len(desks) == 2 else STUDY
