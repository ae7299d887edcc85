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

from ifc.diagnostics import ERROR, NOTE, WARNING, Diagnostic, Label, Report
from ifc.model.app import App

if TYPE_CHECKING:
    from ifc.flow import Flow, Step

CODES = ("IFC550", "IFC551", "IFC552", "IFC553")
MOST = 12  # steps that are drawn


def check(app: App, report: Report) -> None:
    """Reports loops of events: those in which everything passes, those with filters that may let it, and functions that call each other."""
    if report.failed or not circular(app):
        return  # a broken program may hang together otherwise than it is meant to
    from ifc.ways import ways  # hardly any app has a circle, and what follows filters is as much again as what reads them

    flow = ways(app).flow
    meant: set[int] = set()  # arrows at which the source says that their loops are meant: others may go round beside them
    while True:
        found = every(flow, meant)
        told = {id(first) for diagnostic, first in found if report.allowed is not None and report.allowed(diagnostic)}
        report.diagnostics.extend(diagnostic for diagnostic, first in found if id(first) in told or not told)
        if not told:
            return
        meant |= told


def every(flow: Flow, meant: set[int]) -> list[tuple[Diagnostic, Step]]:
    """What there is to say of loops that take no step of those that are meant, each with its first step."""
    from ifc.flow import certain, loops

    steps = [step for step in flow.steps if id(step) not in meant]

    def after(step: Step) -> list[Step]:
        return [following for following in flow.after(step) if id(following) not in meant]

    found: list[tuple[Diagnostic, Step]] = []
    known: set[int] = set()
    for loop, group in loops(steps, lambda step: [each for each in after(step) if certain(step, each)]):
        if any(step.wire is not None for step in loop):
            known.update(map(id, group))
            found.append((endless(loop), loop[0]))
        else:
            found.append((calls(loop), loop[0]))
    groups = [(loop, set(map(id, group))) for loop, group in loops(steps, after) if any(step.wire for step in loop)]
    possible = [(loop, group) for loop, group in groups if not group & known]
    if possible:
        likely = loops(steps, lambda step: [each for each in after(step) if flow.likely(step, each)])
        warned = {id(loop[0]): loop for loop, _ in likely if any(step.wire for step in loop)}
        for loop, members in possible:
            again = [warned[first] for first in members & warned.keys()]
            found += [(damped(one), one[0]) for one in again] or [(unlikely(loop), loop[0])]
    return found


def circular(app: App) -> bool:
    """Whether arrows and verbs close any circle at all, whatever passes them."""
    edges: dict[str, set[str]] = {}
    for wire in app.wires:
        if wire.target.resource and wire.source.resource:
            edges.setdefault(wire.source.resource, set()).add(wire.target.resource)
    for grant in app.grants:
        if grant.verb != "reads":
            edges.setdefault(grant.holder, set()).add(grant.resource)
    if app.allows:
        from ifc.flow import allowed

        for grant in allowed(app):
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


def endless(loop: Sequence[Step]) -> Diagnostic:
    """A loop in which everything passes."""
    return Diagnostic(
        "IFC550",
        f"events go round: {drawn(loop)}",
        numbered(loop),
        "filter an arrow so that what comes round can't pass, or write elsewhere; if the code ends it, write "
        '`# ifc: allow IFC550 "how it ends"` above',
        ERROR,
    )


def damped(loop: Sequence[Step]) -> Diagnostic:
    """A loop whose filters may let through what comes round."""
    return Diagnostic(
        "IFC551",
        f"events may go round, since no filter rules it out: {drawn(loop)}",
        numbered(loop),
        "let a filter rule out what comes round, such as another `eventName`, prefix or `source`; if the code ends it, write "
        '`# ifc: allow IFC551 "how it ends"` above',
        WARNING,
    )


def calls(loop: Sequence[Step]) -> Diagnostic:
    """Functions that may call each other without end."""
    return Diagnostic(
        "IFC552",
        f"functions may call each other without end: {drawn(loop)}",
        numbered(loop),
        'count the rounds in what is passed on, and write `# ifc: allow IFC552 "how it ends"` above',
        WARNING,
    )


def unlikely(loop: Sequence[Step]) -> Diagnostic:
    """A loop that code would close only by sending the very events that set it off."""
    return Diagnostic(
        "IFC553",
        f"events go round if code sends what sets it off: {drawn(loop)}",
        numbered(loop),
        "an arrow asks for events by name, so other events end it; make sure that the code sends those",
        NOTE,
    )


def numbered(loop: Sequence[Step]) -> tuple[Label, ...]:
    """The places of a loop's steps, counted."""
    return tuple(Label(step.span, str(number)) for number, step in enumerate(loop[:MOST], 1))


def drawn(loop: Sequence[Step]) -> str:
    """A loop step by step."""
    shown = [f"`{step.words}`" for step in loop[:MOST]]
    more = [f"{len(loop) - MOST} more"] if len(loop) > MOST else []
    return ", ".join([*shown, *more])
