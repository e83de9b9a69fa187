"""What people type into the pages of training classes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from classes.enums import CallKind, Criterion, InstitutionCriterion, SessionKind
from classes.models import TrainingClass
from classes.rules import most_hours
from people.fields import DateField, DateTimeField
from people.forms import UnitChoiceField
from people.models import OrgUnit
from tracker.enums import Bucket

# What is studied in a class; online study has its own way into the ledger.
BUCKETS = [
    (each.value, each.label)
    for each in (Bucket.OFF_THE_JOB, Bucket.CONCENTRATED, Bucket.OVERSEAS, Bucket.STUDY_GROUP)
]
FIVE = [(str(n), str(n)) for n in range(1, 6)]


def _number(label: Any, **kwargs: Any) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
    return forms.DecimalField(label=label, widget=widget, **kwargs)


class PlanForm(forms.Form):
    """A new plan of a unit for a year."""

    unit = UnitChoiceField(label=_("unit"), queryset=OrgUnit.objects.none())
    year = forms.IntegerField(label=_("year"), min_value=2000, max_value=2100)
    title = forms.CharField(label=pgettext_lazy("class", "title"), max_length=120)
    aim = forms.CharField(
        label=_("what the year is for"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class ClassForm(forms.Form):
    """A class of a plan. Days are typed as first and last day."""

    # What is typed here and is called otherwise in the class.
    MEANT: ClassVar = {
        "institution": "institution_id", "first_day": "starts_on", "last_day": "ends_on",
    }  # fmt: skip

    title = forms.CharField(label=pgettext_lazy("class", "title"), max_length=120)
    audience = forms.CharField(
        label=pgettext_lazy("class", "for whom"), max_length=200, required=False
    )
    institution: Any = forms.ModelChoiceField(
        label=_("institution"), queryset=None, empty_label=_("Please choose")
    )
    bucket = forms.ChoiceField(label=_("form of study"), choices=BUCKETS)
    call = forms.ChoiceField(
        label=_("how people come"), choices=CallKind.choices, widget=forms.RadioSelect
    )
    first_day = DateField(label=pgettext_lazy("class", "first day"))
    last_day = DateField(label=_("last day"))
    answer_by = DateField(
        label=_("units answer by"), help_text=_("The last day for an answer, before the class.")
    )
    training_days = _number(_("training days"), min_value=0.5, max_digits=5, decimal_places=1)
    hours = _number(
        _("credit hours"),
        min_value=0.5,
        max_digits=6,
        decimal_places=1,
        help_text=_("Of the whole class; leave above one seventh of them ends it without credit."),
    )
    seats = forms.IntegerField(label=_("seats in all"), min_value=1, max_value=5000)

    def __init__(
        self,
        *args: Any,
        institutions: Any,
        today: date,
        only: Collection[str] | None = None,
        **kwargs: Any,
    ) -> None:
        """``only`` are the class's fields that may be typed; the others are shown as they are."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["institution"].queryset = institutions  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.disabled = only is not None and self.MEANT.get(name, name) not in only

    def clean(self) -> dict[str, Any]:
        """Days in order; no more training days than days."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first_day"), given.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The class would end before its first day."))
        elif first and last and (given.get("training_days") or 0) > (last - first).days + 1:
            self.add_error("training_days", _("There are fewer days than that in the class."))
        answer_by = given.get("answer_by")
        if first and answer_by and answer_by >= first:
            self.add_error("answer_by", _("The answer is due before the class begins."))
        elif answer_by and answer_by < self.today and answer_by != self.initial.get("answer_by"):
            self.add_error("answer_by", _("This day is past; nobody could answer any more."))
        return given

    def values(self) -> dict[str, Any]:
        """As the operation takes them."""
        given = dict(self.cleaned_data)
        last: date = given.pop("last_day")
        return given | {
            "starts_on": given.pop("first_day"),
            "ends_on": last + timedelta(days=1),
            "institution_id": given.pop("institution").pk,
        }


def typed_of(of: TrainingClass) -> dict[str, Any]:
    """A class as the form shows it."""
    names = (
        "title", "audience", "bucket", "call", "answer_by", "training_days", "hours", "seats",
    )  # fmt: skip
    return {name: getattr(of, name) for name in names} | {
        "institution": of.institution_id,
        "first_day": of.starts_on,
        "last_day": of.last_day,
    }


class SessionForm(forms.Form):
    """A session of the timetable."""

    title = forms.CharField(label=pgettext_lazy("class", "title"), max_length=120)
    kind = forms.ChoiceField(label=_("kind of session"), choices=SessionKind.choices)
    teacher = forms.CharField(label=_("given by"), max_length=100, required=False)
    room = forms.CharField(label=_("room"), max_length=100, required=False)
    starts_at = DateTimeField(
        label=_("starts at"),
    )
    ends_at = DateTimeField(
        label=_("ends at"),
    )
    hours = _number(_("hours of the session"), min_value=0.5, max_digits=4, decimal_places=1)

    def __init__(self, *args: Any, first_day: date, last_day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first_day, self.last_day = first_day, last_day

    def clean(self) -> dict[str, Any]:
        """Within the days of the class, and forwards."""
        given: dict[str, Any] = super().clean() or {}
        starts: datetime | None = given.get("starts_at")
        ends: datetime | None = given.get("ends_at")
        if starts and not self.first_day <= starts.date() <= self.last_day:
            self.add_error("starts_at", _("This day does not belong to the class."))
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("A session ends after it starts."))
        elif starts and ends and "hours" in given:
            most = most_hours(ends - starts)
            if given["hours"] > most:
                said = _("A session of this length is worth %(most)s credit hours at most.")
                self.add_error("hours", said % {"most": f"{most:g}"})
        return given


class ReasonForm(forms.Form):
    """One sentence of reason."""

    reason = forms.CharField(label=_("reason"), max_length=300)


class RecordForm(forms.Form):
    """What happened at an interactive lecture: opening, talk, comment."""

    moderator = forms.CharField(label=_("moderator"), max_length=60)
    opening = forms.CharField(
        label=_("Opening: the question put"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    talk = forms.CharField(
        label=_("Talk: who said what"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("The points made, with names; no word for word."),
    )
    comment = forms.CharField(
        label=_("Comment: what it comes to"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    spoke = forms.IntegerField(label=_("how many spoke"), min_value=1, max_value=2000)


class JudgeForm(forms.Form):
    """A participant's opinion: each criterion from one to five, and a remark."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in Criterion:
            self.fields[criterion.value] = forms.TypedChoiceField(
                label=criterion.label,
                choices=FIVE,
                coerce=int,
                widget=forms.RadioSelect(attrs={"class": "scale"}),
            )
        self.fields["remark"] = forms.CharField(
            label=_("What should be kept, what changed?"),
            required=False,
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Shown as written. Please name nobody, not even yourself."),
        )

    def scores(self) -> dict[str, int]:
        """Criterion → one to five."""
        return {criterion.value: self.cleaned_data[criterion.value] for criterion in Criterion}


class ReviewForm(forms.Form):
    """A department's yearly evaluation: six criteria, each with what it rests on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in InstitutionCriterion:
            self.fields[criterion.value] = forms.TypedChoiceField(
                label=criterion.label, choices=[("", _("Please choose")), *FIVE], coerce=int
            )
            self.fields[f"{criterion.value}_note"] = forms.CharField(
                label=_("on what this rests"), required=False, max_length=500
            )

    def pairs(self) -> list[tuple[Any, Any]]:
        """Score and note of each criterion, as bound fields."""
        return [(self[each.value], self[f"{each.value}_note"]) for each in InstitutionCriterion]

    def scores(self) -> dict[str, tuple[int, str]]:
        """Criterion → (one to five, on what it rests)."""
        given = self.cleaned_data
        return {
            each.value: (given[each.value], given[f"{each.value}_note"])
            for each in InstitutionCriterion
        }


class SheetForm(forms.Form):
    """An attendance sheet, as XLSX or CSV."""

    sheet = forms.FileField(label=_("attendance sheet"))
