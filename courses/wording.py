"""Study time in words: one place for what the pages and the script say."""

from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from courses.study_time import Grade, Reason

GRADES: dict[Grade, str | Promise] = {
    Grade.VERIFIED: _("verified"),
    Grade.PLAUSIBLE: _("plausible"),
    Grade.CLAIMED: _("claimed"),
}

REASONS: dict[Reason, str | Promise] = {
    Reason.OBSERVED: _("Heard of within a minute."),
    Reason.OFFLINE: _("Reported after the connection was back; the clock leaves room for it."),
    Reason.TOO_LATE: _("Reported more than 45 minutes later: noted, not counted."),
    Reason.PAUSED: _("Paused: no time counts."),
    Reason.HIDDEN: _("The page was out of view: no time counts."),
    Reason.SEEN_BEFORE: _("This part was counted before; a part counts once."),
    Reason.READ_ENOUGH: _("What is in view has had its reading time; please read on."),
    Reason.FASTER_THAN_CLOCK: _("Faster than the clock: only the time that passed counts."),
    Reason.OUT_OF_RANGE: _("Nothing of the item was in view."),
    Reason.FRAGMENTED: _("In too many small pieces to be counted."),
}

DEVICES: dict[str, str | Promise] = {"phone": _("phone"), "computer": _("computer")}

# What study.js says; {…} is filled in there.
SCRIPT: dict[str, str | Promise] = {
    "counting": _("Counting."),
    "paused": _("Paused: no time counts."),
    "hidden": _("The page was out of view: no time counts."),
    "idle": _("Nothing was done here for five minutes: no time counts until you go on."),
    "too_large": _(
        "The package wants to keep more than is kept for it: it may begin anew next time. Study "
        "time counts all the same."
    ),
    "beside": _("The text is out of view: no time counts."),
    "offline": _("No connection. What you study now is kept here and reported later."),
    "waiting": _("Reporting what was kept while there was no connection."),
    "lost_other_place": _(
        "Studying went on in another window or on another device, so no time counts here."
    ),
    "lost_next_item": _("Another item was opened since, so no time counts here."),
    "took_over": _("Study time now counts in this window; the other one has stopped counting."),
    "refused": _("Study time cannot be counted here now. Please load the page again."),
    "completed": _("This item is completed."),
    "course_completed": _("The course is completed and its hours are credited."),
    "resume": pgettext_lazy("study", "You stopped at {place}."),
    "resume_media": pgettext_lazy("study", "Playing goes on from {place}, where you stopped."),
    "resume_link": _("Go there"),
    "clock": pgettext_lazy("minutes and seconds", "{minutes} min {seconds} s"),
}


@lru_cache(maxsize=8)
def script_words(language: str | None) -> SafeString:
    """All the script says, as the element it reads: reasons by their code, and the rest. Drawn once a language."""
    with override(language):
        words = {key: str(text) for key, text in SCRIPT.items()}
        reasons = {f"reason_{code}": str(text) for code, text in REASONS.items()}
        return json_script(words | reasons, "study-words")
