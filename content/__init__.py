"""Wagtail pages: policy texts with articles, lessons, micro-lectures; import, review and search."""
