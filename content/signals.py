"""What happened to content, for the apps above. Sent on commit, carrying ids."""

from people.signals import News

# text_id: int, anchors: list[str]. These articles of the policy text changed or lapsed.
article_changed = News()
