"""Messages become dead letters without a function having seen them.

What is reserved for a function bounds its calls, Lambda's poller takes messages all the same, and each refused call counts as a receive
(Lambda developer guide, Creating and configuring an Amazon SQS event source mapping: a message is to be received five times at least; and
Configuring scaling behavior: a poller that has a `concurrency` does not take more than it can give).

Bad:
    queue Q { dead-letter after 2 }
    function f "a.b" { reserved 5 }
    Q -> f
Good:
    queue Q { dead-letter after 2 }
    function f "a.b" { reserved 5 }
    Q -> f { concurrency 5 }
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.kinds.function import Function
from ifc.model.app import App

CODES = ("IFC531",)
FEWEST = 5  # receives
LEAST = 2  # that `concurrency` can be


def check(app: App, report: Report) -> None:
    """Warns of few receives where only the function bounds its calls; none reserved at all switches it off."""
    for queue in app.of_kind("queue"):
        from ifc.kinds.queue import Queue  # an app without queues never loads it

        if not isinstance(queue, Queue) or queue.extern or not queue.dead_letter or queue.dead_letter.after >= FEWEST:
            continue
        for wire in app.wires_from(queue.name, ""):
            function = app.resources[wire.target.resource]
            if not isinstance(function, Function) or not isinstance(function.reserved, int) or not function.reserved:
                continue
            if wire.settings.concurrency is None:
                bound = f"`{{ concurrency {function.reserved} }}` on the arrow, or " if function.reserved >= LEAST else ""
                report.warning(
                    "IFC531",
                    f"a message of `{queue.name}` may become a dead letter because `{function.name}` was busy "
                    f"{queue.dead_letter.after} times",
                    queue.place("dead_letter"),
                    "refused calls count",
                    f"write {bound}`dead-letter after {FEWEST}`",
                    [Label(function.place("reserved"), "bounds its calls"), Label(wire.span, "does not know it")],
                )
