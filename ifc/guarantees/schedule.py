"""Starts by the clock: a start that fails for good is made good by the next one, if there is one."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.calls import asynchronous
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for a start (EventBridge Scheduler user guide, Schedule types: at least once)."""
    if step.wire is not None and app.resources[step.target].kind == "function":
        return asynchronous(app, step.target)
    return Guarantee()
