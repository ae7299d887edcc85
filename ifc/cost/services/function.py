"""Lambda: calls, and the time that memory is held (Lambda pricing; Lambda developer guide, Configuring provisioned concurrency)."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service
from ifc.cost.units import GB
from ifc.expectation import MONTH

MEMORY = 256  # MB, the kind's default, where a param has no value
STORAGE = 512  # MB of /tmp that cost nothing


class Functions(Service):
    """Calls are charged by the millisecond, logs by what is written, and environments that wait for as long as they do."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        if passage.edge.url:
            yield Charge(resource.name, "data to the internet", "transfer_out_gb", scene.size(resource.name, "response") / GB)
        if resource.extern is not None:
            return
        calls = passage.tries / passage.batch
        seconds = ceil(scene.duration(resource)) / 1000  # Lambda rounds up to a millisecond
        kept = "pc_run_" if resource.provisioned else ""
        yield Charge(resource.name, "calls", "lambda_req", calls)
        yield Charge(resource.name, "GB-seconds", f"lambda_{kept}gbs_{arch(resource)}", calls * seconds * memory(resource, scene))
        storage = scene.number(resource.storage, STORAGE)
        if storage > STORAGE:
            yield Charge(resource.name, "GB-seconds of /tmp", "lambda_storage_gbs", calls * seconds * (storage - STORAGE) / 1024)
        yield Charge(resource.name, "GB of logs", "cwl_gb", calls * scene.of_function(resource.name, "log") / GB)

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        waiting = scene.number(resource.provisioned)
        if resource.extern is None and waiting:
            yield Charge(
                resource.name, "provisioned concurrency", f"lambda_pc_gbs_{arch(resource)}", waiting * memory(resource, scene) * MONTH
            )

    def uncounted(self, resource: Any, scene: Scene) -> Iterator[str]:
        if resource.extern is not None:
            yield "calls of a function that exists already"
        elif resource.tracing:
            yield "X-Ray's traces"


def arch(function: Any) -> str:
    """The processor, as prices are called."""
    return "arm" if function.arch == "arm64" else "x86"


def memory(function: Any, scene: Scene) -> float:
    """Memory in GB."""
    return scene.number(function.memory, MEMORY) / 1024


SERVICE = Functions()
