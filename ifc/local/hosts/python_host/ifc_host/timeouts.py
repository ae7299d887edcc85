"""The functions' timeouts."""

from __future__ import annotations

import time

from .functions import Worker
from .loop import Loop
from .slot import Slot

LOADING = 10.0  # seconds that a handler's module may take before the function's timeout begins to count


class Timeouts:
    """Kills workers whose time is over."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def watch(self, worker: Worker) -> None:
        """Looks after a worker that was just forked or given a call."""
        if not worker.timed:
            worker.timed = True
            self._loop.at(worker.function.timeout, lambda: self._check(worker))

    def _check(self, worker: Worker) -> None:
        """Kills a worker whose time is over; looks again when it could be."""
        worker.timed = False
        if worker.buried or (worker.connection is None and worker.ready):
            return
        limit = float(worker.specification.get("timeout", 3))
        now = time.monotonic()
        if not worker.ready:
            end = worker.since + float(worker.specification.get("loading", LOADING)) + limit
        elif worker.slot.state == Slot.RUNNING:
            end = worker.slot.began + limit
        else:
            end = now + min(limit, 1.0)  # it reads or writes, which has limits of its own
        if end <= now:
            worker.late = True
            worker.kill()
        else:
            worker.timed = True
            self._loop.at(end - now, lambda: self._check(worker))
