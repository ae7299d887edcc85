"""One event reaches one function by two ways.

What a topic, a bus, a bucket or a stream tells goes to everyone who asks for it. A function that is asked for directly and also by a
queue behind handles each event twice. Ways whose filters both hold something back raise no warning.

Bad:
    topic Placed
    queue Work
    function pack "a.b"
    Placed -> Work -> pack
    Placed -> pack
Good:
    topic Placed
    queue Work
    function pack "a.b"
    Placed -> Work -> pack
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ifc.diagnostics import Label, Report
from ifc.model.app import App

if TYPE_CHECKING:
    from ifc.flow import Step

CODE = "IFC522"


def check(app: App, report: Report) -> None:
    """Reports functions that get one event by two ways."""
    if report.failed or not relayed(app):
        return
    from ifc.ways import ways

    for one, other in ways(app).doubles:
        last = one[-1] if len(one) < len(other) else other[-1]
        label = [Label(step.span, "the other way") for step in (other if last is one[-1] else one)[:1]]
        report.warning(
            CODE,
            f"`{one[-1].target}` gets each event of `{one[0].source}` twice: by {drawn(one)} and by {drawn(other)}",
            last.span,
            "one way",
            f'take one away, or filter both so that an event takes one; if it is meant, write `# ifc: allow {CODE} "why"` above',
            label,
        )


def relayed(app: App) -> bool:
    """Whether an arrow leads to something that passes on what it gets."""
    return any(wire.target.resource and app.resources[wire.target.resource].kind != "function" for wire in app.wires)


def drawn(way: Sequence[Step]) -> str:
    """A way, arrow by arrow."""
    return ", ".join(f"`{step.words}`" for step in way)
