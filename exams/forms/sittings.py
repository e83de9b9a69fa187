"""Input from those who hold exams: blueprints, exams and their candidates, time, make-up sittings."""

import io
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exams import queries
from exams.engine import drawing
from exams.engine.certainty import GARDNER_MEDWIN
from exams.engine.formats.archive import opened
from exams.engine.formats.base import decoded
from exams.enums import Audience, PaperState, QuestionStatus
from exams.models import Blueprint, BlueprintRow, Category, Exam, Paper, PaperItem, Question
from exams.queries import ListProblem, PostRule
from people.enums import DutyKind, Rank, Role, Stage
from people.fields import DateTimeField, ModelMultipleChoiceField
from people.forms import indented
from people.models import OrgUnit, Person
from people.queries import headcounts, persons_visible_to, units_managed_by

LARGEST_LIST = 2_000_000  # bytes of a file of staff numbers
PROBLEMS_SHOWN = 30
HOLDERS = (Role.QUESTION_SETTER, Role.TRAINING_ADMIN)  # EXAM_ROLES, whose reach candidates lie in


class BlueprintForm(forms.ModelForm):
    class Meta:
        model = Blueprint
        fields = ["title"]


class BlueprintRowForm(forms.ModelForm):
    class Meta:
        model = BlueprintRow
        fields = ["category", "knowledge_point", "type", "difficulty", "count", "points"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["knowledge_point"].widget.attrs["list"] = "knowledge-points"
        for name, empty in (
            ("category", _("any category")),
            ("type", _("any type")),
            ("difficulty", _("any difficulty")),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = empty
                field.queryset = Category.objects.order_by("full_name")
            else:
                field.choices = [("", empty), *[c for c in field.choices if c[0] not in ("", None)]]  # type: ignore[attr-defined]


BlueprintRows = forms.formset_factory(
    BlueprintRowForm, extra=0, min_num=1, max_num=30, validate_min=True, can_delete=False
)


class FixedPaperForm(forms.Form):
    """A paper of chosen questions: a code a line, in the order of the paper, its points behind it."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    points = forms.DecimalField(
        label=gettext_lazy("Points each"), min_value=Decimal("0.5"), max_value=1000, max_digits=6,
        decimal_places=2, initial=2,
        help_text=gettext_lazy(
            "For questions whose line names no points and for which none are suggested in the bank."
        ),
    )  # fmt: skip
    codes = forms.CharField(
        label=gettext_lazy("Questions"),
        widget=forms.Textarea(attrs={"rows": 12}),
        max_length=20_000,
        help_text=gettext_lazy(
            "One code a line, in the order of the paper; points may stand behind it."
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.lines: list[tuple[int, Decimal]] = []
        entries = [
            (n, line.replace("，", " ").split())
            for n, line in enumerate(cleaned.get("codes", "").splitlines(), 1)
            if line.strip()
        ]
        ready = {
            code: (version, points)
            for code, version, points in Question.objects.filter(
                code__in=[parts[0] for _n, parts in entries], status=QuestionStatus.READY
            ).values_list("code", "current_id", "current__points")
        }
        seen: set[str] = set()
        for n, parts in entries:
            code = parts[0]
            if code in seen:
                self.add_error(
                    "codes", _("Line %(n)s: %(text)s stands here twice.") % {"n": n, "text": code}
                )
                continue
            seen.add(code)
            if code not in ready:
                self.add_error(
                    "codes",
                    _("Line %(n)s: no question with code %(text)s is ready to be drawn.")
                    % {"n": n, "text": code},
                )
                continue
            version, suggested = ready[code]
            worth = suggested or cleaned.get("points") or Decimal(1)
            if len(parts) > 1:
                try:
                    worth = Decimal(parts[1]).quantize(Decimal("0.01"))
                    if not Decimal(0) < worth <= 1000:
                        raise ValueError(worth)
                except (ArithmeticError, ValueError):
                    self.add_error(
                        "codes",
                        _("Line %(n)s: %(text)s is no number of points.")
                        % {"n": n, "text": parts[1]},
                    )
                    continue
            self.lines.append((version, worth))
        return cleaned


def problem_words(problem: ListProblem) -> str:
    """What is wrong with a line of a list, and how to mend it."""
    if problem.code == "twice":
        return _("Line %(n)s: %(text)s stands here twice.") % {
            "n": problem.line, "text": problem.text,
        }  # fmt: skip
    if problem.code == "other_name":
        return _("Line %(n)s: %(text)s – this staff number belongs to %(name)s.") % {
            "n": problem.line, "text": problem.text, "name": problem.name,
        }  # fmt: skip
    return _("Line %(n)s: nobody with staff number %(text)s was found. Please check the number.") % {
        "n": problem.line, "text": problem.text,
    }  # fmt: skip


class StaffNumbers(forms.Form):
    """A list of people, pasted or as a file (text or the first columns of a spreadsheet)."""

    staff_numbers = forms.CharField(
        label=gettext_lazy("Staff numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=LARGEST_LIST,
        help_text=gettext_lazy(
            "One a line; a name may stand behind it and is then compared. Nothing is stored while a line is wrong."
        ),
    )
    staff_file = forms.FileField(
        label=gettext_lazy("or a file"),
        required=False,
        help_text=gettext_lazy(
            ".txt, .csv or .xlsx: staff number first, name second; at most 2 MB."
        ),
    )
    reach: QuerySet[Person]

    def listed(self) -> list[int]:
        """Ids of those listed; adds errors by line to the form."""
        text = self.cleaned_data.get("staff_numbers", "")
        lines = text.splitlines()
        uploaded = self.cleaned_data.get("staff_file")
        if uploaded:
            lines += self._lines_of(uploaded)
        ids, problems = queries.read_staff_numbers(lines, self.reach)
        for problem in problems[:PROBLEMS_SHOWN]:
            self.add_error("staff_numbers", problem_words(problem))
        if len(problems) > PROBLEMS_SHOWN:
            self.add_error(
                "staff_numbers",
                _("and %(n)s more lines like these") % {"n": len(problems) - PROBLEMS_SHOWN},
            )
        return ids

    def _lines_of(self, uploaded: UploadedFile) -> list[str]:
        if (uploaded.size or 0) > LARGEST_LIST:
            self.add_error("staff_file", _("The file is larger than 2 MB."))
            return []
        name = (uploaded.name or "").lower()
        try:
            if name.endswith(".xlsx"):
                return _sheet_lines(uploaded)
            return decoded(uploaded.read()).splitlines()
        except Exception:  # noqa: BLE001  whatever a strange file does, it is only unreadable
            self.add_error("staff_file", _("This file could not be read. Please save it anew."))
            return []


def _sheet_lines(uploaded: UploadedFile) -> list[str]:
    content = uploaded.read()
    opened(content, "XLSX").close()  # refuses what unpacks to more than any list
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    lines = []
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(max_row=queries.MOST_LISTED + 1, max_col=2, values_only=True):
        cells = [str(cell).strip() for cell in row if cell is not None]
        lines.append(" ".join(cells))
    # A heading names the column, not a person.
    if lines and not any(char.isdigit() for char in lines[0]):
        lines = lines[1:]
    return lines


class RuleFields(forms.Form):
    """A rule over posts, duties and stages."""

    rank_from = forms.TypedChoiceField(
        label=gettext_lazy("Rank from"), required=False, coerce=int, empty_value=None
    )
    rank_to = forms.TypedChoiceField(
        label=gettext_lazy("Rank up to"), required=False, coerce=int, empty_value=None
    )
    leading = forms.BooleanField(label=gettext_lazy("Leading posts only"), required=False)
    duties = forms.MultipleChoiceField(
        label=gettext_lazy("Party duty, any of"),
        required=False,
        choices=DutyKind.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    stages = forms.MultipleChoiceField(
        label=gettext_lazy("Membership stage, any of"),
        required=False,
        choices=Stage.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("rank_from", "rank_to"):
            self.fields[name].choices = [("", _("any")), *Rank.choices]  # type: ignore[attr-defined]

    def clean_rank_to(self) -> int | None:
        lowest, highest = self.cleaned_data.get("rank_from"), self.cleaned_data.get("rank_to")
        if lowest is not None and highest is not None and lowest > highest:
            raise forms.ValidationError(
                _("“Rank up to” lies below “Rank from”: nobody holds such a post.")
            )
        return highest

    def rule(self, units: QuerySet[OrgUnit] | None = None) -> PostRule:
        data = self.cleaned_data
        return PostRule(
            rank_from=data.get("rank_from"),
            rank_to=data.get("rank_to"),
            leading=bool(data.get("leading")),
            duties=tuple(data.get("duties") or ()),
            stages=tuple(data.get("stages") or ()),
            unit_ids=tuple(unit.pk for unit in units or ()),
        )


class UnitsField(ModelMultipleChoiceField):
    """Units whose people sit an exam, to tick: set in by their depth, each with how many it holds.

    People are at home in one unit: a party branch that only keeps their duties holds nobody.
    """

    widget = forms.CheckboxSelectMultiple

    @cached_property
    def headcounts(self) -> Counter[str]:
        return headcounts()

    def label_from_instance(self, obj: Any) -> str:
        n = self.headcounts[obj.path]
        return ngettext("%(unit)s (%(n)s person)", "%(unit)s (%(n)s persons)", n) % {
            "unit": indented(obj), "n": n,
        }  # fmt: skip


def ask_for_somebody(units: Iterable[OrgUnit], field: Any) -> None:
    """Raises ValidationError when nobody is at home in any of the units, or below them."""
    if not any(field.headcounts[unit.path] for unit in units):
        raise forms.ValidationError(
            _("Nobody is at home in what you chose. Choose the units where people work.")
        )


class ExamForm(StaffNumbers, RuleFields, forms.ModelForm):
    """Announce an exam. Durations in minutes, grace in seconds. Candidates lie in the asker's reach."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Time allowed in minutes"), min_value=1, max_value=600, initial=60
    )
    grace_seconds = forms.IntegerField(
        label=gettext_lazy("Grace for slow networks in seconds"),
        min_value=0,
        max_value=600,
        initial=30,
    )

    by_certainty = forms.BooleanField(
        label=gettext_lazy("Marking by certainty"),
        required=False,
        help_text=gettext_lazy(
            "With each answer candidates say how sure they are: right brings a third, two thirds or all of the points, wrong costs nothing, two thirds or twice the points (Gardner-Medwin). Not for practice."
        ),
    )

    class Meta:
        model = Exam
        fields = [
            "title", "description", "paper", "other_forms", "blueprint", "is_practice", "opens_at",
            "closes_at", "minutes", "grace_seconds", "attempts_allowed", "counts", "pass_percent",
            "shuffle_questions", "shuffle_options", "review", "review_when", "audience", "units",
            "hours",
        ]  # fmt: skip
        field_classes = {
            "opens_at": DateTimeField,
            "closes_at": DateTimeField,
            "other_forms": ModelMultipleChoiceField,
            "units": UnitsField,
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "other_forms": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.reach = persons_visible_to(by, *HOLDERS)
        fields: dict[str, Any] = self.fields
        papers = Paper.objects.filter(state=PaperState.PUBLISHED).order_by("-pk")
        fields["paper"].queryset = papers
        fields["paper"].empty_label = _("none: a paper of his own for each candidate")
        fields["other_forms"].queryset = papers
        fields["other_forms"].help_text = _(
            "Optional. Each candidate gets the paper above or one of these, of the same size and points."
        )
        fields["blueprint"].queryset = Blueprint.objects.order_by("-pk")
        fields["blueprint"].empty_label = _("none")
        fields["blueprint"].help_text = _(
            "Instead of a paper: every candidate gets another one, drawn from this blueprint."
        )
        fields["is_practice"].help_text = _(
            "Answers are judged at once and explained, as often as one likes; nothing is counted. Its questions are no longer secret."
        )
        fields["units"].queryset = units_managed_by(by, *HOLDERS).filter(is_active=True)
        fields["units"].label = _("Units")
        fields["units"].required = False
        fields["units"].help_text = _(
            "With everything below them; for “certain units”, and to narrow “who holds certain posts”."
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("The exam must close after it opens."))
        self._clean_questions(cleaned)
        audience = cleaned.get("audience")
        self.person_ids: list[int] = []
        self.post_rule: PostRule | None = None
        if audience == Audience.UNITS and not cleaned.get("units"):
            self.add_error("units", _("Choose at least one unit."))
        elif audience == Audience.UNITS:
            try:
                ask_for_somebody(cleaned["units"], self.fields["units"])
            except forms.ValidationError as error:
                self.add_error("units", error)
        elif audience == Audience.PERSONS:
            self.person_ids = self.listed()
            if not self.person_ids and not self.errors:
                self.add_error("staff_numbers", _("Name at least one person."))
        elif audience == Audience.RULE and "rank_to" not in self.errors:
            self.post_rule = self.rule(cleaned.get("units"))
            day = timezone.localdate(opens) if opens else timezone.localdate()
            found = queries.persons_by_rule(self.reach, self.post_rule, day)
            self.person_ids = list(found.values_list("pk", flat=True))
            if not self.person_ids:
                self.add_error("audience", _("Nobody meets this rule on the day the exam opens."))
        return cleaned

    def _clean_questions(self, cleaned: dict[str, Any]) -> None:
        paper, blueprint = cleaned.get("paper"), cleaned.get("blueprint")
        if bool(paper) == bool(blueprint):
            self.add_error("paper", _("Choose either a paper or a blueprint."))
            return
        if blueprint:
            drawn = drawing.draw(
                queries.rows_of(blueprint), queries.drawable(timezone.localdate()), "feasibility"
            )
            for line in drawn.report:
                if line.short:
                    self.add_error(
                        "blueprint",
                        _("Line %(n)s: only %(ready)s questions are ready, %(wanted)s are wanted.")
                        % {"n": line.row.number, "ready": line.ready, "wanted": line.wanted},
                    )
        forms_beside = cleaned.get("other_forms")
        if paper and forms_beside:
            size = (paper.items.count(), paper.points)
            sized = forms_beside.annotate(n=Count("items"))
            if any((form.n, form.points) != size or form == paper for form in sized):
                self.add_error(
                    "other_forms",
                    _("Parallel forms must be other papers with as many questions and points."),
                )
        if cleaned.get("is_practice") and paper:
            papers = [paper, *(forms_beside or [])]
            lines = PaperItem.objects.filter(paper__in=papers)
            asked = set(lines.values_list("version__question_id", flat=True))
            if asked & queries.questions_held_back(timezone.now()):
                self.add_error(
                    "is_practice",
                    _("Some of these questions stand in an exam that has not closed yet."),
                )

    def options(self) -> dict[str, Any]:
        """The keyword arguments of ``open_exam``."""
        named = set(self.Meta.fields) - {
            "paper", "blueprint", "units", "other_forms", "minutes", "grace_seconds",
        }  # fmt: skip
        data = {name: value for name, value in self.cleaned_data.items() if name in named}
        paper, blueprint = self.cleaned_data["paper"], self.cleaned_data["blueprint"]
        data |= {
            "certainty_scheme": GARDNER_MEDWIN.as_dict()
            if self.cleaned_data["by_certainty"]
            else None,
            "paper_id": paper.pk if paper else None,
            "blueprint_id": blueprint.pk if blueprint else None,
            "other_form_ids": [form.pk for form in self.cleaned_data["other_forms"]],
            "unit_ids": [unit.pk for unit in self.cleaned_data["units"]],
            "person_ids": self.person_ids,
            "rule": self.post_rule.as_dict() if self.post_rule else None,
            "duration": timedelta(minutes=self.cleaned_data["minutes"]),
            "grace": timedelta(seconds=self.cleaned_data["grace_seconds"]),
        }
        if data["is_practice"]:
            data |= {
                "duration": queries.PRACTICE_TIME, "attempts_allowed": 50, "hours": 0,
                "review": "key", "review_when": "at_once", "shuffle_questions": True,
                "certainty_scheme": None,
            }  # fmt: skip
        return data


class CandidateForm(StaffNumbers):
    """Further candidates of an exam."""

    def __init__(self, *args: Any, reach: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach = reach

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.person_ids = self.listed()
        if not self.person_ids and not self.errors:
            self.add_error("staff_numbers", _("Name at least one person."))
        return cleaned
