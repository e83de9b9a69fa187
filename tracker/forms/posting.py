"""A line that is typed, and the figures of one."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from people.fields import DateField
from people.models import Person
from people.queries import search_people
from tracker.enums import Bucket, ConfirmerKind
from tracker.models import Institution
from tracker.rules import Measures


def amount(label: Any) -> forms.DecimalField:
    """Hours, days or credits; left empty they are none."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(0),
        max_digits=8,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )


class PostingForm(forms.Form):
    """A line typed by hand: who studied what, where, when, how much, and who vouches for it."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    # The line that was taken back and in place of which this one is posted.
    like = forms.IntegerField(required=False, widget=forms.HiddenInput)
    who = forms.CharField(
        label=_("Person"),
        help_text=_("Staff number, or the name"),
        max_length=60,
    )
    bucket = forms.ChoiceField(label=_("Form of study"))
    title = forms.CharField(label=_("What was studied"), max_length=200)
    institution = forms.ModelChoiceField(
        label=_("Institution"),
        queryset=Institution.objects.none(),
        required=False,
        empty_label=_("none"),
    )
    first_day = DateField(label=_("First day"))
    last_day = DateField(label=_("Last day"))
    training_days = amount(_("Training days"))
    hours = amount(_("Credit hours"))
    credits = amount(_("Credits"))
    confirmer = forms.ChoiceField(label=_("Who confirms"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Evidence"),
        help_text=_("Certificate or roll by which this can be checked, and where it is kept"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        persons: QuerySet[Person],
        institutions: QuerySet[Institution],
        only_institution: bool,
        today: date,
        **kwargs: Any,
    ) -> None:
        """``only_institution``: staff of an institution, who vouch for nothing but their own."""
        super().__init__(*args, **kwargs)
        self.persons, self.today = persons, today
        self.person: Person | None = None
        confirmers = [ConfirmerKind.INSTITUTION]
        if not only_institution:
            confirmers += [ConfirmerKind.UNIT, ConfirmerKind.ORGANISER]
        for name, choices in (
            ("bucket", [("", _("Please choose")), *Bucket.choices]),
            ("confirmer", [(kind.value, kind.label) for kind in confirmers]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared so above
            field.choices = choices
        if only_institution:
            self.fields["confirmer"].initial = ConfirmerKind.INSTITUTION.value
            self.fields["institution"].required = True
        where = self.fields["institution"]
        assert isinstance(where, forms.ModelChoiceField)  # noqa: S101  declared so above
        where.queryset = institutions

    def clean_who(self) -> str:
        words: str = self.cleaned_data["who"].strip()
        found = list(self.persons.filter(staff_number__iexact=words).select_related("unit")[:1])
        if not found:
            found = list(self.persons.filter(name=words).select_related("unit")[:6])
        if not found:
            found = list(search_people(self.persons, words).select_related("unit")[:6])
        if not found:
            raise forms.ValidationError(
                _("Nobody of your part of the tree has this staff number or name.")
            )
        if len(found) > 1:
            names = [
                f"{p.name} {p.staff_number} {p.unit.name if p.unit else ''}" for p in found[:5]
            ]
            names += ["…"] if len(found) > 5 else []
            raise forms.ValidationError(
                _("Several people match; please type the staff number: %(names)s"),
                params={"names": "; ".join(name.strip() for name in names)},
            )
        self.person = found[0]
        return found[0].staff_number

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        first, last = chosen.get("first_day"), chosen.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first."))
        elif last and last > self.today:
            self.add_error("last_day", _("It is posted once it has ended."))
        amounts = ("training_days", "hours", "credits")
        if not any(chosen.get(name) for name in amounts) and not set(amounts) & set(self.errors):
            self.add_error("hours", _("Please fill in at least one of the three figures."))
        if (
            chosen.get("confirmer") == ConfirmerKind.INSTITUTION
            and not chosen.get("institution")
            and "institution" not in self.errors
        ):
            self.add_error("institution", _("Please say which institution confirms it."))
        return chosen

    def measures(self) -> Measures:
        chosen = self.cleaned_data
        return Measures(
            chosen.get("hours") or Decimal(0),
            chosen.get("credits") or Decimal(0),
            chosen.get("training_days") or Decimal(0),
            1,
        )
