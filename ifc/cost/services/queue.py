"""SQS: requests, of which each 64 KB count as one (SQS pricing).

Lambda asks for messages all the time, twenty seconds each, whether there are any or not; it takes ten at most at once, and deletes
them so (Lambda developer guide, Configuring scaling behavior for SQS event source mappings; SQS developer guide, Amazon SQS batch
actions). What SNS delivers to a queue costs nothing (SNS pricing).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.edges import DEAD
from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service, chunks
from ifc.delivery import is_fifo
from ifc.expectation import MONTH

WAIT = 20  # seconds that a request of a poller waits for messages
TOGETHER = 10  # messages that one request takes
POLLERS = 5  # where they can't become fewer


class Queues(Service):
    """A message is sent, received and deleted; a consumer's pollers ask for it in vain meanwhile."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        edge = passage.edge
        if edge.sort == DEAD or (edge.source and scene.app.resources[edge.source].kind == "topic"):
            return
        if edge.grant is not None and edge.grant.verb == "receives":
            yield Charge(resource.name, "receives and deletions", price(resource), 1.0 + chunks(scene.size(resource.name)))
        elif not (edge.source == "" and resource.extern is not None):
            yield Charge(resource.name, "messages sent", price(resource), chunks(scene.size(resource.name)))

    def leaving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        together = min(passage.batch, TOGETHER)
        received = passage.tries * chunks(together * scene.size(resource.name)) / together
        yield Charge(resource.name, "receives and deletions", price(resource), (received + 1 / together) * passage.looked)

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        for wire in scene.app.wires_from(resource.name):
            pollers = scene.assumed("pollers")
            if wire.settings.concurrency is not None and "pollers" not in scene.traffic.assumed:
                pollers = max(pollers, POLLERS)
            yield Charge(resource.name, f"pollers for {wire.target.resource}", price(resource), pollers * MONTH / WAIT)


def price(queue: Any) -> str:
    """The price of its requests."""
    return "sqs_fifo" if is_fifo(queue) else "sqs_std"


SERVICE = Queues()
