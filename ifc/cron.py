"""Cron expressions as EventBridge Scheduler takes them (Scheduler user guide, Schedule types): checked, and put into words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ifc.records import record

if TYPE_CHECKING:
    from datetime import date as Date

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")  # numbered from 1
FIRST_YEAR, LAST_YEAR = 1970, 2199
SPOKEN = {"-": "To", ",": "And", "/": "By", "#": "Nth", "*": "Any"}


@record
class Field:
    """One of the six fields: what it is called, its numbers, their names, and what it may hold beside them."""

    name: str
    word: str  # in an id
    low: int
    high: int
    names: tuple[str, ...] = ()
    special: str = r"(?!)"  # a regular expression; by itself it matches nothing
    steps: bool = True

    def number(self, text: str) -> int | None:
        """The number that a text or a name stands for."""
        if text in self.names:
            return self.names.index(text) + self.low
        return int(text) if text.isdecimal() and text.isascii() and len(text) <= 4 and self.low <= int(text) <= self.high else None

    @property
    def range(self) -> str:
        """Its values in words."""
        named = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.low} to {self.high}{named}"


MINUTE = Field("minute", "Min", 0, 59)
HOUR = Field("hour", "Hour", 0, 23)
DAY = Field("day of the month", "Day", 1, 31, (), r"\?|L|LW|L-(?:[1-9]|[12]\d|30)|(?:[1-9]|[12]\d|3[01])W")
MONTH = Field("month", "Month", 1, 12, MONTHS)
WEEKDAY = Field("day of the week", "Week", 1, 7, DAYS, rf"\?|L|(?:[1-7]|{'|'.join(DAYS)})(?:L|#[1-5])", False)
YEAR = Field("year", "Year", FIRST_YEAR, LAST_YEAR)
FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR)


@record
class Mistake:
    """What is wrong with an expression: its code and message, where (from, to), a few words for that place, and the help."""

    code: str
    message: str
    start: int
    end: int
    label: str
    help: str | None = None


def tidy(text: str) -> str:
    """The expression with single blanks and names in capitals."""
    return " ".join(text.upper().split())


def mistake(text: str) -> Mistake | None:
    """What is wrong with an expression, or None."""
    if re.match(r"\s*(?:cron|rate)\s*\(", text, re.IGNORECASE):
        return Mistake(
            "IFC334",
            "a cron expression stands without `cron( )` around it",
            0,
            len(text),
            "not bare",
            'write the six fields alone: `cron "0 9 * * ? *"`, or an interval as `every 5m`',
        )
    places = [(m.start(), m.end()) for m in re.finditer(r"\S+", text)]
    fields = [text[start:end].upper() for start, end in places]
    if len(fields) != len(FIELDS):
        return _count(text, fields)
    for field, said, (start, end) in zip(FIELDS, fields, places, strict=True):
        wrong = _field(said, field)
        if wrong is not None:
            return Mistake("IFC334", wrong[0], start, end, f"the {field.name}", wrong[1])
    return _days(fields, places) or _never(fields, places)


def words(text: str) -> str:
    """The expression as a part of an id: `0 9 ? * MON-FRI *` → `Min0Hour9WeekMONToFRI`. What is free is left out."""
    found = ""
    for field, said in zip(FIELDS, tidy(text).split(), strict=True):
        if said not in ("*", "?"):
            found += field.word + "".join(SPOKEN.get(c, c) for c in said)
    return found or "EveryMinute"


def days_in(month: int, year: int | None) -> int:
    """The days of a month; without a year February has 29."""
    if month == 2:
        return 29 if year is None or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)) else 28
    return 30 if month in (4, 6, 9, 11) else 31


# --- the number of fields ---


def _count(text: str, fields: list[str]) -> Mistake:
    whole = (0, len(text))
    if len(fields) == 5:
        return Mistake("IFC334", "this is a cron expression of unix, and AWS's has six fields", *whole, "five fields", _from_unix(fields))
    return Mistake(
        "IFC334",
        f"a cron expression has six fields, not {len(fields)}",
        *whole,
        _plural(len(fields)),
        "they are minute, hour, day of the month, month, day of the week and year: `0 9 ? * MON-FRI *`",
    )


def _plural(count: int) -> str:
    return "one field" if count == 1 else f"{count} fields"


def _from_unix(fields: list[str]) -> str:
    """What to write for an expression of unix: there days of the week count from 0, and both day fields may hold something."""
    minute, hour, day, month, weekday = fields
    weekday = re.sub(r"(?<![/\w])[0-7](?!\w)", lambda m: DAYS[int(m[0]) % 7], weekday)
    if weekday == "*":
        weekday = "?"
    elif day == "*":
        day = "?"
    meant = " ".join((minute, hour, day, month, weekday, "*"))
    if mistake(meant) is None:
        return f"write `{meant}`: the year comes last, one day field is `?`, and Sunday is 1 or SUN"
    return "write six fields: the year comes last, one day field is `?`, and days of the week count from 1 (Sunday) or have names"


# --- one field ---


def _field(said: str, field: Field) -> tuple[str, str | None] | None:
    """What is wrong with a field: message and help."""
    if re.fullmatch(field.special, said):
        return None
    for item in said.split(","):
        base, slash, step = item.partition("/")
        if not base:
            return f"a value is missing in `{said}`", "values are joined by single commas: `1,15`"
        if slash and not field.steps:
            return f"the {field.name} takes no step", f"name them all: `{field.names[1]},{field.names[3]}`"
        if slash and not (step.isdecimal() and step.isascii() and 1 <= int(step[:5]) <= max(field.high - field.low, 1)):
            return f"`{item}` is no step of the {field.name}", f"a step is a number up to {field.high - field.low}: `{base}/5`"
        if base == "*":
            continue
        wrong = _range(base, field)
        if wrong is not None:
            return wrong
    return None


def _range(base: str, field: Field) -> tuple[str, str | None] | None:
    low, dash, high = base.partition("-")
    ends = [field.number(low), *([field.number(high)] if dash else [])]
    if None in ends:
        bad = low if ends[0] is None else high
        if bad == "?":
            return f"the {field.name} can't be `?`", "only the two day fields can; write `*`"
        return f"`{bad or base}` is no {field.name}", f"it goes from {field.range}"
    if dash and ends[0] > ends[1]:  # type: ignore[operator]  # None is sorted out above
        return f"the range `{base}` goes backwards", f"write two: `{low}-{_said(field.high, field)},{_said(field.low, field)}-{high}`"
    return None


def _said(number: int, field: Field) -> str:
    return field.names[number - field.low] if field.names else str(number)


# --- the days ---


def _days(fields: list[str], places: list[tuple[int, int]]) -> Mistake | None:
    """Exactly one of the two day fields says something."""
    day, weekday = fields[2], fields[4]
    if (day == "?") != (weekday == "?"):
        return None
    start, end = places[4]
    if day == "?":
        return Mistake(
            "IFC335", "both day fields are `?`, so no day is meant", start, end, "and this one", "write `*` for one of them: every day"
        )
    if weekday == "*":
        meant = [*fields[:4], "?", fields[5]]
    elif day == "*":
        meant = [*fields[:2], "?", *fields[3:]]
    else:
        return Mistake(
            "IFC335",
            f"`{day}` and `{weekday}` both choose days, and one of the day fields must be `?`",
            start,
            end,
            "the second choice",
            "write two schedules, one for each",
        )
    return Mistake("IFC335", "one of the two day fields must be `?`", start, end, "a day field", f"write `{' '.join(meant)}`")


def _never(fields: list[str], places: list[tuple[int, int]]) -> Mistake | None:
    """A day that none of the months has."""
    numbers = [re.match(r"\d+", item) for item in fields[2].split(",")]
    starts = [int(n[0]) for n in numbers if n is not None]
    if len(starts) < len(numbers):
        return None  # `*`, `?` and `L` always come
    months = values(fields[3], MONTH)
    years = [None] if fields[5].startswith("*") else sorted(values(fields[5], YEAR))
    if any(min(starts) <= days_in(month, year) for month in months for year in years):
        return None
    start, end = places[2]
    there = {days_in(month, year) for month in months for year in years}
    return Mistake(
        "IFC336",
        f"the day {min(starts)} never comes: the months that are meant have at most {max(there)}",
        start,
        end,
        "never comes",
        "write `L` for the last day of a month",
    )


def values(said: str, field: Field) -> set[int]:
    """The numbers that a field stands for."""
    found: set[int] = set()
    for item in said.split(","):
        base, slash, step = item.partition("/")
        low, dash, high = base.partition("-")
        first = field.low if low == "*" else field.number(low) or field.low
        end = field.number(high) if dash else None
        last = end if end is not None else field.high if slash or low == "*" else first
        found.update(range(first, last + 1, int(step) if slash else 1))
    return found


# --- the days of a calendar ---


def falls_on(date: Date, day: str, weekday: str) -> bool:
    """Whether a date is one of the days that the two day fields choose."""
    last = days_in(date.month, date.year)
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


def _weekday(date: Date, said: str, last: int) -> bool:
    number = date.isoweekday() % 7 + 1  # Sunday is 1
    if said == "L":
        return number == 7
    match = re.fullmatch(r"(\w+?)(?:L|#(\d))", said)
    if match and (match[1] in DAYS or match[1].isdecimal()):
        if (DAYS.index(match[1]) + 1 if match[1] in DAYS else int(match[1])) != number:
            return False
        return date.day > last - 7 if match[2] is None else (date.day - 1) // 7 + 1 == int(match[2])
    return number in values(said, WEEKDAY)


def _workday(date: Date, wanted: int, last: int) -> int:
    """The day of the month from Monday to Friday that is nearest to a day, within the month."""
    day = date.replace(day=wanted)
    if day.isoweekday() == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if day.isoweekday() == 7:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted
