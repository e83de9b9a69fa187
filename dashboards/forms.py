"""The filters of a list of people, read from the address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboards.queries import Choice
from people.enums import Rank

STATES = [
    ("", _("All")),
    ("obliged", _("All obliged")),
    ("overdue", _("Overdue")),
    ("short", _("Short")),
    ("on_course", _("On course")),
    ("met", _("Met")),
    ("exempt", _("Exempt")),
    ("not_applicable", _("Not applicable")),
]


class PeopleFilter(forms.Form):
    """What the address says; an unknown value is left out rather than refused."""

    q = forms.CharField(label=_("Name or staff number"), required=False, max_length=60)
    requirement = forms.ChoiceField(label=_("Requirement"), required=False)
    state = forms.ChoiceField(label=_("Standing"), required=False, choices=STATES)
    rank = forms.TypedChoiceField(
        label=_("Rank"), required=False, coerce=int, empty_value=None, choices=[]
    )
    direct = forms.BooleanField(label=_("Only the unit itself"), required=False)
    due = forms.BooleanField(label=_("Behind and due within 90 days"), required=False)

    def __init__(self, *args: Any, requirements: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.input_type = "search"
        ranks = sorted(Rank.choices, reverse=True)
        for name, choices in (
            ("requirement", [("", _("All requirements")), *requirements.items()]),
            ("rank", [("", _("All ranks")), *ranks]),
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
        )
