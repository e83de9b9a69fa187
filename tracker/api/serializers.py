"""What the interface for programs shows: standings and ledger lines, amounts as decimal strings."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from people.fields import PLAUSIBLE_YEARS
from tracker.models import Entry


class InstantField(serializers.DateTimeField):
    """An instant; before or after all records it is as good as the first or the last of those years.

    At the ends of the calendar a zone's offset would leave it.
    """

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.year not in PLAUSIBLE_YEARS:
            first, last = PLAUSIBLE_YEARS[0], PLAUSIBLE_YEARS[-1]
            value = datetime(first if value.year < first else last, 1, 1, tzinfo=UTC)
        return super().enforce_timezone(value)


class AsOfSerializer(serializers.Serializer[Any]):
    """The two days of a question: activity up to ``on``, as known at ``known_at``; default now."""

    on = serializers.DateField(required=False)
    known_at = InstantField(required=False)


class WrongDaysSerializer(serializers.Serializer[Any]):
    """What is wrong with each of the two."""

    on = serializers.ListField(child=serializers.CharField(), required=False)
    known_at = serializers.ListField(child=serializers.CharField(), required=False)


class RefusalSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class BadRequestSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()


class TitleSerializer(serializers.Serializer[Any]):
    zh = serializers.CharField()
    en = serializers.CharField()


class SourceSerializer(serializers.Serializer[Any]):
    instrument = serializers.CharField()
    confidence = serializers.CharField()


class GapSerializer(serializers.Serializer[Any]):
    measure = serializers.CharField()
    missing = serializers.CharField()
    course = serializers.CharField(allow_blank=True)


class AssessmentSerializer(serializers.Serializer[Any]):
    """One requirement of one person: where it stands, by what, and what closes the gap."""

    requirement = serializers.CharField()
    title = TitleSerializer()
    pack = serializers.CharField()
    article = serializers.CharField()
    source = SourceSerializer()  # type: ignore[assignment]  # a field's own ``source`` is its attribute
    state = serializers.CharField()
    because = serializers.CharField(allow_null=True)
    on = serializers.DateField()
    known_at = serializers.DateTimeField()
    # ``from`` is a word of Python, so the window is a plain mapping; ``until`` is the day after it.
    window = serializers.DictField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    ways = serializers.ListField(child=serializers.DictField())
    nearest_way = serializers.IntegerField(allow_null=True)
    gap = GapSerializer(many=True)
    counted = serializers.ListField(child=serializers.DictField())
    refused = serializers.ListField(child=serializers.DictField())


class EntrySerializer(serializers.ModelSerializer[Entry]):
    """A line of the ledger as its owner and the department see it. ``occurred_to`` is exclusive."""

    institution: serializers.StringRelatedField[Any] = serializers.StringRelatedField(
        allow_null=True
    )

    class Meta:
        model = Entry
        fields = [
            "id",
            "bucket",
            "title",
            "institution",
            "occurred_from",
            "occurred_to",
            "recorded_at",
            "hours",
            "credits",
            "training_days",
            "events",
            "source",
            "reverses",
            "because",
        ]
        read_only_fields = fields
