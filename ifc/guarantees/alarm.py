"""What an alarm tells."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.calls import asynchronous
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for a change of an alarm's state (CloudWatch user guide, Alarm actions: Lambda is called asynchronously)."""
    return asynchronous(app, step.target) if app.resources[step.target].kind == "function" else Guarantee()
