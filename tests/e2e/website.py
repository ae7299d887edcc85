"""A website on this machine, for functions to call: a chat's webhook, a target to check, a service that the emulator lacks."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


class Call(NamedTuple):
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    text: str


class Website:
    """Answers as `answers` says, by the path without its query (200 and nothing where that says nothing), and keeps every call."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.answers: dict[str, Any] = {}

    def heard(self, path: str) -> list[str]:
        """The bodies of what came to a path."""
        return [call.text for call in list(self.calls) if call.path == path]

    def answer(self, call: Call) -> tuple[int, str]:
        """Status and body; an answer may be those, a status, or a function of the call."""
        found = self.answers.get(call.path.partition("?")[0], 200)
        if callable(found):
            found = found(call)
        return (found, "") if isinstance(found, int) else found


@contextmanager
def website() -> Iterator[Website]:
    """Opens a website on a free port, and closes it at the end."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.serve()

        def do_POST(self) -> None:
            self.serve()

        def serve(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            call = Call(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, text)
            site.calls.append(call)
            status, body = site.answer(call)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Says nothing: the calls are kept."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Website(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
