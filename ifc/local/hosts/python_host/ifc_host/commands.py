"""What main wants."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, NoReturn

from .calls import Calls
from .events import Events
from .functions import Function
from .sdk import Sdk


class Commands:
    """Main's commands, and the functions that there are by them."""

    def __init__(self, descriptor: int, events: Events, calls: Calls, sdk: Sdk, gone: Callable[[], NoReturn]) -> None:
        self.functions: dict[str, Function] = {}
        self.finishing = False  # main wants the host to end after its calls
        self._descriptor, self._events, self._calls, self._sdk, self._gone = descriptor, events, calls, sdk, gone
        self._input = b""

    def read(self) -> None:
        """Obeys what main says."""
        part = os.read(self._descriptor, 1 << 18)
        if not part:
            self._gone()
        self._input += part
        *lines, self._input = self._input.split(b"\n")
        for line in lines:
            if line.strip():
                self._obey(line)

    def _obey(self, line: bytes) -> None:
        try:
            command = json.loads(line)
            if command["op"] == "end":
                self._want([])
                self.finishing = True
                return
            if command["op"] == "flush":
                self._calls.workers.flush()
                self._events.put({"event": "flushed"})
                return
            if command["op"] != "functions":
                raise ValueError(f"`{command['op']}` is not an operation")
            self._want(command["functions"])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            self._events.put({"event": "failed", "text": f"{type(problem).__name__}: {problem}"})
            return
        self._events.put({"event": "ready"})
        self._events.flush()
        self._sdk.preload([f.specification["code"] for f in self.functions.values()])

    def _want(self, specifications: list[dict[str, Any]]) -> None:
        """Makes the functions those that are wanted."""
        wanted = {s["name"]: s for s in specifications}
        for name, function in list(self.functions.items()):
            if name not in wanted or wanted[name]["socket"] != function.specification["socket"]:
                del self.functions[name]
                self._calls.connections.leave(function)
        for name, specification in wanted.items():
            if name not in self.functions:
                self.functions[name] = self._calls.connections.listen(specification)
            elif self.functions[name].specification != specification:
                self._calls.replace(self.functions[name], specification)
