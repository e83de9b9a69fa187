"""When a mail may be sent, and whether one more reminder is polite. Pure."""

from datetime import datetime, time, timedelta


def next_polite_moment(now: datetime, quiet_from: time, quiet_until: time) -> datetime:
    """The first moment from ``now`` on (local, aware) that lies outside the quiet hours.

    Quiet hours are half-open and may span midnight; equal ends mean there are none.
    """
    clock = now.timetz().replace(tzinfo=None)
    if quiet_from == quiet_until:
        return now
    if quiet_from < quiet_until:
        quiet = quiet_from <= clock < quiet_until
    else:
        quiet = clock >= quiet_from or clock < quiet_until
    if not quiet:
        return now
    end = now.replace(hour=quiet_until.hour, minute=quiet_until.minute, second=0, microsecond=0)
    return end if clock < quiet_until else end + timedelta(days=1)


def may_remind(sent: list[datetime], now: datetime, weekly_cap: int) -> bool:
    """Whether the reminders of the last seven days leave room for one more."""
    return sum(1 for moment in sent if now - moment < timedelta(days=7)) < weekly_cap
