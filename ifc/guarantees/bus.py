"""Events of a bus (EventBridge)."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.calls import asynchronous
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for an event (EventBridge user guide, How EventBridge retries delivering events: 185 times within 24 hours).

    What a rule's retries and dead letters are for is a target that can't be reached; a function that fails is Lambda's to call again.
    """
    return asynchronous(app, step.target) if app.resources[step.target].kind == "function" else Guarantee()
