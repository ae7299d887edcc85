"""A queue shows a message again before Lambda has had the time for it, so that it is worked on twice, or its failures are counted
though nothing failed.

A batch that meets a busy function is kept back and tried again while its messages are hidden (Lambda developer guide, Creating and
configuring an Amazon SQS event source mapping: six times the function's timeout at least; and Using Lambda with Amazon SQS: and the
time that a batch is waited for).

Bad:
    queue Q { visibility 2m }
    function f "a.b" { timeout 1m }
    Q -> f
Good:
    queue Q { visibility 6m }
    function f "a.b" { timeout 1m }
    Q -> f
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.kinds.function import Function
from ifc.kinds.queue import Queue, needed_visibility, takers
from ifc.model.app import App
from ifc.model.types import duration

CODES = ("IFC428",)


def check(app: App, report: Report) -> None:
    """Warns of a written visibility that is between the timeout, below which AWS refuses, and what Lambda wants."""
    for queue in app.of_kind("queue"):
        if not isinstance(queue, Queue) or queue.extern or "visibility" not in queue.origins or queue.visibility is None:
            continue
        waits = [(needed_visibility([wire], app), wire) for wire in takers(queue, app)]
        own = [(needed, wire, app.resources[wire.target.resource]) for needed, wire in waits]
        known = [(needed, wire, f) for needed, wire, f in own if isinstance(f, Function) and not f.extern]
        if any(f.timeout > queue.visibility for _, _, f in known):
            continue  # that is an error
        needed, wire, function = max(known, key=lambda k: (k[0], k[2].name), default=(0, None, queue))
        if wire is not None and queue.visibility < needed:
            window = ", and the window" if wire.settings.within else ""
            report.warning(
                "IFC428",
                f"`{queue.name}` shows a message again after {duration(queue.visibility)}, and Lambda wants {duration(needed)} for "
                f"`{function.name}`: 6 × its timeout{window}",
                queue.place("visibility"),
                "too short",
                f"write `visibility {duration(needed)}`, or leave it out, and it becomes that",
                [Label(wire.span, "taken here")],
            )
