"""How results are said, on pages and in files."""

from django.utils.translation import gettext as _

from exams.models import Attempt


def outcome(attempt: Attempt | None) -> str:
    """What became of a candidate, in a word; None for who has no graded attempt."""
    if attempt is None or attempt.passed is None:
        return _("absent or not graded")
    return _("passed") if attempt.passed else _("not passed")
