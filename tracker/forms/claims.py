"""Hours that are claimed, with the files that prove them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import Person
from tracker.enums import Bucket, ConfirmerKind
from tracker.evidence_files import MAX_FILES, EvidenceRefused, check_evidence
from tracker.forms.posting import PostingForm
from tracker.rules import Form
from tracker.rules.vocabulary import CONFIRMERS


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
