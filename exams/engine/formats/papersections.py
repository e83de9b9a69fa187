"""The headings of a paper: what type its questions have, what each is worth, how they are marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from exams.engine import items as it

_NUMBER = r"(\d+(?:\.\d+)?)"
_EACH = re.compile(rf"(?:每(?:小)?题|每道(?:小)?题|各)\s*{_NUMBER}\s*分")
_EACH_BLANK = re.compile(rf"每(?:个)?(?:小)?空(?:格)?\s*{_NUMBER}\s*分")
_TOTAL = re.compile(rf"(?:共|计|满分)\s*{_NUMBER}\s*分|[（(]\s*{_NUMBER}\s*分\s*[)）]")
# What a heading says of answers that are right in part. The first that fits counts.
_RULES = (
    (re.compile(r"[少漏]选[^。；;，,]{0,12}(?:得一半|一半的?分|得?50\s*%|减半)"), "half"),
    (re.compile(r"每选对[一1]?[个项][^。；;]{0,8}得"), "per_option"),
    (
        re.compile(r"[少漏]选[^。；;]{0,12}(?:均|都|也)?(?:不得分|不给分|得?0\s*分|零分|无分)"),
        "exact",
    ),
    (re.compile(r"(?:全部?选?对|完全正确)(?:才|方|方可)得分"), "exact"),
)


@dataclass(slots=True)
class Section:
    """One part of a paper. ``total`` is for all its questions, ``per_blank`` for each blank."""

    kind: str = ""
    points: Decimal | None = None
    per_blank: Decimal | None = None
    total: Decimal | None = None
    rule: str = ""


def section_of(kind: str, heading: str) -> Section:
    """What a heading such as 二、多选题（每题2分，共20分，少选不得分） says."""
    each, blank, total = (p.search(heading) for p in (_EACH, _EACH_BLANK, _TOTAL))
    return Section(
        kind,
        Decimal(each.group(1)) if each else None,
        Decimal(blank.group(1)) if blank else None,
        Decimal(total.group(1) or total.group(2)) if total else None,
        next((rule for pattern, rule in _RULES if pattern.search(heading)), ""),
    )


def worth_of(section: Section, plain: it.Plain, questions: int) -> Decimal | None:
    """The points of a question about which only its heading speaks."""
    if section.points is not None:
        return section.points
    if section.per_blank is not None and plain.get("type") == "fill_in":
        return section.per_blank * len(plain["blanks"])
    if section.total is not None and section.per_blank is None and questions:
        share = section.total / questions
        return share if share % Decimal("0.5") == 0 else None
    return None
