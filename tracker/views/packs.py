"""The rule packs, their approval and their effect."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.enums import Role
from people.numbers import whole_number
from people.permissions import me, role_required
from people.queries import has_role, persons_visible_to
from tracker import operations, queries, wording
from tracker.forms.packs import PackForm
from tracker.models import RulePack
from tracker.rules import InvalidDocument, Problem
from tracker.rules.sampling import estimate

# Trying a pack costs some two milliseconds a person; of more people than this a sample is taken.
EFFECT_LIMIT = 2000


@require_GET
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def rulepacks(request: HttpRequest) -> HttpResponse:
    """Every version of every pack, and whether it is in force today."""
    today = timezone.localdate()
    rows = []
    for row in queries.rule_packs():
        pack = queries.pack_of_document(row.document)
        rows.append(
            {
                "row": row,
                "title": wording.title(pack.title),
                "source": pack.source,
                "confidence": wording.confidence(row.confidence),
                "duties": len(pack.duties),
                "in_force": row.status == "approved" and pack.in_force(today),
                "over": row.valid_until is not None and row.valid_until <= today,
            }
        )
    return render(
        request,
        "tracker/rulepacks.html",
        {"rows": rows, "may_draft": has_role(me(request), Role.TRAINING_ADMIN)},
    )


@require_GET
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def rulepack(request: HttpRequest, pk: int) -> HttpResponse:
    """A pack in words, with its sources and how sure they are."""
    row = get_object_or_404(queries.rule_packs(), pk=pk)
    pack = queries.pack_of_document(row.document)
    flips, looked_at, total = None, 0, 0
    if "effect" in request.GET:
        now = timezone.now()
        seen = persons_visible_to(me(request)).filter(is_active=True)
        ids, total = queries.people_to_try(row, seen, EFFECT_LIMIT)
        looked_at = len(ids)
        found = queries.effect_of(row, ids, on=timezone.localdate(now), known_at=now)
        flips = [(flip, estimate(flip.persons, looked_at, total)) for flip in found]
    return render(
        request,
        "tracker/rulepack.html",
        {
            "row": row,
            "pack": pack,
            "title": wording.title(pack.title),
            "confidence": wording.confidence(row.confidence),
            "source_note": wording.title(pack.source.note),
            "flips": flips,
            "looked_at": looked_at,
            "total": total,
            "sampled": looked_at < total,
            "may_draft": has_role(me(request), Role.TRAINING_ADMIN),
            "everywhere": row.jurisdiction == queries.EVERYWHERE,
            "duties": [
                {
                    "duty": duty,
                    "title": wording.title(duty.title),
                    "who": wording.who(duty.who, duty),
                    "owed": wording.amounts(duty),
                    "period": wording.window_rule(duty),
                    "counts": wording.what_counts(duty),
                    "valuation": wording.valuation(duty),
                    "confidence": wording.confidence(duty.source.confidence),
                }
                for duty in pack.duties
            ],
            "may_approve": row.status == "draft" and operations.may_approve(row, me(request)),
        },
    )


@require_POST
@role_required(Role.TRAINING_ADMIN)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft into force."""
    get_object_or_404(RulePack, pk=pk)
    try:
        operations.approve_rulepack(pk, me(request), timezone.now())
    except operations.MayNotApprove:
        messages.error(
            request,
            _("Somebody else has to approve this pack: an administrator who did not load it."),
        )
    except operations.OverridesTooMuch as error:
        messages.error(
            request,
            _("The pack above does not leave open what this one changes: %(what)s.")
            % {"what": str(error)},
        )
    except operations.NotADraft:
        messages.info(request, _("The pack was approved before."))
    else:
        messages.success(request, _("The pack is approved. Standings follow with the next update."))
    return redirect("tracker:rulepack", pk=pk)


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN)
def draft(request: HttpRequest) -> HttpResponse:
    """Put a pack forward: checked at once, every mistake named with its line, stored as a draft."""
    form = PackForm(request.POST or None, request.FILES or None)
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            text = form.cleaned_data["text"]
            try:
                row, created = operations.draft_rulepack(text, me(request), timezone.now())
            except InvalidDocument as error:
                problems = error.problems
            except operations.MayNotLoad as error:
                message = _(
                    "You do not administer a unit with the code “%(code)s”. Packs for everywhere say CN."
                )
                form.add_error(None, message % {"code": error})
            else:
                if created:
                    messages.success(
                        request,
                        _(
                            "Stored as a draft. Somebody else approves it; nobody is judged by it yet."
                        ),
                    )
                else:
                    messages.info(request, _("This very pack was loaded before."))
                return redirect("tracker:rulepack", pk=row.pk)
            # What was in a file stands in the field, so that it can be put right at once.
            typed = request.POST.copy()
            typed["document"] = text
            form.data = typed
    elif source := whole_number(request.GET.get("from")):
        base = RulePack.objects.filter(pk=source).first()
        form = PackForm(initial={"document": base.document if base else ""})
    return render(
        request, "tracker/rulepack_draft.html", {"form": form, "problems": problems}, status=status
    )
