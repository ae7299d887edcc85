"""A caller gives up while the function that it calls still works.

Behind a route somebody waits: a function that waits for another one fails when its own timeout is over, the other goes on, is paid for, and
what it has done is not known to anyone. A function that may run for more than the 30 seconds for which an HTTP API waits is taken to be
called without waiting, and so is one with `retries`, `.failed` or `.succeeded`.

Bad:
    api Public { GET /x -> ask }
    function ask "a.b" { timeout 5s; calls work }
    function work "a.b" { timeout 20s }
Good:
    api Public { GET /x -> ask }
    function ask "a.b" { timeout 25s; calls work }
    function work "a.b" { timeout 20s }
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.kinds.function import Function
from ifc.model.app import App

CODE = "IFC527"
GATEWAY = 30  # seconds (API Gateway developer guide, Quotas for HTTP APIs: integration timeout)


def check(app: App, report: Report) -> None:
    """Reports callers behind routes that wait for less time than what they call may take."""
    if report.failed or not any(True for _ in app.of_kind("api")):
        return
    waited = {wire.target.resource for wire in app.wires if wire.source.resource in app.resources and routed(app, wire.source.resource)}
    waiting = sorted(waited)
    while waiting:
        caller = app.resources[waiting.pop()]
        for grant in app.grants_of(caller.name):
            called = app.resources[grant.resource]
            if grant.verb != "calls" or not isinstance(called, Function) or not isinstance(caller, Function) or called.extern:
                continue
            if alone(app, called) or called.name == caller.name:
                continue
            if called.name not in waited:
                waited.add(called.name)
                waiting.append(called.name)
            if caller.timeout < called.timeout and ("timeout" in called.origins or "timeout" in caller.origins):
                report.warning(
                    CODE,
                    f"`{caller.name}` gives up after {caller.timeout}s, while `{called.name}`, which it calls, may take {called.timeout}s",
                    caller.place("timeout"),
                    f"{caller.timeout}s",
                    f"let `{caller.name}` wait longer than `{called.name}` runs; if it does not wait for it, "
                    f'write `# ifc: allow {CODE} "it does not wait"` above',
                    [Label(called.place("timeout"), f"{called.timeout}s"), Label(grant.span, "calls it")],
                )


def routed(app: App, name: str) -> bool:
    """Whether somebody waits for what a resource sets off."""
    return app.resources[name].kind == "api"


def alone(app: App, function: Function) -> bool:
    """Whether a function is most likely called without waiting for it."""
    results = any(True for port in ("failed", "succeeded") for _ in app.wires_from(function.name, port))
    return function.timeout > GATEWAY or results or "retries" in function.origins
