"""The choices of the examination rooms. States are ordered numbers: they only grow (E5)."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class QuestionType(TextChoices):
    SINGLE = "single", _("single choice")
    MULTIPLE = "multiple", _("multiple choice")
    TRUE_FALSE = "true_false", _("true or false")
    FILL_IN = "fill_in", _("fill in the blanks")
    NUMERIC = "numeric", _("numeric answer")
    MATCHING = "matching", _("matching")
    ORDERING = "ordering", _("ordering")
    SHORT_ANSWER = "short_answer", _("short answer")
    ESSAY = "essay", _("essay")
    CASE = "case", _("case with parts")


class QuestionStatus(TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    READY = "ready", _("ready to be drawn")
    RETIRED = "retired", _("retired")


class Decision(TextChoices):
    APPROVED = "approved", _("passed review")
    RETURNED = "returned", _("sent back")


class Difficulty(IntegerChoices):
    EASY = 1, _("easy")
    FAIRLY_EASY = 2, _("fairly easy")
    MEDIUM = 3, _("medium")
    FAIRLY_HARD = 4, _("fairly hard")
    HARD = 5, _("hard")


class PaperState(TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    DISCARDED = "discarded", _("discarded")


class Audience(TextChoices):
    EVERYONE = "everyone", _("everyone")
    UNITS = "units", _("certain units")
    PERSONS = "persons", _("certain persons")
    RULE = "rule", _("who holds certain posts")
    COURSE = "course", _("unlisted, reached from a course")


class Counts(TextChoices):
    """Which of several attempts is the result."""

    BEST = "best", _("the best attempt")
    LAST = "last", _("the last attempt")


class Review(TextChoices):
    """What a candidate sees of a graded attempt."""

    NOTHING = "nothing", _("only that it was handed in")
    SCORE = "score", _("the score")
    MARKS = "marks", _("the score and the points of each question")
    KEY = "key", _("everything, with the right answers and explanations")


class ReviewWhen(TextChoices):
    AT_ONCE = "at_once", _("as soon as it is graded")
    AFTER_CLOSE = "after_close", _("after the exam has closed")


class AttemptState(IntegerChoices):
    PREPARED = 10, _("prepared")
    IN_PROGRESS = 20, _("being answered")
    SUBMITTED = 30, _("handed in")
    GRADED = 40, _("graded")
    VOID = 90, _("void")


class AttemptEventKind(TextChoices):
    STARTED = "started", _("started")
    OPENED = "opened", _("page opened")
    REFUSED = "refused", _("answer refused")
    SUBMITTED = "submitted", _("handed in")
    CLOSED = "closed", _("closed by the clock")
    GRADED = "graded", _("graded")
    MARKED = "marked", _("marked by hand")
    EXTENDED = "extended", _("deadline moved")
    VOIDED = "voided", _("declared void")
    REOPENED = "reopened", _("opened again")
    # What the page reports of itself: signs, never a verdict.
    LEFT = "left", _("page left")
    PASTED = "pasted", _("text pasted")
    MOVED = "moved", _("address changed")


# How points are given, for the rules of exams.engine.items.
RULES = {
    "half": _("half the points for a part of the right answers and nothing wrong"),
    "exact": _("all or nothing"),
    "per_option": _("each right answer counts, a wrong one voids"),
    "balanced": _("right answers less wrong ones"),
    "weights": _("by the weight of each option"),
    "per_blank": _("each blank counts"),
    "per_pair": _("each pair counts"),
    "position": _("each item in its place counts"),
    "neighbours": _("each right neighbour counts"),
}


class MarkRound(IntegerChoices):
    FIRST = 1, _("first marker")
    SECOND = 2, _("second marker")
    THIRD = 3, _("third marker")
    APPEAL = 9, _("looked at again")


class Ruling(TextChoices):
    """How a question found faulty after it was asked is judged."""

    NEW_KEY = "new_key", _("judge by the key of a later version")
    GRANTED = "granted", _("everybody has its points")
    NOT_COUNTED = "not_counted", _("it does not count")


class CorrectionState(TextChoices):
    PROPOSED = "proposed", _("waits for a second person")
    APPROVED = "approved", _("approved by a second person")
    REFUSED = "refused", _("not approved")


class AppealState(TextChoices):
    OPEN = "open", _("being looked at")
    UPHELD = "upheld", _("the score stands")
    CHANGED = "changed", _("the score was changed")
