"""What the three cases of an estimate have in common: the edges of an app, what can follow each, and the nodes that they share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ifc.cost.edges import ARROW, ASKS, OUTSIDE, VERB, Edge, Edges
from ifc.model.app import App, Wire

ASYNCHRONOUS = ("topic", "bucket", "bus", "alarm", "function")  # what calls a function without waiting for it, beside the clock
RESULTS = ("failed", "succeeded")


class Shape:
    """The edges, those from outside too, and what can follow them."""

    def __init__(self, edges: Edges) -> None:
        self.edges, self.names = edges, edges.names
        self.app: App = edges.app
        self.all: list[Edge] = list(edges.all)
        self._index = {id(edge): number for number, edge in enumerate(self.all)}
        self._following: dict[tuple[str, tuple[str, ...]], list[Edge]] = {}

    def add(self, edge: Edge) -> int:
        """Takes an edge from outside; gives its number."""
        self._index[id(edge)] = len(self.all)
        self.all.append(edge)
        return len(self.all) - 1

    def number(self, edge: Edge) -> int:
        """The number of an edge."""
        return self._index[id(edge)]

    # --- what follows ---

    @cached_property
    def shared(self) -> dict[tuple[str, tuple[str, ...]], int]:
        """The nodes behind the edges', by what they stand for: what comes to some ports of a resource, with nothing known of it."""
        found: dict[tuple[str, tuple[str, ...]], int] = {}
        for edge in self.all:
            if edge.target and not self.informed(edge):
                found.setdefault(self.behind(edge), len(self.all) + len(found))
        return found

    def behind(self, edge: Edge) -> tuple[str, tuple[str, ...]]:
        """Where an edge leads to: a resource, and the ports by which what comes goes on; of a function there is no difference."""
        return edge.target, ("",) if self.calls(edge) else edge.ports

    def calls(self, edge: Edge) -> bool:
        """Whether an edge leads to a function."""
        return bool(edge.target) and self.app.resources[edge.target].kind == "function"

    def informed(self, edge: Edge) -> bool:
        """Whether something is known of what an edge brings, so that it passes some filters and not others."""
        return edge.step is not None and edge.step.informed and not self.calls(edge)

    def apart(self, edge: Edge, following: Edge) -> bool:
        """Whether nothing that an edge brings passes the next one."""
        return edge.step is not None and following.step is not None and self.edges.flow.apart(edge.step, following.step)

    def following(self, name: str, ports: tuple[str, ...]) -> list[Edge]:
        """The edges by which what came to some ports of a resource goes on."""
        key = name, ports
        if key not in self._following:
            ways = ("", "dead-letter") if self.app.resources[name].kind == "queue" and ports else ports
            self._following[key] = [edge for by in ways for edge in self.edges.leaving.get((name, by), ())]
        return self._following[key]

    def results(self, edge: Edge) -> Iterator[tuple[str, Edge]]:
        """The arrows that the result of a call takes, with the port: only of one that nobody waits for."""
        if self.asynchronous(edge):
            for by in RESULTS:
                for result in self.edges.leaving.get((edge.target, by), ()):
                    yield by, result

    def reached(self, edge: Edge, passed: set[tuple[str, tuple[str, ...]]]) -> Iterator[Edge]:
        """The edges that can follow one; those behind a node that many share only once."""
        if not edge.target:
            return
        if self.informed(edge):
            yield from (one for one in self.following(edge.target, edge.ports) if not self.apart(edge, one))
            return
        if self.calls(edge):
            yield from (result for _, result in self.results(edge))
        if self.behind(edge) not in passed:
            passed.add(self.behind(edge))
            yield from self.following(*self.behind(edge))

    # --- asking ---

    @cached_property
    def consumers(self) -> dict[tuple[str, str], list[Wire]]:
        """The arrows of each queue, and of its dead letters: they compete for the messages."""
        found: dict[tuple[str, str], list[Wire]] = {}
        for edge in self.edges.all:
            if edge.sort == ARROW and edge.wire is not None and edge.source and self.app.resources[edge.source].kind == "queue":
                found.setdefault((edge.source, edge.wire.source.port), []).append(edge.wire)
        return found

    def waits(self, edge: Edge) -> bool:
        """Whether who calls a function by an edge waits for its answer, and so nobody tries it again."""
        if edge.sort in (OUTSIDE, ASKS):
            return True
        if edge.wire is not None:
            return self.names.is_route(edge.wire)
        target: Any = self.app.resources[edge.target]
        taken = any((target.name, by) in self.edges.leaving for by in RESULTS)
        return not taken and "retries" not in target.origins

    def asynchronous(self, edge: Edge) -> bool:
        """Whether Lambda keeps the call, tries it again, and sends its result on."""
        if edge.wire is None:
            return edge.sort == VERB and not self.waits(edge)
        source = edge.wire.source.resource
        return not source or self.app.resources[source].kind in ASYNCHRONOUS
