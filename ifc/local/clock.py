"""When a schedule runs next (EventBridge Scheduler user guide, Schedule types)."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date as date_
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ifc.cron import DAYS, FIELDS, WEEKDAY, values

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
        if date.year in years and date.month in months and _day(date, day, weekday):
            for h in hours:
                for m in minutes:
                    local = datetime(date.year, date.month, date.day, h, m, tzinfo=zone)
                    moment = local.timestamp()
                    if moment > after and datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                        return moment
        date += timedelta(days=1)
    return None


def _day(date: date_, day: str, weekday: str) -> bool:
    """Whether a date is one of the days that the two day fields choose."""
    last = monthrange(date.year, date.month)[1]
    if day == "?":
        return _weekday(date, weekday, last)
    if day == "L":
        return date.day == last
    if day == "LW":
        return date.day == _workday(date, last, last)
    if day.startswith("L-"):
        return date.day == last - int(day[2:])
    if day.endswith("W"):
        wanted = int(day[:-1])
        return wanted <= last and date.day == _workday(date, wanted, last)
    return date.day in values(day, FIELDS[2])


def _weekday(date: date_, said: str, last: int) -> bool:
    number = date.isoweekday() % 7 + 1  # Sunday is 1
    if said == "L":
        return number == 7
    match = re.fullmatch(r"(\w+?)(?:L|#(\d))", said)
    if match and (match[1] in DAYS or match[1].isdecimal()):
        if (DAYS.index(match[1]) + 1 if match[1] in DAYS else int(match[1])) != number:
            return False
        return date.day > last - 7 if match[2] is None else (date.day - 1) // 7 + 1 == int(match[2])
    return number in values(said, WEEKDAY)


def _workday(date: date_, wanted: int, last: int) -> int:
    """The day of the month from Monday to Friday that is nearest to a day, within the month."""
    day = date_(date.year, date.month, wanted)
    if day.isoweekday() == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if day.isoweekday() == 7:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted
