"""One record that always fails stops its shard.

It is tried again until it expires, a day or more later, and what is behind it waits (Lambda developer guide, Process DynamoDB records
with Lambda: until it succeeds or expires, if nothing else is said).

Bad:
    table T { key id: string; stream new }
    function f "a.b"
    T.stream -> f { retries none }
Good:
    table T { key id: string; stream new }
    function f "a.b"
    T.stream -> f { retries none; max-age 1h }
"""

from __future__ import annotations

from ifc.delivery import written
from ifc.diagnostics import Report
from ifc.model.app import App
from ifc.model.settings import CLEARED

CODES = ("IFC457",)


def check(app: App, report: Report) -> None:
    """Warns of arrows from streams whose retries end neither by number nor by age, and that tell nobody."""
    for wire in app.wires:
        source, said = app.resources.get(wire.source.resource), wire.settings
        if source is None or source.kind not in ("table", "stream"):
            continue
        if said.retries is CLEARED and said.max_age is None and not said.dead_letter:
            report.warning(
                "IFC457",
                f"one record that `{wire.target.resource}` always fails on holds up a shard of `{source.name}` until it expires",
                written(wire, "retries"),
                "tried without end",
                "write `max-age 1h` or `retries 10`, and `dead-letter Queue` to hear of it",
            )
