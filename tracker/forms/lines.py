"""What people type about a record and its lines."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import DateField
from tracker.forms.posting import amount
from tracker.models import Entry
from tracker.rules import Measures, end_of_day
from tracker.rules.plain import amount as plain_amount


class AsOfForm(forms.Form):
    """Two days of an address: activity up to ``on``, as known at the end of ``known``."""

    on = DateField(
        label=_("Activity up to"),
        required=False,
    )
    known = DateField(
        label=_("As known on"),
        required=False,
    )

    def moments(self, now: datetime, today: date) -> tuple[date, datetime]:
        """(on, known_at); today and now where a field is empty or makes no sense."""
        self.is_valid()
        cleaned: dict[str, Any] = getattr(self, "cleaned_data", {})
        on, known = cleaned.get("on"), cleaned.get("known")
        if on is None:
            on = today
        if known is None:
            return on, now
        return on, end_of_day(known)


class RemarkForm(forms.Form):
    text = forms.CharField(
        label=_("What is wrong with this line?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Your answer to the remark"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


TAKE_BACK, CORRECT = "take_back", "correct"


class PutRightForm(forms.Form):
    """Take a line back, or post it anew with the right figures; either way with a reason."""

    what = forms.ChoiceField(
        label=_("What is to be done"),
        choices=[
            (CORRECT, _("correct the figures")),
            (TAKE_BACK, _("take the line back")),
        ],
        initial=CORRECT,
        widget=forms.RadioSelect,
    )
    training_days = amount(_("Training days"))
    hours = amount(_("Credit hours"))
    credits = amount(_("Credits"))
    because = forms.CharField(
        label=_("Reason for the change"),
        help_text=_("It stands in the record; an open remark is answered with it."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    remark = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        self.entry = entry
        present: dict[str, Any] = {
            name: plain_amount(getattr(entry, name)) if getattr(entry, name) else None
            for name in ("training_days", "hours", "credits")
        }
        kwargs["initial"] = {**present, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def measures(self) -> Measures | None:
        """The right figures; None when the line is only taken back."""
        chosen = self.cleaned_data
        if chosen["what"] == TAKE_BACK:
            return None
        return Measures(
            chosen.get("hours") or Decimal(0),
            chosen.get("credits") or Decimal(0),
            chosen.get("training_days") or Decimal(0),
            self.entry.events,
        )

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        if self.errors or chosen.get("what") != CORRECT:
            return chosen
        right = self.measures()
        entry = self.entry
        same = right == Measures(entry.hours, entry.credits, entry.training_days, entry.events)
        # Posted anew, a line without a unit gets the one the person has by now.
        gains_a_unit = entry.unit_id is None and entry.person and entry.person.unit_id
        if same and not gains_a_unit:
            self.add_error("hours", _("These are the figures the line has already."))
        elif right and not (right.hours or right.credits or right.training_days):
            self.add_error(
                "hours", _("At least one figure is above zero; otherwise take the line back.")
            )
        return chosen
