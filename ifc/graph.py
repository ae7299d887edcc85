"""The model as a networkx multigraph: nodes are resources, edges are wires (events) and grants (permissions).

A plain compile never makes one: importing networkx costs more than the rest of the compile.
"""

from __future__ import annotations

import networkx

from ifc.model.app import App, Grant, Resource, Wire
from ifc.verbs import VERBS

EVENT, GRANT = "event", "grant"


def graph(app: App) -> networkx.MultiDiGraph:
    """The graph of an app, its nodes and edges in canonical order."""
    made = networkx.MultiDiGraph(name=app.name)
    for resource in app.resources.values():
        if resource.kind != "authorizer":
            made.add_node(
                resource.name,
                kind=resource.kind,
                label=resource.name,
                description=resource.declared.description,
                extern=resource.extern is not None,
                details=details(resource),
                permissions=permissions(app, resource.name),
            )
    for wire in app.wires:
        source, target = _source(made, wire), _target(made, wire)
        made.add_edge(source, target, sort=EVENT, label=_label(wire), span=wire.span)
    for grant in app.grants:
        made.add_edge(grant.holder, grant.resource, sort=GRANT, label=_verb(grant), span=grant.span)
    return made


def _source(made: networkx.MultiDiGraph, wire: Wire) -> str:
    """The node that a wire leaves; a route, a schedule and a port get one of their own."""
    end = wire.source
    if not end.resource:
        written = " ".join(end.span.text.split())
        made.add_node(written, kind="schedule", label=written, description=wire.description, extern=False)
        return written
    if made.nodes[end.resource]["kind"] == "api":
        route = f"{end.resource} {end.port}"
        made.add_node(route, kind="route", label=end.port, description=wire.description, extern=False)
        made.add_edge(end.resource, route, sort=EVENT, label="", span=end.span)
        return route
    return end.resource


def _target(made: networkx.MultiDiGraph, wire: Wire) -> str:
    if wire.target.resource:
        return wire.target.resource
    written = wire.target.span.text.strip('"')
    made.add_node(written, kind="external", label=written, description=None, extern=True)
    return written


def _label(wire: Wire) -> str:
    from ifc.where.expression import text

    words = [wire.source.port] if wire.source.port and wire.source.resource and " " not in wire.source.port else []
    if wire.pattern:
        words.append(f'"{wire.pattern}"')
    if wire.where is not None:
        words.append(f"where {text(wire.where)}")
    return " ".join(words)


def _verb(grant: Grant) -> str:
    part = f" {grant.part}" if grant.part else ""
    return f"{grant.verb}{part}" + (f' "{grant.pattern}"' if grant.pattern else "")


def details(resource: Resource) -> dict[str, str]:
    """The settings that are written of a resource, as they stand in the source."""
    return {
        field.rstrip("_").replace("_", "-"): " ".join(origin.span.text.split())
        for field, origin in sorted(resource.origins.items())
        if origin.span
    }


def permissions(app: App, name: str) -> list[str]:
    """What a function may do, in the words of the source."""
    verbs = sorted((list(VERBS).index(g.verb), f"{_verb(g)} {g.resource}") for g in app.grants_of(name))
    return [words for _, words in verbs] + [f"{', '.join(a.actions or map(str, a.managed))}" for a in app.allows_of(name)]
