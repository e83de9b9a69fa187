"""Remember that a command of maintenance came to its end, for whoever watches over the site."""

from datetime import datetime

from dashboards.models import Round

SWEEP = "sweep"


def note_round(name: str, *, now: datetime) -> None:
    """Called at the end only: a round that breaks off leaves the time of the last whole one."""
    Round.objects.update_or_create(name=name, defaults={"ended_at": now})
