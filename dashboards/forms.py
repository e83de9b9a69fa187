"""The filters of a list of people, read from the address."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from dashboards import statements
from dashboards.enums import LeagueMetric, StatementKind
from dashboards.queries import Choice
from dashboards.wording import STATES
from people.enums import DutyKind, Rank
from people.fields import DateField
from people.forms import UnitChoiceField
from people.models import OrgUnit
from people.numbers import whole_number

SORTS = [
    ("", _("Most pressing first")),
    ("due", _("Nearest date first")),
    ("name", _("Name")),
    ("number", _("Staff number")),
    ("unit", _("Unit")),
    ("rank", _("Rank")),
]
MONTHS = (1, 3, 6, 12)
EARLIEST_YEAR = 1990


class PeopleFilter(forms.Form):
    """What the address says; an unknown value is left out rather than refused."""

    q = forms.CharField(label=_("Name, pinyin or staff number"), required=False, max_length=60)
    place = forms.CharField(label=_("Unit"), required=False, max_length=40)
    requirement = forms.ChoiceField(label=_("Requirement"), required=False)
    state = forms.ChoiceField(label=_("Standing"), required=False, choices=STATES)
    rank = forms.TypedChoiceField(
        label=_("Rank"), required=False, coerce=int, empty_value=None, choices=[]
    )
    duty = forms.ChoiceField(label=_("Party duty"), required=False, choices=[])
    months = forms.TypedChoiceField(
        label=_("Not met and due"), required=False, coerce=int, empty_value=None, choices=[]
    )
    due_before = DateField(label=_("Due before"), required=False)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)
    direct = forms.BooleanField(label=_("Only the unit itself"), required=False)
    due = forms.BooleanField(label=_("Behind and due within 90 days"), required=False)

    def __init__(
        self,
        *args: Any,
        requirements: dict[str, str],
        places: Iterable[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.input_type = "search"
        self.fields["place"].widget = forms.Select(choices=[("", _("All units")), *places])
        months = [
            (n, ngettext_lazy("within %(n)s month", "within %(n)s months", n) % {"n": n})
            for n in sorted({*MONTHS, *_asked(self.data.get("months", ""))})
        ]
        for name, choices in (
            ("requirement", [("", _("All requirements")), *requirements.items()]),
            ("rank", [("", _("All ranks")), *sorted(Rank.choices, reverse=True)]),
            ("duty", [("", _("All duties")), *DutyKind.choices]),
            ("months", [("", _("At any time")), *months]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared so above
            field.choices = choices

    def choice(self) -> Choice:
        """The filters as a value."""
        self.is_valid()
        chosen = self.cleaned_data
        return Choice(
            requirement=chosen.get("requirement", ""),
            state=chosen.get("state", ""),
            rank=chosen.get("rank"),
            q=chosen.get("q", "").strip(),
            direct=chosen.get("direct", False),
            due_soon=chosen.get("due", False),
            place=chosen.get("place", ""),
            duty=chosen.get("duty", ""),
            due_before=chosen.get("due_before"),
            months=chosen.get("months"),
            sort=chosen.get("sort", ""),
        )

    def said(self) -> list[str]:
        """The filters chosen, one line each, as they stand above a list that left the page."""
        self.is_valid()
        lines = []
        for name, value in self.cleaned_data.items():
            if value in ("", None, False):
                continue
            field = self.fields[name]
            label = str(field.label)
            if value is True:
                lines.append(label)
                continue
            said = str(value)
            choices: Any = getattr(field.widget, "choices", ())
            if choices:
                said = next((str(word) for code, word in choices if str(code) == said), said)
            elif isinstance(value, date):
                said = date_format(value, "DATE_FORMAT")
            lines.append(gettext("%(label)s: %(value)s") % {"label": label, "value": said})
        return lines


def _asked(months: str) -> list[int]:
    """A number of months written into the address by hand."""
    number = whole_number(months, least=1, most=120)
    return [number] if number else []


class AsOfForm(forms.Form):
    """Two days: activity up to the one, as known at the end of the other."""

    on = DateField(
        label=_("Activity up to"),
        help_text=_("The day included; the rules of that day apply."),
    )
    known = DateField(
        label=_("Postings up to"),
        help_text=_("The day included: what was posted, approved or merged later is left out."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        """Neither day lies in the future or before there were records."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("on", "known"):
            day = cleaned.get(name)
            if day and day > self.today:
                self.add_error(name, _("This day is still to come."))
            elif day and day.year < EARLIEST_YEAR:
                self.add_error(name, _("There are no records of so long ago."))
        return cleaned


