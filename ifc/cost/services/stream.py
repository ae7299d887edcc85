"""Kinesis: shards by the hour and records by 25 KB, or on demand a stream by the hour and data by the GB, in whole KB for each record
(Kinesis Data Streams pricing)."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

from ifc.cost.edges import OUTSIDE
from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service, chunks
from ifc.cost.units import GB, HOURS

PAYLOAD = 25 * 1024
DAY = 24  # hours that a record is kept without charge


class Streams(Service):
    """A record is written, and on demand read for a charge as well; what stands there is paid by the hour."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        edge = passage.edge
        if edge.sort == OUTSIDE and resource.extern is not None:
            return
        size = scene.size(resource.name)
        if edge.grant is not None and edge.grant.verb == "reads":
            if on_demand(resource):
                yield Charge(resource.name, "GB read", "kinesis_out_gb", whole(size) / GB)
        elif on_demand(resource):
            yield Charge(resource.name, "GB written", "kinesis_in_gb", whole(size) / GB)
        else:
            yield Charge(resource.name, "records", "kinesis_put", chunks(size, PAYLOAD))

    def leaving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        if on_demand(resource):
            yield Charge(resource.name, "GB read", "kinesis_out_gb", passage.looked * whole(scene.size(resource.name)) / GB)

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        if resource.extern is not None:
            return
        if on_demand(resource):
            yield Charge(resource.name, "the stream", "kinesis_stream_h", HOURS)
        else:
            yield Charge(resource.name, "shards", "kinesis_shard_h", scene.number(resource.shards, 1) * HOURS)

    def uncounted(self, resource: Any, scene: Scene) -> Iterator[str]:
        if resource.extern is None and resource.retention > DAY:
            yield "records that are kept for longer than a day"


def on_demand(stream: Any) -> bool:
    """Whether it has no shards of its own choice; of one that exists already nobody says."""
    return bool(stream.shards == "on-demand")


def whole(size: float) -> float:
    """Bytes in whole KB."""
    return ceil(size / 1024) * 1024


SERVICE = Streams()
