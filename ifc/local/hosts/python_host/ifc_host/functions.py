"""What the host knows of a function, its connections and its workers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections import deque
from typing import Any

from .slot import Slot
from .streams import Stream


class Connection:
    """A client's connection, with whom it waits for."""

    __slots__ = ("function", "since", "socket")

    def __init__(self, function: Function, accepted: socket.socket) -> None:
        self.function, self.socket = function, accepted
        self.since = 0.0

    def close(self) -> None:
        """Hangs up, also for copies that other processes have."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def has_begun(self) -> bool:
        """Whether a request has begun to come: a worker never waits for a client that only connected."""
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    def enqueue(self) -> None:
        """Waits for a worker, behind those who wait already."""
        self.since = time.monotonic()
        self.function.waiting.append(self)

    def answer(self, message: bytes) -> None:
        """Sends a short answer and hangs up."""
        with contextlib.suppress(OSError):
            self.socket.send(message, socket.MSG_DONTWAIT)
        self.close()


class Worker:
    """A forked process, as the host sees it."""

    def __init__(self, function: Function, pid: int, control: socket.socket, slot: Slot, streams: tuple[Stream, Stream]) -> None:
        self.function, self.pid, self.control, self.slot, self.streams = function, pid, control, slot, streams
        self.specification = function.specification  # as it was when the worker was forked
        self.connection: Connection | None = None
        self.ready = False
        self.leaving = False  # it takes no further call
        self.late = False  # it was killed for running too long
        self.timed = False  # a timer looks after it
        self.herald = False  # it only tells a verdict
        self.buried = False  # it has ended, and nothing is left to do about it
        self.since = time.monotonic()

    @property
    def request(self) -> str | None:
        """The id of its call, if it has one."""
        return self.slot.request if self.connection is not None else None

    def kill(self) -> None:
        """Ends it, and what it started, at once."""
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)  # it may not lead a group yet
        self.kill_children()

    def kill_children(self) -> None:
        """Ends what it started."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)


class Function:
    """A function: its socket, who waits, and the workers that have its present code."""

    def __init__(self, specification: dict[str, Any], listener: socket.socket) -> None:
        self.specification, self.listener = specification, listener
        self.inode = os.stat(specification["socket"]).st_ino
        self.waiting: deque[Connection] = deque()
        self.workers: list[Worker] = []
        self.idle: list[Worker] = []  # the one used last is the last
        self.resting: set[Connection] = set()  # without a request
        self.growing = False  # a timer looks whether a worker is needed
        self.gone = False  # it isn't wanted any more
        self.parted = False  # nor are requests through connections from before

    @property
    def name(self) -> str:
        """The declared name."""
        return str(self.specification["name"])

    @property
    def most(self) -> int:
        """How many workers it may have; with a concurrency of 0 one that refuses."""
        return max(1, int(self.specification.get("concurrency", 10)))

    @property
    def timeout(self) -> float:
        """Seconds that a call may take."""
        return float(self.specification.get("timeout", 3))

    def unlink(self) -> None:
        """Takes the socket away, unless it is another one by now."""
        path = self.specification["socket"]
        with contextlib.suppress(OSError):
            if os.stat(path).st_ino == self.inode:
                os.unlink(path)

    def bury(self, worker: Worker) -> None:
        """Forgets a worker."""
        for workers in (self.workers, self.idle):
            if worker in workers:
                workers.remove(worker)
