"""An assessment as plain values for JSON. Amounts are strings, days ISO, ``to`` days inclusive."""

from decimal import Decimal
from typing import Any

from tracker.rules.assess import Assessment, Progress, Way
from tracker.rules.facts import Row


def amount(value: Decimal) -> str:
    """Without trailing zeros and never in exponent notation: 9.875, 12, 0."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_plain(assessment: Assessment) -> dict[str, Any]:
    window = assessment.window
    duty = assessment.duty
    return {
        "requirement": duty.code,
        "title": {"zh": duty.title.zh, "en": duty.title.en},
        "pack": duty.pack,
        "article": duty.article,
        "source": {"instrument": duty.source.instrument, "confidence": duty.source.confidence},
        "subject": duty.subject.value,
        "state": assessment.state.value,
        "because": assessment.because.value if assessment.because else None,
        "on": assessment.on.isoformat(),
        "known_at": assessment.known_at.isoformat(),
        "window": None
        if window is None
        else {
            "from": window.since.isoformat(),
            "until": window.until.isoformat() if window.until else None,
            "counts_from": window.counts_since.isoformat(),
            "posting_until": window.posting_until.isoformat() if window.posting_until else None,
            "extended": window.extended,
        },
        "due_on": assessment.due_on.isoformat() if assessment.due_on else None,
        "ways": [_way(way) for way in assessment.ways],
        "nearest_way": assessment.nearest if assessment.ways else None,
        "information": [_progress(part) for part in assessment.information],
        "gap": [
            {"measure": part.measure.value, "missing": amount(part.missing), "course": part.course}
            for part in assessment.gap
        ],
        "counted": [_row(row) for row in assessment.counted],
        "refused": [
            {
                **_row(refused.row),
                "reasons": [reason.value for reason in refused.reasons],
                "reversed_by": refused.reversed_by.key if refused.reversed_by else None,
            }
            for refused in assessment.refused
        ],
        "effects": [
            {"not_eligible_for": effect.not_eligible_for, "stands": effect.stands}
            for effect in assessment.effects
        ],
        "months_owed": None
        if assessment.months_owed is None
        else {"owed": assessment.months_owed[0], "of": assessment.months_owed[1]},
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "met": way.met,
        "share": amount(round(way.share, 4)),
        "parts": [*map(_progress, way.parts)],
    }


def _progress(part: Progress) -> dict[str, Any]:
    return {
        "measure": part.measure.value,
        "amount": amount(part.amount),
        "official": amount(part.official),
        "required": amount(part.required) if part.required is not None else None,
        "missing": amount(part.missing),
        "met": part.met if part.required is not None else None,
        "forms": [form.value for form in part.forms],
        "carried_over": amount(part.carried),
        "by_form": {form.value: amount(value) for form, value in part.by_form},
        "course": part.course,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "id": row.key,
        "title": row.title,
        "form": row.form.value,
        "from": row.since.isoformat(),
        "to": row.last_day.isoformat(),
        "hours": amount(row.measures.hours),
        "credits": amount(row.measures.credits),
        "training_days": amount(row.measures.training_days),
        "events": row.measures.events,
        "minutes": amount(row.minutes),
        "institution": row.institution.code if row.institution else None,
        "confirmer": row.confirmer.value,
        "course": row.course,
        "recorded_at": row.recorded_at.isoformat(),
    }
