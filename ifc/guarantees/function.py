"""What a function's code sends, and the results of its calls."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.calls import asynchronous
from ifc.guarantees.guarantee import Guarantee
from ifc.guarantees.topic import GROUP
from ifc.model.app import App

KEPT = {"table": "an item", "stream": "a partition key"}


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for what code sends: it hears of a failure; and for a result, which Lambda hands over."""
    target = app.resources[step.target]
    if step.wire is not None:
        return asynchronous(app, target.name) if target.kind == "function" else Guarantee()
    if target.kind == "function":
        return Guarantee(waits=True, order="a call", repeated=False)
    order = GROUP if getattr(target, "fifo", False) else KEPT.get(target.kind, "")
    return Guarantee(waits=True, order=order, repeated=False)
