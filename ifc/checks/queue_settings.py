"""A queue's or its arrow's settings are refused when they are deployed together.

Bad:
    queue Q { visibility 10s }
    function f "a.b" { timeout 1m }
    Q -> f
Good:
    queue Q
    function f "a.b" { timeout 1m }
    Q -> f
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.kinds.function import Function
from ifc.model.app import App, Resource, Wire
from ifc.source import Span
from ifc.values import Joined, Value

CODES = ("IFC420", "IFC421", "IFC422", "IFC423", "IFC424", "IFC425", "IFC426", "IFC427")


def check(app: App, report: Report) -> None:
    """Reports what SQS or Lambda refuses (SQS and Lambda API reference: CreateEventSourceMapping, SetQueueAttributes)."""
    for queue in app.of_kind("queue"):
        fifo = bool(getattr(queue, "fifo", False))
        for wire in app.wires_from(queue.name):
            _arrow(wire, fifo, report)
            if wire.source.port == "dead-letter" and (queue.extern or not getattr(queue, "dead_letter", None)):
                report.error(
                    "IFC425",
                    f"`{queue.name}` has no dead letters",
                    wire.source.span,
                    "nothing leaves it",
                    _way(queue),
                    [Label(queue.declared.span, "declared here")],
                )
            polled = app.resources.get(getattr(queue, "dead_queue", None) or "") if wire.source.port == "dead-letter" else queue
            target = app.resources.get(wire.target.resource)
            if polled is not None and isinstance(target, Function):
                _hidden_long_enough(polled, target, wire, report)
        dead = app.resources.get(getattr(queue, "dead_queue", None) or "")
        if dead is not None and bool(getattr(dead, "fifo", False)) != fifo:
            origin = queue.origins.get("dead_letter")
            kind, other = ("FIFO", "standard") if fifo else ("standard", "FIFO")
            report.error(
                "IFC421",
                f"the {kind} queue `{queue.name}` has the {other} queue `{dead.name}` for its dead letters",
                origin.span if origin and origin.span else queue.declared.span,
                "not of one type",
                "both are FIFO or neither is",
                [Label(dead.declared.span, f"{other}, declared here")],
            )
        _fifo_only(app, queue.name, report)
        if not queue.extern:
            _named(queue, queue.physical, "physical", fifo, report)
            _named(queue, getattr(getattr(queue, "dead_letter", None), "physical", None), "dead_letter", fifo, report)
    _circles(app, report)
    for grant in app.grants:
        resource = app.resources[grant.resource]
        if grant.part == "dead-letter" and (resource.extern or not getattr(resource, "dead_letter", None)):
            report.error(
                "IFC425",
                f"`{resource.name}` has no dead letters",
                grant.span,
                "no such queue",
                _way(resource),
                [Label(resource.declared.span, "declared here")],
            )


def _way(queue: Resource) -> str:
    """How a queue gets dead letters."""
    if queue.extern:
        return "declare the queue of its dead letters as an extern of its own"
    return f"write `queue {queue.name} {{ dead-letter after 5 }}`, or let a function consume it"


def _circles(app: App, report: Report) -> None:
    """Reports dead letters that come back to the queue they come from, once for each circle."""
    told: set[str] = set()
    for queue in app.of_kind("queue"):
        path = [queue.name]
        while (after := getattr(app.resources.get(path[-1]), "dead_queue", None)) and after not in path and after not in told:
            path.append(after)
        if after == queue.name and queue.name not in told:
            told.update(path)
            origin = queue.origins.get("dead_letter")
            way = " → ".join(f"`{name}`" for name in [*path, queue.name])
            report.error(
                "IFC426",
                f"the dead letters of `{queue.name}` come back to it: {way}",
                origin.span if origin and origin.span else queue.declared.span,
                "closes a circle",
                "name another queue, or let `dead-letter after 5` make one",
            )


def _named(queue: Resource, name: Value, field: str, fifo: bool, report: Report) -> None:
    """The names of FIFO queues end in `.fifo`, and no others do (SQS API reference, CreateQueue)."""
    end = name.parts[-1] if isinstance(name, Joined) else name
    if isinstance(end, str) and end and end.endswith(".fifo") != fifo:
        origin = queue.origins.get(field)
        what = "the name of a FIFO queue ends in `.fifo`" if fifo else "only the name of a FIFO queue ends in `.fifo`"
        report.error(
            "IFC427",
            what,
            origin.span if origin and origin.span else queue.declared.span,
            "no `.fifo`" if fifo else "ends in `.fifo`",
            "add `.fifo` to the name" if fifo else "add `fifo`, or take `.fifo` off the name",
        )


def _hidden_long_enough(queue: Resource, function: Function, wire: Wire, report: Report) -> None:
    visibility = getattr(queue, "visibility", None)
    if not isinstance(visibility, int) or function.extern or function.timeout <= visibility:
        return  # how long an extern function may run is not known here
    origin = queue.origins.get("visibility")
    span = origin.span if origin and origin.span else queue.declared.span
    report.error(
        "IFC420",
        f"`{queue.name}` shows a message again after {visibility}s while `{function.name}` may still work on it for {function.timeout}s",
        span,
        "too short",
        "leave `visibility` out: it becomes 6 × the function's timeout",
        [Label(wire.span, "consumed here")],
    )


def _fifo_only(app: App, name: str, report: Report) -> None:
    queue = app.resources[name]
    if getattr(queue, "fifo", False) or queue.extern:
        return
    for field, word in (("dedup", "dedup"), ("high_throughput", "high-throughput")):
        origin = queue.origins.get(field)
        if origin and origin.span and getattr(queue, field):
            report.error(
                "IFC424",
                f"`{word}` is for FIFO queues, and `{name}` is none",
                origin.span,
                "not for this queue",
                "add `fifo`, or take it out",
            )


def _arrow(wire: Wire, fifo: bool, report: Report) -> None:
    settings = wire.settings
    batch, within = settings.batch, settings.within
    if fifo and batch > 10:
        report.error(
            "IFC422", f"a FIFO queue gives at most 10 messages at once, not {batch}", _span(wire, "batch"), "too many", "write `batch 10`"
        )
    elif fifo and within:
        report.error("IFC422", "a FIFO queue does not wait for a full batch", _span(wire, "within"), "not possible", "take `within` out")
    elif batch > 10 and not within:
        report.error(
            "IFC423",
            f"a batch of {batch} needs a time to wait for it",
            _span(wire, "batch"),
            "more than 10",
            "add `within 5s`, or write `batch 10`",
        )


def _span(wire: Wire, field: str) -> Span:
    """The span of a written setting, else of the arrow."""
    origin = wire.origins.get(field)
    return origin.span if origin and origin.span else wire.span
