"""What people type to assign a course."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from courses.models import CoursePage
from courses.queries import Whom
from people.enums import DutyKind, Rank, Stage
from people.fields import DateField, ModelChoiceField
from people.forms import UnitChoiceField
from people.models import OrgUnit, Person

RANKS = [("", _("any"))] + [(str(value), label) for value, label in Rank.choices]


class AssignForm(forms.Form):
    """A course, whom it is for, and by when: a rule over units, or staff numbers, or both."""

    course = ModelChoiceField(
        label=_("course"), queryset=CoursePage.objects.none(), empty_label=_("Please choose")
    )
    unit = UnitChoiceField(
        label=_("within"),
        queryset=OrgUnit.objects.none(),
        help_text=_("Nobody outside this unit is meant."),
    )
    everybody = forms.BooleanField(
        label=_("everybody of this unit whom the conditions below describe, also later joiners"),
        required=False,
    )
    min_rank = forms.TypedChoiceField(
        label=_("rank from"), choices=RANKS, coerce=int, empty_value=None, required=False
    )
    max_rank = forms.TypedChoiceField(
        label=_("rank up to"), choices=RANKS, coerce=int, empty_value=None, required=False
    )
    duties = forms.MultipleChoiceField(
        label=_("holders of a party duty"),
        choices=DutyKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    stages = forms.MultipleChoiceField(
        label=_("at a membership stage"),
        choices=Stage.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    staff_numbers = forms.CharField(
        label=_("these persons as well, by staff number"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Separated by spaces, commas or lines."),
    )
    deadline_on = DateField(
        label=_("to be completed by"),
    )

    def __init__(
        self,
        *args: Any,
        courses: QuerySet[CoursePage],
        units: QuerySet[OrgUnit],
        visible: QuerySet[Person],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = courses  # type: ignore[attr-defined]
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.visible, self.today = visible, today

    def clean_staff_numbers(self) -> list[int]:
        """Primary keys of the persons; a number not found is named."""
        text = self.cleaned_data["staff_numbers"]
        for mark in ",，、;；":
            text = text.replace(mark, " ")
        numbers = set(text.split())
        found = dict(
            self.visible.filter(staff_number__in=numbers, is_active=True).values_list(
                "staff_number", "pk"
            )
        )
        missing = sorted(numbers - set(found))
        if missing:
            raise forms.ValidationError(
                _("Not found, please check: %(numbers)s"),
                params={"numbers": " ".join(missing[:20])},
            )
        return list(found.values())

    def clean(self) -> dict[str, Any]:
        """Somebody is meant, by a day that is not past, with ranks in order."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and not given.get("everybody") and not given.get("staff_numbers"):
            self.add_error(
                "everybody", _("Tick this, or give staff numbers: otherwise nobody is meant.")
            )
        if given.get("deadline_on") and given["deadline_on"] < self.today:
            self.add_error("deadline_on", _("This day is past."))
        low, high = given.get("min_rank"), given.get("max_rank")
        if low is not None and high is not None and high < low:
            self.add_error("max_rank", _("This rank is below the other."))
        return given

    def whom(self) -> Whom:
        """Whom it means, for the operation."""
        given = self.cleaned_data
        return Whom(
            persons=given["staff_numbers"],
            units=[given["unit"].pk] if given["everybody"] else [],
            min_rank=given["min_rank"],
            max_rank=given["max_rank"],
            duties=given["duties"],
            stages=given["stages"],
        )


class RemarkForm(forms.Form):
    """What a learner says of a sitting, or what the unit answers."""

    text = forms.CharField(
        label=_("What is wrong with this sitting?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    """What the unit answers to a contested sitting."""

    answer = forms.CharField(
        label=_("What you answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
