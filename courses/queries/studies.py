"""Reads about courses: what is offered, what a person began, what is proven of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import (
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)

import content.queries
import content.words
from content.facets import Facet, counted
from courses.enums import TIMED, ItemKind
from courses.models import (
    CourseEdition,
    CoursePage,
    EditionItem,
    Enrolment,
    ItemProgress,
)
from people.models import Person
from people.statements import Kept


@dataclass(frozen=True)
class OutlineItem:
    """An item of an edition and what one person has proven of it."""

    id: int
    position: int
    kind: str
    title: str
    required: bool
    min_share: int
    length_seconds: int
    page_id: int | None
    exam_id: int | None
    package_id: int | None
    training_class_id: int | None
    questions: tuple[str, ...]
    part_count: int
    must_report: bool
    covered_seconds: int = 0
    verified_seconds: int = 0
    plausible_seconds: int = 0
    position_seconds: float = 0.0
    completed_at: datetime | None = None

    @property
    def share(self) -> int:
        """How much is proven, in whole per cent, never rounded up to the whole."""
        if self.completed_at and not self.is_timed:
            return 100
        if not self.length_seconds:
            return 0
        return min(100, self.covered_seconds * 100 // self.length_seconds)

    @property
    def is_timed(self) -> bool:
        """Whether study time proves it."""
        return self.kind in TIMED

    @property
    def kind_name(self) -> str:
        """What it is, for the eye."""
        return str(ItemKind(self.kind).label)

    @property
    def minutes(self) -> int:
        """Length for the eye: whole minutes, at least one."""
        return max(1, round(self.length_seconds / 60))

    @property
    def began(self) -> bool:
        """Whether anything of it is proven."""
        return bool(self.covered_seconds or self.completed_at)


@dataclass(frozen=True)
class Outline:
    """The items of an edition in order, with one person's progress."""

    items: tuple[OutlineItem, ...]

    @property
    def required(self) -> tuple[OutlineItem, ...]:
        return tuple(item for item in self.items if item.required)

    @property
    def done(self) -> int:
        """Number of required items completed."""
        return sum(1 for item in self.required if item.completed_at)

    @property
    def total(self) -> int:
        """Number of required items."""
        return len(self.required)

    @property
    def study_minutes(self) -> int:
        """Normal length of all that is read, seen and heard, in minutes."""
        return round(sum(item.length_seconds for item in self.items) / 60)

    @property
    def verified_seconds(self) -> int:
        return sum(item.verified_seconds for item in self.items)

    @property
    def plausible_seconds(self) -> int:
        return sum(item.plausible_seconds for item in self.items)

    @property
    def next_item(self) -> OutlineItem | None:
        """Where to go on: the first item not completed, required ones before others."""
        open_items = [item for item in self.items if not item.completed_at]
        return next((item for item in open_items if item.required), None) or next(
            iter(open_items), None
        )

    def at(self, position: int) -> OutlineItem | None:
        """The item at a position, or None."""
        return next((item for item in self.items if item.position == position), None)


@dataclass(frozen=True)
class Continue:
    """A course begun and not completed, and where it goes on."""

    enrolment_id: int
    slug: str
    title: str
    done: int
    total: int
    deadline_on: date | None
    item_position: int | None
    item_title: str
    item_kind: str


@dataclass(frozen=True)
class Card:
    """A course on the shelf, as one person sees it."""

    edition: CourseEdition
    slug: str
    item_count: int
    study_minutes: int
    exam_count: int
    enrolment: Enrolment | None
    done: int
    total: int
    # Under what it stands, by the name of each division.
    divisions: dict[str, str]


# --- the shelf -----------------------------------------------------------------------------------


def current_editions() -> QuerySet[CourseEdition]:
    """The latest edition of every course on offer, by title."""
    latest = (
        CourseEdition.objects.filter(course=OuterRef("course")).order_by("-number").values("pk")[:1]
    )
    return (
        CourseEdition.objects.filter(course__live=True, pk=Subquery(latest))
        .select_related("course")
        .order_by("title", "pk")
    )


