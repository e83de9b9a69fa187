"""Pages as PDF. Nothing is fetched: WeasyPrint may read ``data:`` addresses and nothing else."""

import logging
from typing import Any

from django.template.loader import render_to_string

MEDIA_TYPE = "application/pdf"

# It reports every step of every page as news.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


def pdf(template: str, context: dict[str, Any], **options: Any) -> bytes:
    """A page of HTML as PDF/A-3 with its fonts; ``options`` are those of WeasyPrint's ``write_pdf``."""
    # Tens of megabytes and half a second: only a process that prints pays for them.
    from weasyprint import HTML  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    fetcher = URLFetcher(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)
    page = HTML(string=render_to_string(template, context), url_fetcher=fetcher)
    written: bytes = page.write_pdf(
        font_config=FontConfiguration(), pdf_variant="pdf/a-3u", **options
    )
    return written
