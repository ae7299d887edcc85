"""An estimate in words and rows, the same for a terminal and for a comment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ifc.cost.assumptions import ASSUMED, EXPECTED, Three
from ifc.cost.comparison import Change, Comparison
from ifc.cost.estimate import Estimate
from ifc.cost.units import precise, rounded, usd

NOBODY = "not known"
MOST = 8  # edges and lines that are shown, or names in a sentence; all are in JSON
SOURCES = 30  # routes, and what is paid whatever comes


def headline(found: Estimate) -> str:
    """The total in one sentence."""
    without = ", without what is not counted" if found.missing or found.uncounted or found.unknown else ""
    return f"{usd(found.total[EXPECTED])} a month ({spread(found.total)}){without}"


def basis(found: Estimate) -> str:
    """What the prices are."""
    laid_over = f", with those of {found.prices.file}" if found.prices.file else ""
    return f"in {found.prices.region}, at list prices of {found.prices.date}{laid_over}; what is free each month is not deducted"


def spread(amounts: Three) -> str:
    """From the least to the most of the three cases."""
    low, high = usd(min(amounts)), usd(max(amounts))
    return low if low == high else f"{low} to {high}"


def sources(found: Estimate) -> list[list[str]]:
    """Each route and source: its events, its cost, and of a thousand."""
    rows = []
    for source in found.sources[:SOURCES]:
        known = source.rate is not None
        rows.append(
            [
                source.name,
                rounded(source.rate) if source.rate is not None else NOBODY,
                usd(source.month[EXPECTED]) if known else "–",
                spread(source.month) if known else "–",
                precise(source.thousand[EXPECTED]),
            ]
        )
    return [*rows, *more(len(found.sources), 5)]


def more(count: int, columns: int) -> list[list[str]]:
    """The row that counts those that are not shown, of so many."""
    return [[f"… {count - SOURCES} more (JSON has all)", *[""] * (columns - 1)]] if count > SOURCES else []


def edges(found: Estimate) -> list[list[str]]:
    """The dearest edges."""
    return [
        [edge.name, rounded(edge.rate[EXPECTED]), usd(edge.month[EXPECTED]), spread(edge.month)]
        for edge in found.edges[:MOST]
        if edge.month[EXPECTED] >= 0.005
    ]


def bill(found: Estimate) -> list[list[str]]:
    """The dearest lines of the bill."""
    lines = [item for item in found.items if not item.idle and item.month[EXPECTED] >= 0.005]
    return [[item.resource, item.what, usd(item.month[EXPECTED]), spread(item.month)] for item in lines[:MOST]]


def idle(found: Estimate) -> list[list[str]]:
    """What is paid whatever comes."""
    lines = [item for item in found.items if item.idle]
    rows = [[item.resource, item.what, usd(item.month[EXPECTED]), spread(item.month)] for item in lines[:SOURCES]]
    return [*rows, *more(len(lines), 4)]


def gaps(found: Estimate) -> Iterator[str]:
    """What is not in the sum, or only so-so."""
    if found.unknown:
        names = listed([f"`{name}`" for name in found.unknown], MOST)
        yield f"what comes from {names}: nobody says how much, so it is counted as nothing; `expect` on the arrow says it, or a traffic file"
    for one in found.missing:
        uses = listed([f"{what} of `{resource}`" if resource else what for resource, what in one.uses], MOST)
        yield f"{uses}: there is no price `{one.price}` for {found.prices.region}"
    for what, resources in found.uncounted:
        yield f"{what}: {listed([f'`{name}`' for name in resources], MOST)}"


def unconfirmed(found: Estimate) -> str:
    """The prices that nobody has read in a price list."""
    return f"prices that are not confirmed: {', '.join(f'`{key}`' for key in found.unconfirmed)} of {found.prices.region}"


def assumed(found: Estimate) -> list[list[str]]:
    """What is assumed: its name, the three cases, and what it is."""
    rows = []
    for one in found.assumed:
        about = ASSUMED[one.name]
        shown = [about.measure.show(amount) for amount in one.three]
        rows.append([one.name, *(["", shown[EXPECTED], ""] if one.given else shown), about.doc + (" (given)" if one.given else "")])
    return rows


# --- comparing ---


def changed(found: Comparison) -> str:
    """What a change costs in one sentence."""
    low, high = sorted((found.total.before[EXPECTED], found.total.after[EXPECTED]))
    if usd(low) == usd(high):
        return f"it costs the same: {usd(found.total.after[EXPECTED])} a month ({spread(found.total.after)})"
    more = "more" if found.total.after[EXPECTED] > found.total.before[EXPECTED] else "less"
    return f"{usd(high - low)} a month {more}: {amounts(found.total)}"


def amounts(change: Change) -> str:
    """What was and what is: `$1.00 → $2.00`."""
    return f"{usd(change.before[EXPECTED])} → {usd(change.after[EXPECTED])}"


def difference(change: Change) -> str:
    """`+$1.00` or `-$1.00`."""
    by = change.after[EXPECTED] - change.before[EXPECTED]
    return f"{'+' if by >= 0 else '-'}{usd(abs(by))}"


def changes(rows: Sequence[Change]) -> list[list[str]]:
    """What changed, the most first."""
    shown = [[change.name, usd(change.before[EXPECTED]), usd(change.after[EXPECTED]), difference(change)] for change in rows[:SOURCES]]
    return [*shown, *more(len(rows), 4)]


def listed(names: Sequence[str], most: int) -> str:
    """Names, many of them cut."""
    shown = list(names[:most])
    return ", ".join([*shown, *([f"{len(names) - most} more"] if len(names) > most else [])])
