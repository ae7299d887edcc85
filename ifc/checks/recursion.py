"""Events go round in a loop: what a function does sets it off again, and each round is paid for.

A loop is broken only by a filter, a key or a verb that what comes round can't pass. One that has a filter which may let it
pass is a warning; one that has none is an error. Where a function may send anything to a bus, a topic or a queue, and an arrow behind asks
for events by name, the loop is a note: who is set off by one event tells another one. A loop that is meant, and ends by what the code does, is said to be meant:
`# ifc: allow IFC550 "the second round finds nothing to do"` on the line of its first arrow, or above it.

Bad:
    table T { key id: string; stream new }
    function f "a.b" { writes T }
    T.stream -> f
Good:
    table T { key id: string; stream new }
    function f "a.b" { deletes T }
    T.stream where eventName == "INSERT" -> f
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ifc.diagnostics import NOTE, Diagnostic, Label, Report
from ifc.model.app import App

if TYPE_CHECKING:
    from ifc.flow import Step

CODES = ("IFC550", "IFC551", "IFC552", "IFC553")
MOST = 12  # steps that are drawn


def check(app: App, report: Report) -> None:
    """Reports loops of events: those without any filter, those with filters that may let them go on, and functions that call each other."""
    if report.failed or not circular(app):
        return  # a broken program may hang together otherwise than it is meant to
    from ifc.flow import Certain, Likely, loops  # hardly any app has a circle, and what follows filters is as much again as what reads them
    from ifc.ways import ways

    flow = ways(app).flow
    certain = Certain(app)
    known: set[object] = set()
    for loop, members in loops(certain):
        if any(step.wire is not None for step in loop):
            known |= {key(step) for step in members}
            endless(loop, report)
        else:
            calls(loop, report)
    groups = [(loop, {key(step) for step in members}) for loop, members in loops(flow) if any(step.wire for step in loop)]
    possible = [(loop, keys) for loop, keys in groups if not keys & known]
    if not possible:
        return
    likely = Likely(app)
    warned = {key(loop[0]): loop for loop, _ in loops(likely) if any(step.wire for step in loop)}
    for loop, keys in possible:
        again = keys & warned.keys()
        for first in again:
            damped(warned[first], report)
        if not again:
            unlikely(loop, report)


def key(step: Step) -> object:
    """What makes a step the same in two walks through an app."""
    return step.words, step.span.sort_key()


def circular(app: App) -> bool:
    """Whether arrows and verbs close any circle at all, whatever passes them."""
    edges: dict[str, set[str]] = {}
    for wire in app.wires:
        if wire.target.resource and wire.source.resource:
            edges.setdefault(wire.source.resource, set()).add(wire.target.resource)
    for grant in app.grants:
        if grant.verb != "reads":
            edges.setdefault(grant.holder, set()).add(grant.resource)
    for queue in app.of_kind("queue"):
        if getattr(queue, "dead_queue", None):
            edges.setdefault(queue.name, set()).add(queue.dead_queue)  # type: ignore[attr-defined]  # a Queue
    needed: dict[str, int] = {}
    for targets in edges.values():
        for target in targets:
            needed[target] = needed.get(target, 0) + 1
    waiting = [name for name in edges if name not in needed]
    while waiting:
        for target in edges.pop(waiting.pop(), ()):
            needed[target] -= 1
            if not needed[target]:
                waiting.append(target)
    return any(target in edges for targets in edges.values() for target in targets)


def endless(loop: Sequence[Step], report: Report) -> None:
    """A loop in which everything passes."""
    first = loop[0]
    report.error(
        "IFC550",
        f"events go round: {drawn(loop)}",
        first.span,
        "1",
        "filter an arrow so that what comes round can't pass, or write elsewhere; if the code ends it, write "
        '`# ifc: allow IFC550 "how it ends"` above',
        [Label(step.span, str(number)) for number, step in enumerate(loop[1:MOST], 2)],
    )


def damped(loop: Sequence[Step], report: Report) -> None:
    """A loop whose filters may let through what comes round."""
    first = loop[0]
    report.warning(
        "IFC551",
        f"events may go round, since no filter rules it out: {drawn(loop)}",
        first.span,
        "1",
        "let a filter rule out what comes round, such as another `eventName`, prefix or `source`; if the code ends it, write "
        '`# ifc: allow IFC551 "how it ends"` above',
        [Label(step.span, str(number)) for number, step in enumerate(loop[1:MOST], 2)],
    )


def unlikely(loop: Sequence[Step], report: Report) -> None:
    """A loop that code would close only by sending the very events that set it off."""
    labels = [Label(step.span, str(number)) for number, step in enumerate(loop[:MOST], 1)]
    report.diagnostics.append(
        Diagnostic(
            "IFC553",
            f"events go round if code sends what sets it off: {drawn(loop)}",
            tuple(labels),
            "an arrow asks for events by name, so other events end it; make sure that the code sends those",
            NOTE,
        )
    )


def calls(loop: Sequence[Step], report: Report) -> None:
    """Functions that may call each other without end."""
    report.warning(
        "IFC552",
        f"functions may call each other without end: {drawn(loop)}",
        loop[0].span,
        "1",
        'count the rounds in what is passed on, and write `# ifc: allow IFC552 "how it ends"` above',
        [Label(step.span, str(number)) for number, step in enumerate(loop[1:MOST], 2)],
    )


def drawn(loop: Sequence[Step]) -> str:
    """A loop step by step."""
    shown = [f"`{step.words}`" for step in loop[:MOST]]
    more = [f"{len(loop) - MOST} more"] if len(loop) > MOST else []
    return ", ".join([*shown, *more])
