"""Which edge of a picture an event can take after which: the steps of `flow`, as the edges that are drawn for them.

An edge that is no way, such as a `reads`, sets nothing off. Ways of which nothing is known lead to a hub, which stands for all that leaves
a resource, so that many ways in and many out don't become many times many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import attrs

from ifc.flow import Flow, Step
from ifc.model.app import App, Wire

T = TypeVar("T")
Edge = tuple[str, str, int]  # as networkx names it: from, to, and which of those between the two


@attrs.frozen(eq=False)
class Found:
    """The ways of a graph: what can follow each edge that is one; a number stands for the hub at that place."""

    after: dict[Edge, list[Edge | int]] = attrs.field(factory=dict)
    hubs: list[list[Edge]] = attrs.field(factory=list)


class _Steps(Flow):
    """The steps of an app and those that only a picture has: to addresses outside, and to where an arrow's events go that failed."""

    def __init__(self, app: App, more: list[Step]) -> None:
        self._more = more
        super().__init__(app)

    def _steps(self) -> Iterator[Step]:
        yield from super()._steps()
        yield from self._more

    def after(self, step: Step) -> Iterator[Step]:
        """The steps that can follow a step; none inside the app, once an event has left it."""
        return super().after(step) if step.target in self.app.resources else iter(())


class Ways:
    """The edges of a picture that are ways, taken down while it is drawn."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._edges: dict[int, Edge] = {}  # by the id of the wire, grant, queue or step that it is drawn for
        self._more: list[Step] = []
        self._entries: list[tuple[Edge, str, str]] = []

    def take(self, edge: Edge, drawn: Any) -> None:
        """The edge of a wire, of a grant, or of a queue and its dead letters."""
        self._edges[id(drawn)] = edge
        if isinstance(drawn, Wire) and not drawn.target.resource:
            self._add(edge, Step(drawn.source.resource, "", (), drawn.span, "", wire=drawn))

    def give_up(self, edge: Edge, wire: Wire, dead: str) -> None:
        """The edge to the queue that takes what an arrow could not deliver."""
        self._add(edge, Step(wire.source.resource, dead, ("",), wire.span, "dead-letter"))

    def enter(self, edge: Edge, api: str, port: str) -> None:
        """The edge from an API to one of its routes."""
        self._entries.append((edge, api, port))

    def _add(self, edge: Edge, step: Step) -> None:
        self._edges[id(step)] = edge
        self._more.append(step)

    def found(self) -> Found:
        """All ways, and what follows each."""
        flow, found = _Steps(self.app, self._more), Found()
        hubs: dict[int, int] = {}

        def named(following: Step) -> Edge | int | None:
            if not following.hub:
                return self._edge(following)
            if id(following) not in hubs:
                hubs[id(following)] = len(found.hubs)
                found.hubs.append(_known(self._edge(step) for step in flow.after(following)))
            return hubs[id(following)]

        for step in flow.steps:
            edge = self._edge(step)
            if edge is not None:
                found.after[edge] = _known(named(following) for following in flow.after(step))
        for edge, api, port in self._entries:
            found.after[edge] = _known(self._edge(step) for step in flow.leaving.get((api, port), ()))
        return found

    def _edge(self, step: Step) -> Edge | None:
        for drawn in (step.wire, step.grant, step):
            if drawn is not None and id(drawn) in self._edges:
                return self._edges[id(drawn)]
        return self._edges.get(id(self.app.resources.get(step.source)))  # a queue's dead letters


def _known(found: Iterator[T | None]) -> list[T]:
    return [each for each in found if each is not None]
