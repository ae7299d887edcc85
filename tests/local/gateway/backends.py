"""What stands behind the gateway in these tests: workers of functions, the control API, and the end of the log."""

from __future__ import annotations

import json
import os
import select
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import attrs

Answer = tuple[int, Mapping[str, str], bytes]


@attrs.frozen
class Call:
    """A request that a backend got."""

    path: str
    headers: Mapping[str, str]  # by lower-case name
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def returned(result: Any, **headers: str) -> Answer:
    """The answer of a worker whose function returned a value, or JSON as it is written."""
    body = result if isinstance(result, bytes) else json.dumps(result).encode()
    return 200, {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}, body


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 8
    backend: Backend

    def process_request(self, request: Any, client_address: Any) -> None:
        self.backend.connections.append(request)
        super().process_request(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        call = Call(self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length))
        self.server.backend.calls.append(call)
        answer = self.server.backend.script(call)
        if not isinstance(answer, tuple):  # whatever a broken worker sends
            for part in [answer] if isinstance(answer, bytes) else answer:
                self.wfile.write(part)
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response_only(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def address_string(self) -> str:
        return "gateway"

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class Backend:
    """A server on a unix socket that answers by a script and keeps what it was asked."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.calls: list[Call] = []
        self.connections: list[socket.socket] = []
        # What it answers: an Answer, or bytes (or parts of them) that go out as they are.
        self.script: Callable[[Call], Answer | bytes | Iterable[bytes]] = lambda _: returned({})
        self._server = _Server(path, _Handler)
        self._server.backend = self
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def last(self) -> Call:
        """The last request."""
        return self.calls[-1]

    def answers(self, result: Any, **headers: str) -> None:
        """From now on its function returns this."""
        self.script = lambda _: returned(result, **headers)

    def hang_up(self) -> None:
        """Closes the connections that are open."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        os.unlink(self.path)


class Sink:
    """The named pipe that nginx writes a line to for every request."""

    def __init__(self, path: str) -> None:
        os.mkfifo(path)
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._rest = b""

    def next(self) -> dict[str, str]:
        """The next line that comes, as its fields."""
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._pipe], [], [], 5)
            assert ready, "nginx tells of no request"
            self._rest += os.read(self._pipe, 65536)
        line, _, self._rest = self._rest.partition(b"\n")
        found: dict[str, str] = json.loads(line)
        return found

    def clear(self) -> None:
        """Forgets what has come."""
        self._rest = b""
        with suppress(BlockingIOError):
            while True:
                os.read(self._pipe, 65536)

    def close(self) -> None:
        """Stops listening."""
        os.close(self._pipe)


@contextmanager
def backend(path: str) -> Iterator[Backend]:
    """A backend for a while."""
    made = Backend(path)
    try:
        yield made
    finally:
        made.close()
