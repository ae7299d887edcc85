"""A host's process, and the conversation with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ifc.local.children import Failed

HOSTS = Path(__file__).parent / "hosts"
STARTING = 30.0  # seconds for a host to have its sockets
FLUSHING = 1.0  # seconds for a host to tell what was printed
KILLING = 3.0  # seconds for a host to end once it was told to end at once

PYTHON, NODE = "python", "node"
NAMES = {PYTHON: "Python", NODE: "Node.js"}

Description: TypeAlias = Mapping[str, Any]  # a function as config/ifc.json has it, with `environment` complete, and `version`
Key: TypeAlias = tuple[str, str]  # a language, and for Node.js the code folder

_FILES = {PYTHON: "python_host", NODE: "node_host/main.mjs"}
_ADVICE = {
    PYTHON: "name a Python 3.8 or later that can be run",
    NODE: "install Node.js 18 or later, so that `node` starts it",
}


class Host(asyncio.SubprocessProtocol):
    """A host. `heard` is told its events; `ended`, that it has ended by itself while it ran functions, and why."""

    def __init__(self, key: Key, program: str, heard: Callable[[Mapping[str, Any]], None], ended: Callable[[Host, str], None]) -> None:
        self.key, self.since = key, time.monotonic()
        self.functions: dict[str, Description] = {}
        self._program, self._heard, self._ended = program, heard, ended
        self._ready: deque[asyncio.Future[None]] = deque()
        self._flush: asyncio.Future[None] | None = None  # that it was told of
        self._next_flush: asyncio.Future[None] | None = None  # for those who have asked since
        self._said: deque[str] = deque(maxlen=20)  # what it wrote outside of the protocol
        self._exited = asyncio.get_running_loop().create_future()
        self._outside, self._events = _Lines(self._hear_outside), _Lines(self._hear)
        self._stopping = False

    async def start(self, function: str) -> None:
        """Starts the process; `function` is one that needs it. Raises Failed."""
        loop = asyncio.get_running_loop()
        (obeying, commanding), (hearing, telling) = os.pipe(), os.pipe()
        theirs = (obeying, telling)
        try:
            self._transport, _ = await loop.subprocess_exec(
                lambda: self,
                self._program,
                str(HOSTS / _FILES[self._language]),
                f"--commands={obeying}",
                f"--events={telling}",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, "TZ": ":UTC"},
                pass_fds=theirs,
                start_new_session=True,  # Ctrl-C is for main
            )
        except OSError as problem:
            for end in (commanding, hearing):
                os.close(end)
            raise self._missing(function, problem) from problem
        finally:
            for end in theirs:
                os.close(end)
        self._commands, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(commanding, "wb", 0))
        await loop.connect_read_pipe(lambda: self._events, os.fdopen(hearing, "rb", 0))
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

    async def flushed(self) -> None:
        """Returns when it has told all that was printed up to now; or when it ends, or takes too long."""
        if self._next_flush is None:
            self._next_flush = asyncio.get_running_loop().create_future()
        wanted = self._next_flush
        if self._flush is None:
            self._begin_flush()
        await asyncio.wait({wanted, self._exited}, timeout=FLUSHING, return_when=asyncio.FIRST_COMPLETED)

    def _begin_flush(self) -> None:
        """Asks once for all who wait: a host in which much is going on is not asked for each call."""
        self._flush, self._next_flush = self._next_flush, None
        if self._flush is not None:
            self._say({"op": "flush"})

    @property
    def _language(self) -> str:
        return self.key[0]

    @property
    def pid(self) -> int:
        """Its process."""
        return int(self._transport.get_pid())

    @property
    def has_ended(self) -> bool:
        """Whether its process has."""
        return self._exited.done()

    async def end(self, within: float) -> str:
        """How its process ended, in Lambda's words; "" when it does not within so many seconds."""
        await asyncio.wait({self._exited}, timeout=within)
        return ending(self._transport.get_returncode() or 0) if self._exited.done() else ""

    def finish(self) -> None:
        """Tells it to end when its calls have."""
        self._stopping = True
        self._say({"op": "end"})

    async def stop(self, within: float) -> None:
        """Ends it: after its calls if they end in time, else at once."""
        self.finish()
        for patience, end in ((within, self._commands.close), (KILLING, self._kill), (KILLING, self._kill)):
            await asyncio.wait({self._exited}, timeout=patience)
            if self._exited.done():
                break
            end()
        self._commands.close()
        self._transport.close()
        await asyncio.wait({self._watching}, timeout=KILLING)

    def _say(self, command: Mapping[str, Any]) -> None:
        if not self._commands.is_closing():
            self._commands.write(json.dumps(command).encode("ascii") + b"\n")

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._transport.get_pid(), signal.SIGKILL)

    def _hear(self, line: bytes) -> None:
        """Takes an event."""
        event = json.loads(line)
        if event["event"] == "flushed":
            if self._flush is not None:
                self._flush.set_result(None)
            self._begin_flush()
            return
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
        self._commands.close()
        waiting = [ready for ready in self._ready if not ready.done()]
        if self.functions and not self._stopping:
            self._ended(self, ending(self._transport.get_returncode() or 0))
        # A program that a handler started may hold the pipes open.
        await asyncio.wait({self._outside.ended, self._events.ended}, timeout=1.0)
        status = self._transport.get_returncode() or 0
        why = next((text.strip() for text in reversed(self._said) if text.strip()), ending(status))
        # Node.js names the variable that it can't obey, which is the user's own.
        advice = "take out of NODE_OPTIONS what it does not take" if "NODE_OPTIONS" in why else _ADVICE[self._language]
        for ready in waiting:
            if not ready.done():
                ready.set_exception(Failed(f"`{self._program}` can't run functions: {why}", advice))

    def _missing(self, function: str, problem: OSError) -> Failed:
        """The error for a program that can't be started."""
        why = f"there is no `{self._program}`"
        if not isinstance(problem, FileNotFoundError):
            why = f"`{self._program}` can't be started: {problem.strerror}"
        return Failed(f"`{function}` needs {NAMES[self._language]}, and {why}", _ADVICE[self._language])


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


def ending(status: int) -> str:
    """How a process ended, as Lambda says it."""
    if status < 0:
        return f"signal: {(signal.strsignal(-status) or str(-status)).lower()}"
    return f"exit status {status}"
