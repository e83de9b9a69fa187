"""The empty line of a select in Wagtail's admin, in words: Django draws it as dashes in every language."""

from typing import Any

from django.db import models
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import TypedChoiceField
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import register_form_field_override

NOT_CHOSEN = _("not chosen")
PLEASE_CHOOSE = _("Please choose")


class WordedChoiceField(TypedChoiceField):
    """A choice of a model's field that says what its empty line means."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["choices"] = [
            ("", _empty(kwargs.get("required", True))) if [choice] == BLANK_CHOICE_DASH else choice
            for choice in kwargs.get("choices") or ()
        ]
        super().__init__(**kwargs)


def _empty(required: bool) -> Any:
    return PLEASE_CHOOSE if required else NOT_CHOSEN


def register() -> None:
    """Say it for every model field that has no form field of its own."""
    register_form_field_override(
        models.Field,
        override=lambda field: {"choices_form_class": WordedChoiceField} if field.choices else None,
    )
    register_form_field_override(
        models.ForeignKey,
        to=models.Model,
        override=lambda field: {"empty_label": _empty(not field.blank)},
    )
