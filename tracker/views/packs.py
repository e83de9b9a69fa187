"""The rule packs, their approval and their effect."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from people.enums import Role
from people.permissions import role_required
from people.queries import persons_visible_to
from tracker import operations, queries, wording
from tracker.models import RulePack

# Trying a pack costs some two milliseconds a person; more than this is not waited for.
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
    return render(request, "tracker/rulepacks.html", {"rows": rows})


@require_GET
@role_required(Role.TRAINING_ADMIN, Role.AUDITOR)
def rulepack(request: HttpRequest, pk: int) -> HttpResponse:
    """A pack in words, with its sources and how sure they are."""
    row = get_object_or_404(queries.rule_packs(), pk=pk)
    pack = queries.pack_of_document(row.document)
    flips, looked_at = None, 0
    if "effect" in request.GET:
        now = timezone.now()
        seen = persons_visible_to(request.user).filter(is_active=True)  # type: ignore[arg-type]
        ids = list(seen.values_list("pk", flat=True)[:EFFECT_LIMIT])
        looked_at = len(ids)
        flips = queries.effect_of(row, ids, on=timezone.localdate(now), known_at=now)
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
            "limited": looked_at == EFFECT_LIMIT,
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
            "may_approve": row.status == "draft" and operations.may_approve(row, request.user),  # type: ignore[arg-type]
        },
    )


@require_POST
@role_required(Role.TRAINING_ADMIN)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft into force."""
    get_object_or_404(RulePack, pk=pk)
    try:
        operations.approve_rulepack(pk, request.user, timezone.now())  # type: ignore[arg-type]
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
