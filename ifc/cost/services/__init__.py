"""What each service charges for: one file for each kind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from math import ceil
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from ifc.cost.edges import Edge
    from ifc.cost.scene import Scene

CHUNK = 64 * 1024  # bytes that SQS, SNS and EventBridge take for one request


@attrs.frozen
class Charge:
    """Units of a price: for one event along an edge, or each month whatever comes."""

    resource: str  # whose bill it is on; "": nobody's of the app
    what: str  # is charged for
    price: str  # its key in the table of prices
    units: float


@attrs.frozen(eq=False)
class Passage:
    """How events take an edge: how many come together, how often each is tried, and how many were looked at for one that passes."""

    edge: Edge
    batch: float = 1.0
    tries: float = 1.0
    looked: float = 1.0


class Service:
    """What a service charges for a resource of one kind; a kind says what it has."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        """For each event that comes to the resource along an edge."""
        yield from ()

    def leaving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        """For each event that an arrow takes from it."""
        yield from ()

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        """For each month, whatever comes."""
        yield from ()

    def uncounted(self, resource: Any, scene: Scene) -> Iterator[str]:
        """What can't be known of it, and so is not in the sum: words that its name can follow."""
        yield from ()


@cache
def service(kind: str) -> Service:
    """The service of a kind; one that charges nothing where the kind has no file."""
    try:
        module = import_module(f"ifc.cost.services.{kind}")
    except ModuleNotFoundError as missing:
        if missing.name != f"ifc.cost.services.{kind}":
            raise
        return Service()
    found: Service = module.SERVICE
    return found


def chunks(size: float, unit: int = CHUNK) -> int:
    """How many requests of a size are charged: one for each unit that is begun."""
    return max(1, ceil(size / unit))
