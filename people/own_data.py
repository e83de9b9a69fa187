"""What the house holds about one person, in sections that he may take with him (P4).

Each app names its own tables and columns; labels are those of the models, so that nothing is
described twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Field, Model, Q, QuerySet
from django.db.models.fields.related import ForeignKey
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from people import deeds
from people.models import AuditEntry, MembershipStage, PartyDuty, Person, Post, RoleGrant


@dataclass(frozen=True)
class Section:
    """One table: ``rows`` as plain JSON values by column, ``shown`` the same as people read them."""

    name: str
    title: str
    labels: list[str]
    rows: list[dict[str, Any]]
    shown: list[list[str]]


def section(name: str, title: str, rows: QuerySet[Any], columns: Sequence[str]) -> Section:
    """Read the columns (paths such as ``unit__name`` allowed) of all rows."""
    fields = [_field(rows.model, column) for column in columns]
    values = [dict(zip(columns, row, strict=True)) for row in rows.values_list(*columns)]
    return Section(
        name,
        title,
        [_label(rows.model, column, field) for column, field in zip(columns, fields, strict=True)],
        [{column: plain(value) for column, value in row.items()} for row in values],
        [[_shown(field, row[column]) for column, field in zip(columns, fields, strict=True)]
         for row in values],
    )  # fmt: skip


def _field(model: type[Model], path: str) -> Field[Any, Any]:
    *steps, last = path.split("__")
    for step in steps:
        related = model._meta.get_field(step).related_model
        assert isinstance(related, type)  # noqa: S101  the path is written in our own code
        model = related
    field = model._meta.get_field(last)
    assert isinstance(field, Field)  # noqa: S101
    return field


def _label(model: type[Model], path: str, field: Field[Any, Any]) -> str:
    first, *rest = path.split("__")
    named = model._meta.get_field(first) if rest else field
    if isinstance(named, ForeignKey) and named.related_model is not None:
        plain_name = str(named.verbose_name) == named.name.replace("_", " ")
        related: Any = named.related_model
        return capfirst(str(related._meta.verbose_name if plain_name else named.verbose_name))
    return capfirst(str(field.verbose_name))


def plain(value: Any) -> Any:
    """As JSON holds it: amounts as text, so that no digit is lost; instants in UTC."""
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _shown(field: Field[Any, Any], value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Decimal):
        return number_format(value.normalize() if value % 1 else int(value))
    return str(value)


def personnel(person: Person) -> list[Section]:
    """The person's own facts, and who looked at or changed them."""
    mine = Q(subject=f"people.person:{person.pk}") & ~Q(actor=person)
    return [
        section(
            "person",
            _("Person"),
            Person.objects.filter(pk=person.pk),
            ("name", "staff_number", "pinyin", "email", "unit__name", "joined_on", "is_active",
             "last_login"),
        ),
        section(
            "posts",
            _("Posts"),
            Post.objects.filter(person=person).order_by("starts_on", "id"),
            ("title", "unit__name", "rank", "grade", "leading", "authority", "primary", "starts_on",
             "ends_on"),
        ),
        section(
            "duties",
            _("Party duties"),
            PartyDuty.objects.filter(person=person).order_by("starts_on", "id"),
            ("kind", "unit__name", "starts_on", "ends_on"),
        ),
        section(
            "stages",
            _("Membership stages"),
            MembershipStage.objects.filter(person=person).order_by("starts_on", "id"),
            ("stage", "starts_on", "ends_on"),
        ),
        section(
            "roles",
            _("Roles on the platform"),
            RoleGrant.objects.filter(person=person).order_by("starts_on", "id"),
            ("role", "unit__name", "starts_on", "ends_on"),
        ),
        _with_deeds(
            section(
                "seen_by",
                _("Who looked at or changed my record"),
                AuditEntry.objects.filter(mine).order_by("at", "id"),
                ("at", "actor__name", "verb"),
            )
        ),
    ]  # fmt: skip


def _with_deeds(found: Section) -> Section:
    """Deeds in words where people read them."""
    shown = [[*cells[:-1], deeds.said(cells[-1])] for cells in found.shown]
    return replace(found, shown=shown)
