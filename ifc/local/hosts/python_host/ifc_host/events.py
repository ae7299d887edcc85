"""What the host tells main."""

from __future__ import annotations

import json
import os
import selectors
from collections.abc import Callable
from typing import Any, NoReturn

from .loop import Loop

FULL = 4 * 1024 * 1024  # bytes of events that main has not read yet; the functions' output waits when there are more


class Events:
    """Events for main, written as main reads them; the host itself never waits for it."""

    def __init__(self, loop: Loop, descriptor: int, gone: Callable[[], NoReturn]) -> None:
        os.set_blocking(descriptor, False)
        self.full = False
        self._loop, self._descriptor, self._gone = loop, descriptor, gone
        self._waiting = bytearray()
        self._writing = False  # the loop looks whether main reads

    def put(self, event: dict[str, Any]) -> None:
        """Adds an event; `flush` sends it."""
        self._waiting += json.dumps(event).encode("ascii") + b"\n"

    def log(self, function: str, stream: str, text: str, request: str | None) -> None:
        """Adds a line of a function's log."""
        self.put({"event": "log", "function": function, "stream": stream, "text": text, "request": request})

    def flush(self) -> None:
        """Writes what can be written, and sees to it that the rest is when main reads."""
        try:
            self._write()
        except OSError:
            self._gone()
        waiting = len(self._waiting)
        if bool(waiting) != self._writing:
            self._writing = bool(waiting)
            if waiting:
                self._loop.watch(self._descriptor, lambda: None, selectors.EVENT_WRITE)
            else:
                self._loop.unwatch(self._descriptor)
        self.full = waiting >= FULL

    def _write(self) -> None:
        """Raises BrokenPipeError when main is gone."""
        while self._waiting:
            try:
                written = os.write(self._descriptor, self._waiting[: 1 << 16])
            except BlockingIOError:
                return
            del self._waiting[:written]
