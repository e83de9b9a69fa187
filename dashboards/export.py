"""Lists as spreadsheets: the house's one way of writing them."""

from people.spreadsheets import MEDIA_TYPE, Cell, workbook

__all__ = ["MEDIA_TYPE", "Cell", "workbook"]
