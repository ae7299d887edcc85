"""A FIFO topic orders its messages for standard queues, which mix them again.

Behind a standard queue they come in any order, and more than once (SNS developer guide, Message ordering details for FIFO topics). One
standard queue beside a FIFO one is how AWS means it to be, so only topics without any FIFO queue are told of.

Bad:
    topic T { fifo }
    queue Q
    function f "a.b"
    T -> Q -> f
Good:
    topic T { fifo }
    queue Q { fifo }
    function f "a.b"
    T -> Q -> f
"""

from __future__ import annotations

from ifc.delivery import is_fifo
from ifc.diagnostics import Label, Report, listed
from ifc.model.app import App

CODES = ("IFC474",)


def check(app: App, report: Report) -> None:
    """Warns of FIFO topics that deliver to standard queues only."""
    for topic in app.of_kind("topic"):
        if topic.extern or not getattr(topic, "fifo", False):
            continue
        wires = list(app.wires_from(topic.name))
        queues = [app.resources.get(wire.target.resource) for wire in wires]
        if not queues or any(queue is None or queue.kind != "queue" or is_fifo(queue) for queue in queues):
            continue
        names = [queue.name for queue in queues if queue is not None]
        report.warning(
            "IFC474",
            f"`{topic.name}` orders its messages, and behind {listed(names)} nobody gets them in order",
            topic.place("fifo"),
            "for nobody",
            f"write `fifo` in {listed(names)} too, or take it out here",
            [Label(wire.target.span, "a standard queue") for wire in wires[:3]],
        )
