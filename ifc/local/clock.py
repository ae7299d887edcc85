"""When a schedule runs next (EventBridge Scheduler user guide, Schedule types)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ifc.cron import FIELDS, falls_on, values

UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
FURTHEST = 200 * 366  # days that are looked at


def following(expression: str, zone: str, after: float, began: float) -> float | None:
    """The first time after `after` at which a schedule runs, in seconds since the epoch; None if it never does again.

    `rate` counts from `began`. A local time that a change of the clocks skips does not run; one that comes twice runs once.
    """
    kind, _, inner = expression.partition("(")
    inner = inner.removesuffix(")")
    if kind == "rate":
        amount, unit = inner.split()
        seconds = int(amount) * UNITS[unit.removesuffix("s")]
        return began + seconds * (int((after - began) // seconds) + 1)
    place = ZoneInfo(zone)
    if kind == "at":
        moment = datetime.fromisoformat(inner).replace(tzinfo=place).timestamp()
        return moment if moment > after else None
    return _cron(inner, place, after)


def _cron(text: str, zone: ZoneInfo, after: float) -> float | None:
    minute, hour, day, month, weekday, year = text.upper().split()
    minutes, hours, months = (sorted(values(said, field)) for said, field in ((minute, FIELDS[0]), (hour, FIELDS[1]), (month, FIELDS[3])))
    years = values(year, FIELDS[5])
    start = datetime.fromtimestamp(after, zone)
    date = start.date()
    for _ in range(FURTHEST):
        if date.year > 2199:
            return None
        if date.year in years and date.month in months and falls_on(date, day, weekday):
            for h in hours:
                for m in minutes:
                    local = datetime(date.year, date.month, date.day, h, m, tzinfo=zone)
                    moment = local.timestamp()
                    if moment > after and datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                        return moment
        date += timedelta(days=1)
    return None
