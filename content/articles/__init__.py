"""The reading of a policy text: from plain text to numbered articles with stable anchors.

Pure: text in, values out. Nothing here knows a framework, a database or a clock.
"""

from content.articles.model import (
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
    "Node",
    "NodeKind",
    "ParsedPolicy",
    "PublicationMark",
    "Reason",
    "Remark",
    "RemarkKind",
    "parse",
]
