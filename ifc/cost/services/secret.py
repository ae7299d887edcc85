"""Secrets Manager: secrets by the month, and calls that read them (Secrets Manager pricing)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, Service


class Secrets(Service):
    """A secret costs as long as it is there."""

    def arriving(self, resource: Any, passage: Passage, scene: Scene) -> Iterator[Charge]:
        yield Charge(resource.name, "calls", "secret_call", 1.0)

    def idle(self, resource: Any, scene: Scene) -> Iterator[Charge]:
        if resource.extern is None:
            yield Charge(resource.name, "the secret", "secret", 1.0)


SERVICE = Secrets()
