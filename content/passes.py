"""The short-lived pass under which a package's own frame gets its files.

The frame has no origin of its own and sends no cookies, so what it may fetch stands in its address:
the files of one package, for some hours. Whoever is shown the player was entitled a moment before.
"""

from django.core import signing

_SALT = "content.package"
# As long as one may sit at a package before the page has to be loaded again.
_MAX_AGE_SECONDS = 6 * 60 * 60


class BadPass(Exception):
    """Not signed here, or too old."""


def issue(package_id: int) -> str:
    """A pass for the files of this package."""
    return signing.dumps(package_id, salt=_SALT)


def package_of(token: str) -> int:
    """The package whose files a pass opens. Raises BadPass."""
    try:
        return int(signing.loads(token, salt=_SALT, max_age=_MAX_AGE_SECONDS))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadPass from error
