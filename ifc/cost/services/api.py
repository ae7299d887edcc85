"""API Gateway: requests, for HTTP APIs by 512 KB, and what is answered to the internet (API Gateway pricing; whitepaper Best practices
for designing Amazon API Gateway private APIs, Cost optimization)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.edges import ASKS
from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service, chunks
from ifc.cost.units import GB

METER = 512 * 1024
LINE = 400  # bytes of a line in the access log


class Apis(Service):
    """A request comes, and its answer goes out."""

    def leaving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        if passage.edge.sort == ASKS:
            return
        answer = scene.size(resource.name, "response")
        if resource.protocol == "rest":
            yield Charge(resource.name, "requests", "rest_api_req", 1.0)
        else:
            yield Charge(resource.name, "requests", "http_api_req", chunks(max(scene.assumed("size"), answer), METER))
        yield Charge(resource.name, "GB to the internet", "transfer_out_gb", answer / GB)
        if resource.logs:
            yield Charge(resource.name, "GB of logs", "cwl_gb", LINE / GB)


SERVICE = Apis()
