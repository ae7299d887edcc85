"""What a source does not tell and a bill depends on: each with what is assumed, why, and how a traffic file says better.

An estimate is made three times, with what is low, expected and high of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ifc.cost import units
from ifc.records import record

LOW, EXPECTED, HIGH = range(3)
CASES = ("low", "expected", "high")
Three = tuple[float, float, float]


@record
class Measure:
    """A sort of amount: how it is read, what is expected where it can't be, and how it is shown."""

    read: Callable[[str], float | None]
    expects: str
    show: Callable[[float], str]


RATE = Measure(units.rate, "a number of events in a time such as `1000 per day`", units.rounded)
DURATION = Measure(units.duration, "a duration such as `80ms`", units.shown_duration)
SIZE = Measure(units.size, "a size such as `2KB`", units.shown_size)
SHARE = Measure(units.share, "a share such as `20%` or `0.2`", units.shown_share)
FAILING = Measure(units.failing, "a share below 100 % such as `1%`", units.shown_share)
COUNT = Measure(units.count, "a number such as `2`", units.shown_count)


@record
class Assumption:
    """One thing that is assumed where nobody says it."""

    measure: Measure
    three: Three
    doc: str
    why: str


ASSUMED: Mapping[str, Assumption] = {
    "duration": Assumption(
        DURATION,
        (20, 100, 500),
        "how long a call of a function runs, at most its timeout",
        "a call that reads or writes a few items takes some 20 to 500 ms",
    ),
    "errors": Assumption(
        FAILING,
        (0, 0.001, 0.01),
        "share of calls that fail, and are tried again where the source does that",
        "what runs in production fails seldom, and hardly ever more than once in a hundred",
    ),
    "log": Assumption(
        SIZE,
        (300, 1024, 5120),
        "what a call writes into its log",
        "Lambda's own START, END and REPORT lines are some 300 bytes",
    ),
    "size": Assumption(
        SIZE,
        (512, 2048, 16_384),
        "a request, a message, an event or a record",
        "most are JSON of a few fields; services charge for each 64 KB, so that only large ones matter",
    ),
    "item": Assumption(
        SIZE,
        (512, 1024, 4096),
        "an item of a table that is read or written",
        "writes are charged by 1 KB and reads by 4 KB",
    ),
    "response": Assumption(
        SIZE,
        (1024, 4096, 32_768),
        "what a route or a function's URL answers, all of which goes out to the internet",
        "JSON of an item to a short list",
    ),
    "passes": Assumption(
        SHARE,
        (0.1, 0.5, 0.9),
        "share of events that passes a `where` or a pattern of keys",
        "what passes can't be known from the filter; one that let nothing or everything through would not be written",
    ),
    "asked": Assumption(
        SHARE,
        (0.05, 0.2, 1),
        "share of requests for which a function that authorizes is called, and not its remembered answer",
        "how often callers come back while the answer holds is not known",
    ),
    "fetched": Assumption(
        SHARE,
        (0.001, 0.01, 1),
        "share of events for which a secret is read, and not remembered from an earlier one",
        "most code reads it once, when its environment starts",
    ),
    "gathered": Assumption(
        DURATION,
        (1000, 0, 0),
        "within which time messages come together and are taken in one batch, beside the window of the arrow",
        "they often come in bursts; a steady trickle is taken one by one",
    ),
    "pollers": Assumption(
        COUNT,
        (2, 5, 5),
        "pollers of a queue that nothing comes to",
        "Lambda keeps five, and may go down to two where `concurrency` is not set "
        "(Lambda developer guide, Configuring scaling behavior for SQS event source mappings)",
    ),
}


def one(amount: float) -> Three:
    """An amount that is known."""
    return amount, amount, amount
