"""The code at the door, and signing in with it."""

from __future__ import annotations

from secrets import token_urlsafe
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from classes import operations, queries, rules
from classes.models import Session
from classes.views.keeping import KEEPERS, _session_or_404
from classes.views.shared import attempt
from people.permissions import me, role_required

DEVICE_COOKIE = "door"


@require_safe
@role_required(*KEEPERS)
def door(request: HttpRequest, pk: int) -> HttpResponse:
    """The page on the wall: a code that changes every quarter of a minute."""
    found = _session_or_404(request, pk)
    return render(request, "classes/door.html", {"session": found, "class": found.training_class})


@require_safe
@role_required(*KEEPERS)
def door_code(request: HttpRequest, pk: int) -> JsonResponse:
    """The code of this moment: digits, picture, seconds left, and how many have signed in."""
    found = _session_or_404(request, pk)
    now = timezone.now()
    opens, closes = queries.sign_in_window(found)
    if not opens <= now < closes:
        answer = JsonResponse({"open": False})
    else:
        seconds = now.timestamp()
        code = rules.door_code(queries.door_key(), pk, rules.code_step(seconds))
        address = f"{settings.SITE_URL}{reverse('classes:sign_in', args=[pk])}?{urlencode({'code': code})}"
        rows = queries.presences_of(found)
        answer = JsonResponse(
            {
                "open": True,
                "code": code,
                "picture": segno.make(address, error="m").svg_data_uri(scale=8, border=2),
                "left": rules.CODE_STEP_SECONDS - int(seconds) % rules.CODE_STEP_SECONDS,
                "present": sum(1 for _place, row in rows if row and row.kind == "present"),
                "expected": len(rows),
            }
        )
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """A participant signs in: the scanned code is in the address, one tap confirms it."""
    asker, now = me(request), timezone.now()
    found = Session.objects.filter(pk=pk).select_related("training_class").first()
    place = queries.place_of(asker, found.training_class) if found else None
    if found is None or place is None:
        raise Http404
    device = request.COOKIES.get(DEVICE_COOKIE, "")[:40] or token_urlsafe(18)
    if request.method == "POST":
        code = request.POST.get("code", "").strip()[:6]
        if attempt(
            request,
            lambda: operations.sign_in(pk, code, person=asker, device=device, now=now),
            _("You are signed in to “%(title)s”.") % {"title": found.title},
        ):
            answer: HttpResponse = redirect("classes:detail", found.training_class_id)
        else:
            answer = redirect("classes:sign_in", pk)
    else:
        opens, closes = queries.sign_in_window(found)
        context = {
            "session": found,
            "class": found.training_class,
            "mine": found.presences.filter(place=place).first(),
            "opens": opens,
            "is_open": opens <= now < closes,
            "code": request.GET.get("code", "")[:6],
        }
        answer = render(request, "classes/sign_in.html", context)
    answer.set_cookie(
        DEVICE_COOKIE,
        device,
        max_age=400 * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer
