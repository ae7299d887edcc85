"""DynamoDB: writes by 1 KB, reads by 4 KB, half for reads that may be a moment old (DynamoDB developer guide, DynamoDB read and write
operations). Lambda reads streams without charge (the same guide, Evaluate your DynamoDB streams usage)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.edges import OUTSIDE
from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service, chunks
from ifc.cost.units import GB, HOURS

WRITE, READ = 1024, 4096
EVENTUAL = 0.5  # of a read


class Tables(Service):
    """Each write is one of the table and one of each index that has the item; capacity that is provisioned is paid by the hour."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        edge = passage.edge
        if provisioned(resource) or (edge.sort == OUTSIDE and (resource.extern is not None or edge.name.endswith(".expired"))):
            return  # what expires is deleted without charge (DynamoDB developer guide, Using time to live)
        size = scene.size(resource.name, "item")
        if edge.grant is not None and edge.grant.verb == "reads":
            yield Charge(resource.name, "reads", "ddb_rru", chunks(size, READ) * EVENTUAL)
        else:
            yield Charge(resource.name, "writes", "ddb_wru", chunks(size, WRITE) * (1 + len(resource.indexes)))

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        if provisioned(resource) and resource.extern is None:
            tables = 1 + len(resource.index)  # local indexes take the table's own
            for what, key in (("read", "ddb_rcu_h"), ("write", "ddb_wcu_h")):
                units = scene.number(getattr(resource.billing, what), 1) * tables
                yield Charge(resource.name, f"{what} capacity", key, units * HOURS)
        stored = scene.traffic.stored.get(resource.name)
        if stored is not None and resource.extern is None:
            yield Charge(resource.name, "GB stored", "ddb_gb", stored / GB)
            if resource.backup:
                yield Charge(resource.name, "GB of backups", "ddb_backup_gb", stored / GB)

    def uncounted(self, resource: Any, scene: Scene) -> Iterator[str]:
        if resource.extern is None and resource.name not in scene.traffic.stored:
            yield "what is stored, and its backups" if resource.backup else "what is stored"


def provisioned(table: Any) -> bool:
    """Whether its capacity is paid for by the hour."""
    return bool(table.billing) and table.billing.mode == "provisioned"


SERVICE = Tables()
