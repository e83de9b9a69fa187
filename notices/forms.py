"""How a unit wants to be reminded, and where a person wants mail, as people type it."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MannersForm(forms.Form):
    """Mail or not, quiet hours, how often at most."""

    by_mail = forms.BooleanField(label=_("also by e-mail"), required=False)
    quiet_from = forms.TimeField(
        label=_("quiet from"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    quiet_until = forms.TimeField(
        label=_("quiet until"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    weekly_cap = forms.IntegerField(label=_("reminders a week at most"), min_value=0, max_value=7)


class AddressForm(forms.Form):
    """Where my notices are mailed to."""

    email = forms.EmailField(
        label=_("e-mail address"),
        required=False,
        max_length=254,
        help_text=_("Leave it blank to get no mail. Nobody else sees it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
