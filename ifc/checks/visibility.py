"""A queue shows a message again before Lambda has had the time that it wants for it.

The message is worked on twice, or its failures are counted though nothing failed: a batch that meets a busy function is kept back and
tried again while its messages are hidden (Lambda developer guide, Creating and configuring an Amazon SQS event source mapping: six times
the function's timeout at least; and Using Lambda with Amazon SQS: and the time that a batch is waited for).

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

from typing import TYPE_CHECKING

from ifc.diagnostics import Label, Report, listed
from ifc.kinds.function import Function
from ifc.model.app import App, Wire, by_place
from ifc.model.types import duration

if TYPE_CHECKING:
    from ifc.kinds.queue import Queue

CODES = ("IFC428",)


def check(app: App, report: Report) -> None:
    """Warns once for each written visibility that is between the timeout, below which AWS refuses, and what Lambda wants."""
    written = [queue for queue in app.of_kind("queue") if not queue.extern and "visibility" in queue.origins]
    if not written:
        return
    from ifc.kinds.queue import Queue  # an app without queues never loads it

    found = {queue.name: _wanting(queue, app) for queue in written if isinstance(queue, Queue)}
    wanting = {name: wants for name, wants in found.items() if wants is not None}
    for place, queues in by_place((q for q in written if isinstance(q, Queue) and q.name in wanting), "visibility"):
        names = [queue.name for queue in queues]
        needed, wire = max((wanting[name] for name in names), key=lambda w: (w[0], w[1].target.resource))
        window = ", and the window" if wire.settings.within else ""
        report.warning(
            "IFC428",
            f"{listed(names)} {'shows' if len(names) == 1 else 'show'} a message again after {duration(queues[0].visibility or 0)}, and "
            f"Lambda wants {duration(needed)} for `{wire.target.resource}`: 6 × its timeout{window}",
            place,
            "too short",
            f"write `visibility {duration(needed)}`, or leave it out, and it becomes that",
            [Label(wire.span, "taken here")],
        )


def _wanting(queue: Queue, app: App) -> tuple[int, Wire] | None:
    """The visibility that Lambda wants for a queue's slowest function, in seconds, and its arrow; None where it has that, or less than is
    allowed. How long an extern function may run is not known."""
    from ifc.kinds.queue import needed_visibility, takers

    visibility = queue.visibility or 0
    known = [(wire, f) for wire in takers(queue, app) if isinstance(f := app.resources[wire.target.resource], Function) and not f.extern]
    if not known or any(f.timeout > visibility for _, f in known):
        return None
    needed, wire = max(((needed_visibility([wire], app), wire) for wire, _ in known), key=lambda n: (n[0], n[1].target.resource))
    return (needed, wire) if visibility < needed else None
