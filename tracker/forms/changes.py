"""Changes of a career, and refusing what was asked for."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.enums import Authority, Grade, Rank
from people.fields import DateField
from tracker import queries
from tracker.enums import ChangeKind


class ChangeForm(forms.Form):
    """One form for every kind of change: it has the fields its kind needs."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    unit = forms.CharField(
        label=_("unit"), help_text=_("Its code or its full name"), max_length=100
    )
    post_title = forms.CharField(label=_("post title"), max_length=100)
    rank = forms.TypedChoiceField(label=_("rank"), choices=Rank, coerce=int)
    grade = forms.TypedChoiceField(label=_("civil-service grade"), choices=Grade, coerce=int)
    authority = forms.ChoiceField(label=_("managed by"), choices=Authority)
    leading = forms.BooleanField(label=_("leading post"), required=False)
    requirements = forms.MultipleChoiceField(
        label=_("For which requirements"),
        help_text=_("None chosen: for all"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    starts_on = DateField(label=_("First day"))
    last_day = DateField(
        label=_("Last day"), required=False, help_text=_("Left empty: until further notice")
    )
    due_on = DateField(
        label=_("new last day"),
        help_text=_("Up to and including this day the requirement can be met"),
    )
    note = forms.CharField(
        label=_("Reason and document"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, kind: ChangeKind, titles: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.moves = kind in queries.MOVES
        unused = ["requirements", "last_day", "due_on"]
        if not self.moves:
            unused = ["unit", "post_title", "rank", "grade", "authority", "leading"]
            if kind != ChangeKind.EXTENSION:
                unused.append("due_on")
            if kind in (ChangeKind.LEAVE, ChangeKind.POSTED_AWAY):
                unused.append("requirements")
        for name in unused:
            del self.fields[name]
        if "requirements" in self.fields:
            field = self.fields["requirements"]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  declared so above
            field.choices = [
                (code, titles[code]) for code in sorted(titles, key=lambda code: titles[code])
            ]

    def clean_unit(self) -> Any:
        words = self.cleaned_data["unit"].strip()
        found = queries.unit_called(words)
        if not found:
            raise forms.ValidationError(_("No unit has this code or name."))
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several units have this name; please type the code: %(codes)s"),
                params={"codes": "、".join(unit.code for unit in found)},
            )
        return found[0]

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        first, last, due = (chosen.get(name) for name in ("starts_on", "last_day", "due_on"))
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first."))
        if first and due and due < first:
            self.add_error("due_on", _("The new last day is before the first day."))
        return chosen

    def fields_of_change(self) -> dict[str, Any]:
        """What ``operations.ask_change`` takes."""
        chosen = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("token", "last_day")
        }
        last = self.cleaned_data.get("last_day")
        return {
            "kind": self.kind.value,
            **chosen,
            "ends_on": last + timedelta(days=1) if last else None,
        }


class RefusalForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason for refusing it"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
