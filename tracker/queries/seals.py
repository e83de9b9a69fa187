"""What is sealed, and who did what: the audit log as an auditor reads it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from people import deeds
from people.enums import Role
from people.models import AuditEntry, OrgUnit, Person
from people.queries import persons_visible_to, units_managed_by
from tracker.models import AuditHead, AuditLeaf, Entry, LedgerHead, LedgerLeaf
from tracker.queries.standings import requirement_names


def sealed_by(entry_id: int) -> LedgerHead | None:
    """The first head that seals the row; None while it waits for the next sealing."""
    position = LedgerLeaf.objects.filter(entry_id=entry_id).values_list("position", flat=True)
    first = position.first()
    if first is None:
        return None
    return LedgerHead.objects.filter(tree_size__gt=first).order_by("number").first()


@dataclass(frozen=True)
class AuditSeal:
    """How far the audit log is sealed."""

    head: AuditHead | None
    waiting: int  # rows since


def audit_seal() -> AuditSeal:
    return AuditSeal(
        AuditHead.objects.order_by("-number").first(), AuditEntry.objects.filter(leaf=None).count()
    )


@dataclass(frozen=True)
class Sealing:
    """When a log was last sealed, and since when its oldest row waits; None where there is none."""

    sealed_at: datetime | None
    waits_since: datetime | None


def sealings() -> tuple[Sealing, Sealing]:
    """How the sealing of the ledger and of the audit log keeps up: found by key, whatever their size.

    Rows are taken in the order of their numbers; one committed late behind a sealed number waits unseen
    here until the next sealing, which takes it along.
    """
    ledger = LedgerLeaf.objects.order_by("-position").values_list("entry_id", flat=True).first()
    audit = AuditLeaf.objects.order_by("-position").values_list("entry_id", flat=True).first()
    posted = Entry.objects.filter(pk__gt=ledger or 0).order_by("pk")
    noted = AuditEntry.objects.filter(pk__gt=audit or 0).order_by("pk")
    heads = (
        LedgerHead.objects.order_by("-number").values_list("sealed_at", flat=True).first(),
        AuditHead.objects.order_by("-number").values_list("sealed_at", flat=True).first(),
    )
    return (
        Sealing(heads[0], posted.values_list("recorded_at", flat=True).first()),
        Sealing(heads[1], noted.values_list("at", flat=True).first()),
    )


def audit_of(
    auditor: Person,
    *,
    by: str = "",
    about: str = "",
    kind: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditEntry]:
    """Deeds of people in the auditor's part of the tree, newest first.

    ``about`` looks for deeds on one person within his reach, whoever did them. Deeds of the machine
    and of people without a unit are seen by who audits the whole tree. ``until`` is inclusive.
    """
    units = units_managed_by(auditor, Role.AUDITOR)
    rows = AuditEntry.objects.select_related("actor", "actor__unit").order_by("-id")
    whole = units.filter(depth=1).exists()
    if about:
        found = persons_visible_to(auditor).filter(_named(about))
        # Somebody looked for by name is looked for among his namesakes, not among thousands.
        subjects = [f"people.person:{pk}" for pk in found.values_list("pk", flat=True)[:50]]
        rows = rows.filter(subject__in=subjects)
    elif not whole:
        rows = rows.filter(actor__unit__in=units.order_by())
    if by:
        rows = rows.filter(Q(actor__name__icontains=by) | Q(actor__staff_number=by))
    if kind in deeds.KINDS:
        rows = rows.filter(verb__in=deeds.KINDS[kind][1])
    if since is not None:
        rows = rows.filter(at__gte=_start(since))
    if until is not None:
        rows = rows.filter(at__lt=_start(until + timedelta(days=1)))
    return rows


def _named(text: str) -> Q:
    return Q(name__icontains=text) | Q(staff_number=text)


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def names_of_codes(codes: set[str]) -> dict[str, str]:
    """What units and requirements of these codes are called, in the language of the page."""
    if not codes:
        return {}
    names = {code: name for code, name in requirement_names().items() if code in codes}
    units = OrgUnit.objects.filter(code__in=codes).values_list("code", "name")
    return names | {code: f"{name} {code}" for code, name in units}


def subjects_of(rows: list[AuditEntry]) -> dict[str, str]:
    """Names of the persons and units that rows are about, by subject."""
    ids: dict[str, list[int]] = {"people.person": [], "people.unit": []}
    for row in rows:
        what, _, key = row.subject.partition(":")
        if what in ids and key.isdecimal():
            ids[what].append(int(key))
    names: dict[str, str] = {}
    for pk, name in Person.objects.filter(pk__in=ids["people.person"]).values_list("pk", "name"):
        names[f"people.person:{pk}"] = name
    for pk, name in OrgUnit.objects.filter(pk__in=ids["people.unit"]).values_list("pk", "name"):
        names[f"people.unit:{pk}"] = name
    return names
