"""Issuing, revoking, and the brake on guessing. Each verb is safe to repeat and safe to race."""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from certificates import credential
from certificates.document import Award, credential_of, instant
from certificates.issuer import signing_key
from certificates.models import AwardTemplate, Certificate, IssuerKey, VerificationCount
from certificates.queries import certificates_administered_by, verify_url
from certificates.wording import fill
from courses import queries as courses
from people.models import Person
from people.networks import network_of
from people.operations import audit

logger = logging.getLogger(__name__)

# One address may ask this often within one minute, found or not.
VERIFICATIONS_A_MINUTE = 30
_TOKEN_BYTES = 20
_LOOK_BACK = timedelta(days=31)
_random = secrets.SystemRandom()


class NothingToCertify(Exception):
    """There is no such enrolment, it is not complete, or its course grants no certificate."""


class NoValidCertificate(Exception):
    """There is no valid certificate of this number within the actor's reach."""


@dataclass(frozen=True)
class Batch:
    """What became of a batch: certificates made now, those that stood already, and refusals."""

    issued: int
    standing: int
    refused: list[int]


# --- Issuing ----------------------------------------------------------------------------------------


@transaction.atomic
def issue(enrolment_id: int, *, now: datetime) -> Certificate:
    """Return the certificate of a completed course, making it if there is none yet.

    Raises NothingToCertify. The enrolment is held, as by whoever takes its completion back: that one
    finds the certificate to revoke, or this one finds nothing to certify.
    """
    try:
        facts = courses.completion_facts(enrolment_id, held=True)
    except ObjectDoesNotExist as error:
        raise NothingToCertify(enrolment_id) from error
    standing = Certificate.objects.filter(source=facts.source).first()
    if standing is not None:
        return standing
    if facts.completed_at is None or not facts.grants_certificate:
        raise NothingToCertify(enrolment_id)
    return award(
        source=facts.source,
        learner_id=facts.person_id,
        learner_name=facts.person_name,
        course_title=facts.course_title,
        hours=facts.hours,
        completed_on=timezone.localdate(facts.completed_at),
        now=now,
    )


def award(
    *,
    source: str,
    learner_id: int,
    learner_name: str,
    course_title: str,
    hours: Decimal | None,
    completed_on: date,
    now: datetime,
    template: AwardTemplate | None = None,
) -> Certificate:
    """Issue one certificate for ``source``; called again, return the one that stands.

    The unique source is what makes it safe to race: the loser of a race returns the winner's row.
    """
    template = template or default_award()
    unit = Person.objects.select_related("unit").get(pk=learner_id).unit
    for _attempt in range(3):
        standing = Certificate.objects.filter(source=source).first()
        if standing is not None:
            return standing
        certificate = _frozen(
            template,
            source=source,
            learner_id=learner_id,
            learner_name=learner_name,
            unit_name=unit.name if unit else "",
            course_title=course_title,
            hours=hours or None,
            completed_on=completed_on,
            now=now,
        )
        try:
            with transaction.atomic():
                certificate.save(force_insert=True)
                audit(
                    None,
                    "certificates.issue",
                    f"certificates.certificate:{certificate.pk}",
                    {"serial": certificate.serial, "source": source},
                    now=now,
                )
        except IntegrityError:
            # Somebody else issued it this moment, or (once in a trillion) the serial was taken.
            continue
        return certificate
    return Certificate.objects.get(source=source)


def default_award() -> AwardTemplate:
    """The award used when nobody names another; a new house gets one in its own language."""
    standing = AwardTemplate.objects.filter(is_default=True).first()
    if standing is not None:
        return standing
    with translation.override(settings.LANGUAGE_CODE):
        words = {
            "title": gettext("Certificate of Completion"),
            "wording": gettext(
                "This is to certify that {name} has completed the course “{course}” "
                "on {completed_on}[, credited with {hours} hours]."
            ),
            "issuer_name": gettext("Xiangxu Training Platform"),
            "seal_text": pgettext("text of the seal, four characters in Chinese", "Completed"),
        }
    template, _created = AwardTemplate.objects.get_or_create(
        is_default=True,
        defaults={"code": "course-completion", "language": settings.LANGUAGE_CODE, **words},
    )
    return template


def issue_many(enrolment_ids: Iterable[int], *, now: datetime) -> Batch:
    """Issue for each, every one in its own transaction, so that a killed batch is simply run again."""
    issued = standing = 0
    refused = []
    for enrolment_id in enrolment_ids:
        sources = courses.completion_sources([enrolment_id])
        if Certificate.objects.filter(source__in=sources).exists():
            standing += 1
            continue
        try:
            issue(enrolment_id, now=now)
        except NothingToCertify:
            refused.append(enrolment_id)
        else:
            issued += 1
    return Batch(issued, standing, refused)


