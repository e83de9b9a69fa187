"""After the hand-in: how marking goes, corrected keys and whom they concern, appeals."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, F, Max, Q, QuerySet

from exams.engine.items import is_automatic, item_from_dict, same_shape
from exams.engine.scoring import Reason
from exams.enums import AppealState, AttemptState, Decision, MarkRound, Review
from exams.models import (
    NEW_RESULT,
    Appeal,
    Attempt,
    Exam,
    KeyCorrection,
    Mark,
    PaperItem,
    QuestionVersion,
    ScoreChange,
)
from exams.queries.grading import Anew, graded_anew, rulings_of
from exams.queries.results import review_level
from exams.queries.sheet import forms_of, sheet_of
from people.models import Person

CONCERNED_SHOWN = 200


# --- how marking goes ------------------------------------------------------------------------------


@dataclass
class QuestionProgress:
    """One question marked by hand: how many answers, and how far they are."""

    version_id: int
    type: str
    stem: str
    answers: int = 0
    settled: int = 0
    third: int = 0  # answers on which two markers disagreed
    disputed: int = 0  # of these, how many a third person has not looked at yet

    @property
    def waiting(self) -> int:
        return self.answers - self.settled


@dataclass(frozen=True, slots=True)
class MarkerProgress:
    """How much one marker did, and the mean share of the points given: who is strict, who mild."""

    name: str
    marks: int
    share: Decimal  # percent


@dataclass(frozen=True, slots=True)
class MarkingProgress:
    questions: list[QuestionProgress]
    markers: list[MarkerProgress]
    unfinished: int
    disputed: int  # answers that wait for a third person


def marking_progress(exam: Exam) -> MarkingProgress:
    """How the marking by hand of an exam stands; six statements, no candidate is named."""
    rows = Attempt.objects.filter(
        exam=exam, state__in=[AttemptState.SUBMITTED, AttemptState.GRADED], marks__isnull=False
    ).filter(Q(state=AttemptState.SUBMITTED) | Q(by_hand__isnull=False))
    on_paper = dict(
        PaperItem.objects.filter(paper=exam.paper_id).values_list("number", "version_id")
        if exam.paper_id
        else ()
    )
    answers: Counter[int] = Counter()
    settled: Counter[int] = Counter()
    unfinished = 0
    for state, marks, by_hand, drawn in rows.values_list("state", "marks", "by_hand", "drawn"):
        unfinished += state == AttemptState.SUBMITTED
        done = {int(number) for number in by_hand or {}}
        opened = {number for number, _, reason in marks or [] if reason == Reason.TO_MARK}
        for number in done | opened:
            version = on_paper.get(number) if drawn is None else (drawn or [])[number - 1][0]
            if version is not None:
                answers[version] += 1
                settled[version] += number in done
    given = Mark.objects.filter(attempt__exam=exam).exclude(round=MarkRound.APPEAL)
    thirds = dict(
        given.filter(round=MarkRound.THIRD)
        .values_list("version_id")
        .annotate(n=Count("pk"))
        .order_by("version_id")
    )
    second = given.filter(round=MarkRound.SECOND, attempt__state=AttemptState.SUBMITTED)
    disputed = Counter(
        version
        for version, number, by_hand in second.values_list(
            "version_id", "number", "attempt__by_hand"
        )
        if str(number) not in (by_hand or {})
    )
    bodies = dict(QuestionVersion.objects.filter(pk__in=answers).values_list("pk", "body"))
    # Points that an appeal gave to what is marked by its key are no work of markers.
    by_markers = [pk for pk in sorted(answers) if not is_automatic(item_from_dict(bodies[pk]))]
    share = Avg(F("points") * 100 / F("worth"), filter=Q(worth__gt=0))
    by_marker = given.values("marker__name").annotate(n=Count("pk"), share=share)
    return MarkingProgress(
        questions=[
            QuestionProgress(
                version,
                bodies[version]["type"],
                bodies[version]["stem"],
                answers[version],
                settled[version],
                thirds.get(version, 0) + disputed[version],
                disputed[version],
            )
            for version in by_markers
        ],
        markers=[
            MarkerProgress(row["marker__name"], row["n"], Decimal(row["share"] or 0))
            for row in by_marker.order_by("marker__name", "marker_id")
        ],
        unfinished=unfinished,
        disputed=disputed.total(),
    )


# --- corrected keys --------------------------------------------------------------------------------


def was_reviewed(version: QuestionVersion) -> bool:
    """Whether a second person approved this version in the bank."""
    return version.reviews.filter(decision=Decision.APPROVED).exists()


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question an exam asks, and the later versions whose key could judge it instead."""

    version_id: int
    code: str
    number: int
    stem: str
    later: list[tuple[int, int]] = field(default_factory=list)  # (version id, its number)


