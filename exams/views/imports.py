"""Questions from files and into files: preview, all or nothing, undo; export by the list's filters."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import bank_file, operations, queries
from exams.engine import formats
from exams.engine import items as it
from exams.engine.drawing import arrange, key_in_words, key_labels, shown
from exams.engine.formats.xlsx import template
from exams.enums import QuestionType
from exams.forms.questions import problem_text
from exams.models import BankImport
from exams.note_wording import note_text, place_text
from exams.permissions import BANK_ROLES
from exams.views.question import question_view
from people.downloads import download
from people.enums import Role
from people.operations import audit
from people.permissions import me, role_required

REFUSALS = {
    "not_open": gettext_lazy("This import was already taken or undone."),
    "has_errors": gettext_lazy(
        "Nothing was taken: questions have errors, or something changed in the bank meanwhile. Upload the file again."
    ),
    "not_taken": gettext_lazy("There is nothing to undo."),
}
CARDS_A_PAGE = 20
WRITTEN_AT_ONCE = 500  # questions a request may write; the slowest format takes a second and a half


class UploadForm(forms.Form):
    """A file of questions."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "At most 20 MB. The file is only read; nothing is stored before you confirm."
        ),
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[("auto", gettext_lazy("Find out by itself")), *bank_file.FORMAT_NAMES.items()],
        initial="auto",
    )
    category = forms.CharField(
        label=gettext_lazy("Category for questions that name none"),
        max_length=400,
        initial="未分类",
        help_text=gettext_lazy("Levels are parted by “/”. A category that is missing is made."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.QUESTION_SETTER)
def import_new(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload, path = form.cleaned_data["file"], form.cleaned_data["category"].split("/")
        if upload.size > formats.LARGEST:
            form.add_error("file", _("The file is larger than 20 MB."))
        else:
            try:
                batch = operations.look_at_file(
                    upload.read(),
                    upload.name or "",
                    form.cleaned_data["format"],
                    [name.strip() for name in path if name.strip()] or ["未分类"],
                    by=me(request),
                    now=timezone.now(),
                )
            except formats.Unreadable as refusal:
                for note in (refusal.note, *refusal.notes[:10]):
                    form.add_error("file", note_text(note.code, dict(note.params)))
            else:
                return redirect("exams:import", batch.pk)
    return render(
        request,
        "exams/bank/import_new.html",
        {
            "form": form,
            "imports": queries.imports_of(me(request))[:10],
            "names": bank_file.FORMAT_NAMES,
        },
        status=422 if form.is_bound and not form.is_valid() else 200,
    )


@require_safe
@role_required(Role.QUESTION_SETTER)
def import_template(request: HttpRequest) -> HttpResponse:
    return download(template(), "题库导入模板.xlsx", formats.FORMATS["xlsx"].mime)


def _own(request: HttpRequest, pk: int) -> BankImport:
    return get_object_or_404(BankImport, pk=pk, by=me(request))


def error_text(error: dict[str, Any]) -> str:
    """One error of a question in the reader's language."""
    if error["code"] == "problem":
        return problem_text(
            it.Problem(error["field"], error["problem"], tuple(error["params"].items()))
        )
    return note_text(error["code"], error["params"])


def _card(number: int, entry: dict[str, Any]) -> dict[str, Any]:
    """What the template needs to show one question found."""
    card: dict[str, Any] = {
        "number": number,
        "place": place_text(*entry["place"]),
        "stem": entry["stem"],
        "errors": [error_text(error) for error in entry["errors"]],
        "notes": [note_text(note["code"], note["params"]) for note in entry["notes"]],
        "near": entry.get("near", []),
        "known": entry.get("known"),
    }
    if entry["record"] is not None:
        record = it.record_from_dict(entry["record"])
        arrangement = arrange(record.item, "preview", 1, shuffle=False)
        card |= {
            "record": record,
            "type": QuestionType(record.item.type).label,
            "category": "/".join(record.category),
            "item": record.item,
            "view": question_view(shown(record.item, arrangement), None, f"c{number}"),
            "keys": key_labels(record.item, arrangement),
            "key": key_in_words(record.item),
        }
    return card


@require_safe
@role_required(Role.QUESTION_SETTER)
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _own(request, pk)
    entries = list(enumerate(batch.entries, 1))
    wrong = [(n, entry) for n, entry in entries if entry["errors"]]
    near = [(n, entry) for n, entry in entries if entry.get("near")]
    noted = [(n, entry) for n, entry in entries if entry["notes"]]
    known = [(n, entry) for n, entry in entries if entry.get("known")]
    changed = [(n, entry) for n, entry in known if not entry["known"]["same"]]
    unchanged = [(n, entry) for n, entry in known if entry["known"]["same"]]
    lists = {
        "errors": wrong,
        "near": near,
        "notes": noted,
        "changed": changed,
        "unchanged": unchanged,
    }
    only = request.GET.get("only", "errors" if wrong else "changed" if changed else "")
    page = Paginator(lists.get(only, entries), CARDS_A_PAGE).get_page(request.GET.get("page"))
    kinds: dict[str, int] = {}
    for _n, entry in entries:
        if entry["record"] is not None:
            kind = str(QuestionType(entry["record"]["type"]).label)
            kinds[kind] = kinds.get(kind, 0) + 1
    questions = queries.questions().filter(imported_by=batch) if batch.committed_at else None
    return render(
        request,
        "exams/bank/import.html",
        {
            "batch": batch,
            "format_name": bank_file.FORMAT_NAMES.get(batch.format, batch.format),
            "wrong": len(wrong),
            "near": len(near),
            "noted": len(noted),
            "changed": len(changed),
            "unchanged": len(unchanged),
            "revised": queries.versions_by(batch),
            "kinds": kinds,
            "only": only,
            "cards": [_card(number, entry) for number, entry in page.object_list],
            "page_obj": page,
            "notes": [
                f"{place_text(*note['place'])}：{note_text(note['code'], note['params'])}"
                for note in batch.notes
            ],
            "taken": questions.count() if questions is not None else 0,
        },
    )


def _said(taken: operations.Taken) -> list[str]:
    """What came of an import; of what the bank held before only where there was some."""
    lines = (
        (
            taken.drafts,
            ngettext(
                "%(n)d question was taken into the bank as a draft.",
                "%(n)d questions were taken into the bank as drafts.",
                taken.drafts,
            ),
        ),
        (
            taken.versions,
            ngettext(
                "%(n)d question has a new version and waits to be handed in for review.",
                "%(n)d questions have a new version and wait to be handed in for review.",
                taken.versions,
            ),
        ),
        (
            taken.unchanged,
            ngettext(
                "%(n)d question stood in the bank just so.",
                "%(n)d questions stood in the bank just so.",
                taken.unchanged,
            ),
        ),
    )
    return [words % {"n": n} for n, words in lines if n] or [lines[0][1] % {"n": 0}]


@require_POST
@role_required(Role.QUESTION_SETTER)
def import_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    batch = _own(request, pk)
    person, now = me(request), timezone.now()
    try:
        if deed == "take":
            taken = operations.take_import(
                batch.pk, by=person, without_near="without_near" in request.POST, now=now
            )
            for said in _said(taken):
                messages.success(request, said)
        elif deed == "undo":
            count = operations.undo_import(batch.pk, by=person, now=now)
            messages.success(
                request,
                ngettext(
                    "%(n)d question was taken back.", "%(n)d questions were taken back.", count
                )
                % {"n": count},
            )
        else:
            raise Http404
    except operations.BankImportRefused as refusal:
        messages.error(request, REFUSALS[refusal.code])
    return redirect("exams:import", batch.pk)


@require_safe
@role_required(*BANK_ROLES)
def export(request: HttpRequest) -> HttpResponse:
    """The questions of the list's filters as a file; what the format does not carry is shown first.

    A few are written at once and leave an audit row; of more the page asks for a job.
    """
    found = bank_file.chosen(request.GET, me(request))
    count = found.count()
    kind = request.GET.get("format", "")
    losses: list[str] = []
    if kind:
        if kind not in formats.FORMATS:
            raise Http404
        if 0 < count <= WRITTEN_AT_ONCE:
            writing = formats.write(kind, queries.records_of(found))
            losses = bank_file.losses_of(writing)
            if not losses or "anyway" in request.GET:
                detail = {"questions": count, "format": kind}
                audit(
                    me(request), "exams.questions.export", "exams.bank", detail, now=timezone.now()
                )
                name = f"题库-{timezone.localdate():%Y%m%d}{formats.FORMATS[kind].ending}"
                return download(writing.content, name, formats.FORMATS[kind].mime)
    query = request.GET.copy()
    query.pop("format", None)
    query.pop("anyway", None)
    return render(
        request,
        "exams/bank/export.html",
        {
            "count": count,
            "by_job": count > WRITTEN_AT_ONCE,
            "names": bank_file.FORMAT_NAMES,
            "kind": kind,
            "kind_name": bank_file.FORMAT_NAMES.get(kind, ""),
            "losses": losses[:100],
            "lost": len(losses),
            "query": query.urlencode(),
        },
    )
