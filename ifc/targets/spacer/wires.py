"""The arrows of the description: what leaves a source, passes its filter and reaches a target."""

from __future__ import annotations

from typing import Any

import attrs

from ifc.delivery import Part
from ifc.diagnostics import Report
from ifc.kinds.bucket import rooted_expr
from ifc.kinds.schedule import PORT as CLOCK
from ifc.model.app import Wire
from ifc.model.settings import CLEARED
from ifc.plan import capital
from ifc.targets.spacer.names import dead, made_dead_letters
from ifc.targets.spacer.scene import Scene
from ifc.where import normal, stored

FOR_EVER = -1
RESULTS = ("failed", "succeeded")  # of asynchronous calls; they stand with the function
EXPECT = "expect"  # of nobody but `ifc cost`
SILENT = ("alarm", "api")  # what sends no events here, or has its arrows elsewhere in the description


def wires(scene: Scene) -> list[dict[str, Any]]:
    """The arrows that carry events, by source, port and target."""
    found = [
        _wire(scene, wire)
        for wire in scene.app.wires
        if wire.port is not CLOCK and wire.source.port not in RESULTS and scene.app.resources[wire.source.resource].kind not in SILENT
    ]
    return sorted(found, key=lambda w: (w["from"], w["port"], w["to"] or w["address"]))


def _wire(scene: Scene, wire: Wire) -> dict[str, Any]:
    source = scene.app.resources[wire.source.resource]
    name, port = wire.source.resource, wire.source.port
    if port == "dead-letter" and source.kind == "queue":
        name = dead(name) if made_dead_letters(source) else getattr(source, "dead_queue", None) or name
        port = ""
    return {
        "from": name,
        "port": port,
        "to": wire.target.resource or None,
        "address": scene.shown.text(scene.lowering.value(wire.target.address)),
        "where": where(scene, wire),
        "pattern": wire.pattern,
        **settings(scene, wire.settings),
    }


def where(scene: Scene, wire: Wire) -> list[list[list[Any]]] | None:
    """The arrow's filter, with every text of it known."""
    expr = wire.where
    if expr is None:
        return None
    target = scene.app.resources.get(wire.target.resource)
    if scene.app.resources[wire.source.resource].kind == "bucket" and target is not None and target.kind == "bus":
        expr = rooted_expr(expr)
    literal = scene.lowering.literal_of(wire)
    # What is wrong with a filter, the plan has told already.
    terms = normal.terms(expr, lambda node: scene.here.text(literal(node)), Report())
    return stored.kept(terms or ())


def settings(scene: Scene, said: Any) -> dict[str, Any]:
    """What was said of an arrow, in the description's words."""
    run = (field for field in attrs.fields(type(said)) if field.name != EXPECT)
    return {camel(field.name): _setting(scene, getattr(said, field.name)) for field in run}


def _setting(scene: Scene, value: Any) -> Any:
    if value is CLEARED:
        return FOR_EVER
    if isinstance(value, Part):
        return {"path": scene.value(value.path)}
    if attrs.has(type(value)) and type(value).__module__.startswith("ifc.kinds"):
        return settings(scene, value)
    return scene.value(value)


def camel(name: str) -> str:
    """`dead_letter` → `deadLetter`."""
    first, *rest = name.split("_")
    return first + "".join(map(capital, rest))


def schedules(scene: Scene) -> dict[str, Any]:
    """The schedules, by names made of when they run and what they start."""
    found: dict[str, Any] = {}
    for wire in scene.app.wires:
        if wire.port is CLOCK:
            when: Any = wire.source.address
            target = scene.app.resources[wire.target.resource]
            found[f"{when.words}To{capital(target.base_name)}"] = {
                "written": " ".join(wire.source.span.text.split()),
                "expression": when.expression,
                "timezone": when.zone or "UTC",
                "to": target.name,
                **settings(scene, wire.settings),
            }
    return dict(sorted(found.items()))
