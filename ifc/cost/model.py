"""How events multiply on their way: the gains between an app's edges, and what comes in from outside.

What comes along an edge to a function sets off each of its verbs, once for each time that it is tried; to anything else, the arrows
that leave it, as far as their filters let it pass. Edges of which nothing is known share a node, or many times many would be needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import attrs

from ifc.cost.edges import ARROW, ASKS, DEAD, OUTSIDE, VERB, Edge, Edges, outside
from ifc.cost.linear import Endless, System
from ifc.cost.names import OPEN, URL, port
from ifc.cost.scene import Scene
from ifc.cost.traffic import Traffic
from ifc.model.app import Resource, Wire
from ifc.model.settings import CLEARED

ASYNCHRONOUS = ("topic", "bucket", "bus", "alarm", "function")  # what calls a function without waiting for it, beside the clock
TRIED_AGAIN = (
    2  # times that Lambda tries a failed asynchronous call again (Lambda developer guide, Error handling for asynchronous invocation)
)
RESULTS = ("failed", "succeeded")


@attrs.frozen(eq=False)
class Source:
    """A source of events: how many come in a month (None: nobody says), and along which edges, for so many of them."""

    name: str
    rate: float | None
    parts: tuple[tuple[int, float], ...]
    clock: bool = False


class Shape:
    """What the three cases have in common: the edges, the nodes that they share, and the sources."""

    def __init__(self, edges: Edges, traffic: Traffic) -> None:
        self.edges, self.app, self.names, self.traffic = edges, edges.app, edges.names, traffic
        self.all: list[Edge] = list(edges.all)
        self.index = {id(edge): number for number, edge in enumerate(self.all)}
        self.shared: dict[tuple[str, tuple[str, ...]], int] = {}  # nodes behind the edges', by what they stand for
        self.sources: list[Source] = []
        self._begin()
        self._share()

    # --- where events come from ---

    def _begin(self) -> None:
        groups: dict[tuple[str, str], list[Edge]] = {}
        for edge in self.edges.all:
            wire = edge.wire
            if edge.sort != ARROW or wire is None:
                continue
            if not wire.source.resource:
                self._clock(edge, wire)
            elif self.names.is_route(wire):
                self._route(edge, wire)
            else:
                groups.setdefault((wire.source.resource, wire.source.port), []).append(edge)
        for resource in sorted(self.app.resources.values(), key=lambda r: r.name):
            for by in (*OPEN.get(resource.kind, ()), *((URL,) if getattr(resource, "url", None) else ())):
                self._port(resource, by, groups.pop((resource.name, by), []))
        for (name, by), arrows in sorted(groups.items()):  # dead letters, results: nothing comes there but what arrows expect
            self._arrows(port(name, by), arrows)
        self._unreached()

    def _clock(self, edge: Edge, wire: Wire) -> None:
        from ifc.cost.schedules import monthly

        rate = monthly(wire.source.address.expression) if wire.settings.enabled else 0.0
        self.sources.append(Source(edge.name, rate, ((self.index[id(edge)], 1.0),), clock=True))

    def _route(self, edge: Edge, wire: Wire) -> None:
        name = self.names.source(wire)
        rate = self.traffic.sources.get(name, self._expected(edge))
        asks = [self._asking[id(wire)]] if id(wire) in self._asking else []
        self.sources.append(Source(name, rate, tuple((self.index[id(one)], 1.0) for one in (edge, *asks))))

    @cached_property
    def _asking(self) -> dict[int, Edge]:
        return {id(edge.wire): edge for edge in self.edges.all if edge.sort == ASKS}

    def _expected(self, edge: Edge) -> float | None:
        """What a traffic file or else the source expects of an arrow."""
        if edge.name in self.traffic.expected:
            return self.traffic.expected[edge.name]
        said = getattr(edge.wire.settings, "expect", None) if edge.wire is not None else None
        return said.monthly if said is not None else None

    def _port(self, resource: Resource, by: str, arrows: Sequence[Edge]) -> None:
        """What comes to a port from outside: as a traffic file says of all of it, or as arrows expect it."""
        name = port(resource.name, by)
        rate = self.traffic.sources.get(name)
        if rate is not None:
            self.sources.append(Source(name, rate, ((self._add(outside(resource.name, by, resource.declared.span)), 1.0),)))
        elif any(self._expected(edge) is not None for edge in arrows):
            comes = self._add(outside(resource.name, by, resource.declared.span, goes_on=False))
            self._arrows(name, arrows, (comes, 1.0))
        elif (arrows or by == URL) and not self._fed(resource, by):
            self._unknown(resource, by)

    def _arrows(self, name: str, arrows: Sequence[Edge], *comes: tuple[int, float]) -> None:
        """A source of which its arrows say what takes them; the most of these is what comes at least."""
        expected = [(edge, amount) for edge in arrows if (amount := self._expected(edge)) is not None]
        if expected:
            most = max(amount for _, amount in expected)
            parts = [(self.index[id(edge)], amount / most if most else 1.0) for edge, amount in expected]
            self.sources.append(Source(name, most, (*comes, *parts)))

    def _unknown(self, resource: Resource, by: str) -> None:
        """A source of which nobody says how much comes."""
        comes = self._add(outside(resource.name, by, resource.declared.span))
        self.sources.append(Source(port(resource.name, by), None, ((comes, 1.0),)))

    def _fed(self, resource: Resource, by: str) -> bool:
        """Whether anything in the app brings events to a port."""
        return (resource.name, by) in self._brought

    @cached_property
    def _brought(self) -> set[tuple[str, str]]:
        return {(edge.target, by) for edge in self.edges.all for by in edge.ports}

    def _unreached(self) -> None:
        """Adds the functions that no source leads to: somebody else calls them, or they only go round."""
        reached: set[str] = set()
        waiting = [self.all[number].target for source in self.sources for number, _ in source.parts]
        waiting += [edge.target for edge in self.edges.all if edge.source and self.app.resources[edge.source].kind == "alarm"]
        reached |= {hook for f in self.app.of_kind("function") for hook in getattr(getattr(f, "deploy", None), "hooks", ())}
        following: dict[str, list[str]] = {}
        for edge in self.edges.all:
            if edge.source:
                following.setdefault(edge.source, []).append(edge.target)
        functions = sorted((f for f in self.app.of_kind("function") if f.extern is None), key=lambda f: f.name)
        for function in [None, *functions]:
            if function is not None and function.name not in reached:
                self._unknown(function, "")
                waiting.append(function.name)
            while waiting:
                name = waiting.pop()
                if name not in reached:
                    reached.add(name)
                    waiting += following.get(name, ())

    def _add(self, edge: Edge) -> int:
        self.index[id(edge)] = len(self.all)
        self.all.append(edge)
        return len(self.all) - 1

    # --- the nodes behind ---

    def _share(self) -> None:
        for edge in self.all:
            if edge.target and not self.informed(edge):
                self.shared.setdefault((edge.target, self.behind(edge)), len(self.all) + len(self.shared))

    def behind(self, edge: Edge) -> tuple[str, ...]:
        """The ports by which what an edge brings goes on; of a function there is no difference."""
        return ("",) if self.app.resources[edge.target].kind == "function" else edge.ports

    def informed(self, edge: Edge) -> bool:
        """Whether something is known of what an edge brings, so that it passes some filters and not others."""
        return edge.step is not None and edge.step.informed and self.app.resources[edge.target].kind != "function"

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
        results = any((target.name, by) in self.edges.leaving for by in RESULTS)
        return not results and "retries" not in target.origins

    def asynchronous(self, edge: Edge) -> bool:
        """Whether Lambda keeps the call, tries it again, and sends its result on."""
        if edge.wire is None:
            return edge.sort == VERB and not self.waits(edge)
        source = edge.wire.source.resource
        return not source or self.app.resources[source].kind in ASYNCHRONOUS


class Model:
    """The gains of one case."""

    def __init__(self, shape: Shape, scene: Scene) -> None:
        self.shape, self.scene, self.app = shape, scene, scene.app
        self._following: dict[tuple[str, tuple[str, ...]], list[Edge]] = {}
        count = len(shape.all) + len(shape.shared)
        gains: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        for number, edge in enumerate(shape.all):
            if edge.target:
                gains[number] = list(self._after(edge))
        for (name, ports), number in shape.shared.items():
            gains[number] = [(shape.index[id(edge)], self.gain(edge, None, ports)) for edge in self.following(name, ports)]
        self.system = self._system(gains)
        begin = [0.0] * count
        for source in shape.sources:
            for number, amount in source.parts:
                begin[number] += (source.rate or 0.0) * amount * self.share(shape.all[number])
        self.rates = self.system.rates(begin)

    def _system(self, gains: Sequence[Sequence[tuple[int, float]]]) -> System:
        try:
            return System(gains)
        except Endless as endless:
            members = [number for number in endless.members if number < len(self.shape.all)]
            raise Round(self.shape, members, gains, self.scene.case) from None

    def share(self, edge: Edge) -> float:
        """How much of what a source brings goes along an edge: an authorizer's answer is remembered."""
        if edge.sort != ASKS or edge.wire is None:
            return 1.0
        from ifc.routes import guard
        from ifc.routes.path import Route

        found = guard.of(self.app.resources[edge.source], Route.of(edge.wire), self.app)  # type: ignore[arg-type]  # an Api
        return self.scene.assumed("asked") if found is not None and found.cache else 1.0

    # --- what follows ---

    def _after(self, edge: Edge) -> Iterator[tuple[int, float]]:
        shape = self.shape
        if self.app.resources[edge.target].kind == "function":
            yield shape.shared[edge.target, ("",)], self.tries(edge)
            if shape.asynchronous(edge):
                lost = self.failure(edge.target) ** (self.again(edge.target) + 1)
                for by, share in (("failed", lost), ("succeeded", 1 - lost)):
                    for result in shape.edges.leaving.get((edge.target, by), ()):
                        yield shape.index[id(result)], share
        elif shape.informed(edge):
            for following in self.following(edge.target, edge.ports):
                if not self.apart(edge, following):
                    yield shape.index[id(following)], self.gain(following, edge, edge.ports)
        else:
            yield shape.shared[edge.target, edge.ports], 1.0

    def apart(self, edge: Edge, following: Edge) -> bool:
        """Whether nothing that an edge brings passes the next one."""
        return edge.step is not None and following.step is not None and self.shape.edges.flow.apart(edge.step, following.step)

    def following(self, name: str, ports: tuple[str, ...]) -> list[Edge]:
        """The edges by which what came to some ports of a resource goes on."""
        key = name, ports
        if key not in self._following:
            kind = self.app.resources[name].kind
            ways = ("", "dead-letter") if kind == "queue" and ports else ports
            self._following[key] = [edge for by in ways for edge in self.shape.edges.leaving.get((name, by), ())]
        return self._following[key]

    def gain(self, edge: Edge, before: Edge | None, ports: tuple[str, ...]) -> float:
        """How many events an edge takes on of each that comes to where it begins."""
        source = self.app.resources[edge.source]
        if source.kind == "function":
            return self.uses(edge)
        if source.kind == "queue":
            return self.of_queue(edge)
        found = self.passing(edge, before)
        if source.kind == "bucket" and edge.wire is not None and edge.wire.source.port == "removed" and "created" in ports:
            found *= self.scene.assumed("passes")  # what only `writes` is said of creates, and removes something now and then
        return found

    def uses(self, edge: Edge) -> float:
        """How often a function does what a verb says, for each event."""
        if edge.name in self.scene.traffic.verbs:
            return self.scene.traffic.verbs[edge.name]
        return self.scene.assumed("fetched") if self.app.resources[edge.target].kind in ("secret", "config") else 1.0

    def of_queue(self, edge: Edge) -> float:
        """How much of a queue's messages an arrow takes: consumers share them, and dead letters are what always failed."""
        port_of = edge.wire.source.port if edge.wire is not None else "dead-letter"
        lost = self.lost(edge.source) if port_of == "dead-letter" else 1.0
        rivals = len(self.shape.consumers.get((edge.source, port_of), ())) if edge.wire is not None else 1
        return lost / max(rivals, 1) * self.passing(edge, None)

    def lost(self, queue: str) -> float:
        """The share of a queue's messages that become dead letters."""
        resource: Any = self.app.resources[queue]
        wires = self.shape.consumers.get((queue, ""), ())
        if not wires or not resource.dead_letter:
            return 0.0
        after: int = resource.dead_letter.after
        return sum(self.failure(wire.target.resource) ** after for wire in wires) / len(wires)

    def passing(self, edge: Edge, before: Edge | None) -> float:
        """The share of events that passes an arrow's filter."""
        known = self.scene.traffic.passes.get(edge.name)
        if known is not None:
            return known
        wire = edge.wire
        if wire is None or (wire.where is None and wire.pattern is None):
            return 1.0
        same_keys = before is not None and before.grant is not None and before.grant.pattern == wire.pattern
        return 1.0 if wire.where is None and same_keys else self.scene.assumed("passes")

    # --- failing ---

    def failure(self, function: str) -> float:
        """The share of a function's calls that fail."""
        return self.scene.of_function(function, "errors")

    def again(self, function: str) -> int:
        """How often a failed asynchronous call is tried again."""
        retries = getattr(self.app.resources[function], "retries", None)
        return retries.count if retries else TRIED_AGAIN

    def tries(self, edge: Edge) -> float:
        """How often a function is given an event that comes along an edge, its failures counted."""
        failure = self.failure(edge.target)
        if not failure or edge.sort == DEAD:
            return 1.0
        most = self.most_tries(edge)
        return 1 / (1 - failure) if most is None else (1 - failure**most) / (1 - failure)

    def most_tries(self, edge: Edge) -> int | None:
        """How often an event is given to a function at most; None: until it is too old."""
        wire = edge.wire
        kind = self.app.resources[wire.source.resource].kind if wire is not None and wire.source.resource else ""
        if wire is not None and kind == "queue":
            dead = getattr(self.app.resources[wire.source.resource], "dead_letter", None)
            return dead.after if dead and wire.source.port == "" else None
        if wire is not None and kind in ("table", "stream"):
            return None if wire.settings.retries is CLEARED or wire.settings.retries is None else wire.settings.retries + 1
        return self.again(edge.target) + 1 if self.shape.asynchronous(edge) else 1


class Round(Exception):
    """Events that go round and grow, or never become fewer."""

    def __init__(self, shape: Shape, members: Sequence[int], gains: Sequence[Sequence[tuple[int, float]]], case: int) -> None:
        super().__init__()
        self.shape, self.members, self.gains, self.case = shape, members, gains, case

    def loop(self) -> list[Edge]:
        """A shortest way round, from the first edge by name that is on one."""
        members = set(self.members)
        first = min(self.members, key=lambda n: (self.shape.all[n].sort != ARROW, self.shape.all[n].sort_key))
        came: dict[int, int] = {}
        waiting = [first]
        for node in waiting:
            for other, gain in self.gains[node]:
                if other == first and gain:
                    way = [node]
                    while way[-1] != first:
                        way.append(came[way[-1]])
                    return [self.shape.all[n] for n in reversed(way) if n in members]
                if gain and other not in came:
                    came[other] = node
                    waiting.append(other)
        return [self.shape.all[first]]
