"""A rule waits on a bus of one's own for events of AWS's services, and never matches.

They go to the account's own bus only (EventBridge user guide, Events from AWS services), and no event of one's own has a source that
begins with `aws.` (EventBridge events reference, Event structure). Buckets and arrows from other buses do bring such events.

Bad:
    bus Shop
    function f "a.b"
    Shop where source == "aws.codebuild" -> f
Good:
    function f "a.b"
    aws where source == "aws.codebuild" -> f
"""

from __future__ import annotations

from typing import Any

from ifc.diagnostics import Report
from ifc.model.app import App, Wire

CODES = ("IFC475",)
OWN = "aws."  # how the sources of AWS's events begin
BRING = ("bus", "bucket")  # kinds that bring events of AWS's services


def check(app: App, report: Report) -> None:
    """Warns of arrows from declared buses that only an event of AWS could pass, where nothing brings any."""
    if report.failed:
        return  # in a broken program something may be missing that is there
    for bus in app.of_kind("bus"):
        if bus.extern or any(w.source.resource and app.resources[w.source.resource].kind in BRING for w in app.wires_to(bus.name)):
            continue
        for wire in app.wires_from(bus.name):
            if wire.where is not None and OWN in wire.where.span.text and _of_aws(wire):
                report.warning(
                    "IFC475",
                    f"events of AWS's services never come to `{bus.name}`, and this arrow takes no others",
                    wire.where.span,
                    "never matches",
                    f"take them from the account's own bus: `aws where … -> {wire.target.resource}`",
                )


def _of_aws(wire: Wire) -> bool:
    """Whether no event passes but those whose source begins with `aws.`."""
    from ifc.where import normal  # few apps have buses with filters
    from ifc.where.disjoint import disjoint

    assert wire.where is not None
    node: Any = None
    own = normal.Condition(wire.span, ("source",), "starts-with", (normal.Operand(node, normal.TEXT, OWN),), True)
    terms = normal.terms(wire.where, lambda text: text.plain if text.plain is not None else wire, Report())
    return bool(terms) and disjoint(((own,),), terms or (), lambda path: path == ("source",))
