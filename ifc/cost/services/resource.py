"""What the language has no kind for: nothing is known of what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.cost.scene import Scene
from ifc.cost.services import Service


class Others(Service):
    """A raw resource."""

    def uncounted(self, resource: Any, scene: Scene) -> Iterator[str]:
        yield "a resource that the language has no kind for"


SERVICE = Others()
