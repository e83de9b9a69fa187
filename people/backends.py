"""How allauth meets our persons: nobody signs himself up; the roster makes accounts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from people.models import Person


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come from the roster, so self-registration is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Leave the staff number as the roster gave it."""


class RosterBackend(AuthenticationBackend):
    """allauth's sign-in; who is asking is read together with the unit that every page names."""

    def get_user(self, user_id: Any) -> Person | None:
        try:
            person = Person.objects.select_related("unit").get(pk=user_id)
        except Person.DoesNotExist:
            return None
        return person if self.user_can_authenticate(person) else None
