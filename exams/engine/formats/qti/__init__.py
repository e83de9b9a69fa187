"""QTI: 2.1 and 2.2 read and written, 1.2 read."""

from exams.engine.formats.qti.reading import read
from exams.engine.formats.qti.writing import write

__all__ = ["read", "write"]