class StatementForm(forms.Form):
    """Unit, kind and the two dates of a statement."""

    unit = UnitChoiceField(label=_("Unit"), queryset=OrgUnit.objects.none(), to_field_name="code")
    kind = forms.ChoiceField(label=_("Kind"), choices=StatementKind.choices)
    activity_on = DateField(
        label=_("Activity up to"),
        help_text=_("The day included."),
    )
    known_on = DateField(
        label=_("Postings up to"),
        required=False,
        help_text=_("The day included; empty for everything posted until now."),
    )

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared so above
        field.queryset = units
        today = timezone.localdate(now)
        self.fields["activity_on"].initial = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """Neither day lies in the future, and postings are not cut off before the activity."""
        cleaned: dict[str, Any] = super().clean() or {}
        today = timezone.localdate(self.now)
        activity_on, known_on = cleaned.get("activity_on"), cleaned.get("known_on")
        if activity_on and activity_on > today:
            self.add_error("activity_on", _("This day is still to come."))
        if known_on and known_on > today:
            self.add_error("known_on", _("This day is still to come."))
        elif known_on and activity_on and known_on < activity_on:
            self.add_error("known_on", _("Postings end before the activity does."))
        return cleaned

    def known_at(self) -> datetime:
        """The last moment of the day given, never later than now."""
        known_on = self.cleaned_data.get("known_on")
        return min(statements.end_of(known_on), self.now) if known_on else self.now


class LeagueForm(forms.Form):
    """Whose units are ranked, by which figure, and what for."""

    unit = UnitChoiceField(
        label=_("Units directly below"), queryset=OrgUnit.objects.none(), to_field_name="code"
    )
    metric = forms.ChoiceField(label=_("Figure"), choices=LeagueMetric.choices)
    requirement = forms.ChoiceField(label=_("Requirement"), required=False)
    least_obliged = forms.IntegerField(
        label=_("Ranked from how many obliged on"),
        min_value=5,
        max_value=10_000,
        initial=10,
        help_text=_("Smaller units are listed without a place, so that no person shows through."),
    )
    note = forms.CharField(
        label=_("What it is for"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, *args: Any, units: QuerySet[OrgUnit], requirements: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        unit, requirement = self.fields["unit"], self.fields["requirement"]
        assert isinstance(unit, forms.ModelChoiceField)  # noqa: S101  declared so above
        assert isinstance(requirement, forms.ChoiceField)  # noqa: S101
        unit.queryset = units
        requirement.choices = [("", _("All requirements")), *requirements.items()]


class RefusalForm(forms.Form):
    """Why something is refused."""

    reason = forms.CharField(
        label=_("Reason for refusing it"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class ScheduleForm(forms.Form):
    """Which statements a unit gets by themselves."""

    unit = UnitChoiceField(label=_("Unit"), queryset=OrgUnit.objects.none(), to_field_name="code")
    half_year = forms.BooleanField(label=_("Half-year, on 1 August"), required=False)
    year_end = forms.BooleanField(label=_("Year, on 1 February"), required=False)

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared so above
        field.queryset = units


class WithdrawalForm(forms.Form):
    """Why a statement is taken back."""

    because = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class PlanForm(forms.Form):
    """Requirement, horizon and the class to be filled."""

    unit = UnitChoiceField(label=_("Unit"), queryset=OrgUnit.objects.none(), to_field_name="code")
    requirement = forms.ChoiceField(label=_("Requirement"))
    title = forms.CharField(label=_("Name of the class"), max_length=120)
    horizon_on = DateField(label=_("Plans for what is due by"))
    class_days = forms.DecimalField(
        label=_("Training days of the class"),
        min_value=Decimal("0.5"),
        max_value=Decimal(366),
        decimal_places=1,
    )
    capacity = forms.IntegerField(label=_("Seats"), min_value=1, max_value=5000)
    most_of_a_unit = forms.IntegerField(
        label=_("At most from one unit"),
        min_value=1,
        required=False,
        help_text=_("So that no unit stands empty during the class; leave blank for no limit."),
    )

    def __init__(
        self,
        *args: Any,
        units: QuerySet[OrgUnit],
        requirements: dict[str, str],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        unit, requirement = self.fields["unit"], self.fields["requirement"]
        assert isinstance(unit, forms.ModelChoiceField)  # noqa: S101  declared so above
        assert isinstance(requirement, forms.ChoiceField)  # noqa: S101
        unit.queryset = units
        requirement.choices = list(requirements.items())
        self.fields["horizon_on"].initial = date(today.year, 12, 31).isoformat()
