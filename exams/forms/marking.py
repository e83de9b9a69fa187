"""Input from markers, from those who correct a key, and from candidates who appeal."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams import queries
from exams.engine import items as it
from exams.engine.marking import STEP, in_steps
from exams.enums import Ruling
from exams.models import Exam


class MarkForm(forms.Form):
    """A marker's points for one answer, in halves, or all of them; and a word to the candidate."""

    points = forms.DecimalField(label=gettext_lazy("Points"), localize=False)
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("The candidate reads it beside the points."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, worth: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worth = worth
        step = f"{STEP}" if worth % STEP == 0 else "any"
        self.fields["points"].widget.attrs |= {
            "min": "0",
            "max": it.plain_number(worth),
            "step": step,
            "inputmode": "decimal",
        }

    def clean_points(self) -> Decimal:
        points: Decimal = self.cleaned_data["points"]
        if not in_steps(points, self.worth):
            raise forms.ValidationError(
                _("Please give between 0 and {worth} points, in steps of 0.5.").format(
                    worth=it.plain_number(self.worth)
                )
            )
        return points


class MarkingForm(forms.ModelForm):
    """How answers of an exam are marked by hand, and how long a candidate may appeal."""

    class Meta:
        model = Exam
        fields = ["markers", "tolerance_percent", "appeal_days"]
        widgets = {"markers": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tolerance_percent"].help_text = _(
            "Two markers do not see each other. Where they differ by more, a third is asked."
        )
        self.fields["appeal_days"].help_text = _("From the release of the result; 0: not at all.")


class CorrectionForm(forms.Form):
    """Which question is judged otherwise, how, and why."""

    version = forms.TypedChoiceField(label=gettext_lazy("Question to correct"), coerce=int)
    ruling = forms.ChoiceField(
        label=gettext_lazy("How it is judged"), choices=Ruling.choices, widget=forms.RadioSelect
    )
    replacement = forms.TypedChoiceField(
        label=gettext_lazy("Key of which version"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=gettext_lazy(
            "Mend the question in the bank first; a second person approves it there. "
            "The paper itself stays as it was asked."
        ),
    )
    because = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Candidates whose score changes read it."),
    )

    def __init__(self, *args: Any, asked: list[queries.AskedQuestion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [  # type: ignore[attr-defined]
            ("", _("Please choose")),
            *((q.version_id, f"{q.code}　{shortened(it.plain_stem(q.stem))}") for q in asked),
        ]
        self.fields["replacement"].choices = [  # type: ignore[attr-defined]
            ("", _("Not chosen")),
            *(
                (pk, _("{code}, version {number}").format(code=q.code, number=number))
                for q in asked
                for pk, number in q.later
            ),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("ruling") != Ruling.NEW_KEY:
            cleaned["replacement"] = None
        elif not cleaned.get("replacement") and "replacement" not in self.errors:
            self.add_error("replacement", _("Please choose whose key judges."))
        return cleaned

    def choice(self) -> dict[str, Any]:
        """The keyword arguments of ``drafted_correction``."""
        data = self.cleaned_data
        return {
            "version_id": data["version"],
            "ruling": data["ruling"],
            "replacement_id": data["replacement"],
            "because": data["because"],
        }


class DecisionForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed when you do not approve."),
    )


class AppealForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What should be looked at, and why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AppealAnswerForm(forms.Form):
    """The answer to an appeal; with a question and points the score becomes another."""

    question = forms.TypedChoiceField(
        label=gettext_lazy("Question to be given other points"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=gettext_lazy("Leave empty when the score stands."),
    )
    points = forms.DecimalField(
        label=gettext_lazy("Points"), required=False, localize=False, min_value=Decimal(0)
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer to the candidate"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, lines: list[queries.ReviewedLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worth = {line.number: line.worth for line in lines}
        words = _("Question {place}: {points} of {worth} points")
        self.fields["question"].choices = [  # type: ignore[attr-defined]
            ("", _("Not chosen")),
            *(
                (
                    line.number,
                    words.format(
                        place=line.place,
                        points=it.plain_number(line.points),
                        worth=it.plain_number(line.worth),
                    ),
                )
                for line in lines
            ),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        number, points = cleaned.get("question"), cleaned.get("points")
        if (number is None) != (points is None) and not self.errors:
            self.add_error("points", _("Question and points go together."))
        elif number is not None and points is not None and not in_steps(points, self.worth[number]):
            self.add_error(
                "points",
                _("Please give between 0 and {worth} points, in steps of 0.5.").format(
                    worth=it.plain_number(self.worth[number])
                ),
            )
        return cleaned


def shortened(text: str, most: int = 40) -> str:
    """The beginning of a stem on one line, for lists to choose from."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"
