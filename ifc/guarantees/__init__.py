"""Delivery guarantees: one file for what each kind of source promises of a step.

A step is asked for, not an arrow: what a function's code sends, and a queue's move to its dead letters, are steps as well.
"""

from __future__ import annotations

import importlib

from ifc.flow import Step
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App

FILES = {"": "schedule", "table": "records", "stream": "records"}  # all others are called like the kind


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for an event on a step."""
    kind = app.resources[step.source].kind if step.source else ""
    made: Guarantee = importlib.import_module(f"ifc.guarantees.{FILES.get(kind, kind)}").guarantee(app, step)
    return made
