"""Cells of a printed table."""

from datetime import date

from django import template
from django.utils.formats import date_format

from dashboards.files import document
from dashboards.files.document import Cell

register = template.Library()


register.filter("is_number", document.is_number)


@register.filter
def as_cell(cell: Cell) -> str:
    """The cell in words: days as the language writes them, numbers as they are."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return date_format(cell, "DATE_FORMAT")
    return str(cell)
