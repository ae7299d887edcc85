"""Order ends on the way between two FIFO places.

A FIFO queue or topic, or a Kinesis stream, keeps events in order, and further on a FIFO one wants them in order again; but between them
they take a step that mixes them: a standard queue or topic, a bus, a call that nobody waits for. What arrives is in the order of arrival.

Bad:
    queue Orders { fifo }
    queue Work
    queue Done { fifo }
    function accept "a.b" { sends Work }
    function pack "a.b" { sends Done }
    function close "a.b"
    Orders -> accept
    Work -> pack
    Done -> close
Good:
    queue Orders { fifo }
    queue Work { fifo }
    queue Done { fifo }
    function accept "a.b" { sends Work }
    function pack "a.b" { sends Done }
    function close "a.b"
    Orders -> accept
    Work -> pack
    Done -> close
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.model.app import App

CODE = "IFC521"


def check(app: App, report: Report) -> None:
    """Reports steps on which order ends, before a place that keeps it again."""
    if report.failed or not any(getattr(r, "fifo", False) and not r.extern for r in app.resources.values()):
        return
    from ifc.guarantees.topic import GROUP
    from ifc.ways import ways

    found = ways(app)
    arriving = [
        s for s in found.steps if s.target and getattr(app.resources[s.target], "fifo", False) and found.guarantee(s).order == GROUP
    ]
    leading = found.back(arriving)
    for step, first in found.disorders:
        again = leading.get(id(step))
        if again is None or app.resources[first.source].kind == "table":  # a table's changes come in order unasked
            continue
        report.warning(
            CODE,
            f"the order of `{first.source}` ends with `{step.words}`, and `{again.target}` behind it is FIFO",
            step.span,
            "mixes them",
            f'make `{step.target}` FIFO too; if order does not matter here, write `# ifc: allow {CODE} "why"` above',
            [Label(first.span, "in order until here"), Label(again.span, "in the order of arrival")],
        )
