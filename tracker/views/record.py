"""The record: what is owed, what counted, as of any day."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from people.enums import Role
from people.models import Person
from people.numbers import whole_number
from people.operations import audit
from people.permissions import me
from people.queries import has_role, merges_of, persons_visible_to
from tracker import queries, wording
from tracker.enums import ConfirmerKind
from tracker.forms.lines import AsOfForm
from tracker.rules import Assessment, Reason, Row
from tracker.rules.assess import Refused

PER_PAGE = 20

# Reasons that only say a line belongs elsewhere; such lines are shown folded away.
_ELSEWHERE = {
    Reason.BEFORE_WINDOW,
    Reason.AFTER_WINDOW,
    Reason.FORM_NOT_COUNTED,
    Reason.ONLINE_NOT_COUNTED,
    Reason.NOT_YET,
}


@dataclass
class Bar:
    """One measure of the nearest way, as a progress bar shows it."""

    label: str
    value: Any
    max: Any
    unit: str
    note: str = ""


@dataclass
class Requirement:
    """A requirement as the record page shows it."""

    assessment: Assessment
    title: str
    verdict: str
    url: str
    bars: list[Bar]
    others: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.assessment.state.value


@dataclass
class Line:
    """A row of the ledger in an explanation."""

    row: Row
    form: str
    confirmer: str
    reasons: list[str] = field(default_factory=list)
    url: str = ""


@require_GET
def record(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Where a person stands, the year's sums, and the lines of the ledger."""
    person, now = _person(request, pk), timezone.now()
    form, on, known_at = _as_of(request, now)
    year = whole_number(request.GET.get("year"), least=1949, most=2200, otherwise=on.year)
    found = queries.record_of(person.pk, year, on=on, known_at=known_at)
    entries = queries.entries_of(person.pk, known_at).filter(
        occurred_to__gt=f"{year}-01-01", occurred_to__lte=f"{year + 1}-01-01"
    )
    page = Paginator(entries.select_related("reversed_by"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    # Where the person is now goes without saying.
    moved_from = [line for line in page if line.unit_id != person.unit_id]
    _audit_look(request, person, "tracker.record.view", now)
    return render(
        request,
        "tracker/record.html",
        {
            "person": person,
            "own": person.pk == me(request).pk,
            "merges": merges_of(person.pk, known_at),
            "may_post": has_role(me(request), Role.TRAINING_ADMIN)
            and queries.puts_right(me(request), person.pk),
            "headline": wording.headline(found.assessments),
            "requirements": [
                requirement_shown(a, _url(request, pk, a.duty.code))
                for a in wording.most_pressing(found.assessments)
            ],
            "form": form,
            "on": on,
            "known_at": known_at,
            "as_of": bool(request.GET.get("on") or request.GET.get("known")),
            "year": year,
            "years": found.years,
            "sums": found.sums,
            "page": page,
            "places": queries.places_then(moved_from),
        },
    )


@require_GET
def requirement(request: HttpRequest, code: str, pk: int | None = None) -> HttpResponse:
    """The explanation of one standing: a page one could hand to an auditor."""
    person, now = _person(request, pk), timezone.now()
    form, on, known_at = _as_of(request, now)
    assessment = queries.assessment_of(person.pk, code, on=on, known_at=known_at)
    if assessment is None:
        raise Http404
    refused = [_refused(each, assessment) for each in assessment.refused]
    near = [
        line
        for line, each in zip(refused, assessment.refused, strict=True)
        if not _is_elsewhere(each, assessment)
    ]
    far = [
        line
        for line, each in zip(refused, assessment.refused, strict=True)
        if _is_elsewhere(each, assessment)
    ]
    _audit_look(request, person, "tracker.requirement.view", now, code=code)
    duty = assessment.duty
    return render(
        request,
        "tracker/requirement.html",
        {
            "person": person,
            "own": person.pk == me(request).pk,
            "record_url": _url(request, pk),
            "assessment": assessment,
            "item": requirement_shown(assessment, ""),
            "duty": duty,
            "pack": _pack_title(duty.pack),
            "title": wording.title(duty.title),
            "confidence": wording.confidence(duty.source.confidence),
            "source_note": wording.title(duty.source.note),
            "owed": wording.amounts(duty),
            "who": wording.who(duty.who, duty),
            "counts": wording.what_counts(duty),
            "period": wording.window_rule(duty),
            "ways": [
                {
                    "label": wording.way_label(way),
                    "met": way.met,
                    "bars": [_bar(part) for part in way.parts],
                    "nearest": number == assessment.nearest and len(assessment.ways) > 1,
                }
                for number, way in enumerate(assessment.ways)
            ],
            "window": wording.period(assessment),
            "notes": wording.notes_on_period(assessment) + wording.notes_on_figures(assessment),
            "gap": wording.gap(assessment),
            "other_gaps": wording.other_ways_gap(assessment),
            "counted": [_line(row) for row in assessment.counted],
            "refused": near,
            "elsewhere": far,
            "form": form,
            "on": on,
            "known_at": known_at,
        },
    )


def _pack_title(code: str) -> str:
    """The title of a rule pack; one that is not loaded any more is named by its code."""
    row = queries.pack_called(code)
    return queries.title_of_pack(row, get_language() or "zh") if row is not None else code


def _person(request: HttpRequest, pk: int | None) -> Person:
    """The person asked for, if the one asking may see him; otherwise there is no such page."""
    if pk is None:
        return me(request)
    return get_object_or_404(persons_visible_to(me(request)), pk=pk)


def _as_of(request: HttpRequest, now: datetime) -> tuple[AsOfForm, date, datetime]:
    """The form, filled in, and the two days of the address; today and now without any."""
    today = timezone.localdate(now)
    form = AsOfForm(request.GET)
    on, known_at = form.moments(now, today)
    days = {"on": on, "known": timezone.localdate(known_at)}
    return AsOfForm(initial=days), on, known_at


def _audit_look(request: HttpRequest, person: Person, verb: str, now: Any, **detail: str) -> None:
    if person.pk != me(request).pk:
        audit(me(request), verb, f"people.person:{person.pk}", detail, now=now)


def _url(request: HttpRequest, pk: int | None, code: str = "") -> str:
    """The record or an explanation, keeping the two days of the address."""
    base = "/me/record/" if pk is None else f"/people/{pk}/record/"
    kept = {key: request.GET[key] for key in ("on", "known") if request.GET.get(key)}
    return base + (f"{code}/" if code else "") + (f"?{urlencode(kept)}" if kept else "")


def _bar(part: Any) -> Bar:
    note = ""
    if part.official != part.amount:
        note = _("%(official)s full days count officially") % {"official": f"{part.official:f}"}
    return Bar(
        wording.part_label(part), part.amount, part.required, wording.unit(part.measure), note
    )


def requirement_shown(assessment: Assessment, url: str) -> Requirement:
    way = assessment.nearest_way
    return Requirement(
        assessment,
        wording.title(assessment.duty.title),
        wording.verdict(assessment),
        url,
        [_bar(part) for part in way.parts] if way else [],
        [
            _("or %(way)s: %(done)s so far")
            % {"way": wording.way_label(other), "done": wording.way_done(other)}
            for number, other in enumerate(assessment.ways)
            if number != assessment.nearest
        ],
    )


def _line(row: Row, reasons: list[str] | None = None) -> Line:
    return Line(
        row,
        wording.form_names([row.form])[0],
        str(ConfirmerKind(row.confirmer.value).label),
        reasons or [],
    )


def _is_elsewhere(refused: Refused, assessment: Assessment) -> bool:
    """A line of another form or period, which nobody would expect to count here."""
    row, window = refused.row, assessment.window
    if row.form not in assessment.duty.counts.forms or _ELSEWHERE & set(refused.reasons):
        return True
    return window is not None and (
        row.last_day < window.plan_since
        or (window.until is not None and row.last_day >= window.until)
    )


def _refused(refused: Refused, assessment: Assessment) -> Line:
    return _line(refused.row, wording.reasons(refused, assessment))
