"""The reading of a policy text: from plain text to numbered articles with stable anchors.

Pure: text in, values out. Nothing here knows a framework, a database or a clock.
"""

from content.articles.books import form_of, parse_book
from content.articles.model import (
    Form,
    Node,
    NodeKind,
    ParsedPolicy,
    PublicationMark,
    Reason,
    Remark,
    RemarkKind,
)
from content.articles.parser import parse

__all__ = [
    "Form",
    "Node",
    "NodeKind",
    "ParsedPolicy",
    "PublicationMark",
    "Reason",
    "Remark",
    "RemarkKind",
    "form_of",
    "parse",
    "parse_book",
]
