"""When schedules run: against a plain search minute by minute, over changes of the clocks, and examples of the user guide."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from ifc.cron import DAYS, MONTHS, mistake
from ifc.local.clock import following


def at(text: str, zone: str = "UTC") -> float:
    """A local time in seconds since the epoch."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment: float | None, zone: str = "UTC") -> str | None:
    """A moment as a local time with its distance from UTC."""
    return None if moment is None else datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat()


# Examples: expression, zone, after, the next time.
EXAMPLES = [
    ("cron(15 10 * * ? *)", "UTC", "2026-11-22T10:15", "2026-11-23T10:15:00+00:00"),
    ("cron(0 18 ? * MON-FRI *)", "UTC", "2026-11-20T18:00", "2026-11-23T18:00:00+00:00"),
    ("cron(0 8 1 * ? *)", "UTC", "2026-11-22T00:00", "2026-12-01T08:00:00+00:00"),
    ("cron(0/15 * * * ? *)", "UTC", "2026-11-22T10:44:59", "2026-11-22T10:45:00+00:00"),
    ("cron(5,35 14 * * ? *)", "UTC", "2026-11-22T14:05", "2026-11-22T14:35:00+00:00"),
    ("cron(15 10 ? * 6L 2026-2027)", "UTC", "2026-11-22T10:15", "2026-11-27T10:15:00+00:00"),
    ("cron(0 9 ? * 2#1 *)", "UTC", "2026-11-22T10:15", "2026-12-07T09:00:00+00:00"),
    ("cron(0 9 ? * L *)", "UTC", "2026-11-22T10:15", "2026-11-28T09:00:00+00:00"),
    ("cron(0 9 L * ? *)", "UTC", "2028-02-01T00:00", "2028-02-29T09:00:00+00:00"),
    ("cron(0 9 L-2 * ? *)", "UTC", "2027-02-01T00:00", "2027-02-26T09:00:00+00:00"),
    ("cron(0 9 LW * ? *)", "UTC", "2027-01-01T00:00", "2027-01-29T09:00:00+00:00"),
    ("cron(0 9 1W * ? *)", "UTC", "2026-07-31T10:00", "2026-08-03T09:00:00+00:00"),  # the first is a Saturday
    ("cron(0 9 31W * ? *)", "UTC", "2026-10-30T10:00", "2026-12-31T09:00:00+00:00"),
    ("cron(0 0 29 2 ? *)", "UTC", "2026-01-01T00:00", "2028-02-29T00:00:00+00:00"),
    ("cron(0 0 1 1 ? 2020)", "UTC", "2026-01-01T00:00", None),
    ("cron(0 9 * * ? *)", "Asia/Tokyo", "2026-11-22T09:00", "2026-11-23T09:00:00+09:00"),
    # The clocks go forward at 02:00: what would be in between is skipped.
    ("cron(30 2 * * ? *)", "America/New_York", "2026-03-07T12:00", "2026-03-09T02:30:00-04:00"),
    # They go back at 02:00: what comes twice runs once.
    ("cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00", "2026-11-01T01:30:00-04:00"),
    ("cron(30 1 * * ? *)", "America/New_York", "2026-11-01T01:30", "2026-11-02T01:30:00-05:00"),
    ("at(2027-01-01T00:00:00)", "Asia/Tokyo", "2026-11-22T00:00", "2027-01-01T00:00:00+09:00"),
    ("at(2027-01-01T00:00:00)", "Asia/Tokyo", "2027-01-01T00:00", None),
]


@pytest.mark.parametrize(("expression", "zone", "after", "expected"), EXAMPLES)
def test_examples(expression: str, zone: str, after: str, expected: str | None) -> None:
    """A schedule's next time is the one that the user guide means."""
    assert shown(following(expression, zone, at(after, zone), 0), zone) == expected


def test_intervals_count_from_their_beginning() -> None:
    """An interval runs whole intervals after it began, and never twice."""
    assert following("rate(1 minute)", "UTC", 1000, 1000) == 1060
    assert following("rate(5 minutes)", "UTC", 1300, 1000) == 1600
    assert following("rate(5 minutes)", "UTC", 1299.9, 1000) == 1300
    assert following("rate(2 hours)", "UTC", 1000, 1000) == 8200
    assert following("rate(1 day)", "UTC", 1000, 1000) == 87_400


# --- against a search minute by minute ---


