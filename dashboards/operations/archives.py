"""Noting what was printed, so that paper can be held against the ledger later."""

import secrets

from dashboards.archive import Archive
from dashboards.models import ArchivePrint
from people.models import Person
from people.queries import places_within


def note_print(archive: Archive, *, by: Person) -> ArchivePrint:
    """Keep the digest of an archive under a token that cannot be guessed."""
    person = archive.person
    return ArchivePrint.objects.create(
        token=secrets.token_urlsafe(18),
        person=person,
        name=person.name,
        unit_name=places_within(None, [person.unit]).get(person.unit_id or 0, "")[:100],
        lines=archive.lines,
        digest=archive.digest(),
        printed_at=archive.as_of,
        printed_by=by,
    )
