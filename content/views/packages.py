"""The files of a package, out of its archive, into a frame that is nobody's origin.

Every answer carries the same policy (docs/decisions/0008): a sandbox without an origin, and nothing
to be fetched from anywhere but this package's own address and the site's static files.
"""

import re
import zipfile
from collections.abc import Callable
from functools import wraps
from typing import BinaryIO, cast

from django.contrib.auth.decorators import login_not_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from content import passes, queries
from content.enums import PackageKind
from content.models import Package
from content.package_check import CONTENT_TYPES, HTML, ending
from content.views.media import NotSatisfiable, Pieces, byte_range

# Scripts and questions of its own; no origin, no pop-ups, no downloads, no way to lead the window elsewhere.
SANDBOX = "allow-scripts allow-forms allow-modals"
# A page longer than this is sent as it is: what should be put in at its head is then missing.
_PAGE_TO = 8 * 1024 * 1024
_HEAD = re.compile(rb"<head(\s[^>]*)?>|<html(\s[^>]*)?>|<!doctype[^>]*>", re.IGNORECASE)
_RUNTIMES = {
    PackageKind.SCORM_12: "vendor/scorm12.min.js",
    PackageKind.SCORM_2004: "vendor/scorm2004.min.js",
}


def _for_the_frame(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Turn the pass into its package, and put the frame's policy on whatever is answered."""

    @wraps(view)
    def answer(request: HttpRequest, token: str, name: str = "") -> HttpResponseBase:
        try:
            package = queries.package(passes.package_of(token))
        except passes.BadPass:
            package = None
        if package is None:
            raise Http404
        response = view(request, package, name)
        response["Content-Security-Policy"] = _policy(request, token)
        # The frame is no origin, so to its scripts and fonts even its own files are foreign. The
        # pass in the address is what opens them; no cookie is looked at.
        response["Access-Control-Allow-Origin"] = "*"
        response["Cache-Control"] = "private, max-age=3600"
        response["X-Content-Type-Options"] = "nosniff"
        response["Referrer-Policy"] = "no-referrer"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    # Frames within the package have a parent without origin, which "same origin" never fits.
    return login_not_required(require_safe(xframe_options_exempt(answer)))


def _policy(request: HttpRequest, token: str) -> str:
    own = request.build_absolute_uri(f"/packages/{token}/")
    ours = request.build_absolute_uri(static(""))
    return "; ".join(
        [
            f"sandbox {SANDBOX}",
            f"default-src {own} data: blob:",
            f"script-src {own} {ours} 'unsafe-inline' 'unsafe-eval' blob:",
            f"style-src {own} {ours} 'unsafe-inline'",
            f"img-src {own} {ours} data: blob:",
            f"font-src {own} {ours} data:",
            f"connect-src {own} blob: data:",
            f"frame-src {own}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


@_for_the_frame
def play(request: HttpRequest, package: Package, name: str) -> HttpResponseBase:
    """The page that plays an H5P package, which has none itself."""
    if package.kind != PackageKind.H5P:
        raise Http404
    return render(
        request, "content/package_h5p.html", {"package": package, "base": request.path.rstrip("/")}
    )


@_for_the_frame
def file(request: HttpRequest, package: Package, name: str) -> HttpResponseBase:
    """A file of the package, in parts if asked; its pages with the run-time of SCORM at their head."""
    kind = CONTENT_TYPES.get(ending(name))
    if kind is None:
        raise Http404
    try:
        stored = package.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    archive = zipfile.ZipFile(stored)
    try:
        member = archive.getinfo(name)
    except KeyError:
        archive.close()
        stored.close()
        raise Http404 from None
    if ending(name) in HTML and package.kind in _RUNTIMES and member.file_size <= _PAGE_TO:
        with stored, archive:
            page = archive.read(member)
        return HttpResponse(_with_runtime(page, PackageKind(package.kind)), content_type=kind)
    try:
        wanted = byte_range(request.headers.get("Range", ""), member.file_size)
    except NotSatisfiable:
        archive.close()
        stored.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{member.file_size}"})
    first, last = wanted or (0, member.file_size - 1)
    pieces = _Member(archive, member, cast(BinaryIO, stored), first, last - first + 1)
    response = StreamingHttpResponse(pieces, content_type=kind, status=206 if wanted else 200)
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(last - first + 1)
    if wanted:
        response["Content-Range"] = f"bytes {first}-{last}/{member.file_size}"
    return response


class _Member(Pieces):
    """So many bytes of a file in an archive; closing it closes the archive as well."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        member: zipfile.ZipInfo,
        stored: BinaryIO,
        first: int,
        length: int,
    ) -> None:
        self.archive, self.stored = archive, stored
        super().__init__(cast(BinaryIO, archive.open(member)), first, length)

    def close(self) -> None:
        super().close()
        self.archive.close()
        self.stored.close()


def _with_runtime(page: bytes, kind: PackageKind) -> bytes:
    """The page with our scripts first, so that its own find the interface they look for.

    No charset is declared for it: an old page names its own, and ours are plain ASCII.
    """
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        page = b"\xef\xbb\xbf" + page.decode("utf-16", "replace").encode()
    scripts = "".join(
        f'<script src="{static(name)}"></script>'
        for name in (
            "content/package-storage.js",
            _RUNTIMES[kind],
            "content/package-scorm.js",
        )
    ).encode()
    at = 3 if page.startswith(b"\xef\xbb\xbf") else 0
    # The latest of doctype, html and head that begin the page, in the order they come.
    for found in _HEAD.finditer(page[:65536]):
        at = found.end()
        if found[0][:5].lower() == b"<head":
            break
    return page[:at] + scripts + page[at:]
