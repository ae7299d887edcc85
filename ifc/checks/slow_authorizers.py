"""An authorizer may think for longer than API Gateway waits for it.

Its callers get an error, whoever they are (API Gateway developer guide, Quotas for configuring and running an HTTP API: Timeout for Lambda
authorizer response, 10 seconds; for REST APIs no such limit is documented).

Bad:
    api A { authorizer check; GET /orders -> f }
    function check "a.c" { timeout 30s }
    function f "a.b"
Good:
    api A { authorizer check; GET /orders -> f }
    function check "a.c" { timeout 10s }
    function f "a.b"
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report, listed
from ifc.kinds.function import Function
from ifc.model.app import App, by_place
from ifc.model.types import duration
from ifc.source import Span

CODES = ("IFC499",)
WAITS = 10  # seconds


def check(app: App, report: Report) -> None:
    """Warns of the written timeouts of functions that authorize for HTTP APIs."""
    asked = _asked(app)
    found = [app.resources[name] for name in sorted(asked)]
    slow = [f for f in found if isinstance(f, Function) and not f.extern and "timeout" in f.origins and f.timeout > WAITS]
    for place, functions in by_place(slow, "timeout"):
        report.warning(
            "IFC499",
            f"a caller gets an error when {listed([f.name for f in functions])} has not let it in after {duration(WAITS)}, and it may "
            f"take {duration(functions[0].timeout)}",
            place,
            "longer than anyone waits",
            f"write `timeout {duration(WAITS)}`",
            [Label(asked[functions[0].name], "waits for it")],
        )


def _asked(app: App) -> dict[str, Span]:
    """The functions that authorize for HTTP APIs, and where one of them is named so."""
    found: dict[str, Span] = {}
    for api in app.of_kind("api"):
        from ifc.routes import guard  # an app without routes never loads it
        from ifc.routes.path import Route

        for wire in app.wires_from(api.name) if getattr(api, "protocol", "") == "http" else ():
            one = guard.of(api, Route.of(wire), app)  # type: ignore[arg-type]  # an Api
            if one is not None and one.function in app.resources:
                found.setdefault(one.function, one.span)
    return found
