"""The question bank: for setters, and for the second person who reviews."""

import difflib
from typing import Any

import yaml
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

import content.queries
from exams import operations, queries
from exams.engine import drawing
from exams.engine.drawing import key_in_words
from exams.engine.items import plain_number
from exams.enums import RULES, Decision, QuestionStatus, QuestionType
from exams.forms.bank import BankFilter, ReasonForm
from exams.forms.questions import QuestionForm, initial_of, needs_source
from exams.models import Category, Question, QuestionVersion
from exams.operations import Article
from exams.permissions import BANK_ROLES, may_edit, may_review
from exams.views.question import question_view
from exams.views.statistics import FLAGS
from people.enums import Role
from people.numbers import whole_number
from people.permissions import me, role_required
from people.queries import has_role

REFUSALS = {
    "not_draft": gettext_lazy("Only a draft can be handed in for review."),
    "stale": gettext_lazy("A cited article has changed: look at it first."),
    "not_in_review": gettext_lazy("This question is not in review any more."),
    "own_question": gettext_lazy("A second person has to review your question."),
    "reason_missing": gettext_lazy("Please say why you return it."),
    "retired": gettext_lazy("This question was retired."),
    "code_taken": gettext_lazy("This code is taken."),
}


@require_safe
@role_required(*BANK_ROLES)
def question_list(request: HttpRequest) -> HttpResponse:
    form = BankFilter(request.GET)
    found = queries.questions()
    if form.is_valid():
        found = form.applied_to(found, me(request))
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    return render(
        request,
        "exams/bank/list.html",
        {
            "filter": form,
            "page_obj": page,
            "desk": queries.setter_desk(me(request)),
            "is_setter": has_role(me(request), Role.QUESTION_SETTER),
            "is_reviewer": has_role(me(request), Role.QUESTION_REVIEWER),
        },
    )


@require_safe
@role_required(Role.QUESTION_REVIEWER)
def review_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.questions_to_review(me(request)), 25).get_page(request.GET.get("page"))
    corrections = queries.corrections_to_decide(me(request))
    return render(request, "exams/bank/review.html", {"page_obj": page, "corrections": corrections})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.QUESTION_SETTER)
def question_new(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("type", QuestionType.SINGLE)
    if kind not in QuestionType.values:
        raise Http404
    as_source = "source" in request.GET
    form = QuestionForm(request.POST or None, kind=kind, as_source=as_source)
    articles = _articles(request)
    if request.method == "POST" and form.is_valid() and form.record is not None:
        try:
            question = operations.create_question(
                form.record, author=me(request), articles=articles, now=timezone.now()
            )
        except operations.QuestionRefused as refusal:
            form.add_error("code", str(REFUSALS[refusal.code]))
        else:
            messages.success(request, _("Saved as a draft."))
            return redirect("exams:question", question.pk)
    return _form_page(request, form, kind, articles, None, as_source=as_source)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.QUESTION_SETTER)
def question_edit(request: HttpRequest, pk: int) -> HttpResponse:
    question = get_object_or_404(queries.questions(), pk=pk)
    if not may_edit(me(request), question):
        raise Http404
    try:
        record = queries.record_of(question)
    except ValueError as error:
        raise Http404 from error
    as_source = "source" in request.GET or needs_source(record)
    initial = initial_of(record)
    kind = record.item.type
    form = QuestionForm(request.POST or None, kind=kind, as_source=as_source, initial=initial)
    form.fields["code"].disabled = True
    if request.method == "POST":
        articles = _articles(request)
        if form.is_valid() and form.record is not None:
            operations.revise_question(
                pk, form.record, by=me(request), articles=articles, now=timezone.now()
            )
            messages.success(request, _("Saved as a new version. It needs a review again."))
            return redirect("exams:question", pk)
    else:
        articles = [Article(c.text_id, c.anchor, c.label) for c in question.cites.order_by("pk")]
    return _form_page(request, form, kind, articles, question, as_source=as_source)


