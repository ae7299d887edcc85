"""What nginx and the functions in it tell, by named pipes, and the order in which it is told: what a call prints comes before its line.

Whoever writes into a full pipe waits for its reader, so nothing is lost however much happens at once: of datagrams, Linux keeps ten.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

AT_ONCE = 1 << 16  # bytes
ROOM = 1 << 20  # bytes that a pipe holds, where that can be said: some thousand requests
MOST = 64  # of those in one go: who prints without end must not hold up the rest


class Pipe:
    """A named pipe, of which `heard` gets each line."""

    def __init__(self, path: Path, heard: Callable[[bytes], None]) -> None:
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        # For writing too: so there is a reader from the beginning, and no end when a writer goes.
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux has it
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, ROOM)
        self._heard, self._rest = heard, b""
        asyncio.get_running_loop().add_reader(self._pipe, self.read)

    def read(self) -> None:
        """Hears what was said up to now."""
        for _ in range(MOST):
            try:
                *lines, self._rest = (self._rest + os.read(self._pipe, AT_ONCE)).split(b"\n")
            except BlockingIOError:
                return
            for line in lines:
                self._heard(line)

    def close(self) -> None:
        """Hears what is left, and no more."""
        self.read()
        asyncio.get_running_loop().remove_reader(self._pipe)
        os.close(self._pipe)


class Requests(Pipe):
    """The pipe in which nginx tells of each request that it has answered (nginx.py, ACCESS)."""

    def __init__(self, path: Path, heard: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(path, partial(_parsed, heard))


class Told(Pipe):
    """The pipe in which functions in Lua tell what they print and call (ifc_tell.lua)."""

    def __init__(self, path: Path, heard: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(path, self._take)
        self._told = heard
        self._pieces: dict[bytes, bytes] = {}  # of what is not complete, by the processes that write it

    def _take(self, line: bytes) -> None:
        """Takes a piece: the number of the process, `+` when another follows, else `=`, and the text."""
        writer = line[: len(line) - len(line.lstrip(b"0123456789"))]
        text = self._pieces.pop(writer, b"") + line[len(writer) + 1 :]
        if line[len(writer) : len(writer) + 1] == b"+":
            self._pieces[writer] = text
            return
        _parsed(self._told, text)


def _parsed(heard: Callable[[dict[str, Any]], None], text: bytes) -> None:
    """Passes on the object that a text holds; one that is none, of a process that was killed while it wrote, is passed over."""
    try:
        found = json.loads(text)
    except ValueError:
        return
    if isinstance(found, dict):
        heard(found)


class Order:
    """Tells what has happened, each thing when all is told that functions have printed before it.

    `flushed` returns when what a function has printed up to then is told; `spawn` lets something run beside.
    """

    def __init__(self, flushed: Callable[[str], Awaitable[None]], spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._flushed, self._spawn = flushed, spawn
        self._waiting: deque[tuple[str, Callable[[], None]]] = deque()
        self._done: asyncio.Future[None] | None = None  # while something waits

    def add(self, function: str, tell: Callable[[], None]) -> None:
        """Tells something of a function; with "" for its name only in the order in which it was said."""
        if self._done is None and not function:
            tell()
            return
        self._waiting.append((function, tell))
        if self._done is None:
            self._done = asyncio.get_running_loop().create_future()
            self._spawn(self._work())

    async def _work(self) -> None:
        while self._waiting:
            present = len(self._waiting)
            functions = dict.fromkeys(function for function, _ in self._waiting if function)
            await asyncio.gather(*map(self._flushed, functions))
            for _ in range(present):
                self._waiting.popleft()[1]()
        done, self._done = self._done, None
        if done is not None:
            done.set_result(None)

    async def settled(self) -> None:
        """Returns when all that was added up to now is told."""
        if self._done is not None:
            await asyncio.shield(self._done)
