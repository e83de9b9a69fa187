"""How allauth meets our persons: nobody signs himself up; the roster makes accounts."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.stages import LoginStage
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people import sign_in
from people.models import Person
from people.statements import Kept


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

    def get_login_stages(self) -> list[str]:
        """Last, after a second factor: choosing a password instead of one somebody else made."""
        return [*super().get_login_stages(), "people.backends.ChoosePasswordStage"]

    def set_password(self, user: Any, password: str) -> None:
        """Whoever sets his own by another way has chosen it."""
        user.must_choose_password = False
        super().set_password(user, password)

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


class ChoosePasswordStage(LoginStage):
    """Until a password of one's own is chosen the sign-in stays under way, and nobody is signed in.

    So no page, interface or pass of an exam needs to ask, and no request pays for it.
    """

    key = "choose_password"
    urlname = "people:choose_password"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if not self.login.user.must_choose_password:
            return None, True
        self.state["instead_of"] = self.login.user.get_session_auth_hash()
        return redirect(self.urlname), True


class RosterBackend(AuthenticationBackend):
    """allauth's sign-in; who is asking is read together with the unit that every page names."""

    def get_user(self, user_id: Any) -> Person | None:
        person = _with_unit.first(int(user_id))
        # By whatever other door somebody came: a first password opens the page of choosing only.
        if person is None or person.must_choose_password:
            return None
        return person if self.user_can_authenticate(person) else None


@Kept
def _with_unit(pk: int) -> QuerySet[Person]:
    return Person.objects.select_related("unit").filter(pk=pk)
