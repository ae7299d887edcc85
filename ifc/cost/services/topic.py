"""SNS: publications, of which each 64 KB count as one; deliveries to queues and functions cost nothing, others do (SNS pricing)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service, chunks
from ifc.cost.units import GB
from ifc.delivery import is_fifo

ADDRESSES = {"email": "sns_email", "https": "sns_http"}


class Topics(Service):
    """A message is published once, and delivered to everyone who subscribed."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        if passage.edge.source == "" and passage.edge.wire is None and resource.extern is not None:
            return
        size = scene.size(resource.name)
        if is_fifo(resource):
            yield Charge(resource.name, "publications", "sns_fifo_pub", 1.0)
            yield Charge(resource.name, "GB published", "sns_fifo_pub_gb", size / GB)
        else:
            yield Charge(resource.name, "publications", "sns_pub", chunks(size))

    def leaving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        wire = passage.edge.wire
        if wire is not None and wire.target.port in ADDRESSES:
            yield Charge(resource.name, "deliveries", ADDRESSES[wire.target.port], chunks(scene.size(resource.name)))
        elif is_fifo(resource):
            yield Charge(resource.name, "deliveries", "sns_fifo_delivery", 1.0)
            yield Charge(resource.name, "GB delivered", "sns_fifo_delivery_gb", scene.size(resource.name) / GB)


SERVICE = Topics()
