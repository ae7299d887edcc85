"""How often a schedule runs in a month, on the average of the years that it runs in."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from ifc.cron import FIELDS, YEAR, falls_on, values
from ifc.expectation import MONTH

CYCLE = (2001, 2028)  # 28 years, after which the days of the week fall on the same dates again
UNITS = {"minute": 60, "hour": 3600, "day": 86_400}


@cache
def monthly(expression: str) -> float:
    """Starts in a month of Scheduler's expression: `rate(1 hour)` is 730; what runs once is none of a month."""
    kind, _, inner = expression.partition("(")
    inner = inner.removesuffix(")")
    if kind == "rate":
        amount, unit = inner.split()
        return MONTH / (int(amount) * UNITS[unit.removesuffix("s")])
    return cron(inner) if kind == "cron" else 0.0


def cron(text: str) -> float:
    """Starts in a month of a cron expression; one that names its years has the average of those."""
    minute, hour, day, month, weekday, year = text.upper().split()
    minutes, hours = len(values(minute, FIELDS[0])), len(values(hour, FIELDS[1]))
    months = values(month, FIELDS[3])
    years = range(CYCLE[0], CYCLE[1] + 1) if year.startswith("*") and "/" not in year else sorted(values(year, YEAR))
    days = 0
    for each in years:
        one = date(each, 1, 1)
        while one.year == each:
            days += one.month in months and falls_on(one, day, weekday)
            one += timedelta(days=1)
    return days * hours * minutes / (12 * len(years))
