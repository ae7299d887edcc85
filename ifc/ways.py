"""The ways of events through an app: what leads where, where order ends, what arrives twice, how often at worst something is tried.

Every question is answered for all ways at once, in a time that grows with the steps and not with the ways, of which there can be
exponentially many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from ifc.flow import FAILING, Flow, Step, left
from ifc.guarantees import guarantee
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App, Wire

NODES = ("topic", "queue", "bus")  # what passes an event on as it is


def ways(app: App) -> Ways:
    """The ways of an app, found once."""
    made: Ways | None = app.__dict__.get("_ways")
    if made is None:
        made = app.__dict__["_ways"] = Ways(app)
    return made


class Ways:
    """The steps of an app, what can follow each, and what is promised of each."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.flow = Flow(app)
        self.steps = self.flow.steps
        self._guarantees: dict[int, Guarantee] = {}

    def guarantee(self, step: Step) -> Guarantee:
        """What holds for an event on a step."""
        made = self._guarantees.get(id(step))
        if made is None:
            made = self._guarantees[id(step)] = guarantee(self.app, step)
        return made

    @cached_property
    def following(self) -> Mapping[int, list[Step]]:
        """What can follow each step, by its identity; steps of which nothing is known share a hub."""
        found: dict[int, list[Step]] = {}
        waiting = list(self.steps)
        while waiting:
            step = waiting.pop()
            if id(step) not in found:
                found[id(step)] = list(self.flow.after(step))
                waiting.extend(next for next in found[id(step)] if next.hub)
        return found

    @cached_property
    def preceding(self) -> Mapping[int, list[Step]]:
        """What each step can follow, by its identity."""
        found: dict[int, list[Step]] = {}
        for step in self.nodes():
            for following in self.following[id(step)]:
                found.setdefault(id(following), []).append(step)
        return found

    def nodes(self) -> Iterator[Step]:
        """All steps, and the hubs behind them."""
        seen: set[int] = set()
        for step in self.steps:
            yield step
            for following in self.following[id(step)]:
                if following.hub and id(following) not in seen:
                    seen.add(id(following))
                    yield following

    def behind(self, step: Step) -> list[Step]:
        """The steps that can follow a step, without hubs."""
        found: list[Step] = []
        for following in self.following[id(step)]:
            found.extend(self.following[id(following)] if following.hub else (following,))
        return found

    def onward(self, starts: Iterable[Step]) -> dict[int, Step]:
        """The steps to which some steps lead, each with the one of those that is first to lead there."""
        return _spread(starts, lambda step: self.following[id(step)])

    def handled(self, starts: Iterable[Step]) -> dict[int, Step]:
        """The steps to which some steps lead while nothing fails, each with the one of those that is first to lead there."""
        return _spread(
            starts, lambda step: (following for following in self.following[id(step)] if following.hub or not _failing(following))
        )

    def back(self, starts: Iterable[Step]) -> dict[int, Step]:
        """The steps that lead to some steps, each with one of those to which it leads."""
        return _spread(starts, lambda step: self.preceding.get(id(step), ()))

    def heads(self) -> list[tuple[str, list[Step]]]:
        """Where events begin, as written, with the steps that leave there: nothing that the app does leads to them."""
        groups: dict[tuple[str, str], list[Step]] = {}
        for step in self.steps:
            groups.setdefault((step.source, origin(step)), []).append(step)
        order = sorted(groups, key=lambda key: (self._rank(key[0]), key))
        followed = {id(next) for step in self.nodes() for next in self.following[id(step)]}
        reached: set[int] = set()
        heads = []
        for first in (True, False):  # what is left then goes round in circles, or nothing that comes passes it
            for key in order:
                if first and any(id(step) in followed for step in groups[key]):
                    continue
                steps = [step for step in groups[key] if id(step) not in reached]
                if steps:
                    heads.append((key[1], steps))
                    reached.update(id(step) for step in steps)
                    reached.update(self.onward(steps))
        return heads

    def _rank(self, source: str) -> int:
        """Requests come first, then the clock, then what else comes from outside."""
        if not source:
            return 1
        return 0 if self.app.resources[source].kind == "api" else 2

    # --- order ---

    @cached_property
    def disorders(self) -> list[tuple[Step, Step]]:
        """The steps on which order ends, each with a step that brought it."""
        carried: dict[int, Step] = {}
        ends: dict[int, tuple[Step, Step]] = {}
        waiting = [(step, step) for step in self.steps if step.wire is not None and self.guarantee(step).order]
        at = 0
        while at < len(waiting):
            step, first = waiting[at]
            at += 1
            if id(step) in carried:
                continue
            carried[id(step)] = first
            for following in self.following[id(step)]:
                if following.hub or self.guarantee(following).order:
                    waiting.append((following, first))
                elif not _failing(following):
                    ends.setdefault(id(following), (following, first))
        return sorted(ends.values(), key=lambda end: end[0].span.sort_key())

    # --- twice ---

    @cached_property
    def doubles(self) -> list[tuple[list[Step], list[Step]]]:
        """Two ways of one event from where it leaves to one function, with no function between, that it surely takes both."""
        found = []
        for (source, port), leaving in sorted(self.flow.leaving.items()):
            if len(leaving) < 2 or not source or self.app.resources[source].kind in ("function", "api") or port in FAILING:
                continue
            first: dict[str, list[Step]] = {}
            told: set[str] = set()
            for way in self._deliveries(leaving):
                name = way[-1].target
                if name not in first:
                    first[name] = way
                elif name not in told and len(way) > 1 and not (_filters(first[name]) and _filters(way)):
                    told.add(name)
                    found.append((first[name], way))
        return found

    def _deliveries(self, leaving: list[Step]) -> Iterator[list[Step]]:
        """The ways to functions over what passes events on, each relay taken once; those without filters first."""
        came: dict[int, Step | None] = {id(step): None for step in leaving}
        waiting = sorted(leaving, key=lambda step: _filters([step]))
        at = 0
        while at < len(waiting):
            step = waiting[at]
            at += 1
            kind = self.app.resources[step.target].kind if step.target else ""
            if kind == "function":
                way: list[Step] = []
                back: Step | None = step
                while back is not None:
                    way.append(back)
                    back = came[id(back)]
                yield way[::-1]
            elif kind in NODES:
                for following in self.behind(step):
                    if id(following) not in came and following.wire is not None and not _failing(following):
                        came[id(following)] = step
                        waiting.append(following)

    # --- tries ---

    @cached_property
    def most_tries(self) -> dict[int, tuple[int, Step | None]]:
        """How often each step is taken at worst for one event, with the step before by which; of steps in a loop nothing is said."""
        missing = {id(step): len(self.preceding.get(id(step), ())) for step in self.nodes()}
        most: dict[int, tuple[int, Step | None]] = {}
        waiting = [step for step in self.nodes() if not missing[id(step)]]
        for step in waiting:
            most[id(step)] = (self.tries(step), None)
        while waiting:
            step = waiting.pop()
            so_far = most[id(step)][0]
            for following in self.following[id(step)]:
                product = so_far * self.tries(following)
                if product > most.get(id(following), (0, None))[0]:
                    most[id(following)] = (product, step)
                missing[id(following)] -= 1
                if not missing[id(following)]:
                    waiting.append(following)
        return {key: value for key, value in most.items() if not missing[key]}

    def tries(self, step: Step) -> int:
        """How often one event is handed over at worst; once where it is tried until it is too old, since nobody can say how often."""
        return 1 if step.hub else self.guarantee(step).tries or 1


def origin(step: Step) -> str:
    """Where a step leaves, as written."""
    return left(step.wire) if step.wire is not None else step.source


def _failing(step: Step) -> bool:
    """Whether only what failed takes a step."""
    return step.wire.source.port in FAILING if step.wire is not None else step.grant is None


def _filters(way: Iterable[Step]) -> bool:
    """Whether not everything takes a way."""
    wires: Iterator[Wire] = (step.wire for step in way if step.wire is not None)
    return any(wire.where is not None or wire.pattern is not None for wire in wires)


def _spread(starts: Iterable[Step], to: Callable[[Step], Iterable[Step]]) -> dict[int, Step]:
    """What can be reached from some steps, by identity, with the start from which; the starts only where they are reached again."""
    found: dict[int, Step] = {}
    waiting = [(step, step) for step in starts]
    at = 0
    while at < len(waiting):
        step, first = waiting[at]
        at += 1
        for following in to(step):
            if id(following) not in found:
                found[id(following)] = first
                waiting.append((following, first))
    return found
