"""EventBridge: events that are put on a bus, of which each 64 KB count as one; rules and deliveries within the account cost nothing,
and neither do AWS's own events (EventBridge pricing)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.edges import OUTSIDE
from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service, chunks
from ifc.cost.units import GB
from ifc.kinds.bus import is_default


class Buses(Service):
    """An event is put once; an archive keeps it."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        edge = passage.edge
        kind = scene.app.resources[edge.source].kind if edge.source else ""
        if kind == "bucket" or (edge.sort == OUTSIDE and (is_default(resource) or resource.extern is not None)):
            return
        size = scene.size(resource.name)
        yield Charge(resource.name, "events", "eb_custom", chunks(size))
        if resource.extern is None and resource.archive:
            yield Charge(resource.name, "GB archived", "eb_archive_gb", size / GB)

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        stored = scene.traffic.stored.get(resource.name)
        if stored is not None and resource.extern is None and resource.archive:
            yield Charge(resource.name, "GB stored", "eb_archive_stored_gb", stored / GB)

    def uncounted(self, resource: Any, scene: Scene) -> Iterator[str]:
        if resource.extern is None and resource.archive and resource.name not in scene.traffic.stored:
            yield "what is stored"


SERVICE = Buses()
