"""A filter that no event passes, so that its arrow is dead.

What the app itself does can't bring what the filter asks for: a function that only `puts` items never makes a `REMOVE`.

Bad:
    table T { key id: string; stream new }
    function put "a.b" { puts T }
    function clean "a.b"
    T.stream where eventName == "REMOVE" -> clean
Good:
    table T { key id: string; stream new }
    function put "a.b" { writes T }
    function clean "a.b"
    T.stream where eventName == "REMOVE" -> clean
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifc.diagnostics import Label, Report
from ifc.model.app import App

if TYPE_CHECKING:
    from ifc.flow import Flow, Step

CODE = "IFC524"


def check(app: App, report: Report) -> None:
    """Reports filters that nothing passes."""
    if report.failed or not any(wire.where is not None for wire in app.wires):
        return
    from ifc.ways import ways

    flow = ways(app).flow
    coming: dict[tuple[str, str], list[Step]] | None = None
    for step in flow.steps:
        wire = step.wire
        if wire is None or wire.where is None:
            continue
        if not closed(app, step):
            continue
        if coming is None:
            coming = arriving(flow)
        before = coming.get((step.source, wire.source.port), [])
        if before and all(flow.apart(one, step) for one in before):
            report.warning(
                CODE,
                f"nothing that this app does passes this filter of `{step.words}`",
                wire.where.span,
                "nothing passes",
                f'correct the filter, or what comes; if events come from elsewhere too, write `# ifc: allow {CODE} "from where"` above',
                [Label(one.span, "what comes") for one in before[:3]],
            )


def closed(app: App, step: Step) -> bool:
    """Whether what comes to a step's source is likely all in the app: it is no extern, and no service brings changes by itself."""
    source = app.resources.get(step.source)
    return source is not None and source.extern is None and not (source.kind == "table" and getattr(source, "ttl", None))


def arriving(flow: Flow) -> dict[tuple[str, str], list[Step]]:
    """The steps that bring something to each port."""
    found: dict[tuple[str, str], list[Step]] = {}
    for step in flow.steps:
        for port in step.ports:
            found.setdefault((step.target, port), []).append(step)
    return found
