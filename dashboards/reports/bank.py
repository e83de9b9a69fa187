"""What the question bank gives out: its questions as a file, its papers and answer sheets in print."""

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.http import QueryDict

from dashboards.files.document import OwnFile, Progress, batches
from dashboards.reports.exams import exam_for
from dashboards.reports.scope import NotEntrusted, reader
from exams import bank_file, printed
from exams import queries as exams
from exams.engine import formats
from exams.permissions import BANK_ROLES
from people.enums import Role
from people.models import Person
from people.numbers import whole_number
from people.queries import persons_visible_to

PAPER_ROLES = (*BANK_ROLES, Role.TRAINING_ADMIN)
LAYOUTS = ("paper", "key")
SHEETS_A_VOLUME = 100
LOSSES_KEPT = 100


def format_for(owner: Person, parameters: dict[str, Any]) -> formats.Format:
    """The format asked for, if the owner has the bank to himself now. Raises NotEntrusted."""
    reader(owner, BANK_ROLES)
    found = formats.FORMATS.get(str(parameters.get("format", "")))
    if found is None:
        raise NotEntrusted(parameters.get("format"))
    return found


def questions_file(owner: Person, parameters: dict[str, Any], now: datetime) -> OwnFile:
    """The questions of the list's filters in one of the formats."""
    asked = format_for(owner, parameters)
    found = bank_file.chosen(QueryDict(str(parameters["query"])), reader(owner, BANK_ROLES))
    number = found.count()

    def write(path: Path, progress: Progress) -> tuple[str, dict[str, Any]]:
        # Each question counts twice: read, and written.
        read = bank_file.records(found, progress)
        writing = formats.write(
            asked.name, bank_file.Told(read, lambda done: progress(len(read) + done))
        )
        path.write_bytes(writing.content)
        losses = bank_file.losses_of(writing)
        said = {"losses": losses[:LOSSES_KEPT], "lost": len(losses)} if losses else {}
        return asked.ending.removeprefix("."), said

    return OwnFile(write, total=2 * number, detail={"questions": number})


def paper_for(owner: Person, parameters: dict[str, Any]) -> Any:
    """The paper, if the owner may print it so. Raises NotEntrusted."""
    reader(owner, PAPER_ROLES)
    number = whole_number(str(parameters.get("paper", "")))
    paper = exams.papers().filter(pk=number).first() if number else None
    if paper is None or parameters.get("layout") not in LAYOUTS:
        raise NotEntrusted(number)
    return paper


def paper_file(owner: Person, parameters: dict[str, Any], now: datetime) -> OwnFile:
    """A paper for printing, without its key or with it."""
    paper, with_key = paper_for(owner, parameters), parameters["layout"] == "key"

    def write(path: Path, progress: Progress) -> tuple[str, dict[str, Any]]:
        path.write_bytes(printed.printed_paper(paper, with_key=with_key))
        return "pdf", {}

    return OwnFile(write, total=1)


def sheets_exam_for(owner: Person, parameters: dict[str, Any]) -> Any:
    """The exam whose candidates all have one paper, if the owner administers it. Raises NotEntrusted."""
    exam = exam_for(owner, parameters, (Role.TRAINING_ADMIN,))
    if exam.paper is None:
        raise NotEntrusted(exam.pk)
    return exam


def sheets_file(owner: Person, parameters: dict[str, Any], now: datetime) -> OwnFile:
    """A sheet to fill in by hand for each candidate in reach; many make a ZIP of numbered volumes."""
    exam = sheets_exam_for(owner, parameters)
    reach = persons_visible_to(reader(owner), Role.TRAINING_ADMIN).order_by()
    people = exams.candidates_of(exam).filter(pk__in=reach).select_related("unit")
    number = people.count()

    def write(path: Path, progress: Progress) -> tuple[str, dict[str, Any]]:
        volumes = batches(people.order_by("staff_number"), SHEETS_A_VOLUME)
        if number <= SHEETS_A_VOLUME:
            path.write_bytes(printed.printed_sheets(exam, next(volumes, [])))
            return "pdf", {}
        done = 0
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for place, some in enumerate(volumes, 1):
                archive.writestr(f"{place:03d}.pdf", printed.printed_sheets(exam, some))
                done += len(some)
                progress(done)
        return "zip", {}

    return OwnFile(write, total=number, persons=number)
