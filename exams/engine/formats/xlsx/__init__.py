"""Spreadsheets of questions: a reader, a writer, a template."""

from exams.engine.formats.xlsx.columns import TYPE_NAMES
from exams.engine.formats.xlsx.reading import read
from exams.engine.formats.xlsx.writing import template, write

__all__ = ["TYPE_NAMES", "read", "template", "write"]
