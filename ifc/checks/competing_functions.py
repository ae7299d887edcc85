"""Several functions take messages out of one queue, so each message reaches one of them, by chance.

Lambda polls the queue once for each arrow, and a message that one poller has is hidden from the others (SQS developer guide,
Amazon SQS visibility timeout). With filters it is worse: what does not pass a poller's filter is deleted (Lambda developer guide,
Control which events Lambda sends to your function).

Bad:
    queue Q
    function f "a.b"
    function g "a.c"
    Q -> f, g
Good:
    topic T
    queue Q
    queue R
    function f "a.b"
    function g "a.c"
    T -> Q -> f
    T -> R -> g
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report, listed
from ifc.model.app import App

CODES = ("IFC536",)
MOST = 5  # arrows that are shown


def check(app: App, report: Report) -> None:
    """Warns once for each queue that several functions take from."""
    for queue in app.of_kind("queue"):
        from ifc.kinds.queue import takers  # an app without queues never loads it

        wires = sorted(takers(queue, app), key=lambda w: w.target.span.sort_key())
        names = sorted({wire.target.resource for wire in wires})
        if len(names) < 2:
            continue
        either = f"`{names[0]}` or `{names[1]}`, never both" if len(names) == 2 else f"one of {listed(names)}, never all"
        filtered = any(wire.where is not None for wire in wires)
        report.warning(
            "IFC536",
            f"a message of `{queue.name}` reaches {either}"
            + (", and if its filter does not let it pass there, it is deleted" if filtered else ""),
            wires[1].target.span,
            "takes messages from the others",
            "let a topic deliver to a queue for each function"
            + (", with the filters behind the topic" if filtered else "")
            + f": `Topic -> {queue.name} -> {names[0]}`, `Topic -> Other -> {names[1]}`",
            [Label(wire.target.span) for wire in (wires[0], *wires[2:MOST])],
        )
