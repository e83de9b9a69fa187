"""What each check of the data-quality desk is called, what it means and how it is mended."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Word = str | Promise

# code: (title, what it means and how it is mended)
WORDS: dict[str, tuple[Word, Word]] = {
    "days": (
        gettext_lazy("More training days than calendar days"),
        gettext_lazy(
            "A line cannot have more training days than lie between its first and last day."
        ),
    ),
    "future": (
        gettext_lazy("Days that have not come yet"),
        gettext_lazy(
            "Hours are posted when the training is over; a day to come is a slip of the pen."
        ),
    ),
    "roster": (
        gettext_lazy("Before the person was on the roster"),
        gettext_lazy("Either the day is wrong, or the line belongs to a namesake."),
    ),
    "overlap": (
        gettext_lazy("Two classes on the same days"),
        gettext_lazy("Nobody sits in two classes at once; perhaps one training was posted twice."),
    ),
    "unit": (
        gettext_lazy("Hours without a unit"),
        gettext_lazy("The person had no place when it was posted, so no unit's figures hold it."),
    ),
    "recognition": (
        gettext_lazy("Institution not recognised on those days"),
        gettext_lazy("Such hours do not count where recognition is asked for."),
    ),
    "duty": (
        gettext_lazy("Hours that count for nothing"),
        gettext_lazy(
            "None of the person's requirements counts this form of study this year. Often the post is missing or wrong."
        ),
    ),
    "post": (
        gettext_lazy("Nobody knows the post"),
        gettext_lazy("What somebody owes follows from the post held today."),
    ),
    "rank": (
        gettext_lazy("Neither rank nor grade"),
        gettext_lazy("Which requirement applies is decided by rank or grade."),
    ),
    "namesakes": (
        gettext_lazy("Same name in one unit"),
        gettext_lazy("Perhaps one person stands on the roster twice."),
    ),
    "numbers": (
        gettext_lazy("Same name, nearly the same staff number"),
        gettext_lazy("Perhaps a staff number was mistyped when the person was added."),
    ),
}
