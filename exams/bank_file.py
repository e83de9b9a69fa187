"""Questions of the bank as a file of some format, for a page and for a job."""

from collections.abc import Callable, Iterator, Sequence

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from exams import queries
from exams.engine import formats
from exams.engine.items import Record
from exams.forms.bank import BankFilter
from exams.models import Question
from exams.note_wording import note_text, place_text
from people.models import Person

# Questions named with what their format does not carry; of a whole bank it is often the same.
NAMED_AT_MOST = 5
FORMAT_NAMES = {
    "xlsx": gettext_lazy("Spreadsheet (.xlsx)"),
    "docx": gettext_lazy("Word paper (.docx)"),
    "text": gettext_lazy("Paper as text (.txt)"),
    "gift": "GIFT",
    "aiken": "Aiken",
    "moodle-xml": "Moodle XML",
    "qti": "QTI",
    "yaml": gettext_lazy("Exchange form (YAML)"),
    "json": gettext_lazy("Exchange form (JSON)"),
}
READ_AT_ONCE = 1000
Progress = Callable[[int], None]


def chosen(query: QueryDict, person: Person) -> QuerySet[Question]:
    """The questions that pass the filters of the list; all of them where a filter says nothing."""
    form, found = BankFilter(query), queries.questions()
    return form.applied_to(found, person) if form.is_valid() else found


def records(found: QuerySet[Question], progress: Progress) -> list[Record]:
    """The questions in their order, some at a time, so that no more than their records is held."""
    read: list[Record] = []
    ids = list(found.values_list("pk", flat=True))
    for start in range(0, len(ids), READ_AT_ONCE):
        some = ids[start : start + READ_AT_ONCE]
        read += queries.records_of(queries.questions().filter(pk__in=some))
        progress(len(read))
    return read


class Told(list[Record]):
    """Records that tell how far whoever goes through them has come."""

    def __init__(self, some: Sequence[Record], progress: Progress) -> None:
        super().__init__(some)
        self.progress = progress

    def __iter__(self) -> Iterator[Record]:
        for number, record in enumerate(super().__iter__()):
            self.progress(number)
            yield record


def losses_of(writing: formats.Writing) -> list[str]:
    """What the format does not carry, in the reader's words: once each, with the questions it is about."""
    places: dict[tuple[str, tuple[tuple[str, object], ...]], list[str]] = {}
    for note in writing.losses:
        place = place_text(note.place.kind, note.place.at)
        places.setdefault((note.code, note.params), []).append(place)
    return [
        _("%(what)s (%(where)s)") % {"what": note_text(code, dict(params)), "where": _where(found)}
        for (code, params), found in places.items()
    ]


def _where(places: list[str]) -> str:
    comma = pgettext("between numbers", ", ")
    if len(places) <= NAMED_AT_MOST:
        return comma.join(places)
    return _("%(some)s and %(more)d more") % {
        "some": comma.join(places[:NAMED_AT_MOST]),
        "more": len(places) - NAMED_AT_MOST,
    }
