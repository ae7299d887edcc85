"""A stream tells of an item that has expired no more than the key.

What has expired has no new image, so a stream that carries new images alone has nothing else of it (DynamoDB developer guide, Change
data capture for DynamoDB Streams: StreamViewType; Using time to live: items that it deletes come as REMOVE).

Bad:
    table T { key id: string; ttl endsAt; stream new }
    function f "a.b"
    T.expired -> f
Good:
    table T { key id: string; ttl endsAt; stream old }
    function f "a.b"
    T.expired -> f
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.model.app import App

CODES = ("IFC458",)


def check(app: App, report: Report) -> None:
    """Warns of tables whose stream has no image for those who wait for what expires; `keys` says that keys are enough."""
    for table in app.of_kind("table"):
        wires = list(app.wires_from(table.name, "expired"))
        if wires and getattr(table, "stream", None) == "new":
            both = any(True for _ in app.wires_from(table.name, "stream"))
            report.warning(
                "IFC458",
                f"of an item of `{table.name}` that has expired, the stream tells no more than the key",
                table.place("stream"),
                "no new image then",
                f"write `stream {'new-and-old' if both else 'old'}`, or `stream keys` if the key is enough",
                [Label(wire.span, "waits for what expires") for wire in wires[:3]],
            )
