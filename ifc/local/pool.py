"""The functions' processes: a host for all Python functions, one for each code folder of Node.js functions, and calls to them.

A host listens on a socket for each function, which nginx calls as well as `Pool.call`. What a host promises is in its own
file: a call is answered whatever becomes of the process that runs it; only where that dies while it writes is there no
answer, which `call` reports as Lambda does, as `Runtime.ExitError`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ifc.local.broker import Answer
from ifc.local.children import Failed

HOSTS = Path(__file__).parent / "hosts"
CONCURRENCY = 10  # calls of one function at a time, as long as `reserved` isn't less
STARTING = 30.0  # seconds for a host to have its sockets
KILLING = 3.0  # seconds for a host to end once it was told to end at once

PYTHON, NODE = "python", "node"

Description: TypeAlias = Mapping[str, Any]  # a function as config/ifc.json has it, with `environment` complete, and `version`
OnLog: TypeAlias = Callable[[str, str, str, str | None], None]
OnExit: TypeAlias = Callable[[str, int], None]
Key: TypeAlias = tuple[str, str]  # a language, and for Node.js the code folder


class Pool:
    """Runs functions and calls them.

    `on_log` hears each line that a handler prints: the function's name ("" where a program that it started wrote past it,
    and the host has several), `stdout` or `stderr`, the line, and the id of the call or None. `on_exit` hears of processes
    that ended when they should not, with their status. `died` is done when a host has ended by itself: nothing runs then.
    """

    def __init__(self, run: Path, root: Path, python: str, node: str, on_log: OnLog | None, on_exit: OnExit | None) -> None:
        self.died: asyncio.Future[Failed] = asyncio.get_running_loop().create_future()
        self._sockets, self._root = run / "f", root
        self._programs = {PYTHON: python, NODE: node}
        self._on_log, self._on_exit = on_log, on_exit
        self._hosts: dict[Key, _Host] = {}
        self._finishing: list[_Host] = []  # with calls that began before their functions went
        self._links: dict[str, list[_Link]] = {}
        self._applying = asyncio.Lock()

    @classmethod
    async def start(
        cls,
        run: Path,
        root: Path,
        *,
        python: str = sys.executable,
        node: str = "node",
        on_log: OnLog | None = None,
        on_exit: OnExit | None = None,
    ) -> Pool:
        """A pool without functions, whose sockets are in `run/f`; code folders that aren't absolute are below `root`."""
        pool = cls(run, root, python, node, on_log, on_exit)
        pool._sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        return pool

    def socket(self, function: str) -> Path:
        """Where a function listens."""
        return self._sockets / f"{function}.sock"

    async def apply(self, functions: Mapping[str, Description]) -> None:
        """Makes the functions in Python and Node.js those given, and returns when all of them can be called.

        One that differs from before, also in its `version`, is replaced: calls that run finish in the old code, the next
        call runs the new, and none is lost. Raises Failed.
        """
        async with self._applying:
            wanted: dict[Key, dict[str, Description]] = {}
            for name, description in functions.items():
                if description["language"] in self._programs:
                    specification = self._specification(name, description)
                    folder = specification["code"] if description["language"] == NODE else ""
                    wanted.setdefault((description["language"], folder), {})[name] = specification
            for key, specifications in wanted.items():
                host = self._hosts.get(key)
                if host is None or host.has_ended:
                    host = await self._begin(key, next(iter(specifications)))
                # A function that moves to another host listens there before it is gone here.
                await host.want({**host.functions, **specifications})
            self._forget_links()
            for key, host in list(self._hosts.items()):
                specifications = wanted.get(key, {})
                if host.functions.keys() != specifications.keys():
                    await host.want(specifications)
                if not specifications:
                    self._finishing.append(self._hosts.pop(key))
                    host.finish()
            self._finishing = [host for host in self._finishing if not host.has_ended]

    async def call(self, function: str, payload: bytes, request_id: str | None = None, trace: str | None = None) -> Answer:
        """Calls a function with an event in JSON and returns what it answers; raises Failed where it isn't running."""
        head = f"POST / HTTP/1.1\r\nhost: {function}\r\ncontent-length: {len(payload)}\r\n"
        for name, value in (("x-ifc-request-id", request_id), ("x-ifc-trace", trace)):
            if value is not None:
                head += f"{name}: {' '.join(value.split())}\r\n"
        links = self._links.setdefault(function, [])
        while links and not links[-1].usable:
            links.pop()
        link = links.pop() if links else await self._connect(function)
        try:
            answer = await link.ask(f"{head}\r\n".encode("latin-1", "replace") + payload)
        except BaseException:
            link.close()
            raise
        if link.usable and self._links.get(function) is links:
            links.append(link)
        else:
            link.close()
        return answer

    async def stop(self, within: float = 5.0) -> None:
        """Ends all hosts: lets calls finish for so many seconds, then kills what is left."""
        async with self._applying:
            hosts = [*self._hosts.values(), *self._finishing]
            self._hosts, self._finishing = {}, []
        self._forget_links()
        await asyncio.gather(*(host.stop(within) for host in hosts))

    def _specification(self, name: str, description: Description) -> dict[str, Any]:
        """What a host is told of a function."""
        reserved = description.get("reserved")
        return {
            "name": name,
            "socket": str(self.socket(name)),
            "code": os.path.normpath(self._root / description["code"]),
            "handler": description["handler"],
            "environment": dict(description.get("environment") or {}),
            "timeout": description["timeout"],
            "memory": description["memory"],
            "concurrency": CONCURRENCY if reserved is None else min(CONCURRENCY, reserved),
            "physical": description["name"],
            "arn": description["arn"],
            "runtime": description.get("runtime"),
            "version": description.get("version", ""),
        }

    async def _begin(self, key: Key, function: str) -> _Host:
        """Starts a host, which `function` needs."""
        host = _Host(key[0], self._programs[key[0]], self._heard, self._ended)
        await host.start(function)
        self._hosts[key] = host
        return host

    def _heard(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "log" and self._on_log is not None:
            self._on_log(event["function"], event["stream"], event["text"], event["request"])
        elif event["event"] == "exit" and self._on_exit is not None:
            self._on_exit(event["function"], event["status"])

    def _ended(self, failure: Failed) -> None:
        if not self.died.done():
            self.died.set_result(failure)

    def _forget_links(self) -> None:
        """Hangs up where no call is going on: a function may be another host's now."""
        forgotten, self._links = self._links, {}
        for link in [link for links in forgotten.values() for link in links]:
            link.close()

    async def _connect(self, function: str) -> _Link:
        try:
            _, link = await asyncio.get_running_loop().create_unix_connection(_Link, str(self.socket(function)))
        except OSError as problem:
            if self.died.done():
                raise self.died.result() from problem
            raise Failed(f"`{function}` is not running") from problem
        return link


class _Link(asyncio.Protocol):
    """A connection to a function, for one call after the other."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._data = bytearray()
        self._whole = 0  # bytes of the answer, once its head is there
        self._head = b""
        self.usable = False  # it is idle and may have a further call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes) -> Answer:
        """Sends a request and returns the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._data.clear()
        self._whole, self._head, self.usable = 0, b"", False
        if self._transport is None or self._transport.is_closing():
            return _dropped()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._whole:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = bytes(self._data[:end]).lower()
            self._whole = end + 4 + int(_header(self._head, b"content-length") or b"0")
        if len(self._data) >= self._whole and self._answer is not None and not self._answer.done():
            body = bytes(self._data[self._whole - int(_header(self._head, b"content-length") or b"0") : self._whole])
            error = "Unhandled" if _header(self._head, b"x-amz-function-error") else None
            self.usable = _header(self._head, b"connection") != b"close"
            self._answer.set_result(Answer(body, error, int(self._head[9:12])))

    def connection_lost(self, problem: Exception | None) -> None:
        self.usable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(_dropped())

    def close(self) -> None:
        """Hangs up."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()


def _header(head: bytes, name: bytes) -> bytes | None:
    """A header's value; `head` is in lower case."""
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    end = head.find(b"\r\n", start + 2)
    return head[start + len(name) + 3 : end if end >= 0 else len(head)].strip()


def _dropped() -> Answer:
    """The answer for a call whose connection was closed without one."""
    error = {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited without providing a reason"}
    return Answer(json.dumps(error).encode("ascii"), "Unhandled")


class _Lines(asyncio.Protocol):
    """Cuts what comes through a pipe into lines."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard, self._rest = heard, b""
        self.ended = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._heard(line)

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class _Host(asyncio.SubprocessProtocol):
    """A host's process, and the conversation with it."""

    def __init__(self, language: str, program: str, heard: Callable[[Mapping[str, Any]], None], ended: Callable[[Failed], None]) -> None:
        self.functions: dict[str, Description] = {}
        self._language, self._program, self._heard, self._ended = language, program, heard, ended
        self._ready: deque[asyncio.Future[None]] = deque()
        self._said: deque[str] = deque(maxlen=20)  # what it wrote outside of the protocol
        self._exited = asyncio.get_running_loop().create_future()
        self._outside, self._events = _Lines(self._hear_outside), _Lines(self._hear)
        self._stopping = False

    async def start(self, function: str) -> None:
        """Starts the process; `function` is one that needs it. Raises Failed."""
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        try:
            self._transport, _ = await loop.subprocess_exec(
                lambda: self,
                self._program,
                str(HOSTS / _FILES[self._language]),
                f"--events={writing}",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, "TZ": ":UTC"},
                pass_fds=(writing,),
                start_new_session=True,  # Ctrl-C is for main
            )
        except OSError as problem:
            os.close(reading)
            raise self._missing(function, problem) from problem
        finally:
            os.close(writing)
        await loop.connect_read_pipe(lambda: self._events, os.fdopen(reading, "rb", 0))
        self._watching = asyncio.ensure_future(self._watch())

    async def want(self, functions: dict[str, Description]) -> None:
        """Tells the host what to run, and waits until it does. Raises Failed."""
        ready = asyncio.get_running_loop().create_future()
        self._ready.append(ready)
        self._say({"op": "functions", "functions": list(functions.values())})
        try:
            await asyncio.wait_for(ready, STARTING)
        except TimeoutError:
            self._stopping = True
            self._kill()
            message = f"`{self._program}` did not begin to run functions within {STARTING:.0f} seconds"
            raise Failed(message, _ADVICE[self._language]) from None
        self.functions = dict(functions)

    @property
    def has_ended(self) -> bool:
        """Whether its process has."""
        return self._exited.done()

    def finish(self) -> None:
        """Tells it to end when its calls have."""
        self._stopping = True
        self._say({"op": "end"})

    async def stop(self, within: float) -> None:
        """Ends it: after its calls if they end in time, else at once."""
        self.finish()
        for patience, end in ((within, self._hang_up), (KILLING, self._kill), (KILLING, self._kill)):
            await asyncio.wait({self._exited}, timeout=patience)
            if self._exited.done():
                break
            end()
        self._transport.close()
        await asyncio.wait({self._watching}, timeout=KILLING)

    def _say(self, command: Mapping[str, Any]) -> None:
        stdin = self._transport.get_pipe_transport(0)
        if isinstance(stdin, asyncio.WriteTransport) and not stdin.is_closing():
            stdin.write(json.dumps(command).encode("ascii") + b"\n")

    def _hang_up(self) -> None:
        stdin = self._transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._transport.get_pid(), signal.SIGKILL)

    def _hear(self, line: bytes) -> None:
        """Takes an event."""
        event = json.loads(line)
        if event["event"] not in ("ready", "failed"):
            self._heard(event)
            return
        ready = self._ready.popleft()
        if ready.done():
            return  # nobody waits any more
        if event["event"] == "ready":
            ready.set_result(None)
        else:
            ready.set_exception(Failed(f"the functions can't be run: {event['text']}"))

    def _hear_outside(self, line: bytes) -> None:
        """Passes on what was written past the protocol: by a program that shares the host's outputs, or by the host in distress."""
        text = line.decode("utf-8", "replace").rstrip("\r")
        self._said.append(text)
        names = list(self.functions)
        self._heard({"event": "log", "function": names[0] if len(names) == 1 else "", "stream": "stdout", "text": text, "request": None})

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._outside.data_received(data)

    def pipe_connection_lost(self, fd: int, problem: Exception | None) -> None:
        if fd == 1:
            self._outside.connection_lost(problem)

    def process_exited(self) -> None:
        if not self._exited.done():
            self._exited.set_result(None)

    async def _watch(self) -> None:
        """Waits for its end, hears it out, and says so if nobody wanted it to end."""
        await self._exited
        # A program that a handler started may hold the pipes open.
        await asyncio.wait({self._outside.ended, self._events.ended}, timeout=1.0)
        why = next((text.strip() for text in reversed(self._said) if text.strip()), f"exit status {self._transport.get_returncode()}")
        waiting = [ready for ready in self._ready if not ready.done()]
        for ready in waiting:
            ready.set_exception(Failed(f"`{self._program}` can't run functions: {why}", _ADVICE[self._language]))
        if not waiting and not self._stopping:
            self._ended(Failed(f"the process that runs {_NAMES[self._language]} functions has ended: {why}", "start `ifc local` again"))

    def _missing(self, function: str, problem: OSError) -> Failed:
        """The error for a program that can't be started."""
        why = f"there is no `{self._program}`"
        if not isinstance(problem, FileNotFoundError):
            why = f"`{self._program}` can't be started: {problem.strerror}"
        return Failed(f"`{function}` needs {_NAMES[self._language]}, and {why}", _ADVICE[self._language])


_FILES = {PYTHON: "python_host", NODE: "node_host/main.mjs"}
_NAMES = {PYTHON: "Python", NODE: "Node.js"}
_ADVICE = {
    PYTHON: "name a Python 3.8 or later that can be run",
    NODE: "install Node.js 18 or later, so that `node` starts it",
}
