"""Rules by which a length of study is worth hours, as the approved packs have them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from tracker import wording
from tracker.enums import PackStatus
from tracker.models import RulePack
from tracker.queries.packs import pack_of_document
from tracker.rules import Duty, Form, valuation_of

# What a row says whose hours somebody set by hand for the whole course.
NORMATIVE = "normative"


@dataclass(frozen=True)
class LengthRule:
    """A duty of an approved pack that says what minutes of a form of study are worth.

    ``code`` is what the ledger keeps, "district-2005:1/online-quota": pack, version, duty.
    """

    code: str
    instrument: str
    duty: Duty
    form: Form

    @property
    def in_words(self) -> str:
        return wording.valued_by(self.instrument, self.duty, self.form)

    def hours(self, minutes: Decimal) -> Decimal:
        valuation = valuation_of(self.duty, self.form)
        return valuation.hours(minutes) if valuation else Decimal(0)


def length_rules(form: Form = Form.ONLINE) -> list[LengthRule]:
    """The rules for a form of study in the newest approved version of every pack, by pack."""
    newest: dict[str, RulePack] = {}
    approved = RulePack.objects.filter(status=PackStatus.APPROVED).order_by("code", "-version")
    for row in approved:
        newest.setdefault(row.code, row)
    return [rule for row in newest.values() for rule in _rules_in(row, form)]


def length_rule(code: str, form: Form = Form.ONLINE) -> LengthRule | None:
    """The rule of this code, also of an older version of its pack; None where there is none."""
    pack, _, rest = code.partition(":")
    version, _, _duty = rest.partition("/")
    if not version.isdecimal() or len(version) > 9:
        return None
    row = RulePack.objects.filter(
        code=pack, version=int(version), status=PackStatus.APPROVED
    ).first()
    rules = _rules_in(row, form) if row else []
    return next((rule for rule in rules if rule.code == code), None)


def valued_by(code: str) -> str:
    """By which rule hours were valued, in words; a code that is not known is shown as it is."""
    if code == NORMATIVE:
        return _("the course’s normative hours")
    rule = length_rule(code) if code else None
    return rule.in_words if rule else code


def _rules_in(row: RulePack, form: Form) -> list[LengthRule]:
    pack = pack_of_document(row.document)
    rules = [
        LengthRule(f"{row.code}:{row.version}/{duty.code}", pack.source.instrument, duty, form)
        for duty in pack.duties
        if valuation_of(duty, form) is not None
    ]
    # The ledger's column is no longer than this.
    return [rule for rule in rules if len(rule.code) <= 80]
