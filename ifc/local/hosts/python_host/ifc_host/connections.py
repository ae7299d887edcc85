"""The connections of clients to the functions' sockets."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from .functions import Connection, Function
from .loop import Loop

PARTING = 0.5  # seconds for who had connected to a function before it went to say what he wants


class Connections:
    """Accepts connections, and puts each into its function's queue once a request has begun to come."""

    def __init__(self, loop: Loop, serve: Callable[[Function], None]) -> None:
        self._loop, self._serve = loop, serve
        self.parting: list[Function] = []  # which went a moment ago

    def listen(self, specification: dict[str, Any]) -> Function:
        """Listens; a socket that is there, of a run before or of another host, is replaced without a gap."""
        path = specification["socket"]
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{path}~")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(f"{path}~")
        listener.listen(1024)
        listener.setblocking(False)
        os.rename(f"{path}~", path)
        function = Function(specification, listener)
        self._loop.watch(listener, lambda: self._accept(function))
        return function

    def leave(self, function: Function) -> None:
        """Stops listening; who has called, or is about to through a connection that he has, is still answered."""
        function.gone = True
        function.unlink()
        self._loop.unwatch(function.listener)
        self._accept(function, 1024)
        function.listener.close()
        self.parting.append(function)
        self._part(function, time.monotonic() + PARTING)

    def rest(self, connection: Connection) -> None:
        """Waits for a request on a connection."""
        connection.function.resting.add(connection)
        self._loop.watch(connection.socket, lambda: self._requested(connection))
        if connection.function.parted:
            self._requested(connection)

    def _part(self, function: Function, end: float) -> None:
        """Hangs up where no request came, once that is certain enough."""
        if function.resting and time.monotonic() < end:
            self._loop.at(PARTING / 20, lambda: self._part(function, end))
            return
        function.parted = True
        self.parting.remove(function)
        for connection in list(function.resting):
            self._requested(connection)

    def _accept(self, function: Function, most: int = 64) -> None:
        for _ in range(most):
            try:
                accepted, _ = function.listener.accept()
            except BlockingIOError:
                break
            except OSError as problem:
                if problem.errno in (errno.EMFILE, errno.ENFILE):
                    self._loop.unwatch(function.listener)
                    self._loop.at(0.1, lambda: self._accept_again(function))
                break
            connection = Connection(function, accepted)
            if connection.has_begun():
                connection.enqueue()
            else:
                self.rest(connection)
        self._serve(function)

    def _accept_again(self, function: Function) -> None:
        if not function.gone:
            self._loop.watch(function.listener, lambda: self._accept(function))

    def _requested(self, connection: Connection) -> None:
        if connection not in connection.function.resting:
            return  # taken up since this was noticed
        self._loop.unwatch(connection.socket)
        connection.function.resting.remove(connection)
        if connection.has_begun():
            connection.enqueue()
            self._serve(connection.function)
        else:
            connection.close()
