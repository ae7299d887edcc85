"""The host as a whole."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import NoReturn

from .calls import Calls
from .commands import Commands
from .events import Events
from .loop import Loop
from .sdk import Sdk

IDLE = 600.0  # seconds after which a worker that has nothing to do goes
SWEEPING = 60.0  # seconds from one look for such workers to the next


class Host:
    """The host: a loop over main's commands, the sockets, and what workers say and print."""

    def __init__(self, commands: int, events: int) -> None:
        sdk = Sdk()
        self._loop = Loop()
        self._events = Events(self._loop, events, self._end)
        self._calls = Calls(self._loop, self._events, sdk)
        self._commands = Commands(commands, self._events, self._calls, sdk, self._end)
        self._wake = _signals()
        self._loop.watch(commands, self._commands.read)
        self._loop.watch(self._wake, self._signalled)
        self._loop.at(SWEEPING, self._sweep)

    def run(self) -> NoReturn:
        """Works until main hangs up."""
        workers, parting = self._calls.workers, self._calls.connections.parting
        while True:
            self._loop.turn()
            self._events.flush()
            workers.output.resume()
            if self._commands.finishing and not workers.living and not parting:
                self._end()

    def _signalled(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if signal.SIGTERM in os.read(self._wake, 4096):
                self._end()
        self._calls.workers.reap()

    def _sweep(self) -> None:
        """Lets workers go that had nothing to do for long."""
        self._loop.at(SWEEPING, self._sweep)
        before = time.monotonic() - IDLE
        for worker in [w for f in self._commands.functions.values() for w in f.idle if w.since < before]:
            self._calls.workers.dismiss(worker)

    def _end(self) -> NoReturn:
        """Kills all workers and ends."""
        for worker in self._calls.workers.living.values():
            worker.kill()
        for function in self._commands.functions.values():
            function.unlink()
        os._exit(0)


def _signals() -> int:
    """A descriptor that can be read when a child has ended, or when this process is told to end."""
    reading, writing = os.pipe()
    for descriptor in (reading, writing):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for main, which then hangs up
    return reading
