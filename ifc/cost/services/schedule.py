"""EventBridge Scheduler: starts (EventBridge pricing)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service


class Schedules(Service):
    """A schedule costs when it starts something."""

    def leaving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        wire = passage.edge.wire
        if wire is not None:
            yield Charge(" ".join(wire.source.span.text.split()), "starts", "scheduler", 1.0)


SERVICE = Schedules()
