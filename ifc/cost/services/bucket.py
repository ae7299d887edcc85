"""S3: requests, of which deletions cost nothing, and what is stored (S3 pricing). Notifications cost nothing but those to EventBridge,
which are charged there as events of one's own (EventBridge pricing)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.edges import OUTSIDE
from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service
from ifc.cost.units import GB

PRICES = {"writes": ("objects put", "s3_put"), "puts": ("objects put", "s3_put"), "reads": ("objects read", "s3_get")}


class Buckets(Service):
    """An object is put and read; what it takes is stored."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        edge = passage.edge
        verb = edge.grant.verb if edge.grant is not None else ""
        if verb in PRICES:
            yield Charge(resource.name, *PRICES[verb], 1.0)
        elif edge.sort == OUTSIDE and edge.name.endswith(".created") and resource.extern is None:
            yield Charge(resource.name, "objects put", "s3_put", 1.0)

    def leaving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        if scene.app.resources[passage.edge.target].kind == "bus":
            yield Charge(resource.name, "events", "eb_custom", 1.0)

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        stored = scene.traffic.stored.get(resource.name)
        if stored is not None and resource.extern is None:
            yield Charge(resource.name, "GB stored", "s3_gb", stored / GB)

    def uncounted(self, resource: Any, scene: Scene) -> Iterator[str]:
        if resource.extern is None and resource.name not in scene.traffic.stored:
            yield "what is stored"
        if resource.extern is None and resource.website:
            yield "what visitors of a website read"


SERVICE = Buckets()
