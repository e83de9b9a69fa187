"""Self-checks: what a person answered right, and whether it is enough."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import exams.queries
from courses import study_time
from courses.models import CheckedQuestion


@dataclass(frozen=True)
class Answered:
    """The questions of a self-check that can be asked, which of them were answered right, and how
    many have to be. A question withdrawn from the bank is asked of nobody and needs no answer."""

    codes: tuple[str, ...]
    right: frozenset[str]
    needed: int

    @property
    def total(self) -> int:
        return len(self.codes)

    @property
    def done(self) -> int:
        return len(self.right)

    @property
    def is_done(self) -> bool:
        """Enough is right. A check whose questions were all withdrawn proves nothing."""
        return bool(self.codes) and self.done >= self.needed


def answered_in_check(
    enrolment_id: int,
    item_id: int,
    codes: Sequence[str],
    min_share: int,
    *,
    askable: Collection[str] | None = None,
) -> Answered:
    """How far a self-check is. Not scoped: the caller has been.

    Two statements; one when the caller knows which of the codes can be asked.
    """
    checked = CheckedQuestion.objects.filter(
        progress__enrolment=enrolment_id,
        progress__item=item_id,
        right_at__isnull=False,
        code__in=codes,
    )
    right = frozenset(checked.values_list("code", flat=True))
    if askable is None:
        askable = exams.queries.codes_to_ask(codes)
    there = tuple(code for code in codes if code in askable or code in right)
    return Answered(there, right, study_time.answers_needed(len(there), min_share=min_share))
