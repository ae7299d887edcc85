"""Requests: the caller waits for the answer, and tries again or does not."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for a request."""
    return Guarantee(waits=True, repeated=False)
