"""What was found in an app, told of the nodes and edges of its picture that it is about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ifc.diagnostics import Diagnostic
from ifc.source import Span

if TYPE_CHECKING:
    import networkx

    from ifc.graph.ways import Edge

    Thing = str | Edge  # a node's name, or an edge


class Things:
    """What of a picture stands where in the source."""

    def __init__(self) -> None:
        self._by_line: dict[tuple[str, int], list[tuple[Span, Thing]]] = {}
        self._shared: dict[tuple[str, int, int], list[Edge]] = {}

    def add(self, span: Span, thing: Thing) -> None:
        """Takes down that a thing stands at a place."""
        first, last = span.line, span.source.position(max(span.start, span.end - 1))[0]
        for line in range(first, last + 1):
            self._by_line.setdefault((span.source.path, line), []).append((span, thing))

    def share(self, span: Span, edge: Edge) -> None:
        """Takes down that an edge comes from a place that holds for all of a kind, as `defaults` do."""
        self._shared.setdefault(span.sort_key(), []).append(edge)

    def shared(self, span: Span, about: Iterable[Thing]) -> list[Edge]:
        """The edges that come from such a place, and join ends of what else is told of."""
        ends = {end for thing in about for end in ([thing] if isinstance(thing, str) else thing[:2])}
        return [edge for edge in self._shared.get(span.sort_key(), ()) if ends.issuperset(edge[:2])]

    def at(self, span: Span) -> list[Thing]:
        """The things that a place is about: those that stand closest around it, else those that stand within it."""
        near = self._by_line.get((span.source.path, span.line), [])
        around = [(s.end - s.start, thing) for s, thing in near if s.start <= span.start and span.end <= s.end]
        if around:
            closest = min(length for length, _ in around)
            return list(dict.fromkeys(thing for length, thing in around if length == closest))
        return list(dict.fromkeys(thing for s, thing in near if span.start <= s.start and s.end <= span.end))


def told(found: Iterable[Diagnostic], things: Things, made: networkx.MultiDiGraph, folder: str) -> list[dict[str, Any]]:
    """What was found, as data; each node and edge gets the places in this list of what it is about."""
    listed: list[dict[str, Any]] = []
    for at, one in enumerate(found):
        first: Sequence[Thing] = ()
        about: dict[Thing, None] = {}
        for label in one.labels:
            here = things.at(label.span)
            first = first or here
            about.update(dict.fromkeys(here))
        for label in one.labels:
            about.update(dict.fromkeys(things.shared(label.span, about)))
        for thing in about:
            given = made.nodes[thing] if isinstance(thing, str) else made.edges[thing]
            given.setdefault("findings", []).append(at)
        listed.append(
            {
                "code": one.code,
                "severity": one.severity,
                "message": one.message,
                "help": one.help,
                "places": [(_place(label.span, folder), label.text) for label in one.labels],
                "first": list(first),
            }
        )
    return listed


def _place(span: Span, folder: str) -> str:
    """A place as `app.ifc:12`, its file as seen from a folder: a picture tells nothing of where it was made."""
    return f"{os.path.relpath(span.source.path, folder or os.curdir).replace(os.sep, '/')}:{span.line}"
