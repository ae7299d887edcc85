"""The edges that events take, with those that `ifc.flow` leaves out since nothing can follow them: reads, authorizers, outside."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import attrs

from ifc.cost.names import URL, Names, port
from ifc.flow import Flow, Step
from ifc.model.app import App, Grant, Wire
from ifc.routes import guard
from ifc.routes.path import Route
from ifc.source import Span

ARROW, VERB, DEAD, OUTSIDE, ASKS = "arrow", "verb", "dead letters", "outside", "authorizer"


@attrs.frozen(eq=False)
class Edge:
    """One edge: an arrow, a verb, a queue's move to its dead letters, what comes from outside, or the question whether a caller may."""

    sort: str
    name: str
    source: str  # the resource that it leaves; "": the clock or outside
    target: str  # "": an address
    ports: tuple[str, ...]  # of the target, by which what comes may go on
    span: Span
    step: Step | None = None
    wire: Wire | None = None
    grant: Grant | None = None
    url: bool = False  # from outside, by a function's URL
    remembered: bool = False  # of an authorizer: its answer holds for a while

    @property
    def sort_key(self) -> tuple[str, str, str, str]:
        """Orders edges by their names, wherever they are written."""
        return self.source, self.target, self.name, self.sort


class Edges:
    """The edges of an app but those from outside, in the order of their names."""

    def __init__(self, app: App, names: Names) -> None:
        self.app, self.names, self.flow = app, names, Flow(app)
        self.all = sorted((*self._steps(), *self._uses(), *self._authorizers()), key=lambda edge: edge.sort_key)

    def _steps(self) -> Iterator[Edge]:
        for step in self.flow.steps:
            wire, grant = step.wire, step.grant
            if step.permitted or step.given_up is not None:  # what may be done and is not said, and what fails in the end, is not counted
                continue
            if wire is not None:
                sort, name = ARROW, self.names.arrow(wire)
            elif grant is not None:
                sort, name = VERB, self.names.verb(grant)
            else:
                sort, name = DEAD, step.words
            yield Edge(sort, name, step.source, step.target, step.ports, step.span, step, wire, grant)

    def _uses(self) -> Iterator[Edge]:
        """The verbs that set nothing off."""
        stepped = {id(step.grant) for step in self.flow.steps}
        for grant in self.app.grants:
            if id(grant) not in stepped:
                yield Edge(VERB, self.names.verb(grant), grant.holder, grant.resource, (), grant.span, grant=grant)

    def _authorizers(self) -> Iterator[Edge]:
        """From each route whose callers a function lets in to that function."""
        for api in self.app.of_kind("api"):
            for wire in self.app.wires_from(api.name):
                found = guard.of(api, Route.of(wire), self.app)  # type: ignore[arg-type]  # an Api
                if found is not None and found.function:
                    name = f"{self.names.source(wire)} asks {found.function}"
                    yield Edge(ASKS, name, api.name, found.function, ("",), wire.span, wire=wire, remembered=bool(found.cache))

    @cached_property
    def leaving(self) -> dict[tuple[str, str], list[Edge]]:
        """The arrows and dead letters that leave each port of each resource, and the verbs of a function by ""."""
        found: dict[tuple[str, str], list[Edge]] = {}
        for edge in self.all:
            if edge.sort != ASKS:
                by = edge.wire.source.port if edge.wire is not None else ""
                found.setdefault((edge.source, by), []).append(edge)
        return found


def outside(resource: str, by: str, span: Span, goes_on: bool = True) -> Edge:
    """What comes to a port of a resource from outside."""
    ports = ("",) if by == URL else (by,)
    return Edge(OUTSIDE, port(resource, by), "", resource, ports if goes_on else (), span, url=by == URL)
