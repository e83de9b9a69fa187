"""A reviewer reads a page as it will be published, and approves or returns it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.base import Template
from django.template.context import make_context
from django.template.loader import get_template
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, ExtendsNode
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from content import operations, queries
from content.articles import Reason, Remark, RemarkKind
from content.forms import DecisionForm
from content.permissions import EDITORIAL
from content.report import Told, told
from people.permissions import role_required


@role_required(*EDITORIAL)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The submitted revision, what differs from the live page, and the decision."""
    found = queries.page_review(pk, request.user)
    if found is None:
        raise Http404
    form = DecisionForm(initial={"seen": found.task.revision_id})
    if request.method == "POST":
        form = DecisionForm(request.POST)
        if form.is_valid():
            return _decide(request, found, form.cleaned_data)
    context = {
        "review": found,
        "page": found.page,
        "kind": queries.page_kind(found.page),
        "form": form,
        "appears_later": found.appears_later(timezone.now()),
        "report": _to_check(found.page),
        "changes": _changes(request, found),
        "articles": queries.edition_changes(
            getattr(found.live, "edition_id", None), getattr(found.page, "edition_id", None)
        ),
    }
    if not context["kind"]:
        context["shown"] = _own_blocks(found.page, request)
    status = 422 if form.errors else 200
    return render(request, "content/review.html", context, status=status)


def _decide(request: HttpRequest, found: queries.PageReview, data: dict[str, Any]) -> HttpResponse:
    title = {"title": found.page.title}
    page_id, seen = found.page.pk, data["seen"]
    try:
        if not found.is_open:
            raise operations.NotReadyToPublish(page_id)
        if data["decision"] == "approve":
            operations.approve(page_id, by=request.user, comment=data["reason"], seen=seen)
            if found.appears_later(timezone.now()):
                moment = date_format(timezone.localtime(found.page.go_live_at), "DATETIME_FORMAT")
                messages.success(
                    request,
                    _("“%(title)s” is approved and appears on %(moment)s.")
                    % (title | {"moment": moment}),
                )
            else:
                messages.success(request, _("“%(title)s” is approved and published.") % title)
        else:
            operations.return_for_changes(
                page_id, by=request.user, reason=data["reason"], seen=seen
            )
            messages.success(request, _("“%(title)s” is returned to its submitter.") % title)
    except PermissionDenied:
        messages.error(request, _("Another person must decide on “%(title)s”.") % title)
        return redirect("content:review", found.task.pk)
    except operations.ChangedMeanwhile:
        messages.warning(
            request, _("“%(title)s” was changed while you read it. Please look again.") % title
        )
        return redirect("content:review", found.task.pk)
    except operations.NotReadyToPublish:
        messages.info(request, _("“%(title)s” was decided on already.") % title)
        return redirect("content:review", found.task.pk)
    return redirect("content:desk")


def _to_check(page: Any) -> list[Told]:
    """What the import was not sure of, in words."""
    remarks = [
        Remark(
            kind=RemarkKind(row["kind"]),
            reason=Reason(row["reason"]),
            line=row["line"],
            before=row["before"],
            after=row["after"],
        )
        for row in queries.import_doubts(page)
    ]
    return [remark for remark in map(told, remarks) if remark.to_check]


def _changes(request: HttpRequest, found: queries.PageReview) -> list[Any]:
    """Fields that differ from the live page, as Wagtail compares them."""
    if found.live is None:
        return []
    panel = found.page.get_edit_handler().get_bound_panel(
        instance=found.page, request=request, form=None
    )
    compared = [compare(found.live, found.page) for compare in panel.get_comparison()]
    # The edition is compared article by article.
    compared = [each for each in compared if getattr(each.field, "name", "") != "edition"]
    for each in compared:
        if each.is_child_relation:
            each.children, each.is_reordered = _parts(each), _is_reordered(each)
        else:
            _in_words(each)
    return [each for each in compared if each.has_changed() or getattr(each, "is_reordered", False)]


def _parts(relation: Any) -> list[Any]:
    """The parts of a page that came, went or changed, each with what it says and what differs."""
    parts = []
    for part in relation.get_child_comparisons():
        if part.is_addition() or part.is_deletion() or part.has_changed():
            fields = part.get_field_comparisons()
            for field in fields:
                _in_words(field)
            part.fields = [
                field for field in fields if field.has_changed() or field.val_b not in ("", None)
            ]
            parts.append(part)
    return parts


def _is_reordered(relation: Any) -> bool:
    """Whether the parts that both versions have stand in another order."""
    places: dict[int, int] = relation.get_mapping(
        list(relation.val_a.all()), list(relation.val_b.all())
    )[0]
    found = [place for _before, place in sorted(places.items())]
    return found != sorted(found)


def _in_words(compared: Any) -> None:
    """Nothing for an empty field, yes and no for a tick."""
    for side in ("val_a", "val_b"):
        value = getattr(compared, side, "")
        if value is None:
            setattr(compared, side, "")
        elif isinstance(value, bool):
            setattr(compared, side, pgettext("tick", "yes") if value else pgettext("tick", "no"))


def _own_blocks(page: Any, request: HttpRequest) -> dict[str, SafeString]:
    """The blocks of the page's own preview template, so that they can stand inside the review.

    For pages of other rooms, of which the library knows no more than that Wagtail can preview them.
    """
    mode = page.default_preview_mode
    found: Any = get_template(page.get_preview_template(request, mode))
    template: Template = found.template
    extends = next(node for node in template.nodelist if isinstance(node, ExtendsNode))
    context = make_context({**page.get_preview_context(request, mode), "user": request.user})
    shown: dict[str, SafeString] = {}
    with context.bind_template(template), context.render_context.push_state(template):
        for name in ("head", "content", "aside"):
            if name in extends.blocks:
                blocks = BlockContext()
                blocks.add_blocks(extends.blocks)
                context.render_context[BLOCK_CONTEXT_KEY] = blocks
                shown[name] = extends.blocks[name].render(context)
    return shown
