"""The choices of the library."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(TextChoices):
    """What a page of the library is."""

    POLICY = "policy", _("policy text")
    BOOK = "book", _("book or collection")
    LECTURE = "lecture", _("micro-lecture")
    LESSON = "lesson", _("lesson")
    PACKAGE = "package", _("interactive package")
    TOPIC = "topic", _("topic")


class TextForm(TextChoices):
    """How a text is built; the same words the parser uses."""

    POLICY = "policy", _("policy text")
    HANDBOOK = "handbook", _("handbook with chapters")
    PAPERS = "papers", _("collection of papers")
    REPORT = "report", _("several texts in one file")


class Theme(TextChoices):
    """The seven categories of member education, and the practice of one's post."""

    THEORY = "theory", _("theory")
    CONSTITUTION = "constitution", _("constitution and basics of the party")
    POLICY = "policy", _("line, policy and current affairs")
    IDEALS = "ideals", _("ideals and convictions")
    PATRIOTISM = "patriotism", _("patriotism")
    HISTORY = "history", _("party history, conduct and discipline")
    KNOWLEDGE = "knowledge", _("law, economy, science and culture")
    PRACTICE = "practice", _("practice of the post")


class TrainingGroup(TextChoices):
    """The four groups of cadre training: what it is to give."""

    THEORY = "theory", _("theory and party spirit")
    POLICY_AND_LAW = "policy_and_law", _("policies, laws and regulations")
    PROFESSION = "profession", _("knowledge and skills of the post")
    LETTERS = "letters", _("science and humanities")


class ResourceKind(TextChoices):
    """The twelve kinds under which distance education gathers its material."""

    CONGRESS = "congress", _("decisions of the party congress")
    COUNTRYSIDE = "countryside", _("building the countryside")
    GRASSROOTS = "grassroots", _("party building at the grass roots")
    SERIES = "series", _("series of programmes")
    THEORY = "theory", _("policy and theory")
    LAW = "law", _("laws and regulations")
    DEFENCE = "defence", _("national defence")
    MORALS = "morals", _("thought and morals")
    SCIENCE = "science", _("scientific literacy")
    CULTURE = "culture", _("cultural literacy")
    SKILLS = "skills", _("training of skills")
    EXAMPLES = "examples", _("examples and experience")


class Mark(TextChoices):
    """How far a text may circulate."""

    PUBLIC = "public", _("public")
    INTERNAL = "internal", _("internal")


class Status(TextChoices):
    """Whether a policy text holds."""

    IN_FORCE = "in_force", _("in force")
    TRIAL = "trial", _("in force on trial")
    SUPERSEDED = "superseded", _("superseded")
    REPEALED = "repealed", _("repealed")

    @property
    def holds(self) -> bool:
        return self in (Status.IN_FORCE, Status.TRIAL)


class MediaKind(TextChoices):
    """What a lecture is made of."""

    VIDEO = "video", _("video")
    AUDIO = "audio", _("audio")


class DocumentKind(TextChoices):
    """What an attached document is."""

    PDF = "pdf", "PDF"
    WORD = "word", "Word"


class PackageKind(TextChoices):
    """The standard an interactive package follows."""

    SCORM_12 = "scorm_12", "SCORM 1.2"
    SCORM_2004 = "scorm_2004", "SCORM 2004"
    H5P = "h5p", "H5P"


class FlagReason(TextChoices):
    """What happened to an article that somebody cites."""

    CHANGED = "changed", _("the article was changed")
    LAPSED = "lapsed", _("the article lapsed")


class ArticleKind(TextChoices):
    """The level of a numbered part; the same words the parser uses."""

    BOOK = "book", pgettext_lazy("part of a text", "book")
    CHAPTER = "chapter", pgettext_lazy("part of a text", "chapter")
    SECTION = "section", pgettext_lazy("part of a text", "section")
    ARTICLE = "article", pgettext_lazy("part of a text", "article")
    PARAGRAPH = "paragraph", pgettext_lazy("part of a text", "paragraph")
    HEADING = "heading", pgettext_lazy("part of a text", "part")
    ITEM = "item", pgettext_lazy("part of a text", "item")
    NUMBER = "number", pgettext_lazy("part of a text", "point")
    SUBNUMBER = "subnumber", pgettext_lazy("part of a text", "sub-point")
    PREAMBLE = "preamble", pgettext_lazy("part of a text", "preamble")
    APPENDIX = "appendix", pgettext_lazy("part of a text", "appendix")
    FRONT = "front", pgettext_lazy("part of a text", "preface or title page")
    TEXT = "text", pgettext_lazy("part of a text", "text of a collection")
    CASE = "case", pgettext_lazy("part of a text", "case")
