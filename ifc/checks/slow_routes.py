"""A function may work on a request for longer than API Gateway waits.

The caller gets an error, perhaps tries again, and the function goes on all the same (API Gateway developer guide, Quotas for configuring
and running an HTTP API: 30 seconds, which can't be raised; of a REST API: 29 seconds, which AWS raises on request).

Bad:
    api A { GET /report -> f }
    function f "a.b" { timeout 2m }
Good:
    api A { POST /reports -> f }
    function f "a.b" { timeout 10s; sends Reports }
    function g "a.c" { timeout 2m }
    queue Reports
    Reports -> g
"""

from __future__ import annotations

from typing import Any

from ifc.diagnostics import Label, Report, listed
from ifc.kinds.function import Function
from ifc.model.app import App, Wire, by_place
from ifc.model.types import duration

CODES = ("IFC496",)
WAITS = {"http": 30, "rest": 29}  # seconds
LAID_OVER = "integration"  # what may say another time


def check(app: App, report: Report) -> None:
    """Warns once for each written timeout of functions that only routes call, and for which an api does not wait."""
    if report.failed:
        return  # in a broken program something may be missing that is there
    called = {grant.resource for grant in app.grants if grant.verb == "calls"}
    slow: list[Function] = []
    routes: dict[str, tuple[int, Wire]] = {}
    for function in app.of_kind("function"):
        if not isinstance(function, Function) or function.extern or "timeout" not in function.origins:
            continue
        if function.url or function.name in called or app.functions_tried_by(function.name):
            continue  # somebody else may wait for longer
        waits = [_waits(wire, app) for wire in app.wires_to(function.name)]
        if waits and all(waits) and max(waits) < function.timeout:
            first = min(app.wires_to(function.name), key=lambda w: w.span.sort_key())
            routes[function.name] = max(waits), first
            slow.append(function)
    for place, functions in by_place(slow, "timeout"):
        seconds, wire = min((routes[f.name] for f in functions), key=lambda r: (r[0], r[1].span.sort_key()))
        one = len(functions) == 1
        report.warning(
            "IFC496",
            f"a request gets an error after {duration(seconds)}, and {listed([f.name for f in functions])} "
            f"may work on it for {duration(functions[0].timeout)}",
            place,
            "longer than anyone waits",
            f"write `timeout {duration(seconds)}`{'' if one else ' in those that answer requests'}, or answer at once and let "
            "a queue's function do the work",
            [Label(wire.span, "waits for it")],
        )


def _waits(wire: Wire, app: App) -> int:
    """How many seconds an arrow's api waits; 0 where it is no route, or what it waits may be said otherwise."""
    api: Any = app.resources.get(wire.source.resource)
    if api is None or api.kind != "api" or wire.overlays or any(o.part == LAID_OVER for o in api.declared.overlays):
        return 0
    return WAITS.get(api.protocol, 0)