def courses_called(query: str) -> list[CourseEdition]:
    """Courses on offer whose title, summary or speaker holds every word, titles first. One statement."""
    terms = content.words.terms(query)
    if not terms:
        return []
    ranked = []
    for edition in current_editions():
        title = content.words.fold(edition.title)
        about = content.words.fold(f"{edition.summary} {edition.speaker}")
        if all(term in title or term in about for term in terms):
            ranked.append((sum(term not in title for term in terms), edition))
    return [edition for _missing, edition in sorted(ranked, key=lambda pair: pair[0])]


def shelf(
    person: Person, chosen: Mapping[str, str], *, longest_minutes: int | None = None
) -> tuple[list[Card], list[Facet]]:
    """The catalogue narrowed to what is chosen, and its facets with what stands under each choice."""
    cards = [
        card
        for card in catalogue(person)
        if longest_minutes is None or card.study_minutes <= longest_minutes
    ]
    facets = counted(content.queries.DIVISIONS, ((card.divisions, 1) for card in cards), chosen)
    kept = [c for c in cards if all(c.divisions[name] == value for name, value in chosen.items())]
    return kept, facets


def catalogue(person: Person, *, mine: bool = False) -> list[Card]:
    """Courses on offer and courses begun: begun first, then open ones, completed ones last.

    A course withdrawn from the shelf stays there for those who began it. Three statements.
    """
    enrolments = {
        enrolment.course_id: enrolment
        for enrolment in enrolments_of(person).prefetch_related("edition__items", "progress")
    }
    editions = {enrolment.edition_id: enrolment.edition for enrolment in enrolments.values()}
    if not mine:
        offered = current_editions().exclude(course__in=list(enrolments)).prefetch_related("items")
        editions |= {edition.pk: edition for edition in offered}
    cards = [_card(each, enrolments.get(each.course_id)) for each in editions.values()]
    cards.sort(key=_shelf_order)
    return cards


def _card(edition: CourseEdition, enrolment: Enrolment | None) -> Card:
    course = enrolment.course if enrolment is not None else edition.course
    items = list(edition.items.all())
    required = {item.pk for item in items if item.required}
    done = 0
    if enrolment is not None:
        done = sum(
            1 for row in enrolment.progress.all() if row.completed_at and row.item_id in required
        )
    return Card(
        edition=edition,
        slug=course.slug,
        item_count=len(items),
        study_minutes=round(sum(item.length_seconds for item in items) / 60),
        exam_count=sum(1 for item in items if item.kind == ItemKind.EXAM),
        enrolment=enrolment,
        done=done,
        total=len(required),
        divisions={
            "theme": edition.theme,
            "training_group": course.training_group,
            "resource_kind": course.resource_kind,
        },
    )


def _shelf_order(card: Card) -> tuple[int, float, str]:
    if card.enrolment is None:
        return 1, 0.0, card.edition.title
    touched = card.enrolment.studied_at or card.enrolment.enrolled_at
    return (2 if card.enrolment.completed_at else 0), -touched.timestamp(), card.edition.title


def course_on_offer(slug: str) -> CourseEdition | None:
    """The current edition of a course on offer, or None."""
    return _on_offer.first(slug)


@Kept
def _on_offer(slug: str) -> QuerySet[CourseEdition]:
    return current_editions().filter(course__slug=slug)


def prerequisites_missing(person_id: int, course_id: int) -> list[CoursePage]:
    """Courses to complete first that the person has not completed, by title."""
    return _prerequisites_missing(person_id, course_id)


@Kept
def _prerequisites_missing(person_id: int, course_id: int) -> QuerySet[CoursePage]:
    completed = Enrolment.objects.filter(
        person_id=person_id, course=OuterRef("pk"), completed_at__isnull=False
    )
    missing: QuerySet[CoursePage] = (
        CoursePage.objects.filter(required_by=course_id)
        .exclude(Exists(completed))
        .order_by("title", "pk")
    )
    return missing


