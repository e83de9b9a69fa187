"""What people type about people."""

from typing import Any

from allauth.account.forms import SetPasswordForm
from django import forms
from django.utils.translation import gettext_lazy as _

from people.enums import Authority, DutyKind, Grade, OrgKind, Rank, Role, Stage
from people.fields import DateField
from people.models import OrgUnit


def indented(unit: Any) -> str:
    """The name of a unit in a list of choices, set in by its depth in the tree."""
    return "\u3000" * (unit.depth - 1) + str(unit.name)


class UnitChoiceField(forms.ModelChoiceField):
    """A unit of the part of the tree the asker works with, indented by depth."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"empty_label": _("Please choose"), **kwargs})

    def label_from_instance(self, unit: Any) -> str:
        return indented(unit)


class _UnitForm(forms.Form):
    """A form with a unit to choose; the caller says which units are within reach."""

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, UnitChoiceField):
                field.queryset = units


class PersonForm(_UnitForm):
    staff_number = forms.RegexField(
        r"^[A-Za-z0-9._-]+$",
        max_length=40,
        label=_("staff number"),
        error_messages={"invalid": _("Letters, digits, full stop, hyphen and underscore only.")},
    )
    name = forms.CharField(max_length=60, label=_("name"))
    unit = UnitChoiceField(OrgUnit.objects.none(), label=_("unit"))


class AppointmentForm(_UnitForm):
    unit = UnitChoiceField(OrgUnit.objects.none(), label=_("unit"))
    title = forms.CharField(max_length=100, label=_("post title"))
    rank = forms.TypedChoiceField(choices=Rank, coerce=int, label=_("rank"))
    grade = forms.TypedChoiceField(choices=Grade, coerce=int, label=_("civil-service grade"))
    authority = forms.ChoiceField(choices=Authority, label=_("managed by"))
    leading = forms.BooleanField(required=False, label=_("leading post"))
    starts_on = DateField(label=_("from"))


class DutyForm(_UnitForm):
    kind = forms.ChoiceField(choices=DutyKind, label=_("duty"))
    unit = UnitChoiceField(OrgUnit.objects.none(), label=_("party organisation"))
    starts_on = DateField(label=_("from"))


class StageForm(forms.Form):
    stage = forms.ChoiceField(choices=Stage, label=_("stage"))
    starts_on = DateField(label=_("from"))


class RoleForm(_UnitForm):
    role = forms.ChoiceField(choices=Role, label=_("role"))
    unit = UnitChoiceField(OrgUnit.objects.none(), label=_("for the part of the tree below"))


class UnitForm(_UnitForm):
    code = forms.RegexField(
        r"^[A-Za-z0-9._-]+$",
        max_length=40,
        label=_("Unit code"),
        error_messages={"invalid": _("Letters, digits, full stop, hyphen and underscore only.")},
    )
    name = forms.CharField(max_length=100, label=_("unit name"))
    kind = forms.ChoiceField(choices=OrgKind, label=_("kind"))
    parent = UnitChoiceField(OrgUnit.objects.none(), label=_("higher unit"))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if OrgUnit.objects.filter(code=code).exists():
            raise forms.ValidationError(_("Another unit has this code already."))
        return code


class MoveUnitForm(_UnitForm):
    below = UnitChoiceField(OrgUnit.objects.none(), label=_("move below"))


class RosterFileForm(forms.Form):
    file = forms.FileField(
        label=_("List"),
        help_text=_("XLSX or CSV, at most 10 MB and 50 000 rows; persons or units."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )


class ChoosePasswordForm(SetPasswordForm):
    """A password of one's own, twice; another than the one it takes the place of."""

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        if self.user.check_password(password):
            raise forms.ValidationError(
                _("This is the password you were given. Please choose another."), code="given"
            )
        return password
