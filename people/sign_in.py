"""How often a sign-in may fail: a room full of candidates gets in, somebody who guesses does not.

A whole examination hall signs in from one address within minutes, so only failures count against
an address. What is counted is a row laid down before the password is looked at and taken away
when it was right: however many tries come at once, no more than the allowance reach the password.
It costs three statements a sign-in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils.crypto import salted_hmac

from people.models import FailedSignIn
from people.networks import network_of

_CLEARED_EVERY = 100  # tries


class TooManyFailures(Exception):
    """No further try for now; ``allowance`` names what is used up: see SIGN_IN_FAILURES."""

    def __init__(self, allowance: str) -> None:
        self.allowance = allowance
        super().__init__(allowance)


@dataclass(frozen=True, slots=True)
class Try:
    """A try under way. Left alone it counts as a failure, also when the process dies in between."""

    pk: int


def begin_try(account: str, address: str, *, now: datetime) -> Try:
    """Count a try as failed until it is known better. Raises TooManyFailures.

    ``account`` is the name as typed; it need not exist. A refused try is not counted: waiting ends
    the wait, however impatiently.
    """
    row = FailedSignIn.objects.create(account=_mark(account), address=network_of(address), at=now)
    used_up = _used_up(row)
    if row.pk % _CLEARED_EVERY == 0:
        longest = max(seconds for _number, seconds in settings.SIGN_IN_FAILURES.values())
        FailedSignIn.objects.filter(at__lt=now - timedelta(seconds=longest)).delete()
    if used_up:
        row.delete()
        raise TooManyFailures(used_up)
    return Try(row.pk)


def forgive(tried: Try) -> None:
    """The password was right: the try does not count."""
    FailedSignIn.objects.filter(pk=tried.pk).delete()


def _used_up(row: FailedSignIn) -> str:
    same_account, same_address = Q(account=row.account), Q(address=row.address)
    counted = {
        "account_at_address": same_account & same_address,
        "account": same_account,
        "address": same_address,
    }
    counts = {}
    for name, (_number, seconds) in settings.SIGN_IN_FAILURES.items():
        recent = Q(at__gt=row.at - timedelta(seconds=seconds))
        counts[name] = Count("pk", filter=counted[name] & recent)
    found = FailedSignIn.objects.filter(same_account | same_address).aggregate(**counts)
    over = (n for n, (number, _s) in settings.SIGN_IN_FAILURES.items() if found[n] > number)
    return next(over, "")


def _mark(account: str) -> str:
    """Not the name itself: people type their password into the wrong field."""
    return salted_hmac("people.sign_in", account.strip().casefold()).hexdigest()
