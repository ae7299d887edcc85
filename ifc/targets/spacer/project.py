"""The files of a Spacer project (poga/spacer, its `spacer init`): routes, settings, a Lua file for each function."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.model.app import App
from ifc.routes.path import Route
from ifc.targets.spacer.scene import Scene

SERVED = ("GET", "POST", "PUT", "DELETE")  # by the published Spacer
STAGES = ("development", "production")
# Spacer's own; without them neither its environment nor its internal calls work.
VARIABLES = ("SPACER_ENV", "SPACER_INTERNAL_TOKEN")
_PARAMETER = re.compile(r"\{([^}+]+)(\+?)\}")


def gateway(scene: Scene) -> str:
    """`app/gateway.lua`: the routes as the published Spacer reads them.

    It registers DELETE by the misspelt method `DELTE` alone; PATCH, HEAD and OPTIONS never. Our own gateway takes them all from
    config/ifc.json.
    """
    rows: list[str] = []
    for api in sorted(scene.app.of_kind("api"), key=lambda a: a.name):
        base, given = scene.here.base(api.name), api
        for route in given.routes(scene.app):  # type: ignore[attr-defined]  # an Api
            for method in methods(route):
                row = f'  {{"{method}", "{base}{path(route)}", "{route.wire.target.resource}"}},'
                rows.append(row if method in (*SERVED, "DELTE") else f"{row} -- by `ifc local` alone")
    return "\n".join(["-- Written by ifc compile: method, path, function.", "return {", *rows, "}", ""])


def methods(route: Route) -> list[str]:
    """The methods that a route takes, as Spacer is told."""
    if route.method in ("ANY", "DEFAULT"):
        return ["GET", "POST", "PUT", "DELETE", "DELTE", "PATCH", "HEAD", "OPTIONS"]
    return ["DELETE", "DELTE"] if route.method == "DELETE" else [route.method]


def path(route: Route) -> str:
    """`/orders/{id}` → `/orders/:id`, `/{rest+}` → `/*rest`."""
    if route.method == "DEFAULT":
        return "/*rest"
    return _PARAMETER.sub(lambda m: f"{'*' if m[2] else ':'}{re.sub(r'[^A-Za-z0-9_]', '_', m[1])}", route.path)


def application(scene: Scene, functions: Mapping[str, Any], events: bool) -> str:
    """`config/application.yml`; `events` writes the triggers there too, which the published Spacer can't read."""
    topics = sorted(scene.topics.values())
    variables = sorted({v for f in functions.values() if f["language"] == "lua" for v in f["environment"]} | set(VARIABLES))
    lines = [
        "# Written by ifc compile.",
        "spacerVersion: 1",
        "",
        f"appName: {scene.app.name}",
        "",
        "topics:",
        *(f"  - {topic}" for topic in topics),
        "",
        *_events(scene, functions, events),
        "envVar:",
        *(f"  - {name}" for name in variables),
        "",
        "logStorage:",
    ]
    for stage in STAGES:
        lines += [
            f"  {stage}:",
            "    driver: postgres",
            f"    connString: postgresql://localhost:5432/{scene.app.name.lower()}_{stage}?sslmode=disable",
        ]
    lines += [
        "",
        "consumerGroup: spacer-$appName",
        "functionInvoker: http://localhost:3000",
        "writeProxyListen: :9065",
        "",
    ]
    return "\n".join(lines)


def _events(scene: Scene, functions: Mapping[str, Any], wanted: bool) -> list[str]:
    if not wanted:
        return ["# The triggers are in config/ifc.json: an `events:` that is not empty ends the published Spacer with a panic."]
    triggers: dict[str, set[str]] = {}
    for wire in scene.app.wires:
        topic = scene.topics.get(wire.source.resource)
        if topic is not None and wire.target.resource in functions:
            triggers.setdefault(topic, set()).add(f"private/{wire.target.resource}")
    if not triggers:
        return ["events:", ""]
    lines = ["events:"]
    for topic, names in sorted(triggers.items()):
        lines += [f"  {topic}:", "    APPEND:", *(f"      - {name}" for name in sorted(names))]
    return [*lines, ""]


def programs(scene: Scene, functions: Mapping[str, Any], sources: Mapping[str, str]) -> dict[str, str]:
    """A Lua file for each function: its source, or for one in another language a stub that calls its worker.

    What only events reach lies in `app/private/`, where no request from outside gets; a function with routes and events is in both.
    """
    routed = {w.target.resource for api in scene.app.of_kind("api") for w in scene.app.wires_from(api.name)}
    called = {
        w.target.resource for w in scene.app.wires if w.source.resource not in scene.app.resources or _is_event(scene, w.source.resource)
    }
    found: dict[str, str] = {}
    for name, function in functions.items():
        text = sources.get(name) or f'return require("worker").stub({json.dumps(name)})\n'
        if name in routed:
            found[f"app/{name}.lua"] = text
            if name in called:
                found[f"app/private/{name}.lua"] = f'return require("{name}")\n'
        else:
            found[f"app/private/{name}.lua"] = text
        if function["language"] is None:
            continue
    return found


def _is_event(scene: Scene, source: str) -> bool:
    return scene.app.resources[source].kind != "api"


def check_names(app: App, functions: Iterable[str], report: Report) -> None:
    """Reports a function whose file would be Spacer's own."""
    for name in functions:
        if name.lower() == "gateway":
            report.error(
                "IFC635",
                f"the file of the function `{name}` would be `app/{name}.lua`, which holds the routes",
                app.resources[name].declared.span,
                "Spacer's own",
                "give the function another name",
            )
