"""GIFT, the text format of Moodle: a reader and a writer."""

from exams.engine.formats.gift.reading import blank_of, choice_of, read, read_text
from exams.engine.formats.gift.writing import lost_details, wording, write

__all__ = ["blank_of", "choice_of", "lost_details", "read", "read_text", "wording", "write"]
