"""Files to take away."""

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def download(content: Any, name: str, media_type: str) -> HttpResponse:
    """An answer that a browser stores under this name, whatever letters it is written in.

    No cache on the way keeps it: most of these files say something of persons.
    """
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": str(
                content_disposition_header(as_attachment=True, filename=name)
            ),
            "Cache-Control": "private, no-store",
        },
    )
