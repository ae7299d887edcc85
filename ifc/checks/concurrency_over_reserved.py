"""Queues may call a function more often at once than the function may run.

The calls beyond that are refused, and their messages come nearer to the dead letters without having been looked at (Lambda developer
guide, Configuring scaling behavior for SQS event source mappings: what is reserved is to be no less than the concurrency of all queues
together).

Bad:
    queue Q
    function f "a.b" { reserved 5 }
    Q -> f { concurrency 10 }
Good:
    queue Q
    function f "a.b" { reserved 10 }
    Q -> f { concurrency 10 }
"""

from __future__ import annotations

from ifc.delivery import written
from ifc.diagnostics import Label, Report, listed
from ifc.kinds.function import Function
from ifc.model.app import App

CODES = ("IFC530",)


def check(app: App, report: Report) -> None:
    """Warns where the concurrency of a function's queues is together more than is reserved; none reserved at all switches it off."""
    for function in app.of_kind("function"):
        if not isinstance(function, Function) or not isinstance(function.reserved, int) or not function.reserved:
            continue
        wires = [wire for wire in app.wires_to(function.name) if getattr(wire.settings, "concurrency", None)]
        total = sum(wire.settings.concurrency for wire in wires)
        if total <= function.reserved:
            continue
        wires.sort(key=lambda w: written(w, "concurrency").sort_key())
        queues = listed(list(dict.fromkeys(wire.source.resource for wire in wires)))
        report.warning(
            "IFC530",
            f"{queues} may call `{function.name}` {total} times at once, and {function.reserved} are reserved for it",
            written(wires[-1], "concurrency"),
            "more than `reserved`",
            f"write `reserved {total}` in `{function.name}`, or let the queues call it {function.reserved} times at once in all",
            [Label(function.place("reserved"), "reserved here"), *(Label(written(wire, "concurrency")) for wire in wires[:-1])],
        )
