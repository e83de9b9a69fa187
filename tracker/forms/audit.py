"""What is asked of the audit log."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people import deeds
from people.fields import DateField


class AuditFilter(forms.Form):
    """What the address asks of the audit log; a day that is none is left out rather than refused."""

    by = forms.CharField(label=_("Who did it"), required=False, max_length=60)
    about = forms.CharField(label=_("About whom"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[("", _("Everything")), *((key, kind[0]) for key, kind in deeds.KINDS.items())],
    )
    since = DateField(label=_("from"), required=False)
    until = DateField(label=_("until"), required=False)

    def chosen(self) -> dict[str, Any]:
        """The filters that could be read."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value}
