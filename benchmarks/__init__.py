"""Measurements of a served site. See README.md for how to run and how to read them."""
