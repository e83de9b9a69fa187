"""Input from people, by subject."""
