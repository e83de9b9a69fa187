"""A certificate as one printed page, and the signed document inside it.

The same certificate gives the same bytes: dates and identifier come from the certificate, not
from the clock.
"""

import hashlib
from datetime import UTC

import segno
from django.utils import translation

from certificates.document import instant
from certificates.models import Certificate
from certificates.queries import verify_url
from people import printing

SIGNED_FILE = "certificate.json"


def certificate_pdf(certificate: Certificate) -> bytes:
    """Return the PDF (PDF/A-3, fonts embedded, the signed JSON attached)."""
    from weasyprint import Attachment  # noqa: PLC0415 (see people.printing)

    url = verify_url(certificate.token)
    issued_at = certificate.issued_at.astimezone(UTC)
    signed = Attachment(
        string=certificate.document,
        name=SIGNED_FILE,
        description="W3C Verifiable Credential",
        created=issued_at,
        modified=issued_at,
        relationship="Data",
    )
    # The revocation is not printed: paper that is already out does not show it either.
    with translation.override(certificate.language):
        return printing.pdf(
            "certificates/pdf/certificate.html",
            {
                "certificate": certificate,
                "created": instant(certificate.issued_at),
                "qr": qr_code(url),
                "verify_url": url,
                "seal": seal_columns(certificate.seal_text),
            },
            pdf_identifier=hashlib.sha256(certificate.document.encode()).digest()[:16],
            attachments=[signed],
        )


def qr_code(url: str) -> str:
    """The address as a QR code: an SVG in a data: address, without quiet zone."""
    return segno.make_qr(url, error="m").svg_data_uri(border=0, dark="#1f1b16", scale=4)


def seal_columns(text: str) -> list[list[str]]:
    """Lay out a seal as it is read: columns from right to left, each from top to bottom.

    Four characters make two columns of two, nine three of three. Latin text stays one line.
    """
    if text.isascii():
        return [[text]]
    height = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}.get(len(text), 3)
    columns = [text[start : start + height] for start in range(0, len(text), height)]
    return [list(column) for column in reversed(columns)]
