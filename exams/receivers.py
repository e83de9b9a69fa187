"""Hears from content that articles changed: questions that cite them are set aside."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from content.signals import article_changed
from exams import operations


@receiver(article_changed, dispatch_uid="exams.article_changed")
def article_has_changed(sender: Any, text_id: int, anchors: list[str], **kwargs: Any) -> None:
    """What this misses, the sweep finds."""
    operations.flag_cites(text_id, anchors, now=timezone.now())