def plain(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> set[int]:
    """The values of a field without special words."""
    found: set[int] = set()
    for item in text.split(","):
        base, _, step = item.partition("/")
        ends = [names.index(e) + low if e in names else int(e) for e in base.split("-") if e != "*"]
        first = ends[0] if ends else low
        last = ends[1] if len(ends) > 1 else high if step or not ends else first
        found |= {n for n in range(first, last + 1) if (n - first) % int(step or 1) == 0}
    return found


def is_day(day: datetime, said: str, weekday: str) -> bool:
    """Whether the two day fields choose a day."""
    last = calendar.monthrange(day.year, day.month)[1]
    week = [d for d in range(1, last + 1) if datetime(day.year, day.month, d).weekday() == day.weekday()]
    number = day.isoweekday() % 7 + 1
    if said == "?":
        if weekday.endswith("L") and weekday != "L":
            return plain(weekday[:-1], 1, 7, DAYS) == {number} and day.day == week[-1]
        if "#" in weekday:
            name, nth = weekday.split("#")
            return plain(name, 1, 7, DAYS) == {number} and week[int(nth) - 1 : int(nth)] == [day.day]
        return number in ({7} if weekday == "L" else plain(weekday, 1, 7, DAYS))
    workdays = [d for d in range(1, last + 1) if datetime(day.year, day.month, d).weekday() < 5]
    if said.startswith("L"):
        return day.day == (workdays[-1] if said == "LW" else last - int(said[2:] or 0))
    if said.endswith("W"):
        wanted = int(said[:-1])
        return wanted <= last and day.day == min(workdays, key=lambda d: (abs(d - wanted), d > wanted))
    return day.day in plain(said, 1, 31)


def searched(expression: str, zone: str, after: float) -> float | None:
    """The first minute within two months at which a cron expression holds; the second time of a local time that comes twice is none."""
    minute, hour, day, month, weekday, year = expression.removeprefix("cron(").removesuffix(")").split()
    minutes, hours, months = plain(minute, 0, 59), plain(hour, 0, 23), plain(month, 1, 12, MONTHS)
    moment = datetime.fromtimestamp(after // 60 * 60 + 60, UTC)
    end = moment + timedelta(days=62)
    while moment < end:
        local = moment.astimezone(ZoneInfo(zone))
        if local.month not in months or not is_day(local, day, weekday) or local.year not in plain(year, 1970, 2199):
            moment += timedelta(minutes=30 - local.minute % 30)  # no day begins but on a half hour
        elif local.minute in minutes and local.hour in hours and not local.fold:
            return moment.timestamp()
        else:
            moment += timedelta(minutes=1)
    return None


def numbers(low: int, high: int, *names: str) -> st.SearchStrategy[str]:
    """A field of numbers: all, one, a list, a range, steps."""
    one = st.integers(low, high).map(str)
    several = st.lists(one, min_size=1, max_size=3).map(",".join)
    ranges = st.tuples(st.integers(low, high), st.integers(low + 1, high)).map(lambda e: f"{min(e)}-{max(e)}")
    steps = st.tuples(st.sampled_from(["*", str(low)]), st.integers(1, max(1, (high - low) // 2))).map(lambda e: f"{e[0]}/{e[1]}")
    return st.one_of(several, ranges, steps, *([st.sampled_from(names)] if names else []))


DAYS_OF_MONTH = st.one_of(numbers(1, 28), st.sampled_from(["*", "L", "LW", "L-3", "1W", "15W", "31W"])).map(lambda d: (d, "?"))
WEEK = st.one_of(
    st.lists(st.sampled_from([*DAYS, "1", "7"]), min_size=1, max_size=3).map(",".join), st.sampled_from(["L", "2L", "FRI#2", "6#5"])
)
ZONES = st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"])
MOMENTS = st.one_of(  # also close to changes of the clocks
    st.floats(at("2026-01-01T00:00"), at("2028-12-31T00:00")),
    st.sampled_from([at("2026-03-08T00:30", "America/New_York"), at("2026-11-01T00:30", "America/New_York"), at("2027-03-28T00:00")]),
)


@given(numbers(0, 59), numbers(0, 23, "*"), st.one_of(DAYS_OF_MONTH, WEEK.map(lambda w: ("?", w))), numbers(1, 12, "*"), ZONES, MOMENTS)
@settings(max_examples=60, deadline=None)
def test_cron_against_a_search(minute: str, hour: str, days: tuple[str, str], month: str, zone: str, after: float) -> None:
    """The next time of any expression is the first minute that it means."""
    expression = f"{minute} {hour} {days[0]} {month} {days[1]} *"
    if mistake(expression) is not None:
        return
    expected = searched(f"cron({expression})", zone, after)
    found = following(f"cron({expression})", zone, after, 0)
    if expected is None:
        assert found is None or found > after + 61 * 86_400
    else:
        assert shown(found, zone) == shown(expected, zone)
