"""Filters of the bank, and the reason of a review."""

import json
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy, pgettext_lazy

from exams import queries
from exams.enums import Difficulty, QuestionStatus, QuestionType
from exams.models import Category
from people.models import Person


class BankFilter(forms.Form):
    """The list's filters; they stand in the address."""

    q = forms.CharField(label=gettext_lazy("Words or code"), required=False, max_length=100)
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=Category.objects.none(),
        required=False,
        empty_label=gettext_lazy("All"),
    )
    type = forms.ChoiceField(
        label=pgettext_lazy("exam", "Type"),
        required=False,
        choices=[("", gettext_lazy("All")), *QuestionType.choices],
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            *QuestionStatus.choices,
            ("stale", gettext_lazy("cited article changed")),
            ("weak", gettext_lazy("weak in a sitting")),
        ],
    )
    difficulty = forms.ChoiceField(
        label=gettext_lazy("Difficulty"),
        required=False,
        choices=[("", gettext_lazy("All")), *Difficulty.choices],
    )
    tag = forms.CharField(label=gettext_lazy("Tag"), required=False, max_length=50)
    mine = forms.BooleanField(label=gettext_lazy("Only mine"), required=False)

    def applied_to(self, found: QuerySet[Any], person: Person) -> QuerySet[Any]:
        """The questions that pass the filters of a valid form."""
        data = self.cleaned_data
        if data["q"]:
            found = found.filter(
                Q(code__icontains=data["q"])
                | Q(current__body__stem__icontains=data["q"])
                | Q(current__knowledge_point__icontains=data["q"])
            )
        if data["category"]:
            found = queries.in_category(found, data["category"].full_name)
        if data["type"]:
            found = found.filter(current__type=data["type"])
        if data["difficulty"]:
            found = found.filter(current__difficulty=data["difficulty"])
        if data["tag"]:
            # A JSON list: the tag between its quotation marks, on both databases.
            found = found.annotate(tag_text=Cast("current__tags", models.TextField())).filter(
                Q(tag_text__contains=json.dumps(data["tag"], ensure_ascii=False))
                | Q(tag_text__contains=json.dumps(data["tag"]))
            )
        if data["status"] == "stale":
            found = found.filter(is_stale=True).exclude(status=QuestionStatus.RETIRED)
        elif data["status"] == "weak":
            found = found.filter(is_weak=True).exclude(status=QuestionStatus.RETIRED)
        elif data["status"]:
            found = found.filter(status=data["status"])
        if data["mine"]:
            found = found.filter(author=person)
        return found

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = Category.objects.order_by("full_name")


class ReasonForm(forms.Form):
    """A reviewer's reason; needed when returning."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