def asked_questions(exam: Exam) -> list[AskedQuestion]:
    """The questions of an exam on any of its papers, in the order of the bank; three statements."""
    on_forms = PaperItem.objects.filter(forms_of(exam.pk))
    ids = set(on_forms.values_list("version_id", flat=True))
    if exam.paper_id is None:  # what candidates with a parallel form have noted stands on it
        own = Attempt.objects.filter(exam=exam, drawn__isnull=False)
        drawn = own.values_list("drawn", flat=True)
        ids |= {version for lines in drawn.iterator(chunk_size=500) for version, _ in lines or []}
    versions = QuestionVersion.objects.filter(pk__in=ids)
    asked = list(versions.select_related("question").order_by("question__code", "number"))
    later: dict[int, list[tuple[int, int]]] = {}
    newer = (
        QuestionVersion.objects.filter(
            question__in={version.question_id for version in asked},
            reviews__decision=Decision.APPROVED,
        )
        .distinct()
        .order_by("-number")
    )
    # Two papers may ask one question in two wordings: each is corrected for itself.
    wordings: dict[int, list[QuestionVersion]] = {}
    for version in asked:
        wordings.setdefault(version.question_id, []).append(version)
    for version in newer:
        for old in wordings[version.question_id]:
            if version.number > old.number and same_shape(
                item_from_dict(old.body), item_from_dict(version.body)
            ):
                later.setdefault(old.pk, []).append((version.pk, version.number))
    return [
        AskedQuestion(v.pk, v.question.code, v.number, v.stem, later.get(v.pk, [])) for v in asked
    ]


@dataclass
class Effect:
    """Whom a correction would concern, before anything is written."""

    attempts: int = 0
    higher: int = 0
    lower: int = 0
    now_pass: int = 0
    now_fail: int = 0
    concerned: list[Anew] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.higher + self.lower

    @property
    def not_shown(self) -> int:
        return self.changed - len(self.concerned)


def effect_of(correction: KeyCorrection) -> Effect:
    """Mark every graded attempt of the exam as if the correction were in force; nothing is stored.

    The first ``CONCERNED_SHOWN`` concerned are kept, those whose passing changes first.
    """
    effect = Effect()
    rulings = rulings_of(correction.exam_id, besides=correction)
    flips: list[Anew] = []
    for anew in graded_anew(correction.exam, rulings):
        effect.attempts += 1
        if not anew.changes_score:
            continue
        flipped = anew.passed != anew.attempt.passed
        effect.now_pass += flipped and anew.passed
        effect.now_fail += flipped and not anew.passed
        higher = _share(anew.graded.points, anew.graded.worth) >= _share(
            anew.attempt.score, anew.attempt.worth
        )
        effect.higher += higher
        effect.lower += not higher
        kept = flips if flipped else effect.concerned
        if len(kept) < CONCERNED_SHOWN:
            kept.append(anew)
    effect.concerned = [*flips, *effect.concerned][:CONCERNED_SHOWN]
    names = dict(
        Person.objects.filter(
            pk__in=[anew.attempt.person_id for anew in effect.concerned]
        ).values_list("pk", "name")
    )
    for anew in effect.concerned:
        anew.attempt.__dict__["person_name"] = names[anew.attempt.person_id]
    return effect


def _share(points: Decimal | None, worth: Decimal | None) -> Decimal:
    return Decimal(0) if not points or not worth else points / worth


