"""Which edge of a picture an event can take after which: the steps of `flow`, as the edges that are drawn for them.

An edge that is no way, such as a `reads`, sets nothing off. Ways of which nothing is known lead to a hub, which stands for all that leaves
a resource, so that many ways in and many out don't become many times many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import attrs

from ifc.flow import Step
from ifc.model.app import App, Wire
from ifc.ways import ways

T = TypeVar("T")
Edge = tuple[str, str, int]  # as networkx names it: from, to, and which of those between the two


@attrs.frozen(eq=False)
class Found:
    """The ways of a graph: what can follow each edge that is one; a number stands for the hub at that place."""

    after: dict[Edge, list[Edge | int]] = attrs.field(factory=dict)
    hubs: list[list[Edge]] = attrs.field(factory=list)


class Ways:
    """The edges of a picture that are ways, taken down while it is drawn."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._edges: dict[int, Edge] = {}  # by the id of the wire, grant, queue or step that it is drawn for
        self._given_up: dict[int, Edge] = {}
        self._entries: list[tuple[Edge, str, str]] = []

    def take(self, edge: Edge, drawn: Any) -> None:
        """The edge of a wire, of a grant, or of a queue and its dead letters."""
        self._edges[id(drawn)] = edge

    def give_up(self, edge: Edge, wire: Wire) -> None:
        """The edge to what takes the events that an arrow could not deliver."""
        self._given_up[id(wire)] = edge

    def enter(self, edge: Edge, api: str, port: str) -> None:
        """The edge from an API to one of its routes."""
        self._entries.append((edge, api, port))

    def found(self) -> Found:
        """All ways, and what follows each."""
        flow, found = ways(self.app).flow, Found()
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
        if step.given_up is not None:
            return self._given_up.get(id(step.given_up))
        for drawn in (step.wire, step.grant):
            if drawn is not None and id(drawn) in self._edges:
                return self._edges[id(drawn)]
        return self._edges.get(id(self.app.resources.get(step.source)))  # a queue's dead letters


def _known(found: Iterator[T | None]) -> list[T]:
    return [each for each in found if each is not None]
