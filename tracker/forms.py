"""What people type into the pages of the tracker."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from people import deeds
from people.fields import DateField
from people.models import Person
from people.queries import search_people
from tracker.enums import Bucket, ConfirmerKind
from tracker.evidence_files import MAX_FILES, EvidenceRefused, check_evidence
from tracker.models import Entry, Institution
from tracker.rules import Form, Measures, end_of_day
from tracker.rules.plain import amount as plain_amount
from tracker.rules.vocabulary import CONFIRMERS


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


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(0),
        max_digits=8,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )


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
    training_days = _amount(_("Training days"))
    hours = _amount(_("Credit hours"))
    credits = _amount(_("Credits"))
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
        if right == Measures(entry.hours, entry.credits, entry.training_days, entry.events):
            self.add_error("hours", _("These are the figures the line has already."))
        elif right and not (right.hours or right.credits or right.training_days):
            self.add_error(
                "hours", _("At least one figure is above zero; otherwise take the line back.")
            )
        return chosen


class PostingForm(forms.Form):
    """A line typed by hand: who studied what, where, when, how much, and who vouches for it."""

    token = forms.UUIDField(widget=forms.HiddenInput)
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
    training_days = _amount(_("Training days"))
    hours = _amount(_("Credit hours"))
    credits = _amount(_("Credits"))
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


class HoursFileForm(forms.Form):
    file = forms.FileField(
        label=_("File with hours"),
        help_text=_("XLSX or CSV (UTF-8 or GB18030), at most 10 MB and 50 000 rows"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": _("Please choose a file.")},
    )


class UndoForm(forms.Form):
    because = forms.CharField(
        label=_("Reason for taking it back"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class EvidenceField(forms.FileField):
    """Several files at once, each checked; ``clean`` returns a list of Evidence."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=_ManyFiles(attrs={"accept": ".pdf,.jpg,.jpeg,.png", "multiple": True}), **kwargs
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        found, errors = [], []
        for file in data if isinstance(data, list | tuple) else [data] if data else []:
            try:
                found.append(check_evidence(file, file.name))
            except EvidenceRefused as refused:
                errors.append(str(refused))
        if len(found) > MAX_FILES:
            errors.append(_("At most %(most)s files belong to a claim.") % {"most": MAX_FILES})
        if errors:
            raise forms.ValidationError(errors)
        return found


class ClaimForm(PostingForm):
    """Hours claimed by the person or his unit; the confirmer reads it, so it says what proves it."""

    papers = EvidenceField(
        label=_("Files that prove it"),
        help_text=_("PDF, JPEG or PNG, at most 5 files of 5 MB each"),
        required=False,
    )
    field_order = [
        "token", "who", "bucket", "title", "institution", "first_day", "last_day",
        "training_days", "hours", "credits", "confirmer", "note", "papers",
    ]  # fmt: skip

    def __init__(self, *args: Any, own: Person | None, kept: int = 0, **kwargs: Any) -> None:
        """``own``: the member himself, who need not say for whom; ``kept``: files there already."""
        super().__init__(*args, only_institution=False, **kwargs)
        self.kept = kept
        bucket, confirmer = self.fields["bucket"], self.fields["confirmer"]
        assert isinstance(bucket, forms.ChoiceField)  # noqa: S101  declared so above
        assert isinstance(confirmer, forms.ChoiceField)  # noqa: S101  declared so above
        bucket.choices = [
            ("", _("Please choose")),
            *((value, label) for value, label in Bucket.choices if value != Bucket.ONLINE),
        ]
        bucket.help_text = _("Online study is credited by the platform itself and not claimed.")
        confirmer.choices = [
            ("", _("as usual for this form of study")),
            *((kind.value, kind.label) for kind in ConfirmerKind if kind != ConfirmerKind.PLATFORM),
        ]
        confirmer.widget = forms.Select(choices=confirmer.choices)
        confirmer.required = False
        confirmer.help_text = _(
            "Self-study: the unit. Classes: the institution. Training abroad: please choose."
        )
        self.fields["note"].required = False
        self.fields["note"].help_text = _(
            "Certificate number, or where the paper can be looked at; or add files below"
        )
        if own is not None:
            self.person = own
            del self.fields["who"]

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        bucket = chosen.get("bucket")
        if bucket and "confirmer" not in self.errors:
            allowed = [kind.value for kind in CONFIRMERS[Form(bucket)]]
            if not chosen.get("confirmer") and bucket == Bucket.OVERSEAS:
                self.add_error("confirmer", _("Please choose who confirms training abroad."))
            elif chosen.get("confirmer") and chosen["confirmer"] not in allowed:
                self.add_error(
                    "confirmer",
                    _("%(form)s is confirmed by: %(who)s")
                    % {
                        "form": Bucket(bucket).label,
                        "who": "、".join(str(ConfirmerKind(kind).label) for kind in allowed),
                    },
                )
            elif not chosen.get("confirmer"):
                chosen["confirmer"] = allowed[0]
        chosen = super().clean()
        first, last = chosen.get("first_day"), chosen.get("last_day")
        if (
            first
            and last
            and first <= last
            and (chosen.get("training_days") or 0) > (last - first).days + 1
        ):
            self.add_error("training_days", _("There are not so many days between the two."))
        no_files = not chosen.get("papers") and not self.kept
        if no_files and not chosen.get("note") and "papers" not in self.errors:
            self.add_error("note", _("Please say by what this can be checked, or add a file."))
        return chosen

    def fields_of_claim(self) -> dict[str, Any]:
        """What ``operations.send_claim`` takes."""
        chosen = self.cleaned_data
        names = ("bucket", "title", "institution", "first_day", "last_day", "confirmer", "note")
        amounts = ("hours", "credits", "training_days")
        return {name: chosen[name] for name in names} | {
            name: chosen.get(name) or Decimal(0) for name in amounts
        }


class ReturnForm(forms.Form):
    sending = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("What is to be mended"),
        help_text=_("The member reads this sentence and can mend the claim."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


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
        chosen = {key: value for key, value in self.cleaned_data.items() if value}
        for key in ("since", "until"):
            if key in chosen and not 1949 <= chosen[key].year <= 2200:
                del chosen[key]
        return chosen


class PackForm(forms.Form):
    """A rule pack as YAML, pasted or as a file."""

    document = forms.CharField(
        label=_("The pack (YAML)"),
        required=False,
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 24, "class": "code", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.txt"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > 200_000:
            raise forms.ValidationError(_("A pack is at most 200 000 bytes."))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("document", "")
        if file:
            try:
                text = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("The file is not UTF-8 text."))
        elif not text.strip() and not self.errors:
            self.add_error("document", _("Please paste a pack or choose a file."))
        cleaned["text"] = text.replace("\r\n", "\n")
        return cleaned
