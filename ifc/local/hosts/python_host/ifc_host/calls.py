"""Who gets which worker."""

from __future__ import annotations

import array
import socket
import time
from typing import Any

from .connections import Connections
from .events import Events
from .functions import Connection, Function, Worker
from .loop import Loop
from .sdk import Sdk
from .workers import Workers

PATIENCE = 0.01  # seconds that a call waits for a busy worker before a further one is forked


class Calls:
    """Brings the connections that wait and the workers together."""

    def __init__(self, loop: Loop, events: Events, sdk: Sdk) -> None:
        self.connections = Connections(loop, self.serve)
        self.workers = Workers(loop, events, self.connections, sdk, self.serve)

    def serve(self, function: Function) -> None:
        """Gives those who wait to workers; lets the workers of a removed function go when nobody waits."""
        while function.waiting and function.idle:
            self._give(function.idle.pop(), function.waiting.popleft())
        if function.waiting:
            self._grow(function)
        elif function.gone:
            for worker in list(function.workers):
                self.workers.dismiss(worker)

    def replace(self, function: Function, specification: dict[str, Any]) -> None:
        """Lets the workers finish what they have; calls from now on, also those that wait already, run the new code."""
        workers, function.workers, function.idle = function.workers, [], []
        function.specification = specification
        for worker in workers:
            self.workers.dismiss(worker)
        self.serve(function)

    def _give(self, worker: Worker, connection: Connection) -> None:
        worker.slot.clear()
        worker.connection = connection
        try:
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [connection.socket.fileno()]))
            worker.control.sendmsg([b"c"], [rights])
        except OSError:
            return  # it is dead, and its burial gives the connection to another one
        self.workers.timeouts.watch(worker)

    def _grow(self, function: Function) -> None:
        """Forks workers for those who wait longer than a busy worker should need."""
        while not function.growing and len(function.workers) < function.most:
            starting = sum(not w.ready for w in function.workers)
            if starting >= len(function.waiting):
                return
            left = PATIENCE - (time.monotonic() - function.waiting[starting].since)
            if function.workers and left > 0:
                self.workers.look_again(left, function)
                return
            if not self.workers.fork(function):
                return
