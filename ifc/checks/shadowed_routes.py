"""A `DEFAULT` route that no request ever comes to.

`ANY /` and `ANY /{path+}` take all requests before (API Gateway developer guide, Create routes for HTTP APIs: `$default` catches what no
other route matches).

Bad:
    api A { ANY / -> f; ANY /{path+} -> f; DEFAULT -> g }
    function f "a.b"
    function g "a.c"
Good:
    api A { GET / -> f; ANY /{path+} -> f; DEFAULT -> g }
    function f "a.b"
    function g "a.c"
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.model.app import App

CODES = ("IFC497",)


def check(app: App, report: Report) -> None:
    """Warns of default routes behind two that match every path and method."""
    for api in app.of_kind("api"):
        wires = list(app.wires_from(api.name))
        default = next((wire for wire in wires if wire.source.port == "DEFAULT"), None)
        if default is None:
            continue
        from ifc.routes.path import Route  # hardly any app has such a route

        routes = [Route.of(wire) for wire in wires if wire.source.port.startswith("ANY ")]
        root = next((route for route in routes if not route.segments), None)
        rest = next((route for route in routes if len(route.segments) == 1 and route.path.endswith("+}")), None)
        if root is not None and rest is not None:
            report.warning(
                "IFC497",
                f"no request comes to `DEFAULT`: `{root.text}` and `{rest.text}` take all of them",
                default.source.span,
                "never reached",
                f"take it out, or take `{root.text}` and `{rest.text}` out",
                [Label(root.span, "takes `/`"), Label(rest.span, "takes all other paths")],
            )
