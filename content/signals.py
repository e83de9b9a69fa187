"""What happened to content, for the apps above. Sent on commit, carrying ids."""

from django.dispatch import Signal

# text_id: int, anchors: list[str]. These articles of the policy text changed or lapsed.
article_changed = Signal()
