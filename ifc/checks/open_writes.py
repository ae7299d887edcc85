"""A route that writes is open to everyone, in an api that is guarded, and nothing limits how often it is called.

One stranger can use up the requests a second that all apis of the account share, and the money for what they set off (API Gateway
developer guide, Throttle requests to your HTTP APIs: routes have limits of their own; Quotas: 10,000 requests a second for an account in
a region). An api that is open altogether is not told of.

Bad:
    api A {
      authorizer iam
      GET  /orders   -> f
      POST /webhooks -> f { authorizer none }
    }
    function f "a.b"
Good:
    api A {
      authorizer iam
      GET  /orders   -> f
      POST /webhooks -> f { authorizer none; throttle rate 10 burst 20 }
    }
    function f "a.b"
"""

from __future__ import annotations

from typing import Any

from ifc.delivery import written
from ifc.diagnostics import Label, Report
from ifc.model.app import App
from ifc.model.settings import CLEARED

CODES = ("IFC498",)
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def check(app: App, report: Report) -> None:
    """Warns of routes that write, with `authorizer none` in an api that has an authorizer, and without any limit."""
    for api in app.of_kind("api"):
        from ifc.routes.path import Route  # an app without routes never loads it

        settings: Any = api
        if api.extern or not settings.authorizer or settings.throttle:
            continue
        for wire in app.wires_from(api.name):
            route = Route.of(wire)
            if route.method in WRITES and wire.settings.authorizer is CLEARED and not wire.settings.throttle:
                report.warning(
                    "IFC498",
                    f"anyone may call `{route.text}`, and as often as they like",
                    written(wire, "authorizer"),
                    "open, and without a limit",
                    "write `throttle rate 10 burst 20` on the route, or `throttle` in the api",
                    [Label(api.place("authorizer"), "the others are guarded")],
                )
