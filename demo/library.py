"""The written material of the demo district, read from ``demo/material``."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml

from content.articles import ParsedPolicy, parse
from content.enums import ResourceKind, Theme, TrainingGroup

MATERIAL = Path(__file__).parent / "material"
LECTURE = "four-questions"
MAIN_COURSE = "reading-policy-texts"  # the longest, assigned to the demo's member
# The policy texts, each with the summary its editor wrote.
TEXTS = {
    "training-measures": "干部教育培训的要求、计划与调训、学时的记录和确认、机构与经费，以及减轻负担的规定。",
    "branch-study-rules": "党支部学习怎样安排、微党课怎样讲、讨论怎样开、学时怎样记。",
    "online-study-exams": "在线学习时长怎样核实，试题试卷怎样产生，考试、评分、证书各有什么规矩。",
}
# Where each category of courses stands in the three divisions.
_DIVISIONS = {
    "文件学习": (Theme.POLICY, TrainingGroup.POLICY_AND_LAW, ResourceKind.THEORY),
    "支部工作": (Theme.CONSTITUTION, TrainingGroup.THEORY, ResourceKind.GRASSROOTS),
    "机关作风": (Theme.HISTORY, TrainingGroup.THEORY, ResourceKind.MORALS),
    "群众工作": (Theme.PRACTICE, TrainingGroup.PROFESSION, ResourceKind.SKILLS),
    "安全与保密": (Theme.KNOWLEDGE, TrainingGroup.PROFESSION, ResourceKind.LAW),
}
Block = tuple[str, Any]


@dataclass(frozen=True)
class CourseSpec:
    """A course as its file describes it. ``blocks`` are those of the lesson, without citations."""

    slug: str
    title: str
    category: str
    speaker: str
    hours: Decimal
    summary: str
    cites: list[tuple[str, str]]  # slug of a text, anchor
    items: list[dict[str, Any]]
    body: str

    @property
    def theme(self) -> Theme:
        return _DIVISIONS[self.category][0]

    @property
    def training_group(self) -> TrainingGroup:
        return _DIVISIONS[self.category][1]

    @property
    def resource_kind(self) -> ResourceKind:
        return _DIVISIONS[self.category][2]

    @property
    def blocks(self) -> list[Block]:
        return list(lesson_blocks(self.body))


def text(slug: str) -> bytes:
    """The source file of a policy text."""
    return (MATERIAL / "texts" / f"{slug}.txt").read_bytes()


def courses() -> list[CourseSpec]:
    """All courses, in the order of their files."""
    found = []
    for path in sorted((MATERIAL / "courses").glob("*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        about = yaml.safe_load(front)
        about["cites"] = [(cite["text"], cite["anchor"]) for cite in about["cites"]]
        about["hours"] = Decimal(str(about["hours"]))
        found.append(CourseSpec(**about, body=body.strip()))
    return found


def announcements() -> list[dict[str, Any]]:
    """Announcements; ``from`` and ``until`` count days from the day of the plan."""
    found: list[dict[str, Any]] = yaml.safe_load(
        (MATERIAL / "announcements.yaml").read_text(encoding="utf-8")
    )
    return found


def questions() -> list[dict[str, Any]]:
    """All questions of the bank, as the exchange form has them."""
    return [
        question
        for path in sorted((MATERIAL / "questions").glob("*.yaml"))
        for question in yaml.safe_load(path.read_text(encoding="utf-8"))["questions"]
    ]


def written_answers() -> dict[str, list[Any]]:
    """What candidates wrote, by the code of the question; of a case, one answer for each part."""
    found: dict[str, list[Any]] = yaml.safe_load(
        (MATERIAL / "written_answers.yaml").read_text(encoding="utf-8")
    )
    return found


def topic() -> dict[str, Any]:
    """The topic page: title, summary, what it says, and the names of the pages it gathers."""
    found: dict[str, Any] = yaml.safe_load((MATERIAL / "topic.yaml").read_text(encoding="utf-8"))
    return found


def lecture() -> dict[str, Any]:
    """What is said in the micro-lecture, and when: title, speaker, seconds, chapters, cues."""
    found: dict[str, Any] = json.loads(lecture_file("json").read_text(encoding="utf-8"))
    return found


def lecture_file(extension: str) -> Path:
    return MATERIAL / "lecture" / f"{LECTURE}.{extension}"


def package(name: str) -> bytes:
    """The archive of an interactive package, packed from its folder; the same bytes every time."""
    folder = MATERIAL / "packages" / name
    files = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    if "imsmanifest.xml" in files:
        files["look.css"] = MATERIAL / "packages" / "look.css"
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for inside, path in sorted(files.items()):
            archive.writestr(ZipInfo(inside), path.read_bytes(), ZIP_DEFLATED)
    return stream.getvalue()


def lesson_blocks(body: str) -> Iterator[Block]:
    """Turn the Markdown these lessons are written in into the blocks of a lesson page.

    Known are headings, paragraphs with **bold**, numbered and plain lists, quotations, and tables
    below a line 表：caption; a section named 案例：… becomes a case, 思考题 a question. A line 自测：code
    asks a question of the bank, 微党课：name plays the lecture of that name.
    Raises ValueError for anything else.
    """
    for section in re.split(r"^## ", body, flags=re.MULTILINE):
        if not section.strip():
            continue
        heading, _, rest = section.partition("\n")
        heading = heading.strip()
        pieces = [piece.strip() for piece in rest.strip().split("\n\n") if piece.strip()]
        if heading.startswith("案例："):
            told = [piece for piece in pieces if not piece.startswith(_DIRECTIVES)]
            story = "".join(_html(piece) for piece in told)
            yield "case", {"title": heading[3:], "place": "", "story": story}
            yield from (_block(piece) for piece in pieces if piece not in told)
        elif heading == "思考题":
            yield "question", {"question": "".join(pieces), "thought": ""}
        else:
            yield "heading", heading
            yield from (_block(piece) for piece in pieces)


@cache
def _policies() -> tuple[ParsedPolicy, ...]:
    return tuple(parse(text(slug).decode()) for slug in TEXTS)


def source_of(words: str) -> str:
    """Where a quotation stands in the policy texts, "" when it stands in none."""
    for policy in _policies():
        for node in policy.nodes:
            if words in node.text or words.rstrip("。") in node.heading:
                label = node.label if node.label.startswith("第") else f"第{node.label}项"
                return f"《{policy.title}》{label}"
    return ""


_DIRECTIVES = ("自测：", "微党课：")


def _block(piece: str) -> Block:
    if piece.startswith("自测："):
        return "check", {"question": piece.removeprefix("自测：")}
    if piece.startswith("微党课："):
        return "lecture", {"lecture": piece.removeprefix("微党课：")}
    if piece.startswith(">"):
        words = piece.lstrip("> ")
        return "quotation", {"words": words, "source": source_of(words)}
    if piece.startswith("表："):
        caption, *lines = piece.splitlines()
        rows = [row for row in lines if not re.fullmatch(r"[|\s-]+", row)]
        return "table", {"caption": caption.removeprefix("表："), "rows": "\n".join(rows)}
    return "paragraph", _html(piece)


def _html(piece: str) -> str:
    if piece[0] in ">|#":
        raise ValueError(f"not prose: {piece[:30]}")
    lines = piece.splitlines()
    for mark, tag in ((r"\d+\. ", "ol"), ("- ", "ul")):
        if all(re.match(mark, line) for line in lines):
            items = "".join(
                f"<li>{_inline(re.sub(mark, '', line, count=1))}</li>" for line in lines
            )
            return f"<{tag}>{items}</{tag}>"
    return f"<p>{_inline(''.join(lines))}</p>"


def _inline(words: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(words, quote=False))
