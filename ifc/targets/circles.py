"""Circles of references, which no target can make one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ifc.diagnostics import Report
from ifc.plan import Plan


def circles(plan: Plan, needs: Mapping[str, set[str]], owners: Mapping[str, str], report: Report) -> None:
    """Reports what needs each other, so that none can be made first; each circle once."""
    left = {id: {name for name in named if name in needs} for id, named in needs.items() if id}
    _without(left, ())
    while left:
        path = [min(left)]
        while (after := min(left[path[-1]])) not in path:
            path.append(after)
        circle = path[path.index(after) :]
        owner = owners[circle[0]]
        span = plan.app.resources[owner].declared.span if owner in plan.app.resources else plan.app.span
        if span is not None:
            way = " → ".join(f"`{id}`" for id in [*circle, circle[0]])
            report.error(
                "IFC611",
                f"these resources need each other: {way}",
                span,
                "closes a circle",
                "write a name or an ARN out where one refers to the next",
            )
        _without(left, path)


def _without(left: dict[str, set[str]], gone: Sequence[str]) -> None:
    """Takes out resources, and then, one after another, all that need nothing that is left."""
    needed_by: dict[str, list[str]] = {}
    for id, named in left.items():
        for name in named:
            needed_by.setdefault(name, []).append(id)
    waiting = [*gone, *(id for id, named in left.items() if not named)]
    while waiting:
        id = waiting.pop()
        if left.pop(id, None) is not None:
            for dependant in needed_by.get(id, ()):
                if dependant in left:
                    left[dependant].discard(id)
                    if not left[dependant]:
                        waiting.append(dependant)
