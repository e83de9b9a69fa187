"""Claiming hours, and confirming or returning what was claimed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import F

from people.models import Person
from people.operations import audit
from tracker import queries
from tracker.enums import ClaimState
from tracker.evidence_files import MAX_FILES, Evidence, EvidenceRefused
from tracker.models import Claim, ClaimFile, ClaimStep, Entry
from tracker.operations.ledger import InvalidPosting, ReasonMissing, credit
from tracker.rules import Form, Measures
from tracker.rules.vocabulary import CONFIRMERS

_FIELDS = (
    "bucket",
    "title",
    "first_day",
    "last_day",
    "hours",
    "credits",
    "training_days",
    "confirmer",
    "note",
)


class MayNotClaim(Exception):
    """Neither the person himself nor somebody who keeps his record."""


class MayNotDecide(Exception):
    """Not the confirmer of this form of study for this person, or his own claim."""


class DecidedBefore(Exception):
    """The claim was decided, withdrawn or sent anew in the meantime; that stays."""


def send_claim(
    person_id: int,
    *,
    by: Person,
    token: UUID,
    fields: Mapping[str, Any],
    files: Sequence[Evidence] = (),
    now: datetime,
) -> Claim:
    """Claim hours for a person; the same ``token`` again returns the claim it made.

    ``fields``: bucket, title, institution, first_day, last_day, hours, credits, training_days,
    confirmer, note. Raises MayNotClaim, InvalidPosting.
    """
    if not queries.persons_claimed_for(by).filter(pk=person_id).exists():
        raise MayNotClaim(person_id)
    _check(fields)
    try:
        with transaction.atomic():
            claim = Claim(person_id=person_id, made_by=by, token=token, sent_at=now)
            _fill(claim, fields)
            claim.save(force_insert=True)
            _attach(claim, files, now)
            _step(claim, by, ClaimState.SENT, "", now)
    except IntegrityError:
        earlier = Claim.objects.filter(token=token, made_by=by).first()
        if earlier is None:
            raise
        return earlier
    return claim


def mend_claim(
    claim_id: int,
    *,
    by: Person,
    fields: Mapping[str, Any],
    files: Sequence[Evidence] = (),
    drop: Sequence[int] = (),
    now: datetime,
) -> Claim:
    """Change a returned claim and send it again; what it said before stays in its steps.

    ``drop`` names files that no longer belong to it. Raises MayNotClaim, InvalidPosting,
    DecidedBefore when it is not (any more) returned.
    """
    _check(fields)
    with transaction.atomic():
        claim = Claim.objects.select_for_update().get(pk=claim_id)
        if by.pk not in (claim.person_id, claim.made_by_id):
            raise MayNotClaim(claim_id)
        if not Claim.objects.filter(pk=claim_id, state=ClaimState.RETURNED).update(
            state=ClaimState.SENT, sent_at=now, sending=F("sending") + 1, decided_at=None
        ):
            raise DecidedBefore(claim_id)
        claim.refresh_from_db()
        _fill(claim, fields)
        claim.save()
        claim.files.filter(pk__in=list(drop)).delete()
        _attach(claim, files, now)
        _step(claim, by, ClaimState.SENT, "", now)
    return claim


def withdraw_claim(claim_id: int, *, by: Person, now: datetime) -> None:
    """Take a claim back before it is confirmed. Raises MayNotClaim, DecidedBefore."""
    with transaction.atomic():
        claim = Claim.objects.select_for_update().get(pk=claim_id)
        if by.pk not in (claim.person_id, claim.made_by_id):
            raise MayNotClaim(claim_id)
        open_states = [ClaimState.SENT, ClaimState.RETURNED]
        if not Claim.objects.filter(pk=claim_id, state__in=open_states).update(
            state=ClaimState.WITHDRAWN, decided_at=now
        ):
            raise DecidedBefore(claim_id)
        _step(claim, by, ClaimState.WITHDRAWN, "", now)


def return_claim(claim_id: int, *, by: Person, sending: int, reason: str, now: datetime) -> None:
    """Send a claim back with the reason. Raises MayNotDecide, ReasonMissing, DecidedBefore."""
    if not reason.strip():
        raise ReasonMissing(claim_id)
    with transaction.atomic():
        claim = _to_decide(claim_id, by)
        if not Claim.objects.filter(pk=claim_id, state=ClaimState.SENT, sending=sending).update(
            state=ClaimState.RETURNED, decided_at=now
        ):
            raise DecidedBefore(claim_id)
        _step(claim, by, ClaimState.RETURNED, reason.strip()[:500], now)
        subject = f"people.person:{claim.person_id}"
        audit(by, "tracker.claim.return", subject, {"claim": claim_id}, now=now)


def confirm_claim(claim_id: int, *, by: Person, sending: int, now: datetime) -> Entry:
    """Confirm a claim as it was sent the ``sending``-th time, and credit it once.

    Of two who confirm at once one credits; the other gets DecidedBefore. Raises MayNotDecide.
    """
    with transaction.atomic():
        claim = _to_decide(claim_id, by)
        if claim.state != ClaimState.SENT or claim.sending != sending:
            raise DecidedBefore(claim_id)
        entry = credit(
            source=f"tracker.claim:{claim.pk}",
            person_id=claim.person_id,
            bucket=claim.bucket,
            title=claim.title,
            occurred_from=claim.first_day,
            occurred_to=claim.last_day + timedelta(days=1),
            measures=Measures(claim.hours, claim.credits, claim.training_days, 1),
            institution_id=claim.institution_id,
            confirmer=claim.confirmer,
            confirmed_by_id=by.pk,
            evidence={
                "claim": claim.pk,
                **({"note": claim.note} if claim.note else {}),
                "files": [{"name": f.name, "sha256": f.digest} for f in claim.files.all()],
            },
            now=now,
        )
        if not Claim.objects.filter(pk=claim_id, state=ClaimState.SENT, sending=sending).update(
            state=ClaimState.CONFIRMED, decided_at=now, entry=entry
        ):
            raise DecidedBefore(claim_id)
        _step(claim, by, ClaimState.CONFIRMED, "", now)
        audit(
            by,
            "tracker.claim.confirm",
            f"people.person:{claim.person_id}",
            {"claim": claim_id, "entry": entry.pk},
            now=now,
        )
    return entry


def _to_decide(claim_id: int, by: Person) -> Claim:
    claim = Claim.objects.select_for_update().get(pk=claim_id)
    if not queries.may_decide_claim(by, claim_id):
        raise MayNotDecide(claim_id)
    return claim


def _check(fields: Mapping[str, Any]) -> None:
    """What the form says too, held here against every other caller."""
    if fields["confirmer"] not in CONFIRMERS[Form(fields["bucket"])]:
        raise InvalidPosting("this form of study is confirmed by somebody else")
    if fields["bucket"] == Form.ONLINE:
        raise InvalidPosting("online study is credited from the platform's own evidence")
    if fields["confirmer"] == "institution" and not fields.get("institution"):
        raise InvalidPosting("which institution confirms it?")


def _fill(claim: Claim, fields: Mapping[str, Any]) -> None:
    for name in _FIELDS:
        setattr(claim, name, fields[name])
    claim.institution = fields.get("institution")


def _attach(claim: Claim, files: Sequence[Evidence], now: datetime) -> None:
    if claim.files.count() + len(files) > MAX_FILES:
        raise EvidenceRefused(MAX_FILES)
    for evidence in files:
        row = ClaimFile(
            claim=claim,
            name=evidence.name,
            media_type=evidence.media_type,
            size=len(evidence.data),
            digest=evidence.digest,
            added_at=now,
        )
        ending = evidence.media_type.rpartition("/")[2]
        row.file.save(f"{evidence.digest[:32]}.{ending}", ContentFile(evidence.data), save=False)
        row.save()


def _step(claim: Claim, by: Person, state: ClaimState, reason: str, now: datetime) -> None:
    said = {}
    if state == ClaimState.SENT:
        said = {name: str(getattr(claim, name)) for name in _FIELDS}
        said["institution"] = claim.institution.name if claim.institution else ""
        said["files"] = "、".join(file.name for file in claim.files.all())
    ClaimStep.objects.create(claim=claim, at=now, by=by, state=state, reason=reason, said=said)
