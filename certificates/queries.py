"""Reads about certificates: scoped to who is asking, except for the public verification."""

import hmac
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from certificates import credential
from certificates.document import Award, says_the_same
from certificates.enums import Verdict
from certificates.models import Certificate, IssuerKey
from people.enums import Role
from people.models import Person
from people.own_data import Section, section
from people.queries import persons_visible_to, units_managed_by


def certificates_of(person: Person) -> QuerySet[Certificate]:
    """The person's own certificates, revoked ones included, newest first."""
    return Certificate.objects.filter(learner=person).order_by("-issued_at", "-id")


def certificates_visible_to(person: Person) -> QuerySet[Certificate]:
    """The person's own, and those of people in the units he may see, newest first."""
    return (
        Certificate.objects.filter(learner__in=persons_visible_to(person).order_by())
        .select_related("learner", "revoked_by")
        .order_by("-issued_at", "-id")
    )


def certificates_administered_by(person: Person) -> QuerySet[Certificate]:
    """Those a training administrator may revoke: of people in his part of the tree, not his own."""
    units = units_managed_by(person, Role.TRAINING_ADMIN).order_by()
    return (
        Certificate.objects.filter(learner__unit__in=units)
        .exclude(learner=person)
        .select_related("learner", "revoked_by")
        .order_by("-issued_at", "-id")
    )


def certificates_matching(certificates: QuerySet[Certificate], text: str) -> QuerySet[Certificate]:
    """Narrow to a serial, a name, a staff number or a course; empty text narrows nothing."""
    text = text.strip()
    if not text:
        return certificates
    matches = (
        Q(learner_name__icontains=text)
        | Q(learner__staff_number=text)
        | Q(course_title__icontains=text)
    )
    serial = credential.normal_serial(text)
    if serial:
        matches |= Q(serial=serial)
    return certificates.filter(matches)


# --- Verification: answers anybody, so it says no more than the paper does ---


def verify_url(token: str) -> str:
    """The absolute address the QR code carries."""
    return settings.SITE_URL.rstrip("/") + reverse("certificates:verify", args=[token])


def certificate_by_token(token: str) -> Certificate | None:
    """The certificate this token was printed on."""
    return Certificate.objects.filter(token=token[:64]).first()


def certificate_by_serial(serial: str, name: str) -> Certificate | None:
    """The certificate with this serial, for who also knows the name printed on it.

    A wrong name and a serial that does not exist give the same answer.
    """
    normal = credential.normal_serial(serial)
    found = Certificate.objects.filter(serial=normal or "").first()
    plain_name = "".join(name.split())
    printed = "".join(found.learner_name.split()) if found else "-"
    same = hmac.compare_digest(printed.encode(), plain_name.encode())
    return found if found is not None and same else None


def certificate_of_file(raw: bytes) -> Certificate | None:
    """The certificate a signed file belongs to, if the file is byte for byte what was issued."""
    try:
        subject = credential.parse_canonical(raw)["credentialSubject"]
        serial = credential.normal_serial(str(subject["licenseNumber"]))
    except (ValueError, LookupError, TypeError):
        return None
    found = Certificate.objects.filter(serial=serial or "").first()
    if found is None or not hmac.compare_digest(found.document.encode(), raw):
        return None
    return found


def award_of(certificate: Certificate) -> Award:
    """What the row says, as plain values."""
    return Award(
        serial=certificate.serial,
        verify_url=verify_url(certificate.token),
        learner_name=certificate.learner_name,
        award_title=certificate.award_title,
        wording=certificate.wording,
        issuer_name=certificate.issuer_name,
        course_title=certificate.course_title,
        hours=certificate.hours,
        completed_on=certificate.completed_on,
        issued_at=certificate.issued_at,
    )


def verdict_on(certificate: Certificate | None) -> Verdict:
    """Valid only if it is there, not revoked, signed by this site, and says what was signed."""
    if certificate is None:
        return Verdict.UNKNOWN
    raw = certificate.document.encode()
    try:
        proof: dict[str, Any] = credential.parse_canonical(raw).get("proof") or {}
        name = str(proof.get("verificationMethod", "")).partition("#")[2]
        if not IssuerKey.objects.filter(multibase=name).exists():
            return Verdict.DAMAGED
        document = credential.verify_bytes(raw, credential.public_from_multibase(name))
        if not says_the_same(document, award_of(certificate)):
            return Verdict.DAMAGED
    except ValueError:
        return Verdict.DAMAGED
    return Verdict.REVOKED if certificate.revoked_at else Verdict.VALID


def issuer_keys() -> QuerySet[IssuerKey]:
    """Every public key certificates of this site were signed with, oldest first."""
    return IssuerKey.objects.order_by("first_used_at", "id")


def own_data(person: Person) -> list[Section]:
    """The person's certificates, to take with him."""
    columns = (
        "serial",
        "course_title",
        "award_title",
        "hours",
        "completed_on",
        "issued_at",
        "issuer_name",
        "revoked_at",
        "revoked_because",
        "document",
    )
    return [section("certificates", _("Certificates"), certificates_of(person), columns)]
