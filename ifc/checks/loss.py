"""On one way of an event some failures are kept and others are lost.

Somebody wrote dead letters for one hop, so what takes this way matters; and at another hop of the same way an event is dropped after the
last try, and nobody hears of it. Ways on which nothing is kept raise no warning: `ifc paths` lists all hops that can lose an event.

Bad:
    topic Placed
    queue Work { dead-letter after 3 }
    function accept "a.b" { sends Work }
    function pack "a.b"
    Placed -> accept
    Work -> pack
Good:
    topic Placed
    queue Lost
    queue Work { dead-letter after 3 }
    function accept "a.b" { sends Work }
    function pack "a.b"
    Placed -> accept
    accept.failed -> Lost
    Work -> pack
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifc.diagnostics import Label, Report
from ifc.model.app import App

if TYPE_CHECKING:
    from ifc.flow import Step

CODE = "IFC520"


def check(app: App, report: Report) -> None:
    """Reports hops that lose events, on ways on which another hop keeps them."""
    if report.failed or not cared_for(app):
        return
    from ifc.ways import ways

    found = ways(app)
    arrows = (step for step in found.steps if step.wire is not None and step.source and "mailto:" not in step.words)  # mail is for people
    held = [(step, found.guarantee(step)) for step in arrows]
    keeping = [step for step, guarantee in held if guarantee.kept is not None]
    before, behind = found.back(keeping), found.handled(keeping)
    for step, guarantee in held:
        keeper = before.get(id(step)) or behind.get(id(step))
        if not guarantee.lost or keeper is None or app.resources[step.source].kind == "alarm" or rescues(app, step):
            continue
        kept = found.guarantee(keeper).kept
        report.warning(
            CODE,
            f"`{step.words}` loses what fails ({guarantee.outcome}), and on the same way `{keeper.words}` keeps it",
            step.span,
            "can be lost",
            f'{guarantee.remedy}; if it may be lost, write `# ifc: allow {CODE} "why"` above',
            [Label(kept, "kept")] if kept is not None else [],
        )


def rescues(app: App, step: Step) -> bool:
    """Whether a step takes what has failed already: dead letters of dead letters lead nowhere."""
    return (step.wire is not None and step.wire.source.port == "dead-letter") or bool(app.queues_before(step.source))


def cared_for(app: App) -> bool:
    """Whether the source says of anything that it is kept when it fails."""
    if any(wire.source.port == "failed" or "dead_letter" in wire.origins for wire in app.wires):
        return True
    return any("dead_letter" in queue.origins for queue in app.of_kind("queue"))
