"""Runs Python functions as Lambda does: `python python_host.py [--events=FD]`, told what to run by JSON lines on its standard input.

This process, the host, never runs a handler. It has one thread, which accepts the connections to the functions' sockets
and hands each to a worker: a process forked from it that has loaded the handler once and takes one call after the other.
The SDK is imported before the first fork, so workers share its memory and start within milliseconds.

The host keeps its own copy of each connection. So a call is answered whatever becomes of its worker: one that runs over
its timeout is killed, in the midst of C code too, and the host says so (`Sandbox.Timedout`); a worker that dies, by
`os._exit`, a signal or a crash, is `Runtime.ExitError`. Only when it dies while it writes its answer is the connection
dropped. A connection that a dying worker has not begun with goes to another one.

Workers end with the host: by PR_SET_PDEATHSIG on Linux, elsewhere by watching their end of a socket. Each leads a
process group, which is killed with it; only when the host itself is killed (kill -9) may programs that a handler
started outlive their worker.

Nothing but the standard library, in Python 3.8 or later, is needed; boto3 is used when it is there. Lambda's texts and
rules are those of its open runtime client (aws-lambda-python-runtime-interface-client: bootstrap.py,
lambda_context.py, lambda_runtime_marshaller.py) and of the Lambda developer guide.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import decimal
import errno
import gc
import heapq
import importlib
import itertools
import json
import logging
import math
import mmap
import os
import re
import resource
import select
import selectors
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

LARGEST_REQUEST = 6 * 1024 * 1024  # bytes of an event (Lambda developer guide, Lambda quotas)
LARGEST_RESPONSE = LARGEST_REQUEST + 100
LARGEST_HEAD = 64 * 1024
LONGEST_LINE = 256 * 1024  # of what a handler prints; a longer one comes in pieces
LONGEST_ID = 128

LOADING = 10.0  # seconds that a handler's module may take before the function's timeout begins to count
PATIENCE = 0.01  # seconds that a call waits for a busy worker before a further one is forked
READING = 10.0  # seconds until a request must have come, or an answer must have gone
PARTING = 0.5  # seconds for who had connected to a function before it went to say what he wants
LINGERING = 1.0  # seconds for a client to read why its request was refused
IDLE = 600.0  # seconds after which a worker that has nothing to do goes
FULL = 4 * 1024 * 1024  # bytes of events that main has not read yet; the functions' output waits when there are more

# What a program needs of this machine; nothing else of main's environment reaches a function.
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "PYTHONPATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")

# What is preloaded of the SDK if the code names it.
SERVICES = (
    "cloudwatch", "cognito-idp", "dynamodb", "events", "firehose", "kinesis", "kms", "lambda", "logs", "s3", "scheduler",
    "secretsmanager", "ses", "sesv2", "sns", "sqs", "ssm", "stepfunctions", "sts",
)  # fmt: skip
RESOURCES = frozenset({"cloudwatch", "dynamodb", "s3", "sns", "sqs"})

# What a worker tells the host, a byte each.
READY, KEEP, CLOSE, LAST = b"r", b"k", b"c", b"x"


class Slot:
    """What a worker shares with the host in memory: how far it is with a call, when the call began, and the call's id."""

    RESTING, READING, RUNNING, ANSWERING = range(4)

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 256)

    @property
    def state(self) -> int:
        """How far the worker is."""
        return self._memory[0]

    @state.setter
    def state(self, state: int) -> None:
        self._memory[0] = state

    @property
    def began(self) -> float:
        """When the handler was called, on the monotonic clock."""
        began: float = struct.unpack_from("d", self._memory, 8)[0]
        return began

    @property
    def request(self) -> str | None:
        """The id of the call, once the worker has read it."""
        length = self._memory[1]
        return self._memory[16 : 16 + length].decode("ascii") if length else None

    def run(self, request: str) -> None:
        """Notes that the handler is called now."""
        text = request.encode("ascii")
        self._memory[16 : 16 + len(text)] = text
        self._memory[1] = len(text)
        struct.pack_into("d", self._memory, 8, time.monotonic())
        self._memory[0] = Slot.RUNNING

    def clear(self) -> None:
        """Notes that no call is known."""
        self._memory[1] = 0
        self._memory[0] = Slot.RESTING

    def close(self) -> None:
        """Gives the memory back."""
        self._memory.close()


# --- HTTP ---


