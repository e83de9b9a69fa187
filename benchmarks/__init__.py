"""Measurements of a served site. See README.md for how to run and how to read them."""

from dataclasses import dataclass

PASSWORD = "only-for-measuring-1"  # noqa: S105 - of accounts that live for a minute


@dataclass(frozen=True)
class Seat:
    """A candidate who is signed in; with ``attempt`` and ``token`` once the paper lies before him.

    It stands here because it goes to the generator's process, which knows no Django.
    """

    staff_number: str
    session: str
    attempt: str = ""
    token: str = ""