def sweep(*, now: datetime, since: datetime | None = None) -> int:
    """Issue what a lost signal or a killed worker left; return how many were issued.

    Looks back a month unless told since when. Old counts of verification are forgotten as well.
    """
    VerificationCount.objects.filter(minute__lt=_minute(now) - 60).delete()
    completions = iter(courses.completions_since(since or now - _LOOK_BACK))
    issued = 0
    while some := list(islice(completions, 500)):
        sources = {source: pk for pk, source in some}
        standing = Certificate.objects.filter(source__in=sources).values_list("source", flat=True)
        missing = [sources[source] for source in sources.keys() - set(standing)]
        issued += issue_many(sorted(missing), now=now).issued
    if issued:
        logger.info("certificates issued by the sweep", extra={"issued": issued})
    return issued


def _frozen(
    template: AwardTemplate,
    *,
    source: str,
    learner_id: int,
    learner_name: str,
    unit_name: str,
    course_title: str,
    hours: Decimal | None,
    completed_on: date,
    now: datetime,
) -> Certificate:
    """A new certificate, its words fixed and signed, not yet stored."""
    # What is signed is said to the second, so the row says it to the second too.
    issued_at = now.replace(microsecond=0)
    with translation.override(template.language):
        wording = fill(
            template.wording,
            {
                "name": learner_name,
                "course": course_title,
                "completed_on": date_format(completed_on, "DATE_FORMAT"),
                "hours": plain_number(hours) if hours else "",
                "unit": unit_name,
            },
        )
    serial = credential.new_serial(timezone.localdate(now).year, _random)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    key = signing_key()
    multibase = credential.public_multibase(key.public_key())
    IssuerKey.objects.get_or_create(multibase=multibase, defaults={"first_used_at": now})
    document = credential_of(
        Award(
            serial=serial,
            verify_url=verify_url(token),
            learner_name=learner_name,
            award_title=template.title,
            wording=wording,
            issuer_name=template.issuer_name,
            course_title=course_title,
            hours=hours,
            completed_on=completed_on,
            issued_at=issued_at,
        ),
        issuer=credential.did_key(multibase),
    )
    secured = credential.sign(document, key, created=instant(issued_at))
    return Certificate(
        serial=serial,
        token=token,
        source=source,
        learner_id=learner_id,
        learner_name=learner_name,
        unit_name=unit_name,
        award_title=template.title,
        wording=wording,
        issuer_name=template.issuer_name,
        seal_text=template.seal_text,
        language=template.language,
        course_title=course_title,
        hours=hours,
        completed_on=completed_on,
        issued_at=issued_at,
        document=credential.sealed(secured).decode(),
    )


def plain_number(number: Decimal) -> str:
    """A quantity without idle zeros: 6.00 → ``6``, 1.50 → ``1.5``."""
    return f"{number.normalize():f}"


# --- Revoking -----------------------------------------------------------------------------------------


def revoke(certificate_id: int, *, because: str, by: Person, now: datetime) -> None:
    """Withdraw a certificate for good, saying why.

    Raises NoValidCertificate the second time, for one's own, and outside the actor's units;
    ValueError without a reason.
    """
    because = because.strip()
    if not because:
        raise ValueError("a revocation says why")
    with transaction.atomic():
        reach = certificates_administered_by(by).filter(pk=certificate_id).values("pk").order_by()
        if not reach.exists() or not _revoke(certificate_id, because, by, now):
            raise NoValidCertificate(certificate_id)


def _revoke(certificate_id: int, because: str, by: Person, now: datetime) -> bool:
    """Once: False when it was revoked before. In the caller's transaction."""
    revoked = Certificate.objects.filter(pk=certificate_id, revoked_at=None).update(
        revoked_at=now, revoked_because=because[:300], revoked_by=by
    )
    if revoked:
        target, detail = f"certificates.certificate:{certificate_id}", {"because": because[:300]}
        audit(by, "certificates.revoke", target, detail, now=now)
    return bool(revoked)


def revoke_undone(source: str, *, because: str, by_id: int, now: datetime) -> bool:
    """What a certificate rests on was taken back by that person's deed; whether one had been issued.

    In the caller's transaction; safe to repeat.
    """
    certificate = Certificate.objects.filter(source=source, revoked_at=None).first()
    if certificate is None:
        return False
    return _revoke(certificate.pk, because, Person.objects.get(pk=by_id), now)


# --- The brake on guessing ------------------------------------------------------------------------------


def count_verification(address: str, *, now: datetime) -> bool:
    """Count one question from an address; return whether it may still be answered this minute.

    One statement adds and tells the sum, so that questions asked at once are all counted.
    The address is kept only as a keyed hash; of IPv6 the network of 64 bits counts.
    """
    asker = salted_hmac("certificates.verify", network_of(address), algorithm="sha256").hexdigest()
    table = VerificationCount._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (asker, minute, asked) VALUES (%s, %s, 1) "  # noqa: S608
            f"ON CONFLICT (asker, minute) DO UPDATE SET asked = {table}.asked + 1 RETURNING asked",
            [asker, _minute(now)],
        )
        asked: int = cursor.fetchone()[0]
    return asked <= VERIFICATIONS_A_MINUTE


def _minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60)