class Refused(Exception):
    """A request that is answered without calling the handler: a status, and why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class Request:
    """A request: its event, and what its headers say."""

    __slots__ = ("body", "id", "keep", "trace")

    def __init__(self, headers: dict[str, str], body: bytes, keep: bool) -> None:
        self.body, self.keep = body, keep
        self.id = tidy_id(headers.get("x-ifc-request-id"))
        self.trace = headers.get("x-ifc-trace") or None


REASONS = {200: "OK", 400: "Bad Request", 405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large"}
REASONS.update({429: "Too Many Requests", 431: "Request Header Fields Too Large"})
BEGINNING = re.compile(rb"[A-Z]{1,16}(?: |\Z)")
TOO_SLOW = socket.timeout  # a class of its own before Python 3.10
HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$")


def tidy_id(given: str | None) -> str:
    """The id of a call: the one given, if it can stand in a header and a line of the log, or a new one."""
    if given and len(given) <= LONGEST_ID and given.isascii() and given.isprintable():
        return given
    return str(uuid.uuid4())


def response(status: int, body: bytes, request: str | None, error: bool, milliseconds: float | None, keep: bool) -> bytes:
    """The bytes of an answer."""
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    if request is not None:
        head += f"x-ifc-request-id: {request}\r\n"
    if milliseconds is not None:
        head += f"x-ifc-duration-ms: {milliseconds:.2f}\r\n"
    if error:
        head += "x-amz-function-error: Unhandled\r\n"
    return f"{head}connection: {'keep-alive' if keep else 'close'}\r\n\r\n".encode("ascii") + body


def error_body(kind: str, message: str, request: str, trace: list[str] | None = None) -> bytes:
    """A failed call's answer, as Lambda words it."""
    error = {"errorMessage": message, "errorType": kind, "requestId": request, "stackTrace": trace or []}
    return json.dumps(error, ensure_ascii=False).encode("utf-8", "backslashreplace")


class Reader:
    """Reads one request from a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""
        self._end = time.monotonic() + READING
        connection.settimeout(READING)

    def request(self) -> Request | None:
        """The next request, or None where the client has gone; raises Refused."""
        head = self._head()
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        method, version = _request_line(lines[0])
        headers = _headers(lines[1:])
        connection = headers.get("connection", "").lower()
        keep = "close" not in connection if version == "1.1" else "keep-alive" in connection
        if method != "POST":
            raise Refused(405, "a function is called with POST")
        if "100-continue" in headers.get("expect", "").lower():
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(headers)
        return None if body is None else Request(headers, body, keep and not self._rest)

    def _head(self) -> bytes | None:
        end = -1
        while end < 0:
            if len(self._rest) > LARGEST_HEAD:
                raise Refused(431, "the headers are too large")
            if not self._more():
                return None
            if not BEGINNING.match(self._rest):
                raise Refused(400, "this is not HTTP")
            end = self._rest.find(b"\r\n\r\n")
        head, self._rest = self._rest[:end], self._rest[end + 4 :]
        if len(head) > LARGEST_HEAD:
            raise Refused(431, "the headers are too large")
        return head

    def _body(self, headers: dict[str, str]) -> bytes | None:
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if coding is not None:
            if length is not None or coding.lower() != "chunked":
                raise Refused(400, "the body's length is not clear")
            return self._chunks()
        if length is None:
            return b""
        if not (length.isascii() and length.isdigit()):
            raise Refused(400, "the body's length is not a number")
        return self._exactly(_fitting(int(length[:20])))

    def _chunks(self) -> bytes | None:
        body = b""
        while True:
            line = self._line()
            if line is None:
                return None
            size = line.split(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size):
                raise Refused(400, "a chunk's length is not a number")
            count = int(size, 16)
            _fitting(len(body) + count)
            if not count:
                return self._trailer(body)
            chunk = self._exactly(count)
            if chunk is None or self._exactly(2) != b"\r\n":
                return None
            body += chunk

    def _trailer(self, body: bytes) -> bytes | None:
        while True:
            line = self._line()
            if line is None:
                return None
            if not line:
                return body

    def _line(self) -> bytes | None:
        while b"\r\n" not in self._rest:
            if len(self._rest) > LARGEST_HEAD:
                raise Refused(400, "a line is too long")
            if not self._more():
                return None
        line, self._rest = self._rest.split(b"\r\n", 1)
        return line

    def _exactly(self, count: int) -> bytes | None:
        if len(self._rest) >= count:
            got, self._rest = self._rest[:count], self._rest[count:]
            return got
        got, parts = self._rest, []
        missing = count - len(got)
        while missing:
            part = self._receive(min(missing, 1 << 18))
            if not part:
                return None
            parts.append(part)
            missing -= len(part)
        self._rest = b""
        return b"".join([got, *parts])

    def _more(self) -> bool:
        part = self._receive(1 << 16)
        self._rest += part
        return bool(part)

    def _receive(self, most: int) -> bytes:
        if time.monotonic() > self._end:
            raise TOO_SLOW
        return self._connection.recv(most)


def _request_line(line: str) -> tuple[str, str]:
    """The method and the version of HTTP."""
    found = re.fullmatch(r"([A-Z]{1,16}) \S+ HTTP/(1\.[01])", line)
    if found is None:
        raise Refused(400, "this is not HTTP")
    return found[1], found[2]


def _headers(lines: list[str]) -> dict[str, str]:
    """Headers by their names in lower case; one that says two lengths is refused."""
    headers: dict[str, str] = {}
    for line in lines:
        found = HEADER.match(line)
        if found is None:
            raise Refused(400, "a header is malformed")
        name = found[1].lower()
        if name in headers and name in ("content-length", "transfer-encoding"):
            raise Refused(400, "the body's length is not clear")
        headers[name] = found[2]
    return headers


def _fitting(length: int) -> int:
    """The length, unless it is above Lambda's limit (Lambda API reference, Invoke: RequestTooLargeException)."""
    if length > LARGEST_REQUEST:
        raise Refused(413, f"Request must be smaller than {LARGEST_REQUEST} bytes for the InvokeFunction operation")
    return length


