"""One case of an estimate, low, expected or high: what is known or assumed in it of functions, sizes and shares."""

from __future__ import annotations

from typing import Any

from ifc.cost.traffic import Traffic
from ifc.model.app import App, Resource
from ifc.values import Param, Value


class Scene:
    """What is known or assumed in one case; what was assumed is noted, to be told."""

    def __init__(self, app: App, traffic: Traffic, case: int) -> None:
        self.app, self.traffic, self.case = app, traffic, case
        self.used: set[str] = set()

    def assumed(self, name: str) -> float:
        """An assumption."""
        self.used.add(name)
        return self.traffic.assumption(name)[self.case]

    def size(self, resource: str, name: str = "size") -> float:
        """Bytes of one message, event, item or answer."""
        known = self.traffic.sizes.get(resource)
        return known if known is not None else self.assumed(name)

    def of_function(self, function: str, name: str) -> float:
        """How long a call of a function runs, in milliseconds, the share that fails, or the bytes that it logs."""
        known = self.traffic.functions.get((function, name))
        return known if known is not None else self.assumed(name)

    def duration(self, function: Resource) -> float:
        """Milliseconds that a call of a function runs, at most its timeout."""
        found = self.of_function(function.name, "duration")
        timeout = getattr(function, "timeout", None)
        return min(found, timeout * 1000) if isinstance(timeout, int) and function.extern is None else found

    def number(self, value: Value, otherwise: float = 0) -> float:
        """A setting that is a number; of a param the value that it has here."""
        if isinstance(value, Param):
            parameter: Any = self.app.parameters.get(value.name)
            value = parameter.default if parameter is not None else None
        return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
