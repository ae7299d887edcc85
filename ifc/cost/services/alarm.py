"""CloudWatch: alarms by the month, for each metric that they look at; those that look more often than once a minute cost more
(CloudWatch pricing)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Service
from ifc.kinds import load

MINUTE = 60


class Alarms(Service):
    """An alarm costs the same whether it rings or not."""

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        count = sum(1 for _ in resource.made(scene.app))
        fine = isinstance(resource.over, int) and resource.over < MINUTE
        yield Charge(resource.name, "metrics watched", "alarm_fine" if fine else "alarm", count * metrics(resource, scene))


def metrics(alarm: Any, scene: Scene) -> int:
    """How many metrics one alarm looks at: a share is one divided by another."""
    said = alarm.condition
    if said is None or "/" in said.word:
        return 1
    known: Any = load(said.each) if said.each else scene.app.resources[said.resource]
    return 2 if known.metrics[said.word].whole else 1


SERVICE = Alarms()
