"""Measurements of a served site. See README.md for how to run and how to read them."""

PASSWORD = "only-for-measuring-1"  # noqa: S105 - of accounts that live for a minute
