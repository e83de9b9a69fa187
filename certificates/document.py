"""The credential a certificate carries: W3C Verifiable Credentials 2.0, shaped as Open Badges 3.0.

Values in, value out; no database, no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]


@dataclass(frozen=True)
class Award:
    """Everything a certificate says."""

    serial: str
    verify_url: str
    learner_name: str
    award_title: str
    wording: str
    issuer_name: str
    course_title: str
    hours: Decimal | None
    completed_on: date
    issued_at: datetime


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC to the second: ``2026-06-01T01:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def credential_of(award: Award, *, issuer: str) -> dict[str, Any]:
    """Return the document to sign. ``issuer`` is the did:key of the signing key."""
    subject: dict[str, Any] = {
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": award.learner_name,
                "identityType": "name",
            }
        ],
        "achievement": {
            "id": f"{award.verify_url}#achievement",
            "type": ["Achievement"],
            "name": award.course_title,
            "description": award.award_title,
            "criteria": {"narrative": award.wording},
        },
        "activityEndDate": award.completed_on.isoformat(),
        "licenseNumber": award.serial,
        "narrative": award.wording,
    }
    if award.hours is not None:
        whole = award.hours == award.hours.to_integral_value()
        subject["creditsEarned"] = int(award.hours) if whole else float(award.hours)
    return {
        "@context": list(CONTEXT),
        "id": award.verify_url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.award_title,
        "issuer": {"id": issuer, "type": ["Profile"], "name": award.issuer_name},
        "validFrom": instant(award.issued_at),
        "credentialSubject": subject,
    }


def says_the_same(document: Mapping[str, Any], award: Award) -> bool:
    """Whether a signed document says what the row beside it says, whatever else it holds."""
    subject = document.get("credentialSubject") or {}
    said = (
        subject.get("licenseNumber"),
        (subject.get("identifier") or [{}])[0].get("identityHash"),
        document.get("name"),
        subject.get("narrative"),
        (subject.get("achievement") or {}).get("name"),
        subject.get("activityEndDate"),
        Decimal(str(subject["creditsEarned"])) if "creditsEarned" in subject else None,
        (document.get("issuer") or {}).get("name"),
        document.get("validFrom"),
    )
    return said == (
        award.serial,
        award.learner_name,
        award.award_title,
        award.wording,
        award.course_title,
        award.completed_on.isoformat(),
        award.hours,
        award.issuer_name,
        instant(award.issued_at),
    )
