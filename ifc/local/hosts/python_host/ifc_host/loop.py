"""The host's loop: what it does when a descriptor can be read, or at a moment."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import selectors
import time
from collections.abc import Callable
from typing import Any


class Loop:
    """Descriptors and timers, each with what is done when its turn comes."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def watch(self, source: Any, callback: Callable[[], None], event: int = selectors.EVENT_READ) -> None:
        """Calls back whenever there is something to read."""
        self._selector.register(source, event, callback)

    def unwatch(self, source: Any) -> None:
        """Calls back no more."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(source)

    def at(self, delay: float, callback: Callable[[], None]) -> None:
        """Calls back once, after so many seconds."""
        heapq.heappush(self._timers, (time.monotonic() + delay, next(self._numbers), callback))

    def turn(self) -> None:
        """Waits for what comes next, and does what is to be done then."""
        for key, _ in self._selector.select(self._pause()):
            key.data()
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    def _pause(self) -> float | None:
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