# --- the host ---


class Outbox:
    """Events for main, written as main reads them; the host itself never waits for it."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._waiting = bytearray()

    def put(self, event: dict[str, Any]) -> None:
        """Adds an event; `flush` sends it."""
        self._waiting += json.dumps(event).encode("ascii") + b"\n"

    def flush(self) -> int:
        """Writes what can be written; returns how many bytes still wait. Raises BrokenPipeError when main is gone."""
        while self._waiting:
            try:
                written = os.write(self.descriptor, self._waiting[: 1 << 16])
            except BlockingIOError:
                break
            del self._waiting[:written]
        return len(self._waiting)


class Stream:
    """What a worker prints on one of its two outputs, cut into lines."""

    def __init__(self, name: str, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.name, self.descriptor = name, descriptor
        self._rest = b""
        self.ended = self._empty = False

    def read(self) -> list[str]:
        """The lines that are complete."""
        try:
            part = os.read(self.descriptor, 1 << 16)
        except BlockingIOError:
            self._empty = True
            return []
        self._empty = self.ended = not part
        self._rest += part
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._take_rest())
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines]

    def read_all(self) -> list[str]:
        """All that was printed, a line without its end too; no more than some pipes full, as something may still write."""
        lines = []
        for _ in range(4):
            lines += self.read()
            if self._empty:
                break
        if self._rest:
            lines.append(self._take_rest().decode("utf-8", "replace"))
        return lines

    def _take_rest(self) -> bytes:
        rest, self._rest = self._rest, b""
        return rest


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


class Host:
    """The host: a loop over main's commands, the sockets, and what workers say and print."""

    def __init__(self, commands: int, events: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._commands, self._input = commands, b""
        self._outbox = Outbox(events)
        self._functions: dict[str, Function] = {}
        self._workers: dict[int, Worker] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._silenced: list[tuple[Worker, Stream]] = []  # whose output waits until main has read
        self._writing = self._full = self._finishing = False
        self._parting: list[Function] = []
        self._sdk: Sdk = Sdk()
        self._wake = self._signals()

    def run(self) -> NoReturn:
        """Works until main hangs up."""
        self._watch(self._commands, self._command)
        self._watch(self._wake, self._signalled)
        self._at(60.0, self._sweep)
        while True:
            for key, _ in self._selector.select(self._pause()):
                key.data()
            self._run_timers()
            self._flush()
            if self._finishing and not self._workers and not self._parting:
                self._end()

    # --- the loop ---

    def _watch(self, source: Any, callback: Callable[[], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, callback)

    def _unwatch(self, source: Any) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(source)

    def _at(self, delay: float, callback: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (time.monotonic() + delay, next(self._numbers), callback))

    def _pause(self) -> float:
        return max(0.0, self._timers[0][0] - time.monotonic())

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    def _flush(self) -> None:
        try:
            waiting = self._outbox.flush()
        except OSError:
            self._end()
        if bool(waiting) != self._writing:
            self._writing = bool(waiting)
            if waiting:
                self._selector.register(self._outbox.descriptor, selectors.EVENT_WRITE, lambda: None)
            else:
                self._unwatch(self._outbox.descriptor)
        if waiting < FULL and self._silenced:
            silenced, self._silenced = self._silenced, []
            for worker, stream in silenced:
                if self._workers.get(worker.pid) is worker:
                    self._watch(stream.descriptor, lambda w=worker, s=stream: self._printed(w, s))  # type: ignore[misc]
        self._full = waiting >= FULL

    def _signals(self) -> int:
        """A descriptor that can be read when a child has ended, or when this process is told to end."""
        reading, writing = os.pipe()
        for descriptor in (reading, writing):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for main, which then hangs up
        return reading

    def _signalled(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if signal.SIGTERM in os.read(self._wake, 4096):
                self._end()
        self._reap()

    def _end(self) -> NoReturn:
        """Kills all workers and ends."""
        for worker in self._workers.values():
            worker.kill()
        for function in self._functions.values():
            function.unlink()
        os._exit(0)

    # --- what main wants ---

    def _command(self) -> None:
        part = os.read(self._commands, 1 << 18)
        if not part:
            self._end()
        self._input += part
        *lines, self._input = self._input.split(b"\n")
        for line in lines:
            if line.strip():
                self._obey(line)

    def _obey(self, line: bytes) -> None:
        try:
            command = json.loads(line)
            if command["op"] == "end":
                self._want([])
                self._finishing = True
                return
            if command["op"] != "functions":
                raise ValueError(f"`{command['op']}` is not an operation")
            self._want(command["functions"])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            self._outbox.put({"event": "failed", "text": f"{type(problem).__name__}: {problem}"})
            return
        self._outbox.put({"event": "ready"})
        self._flush()
        self._sdk.preload([f.specification["code"] for f in self._functions.values()])

    def _want(self, specifications: list[dict[str, Any]]) -> None:
        """Makes the functions those that are wanted."""
        wanted = {s["name"]: s for s in specifications}
        for name, function in list(self._functions.items()):
            if name not in wanted or wanted[name]["socket"] != function.specification["socket"]:
                del self._functions[name]
                self._remove(function)
        for name, specification in wanted.items():
            if name not in self._functions:
                self._functions[name] = self._listen(specification)
            elif self._functions[name].specification != specification:
                self._replace(self._functions[name], specification)

    def _listen(self, specification: dict[str, Any]) -> Function:
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
        self._watch(listener, lambda: self._accept(function))
        return function

    def _replace(self, function: Function, specification: dict[str, Any]) -> None:
        """Lets the workers finish what they have; calls from now on, also those that wait already, run the new code."""
        workers, function.workers, function.idle = function.workers, [], []
        function.specification = specification
        for worker in workers:
            self._dismiss(worker)
        self._serve(function)

    def _remove(self, function: Function) -> None:
        """Stops listening; who has called, or is about to through a connection that he has, is still answered."""
        function.gone = True
        function.unlink()
        self._unwatch(function.listener)
        self._accept(function, 1024)
        function.listener.close()
        self._parting.append(function)
        self._part(function, time.monotonic() + PARTING)

    def _part(self, function: Function, end: float) -> None:
        """Hangs up where no request came, once that is certain enough."""
        if function.resting and time.monotonic() < end:
            self._at(PARTING / 20, lambda: self._part(function, end))
            return
        function.parted = True
        self._parting.remove(function)
        for connection in list(function.resting):
            self._requested(connection)

    def _dismiss(self, worker: Worker) -> None:
        """Lets a worker go, once it has finished."""
        worker.leaving = True
        worker.function.bury(worker)
        if worker.connection is None and worker.ready:
            self._unwatch(worker.control)
            worker.control.close()  # which it takes for a farewell
        elif not worker.ready:
            worker.kill()  # it has no call yet

    # --- calls ---

    def _accept(self, function: Function, most: int = 64) -> None:
        for _ in range(most):
            try:
                accepted, _ = function.listener.accept()
            except BlockingIOError:
                break
            except OSError as problem:
                if problem.errno in (errno.EMFILE, errno.ENFILE):
                    self._unwatch(function.listener)
                    self._at(0.1, lambda: self._accept_again(function))
                break
            connection = Connection(function, accepted)
            if self._has_begun(connection):
                self._enqueue(connection)
            else:
                self._rest(connection)
        self._serve(function)

    def _accept_again(self, function: Function) -> None:
        if not function.gone:
            self._watch(function.listener, lambda: self._accept(function))

    def _has_begun(self, connection: Connection) -> bool:
        """Whether a request has begun to come: a worker never waits for a client that only connected."""
        try:
            return bool(connection.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    def _rest(self, connection: Connection) -> None:
        """Waits for a request on a connection."""
        connection.function.resting.add(connection)
        self._watch(connection.socket, lambda: self._requested(connection))
        if connection.function.parted:
            self._requested(connection)

    def _requested(self, connection: Connection) -> None:
        if connection not in connection.function.resting:
            return  # taken up since this was noticed
        self._unwatch(connection.socket)
        connection.function.resting.remove(connection)
        if self._has_begun(connection):
            self._enqueue(connection)
            self._serve(connection.function)
        else:
            connection.close()

    def _enqueue(self, connection: Connection) -> None:
        connection.since = time.monotonic()
        connection.function.waiting.append(connection)

    def _serve(self, function: Function) -> None:
        """Gives those who wait to workers; lets the workers of a removed function go when nobody waits."""
        while function.waiting and function.idle:
            self._give(function.idle.pop(), function.waiting.popleft())
        if function.waiting:
            self._grow(function)
        elif function.gone:
            for worker in list(function.workers):
                self._dismiss(worker)

    def _give(self, worker: Worker, connection: Connection) -> None:
        worker.slot.clear()
        worker.connection = connection
        try:
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [connection.socket.fileno()]))
            worker.control.sendmsg([b"c"], [rights])
        except OSError:
            return  # it is dead, and its burial gives the connection to another one
        if not worker.timed:
            worker.timed = True
            self._at(worker.function.timeout, lambda: self._check(worker))

    def _check(self, worker: Worker) -> None:
        """Kills a worker whose time is over; looks again when it could be."""
        worker.timed = False
        if self._workers.get(worker.pid) is not worker or (worker.connection is None and worker.ready):
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
            self._at(end - now, lambda: self._check(worker))

    def _grow(self, function: Function) -> None:
        """Forks workers for those who wait longer than a busy worker should need."""
        while not function.growing and len(function.workers) < function.most:
            starting = sum(not w.ready for w in function.workers)
            if starting >= len(function.waiting):
                return
            left = PATIENCE - (time.monotonic() - function.waiting[starting].since)
            if function.workers and left > 0:
                function.growing = True
                self._at(left, lambda: self._grow_now(function))
                return
            if not self._fork(function):
                return

    def _grow_now(self, function: Function) -> None:
        function.growing = False
        self._serve(function)

    # --- workers ---

    def _fork(self, function: Function, verdict: tuple[str, str] | None = None) -> bool:
        """Starts a worker; one with a verdict answers with that error instead of loading the code."""
        try:
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
        except OSError as problem:
            self._log(function.name, "stderr", f"no process can be started: {problem.strerror}", None)
            function.growing = True
            self._at(1.0, lambda: self._grow_now(function))
            return False
        theirs.close()
        for descriptor in (out[1], err[1]):
            os.close(descriptor)
        ours.setblocking(False)
        worker = Worker(function, pid, ours, slot, (Stream("stdout", out[0]), Stream("stderr", err[0])))
        worker.herald = verdict is not None
        self._workers[pid] = worker
        function.workers.append(worker)
        self._watch(ours, lambda: self._hear(worker))
        for stream in worker.streams:
            self._watch(stream.descriptor, lambda s=stream: self._printed(worker, s))  # type: ignore[misc]
        worker.timed = True
        self._at(function.timeout, lambda: self._check(worker))
        return True

    def _hear(self, worker: Worker) -> None:
        """Takes note of what a worker says."""
        try:
            said = worker.control.recv(64)
        except OSError:
            return
        if not said:
            self._unwatch(worker.control)  # SIGCHLD tells the rest
        for byte in said:
            if byte == READY[0]:
                worker.ready = True
            else:
                self._done(worker, byte == KEEP[0])
            if byte == LAST[0]:
                worker.leaving = True
                worker.function.bury(worker)
            elif worker.leaving:
                self._dismiss(worker)
            else:
                worker.since = time.monotonic()
                worker.function.idle.append(worker)
            self._serve(worker.function)

    def _done(self, worker: Worker, keep: bool) -> None:
        self._printed_all(worker)
        connection, worker.connection = worker.connection, None
        if connection is not None:
            if keep:
                self._rest(connection)
            else:
                connection.close()

    def _printed(self, worker: Worker, stream: Stream) -> None:
        if self._workers.get(worker.pid) is not worker:
            return  # buried since this was noticed
        if self._full:
            self._unwatch(stream.descriptor)
            self._silenced.append((worker, stream))
            return
        for line in stream.read():
            self._log(worker.function.name, stream.name, line, worker.request)
        if stream.ended:
            self._unwatch(stream.descriptor)

    def _printed_all(self, worker: Worker) -> None:
        for stream in worker.streams:
            for line in stream.read_all():
                self._log(worker.function.name, stream.name, line, worker.request)

    def _log(self, function: str, stream: str, text: str, request: str | None) -> None:
        self._outbox.put({"event": "log", "function": function, "stream": stream, "text": text, "request": request})

    def _reap(self) -> None:
        """Buries the workers that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            worker = self._workers.get(pid)
            if worker is not None:
                self._bury(worker, status)

    def _bury(self, worker: Worker, status: int) -> None:
        self._hear(worker)  # what it said last
        del self._workers[worker.pid]
        worker.kill_children()
        function = worker.function
        function.bury(worker)
        self._settle(worker, status)
        if not worker.leaving and not worker.late:
            code = -(status & 127) if status & 127 else status >> 8
            self._outbox.put({"event": "exit", "function": function.name, "status": code})
        self._unwatch(worker.control)
        worker.control.close()
        for stream in worker.streams:
            self._unwatch(stream.descriptor)
            os.close(stream.descriptor)
        worker.slot.close()
        self._serve(function)

    def _settle(self, worker: Worker, status: int) -> None:
        """Answers the call of a worker that has ended, or of the first who waits for one that could not load."""
        self._printed_all(worker)
        function, connection, request = worker.function, worker.connection, worker.request
        verdict = _timed_out(worker.specification) if worker.late else _exited(status)
        if connection is None:
            if worker.ready or worker.leaving or not function.waiting:
                pass
            elif worker.herald:
                function.waiting.popleft().close()  # nothing can be said
            else:
                self._fork(function, verdict)
        elif worker.slot.state == Slot.RESTING:
            connection.since = 0.0
            function.waiting.appendleft(connection)  # it had not begun
        elif worker.slot.state == Slot.ANSWERING or request is None:
            connection.close()
        else:
            self._log(function.name, "stderr", f"{verdict[1]} ({verdict[0]})", request)
            milliseconds = (time.monotonic() - worker.slot.began) * 1000
            connection.answer(response(200, verdict_body(verdict, request), request, True, milliseconds, False))
        worker.connection = None

    def _sweep(self) -> None:
        """Lets workers go that had nothing to do for long."""
        self._at(60.0, self._sweep)
        before = time.monotonic() - IDLE
        for worker in [w for f in self._functions.values() for w in f.idle if w.since < before]:
            self._dismiss(worker)


def _timed_out(specification: dict[str, Any]) -> tuple[str, str]:
    return "Sandbox.Timedout", f"Task timed out after {float(specification.get('timeout', 3)):.2f} seconds"


def _exited(status: int) -> tuple[str, str]:
    """Why a process ended, as Lambda says it."""
    if status & 127:
        why = signal.strsignal(status & 127) or str(status & 127)
        return "Runtime.ExitError", f"Runtime exited with error: signal: {why.lower()}"
    if status >> 8:
        return "Runtime.ExitError", f"Runtime exited with error: exit status {status >> 8}"
    return "Runtime.ExitError", "Runtime exited without providing a reason"


def verdict_body(verdict: tuple[str, str], request: str) -> bytes:
    """The answer for a call whose process ended (Lambda has no stack trace in it)."""
    return json.dumps({"errorType": verdict[0], "errorMessage": f"RequestId: {request} Error: {verdict[1]}"}).encode("ascii")


class Sdk:
    """boto3, imported before workers are forked when some code uses it; they share what it has read."""

    def __init__(self) -> None:
        self._services: set[str] = set()
        self.modules: dict[str, list[str]] = {}  # what was imported, by the top of each name
        self._tried = False

    def preload(self, folders: list[str]) -> None:
        """Imports boto3 and makes the clients that the code below the folders names, as far as that can be seen."""
        texts = [text for folder in sorted(set(folders)) for text in _code(folder) if b"boto" in text]
        if not texts:
            return
        named = {name for name in SERVICES if any(re.search(rb"[\"']%s[\"']" % name.encode(), text) for text in texts)}
        new = sorted(named - self._services)
        self._services |= named
        if new or not self._tried:
            with contextlib.suppress(Exception):  # the handler will say what is wrong with it
                self._load(new)
            gc.collect()
            gc.freeze()
        self._tried = True

    def _load(self, services: list[str]) -> None:
        before = set(sys.modules)
        boto3 = importlib.import_module("boto3")
        importlib.import_module("botocore.session")
        if boto3.DEFAULT_SESSION is None:
            boto3.setup_default_session()
        somewhere = {
            "region_name": "us-east-1",
            "endpoint_url": "http://127.0.0.1:1",
            "aws_access_key_id": "x",
            "aws_secret_access_key": "x",
        }
        for service in services:
            # The session keeps what a client is made from; the client itself goes.
            boto3.client(service, **somewhere)
            if service in RESOURCES:
                boto3.resource(service, **somewhere)
        for name in sorted(set(sys.modules) - before):
            file = getattr(sys.modules[name], "__file__", None) or ""
            if "site-packages" in file or "dist-packages" in file:
                self.modules.setdefault(name.split(".")[0], []).append(name)

    def give_way(self, code: str) -> None:
        """Forgets what was imported when the code brings its own, which Lambda would take too."""
        with contextlib.suppress(OSError):
            if set(self.modules) & {name.split(".")[0] for name in os.listdir(code)}:
                for name in [n for names in self.modules.values() for n in names]:
                    sys.modules.pop(name, None)


def _code(folder: str) -> Iterator[bytes]:
    """The Python files of a code folder: some hundred, which are not large; vendored packages are not looked into."""
    found = 0
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in ("node_modules", "site-packages", "__pycache__"))
        for name in sorted(files):
            if name.endswith(".py") and found < 300:
                found += 1
                with contextlib.suppress(OSError), open(os.path.join(path, name), "rb") as file:
                    yield file.read(1 << 18)


# --- the worker ---


def become_worker(
    specification: dict[str, Any], control: socket.socket, slot: Slot, out: int, err: int, verdict: tuple[str, str] | None, sdk: Sdk
) -> NoReturn:
    """Turns this freshly forked process into a worker; it never returns to the host's loop."""
    try:
        _leave_host(control, out, err)
        worker = Runtime(specification, control, slot)
        if verdict is None and specification.get("concurrency", 10):
            worker.prepare(sdk)
        else:
            worker.verdict = verdict
        worker.serve()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _leave_host(control: socket.socket, out: int, err: int) -> None:
    """Leaves the host's descriptors, signals and group behind."""
    parent = os.getppid()
    os.setsid()
    _end_with(parent, control)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    for descriptor in [int(name) for name in os.listdir("/dev/fd")]:
        if descriptor > 2 and descriptor != control.fileno():
            with contextlib.suppress(OSError):
                os.close(descriptor)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", 1, "utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    gc.enable()


LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with(parent: int, control: socket.socket) -> None:
    """Sees to it that this process ends with its host."""
    if LIBC is not None:
        LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
        return

    def watch() -> None:
        poll = select.poll()
        poll.register(control, 0)  # nothing but the end of the other side
        poll.poll()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


class Fault(Exception):
    """An error of the runtime's own, with Lambda's name for it."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, trace


class Runtime:
    """What a worker does: it loads the handler, then takes one call after the other."""

    def __init__(self, specification: dict[str, Any], control: socket.socket, slot: Slot) -> None:
        self._specification, self._control, self._slot = specification, control, slot
        self._handler: Callable[[Any, Any], Any] | None = None
        self._failure: tuple[str, str, list[str] | None] | None = None
        self.verdict: tuple[str, str] | None = None
        self._request: str | None = None
        # What a handler may replace (a patched socket, a frozen clock) is taken before.
        self._socket, self._now, self._wall = socket.socket, time.monotonic, time.time
        self._streams = (sys.stdout, sys.stderr)

    def prepare(self, sdk: Sdk) -> None:
        """Sets up what a handler finds around it, and loads it."""
        code = self._specification["code"]
        os.environ.clear()  # the host's, of which `environment` has what is passed on
        os.environ.update(environment(self._specification))
        time.tzset()
        sys.dont_write_bytecode = True  # a stale one would win over code that was changed within a second
        paths = (self._specification.get("environment") or {}).get("PYTHONPATH", "")
        sys.path[:0] = [code, *filter(None, paths.split(os.pathsep))]
        sdk.give_way(code)
        self._set_up_logging()
        try:
            os.chdir(code)
            importlib.invalidate_caches()
            self._handler = load(self._specification["handler"])
        except Fault as fault:
            self._failure = (fault.kind, fault.message, fault.trace)
        except Exception as problem:
            self._failure = (type(problem).__name__, _text(problem), frames(problem))
        except BaseException as end:
            self._exit(end)

    def serve(self) -> NoReturn:
        """Takes calls until the host hangs up."""
        self._control.sendall(READY)
        space, flags = socket.CMSG_SPACE(4), getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        while True:
            data, rights, _, _ = self._control.recvmsg(1, space, flags)
            if not data or not rights:
                os._exit(0)
            self._slot.state = Slot.READING
            connection = self._socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, struct.unpack("i", rights[0][2])[0])
            try:
                keep = self._take(connection)
            except OSError:  # the client has gone, or stays without a word
                keep = False
            connection.close()
            last = self._failure is not None or self.verdict is not None
            self._slot.state = Slot.RESTING
            self._control.sendall(LAST if last else KEEP if keep else CLOSE)
            if last:
                os._exit(0)  # the next call loads the code anew, as on Lambda

    def _take(self, connection: socket.socket) -> bool:
        """Answers one request; returns whether the connection may have another one."""
        try:
            request = Reader(connection).request()
            if request is None:
                return False
            if self._handler is None and self._failure is None and self.verdict is None:
                raise Refused(429, "Rate Exceeded.")
            event = parse(request.body)
        except Refused as refused:
            self._refuse(connection, refused)
            return False
        except TOO_SLOW:
            self._refuse(connection, Refused(408, "the request did not come in time"))
            return False
        self._slot.run(request.id)
        began = self._now()
        body, error = self._call(event, request)
        milliseconds = (self._now() - began) * 1000
        self._flush()
        answer = response(200, body, request.id, error, milliseconds, request.keep)
        self._slot.state = Slot.ANSWERING
        connection.sendall(answer)
        return request.keep

    def _refuse(self, connection: socket.socket, refused: Refused) -> None:
        """Says why, and gives the client time to read it: a connection closed on unread data loses its answer."""
        body = json.dumps({"errorMessage": refused.text}).encode("ascii")
        connection.sendall(response(refused.status, body, None, False, None, False))
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(LINGERING)
        end = self._now() + READING
        while connection.recv(1 << 16) and self._now() < end:
            pass

    def _call(self, event: Any, request: Request) -> tuple[bytes, bool]:
        """What the handler returns, or its error, as JSON."""
        if self.verdict is not None:
            return verdict_body(self.verdict, request.id), True
        if self._failure is not None or self._handler is None:
            kind, message, trace = self._failure or ("Runtime.HandlerNotFound", "", None)
            self._report(kind, message, trace)
            return error_body(kind, message, request.id, trace), True
        self._request = request.id
        if request.trace is None:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        else:
            os.environ["_X_AMZN_TRACE_ID"] = request.trace
        deadline = self._wall() + float(self._specification.get("timeout", 3))
        try:
            result = self._handler(event, LambdaContext(self._specification, request.id, deadline))
            body = marshal(result)
        except Fault as fault:
            self._report(fault.kind, fault.message, fault.trace)
            return error_body(fault.kind, fault.message, request.id, fault.trace), True
        except Exception as problem:
            kind, message, trace = type(problem).__name__, _text(problem), frames(problem)
            self._report(kind, message, trace)
            return error_body(kind, message, request.id, trace), True
        except BaseException as end:
            self._exit(end)
        finally:
            self._request = None
        if len(body) > LARGEST_RESPONSE:
            message = f"Response payload size ({len(body)} bytes) exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes)."
            return json.dumps({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}).encode("ascii"), True
        return body, False

    def _flush(self) -> None:
        for stream in self._streams:
            with contextlib.suppress(Exception):  # the handler may have closed it
                stream.flush()

    def _exit(self, end: BaseException) -> NoReturn:
        """Ends the process as Python would, for sys.exit and the like; the host answers."""
        status: Any = 1
        with contextlib.suppress(Exception):
            if not isinstance(end, SystemExit):
                traceback.print_exception(type(end), end, end.__traceback__)
            elif end.code is None or isinstance(end.code, int):
                status = end.code or 0
            else:
                sys.stderr.write(f"{end.code}\n")
        self._flush()
        os._exit(status & 255)

    def _report(self, kind: str, message: str, trace: list[str] | None) -> None:
        """Prints an error as Lambda's runtime does."""
        text = f"[ERROR] {kind}: {message}\n" if message else f"[ERROR] {kind}\n"
        if trace is not None:
            text += "Traceback (most recent call last):\n" + "".join(trace)
        with contextlib.suppress(Exception):
            sys.stderr.write(text if text.endswith("\n") else text + "\n")

    def _set_up_logging(self) -> None:
        """Gives the root logger a handler with Lambda's format."""
        runtime = self

        class LambdaLoggerHandler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                record.aws_request_id = runtime._request or ""
                try:
                    sys.stdout.write(self.format(record))
                except Exception:
                    self.handleError(record)

        logging.Formatter.converter = time.gmtime
        handler = LambdaLoggerHandler()
        form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
        logging.getLogger().addHandler(handler)


def environment(specification: dict[str, Any]) -> dict[str, str]:
    """The environment of a function: the host's own where it must be, Lambda's, then the function's.

    As on Lambda there is no ~/.aws: a handler never finds a profile by which it would reach a real account.
    """
    group = f"/aws/lambda/{specification['physical']}"
    runtime = specification.get("runtime") or f"python{sys.version_info[0]}.{sys.version_info[1]}"
    made = {name: HOST_ENVIRONMENT[name] for name in INHERITED if name in HOST_ENVIRONMENT}
    made.update(
        {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_LAMBDA_FUNCTION_NAME": specification["physical"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(specification.get("memory", 128)),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": time.strftime("%Y/%m/%d/[$LATEST]", time.gmtime()) + uuid.uuid4().hex,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
            "LAMBDA_TASK_ROOT": specification["code"],
            "_HANDLER": specification["handler"],
            "TZ": ":UTC",
        }
    )
    made.update(specification.get("environment") or {})
    return made


HOST_ENVIRONMENT = dict(os.environ)


def load(handler: str) -> Callable[[Any, Any], Any]:
    """The function that a handler names; raises Fault with Lambda's words, or what the module raises."""
    name, dot, function = handler.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)")
    if name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {name} as a handler module")
    try:
        module = importlib.import_module(name.replace("/", "."))
    except ImportError as problem:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{name}': {problem}", []) from problem
    except SyntaxError as problem:
        trace = [f'  File "{problem.filename}" Line {problem.lineno}\n    {problem.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {problem}", trace) from problem
    found = getattr(module, function, None)
    if found is None:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{name}'")
    callable_: Callable[[Any, Any], Any] = found
    return callable_


def frames(problem: BaseException) -> list[str]:
    """The stack of an error from the user's code on, a text each."""
    stack = traceback.extract_tb(problem.__traceback__)
    while stack and (stack[0].filename in (__file__, importlib.__file__) or stack[0].filename.startswith("<frozen importlib")):
        del stack[0]
    return traceback.format_list([(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in stack])


def _text(problem: BaseException) -> str:
    """What an error says; one whose own words fail says nothing."""
    try:
        return str(problem)
    except Exception:
        return ""


def parse(body: bytes) -> Any:
    """The event; raises Refused when it is no JSON. No body at all is an empty event, as on Lambda."""
    if not body:
        return {}
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Refused(400, f"Could not parse request body into json: {problem}") from None


def marshal(result: Any) -> bytes:
    """A result as JSON; raises Fault when it can't be. Bytes are passed on as they are."""
    if isinstance(result, bytes):
        return result
    try:
        return ENCODER.encode(result).encode("utf-8")
    except Exception as problem:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {_text(problem)}") from problem


def _plain(value: Any) -> Any:
    """What JSON has for a value that isn't JSON's; Lambda's encoder knows decimals and bytes."""
    if isinstance(value, decimal.Decimal):
        if value.is_nan():
            return math.nan
        return int(value) if value.is_finite() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8")
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


ENCODER = json.JSONEncoder(ensure_ascii=False, default=_plain)


class CognitoIdentity:
    """Who called through Cognito; here nobody does."""

    cognito_identity_id = None
    cognito_identity_pool_id = None

    def __repr__(self) -> str:
        return "CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None])"


class LambdaContext:
    """The context of a call (Lambda developer guide, Using the Lambda context object to retrieve Python function information)."""

    def __init__(self, specification: dict[str, Any], request: str, deadline: float) -> None:
        self.aws_request_id = request
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = specification.get("arn")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = CognitoIdentity()
        self.client_context = None
        self.tenant_id = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """How many milliseconds are left."""
        return max(0, int((self._deadline - time.time()) * 1000))

    def log(self, message: Any) -> None:
        """Prints without adding a line's end, as Lambda does."""
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        shown = ",".join(f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"LambdaContext([{shown}])"


def main() -> NoReturn:
    """Runs the host. The two ends of the protocol leave 0 and 1 free, so that nothing imported can write into it."""
    given = [argument[len("--events=") :] for argument in sys.argv[1:] if argument.startswith("--events=")]
    commands, events = os.dup(0), int(given[0]) if given else os.dup(1)
    os.set_inheritable(events, False)
    del sys.argv[1:]
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]
    os.environ.update({"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if 0 < hard < 65536 else 65536, hard))
    gc.disable()  # a collection would touch, and so copy, what workers share
    gc.freeze()
    Host(commands, events).run()


if __name__ == "__main__":
    main()