def graded_count(exam_id: int) -> int:
    """How many attempts of an exam have a score."""
    return Attempt.objects.filter(exam=exam_id, state=AttemptState.GRADED).count()


def corrections_of(exam_id: int) -> QuerySet[KeyCorrection]:
    """The corrections of an exam, newest first."""
    return (
        KeyCorrection.objects.filter(exam=exam_id)
        .select_related("version__question", "replacement", "proposed_by", "decided_by")
        .order_by("-proposed_at", "-id")
    )


def changes_of(attempt: Attempt) -> list[tuple[ScoreChange, int | None]]:
    """How the result of an attempt changed, oldest first, each with the place of the question it was
    for on the candidate's page."""
    changes = ScoreChange.objects.filter(NEW_RESULT, attempt=attempt)
    told = list(changes.select_related("correction"))
    if not told:
        return []
    sheet = sheet_of(attempt)
    by_version = {line.version_id: line.place for line in sheet}
    by_number = {line.number: line.place for line in sheet}
    looked_at = Mark.objects.filter(attempt=attempt, round=MarkRound.APPEAL)
    appealed = looked_at.values_list("number", flat=True).first()
    return [
        (
            change,
            by_version.get(change.correction.version_id)
            if change.correction is not None
            else by_number.get(appealed or 0),
        )
        for change in told
    ]


def changes_by(correction_id: int) -> QuerySet[ScoreChange]:
    """Whose result a correction changed."""
    changes = ScoreChange.objects.filter(NEW_RESULT, correction=correction_id)
    return changes.select_related("attempt__person").order_by("pk")


def wrong_results(exam: Exam) -> Iterator[Anew]:
    """Graded attempts whose stored marks are not what the pure marking says (E6)."""
    for anew in graded_anew(exam, rulings_of(exam.pk)):
        if anew.changes_marks or anew.changes_score:
            yield anew


# --- appeals -----------------------------------------------------------------------------------------


def appeal_until(attempt: Attempt, now: datetime) -> datetime | None:
    """Until when the candidate may ask to look again; None while the result is not shown, or never.

    Counted from the release: the grading, or the closing of the exam where results wait for it; and
    anew from a corrected key that made the result another one.
    """
    exam = attempt.exam
    if not exam.appeal_days or attempt.graded_at is None:
        return None
    if review_level(attempt, now) == Review.NOTHING:
        return None
    released = attempt.graded_at
    if exam.review_when == "after_close":
        released = max(released, exam.closes_at)
    corrected = ScoreChange.objects.filter(NEW_RESULT, attempt=attempt, correction__isnull=False)
    latest = corrected.aggregate(at=Max("at"))["at"]
    return max(released, latest or released) + timedelta(days=exam.appeal_days)


def appeals_for(marker: Person) -> QuerySet[Appeal]:
    """Appeals this marker may answer: not of his own attempt, nor of one he marked. Oldest first."""
    return (
        Appeal.objects.filter(state=AppealState.OPEN)
        .exclude(attempt__person=marker)
        .exclude(attempt__given_marks__marker=marker)
        .select_related("attempt__exam")
        .order_by("filed_at", "id")
    )


def was_answered(pk: int, marker: Person) -> bool:
    """Was this appeal answered already? Of his own attempt nobody learns it here."""
    answered = Appeal.objects.exclude(state=AppealState.OPEN).exclude(attempt__person=marker)
    return answered.filter(pk=pk).exists()


def appeals_of(exam_id: int) -> QuerySet[Appeal]:
    """All appeals of an exam for whoever holds it, open ones first."""
    return (
        Appeal.objects.filter(attempt__exam=exam_id)
        .select_related("attempt", "decided_by")
        .order_by(F("decided_at").asc(nulls_first=True), "filed_at", "id")
    )


def appeal_of(attempt_id: UUID) -> Appeal | None:
    """The appeal of an attempt, if there is one."""
    return Appeal.objects.filter(attempt=attempt_id).first()


def new_keys(exam_id: int) -> dict[int, Any]:
    """Questions of an exam whose key was corrected: version asked → the question with its new key."""
    return {
        version: judged.item
        for version, judged in rulings_of(exam_id).items()
        if judged.item is not None
    }
