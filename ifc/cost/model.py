"""How events multiply on their way: the gains between an app's edges in one case of an estimate.

What comes along an edge to a function sets off each of its verbs, once for each time that it is tried; to anything else, the arrows
that leave it, as far as their filters let it pass. Edges of which nothing is known share a node, or many times many would be needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ifc.cost.edges import ARROW, DEAD, Edge
from ifc.cost.linear import Endless, System
from ifc.cost.scene import Scene
from ifc.cost.shape import Shape
from ifc.cost.sources import Source
from ifc.model.settings import CLEARED

# Times that Lambda tries a failed asynchronous call again (Lambda developer guide, Error handling for asynchronous invocation).
TRIED_AGAIN = 2
TRIED = 20  # edges from which a way round is looked for, to draw one


class Model:
    """The gains of one case."""

    def __init__(self, shape: Shape, sources: Sequence[Source], scene: Scene) -> None:
        self.shape, self.scene, self.app = shape, scene, scene.app
        count = len(shape.all) + len(shape.shared)
        gains: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        for number, edge in enumerate(shape.all):
            if edge.target:
                gains[number] = [one for one in self._after(edge) if one[1]]
        for (name, ports), number in shape.shared.items():
            gains[number] = [(shape.number(e), gain) for e in shape.following(name, ports) if (gain := self.gain(e, None, ports))]
        self.system = self._system(gains)
        begin = [0.0] * count
        for source in sources:
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
        return self.scene.assumed("asked") if edge.remembered else 1.0

    # --- what follows ---

    def _after(self, edge: Edge) -> Iterator[tuple[int, float]]:
        shape = self.shape
        if shape.calls(edge):
            yield shape.shared[shape.behind(edge)], self.tries(edge)
            lost = self.failure(edge.target) ** (self.again(edge.target) + 1)
            for by, result in shape.results(edge):
                yield shape.number(result), lost if by == "failed" else 1 - lost
        elif shape.informed(edge):
            for following in shape.following(edge.target, edge.ports):
                if not shape.apart(edge, following):
                    yield shape.number(following), self.gain(following, edge, edge.ports)
        else:
            yield shape.shared[shape.behind(edge)], 1.0

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

    def loop(self) -> tuple[list[Edge], float]:
        """Of the shortest ways round, one for each of some edges, the one on which the most comes round, and how much that is."""
        starts = sorted(self.members, key=lambda n: (self.shape.all[n].sort != ARROW, self.shape.all[n].sort_key))[:TRIED]
        ways = [self.way(start) for start in starts]
        best = max(ways, key=self.gain)
        return [self.shape.all[n] for n in best if n < len(self.shape.all)], self.gain(best)

    def way(self, start: int) -> list[int]:
        """A shortest way from a node back to itself."""
        came: dict[int, int] = {}
        waiting = [start]
        for node in waiting:
            for other, _ in self.gains[node]:
                if other == start:
                    way = [node]
                    while way[-1] != start:
                        way.append(came[way[-1]])
                    return way[::-1]
                if other not in came:
                    came[other] = node
                    waiting.append(other)
        raise TypeError("what goes round has a way round")

    def gain(self, way: Sequence[int]) -> float:
        """How much comes round of what went in."""
        found = 1.0
        for node, following in zip(way, [*way[1:], way[0]], strict=True):
            found *= sum(gain for other, gain in self.gains[node] if other == following)
        return found
