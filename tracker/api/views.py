"""Standings and ledger lines for programs: read only, in the asker's scope, each look audited."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from people.models import Person
from people.operations import audit
from people.permissions import me
from people.queries import persons_visible_to
from tracker import queries
from tracker.api.serializers import (
    AsOfSerializer,
    AssessmentSerializer,
    BadRequestSerializer,
    EntrySerializer,
    RefusalSerializer,
    WrongDaysSerializer,
)
from tracker.models import Entry
from tracker.rules.plain import as_plain

REFUSALS = {
    403: OpenApiResponse(RefusalSerializer, "Nobody is signed in."),
    404: OpenApiResponse(RefusalSerializer, "No such person or page, or not within reach."),
}


def _person(request: Request, pk: int | None, verb: str, now: datetime) -> Person:
    """The asker, or somebody the asker may see; looking at somebody else leaves a trace."""
    asker = me(request)
    if pk is None or pk == asker.pk:
        return asker
    person = persons_visible_to(asker).filter(pk=pk).first()
    if person is None:
        raise Http404
    audit(asker, verb, f"people.person:{pk}", now=now)
    return person


class Standings(APIView):
    """Where a person stands against each requirement, as of a day and as known then."""

    @extend_schema(
        parameters=[AsOfSerializer],
        responses={
            200: AssessmentSerializer(many=True),
            400: OpenApiResponse(
                WrongDaysSerializer, "A day or instant that no record can lie on."
            ),
            **REFUSALS,
        },
    )
    def get(self, request: Request, pk: int | None = None) -> Response:
        now = timezone.now()
        # A plain dictionary: in a form's an empty day would pass for none given.
        asked = AsOfSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        known_at = min(asked.validated_data.get("known_at", now), now)
        on = asked.validated_data.get("on", timezone.localdate(known_at))
        person = _person(request, pk, "tracker.api.standings", now)
        found = queries.assessments_of(person.pk, on=on, known_at=known_at)
        plain: list[dict[str, Any]] = [as_plain(assessment) for assessment in found]
        return Response(AssessmentSerializer(plain, many=True).data)


@extend_schema(
    responses={
        200: EntrySerializer(many=True),
        400: OpenApiResponse(BadRequestSerializer, "An address with a NUL."),
        **REFUSALS,
    }
)
class Entries(ListAPIView[Entry]):
    """A person's ledger lines, reversals among them, newest activity first."""

    serializer_class = EntrySerializer

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Entry.objects.none()
        now = timezone.now()
        person = _person(self.request, self.kwargs.get("pk"), "tracker.api.entries", now)
        return queries.entries_of(person.pk, now)
