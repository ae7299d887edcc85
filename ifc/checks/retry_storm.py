"""Retries multiply along a way, far beyond what anyone meant.

A message that is tried twenty times by a function that sends on, to a queue whose messages are tried fifty times, may be handled a
thousand times at the end: each hop tries again by itself. Only numbers that the source gives raise this warning.

Bad:
    queue First { dead-letter after 20 }
    queue Second { dead-letter after 60 }
    function accept "a.b" { sends Second }
    function pack "a.b"
    First -> accept
    Second -> pack
Good:
    queue First { dead-letter after 5 }
    queue Second { dead-letter after 5 }
    function accept "a.b" { sends Second }
    function pack "a.b"
    First -> accept
    Second -> pack
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifc.diagnostics import Label, Report
from ifc.model.app import App

if TYPE_CHECKING:
    from ifc.flow import Step
    from ifc.ways import Ways

CODE = "IFC523"
MANY = 1_000  # calls for one event that nobody means
HARDLY = 10  # tries below which a hop alone makes no storm


def check(app: App, report: Report) -> None:
    """Reports where the tries of one event come to a thousand, by numbers that are written."""
    if report.failed or not tried_often(app):
        return
    from ifc.ways import ways

    found = ways(app)
    for step in found.steps:
        most = found.most_tries.get(id(step))
        if most is None or most[0] < MANY or most[1] is None or found.most_tries[id(most[1])][0] >= MANY:
            continue
        hops = [hop for hop in way(found, step) if found.tries(hop) > 1]
        places = [(found.tries(hop), found.guarantee(hop).tried) for hop in hops]
        written = [(number, place) for number, place in places if place is not None and number > HARDLY]
        if len(hops) < 2 or not written:
            continue
        number, place = max(written, key=lambda one: (one[0], one[1].sort_key()))
        product = " × ".join(str(found.tries(hop)) for hop in hops)
        report.warning(
            CODE,
            f"one event may reach `{step.target}` {most[0]:,} times: {product} tries by {', '.join(f'`{hop.words}`' for hop in hops)}",
            place,
            f"{number} tries",
            f'try less often where a failure lasts; if the ends bear it, write `# ifc: allow {CODE} "why"` above',
            [Label(step.span, "at the end")],
        )


def way(found: Ways, last: Step) -> list[Step]:
    """The steps by which the most tries come together."""
    steps: list[Step] = []
    step: Step | None = last
    while step is not None:
        if not step.hub:
            steps.append(step)
        step = found.most_tries[id(step)][1]
    return steps[::-1]


def tried_often(app: App) -> bool:
    """Whether the source lets anything be tried often."""
    queues = (queue for queue in app.of_kind("queue") if "dead_letter" in queue.origins)
    if any((getattr(getattr(queue, "dead_letter", None), "after", 0) or 0) > HARDLY for queue in queues):
        return True
    return any(
        "retries" in wire.origins and (wire.settings.retries or 0) > HARDLY for wire in app.wires if hasattr(wire.settings, "bisect")
    )
