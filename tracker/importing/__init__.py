"""Hours from other platforms and from paper: a file becomes rows, and each row a line or a reason."""

from people.importing.cells import Problem, same_name
from people.importing.tables import FileRefused, Table, open_table
from tracker.importing.hours import (
    COLUMNS,
    FORMS_IN_CHINESE,
    Draft,
    Span,
    columns_of,
    content_key,
    named_twice,
    near_titles,
    plain_title,
    read_row,
)
from tracker.importing.template import hours_template

__all__ = [
    "COLUMNS",
    "FORMS_IN_CHINESE",
    "Draft",
    "FileRefused",
    "Problem",
    "Span",
    "Table",
    "columns_of",
    "content_key",
    "hours_template",
    "named_twice",
    "near_titles",
    "open_table",
    "plain_title",
    "read_row",
    "same_name",
]
