"""What became of messages, in words."""

from django.utils.translation import ngettext

from notices.operations import Sent


def reminded(sent: Sent) -> str:
    """How many are reminded, and how many were spared, if anybody was."""
    spared = sent.spared + sent.had_it
    if not spared:
        return ngettext(
            "%(sent)s person is reminded.", "%(sent)s persons are reminded.", sent.sent
        ) % {"sent": sent.sent}
    return ngettext(
        "%(sent)s person is reminded; %(spared)s had the week's share or today's already.",
        "%(sent)s persons are reminded; %(spared)s had the week's share or today's already.",
        sent.sent,
    ) % {"sent": sent.sent, "spared": spared}
