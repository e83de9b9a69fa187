"""Input for contests and series."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.forms.sittings import HOLDERS, StaffNumbers, UnitsField
from exams.models import Blueprint, Contest, Exam
from people.models import OrgUnit, Person
from people.queries import persons_visible_to, units_managed_by


def _named_numbers(text: str, *, most: int) -> list[list[Any]]:
    """Lines of "name number". Raises ValidationError naming the line."""
    out: list[list[Any]] = []
    for n, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, _space, number = line.replace("：", " ").replace("，", " ").strip().rpartition(" ")
        if not name.strip() or not number.isdigit() or not 1 <= int(number) <= most:
            raise forms.ValidationError(
                _("Line %(n)s: a name and behind it a whole number from 1 to %(most)s are wanted.")
                % {"n": n, "most": most}
            )
        out.append([name.strip()[:60], int(number)])
    if not 1 <= len(out) <= 12:
        raise forms.ValidationError(_("One to twelve lines are wanted."))
    return out


class ContestForm(StaffNumbers, forms.ModelForm):
    """Set up a contest; the jury by staff numbers."""

    criteria = forms.CharField(
        label=gettext_lazy("What the jury judges"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "A line for each: the criterion and its most points, for example “Accuracy 40”."
        ),
    )
    awards = forms.CharField(
        label=gettext_lazy("Awards"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("A line for each, the highest first: name and how many."),
    )

    class Meta:
        model = Contest
        fields = [
            "title", "description", "first_round", "finalists_wanted", "final_on", "first_weight",
        ]  # fmt: skip
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "final_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach = persons_visible_to(by, *HOLDERS)
        fields: dict[str, Any] = self.fields
        fields["first_round"].queryset = Exam.objects.filter(
            is_practice=False, cancelled_at=None
        ).order_by("-pk")
        fields["first_round"].empty_label = _("Please choose")
        fields["description"].label = _("About this contest")
        fields["first_weight"].help_text = _("The jury’s mean has the rest.")
        fields["criteria"].initial = _("Accuracy 40\nArgument 40\nDelivery 20")
        fields["awards"].initial = _("First prize 1\nSecond prize 2\nThird prize 3")
        fields["staff_numbers"].label = _("Jury, by staff number")
        del self.fields["staff_file"]

    def clean_criteria(self) -> list[list[Any]]:
        criteria = _named_numbers(self.cleaned_data["criteria"], most=100)
        # Both rounds are weighed as shares of a hundred.
        total = sum(most for _name, most in criteria)
        if total != 100:
            raise forms.ValidationError(
                _("The points of all lines add up to %(n)s; 100 are wanted.") % {"n": total}
            )
        return criteria

    def clean_awards(self) -> list[list[Any]]:
        return _named_numbers(self.cleaned_data["awards"], most=100)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.jury_ids = self.listed()
        if not self.jury_ids and not self.errors:
            self.add_error("staff_numbers", _("Name at least one person."))
        return cleaned

    def options(self) -> dict[str, Any]:
        names = (*self.Meta.fields, "criteria", "awards")
        return {
            **{name: self.cleaned_data[name] for name in names},
            "jury_ids": self.jury_ids,
        }


class ScoreForm(forms.Form):
    """One member's points for one finalist, a field for each criterion."""

    def __init__(self, *args: Any, criteria: list[list[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n, (name, most) in enumerate(criteria):
            self.fields[f"points{n}"] = forms.DecimalField(
                label=_("{criterion} (0–{most})").format(criterion=name, most=most),
                min_value=Decimal(0),
                max_value=Decimal(most),
                max_digits=5,
                decimal_places=1,
            )

    def points(self) -> list[Decimal]:
        return [self.cleaned_data[name] for name in self.fields]


class SeriesForm(forms.Form):
    """A question a month and a test a quarter, for the rest of a year."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=150)
    year = forms.IntegerField(label=gettext_lazy("Year"))
    month = forms.ModelChoiceField(
        label=gettext_lazy("Blueprint of the month"), queryset=Blueprint.objects.none()
    )
    month_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes for the month"), min_value=1, max_value=120, initial=10
    )
    quarter = forms.ModelChoiceField(
        label=gettext_lazy("Blueprint of the quarter"), queryset=Blueprint.objects.none()
    )
    quarter_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes for the quarter"), min_value=1, max_value=300, initial=60
    )
    quarter_hours = forms.DecimalField(
        label=gettext_lazy("Credit hours for the quarter"),
        min_value=0,
        max_value=20,
        max_digits=4,
        decimal_places=1,
        initial=0,
    )
    units: Any = UnitsField(
        label=gettext_lazy("Units"),
        queryset=OrgUnit.objects.none(),
        required=False,
        help_text=gettext_lazy("With everything below them; none chosen: for everyone."),
    )

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for name in ("month", "quarter"):
            fields[name].queryset = Blueprint.objects.order_by("-pk")
            fields[name].empty_label = _("Please choose")
        fields["units"].queryset = units_managed_by(by, *HOLDERS).filter(is_active=True)
        this = timezone.localdate().year
        fields["year"].min_value, fields["year"].initial = this, this
        fields["year"].widget.attrs |= {"min": this, "max": this + 1}

    def clean_year(self) -> int:
        year = int(self.cleaned_data["year"])
        if not timezone.localdate().year <= year <= timezone.localdate().year + 1:
            raise forms.ValidationError(_("This year or the next."))
        return year
