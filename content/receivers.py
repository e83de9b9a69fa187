"""What the library does when Wagtail publishes, takes back or moves a page."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone
from wagtail.signals import page_published, page_unpublished

from content import operations
from content.models import AnnouncementPage


@receiver(page_published, dispatch_uid="content.page_published")
def publish(sender: Any, instance: Any, **kwargs: Any) -> None:
    if hasattr(instance, "kind"):
        operations.page_was_published(instance, now=timezone.now())
    elif isinstance(instance, AnnouncementPage):
        operations.note_documents(instance)


@receiver(page_unpublished, dispatch_uid="content.page_unpublished")
def take_back(sender: Any, instance: Any, **kwargs: Any) -> None:
    operations.page_was_unpublished(instance, now=timezone.now())
