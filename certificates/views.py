"""Certificates as their owner, their administrator and the public see them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from certificates import credential, operations, queries
from certificates.answers import asks_too_often, public, too_many
from certificates.enums import Verdict
from certificates.forms import FileForm, RevocationForm, SerialForm
from certificates.models import Certificate
from certificates.pdf import SIGNED_FILE, certificate_pdf
from people import printing
from people.downloads import download
from people.enums import Role
from people.operations import audit
from people.permissions import me, role_required

PER_PAGE = 25


# --- The owner, and who may see the owner ---------------------------------------------------------------


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """My certificates, newest first."""
    page = Paginator(queries.certificates_of(me(request)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "certificates/mine.html", {"page": page})


@require_safe
def detail(request: HttpRequest, serial: str) -> HttpResponse:
    """One certificate, with what can be done about it."""
    certificate = _visible(request, serial, "certificates.view")
    administered = (
        queries.certificates_administered_by(me(request)).filter(pk=certificate.pk).exists()
    )
    return render(
        request,
        "certificates/detail.html",
        {
            "certificate": certificate,
            "own": certificate.learner_id == me(request).pk,
            "administered": administered,
            "may_revoke": certificate.revoked_at is None and administered,
            "verify_url": queries.verify_url(certificate.token),
        },
    )


@require_safe
def pdf(request: HttpRequest, serial: str) -> HttpResponse:
    """The printed page. A revoked certificate is shown on its page but printed no more."""
    certificate = _visible(request, serial, "certificates.download")
    if certificate.revoked_at:
        messages.warning(request, _("A revoked certificate is no longer printed."))
        return redirect("certificates:detail", serial=serial)
    name = f"{certificate.award_title}-{certificate.learner_name}-{certificate.serial}.pdf"
    return download(certificate_pdf(certificate), name, printing.MEDIA_TYPE)


@require_safe
def document(request: HttpRequest, serial: str) -> HttpResponse:
    """The signed credential, byte for byte."""
    certificate = _visible(request, serial, "certificates.download")
    return download(certificate.document, f"{serial}-{SIGNED_FILE}", "application/json")


def _visible(request: HttpRequest, serial: str, verb: str) -> Certificate:
    certificate: Certificate = get_object_or_404(
        queries.certificates_visible_to(me(request)), serial=serial
    )
    if certificate.learner_id != me(request).pk:
        subject = f"certificates.certificate:{certificate.pk}"
        audit(me(request), verb, subject, {"serial": serial}, now=timezone.now())
    return certificate


# --- Training administrators ------------------------------------------------------------------------------


@require_safe
@role_required(Role.TRAINING_ADMIN)
def issued(request: HttpRequest) -> HttpResponse:
    """Certificates of the people in my part of the tree, to find and if need be revoke one."""
    q = request.GET.get("q", "")[:60]
    certificates = queries.certificates_matching(
        queries.certificates_administered_by(me(request)), q
    )
    page = Paginator(certificates, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "certificates/issued.html", {"page": page, "q": q})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TRAINING_ADMIN)
def revoke(request: HttpRequest, serial: str) -> HttpResponse:
    """Ask for the reason, then withdraw for good."""
    certificate = get_object_or_404(
        queries.certificates_administered_by(me(request)), serial=serial
    )
    form = RevocationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.revoke(
                certificate.pk,
                because=form.cleaned_data["because"],
                by=me(request),
                now=timezone.now(),
            )
        except operations.NoValidCertificate:
            messages.info(request, _("This certificate had already been revoked."))
        else:
            messages.success(request, _("The certificate has been revoked."))
        return redirect("certificates:detail", serial=serial)
    if certificate.revoked_at:
        return redirect("certificates:detail", serial=serial)
    return render(request, "certificates/revoke.html", {"certificate": certificate, "form": form})


# --- The public ---------------------------------------------------------------------------------------------


@login_not_required
@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """What a scanned QR code leads to."""
    if asks_too_often(request):
        return too_many(request)
    return _answer(request, queries.certificate_by_token(token))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify_form(request: HttpRequest) -> HttpResponse:
    """Verify by number and name, or by the signed file."""
    by_file = request.method == "POST" and "file" in request.FILES
    serial_form = SerialForm(request.POST if request.method == "POST" and not by_file else None)
    file_form = FileForm(request.POST, request.FILES) if by_file else FileForm()
    if request.method == "POST":
        if asks_too_often(request):
            return too_many(request)
        if by_file and file_form.is_valid():
            raw = file_form.cleaned_data["file"].read()
            return _answer(request, queries.certificate_of_file(raw), of_file=True)
        if not by_file and serial_form.is_valid():
            found = queries.certificate_by_serial(**serial_form.cleaned_data)
            return _answer(request, found)
    return public(
        render(
            request,
            "certificates/verify_form.html",
            {"serial_form": serial_form, "file_form": file_form},
        )
    )


@login_not_required
@require_GET
def key(request: HttpRequest) -> JsonResponse:
    """The public keys, for whoever verifies a signed file without this site."""
    keys = [
        {
            "id": credential.verification_method(row.multibase),
            "type": "Multikey",
            "controller": credential.did_key(row.multibase),
            "publicKeyMultibase": row.multibase,
            "firstUsed": row.first_used_at.isoformat(),
        }
        for row in queries.issuer_keys()
    ]
    return JsonResponse(
        {
            "name": settings.SITE_NAME,
            "cryptosuite": credential.CRYPTOSUITE,
            "verificationMethod": keys,
        },
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )


def _answer(
    request: HttpRequest, certificate: Certificate | None, *, of_file: bool = False
) -> HttpResponse:
    """One page for every answer; for what is unknown it is always the same page."""
    verdict = queries.verdict_on(certificate)
    context: dict[str, Any] = {"verdict": verdict.value, "of_file": of_file}
    if certificate is not None and verdict in (Verdict.VALID, Verdict.REVOKED):
        context["certificate"] = certificate
        context["name"] = credential.masked_name(certificate.learner_name)
    status = 200 if "certificate" in context else 404
    return public(render(request, "certificates/verify.html", context, status=status))
