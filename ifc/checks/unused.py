"""Something that nothing uses: a function that nothing calls, a topic that nobody hears, a table that nobody reads.

Perhaps an arrow or a verb is missing, or it can go. Other programs may use it, so these are notes.

Bad:
    topic Placed
    function place "a.b" { publishes Placed }
    every 1h -> place
Good:
    topic Placed
    function place "a.b" { publishes Placed }
    function pack "a.b"
    every 1h -> place
    Placed -> pack
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.diagnostics import NOTE, Diagnostic, Label, Report
from ifc.model.app import App, Resource
from ifc.source import Span

CODES = ("IFC528", "IFC529")
NAMES = ("declared", "origins", "physical", "logical_id", "environment", "source")  # fields in which a name takes nothing
CALLED = ("nothing calls `{}`", "nothing calls it", "add an arrow to `{}`")
# What takes something out of each kind, as verbs; an arrow from it does too.
TAKERS = {
    "topic": ((), "nobody hears what `{}` is told", "nobody hears it", "add an arrow: `{} -> f`"),
    "bus": ((), "nobody hears what `{}` is told", "nobody hears it", "add an arrow: `{} -> f`"),
    "queue": (("receives",), "nobody takes messages out of `{}`", "nobody takes them", "add an arrow: `{} -> f`, or `receives {}`"),
    "stream": (("reads",), "nobody reads the records of `{}`", "nobody reads them", "add an arrow: `{} -> f`, or `reads {}`"),
    "table": (("reads",), "nobody reads `{}`", "nobody reads it", "add `reads {}` to a function, or an arrow from its stream"),
}


def check(app: App, report: Report) -> None:
    """Notes what nothing uses."""
    if report.failed:
        return
    taken = {(grant.resource, grant.verb) for grant in app.grants if not grant.part}
    idle = [resource for resource in app.resources.values() if not resource.extern and alone(app, resource, taken)]
    named = references(app) if idle else set()
    for resource in idle:
        if resource.name in named:
            continue
        name = resource.name
        code, message, label, help = ("IFC528", *CALLED) if resource.kind == "function" else ("IFC529", *TAKERS[resource.kind][1:])
        labels = (Label(resource.declared.span, label),)
        report.diagnostics.append(Diagnostic(code, message.format(name), labels, help.format(name, name), NOTE))


def alone(app: App, resource: Resource, taken: set[tuple[str, str]]) -> bool:
    """Whether no arrow and no verb takes anything from a resource, or calls it."""
    if resource.kind == "function":
        called = (resource.name, "calls") in taken or any(True for _ in app.wires_to(resource.name))
        return not called and not getattr(resource, "url", None)
    if resource.kind not in TAKERS:
        return False
    leaves = any(wire.source.port != "dead-letter" for wire in app.wires_from(resource.name))
    return not leaves and not any((resource.name, verb) in taken for verb in TAKERS[resource.kind][0])


def references(app: App) -> set[str]:
    """All names that stand in a setting, an output or an `allow`, whatever they mean there."""
    found: set[str] = set()
    waiting: list[Any] = [app.outputs, app.allows]
    waiting += [[value for field, value in vars(r).items() if field not in NAMES] for r in app.resources.values()]
    waiting += [wire.settings for wire in app.wires]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.add(one)
        elif isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)
        elif hasattr(type(one), "__attrs_attrs__") and not isinstance(one, Span):
            waiting.extend(getattr(one, field.name) for field in type(one).__attrs_attrs__)
    return found
