"""Moodle XML: a reader and a writer."""

from exams.engine.formats.moodle_xml.reading import read
from exams.engine.formats.moodle_xml.writing import write

__all__ = ["read", "write"]