def _form_page(
    request: HttpRequest,
    form: QuestionForm,
    kind: str,
    articles: list[Article],
    question: Question | None,
    *,
    as_source: bool,
) -> HttpResponse:
    return render(
        request,
        "exams/bank/form.html",
        {
            "form": form,
            "kind": kind,
            "kind_name": QuestionType(kind).label,
            "types": QuestionType.choices,
            "question": question,
            "articles": articles,
            "as_source": as_source,
            "categories": Category.objects.order_by("full_name").values_list(
                "full_name", flat=True
            ),
        },
        status=422 if form.is_bound and not form.is_valid() else 200,
    )


def _articles(request: HttpRequest) -> list[Article]:
    """The articles ticked or picked in the form: ``cite`` holds "text id:anchor"."""
    data: QueryDict = request.POST
    articles = []
    for entry in dict.fromkeys(data.getlist("cite")):
        text, _colon, anchor = entry.partition(":")
        facts = content.queries.article(whole_number(text), anchor)
        if facts is not None:
            label = f"{facts.text_title} {facts.label}".strip()
            articles.append(Article(facts.text_id, facts.anchor, label))
    return articles[:20]


@require_GET
@role_required(*BANK_ROLES)
def find_articles(request: HttpRequest) -> JsonResponse:
    """Articles that hold the words, for the picker: at most twelve."""
    words = request.GET.get("q", "").strip()[:100]
    found: list[dict[str, str]] = []
    hits = content.queries.search(me(request), words, 40, kind="policy") if words else []
    for hit in hits:
        if hit.anchor and len(found) < 12:
            facts = content.queries.article(hit.entry.page_id, hit.anchor)
            if facts is not None:
                found.append(
                    {
                        "cite": f"{facts.text_id}:{facts.anchor}",
                        "label": f"{facts.text_title} {facts.label}".strip(),
                        "text": facts.text[:160],
                    }
                )
    return JsonResponse({"articles": found})


@require_safe
@role_required(*BANK_ROLES)
def question_page(request: HttpRequest, pk: int) -> HttpResponse:
    question = get_object_or_404(queries.questions(), pk=pk)
    version = question.current
    if version is None:
        raise Http404
    item = version.item()
    arrangement = drawing.arrange(item, "preview", 1, shuffle=False)
    person = me(request)
    versions = list(queries.versions_of(question))
    # The wording that papers ask now, with which a new one is compared before it is approved.
    approved = next(
        (v for v in versions[1:] if any(r.decision == Decision.APPROVED for r in v.reviews.all())),
        None,
    )
    in_review = question.status == QuestionStatus.IN_REVIEW
    return render(
        request,
        "exams/bank/question.html",
        {
            "question": question,
            "version": version,
            "item": item,
            "view": question_view(drawing.shown(item, arrangement), None, "preview"),
            "keys": drawing.key_labels(item, arrangement),
            "key": drawing.key_in_words(item),
            "cites": [
                {"cite": cite, "facts": content.queries.article(cite.text_id, cite.anchor)}
                for cite in question.cites.order_by("pk")
            ],
            "weak": [
                {"row": weak, "flags": [str(FLAGS[flag]) for flag in weak.flags]}
                for weak in version.weak.filter(settled_at=None).select_related("exam")
            ],
            "reviews": [(review, v.number) for v in versions for review in v.reviews.all()],
            "approved": approved,
            "diff": _difference(approved, version) if in_review else [],
            "may_edit": may_edit(person, question),
            "may_review": may_review(person, question),
            "may_submit": question.status == QuestionStatus.DRAFT
            and has_role(person, Role.QUESTION_SETTER),
            "reason_form": ReasonForm(),
        },
    )


DEEDS = ("submit", "approve", "return", "retire", "confirm")


