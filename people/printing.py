"""Pages as PDF. Nothing is fetched: WeasyPrint may read ``data:`` addresses and nothing else."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.template.loader import render_to_string

MEDIA_TYPE = "application/pdf"

# It reports every step of every page as news: for whoever waits, not for the log.
_STEPS = logging.getLogger("weasyprint.progress")

# What part of the time has passed when a step begins, as measured on a table of a thousand rows.
# The first page takes the widths of all columns with it.
_PASSED = {
    "Step 3": 0.02,
    "Step 4": 0.24,
    "Step 5": 0.63,
    "Step 5 - Creating layout - Page 1": 0.3,
    "Step 6": 0.87,
    "Step 7": 0.95,
}

# Told the part that is done, from 0 to 1; may raise to end the work.
Tell = Callable[[float], object]


class _Listener(logging.Handler):
    """Hears the steps of the thread it was made in."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self.tell, self.thread = tell, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            said = record.getMessage()
            passed = _PASSED.get(said, _PASSED.get(said[: len("Step 5")]))
            if passed is not None:
                self.tell(passed)


@contextmanager
def _telling(tell: Tell | None) -> Iterator[None]:
    if tell is None:
        yield
        return
    # Here and not once for all: whoever configures logging after us sets the logger back.
    _STEPS.setLevel(logging.INFO)
    _STEPS.propagate = False
    listener = _Listener(tell)
    _STEPS.addHandler(listener)
    try:
        yield
    finally:
        _STEPS.removeHandler(listener)


def pdf(
    template: str, context: dict[str, Any], *, tell: Tell | None = None, **options: Any
) -> bytes:
    """A page of HTML as PDF/A-3 with its fonts; ``options`` are those of WeasyPrint's ``write_pdf``."""
    # Tens of megabytes and half a second: only a process that prints pays for them.
    from weasyprint import HTML  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)
    page = HTML(string=render_to_string(template, context), url_fetcher=fetcher)
    with _telling(tell):
        written: bytes = page.write_pdf(
            font_config=FontConfiguration(), pdf_variant="pdf/a-3u", **options
        )
    return written
