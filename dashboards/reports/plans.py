"""A seat plan as a file: seats by unit and rank, then the people."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dashboards import queries, wording
from dashboards.files.document import Document, Table
from dashboards.models import SeatPlan
from dashboards.reports.scope import NotEntrusted
from people.enums import Rank
from people.models import Person
from people.numbers import whole_number
from people.queries import places_within


def plan_report(owner: Person, parameters: dict[str, Any], now: datetime) -> Document:
    """The plan as it stands."""
    plan = plan_for(owner, parameters)
    seats = queries.planned_seats(plan)
    names = queries.names_of_units(seat.unit for seat in seats)
    called = list(queries.seats_of_plan(plan).filter(called=True))
    places = places_within(plan.unit, (seat.person.unit for seat in called))
    title = queries.requirement_titles().get(plan.requirement, plan.requirement)
    days = wording.quantity(plan.class_days, "training_days")
    return Document(
        title=plan.title,
        tables=[
            Table(
                _("Seats"),
                [_("Unit"), _("Rank"), _("Seats")],
                [
                    [names.get(seat.unit, seat.unit), str(Rank(seat.rank).label), seat.seats]
                    for seat in seats
                ],
                len(seats),
                frozenset({0}),
            ),
            Table(
                _("To be called up"),
                [
                    _("Staff number"),
                    _("Name"),
                    _("Unit"),
                    _("Rank"),
                    _("How urgent"),
                    _("Training days missing"),
                    _("Due on"),
                ],
                [
                    [
                        seat.person.staff_number,
                        seat.person.name,
                        places.get(seat.person.unit_id or 0, ""),
                        str(Rank(seat.rank).label),
                        str(wording.URGENCIES[seat.urgency]),
                        seat.missing_days,
                        seat.due_on,
                    ]
                    for seat in called
                ],
                len(called),
                frozenset({2}),
            ),
        ],
        lines=[
            f"{plan.unit.name} · {title}",
            _("Class of %(days)s, %(seats)s seats, for what is due by %(day)s")
            % {
                "days": days,
                "seats": plan.capacity,
                "day": date_format(plan.horizon_on, "DATE_FORMAT"),
            },
        ],
        persons=len(called),
    )


def plan_for(owner: Person, parameters: dict[str, Any]) -> SeatPlan:
    """The plan, if the owner may see it now. Raises NotEntrusted."""
    fresh = Person.objects.get(pk=owner.pk)
    number = str(parameters.get("plan", ""))
    found = queries.plans_visible_to(fresh).filter(pk=whole_number(number))
    plan = found.first()
    if plan is None:
        raise NotEntrusted(number)
    return plan
