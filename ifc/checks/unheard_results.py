"""The results of a function go somewhere by `f.failed` or `f.succeeded`, or are tried again by `retries`, and nothing calls it that way.

Lambda has results only for calls that nobody waits for. A queue and a stream try again by themselves, and have dead letters of their own;
the caller of a route is told.

Bad:
    queue Work
    queue Lost
    function pack "a.b"
    Work -> pack
    pack.failed -> Lost
Good:
    queue Lost
    queue Work { dead-letter Lost after 5 }
    function pack "a.b"
    Work -> pack
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.kinds.function import Function
from ifc.model.app import App
from ifc.model.types import DEFAULTS

CODE = "IFC525"
WAITING = ("api", "queue", "stream", "table")  # kinds of sources that wait for the outcome
ELSEWHERE = {
    "queue": "`dead-letter` of the queue is where its failures go",
    "stream": "`{ dead-letter … }` on the arrow is where its failures are told",
    "table": "`{ dead-letter … }` on the arrow is where its failures are told",
    "api": "the caller is told of a failure",
}


def check(app: App, report: Report) -> None:
    """Reports what is said of asynchronous calls of functions that have none."""
    for function in app.of_kind("function"):
        if not isinstance(function, Function) or function.extern:
            continue
        results = [wire for port in ("failed", "succeeded") for wire in app.wires_from(function.name, port)]
        retries = function.origins.get("retries")
        if not results and (retries is None or retries.layer == DEFAULTS):
            continue
        sources = [wire.source.resource for wire in app.wires_to(function.name)]
        kinds = {app.resources[name].kind if name in app.resources else "" for name in sources}
        if not sources or not kinds <= set(WAITING) or called(app, function.name):
            continue
        first = results[0] if results else None
        place = first.source.span if first is not None else function.place("retries")
        kind = min(kinds)
        report.warning(
            CODE,
            f"every caller of `{function.name}` waits for it, so "
            + (f"nothing ever leaves `{function.name}.{first.source.port}`" if first is not None else "Lambda never tries it again"),
            place,
            "never happens",
            f'take it out: {ELSEWHERE[kind]}; if code elsewhere calls it without waiting, write `# ifc: allow {CODE} "who"` above',
            [Label(next(wire.span for wire in app.wires_to(function.name)), "waits")],
        )


def called(app: App, name: str) -> bool:
    """Whether code of the app may call a function without waiting for it."""
    return any(grant.resource == name and grant.verb == "calls" for grant in app.grants)
