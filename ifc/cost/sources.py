"""Where events come from: routes, the clock, and what comes from outside to queues, topics, buckets, functions …"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import attrs

from ifc.cost.edges import ARROW, ASKS, Edge, outside
from ifc.cost.names import OPEN, URL, port
from ifc.cost.shape import Shape
from ifc.cost.traffic import Traffic
from ifc.model.app import Resource, Wire


@attrs.frozen(eq=False)
class Source:
    """A source of events: how many come in a month (None: nobody says), and along which edges, for each of them."""

    name: str
    rate: float | None
    parts: tuple[tuple[int, float], ...]
    clock: bool = False


def sources(shape: Shape, traffic: Traffic) -> tuple[Source, ...]:
    """The sources of an app; what comes from outside is added to its edges."""
    found = Finder(shape, traffic)
    found.known()
    found.unknown()
    return tuple(found.sources)


class Finder:
    """Finds the sources: first those of which something is said, then what nothing leads to."""

    def __init__(self, shape: Shape, traffic: Traffic) -> None:
        self.shape, self.app, self.names, self.traffic = shape, shape.app, shape.names, traffic
        self.sources: list[Source] = []
        self.told: set[str] = set()  # the names of these
        self.met: set[int] = set()  # edges that events can take, by id()
        self.called: set[str] = set()  # what these lead to
        self.passed: set[tuple[str, tuple[str, ...]]] = set()

    # --- what is said ---

    def known(self) -> None:
        """The clock, routes, and ports of which a traffic file or an arrow says something."""
        for edge in self.shape.edges.all:
            wire = edge.wire
            if edge.sort == ARROW and wire is not None and not wire.source.resource:
                self.clock(edge, wire)
            elif edge.sort == ARROW and wire is not None and self.names.is_route(wire):
                self.route(edge, wire)
        for resource, by in self.ports():
            name = port(resource.name, by)
            if name in self.traffic.sources:
                self.take(name, self.traffic.sources[name], [(outside(resource.name, by, resource.declared.span), 1.0)])
            else:
                self.arrows(resource, by)
        for (name, by), edges in sorted(self.groups.items()):
            if by not in OPEN.get(self.app.resources[name].kind, ()):  # dead letters: nothing comes there but what arrows expect
                self.expected(port(name, by), edges, [])

    def clock(self, edge: Edge, wire: Wire) -> None:
        """A schedule, whose rate follows from its expression."""
        from ifc.cost.schedules import monthly  # only an app with a clock needs it

        rate = monthly(wire.source.address.expression) if wire.settings.enabled else 0.0
        self.take(edge.name, self.traffic.expected.get(edge.name, rate), [(edge, 1.0)], clock=True)

    def route(self, edge: Edge, wire: Wire) -> None:
        """A route, with the function that is asked whether the caller may."""
        name = self.names.source(wire)
        asks = [self.asking[id(wire)]] if id(wire) in self.asking else []
        self.take(name, self.traffic.sources.get(name, self.said(edge)), [(one, 1.0) for one in (edge, *asks)])

    def arrows(self, resource: Resource, by: str) -> None:
        """A port of which its arrows say what takes them: as much as the most of these comes at least."""
        edges = self.groups.get((resource.name, by), [])
        if any(self.said(edge) is not None for edge in edges):
            comes = outside(resource.name, by, resource.declared.span, goes_on=False)
            self.expected(port(resource.name, by), edges, [(comes, 1.0)])

    def expected(self, name: str, edges: Sequence[Edge], comes: list[tuple[Edge, float]]) -> None:
        """A source that is known by what takes its arrows."""
        amounts = [(edge, amount) for edge in edges if (amount := self.said(edge)) is not None]
        if amounts:
            most = max(amount for _, amount in amounts)
            self.take(name, most, [*comes, *((edge, amount / most if most else 1.0) for edge, amount in amounts)])

    def said(self, edge: Edge) -> float | None:
        """What a traffic file or else the source expects of an arrow."""
        if edge.name in self.traffic.expected:
            return self.traffic.expected[edge.name]
        said = getattr(edge.wire.settings, "expect", None) if edge.wire is not None else None
        return said.monthly if said is not None else None

    # --- what nobody says ---

    def unknown(self) -> None:
        """Ports with arrows that no event can take so far, first those that nothing in the app leads to; then functions alone."""
        for resource in self.app.resources.values():
            if resource.kind == "alarm":  # rings so seldom that it is not counted, and needs no traffic
                self.reach(edge for (name, _), edges in self.groups.items() if name == resource.name for edge in edges)
        brought = {(edge.target, by) for edge in self.shape.edges.all for by in edge.ports}
        ports = [*self.ports()]
        for resource, by in sorted(ports, key=lambda one: ((one[0].name, one[1]) in brought, one[0].name, one[1])):
            self.missing(resource, by)
        self.called |= {hook for f in self.app.of_kind("function") for hook in getattr(getattr(f, "deploy", None), "hooks", ())}
        for function in sorted(self.app.of_kind("function"), key=lambda f: f.name):
            if function.extern is None and function.name not in self.called:
                self.take(function.name, None, [(outside(function.name, "", function.declared.span), 1.0)])

    def missing(self, resource: Resource, by: str) -> None:
        """A port of which nobody says what comes, if no event can take one of its arrows so far."""
        name = port(resource.name, by)
        edges = [edge for edge in self.groups.get((resource.name, by), ()) if id(edge) not in self.met]
        told = name in self.told
        if told and name not in self.traffic.sources:
            for edge in edges:  # of other arrows of the port it is said
                self.take(edge.name, None, [(edge, 1.0)])
        elif not told and (edges or by == URL):
            self.take(name, None, [(outside(resource.name, by, resource.declared.span), 1.0)])

    # --- both ---

    @cached_property
    def groups(self) -> dict[tuple[str, str], list[Edge]]:
        """The arrows of each port of each resource but routes."""
        found: dict[tuple[str, str], list[Edge]] = {}
        for edge in self.shape.edges.all:
            wire = edge.wire
            if edge.sort == ARROW and wire is not None and wire.source.resource and not self.names.is_route(wire):
                found.setdefault((wire.source.resource, wire.source.port), []).append(edge)
        return found

    @cached_property
    def asking(self) -> dict[int, Edge]:
        """The edges to functions that authorize, by the id() of their routes."""
        return {id(edge.wire): edge for edge in self.shape.edges.all if edge.sort == ASKS}

    def ports(self) -> Iterator[tuple[Resource, str]]:
        """The ports that something can come to from outside, in order."""
        for resource in sorted(self.app.resources.values(), key=lambda r: r.name):
            for by in (*OPEN.get(resource.kind, ()), *((URL,) if getattr(resource, "url", None) else ())):
                yield resource, by

    def take(self, name: str, rate: float | None, parts: Sequence[tuple[Edge, float]], clock: bool = False) -> None:
        """Takes a source, and follows its events."""
        numbered = []
        for edge, amount in parts:
            known = edge.source or edge.wire is not None
            numbered.append((self.shape.number(edge) if known else self.shape.add(edge), amount))
        self.sources.append(Source(name, rate, tuple(numbered), clock))
        self.told.add(name)
        self.reach(edge for edge, _ in parts)

    def reach(self, edges: Iterable[Edge]) -> None:
        """Notes all edges that events can take behind some."""
        waiting = list(edges)
        while waiting:
            edge = waiting.pop()
            if id(edge) not in self.met:
                self.met.add(id(edge))
                self.called.add(edge.target)
                waiting += self.shape.reached(edge, self.passed)
