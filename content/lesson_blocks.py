"""What a lesson is built of. Below the models, because the models name their blocks."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks, hooks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from content.sanitise import stored_prose

PROSE = ["bold", "italic", "ol", "ul", "link"]


class Prose(blocks.RichTextBlock):
    """Rich text that is made inert before it is stored, whoever brings it."""

    def get_prep_value(self, value):
        return stored_prose(super().get_prep_value(value) or "")

    def normalize(self, value):
        rich = super().normalize(value)
        return type(rich)(stored_prose(rich.source)) if rich else rich


class ArticleCitation(blocks.StructBlock):
    """An article of a policy text, shown in its present wording with what the lesson says of it."""

    text = blocks.PageChooserBlock("content.PolicyTextPage", label=_("policy text"))
    anchor = blocks.CharBlock(
        max_length=60,
        label=_("article’s mark in the address"),
        help_text=_(
            "What follows # when the article is opened in the library: a5 is article 5, i11 is "
            "item (11), p2 is part two."
        ),
    )
    remark = blocks.TextBlock(required=False, label=_("remark"))

    class Meta:
        label = _("article citation")
        template = "content/blocks/citation.html"
        icon = "openquote"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        text, anchor = cleaned["text"], cleaned["anchor"].strip().lstrip("#")
        cleaned["anchor"] = anchor
        # Whatever was an article once may be cited; that it lapsed is for the desk to say.
        if text and anchor and not text.specific.editions.filter(articles__anchor=anchor).exists():
            refusal = ValidationError(_("This text has no article with this mark."))
            raise StructBlockValidationError({"anchor": refusal})
        return cleaned


class Quotation(blocks.StructBlock):
    """Somebody's words and where they stand."""

    words = blocks.TextBlock(label=_("words"))
    source = blocks.CharBlock(required=False, max_length=200, label=_("source"))

    class Meta:
        label = _("quotation")
        template = "content/blocks/quotation.html"
        icon = "openquote"


class Figure(blocks.StructBlock):
    """A picture that shows something, with words for those who cannot see it."""

    image = ImageChooserBlock(label=_("image"))
    alternative = blocks.CharBlock(
        max_length=300,
        label=_("alternative text"),
        help_text=_("What the picture shows, in words."),
    )
    caption = blocks.CharBlock(required=False, max_length=300, label=_("caption"))

    class Meta:
        label = _("figure")
        template = "content/blocks/figure.html"
        icon = "image"


class Question(blocks.StructBlock):
    """A question to think about, and what may be said to it."""

    question = blocks.TextBlock(label=_("question to readers"))
    thought = blocks.TextBlock(required=False, label=_("a possible answer"))

    class Meta:
        label = _("question to think about")
        template = "content/blocks/question.html"
        icon = "help"


def question_refusal(code: str) -> str:
    """Why a question of the bank may not stand in a page, "" when it may: its keepers say, by hook."""
    for refuse in hooks.get_hooks("lesson_question_refusal"):
        if refusal := refuse(code):
            return str(refusal)
    return ""


class SelfCheck(blocks.StructBlock):
    """A question of the bank, answered in the page. Who keeps the bank draws it, by two hooks."""

    question = blocks.CharBlock(
        max_length=40,
        label=_("code of the question"),
        help_text=_("As the question bank lists it, such as CS-001; of an approved question."),
    )

    class Meta:
        label = _("self-check question")
        template = "content/blocks/check.html"
        icon = "circle-check"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who keeps the bank puts a way to search it beside this field.
        self.child_blocks["question"].field.widget.attrs["data-question-code"] = ""

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        # Empty in a draft, which is kept half done.
        if (code := cleaned["question"]) and (refusal := question_refusal(code)):
            raise StructBlockValidationError({"question": ValidationError(refusal)})
        return cleaned

    def get_context(self, value: Any, parent_context: Any = None) -> Any:
        context = super().get_context(value, parent_context)
        # All questions of a lesson are drawn together, before its blocks.
        context["drawn"] = context.get("drawn_questions", {}).get(value["question"], "")
        return context


class LectureInLesson(blocks.StructBlock):
    """A micro-lecture of the library, played where it is needed; its captions are a condition."""

    lecture = blocks.PageChooserBlock("content.MicroLecturePage", label=_("micro-lecture"))

    class Meta:
        label = _("video or audio")
        template = "content/blocks/lecture.html"
        icon = "media"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        lecture = cleaned["lecture"]  # none yet in a draft
        if lecture is not None and not lecture.specific.cues:
            refusal = ValidationError(
                _("This lecture has no captions yet. Add them first: not everybody can hear it.")
            )
            raise StructBlockValidationError({"lecture": refusal})
        return cleaned


class DocumentInPage(blocks.StructBlock):
    """A document that is read in the page: a PDF, or the words and tables of a Word file."""

    document = SnippetChooserBlock("content.Document", label=_("document to attach"))

    class Meta:
        label = _("document")
        template = "content/blocks/document.html"
        icon = "doc-full-inverse"


class Case(blocks.StructBlock):
    """Something that happened somewhere, told so that it teaches."""

    title = blocks.CharBlock(max_length=120, label=_("title"))
    place = blocks.CharBlock(required=False, max_length=120, label=_("place and time"))
    story = Prose(features=PROSE, label=_("story"))

    class Meta:
        label = _("case")
        template = "content/blocks/case.html"
        icon = "doc-full"


class Table(blocks.StructBlock):
    """A small table: one row a line, cells parted by a vertical bar, the first row its head."""

    caption = blocks.CharBlock(max_length=200, label=_("caption"))
    rows = blocks.TextBlock(
        label=_("rows"),
        help_text=_("One row a line; cells parted by “|”; the first row is the head."),
    )

    class Meta:
        label = _("table")
        template = "content/blocks/table.html"
        icon = "table"

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context)
        rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in value["rows"].splitlines()
            if line.strip()
        ]
        return context | {"head": rows[0] if rows else [], "body": rows[1:]}


class ProseBody(blocks.StreamBlock):
    """What everything written here begins with: headings and prose."""

    heading = blocks.CharBlock(
        max_length=120, label=_("heading"), template="content/blocks/heading.html", icon="title"
    )
    paragraph = Prose(
        features=PROSE,
        label=_("paragraph of prose"),
        template="content/blocks/paragraph.html",
        icon="pilcrow",
    )


class LessonBody(ProseBody):
    """The blocks of a lesson."""

    citation = ArticleCitation()
    quotation = Quotation()
    figure = Figure()
    lecture = LectureInLesson()
    question = Question()
    check = SelfCheck()
    case = Case()
    table = Table()
    document = DocumentInPage()


class ChapterBody(blocks.StreamBlock):
    """The chapters of a lecture, each with its slide if there is one."""

    chapter = blocks.StructBlock(
        [
            ("start", blocks.IntegerBlock(min_value=0, label=_("starts at second"))),
            ("title", blocks.CharBlock(max_length=120, label=_("title"))),
            ("slide", ImageChooserBlock(required=False, label=_("slide"))),
        ],
        label=_("chapter"),
        icon="list-ol",
    )


class TopicBody(ProseBody):
    """A topic: short prose and the pages it gathers."""

    pages = blocks.ListBlock(
        blocks.PageChooserBlock(), label=_("pages"), template="content/blocks/pages.html"
    )


class AnnouncementBody(ProseBody):
    """What an announcement says: prose, perhaps a table or a picture, and pages it speaks of."""

    figure = Figure()
    table = Table()
    document = DocumentInPage()
    pages = blocks.ListBlock(
        blocks.PageChooserBlock(), label=_("pages"), template="content/blocks/pages.html"
    )
