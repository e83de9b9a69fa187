"""Answers to the public: counted for each address, and kept from caches and from other sites."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from certificates import operations


def asks_too_often(request: HttpRequest) -> bool:
    """Count this question; True once its address has had its share of the minute."""
    address = request.META.get("REMOTE_ADDR") or "?"
    return not operations.count_verification(address, now=timezone.now())


def too_many(request: HttpRequest) -> HttpResponse:
    """What is said to whoever asks too often."""
    response = render(request, "certificates/too_many.html", status=429)
    response["Retry-After"] = "60"
    return public(response)


def public(response: HttpResponse) -> HttpResponse:
    """A token in the address must not travel on: neither to caches nor to other sites.

    Not "no-referrer": browsers then post the page's own forms with ``Origin: null``, which the
    protection against forged requests refuses.
    """
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
