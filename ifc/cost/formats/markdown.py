"""An estimate for a comment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ifc.cost import wording
from ifc.cost.assumptions import CASES
from ifc.cost.comparison import Comparison
from ifc.cost.estimate import Estimate
from ifc.cost.units import usd


def estimate(found: Estimate, colour: bool) -> str:
    """The total, what each route costs, and the rest folded."""
    lines = [f"## Cost of {found.app} ({found.stage}): {wording.headline(found)}", "", sentence(wording.basis(found)), ""]
    lines += table(["route or source", "a month", "$ a month", "low to high", "$ for 1,000"], wording.sources(found), 1)
    lines += folded("Where it goes", table(["arrow or verb", "a month", "$ a month", "low to high"], wording.edges(found), 1))
    lines += folded("The bill", table(["resource", "for", "$ a month", "low to high"], wording.bill(found), 2))
    lines += folded(
        f"Whatever comes: {usd(found.idle[1])} a month", table(["resource", "for", "$ a month", "low to high"], wording.idle(found), 2)
    )
    lines += missing(found)
    lines += folded("What is assumed", table(["", *CASES, ""], wording.assumed(found), 1))
    return "\n".join(lines).rstrip("\n") + "\n"


def comparison(found: Comparison, colour: bool) -> str:
    """What a change costs, and where."""
    lines = [f"## Cost of {found.after.app} ({found.after.stage}): {wording.changed(found)}", ""]
    lines += [sentence(f"{found.old} → {found.new}, {wording.basis(found.after)}"), ""]
    lines += table(["route or source", "before", "after", ""], wording.changes(found.sources), 1)
    lines += table(["resource", "before", "after", ""], wording.changes(found.resources), 1)
    lines += missing(found.after)
    return "\n".join(lines).rstrip("\n") + "\n"


def missing(found: Estimate) -> Iterator[str]:
    """What is not counted, and what is not confirmed."""
    gaps = list(wording.gaps(found))
    if gaps:
        yield "Not counted:"
        yield ""
        yield from (f"- {gap}" for gap in gaps)
        yield ""
    if found.unconfirmed:
        yield sentence(wording.unconfirmed(found))
        yield ""


def table(header: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> list[str]:
    """A table, whose first columns hold words; nothing where there are no rows."""
    if not rows:
        return []
    lines = [header, ["---" if i < words else "---:" for i in range(len(header))], *rows]
    return [*("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines), ""]


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Lines that a reader opens."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "</details>", ""] if lines else []


def sentence(words: str) -> str:
    """Words as a sentence."""
    return f"{words[:1].upper()}{words[1:]}."
