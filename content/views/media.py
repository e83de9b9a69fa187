"""Private files, in parts if asked, never in memory as a whole."""

import re
from collections.abc import Iterator
from typing import BinaryIO, cast
from urllib.parse import quote

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from content import queries
from content.captions import as_played
from content.documents import CONTENT_TYPES
from content.enums import DocumentKind
from content.media_check import extension
from content.models import Document, MediaFile

PIECE_BYTES = 64 * 1024
_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")
_IMAGE_FOLDERS = ("images/", "original_images/")


class NotSatisfiable(Exception):
    """The range begins after the end of the file."""


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte (inclusive) of a Range header; None when it asks for nothing we give.

    Several ranges, other units and malformed headers are answered with the whole file, as RFC 9110
    section 14.2 allows. Raises NotSatisfiable.
    """
    found = _RANGE.match(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    if found[1] == "":
        last_bytes = int(found[2])
        if last_bytes == 0 or size == 0:
            raise NotSatisfiable
        return max(0, size - last_bytes), size - 1
    first = int(found[1])
    last = int(found[2]) if found[2] else size - 1
    if last < first and found[2]:
        return None
    if first >= size:
        raise NotSatisfiable
    return first, min(last, size - 1)


class Pieces:
    """So many bytes of a file from a place on, a piece at a time.

    A class and no generator: one that nobody iterates must close its file as well.
    """

    def __init__(self, file: BinaryIO, first: int, length: int) -> None:
        self.file = file
        self.left = length
        self.file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self.file.read(min(PIECE_BYTES, self.left)) if self.left > 0 else b""
        if not piece:
            self.close()
            raise StopIteration
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.file.close()


@require_safe
def media(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A lecture's file, for whoever may see the lecture; answers byte ranges."""
    stored = get_object_or_404(queries.media_visible_to(request.user), pk=pk)
    return _in_parts(request, stored, stored.content_type)


@login_not_required
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A document attached to a page, for whoever may read the page; answers byte ranges."""
    found = queries.document_for(request.user, pk)
    if found is None:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise Http404
    kind = DocumentKind(found.kind)
    response = _in_parts(request, found, CONTENT_TYPES[kind])
    name = quote(f"{found.title}{extension(found.file.name or '')}")
    way = "inline" if kind is DocumentKind.PDF else "attachment"
    response["Content-Disposition"] = f"{way}; filename*=UTF-8''{name}"
    # Asked for anew each time: whoever is no longer entitled has no copy that opens by its address.
    response["Cache-Control"] = "private, no-cache"
    return response


def _in_parts(
    request: HttpRequest, stored: MediaFile | Document, content_type: str
) -> HttpResponseBase:
    """The stored file, or the part of it that the request asks for."""
    try:
        size = stored.file.size
    except FileNotFoundError:
        raise Http404 from None
    changed = int(stored.uploaded_at.timestamp())
    etag = f'"{stored.pk}-{size}-{changed}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": http_date(changed),
        "Cache-Control": "private, max-age=3600",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline",
    }
    asked = request.headers.get("Range", "")
    if asked and _still_holds(request.headers.get("If-Range", ""), etag, changed):
        try:
            wanted = byte_range(asked, size)
        except NotSatisfiable:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        wanted = None
    first, last = wanted or (0, size - 1)
    length = last - first + 1
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=content_type)
    else:
        response = StreamingHttpResponse(
            Pieces(cast(BinaryIO, stored.file.open("rb")), first, length),
            content_type=content_type,
        )
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    for name, value in headers.items():
        response[name] = value
    response["Content-Length"] = str(length)
    return response


def _still_holds(if_range: str, etag: str, changed: int) -> bool:
    if not if_range:
        return True
    if if_range.startswith('"'):
        return if_range == etag
    return parse_http_date_safe(if_range) == changed


@require_safe
def image(request: HttpRequest, name: str) -> HttpResponseBase:
    """A picture of a lesson, and nothing else that is stored beside it."""
    if not name.startswith(_IMAGE_FOLDERS) or ".." in name.split("/"):
        raise Http404
    try:
        response = FileResponse(default_storage.open(name, "rb"))
    except (FileNotFoundError, IsADirectoryError):
        raise Http404 from None
    response["Cache-Control"] = "private, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    # An SVG that is opened by itself may run nothing.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


@require_safe
def captions(request: HttpRequest, pk: int) -> HttpResponse:
    """The captions of a lecture, as the player's track."""
    lecture = get_object_or_404(queries.lectures_visible_to(request.user), pk=pk)
    if not lecture.cues:
        raise Http404
    return HttpResponse(
        as_played(lecture.captions),
        content_type="text/vtt; charset=utf-8",
        headers={"Cache-Control": "private, max-age=600"},
    )
