"""What an app says and this target does not do: told once, in a summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ifc.model.app import App, Wire
from ifc.targets.spacer.scene import Scene

# The settings that this target honours or that only name things, by kind; what else is written has no counterpart here.
HONOURED: dict[str, frozenset[str]] = {
    "alarm": frozenset(),
    "api": frozenset({"protocol", "cors", "authorizer", "throttle"}),
    "authorizer": frozenset({"scheme", "issuer", "audience", "scopes", "headers", "identity", "token", "cache"}),
    "bucket": frozenset({"versioning", "cors"}),
    "bus": frozenset(),
    "config": frozenset({"value"}),
    "function": frozenset({"handler", "code", "runtime", "memory", "timeout", "env", "reserved", "retries", "url"}),
    "layer": frozenset({"code"}),
    "queue": frozenset({"visibility", "retention", "dead_letter", "fifo", "dedup", "high_throughput", "delay", "wait"}),
    "resource": frozenset(),
    "secret": frozenset({"value"}),
    "stream": frozenset({"shards", "retention"}),
    "table": frozenset({"key", "index", "local_index", "ttl", "stream", "stream_arn"}),
    "topic": frozenset({"fifo", "dedup"}),
}
# What a function in Lua has no process of its own for.
OF_WORKERS = frozenset({"memory", "timeout", "reserved"})
TOLD = ("alarm", "resource")  # they have a sentence of their own
EVERYWHERE = frozenset({"physical", "logical_id"})


def absent(scene: Scene, functions: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing that the app says and that has no counterpart on this machine."""
    settings: dict[str, list[str]] = {}
    for name, word in _settings(scene):
        settings.setdefault(word, []).append(name)
    app = scene.app
    of_app = [("tags", bool(app.tags)), ("boundary", app.boundary is not None), ("keep", not app.keep)]
    for word in (word for word, said in of_app if said):
        settings.setdefault(word, []).insert(0, app.name)
    found = [f"`{word}` of {_listed(names)} is not in force here" for word, names in sorted(settings.items())]
    raw = sorted(r.name for r in scene.app.of_kind("resource"))
    if raw:
        found.append(f"{_listed(raw)}: raw resources are the cloud's own, and not here")
    alarms = sorted(a.name for a in scene.app.of_kind("alarm"))
    if alarms:
        found.append(f"{_listed(alarms)}: nothing is measured here, so alarms never ring")
    externs = sorted((r.name, r.kind) for r in scene.app.resources.values() if r.extern is not None and r.name != "aws")
    for functions_only, why in ((False, "an empty one of that name stands here"), (True, "it does not run here, and calls of it fail")):
        names = [name for name, kind in externs if (kind == "function") is functions_only]
        if names:
            found.append(f"{_listed(names)} exists elsewhere: {why}")
    found += [
        f"{_listed(words)} of `{name}`: the condition of what is allowed is not tested here, so more is allowed than in the cloud"
        for name, function in functions.items()
        if function["permissions"] and (words := _conditional(scene.app, name))
    ]
    managed = sorted({a.holder for a in scene.app.allows if a.managed})
    roles = sorted(str(f.name) for f in scene.app.of_kind("function") if getattr(f, "role", None))
    for names, why in ((managed, "has policies that AWS manages"), (roles, "has a role of its own")):
        if names:
            found.append(f"{_listed(names)} {why}: what it may do is not known here, so nothing is refused")
    overlays = any(r.declared.overlays for r in scene.app.resources.values() if r.kind != "resource") or any(
        w.overlays for w in scene.app.wires
    )
    if overlays:
        found.append("properties laid over with `cfn` and `terraform` are of those targets alone")
    spare = {
        f"`{' '.join(wire.source.span.text.split())}`"
        for wire in app.wires
        if _never_fails(scene, wire) and any(wire.origins[f].span for f in ("dead_letter", "retries") if f in wire.origins)
    }
    if spare:
        found.append(
            f"no delivery fails here, so `dead-letter` and `retries` of arrows from {', '.join(sorted(spare))} never come into play"
        )
    exported = sorted(o.name for o in scene.plan.outputs if o.export is not None)
    if exported:
        found.append(f"`export` of the output {_listed(exported)} is not in force here")
    return found


def _conditional(app: App, function: str) -> list[str]:
    """The verbs and `allow`s of a function that hold under a condition, as they are written."""
    verbs = [
        " ".join([grant.verb, ".".join(filter(None, [grant.resource, grant.part])), *([f'"{grant.pattern}"'] if grant.pattern else [])])
        for grant in app.grants_of(function)
        if any(access.condition for access in app.resources[grant.resource].access(grant))
    ]
    return verbs + [
        " ".join(["allow", *(f'"{action}"' for action in allow.actions)]) for allow in app.allows_of(function) if allow.condition
    ]


def _settings(scene: Scene) -> Iterator[tuple[str, str]]:
    """The names of resources, each with a setting of it that has no counterpart."""
    for name, resource in scene.app.resources.items():
        honoured = HONOURED.get(resource.kind)
        if honoured is None or resource.kind in TOLD:
            continue
        if getattr(resource, "runtime", None) == "lua":
            honoured = honoured - OF_WORKERS
        for field in _written(resource):
            if field not in honoured and field not in EVERYWHERE:
                yield name, field.replace("_", "-")


def _never_fails(scene: Scene, wire: Wire) -> bool:
    """Whether an arrow hands over what the log then keeps: from a topic, a bus or the clock."""
    source = scene.app.resources.get(wire.source.resource)
    return source is None or source.kind in ("topic", "bus")


def _written(resource: Any) -> list[str]:
    return [field for field, origin in sorted(resource.origins.items()) if origin.span is not None]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))
