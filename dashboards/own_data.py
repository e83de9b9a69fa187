"""Everything the house holds about one person, as a file he takes with him (P4)."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import timezone

from certificates import queries as certificates
from classes import queries as classes
from courses import queries as courses
from exams import queries as exams
from notices import queries as notices
from people import own_data as people
from people.models import Person
from people.own_data import Section
from tracker import queries as tracker

STYLE = Path(__file__).parent / "static" / "dashboards" / "own_data.css"


def sections_of(person: Person, now: datetime) -> list[Section]:
    """One table after another, from the person himself to the certificates."""
    *facts, accesses = people.personnel(person)
    return [
        *facts,
        *tracker.own_data(person),
        *courses.own_data(person),
        *classes.own_data(person),
        *exams.own_data(person, now),
        *certificates.own_data(person),
        *notices.own_data(person),
        accesses,
    ]


def archive_of(person: Person, now: datetime) -> bytes:
    """A ZIP: ``record.html`` (and its style) to read, ``record.json`` for other programs."""
    sections = sections_of(person, now)
    data = {
        "person": person.staff_number,
        "taken_at": now.isoformat(),
        "sections": {each.name: each.rows for each in sections},
    }
    page = render_to_string(
        "dashboards/own_data.html", {"person": person, "sections": sections, "now": now}
    )
    buffer = io.BytesIO()
    stamp = timezone.localtime(now).timetuple()[:6]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in (
            ("record.html", page),
            ("record.css", STYLE.read_text(encoding="utf-8")),
            ("record.json", json.dumps(data, ensure_ascii=False, indent=1)),
        ):
            file.writestr(zipfile.ZipInfo(name, stamp), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
