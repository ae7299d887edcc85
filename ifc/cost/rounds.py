"""The error of a loop of events in which what comes round is as much as what goes in."""

from __future__ import annotations

from ifc.cost.assumptions import CASES
from ifc.cost.linear import SMALLEST
from ifc.cost.model import Round
from ifc.diagnostics import Diagnostic, Label

CODE = "IFC580"
MOST = 12  # steps that are drawn


def told(found: Round) -> Diagnostic:
    """A loop, step by step, and how to say that it ends."""
    loop, gain = found.loop()
    drawn = ", ".join([f"`{edge.name}`" for edge in loop[:MOST]] + ([f"{len(loop) - MOST} more"] if len(loop) > MOST else []))
    arrow = next((edge for edge in loop if edge.wire is not None), loop[0])
    section, value = ("arrows", "{ passes: 20% }") if arrow.wire is not None else ("verbs", "0.2")
    beside = "" if gain >= 1 - SMALLEST else ", with those beside it,"
    case = "" if found.case == 0 else f" in the case `{CASES[found.case]}`"
    return Diagnostic(
        CODE,
        f"each round of this loop{beside} sets off another one{case}, so there is no end to what it costs: {drawn}",
        tuple(Label(edge.span, str(number)) for number, edge in enumerate(loop[:MOST], 1)),
        f'say in a traffic file how much goes round: `{section}: {{ "{arrow.name}": {value} }}`',
    )
