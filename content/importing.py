"""From a file's bytes to text, or a clear refusal."""

import codecs
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from content import sources
from content.sources import Source

MAX_IMPORT_BYTES = 5 * 1024 * 1024
_TEXT_CONTROLS = {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1A}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


class ImportRefused(Exception):
    """The file cannot be imported; ``message`` says why and what to do."""

    message = _("The file cannot be imported.")

    def __str__(self) -> str:
        return str(self.message)


class NotWord(ImportRefused):
    """A .docx that is none, or damaged."""

    message = _(
        "This is not a Word document that can be read. Open it in Word, save it as .docx and try again."
    )


class OldWord(ImportRefused):
    """A .doc, a .wps, a .pdf: formats that are not read."""

    message = _(
        "Word’s old format (.doc, .wps) and PDF are not read. Save the document as .docx and try again."
    )


class Excessive(ImportRefused):
    """Would unpack to more than any text holds."""

    message = _(
        "The file unpacks to more than any text holds, or is nested deeper than any document. It was refused."
    )


class EmptyFile(ImportRefused):
    """Nothing in it but white space."""

    message = _("The file is empty. Choose a file with the text in it.")


class TooLarge(ImportRefused):
    """More than any policy text holds."""

    message = _(
        "The file is larger than 5 MB. A policy text is much smaller; is it the right file?"
    )


class NotText(ImportRefused):
    """Binary, or in an encoding that is neither UTF-8 nor GB18030."""

    message = _(
        "This is not a text file in UTF-8 or GB18030. Save the document as plain text and try again."
    )


class NoArticles(ImportRefused):
    """A text in which no numbered part was found."""

    message = _(
        "No articles were found. A policy text has numbered parts such as 第一条, or 一、 with （一）."
    )


def read_text(data: bytes) -> str:
    """Decode UTF-8 or GB18030, with or without a byte order mark.

    Raises EmptyFile, TooLarge, NotText.
    """
    if len(data) > MAX_IMPORT_BYTES:
        raise TooLarge
    if not data.strip(b"\x00 \t\r\n\x0b\x0c"):
        raise EmptyFile
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(_decode(data, encoding))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _decode(data, "gb18030")
    return _checked(text)


def read_source(data: bytes, name: str = "") -> Source:
    """Read a file of any form that is taken: .docx, .html, .md, .txt. Nothing is stored before it is read whole.

    What the bytes say goes before what the name says. Raises a subclass of ImportRefused.
    """
    if len(data) > MAX_IMPORT_BYTES:
        raise TooLarge
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if data.startswith(b"PK\x03\x04"):
        try:
            source = sources.from_docx(data)
        except sources.Unreadable:
            raise NotWord from None
        except sources.Excessive:
            raise Excessive from None
        if not source.text.strip():
            raise EmptyFile
        return source
    if data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF-", b"{\\rtf")):
        raise OldWord
    if ending == "docx":
        raise NotWord
    text = read_text(data)
    if ending in ("html", "htm") or sources.looks_like_html(text):
        try:
            source = sources.from_html(text)
        except sources.Excessive:
            raise Excessive from None
    elif ending in ("md", "markdown"):
        source = sources.from_markdown(text)
    else:
        return Source(text)
    if not source.text.strip():
        raise EmptyFile
    return source


def read_stream(stream: BinaryIO) -> bytes:
    """Read a file's bytes, and not one more than needed to know it is too large. Raises TooLarge."""
    data = stream.read(MAX_IMPORT_BYTES + 1)
    if len(data) > MAX_IMPORT_BYTES:
        raise TooLarge
    return data


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise NotText from None


def _checked(text: str) -> str:
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise EmptyFile
    sample = text[:200_000]
    strange = sum(
        (ord(c) < 32 and ord(c) not in _TEXT_CONTROLS)
        or c == "\x7f"
        or "\ue000" <= c <= "\uf8ff"
        or c == "\ufffd"
        for c in sample
    )
    if "\x00" in text or strange * 100 > len(sample):
        raise NotText
    return text