@require_POST
@role_required(*BANK_ROLES)
def question_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """One step in a question's life; who may do it is asked again here."""
    question = get_object_or_404(Question.objects.select_related("current"), pk=pk)
    person, now = me(request), timezone.now()
    is_setter = has_role(person, Role.QUESTION_SETTER)
    is_reviewer = has_role(person, Role.QUESTION_REVIEWER)
    reason = request.POST.get("reason", "").strip()[:2000]
    allowed = is_reviewer if deed in ("approve", "return") else is_setter
    if deed not in DEEDS or not allowed:
        raise Http404
    try:
        if deed == "submit":
            operations.submit_question_for_review(pk, by=person, now=now)
            messages.success(request, _("Handed in for review."))
        elif deed == "approve":
            operations.approve_question(pk, by=person, now=now, reason=reason)
            messages.success(request, _("Approved: the question may be drawn."))
        elif deed == "return":
            operations.return_question(pk, by=person, reason=reason, now=now)
            messages.success(request, _("Returned to its author."))
        elif deed == "retire":
            operations.retire_question(pk, by=person, now=now)
            messages.success(request, _("Retired."))
        else:
            operations.confirm_cites(pk, by=person, now=now)
            messages.success(request, _("Noted: the question still holds."))
    except operations.QuestionRefused as refusal:
        messages.error(request, REFUSALS[refusal.code])
        return redirect("exams:question", pk)
    if deed in ("approve", "return") and question.pk:
        following = queries.questions_to_review(person).first()
        if following is not None:
            return redirect("exams:question", following.pk)
        return redirect("exams:review")
    return redirect("exams:question", pk)


@require_safe
@role_required(*BANK_ROLES)
def question_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version with what changed against the one before."""
    question = get_object_or_404(queries.questions(), pk=pk)
    versions = list(queries.versions_of(question))
    rows = [
        {"version": version, "diff": _difference(older, version)}
        for version, older in zip(versions, [*versions[1:], None], strict=True)
    ]
    return render(request, "exams/bank/history.html", {"question": question, "rows": rows})


def _difference(older: QuestionVersion | None, newer: QuestionVersion) -> list[dict[str, Any]]:
    """What changed, field by field in the reader's words, with the changed characters marked."""
    if older is None:
        return []
    before, after = _facts(older), _facts(newer)
    return [
        {"name": name, "before": _marked(before.get(name, ""), after.get(name, ""), "delete"),
         "after": _marked(before.get(name, ""), after.get(name, ""), "insert")}
        for name in dict.fromkeys([*after, *before])
        if before.get(name, "") != after.get(name, "")
    ]  # fmt: skip


def _marked(before: str, after: str, kind: str) -> list[tuple[bool, str]]:
    """The text of one side in pieces: (changed, words)."""
    text = before if kind == "delete" else after
    if len(before) + len(after) > 4000:
        return [(True, text)] if text else []
    pieces: list[tuple[bool, str]] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        words = before[a:b] if kind == "delete" else after[c:d]
        if words:
            pieces.append((tag != "equal", words))
    return pieces


def _facts(version: QuestionVersion) -> dict[str, str]:
    """A version as named lines of text, in the order of the page."""
    item = version.item()
    facts = {str(_("Question")): item.stem}
    for option in getattr(item, "options", ()):
        facts[f"{_('Option')} {option.id}"] = option.text
    for part in getattr(item, "parts", ()):
        facts[f"{_('Part')} {part.id}"] = part.item.stem
    facts[str(_("Right answer"))] = "\n".join(key_in_words(item))
    facts[str(_("Explanation"))] = item.explanation
    if hasattr(item, "rule"):
        facts[str(_("Rule"))] = str(RULES.get(item.rule, item.rule))
    facts[str(_("Lost by a wrong answer"))] = (
        f"{item.penalty.normalize():f}" if item.penalty else ""
    )
    facts[str(_("Difficulty"))] = str(version.get_difficulty_display())
    facts[str(_("Suggested points"))] = (
        "" if version.points is None else str(plain_number(version.points))
    )
    facts[str(_("Knowledge point"))] = version.knowledge_point
    facts[str(_("Tags"))] = "、".join(version.tags)
    facts[str(_("Valid from"))] = str(version.valid_from or "")
    facts[str(_("Valid until (exclusive)"))] = str(version.valid_to or "")
    # What no line above names (weights, feedback, tolerance) still shows.
    named = {"type", "stem", "options", "key", "explanation", "rule", "penalty"}
    rest = {name: value for name, value in version.body.items() if name not in named}
    if rest:
        lines = yaml.safe_dump(rest, allow_unicode=True, sort_keys=False, width=1000)
        facts[str(_("Details"))] = str(lines).strip()
    return facts
