"""What the edges of an app are called: as they are written, so that a traffic file can say something of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ifc.model.app import App, Grant, Wire

# The ports that events come to from outside by, where a resource has them: "" is the resource itself.
OPEN: Mapping[str, tuple[str, ...]] = {
    "queue": ("",),
    "topic": ("",),
    "bus": ("",),
    "stream": ("",),
    "function": ("",),
    "table": ("stream", "expired"),
    "bucket": ("created", "removed"),
}
URL = "url"
WHOLE = ("api", "function", "alarm")  # all that leaves them goes where their arrows lead


class Names:
    """The names of an app's sources, arrows and verbs."""

    def __init__(self, app: App) -> None:
        self.app = app
        counts: dict[str, int] = {}
        for wire in app.wires:
            if self.is_route(wire):
                counts[wire.source.port] = counts.get(wire.source.port, 0) + 1
        self.shared = {route for route, count in counts.items() if count > 1}

    def is_route(self, wire: Wire) -> bool:
        """Whether a wire is a route of an api."""
        source = self.app.resources.get(wire.source.resource)
        return source is not None and source.kind == "api"

    def source(self, wire: Wire) -> str:
        """What a wire leaves: `POST /orders`, `every 1h`, `Orders.stream`."""
        end = wire.source
        if not end.resource:
            return " ".join(end.span.text.split())
        if self.is_route(wire):
            return f"{end.resource} {end.port}" if end.port in self.shared else end.port
        return port(end.resource, end.port)

    def arrow(self, wire: Wire) -> str:
        """A wire as it is written, without its filter: `Orders.stream -> bill`."""
        target = wire.target.resource or wire.target.span.text.strip('"')
        keys = f' "{wire.pattern}"' if wire.pattern else ""
        return f"{self.source(wire)}{keys} -> {target}"

    def verb(self, grant: Grant) -> str:
        """A verb as it is written: `placeOrder writes Orders`."""
        keys = f' "{grant.pattern}"' if grant.pattern else ""
        return f"{grant.holder} {grant.verb} {port(grant.resource, grant.part)}{keys}"

    @cached_property
    def arrows(self) -> Mapping[str, str]:
        """The names of all arrows, each with that of its source."""
        return {self.arrow(wire): self.source(wire) for wire in self.app.wires}

    @cached_property
    def filtered(self) -> frozenset[str]:
        """The names of the arrows of which only a share can pass: not of routes, the clock, alarms and results of calls."""
        return frozenset(self.arrow(wire) for wire in self.app.wires if wire.source.resource and self.passes(wire))

    def passes(self, wire: Wire) -> bool:
        """Whether a share of what comes can pass a wire."""
        return self.app.resources[wire.source.resource].kind not in WHOLE

    @cached_property
    def verbs(self) -> frozenset[str]:
        """The names of all verbs."""
        return frozenset(self.verb(grant) for grant in self.app.grants)

    @cached_property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """What sources can be called, each with the whole names of those that are called so."""
        found: dict[str, tuple[str, ...]] = {}
        for wire in self.app.wires:
            if self.is_route(wire):
                whole = self.source(wire)
                found[wire.source.port] = (*found.get(wire.source.port, ()), whole)
                found[f"{wire.source.resource} {wire.source.port}"] = (whole,)
        for resource in self.app.resources.values():
            for one in OPEN.get(resource.kind, ()):
                if resource.kind != "table" or getattr(resource, "stream", None) or resource.extern:
                    name = port(resource.name, one)
                    found[name] = (name,)
            if getattr(resource, "url", None):
                name = port(resource.name, URL)
                found[name] = (name,)
        return {name: tuple(sorted(set(meant))) for name, meant in sorted(found.items())}


def port(resource: str, name: str) -> str:
    """A resource, or one of its ports."""
    return f"{resource}.{name}" if name else resource
