"""An estimate for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from ifc.cost import wording
from ifc.cost.assumptions import CASES
from ifc.cost.comparison import Comparison
from ifc.cost.estimate import Estimate
from ifc.cost.units import usd

WIDTH = 110
BOLD, END = "\x1b[1m", "\x1b[0m"


def estimate(found: Estimate, colour: bool) -> str:
    """The total, what each route costs, where that goes, what stands there anyway, what is not counted, and what is assumed."""
    lines = [bold(f"`{found.app}` ({found.stage}): {wording.headline(found)}", colour), f"  {wording.basis(found)}"]
    lines += table(["route or source", "a month", "$ a month", "low to high", "$ for 1,000"], wording.sources(found), 1, colour)
    lines += table(["dearest on the way", "a month", "$ a month", "low to high"], wording.edges(found), 1, colour)
    lines += table(["dearest on the bill", "", "$ a month", "low to high"], wording.bill(found), 2, colour)
    if found.idle[-1]:
        title = f"whatever comes: {usd(found.idle[1])} a month"
        lines += table([title, "", "$ a month", "low to high"], wording.idle(found), 2, colour)
    gaps = list(wording.gaps(found))
    lines += ["", bold("not counted", colour), *wrapped(gaps)] if gaps else []
    lines += ["", *wrapped([wording.unconfirmed(found)])] if found.unconfirmed else []
    lines += table(["assumed", *CASES, ""], wording.assumed(found), 1, colour, last=1)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def comparison(found: Comparison, colour: bool) -> str:
    """What a change costs, and where."""
    lines = [
        bold(f"`{found.after.app}` ({found.after.stage}): {wording.changed(found)}", colour),
        f"  {found.old} → {found.new}, {wording.basis(found.after)}",
    ]
    for title, changes in (("route or source", found.sources), ("resource", found.resources)):
        lines += table([title, "before", "after", ""], wording.changes(changes), 1, colour)
    gaps = list(wording.gaps(found.after))
    lines += ["", bold("not counted", colour), *wrapped(gaps)] if gaps else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], words: int, colour: bool, last: int = 0) -> Iterator[str]:
    """Columns, of which the first ones and the last ones hold words, and the others numbers; nothing where there are no rows."""
    if not rows:
        return
    lines = [list(header), *(["  " + row[0], *row[1:]] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    numbers = range(words, len(header) - last)
    yield ""
    for line in lines:
        cells = [cell.rjust(width) if i in numbers else cell.ljust(width) for i, (cell, width) in enumerate(zip(line, widths, strict=True))]
        yield bold("  ".join(cells).rstrip(), colour and line is lines[0])


def wrapped(sentences: Sequence[str]) -> list[str]:
    """Sentences, each on lines of its own."""
    return [
        line
        for sentence in sentences
        for line in textwrap.wrap(
            sentence, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
    ]


def bold(words: str, colour: bool) -> str:
    """Words that stand out, where there is colour."""
    return f"{BOLD}{words}{END}" if colour else words
