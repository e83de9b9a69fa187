"""How allauth meets our persons: nobody signs himself up; the roster makes accounts."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people import sign_in
from people.models import Person


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come from the roster, so self-registration is closed."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_failures_of_account": _(
            "Too many tries with a wrong password. Wait ten minutes and try again."
        ),
        "too_many_failures_of_network": _(
            "Too many sign-ins from your network have failed. Wait ten minutes and try again; in an "
            "examination room, tell the invigilator."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Leave the staff number as the roster gave it."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Look at the password unless too many failed before; also where it is asked once more."""
        try:
            tried = sign_in.begin_try(
                credentials.get("username", ""), self.get_client_ip(request), now=timezone.now()
            )
        except sign_in.TooManyFailures as refused:
            kind = "network" if refused.allowance == "address" else "account"
            raise self.validation_error(f"too_many_failures_of_{kind}") from refused
        person = super().authenticate(request, **credentials)
        if person is not None:
            sign_in.forgive(tried)
        return person

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave out allauth's count: it is done above, with a third of the statements."""


class RosterBackend(AuthenticationBackend):
    """allauth's sign-in; who is asking is read together with the unit that every page names."""

    def get_user(self, user_id: Any) -> Person | None:
        try:
            person = Person.objects.select_related("unit").get(pk=user_id)
        except Person.DoesNotExist:
            return None
        return person if self.user_can_authenticate(person) else None
