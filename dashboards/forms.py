"""The filters of a list of people, read from the address."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from dashboards.queries import Choice
from dashboards.words import STATES
from people.enums import DutyKind, Rank

SORTS = [
    ("", _("Most pressing first")),
    ("due", _("Nearest date first")),
    ("name", _("Name")),
    ("number", _("Staff number")),
    ("unit", _("Unit")),
    ("rank", _("Rank")),
]
MONTHS = (1, 3, 6, 12)


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
    due_before = forms.DateField(
        label=_("Due before"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
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
    return [int(months)] if months.isdecimal() and 1 <= int(months) <= 120 else []
