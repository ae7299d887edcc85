"""What secrets and configs have in common: a value that the description may give, and all of it in the log whenever it changes."""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar


class Values(ABC):
    """The values of one kind in the app's region."""

    kind: ClassVar[str]  # as its changes name it

    def __init__(self) -> None:
        self.declared: dict[str, Mapping[str, Any]] = {}
        self.outdated: set[str] = set()  # what came back from the log, but was made for another value in the description

    @abstractmethod
    def states(self) -> dict[str, dict[str, Any]]:
        """All values as they are, by the names that moto has them under."""

    @abstractmethod
    def describe(self, described: Mapping[str, Any]) -> None:
        """Gives one the value of the description."""

    def stored(self, name: str) -> str:
        """What moto has a physical name under."""
        return name

    def changes(self, before: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The values that are not as they were."""
        now, names = self.states(), {self.stored(described["name"]): name for name, described in self.declared.items()}
        at = int(time.time() * 1000)
        return [
            {
                self.kind: names.get(name),
                "name": name,
                "state": {**now[name], "given": self.given(names.get(name))} if name in now else None,
                "at": at,
            }
            for name in {**before, **now}
            if before.get(name) != now.get(name)
        ]

    def given(self, declared: str | None) -> str | None:
        """A digest of the description's value: when it changes, it counts more than what the log has."""
        value = self.declared.get(declared or "", {}).get("value")
        return None if value is None else hashlib.sha256(value.encode()).hexdigest()

    def settle(self) -> list[dict[str, Any]]:
        """Ends a restore: what the description has another value for gets it; the changes for the log."""
        before = self.states()
        for declared in sorted(self.outdated):
            self.describe(self.declared[declared])
        self.outdated = set()
        return self.changes(before)
