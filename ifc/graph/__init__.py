"""The model as a networkx multigraph: nodes are resources, edges are wires (events), grants (permissions) and what an alarm
watches.

A plain compile never makes one: importing networkx costs more than the rest of the compile.

Beside what an app says, nodes and edges carry `findings` (places in the graph's own list of them), and `of`: the resource, wire or grant
that they are drawn for, if there is one. Whoever knows prices may add `cost` to nodes, edges and the graph: a `text`, and its `parts`
as (what, amount) pairs. The graph's `ways` tell which edge an event can take after which, as `ways` explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import networkx

from ifc.diagnostics import Diagnostic
from ifc.explanation import written
from ifc.graph.findings import Things, told
from ifc.graph.ways import Edge, Ways
from ifc.model.app import App, Grant, Resource, Wire
from ifc.model.settings import settings_of
from ifc.model.types import DEFAULTS, Origin
from ifc.source import Span
from ifc.verbs import VERBS

EVENT, GRANT, WATCH = "event", "grant", "watch"


def graph(app: App, found: Sequence[Diagnostic] = (), folder: str = "") -> networkx.MultiDiGraph:
    """The graph of an app, its nodes and edges in canonical order, with what was found in it; files are named as seen from a folder."""
    return _Drawing(app).done(found, folder)


class _Drawing:
    """A graph while it is made."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.made = networkx.MultiDiGraph(name=app.name)
        self.things = Things()
        self.ways = Ways(app)

    def done(self, found: Sequence[Diagnostic], folder: str) -> networkx.MultiDiGraph:
        """The whole graph."""
        for resource in self.app.resources.values():
            if resource.kind != "authorizer":
                self._resource(resource)
        for wire in self.app.wires:
            self._wire(wire)
        for grant in self.app.grants:
            edge = self._edge(grant.holder, grant.resource, GRANT, _verb(grant), grant)
            self.ways.take(edge, grant)
            (self.things.share if grant.layer == DEFAULTS else self.things.add)(grant.span, edge)
        for queue in self.app.of_kind("queue"):
            dead = str(getattr(queue, "dead_queue", ""))
            if dead in self.app.resources:
                edge = self._edge(queue.name, dead, EVENT, "dead-letter")
                self.ways.take(edge, queue)
        for alarm in self.app.of_kind("alarm"):
            self._watched(alarm)
        self.made.graph["ways"] = self.ways.found()
        self.made.graph["findings"] = told(found, self.things, self.made, folder)
        return self.made

    def _resource(self, resource: Resource) -> None:
        self.made.add_node(
            resource.name,
            of=resource,
            kind=resource.kind,
            label=resource.name,
            description=resource.declared.description,
            extern=resource.extern is not None,
            details=details(resource, resource.origins),
            defaults=defaults(resource),
            permissions=permissions(self.app, resource.name),
        )
        self.things.add(resource.declared.span, resource.name)
        for _, span, own in _settings(resource, resource.origins):
            if own:
                self.things.add(span, resource.name)
        for allow in self.app.allows_of(resource.name):
            if allow.layer != DEFAULTS:
                self.things.add(allow.span, resource.name)

    def _wire(self, wire: Wire) -> None:
        source, target = self._source(wire), self._target(wire)
        edge = self._edge(source, target, EVENT, _label(wire, self.app), wire)
        self.ways.take(edge, wire)
        for span in (wire.span, *(span for _, span, own in _settings(wire.settings, wire.origins) if own)):
            self.things.add(span, edge)
        dead = str(getattr(wire.settings, "dead_letter", ""))
        if dead in self.app.resources:
            self.ways.give_up(self._edge(source, dead, EVENT, "dead-letter"), wire)

    def _watched(self, alarm: Resource) -> None:
        """What an alarm tests is a setting of it, and an edge from what has the metric."""
        condition = getattr(alarm, "condition", None)
        if condition is None:
            return
        self.made.nodes[alarm.name]["details"]["where"] = condition.text
        self.things.add(condition.span, alarm.name)
        if condition.resource in self.app.resources:
            self._edge(condition.resource, alarm.name, WATCH, condition.text.removeprefix(f"{condition.resource}."))

    def _edge(self, source: str, target: str, sort: str, label: str, of: Wire | Grant | None = None) -> Edge:
        written = details(of.settings, of.origins) if isinstance(of, Wire) else {}
        return source, target, self.made.add_edge(source, target, of=of, sort=sort, label=label, details=written)

    def _source(self, wire: Wire) -> str:
        """The node that a wire leaves; a route and a schedule get one of their own."""
        end, made = wire.source, self.made
        if not end.resource:
            written = " ".join(end.span.text.split())
            made.add_node(written, kind="schedule", label=written, description=wire.description, extern=False)
            self.things.add(end.span, written)
            return written
        if made.nodes[end.resource]["kind"] != "api":
            return end.resource
        route = f"{end.resource} {end.port}"
        if route not in made:
            made.add_node(route, kind="route", label=end.port, description=wire.description, extern=False)
            self.ways.enter(self._edge(end.resource, route, EVENT, ""), end.resource, end.port)
        self.things.add(end.span, route)
        return route

    def _target(self, wire: Wire) -> str:
        if wire.target.resource:
            return wire.target.resource
        written = wire.target.span.text.strip('"')
        self.made.add_node(written, kind="external", label=written, description=None, extern=True)
        return written


def _settings(said: object, origins: Mapping[str, Origin]) -> Iterator[tuple[str, Span, bool]]:
    """The settings of a thing that are written, by their words: where, and whether for this thing alone."""
    words = {setting.field: word for word, setting in settings_of(type(said)).items()}
    found = ((words.get(field, field), origin) for field, origin in origins.items())
    for word, origin in sorted(found, key=lambda pair: pair[0]):
        if origin.span is not None:
            yield word, origin.span, origin.layer != DEFAULTS


def _label(wire: Wire, app: App) -> str:
    from ifc.where.expression import text

    source = app.resources.get(wire.source.resource)
    words = [wire.source.port] if wire.source.port and source is not None and source.kind != "api" else []
    if wire.pattern:
        words.append(f'"{wire.pattern}"')
    if wire.where is not None:
        words.append(f"where {text(wire.where)}")
    return " ".join(words)


def _verb(grant: Grant) -> str:
    part = f" {grant.part}" if grant.part else ""
    return f"{grant.verb}{part}" + (f' "{grant.pattern}"' if grant.pattern else "")


def details(said: object, origins: Mapping[str, Origin]) -> dict[str, str]:
    """The settings that are written, each as it stands in the source behind its word; one that is only a word is on."""
    found = {}
    for word, span, _ in _settings(said, origins):
        first, _, rest = " ".join(span.text.split()).partition(" ")
        found[word] = (rest or "on") if first == word else f"{first} {rest}".rstrip()
    return found


def defaults(resource: Resource) -> dict[str, str]:
    """The settings that nobody wrote, as they hold; none of what exists already."""
    rows = [] if resource.extern else [row for row in settings_of(type(resource)).values() if row.field not in resource.origins]
    values = [(row, getattr(resource, row.field)) for row in rows]
    return {row.name: written(value, row) for row, value in values if value is not None and value not in ({}, ())}


def permissions(app: App, name: str) -> list[str]:
    """What a function may do, in the words of the source."""
    verbs = sorted((list(VERBS).index(g.verb), f"{_verb(g)} {g.resource}") for g in app.grants_of(name))
    return [words for _, words in verbs] + [f"{', '.join(a.actions or map(str, a.managed))}" for a in app.allows_of(name)]
