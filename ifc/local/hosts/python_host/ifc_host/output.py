"""How what workers print becomes events."""

from __future__ import annotations

import os

from .events import Events
from .functions import Worker
from .loop import Loop
from .streams import Stream


class Output:
    """The outputs of all workers; they wait while main does not read."""

    def __init__(self, loop: Loop, events: Events) -> None:
        self._loop, self._events = loop, events
        self._silenced: list[tuple[Worker, Stream]] = []  # whose output waits until main has read

    def watch(self, worker: Worker) -> None:
        """Passes on what a worker prints."""
        for stream in worker.streams:
            self._watch(worker, stream)

    def resume(self) -> None:
        """Goes on with what waits, once main has read enough."""
        if self._silenced and not self._events.full:
            silenced, self._silenced = self._silenced, []
            for worker, stream in silenced:
                if not worker.buried:
                    self._watch(worker, stream)

    def read_all(self, worker: Worker) -> None:
        """Passes on all that a worker has printed up to now."""
        for stream in worker.streams:
            for line in stream.read_all():
                self._events.log(worker.function.name, stream.name, line, worker.request)

    def close(self, worker: Worker) -> None:
        """Hears a worker no more."""
        for stream in worker.streams:
            self._loop.unwatch(stream.descriptor)
            os.close(stream.descriptor)

    def _watch(self, worker: Worker, stream: Stream) -> None:
        self._loop.watch(stream.descriptor, lambda: self._read(worker, stream))

    def _read(self, worker: Worker, stream: Stream) -> None:
        if worker.buried:
            return  # since this was noticed
        if self._events.full:
            self._loop.unwatch(stream.descriptor)
            self._silenced.append((worker, stream))
            return
        for line in stream.read():
            self._events.log(worker.function.name, stream.name, line, worker.request)
        if stream.ended:
            self._loop.unwatch(stream.descriptor)
