"""The workers: how they are forked, what they say, and what becomes of their calls when they end."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable

from .answers import exited, response, timed_out, verdict_body
from .connections import Connections
from .events import Events
from .functions import Function, Worker
from .loop import Loop
from .output import Output
from .process import become_worker
from .sdk import Sdk
from .slot import KEEP, LAST, READY, Slot
from .streams import Stream
from .timeouts import Timeouts


class Workers:
    """The processes of all functions; `serve` is called when one may have become free or be needed."""

    def __init__(self, loop: Loop, events: Events, connections: Connections, sdk: Sdk, serve: Callable[[Function], None]) -> None:
        self._loop, self._events, self._connections, self._sdk, self._serve = loop, events, connections, sdk, serve
        self.living: dict[int, Worker] = {}
        self.output = Output(loop, events)
        self.timeouts = Timeouts(loop)

    def fork(self, function: Function, verdict: tuple[str, str] | None = None) -> bool:
        """Starts a worker; one with a verdict answers with that error instead of loading the code."""
        try:
            worker = self._start(function, verdict)
        except OSError as problem:
            self._events.log(function.name, "stderr", f"no process can be started: {problem.strerror}", None)
            self.look_again(1.0, function)
            return False
        self.living[worker.pid] = worker
        function.workers.append(worker)
        self._loop.watch(worker.control, lambda: self._hear(worker))
        self.output.watch(worker)
        self.timeouts.watch(worker)
        return True

    def look_again(self, delay: float, function: Function) -> None:
        """Looks after so many seconds whether a further worker is needed."""
        function.growing = True
        self._loop.at(delay, lambda: self._look(function))

    def dismiss(self, worker: Worker) -> None:
        """Lets a worker go, once it has finished."""
        worker.leaving = True
        worker.function.bury(worker)
        if worker.connection is None and worker.ready:
            self._loop.unwatch(worker.control)
            worker.control.close()  # which it takes for a farewell
        elif not worker.ready:
            worker.kill()  # it has no call yet

    def flush(self) -> None:
        """Passes on what was printed by calls that are answered."""
        for worker in self.living.values():
            if worker.slot.state != Slot.RUNNING:
                self.output.read_all(worker)

    def reap(self) -> None:
        """Buries the workers that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            worker = self.living.get(pid)
            if worker is not None:
                self._bury(worker, status)

    def _look(self, function: Function) -> None:
        function.growing = False
        self._serve(function)

    def _start(self, function: Function, verdict: tuple[str, str] | None) -> Worker:
        with contextlib.ExitStack() as undo:
            ours, theirs = (undo.enter_context(end) for end in socket.socketpair())
            out, err = os.pipe(), os.pipe()
            for descriptor in (*out, *err):
                undo.callback(os.close, descriptor)
            slot = Slot()
            pid = os.fork()
            if not pid:
                become_worker(function.specification, theirs, slot, out[1], err[1], verdict, self._sdk)
            undo.pop_all()
        theirs.close()
        for descriptor in (out[1], err[1]):
            os.close(descriptor)
        ours.setblocking(False)
        worker = Worker(function, pid, ours, slot, (Stream("stdout", out[0]), Stream("stderr", err[0])))
        worker.herald = verdict is not None
        return worker

    def _hear(self, worker: Worker) -> None:
        """Takes note of what a worker says."""
        try:
            said = worker.control.recv(64)
        except OSError:
            return
        if not said:
            self._loop.unwatch(worker.control)  # SIGCHLD tells the rest
        for byte in said:
            if byte == READY[0]:
                worker.ready = True
            else:
                self._done(worker, byte == KEEP[0])
            if byte == LAST[0]:
                worker.leaving = True
                worker.function.bury(worker)
            elif worker.leaving:
                self.dismiss(worker)
            else:
                worker.since = time.monotonic()
                worker.function.idle.append(worker)
            self._serve(worker.function)

    def _done(self, worker: Worker, keep: bool) -> None:
        self.output.read_all(worker)
        connection, worker.connection = worker.connection, None
        if connection is not None:
            if keep:
                self._connections.rest(connection)
            else:
                connection.close()

    def _bury(self, worker: Worker, status: int) -> None:
        self._hear(worker)  # what it said last
        del self.living[worker.pid]
        worker.buried = True
        worker.kill_children()
        function = worker.function
        function.bury(worker)
        self._settle(worker, status)
        if not worker.leaving and not worker.late:
            code = -(status & 127) if status & 127 else status >> 8
            self._events.put({"event": "exit", "function": function.name, "status": code})
        self._loop.unwatch(worker.control)
        worker.control.close()
        self.output.close(worker)
        worker.slot.close()
        self._serve(function)

    def _settle(self, worker: Worker, status: int) -> None:
        """Answers the call of a worker that has ended, or of the first who waits for one that could not load."""
        self.output.read_all(worker)
        function, connection, request = worker.function, worker.connection, worker.request
        verdict = timed_out(worker.specification) if worker.late else exited(status)
        if connection is None:
            if worker.ready or worker.leaving or not function.waiting:
                pass
            elif worker.herald:
                function.waiting.popleft().close()  # nothing can be said
            else:
                self.fork(function, verdict)
        elif worker.slot.state == Slot.RESTING:
            connection.since = 0.0
            function.waiting.appendleft(connection)  # it had not begun
        elif worker.slot.state == Slot.ANSWERING or request is None:
            connection.close()
        else:
            self._events.log(function.name, "stderr", f"{verdict[1]} ({verdict[0]})", request)
            milliseconds = (time.monotonic() - worker.slot.began) * 1000
            connection.answer(response(200, verdict_body(verdict, request), request, True, milliseconds, False))
        worker.connection = None
