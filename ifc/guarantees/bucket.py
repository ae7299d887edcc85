"""Notifications of a bucket (S3)."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.calls import asynchronous
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for a notification (S3 user guide, Amazon S3 Event Notifications: at least once, in any order)."""
    return asynchronous(app, step.target) if app.resources[step.target].kind == "function" else Guarantee()
