"""Form fields that take only what a record can hold.

Django's own let a day of the year 1 or 9999 through, from which neither a time zone's offset nor
the day after can be taken, and hand keys beyond 64 bits to a database that breaks on them.
"""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from people.numbers import LARGEST

# Beyond these no day of a record lies.
PLAUSIBLE_YEARS = range(1900, 2201)


def _check_year(day: date | None) -> None:
    if day is not None and day.year not in PLAUSIBLE_YEARS:
        raise ValidationError(
            _("Please give a year from %(first)s to %(last)s."),
            code="implausible_year",
            params={"first": str(PLAUSIBLE_YEARS[0]), "last": str(PLAUSIBLE_YEARS[-1])},
        )


class DayInput(forms.DateInput):
    """The browser's own calendar, which takes days in no form but this."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """The same with a time of day, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class DateField(forms.DateField):
    """A day of a plausible year."""

    widget = DayInput

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        _check_year(day)
        return day


class DateTimeField(forms.DateTimeField):
    """An instant of a plausible year."""

    widget = MomentInput

    def to_python(self, value: Any) -> datetime | None:
        instant = super().to_python(value)
        _check_year(instant)
        return instant


def _is_beyond_every_key(value: Any) -> bool:
    text = str(value)
    return len(text) > len(str(LARGEST)) or (text.isdecimal() and int(text) > LARGEST)


class ModelChoiceField(forms.ModelChoiceField):
    """For models whose key is another model's, as a page's: Django looks these up unchecked."""

    def to_python(self, value: Any) -> Any:
        if _is_beyond_every_key(value):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)


class ModelMultipleChoiceField(forms.ModelMultipleChoiceField):
    """Several of them; Django checks the size of a key when one is asked for, not when several are."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if _is_beyond_every_key(key):
                raise ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": str(key)[:40]},
                )
        return super().clean(value)