# --- one person's studies ------------------------------------------------------------------------


def enrolments_of(person: Person) -> QuerySet[Enrolment]:
    """The person's own enrolments, last studied first."""
    return _enrolments(person.pk)


def _enrolments(person_id: int) -> QuerySet[Enrolment]:
    return (
        Enrolment.objects.filter(person_id=person_id, withdrawn_at=None)
        .select_related("edition", "course")
        .order_by(F("studied_at").desc(nulls_last=True), "-enrolled_at", "-pk")
    )


def enrolment_in(person: Person, slug: str) -> Enrolment | None:
    """The person's own enrolment in the course with this slug, or None."""
    return _enrolment_in.first(person.pk, slug)


@Kept
def _enrolment_in(person_id: int, slug: str) -> QuerySet[Enrolment]:
    # A course is enrolled in once; its page, forty columns wide, is not needed beside the edition.
    return Enrolment.objects.filter(
        person_id=person_id, withdrawn_at=None, course__slug=slug
    ).select_related("edition")


def outline(edition_id: int, enrolment_id: int | None) -> Outline:
    """The items of an edition with the progress of an enrolment. One statement."""
    items = _items_with_progress(edition_id, enrolment_id or 0)
    return Outline(
        tuple(
            _outline_item(
                item,
                ItemProgress(**{name: getattr(item, f"own_{name}") for name in _PROVEN})
                if vars(item)["own_covered_ms"] is not None
                else None,
            )
            for item in items
        )
    )


_PROVEN = ("covered_ms", "verified_ms", "plausible_ms", "position_ms", "completed_at")


@Kept
def _items_with_progress(edition_id: int, enrolment_id: int) -> QuerySet[EditionItem]:
    own = Q(progress__enrolment_id=enrolment_id)
    return (
        EditionItem.objects.filter(edition_id=edition_id)
        .annotate(own=FilteredRelation("progress", condition=own))
        .annotate(**{f"own_{name}": F(f"own__{name}") for name in _PROVEN})
        .order_by("position")
    )


def _outline_item(item: EditionItem, progress: ItemProgress | None) -> OutlineItem:
    return OutlineItem(
        id=item.pk,
        position=item.position,
        kind=item.kind,
        title=item.title,
        required=item.required,
        min_share=item.min_share,
        length_seconds=item.length_seconds,
        page_id=item.page_id,
        exam_id=item.exam_id,
        package_id=item.package_id,
        training_class_id=item.training_class_id,
        questions=tuple(item.questions),
        part_count=item.part_count,
        must_report=item.must_report,
        covered_seconds=progress.covered_ms // 1000 if progress else 0,
        verified_seconds=progress.verified_ms // 1000 if progress else 0,
        plausible_seconds=progress.plausible_ms // 1000 if progress else 0,
        position_seconds=progress.position_ms / 1000 if progress else 0.0,
        completed_at=progress.completed_at if progress else None,
    )


def continue_where_stopped(person: Person) -> list[Continue]:
    """A few courses begun and not completed, last studied first. Three statements."""
    found = []
    for enrolment in _begun(person.pk):
        progress = {row.item_id: row for row in enrolment.progress.all()}
        course = Outline(
            tuple(_outline_item(i, progress.get(i.pk)) for i in enrolment.edition.items.all())
        )
        following = course.next_item
        found.append(
            Continue(
                enrolment_id=enrolment.pk,
                slug=enrolment.course.slug,
                title=enrolment.edition.title,
                done=course.done,
                total=course.total,
                deadline_on=enrolment.deadline_on,
                item_position=following.position if following else None,
                item_title=following.title if following else "",
                item_kind=following.kind if following else "",
            )
        )
    return found


@Kept
def _begun(person_id: int) -> QuerySet[Enrolment]:
    return (
        _enrolments(person_id)
        .filter(completed_at=None)
        .prefetch_related(
            Prefetch("edition__items", EditionItem.objects.order_by("position")), "progress"
        )[:CONTINUED]
    )


CONTINUED = 3  # courses on the first page
