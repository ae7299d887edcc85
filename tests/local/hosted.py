"""A host of functions for tests: started as main starts it, and called through its sockets."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from ifc.local.host import HOSTS

FUNCTIONS = Path(__file__).parent / "functions"
PATIENCE = 15  # seconds for what should take milliseconds
PYTHON = (sys.executable, str(HOSTS / "python_host"))
NODE = ("node", str(HOSTS / "node_host" / "main.mjs"))


@attrs.frozen
class Response:
    """What came back for a call."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)

    @property
    def failed(self) -> bool:
        """Whether the function did, as Lambda's header says."""
        return "x-amz-function-error" in self.headers


class Hosted:
    """A running host."""

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ifc-", dir="/tmp"))  # pytest's folders are too long for sockets
        (obeying, commanding), (reading, writing) = os.pipe(), os.pipe()
        self.process = subprocess.Popen(
            [*command, f"--commands={obeying}", f"--events={writing}"],
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "output").open("wb"),
            stderr=subprocess.STDOUT,
            env={**os.environ, "TZ": ":UTC", "PYTHONDONTWRITEBYTECODE": "", **(environment or {})},
            pass_fds=[obeying, writing],
        )
        os.close(obeying)
        os.close(writing)
        self.commands = os.fdopen(commanding, "wb", 0)
        self.events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        self._reader.start()

    def _read(self, events: int) -> None:
        with os.fdopen(events, "rb") as lines:
            for line in lines:
                with self._changed:
                    self.events.append(json.loads(line))
                    self._changed.notify_all()

    def say(self, command: Mapping[str, Any] | bytes) -> None:
        """Sends a command, or raw bytes."""
        self.commands.write(command if isinstance(command, bytes) else json.dumps(command).encode() + b"\n")

    def want(self, *functions: Mapping[str, Any]) -> None:
        """Makes the functions those given, and returns when they listen."""
        before = len(self.of("ready"))
        self.say({"op": "functions", "functions": functions})
        self.wait(lambda: len(self.of("ready")) > before)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind so far."""
        return [event for event in self.events if event["event"] == kind]

    def wait(self, true: Callable[[], object]) -> None:
        """Returns when something is true of the events."""
        with self._changed:
            assert self._changed.wait_for(true, PATIENCE), self.events[-20:]

    def lines(self, count: int, function: str | None = None) -> list[dict[str, Any]]:
        """The lines that functions printed, once there are so many."""

        def found() -> list[dict[str, Any]]:
            return [event for event in self.of("log") if function in (None, event["function"])]

        self.wait(lambda: len(found()) >= count)
        return found()

    def function(self, name: str, handler: str, code: Path | str = FUNCTIONS / "python", **settings: Any) -> dict[str, Any]:
        """A function as main describes it."""
        described = {
            "name": name,
            "socket": str(self.socket(name)),
            "code": str(code),
            "handler": handler,
            "environment": {},
            "timeout": 10,
            "memory": 256,
            "concurrency": 10,
            "physical": f"app-dev-{name}",
            "arn": f"arn:aws:lambda:us-east-1:000000000000:function:app-dev-{name}",
            "version": "1",
        }
        return {**described, **settings}

    def socket(self, name: str) -> Path:
        """Where a function listens."""
        return self.folder / f"{name}.sock"

    def connect(self, name: str) -> socket.socket:
        """A connection to a function."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(str(self.socket(name)))
        return connection

    def call(self, name: str, event: Any = None, **headers: str) -> Response:
        """Calls a function."""
        with self.connect(name) as connection:
            connection.sendall(request(event, connection="close", **headers))
            return read(connection)

    def raw(self, name: str, *parts: bytes, end: bool = False) -> bytes:
        """Sends bytes and returns what comes back until the function hangs up; `end` says first that no more will come."""
        with self.connect(name) as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    connection.sendall(part)
                if end:
                    connection.shutdown(socket.SHUT_WR)
            return until_end(connection)

    def children(self) -> list[int]:
        """The processes that the host has."""
        return [int(child) for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def reset(self) -> None:
        """Takes all functions away, and returns when nothing is left of them."""
        self.want()
        until = time.monotonic() + PATIENCE
        while self.children() and time.monotonic() < until:
            time.sleep(0.002)
        self.say(b"{}\n")  # an answer to it comes after all that was said before
        self.wait(lambda: self.events[-1]["event"] == "failed")
        self.events.clear()

    def close(self) -> None:
        """Hangs up; the host ends."""
        self.commands.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self._reader.join(PATIENCE)
            shutil.rmtree(self.folder)


@contextlib.contextmanager
def hosted(command: tuple[str, ...], environment: Mapping[str, str] | None = None) -> Iterator[Hosted]:
    """A host that is gone at the end."""
    host = Hosted(command, environment)
    try:
        yield host
    finally:
        host.close()


def request(event: Any, **headers: str) -> bytes:
    """A request for an event; bytes are sent as they are."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\nhost: f\r\ncontent-length: {len(body)}\r\n{head}\r\n".encode() + body


def until_end(connection: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def read(connection: socket.socket) -> Response:
    """One response."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(1 << 16)
        assert part, f"hung up after {data!r}"
        data += part
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers["content-length"]):
        part = connection.recv(1 << 20)
        assert part, "hung up within the body"
        body += part
    return Response(int(first.split(" ")[1]), headers, body)


def alive(process: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet doesn't."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
