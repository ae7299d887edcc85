"""The functions' processes: a host for all Python functions, one for each code folder of Node.js functions, and calls to them.

A host listens on a socket for each function, which nginx calls as well as `Pool.call`. What a host promises is in its own
file: a call is answered whatever becomes of the process that runs it; only where that dies while it writes, or with the host,
is there no answer, which `call` reports as Lambda does, as `Runtime.ExitError`. A host that ends by itself is started again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ifc.local.broker import Answer
from ifc.local.children import Failed
from ifc.local.host import NAMES, NODE, PYTHON, Description, Host, Key
from ifc.local.links import Link

CONCURRENCY = 10  # calls of one function at a time, as long as `reserved` isn't less
PATIENCE = 15.0  # seconds that a call waits for a host that is started again
CALM = 30.0  # seconds after which a host's end has nothing to do with the one before
LONGEST_PAUSE = 4.0  # seconds before a host is started that ends again and again
TRIES = 3  # how often a host is started that does not start
EXIT = 0.3  # seconds within which the end of a host is known when its connections have ended

OnLog: TypeAlias = Callable[[str, str, str, str | None], None]
OnExit: TypeAlias = Callable[[str, int], None]
OnEnd: TypeAlias = Callable[[str], None]


class Pool:
    """Runs functions and calls them.

    `on_log` hears each line that a handler prints: the function's name ("" where a program that it started wrote past it,
    and the host has several), `stdout` or `stderr`, the line, and the id of the call or None. `on_exit` hears of processes
    that ended when they should not, with their status; `on_end` of hosts that did, in a sentence. `died` is done when a host
    that has ended can't be started again: nothing runs then.
    """

    def __init__(
        self, run: Path, root: Path, python: str, node: str, on_log: OnLog | None, on_exit: OnExit | None, on_end: OnEnd | None
    ) -> None:
        self.died: asyncio.Future[Failed] = asyncio.get_running_loop().create_future()
        self._sockets, self._root = run / "f", root
        self._programs = {PYTHON: python, NODE: node}
        self._on_log, self._on_exit, self._on_end = on_log, on_exit, on_end
        self._hosts: dict[Key, Host] = {}
        self._finishing: list[Host] = []  # with calls that began before their functions went
        self._links: dict[str, list[Link]] = {}
        self._wanted: set[str] = set()
        self._applying = asyncio.Lock()
        self._deaths: dict[Key, int] = {}  # how often in a row a host has ended soon after it began
        self._reviving: set[asyncio.Task[None]] = set()

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
        on_end: OnEnd | None = None,
    ) -> Pool:
        """A pool without functions, whose sockets are in `run/f`; code folders that aren't absolute are below `root`."""
        pool = cls(run, root, python, node, on_log, on_exit, on_end)
        pool._sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        return pool

    def socket(self, function: str) -> Path:
        """Where a function listens."""
        return self._sockets / f"{function}.sock"

    # --- what runs ---

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
                await self._want(key, specifications)
            self._wanted = {name for specifications in wanted.values() for name in specifications}
            self._forget_links()
            for key, host in list(self._hosts.items()):
                await self._keep(key, host, wanted.get(key, {}))
            self._finishing = [host for host in self._finishing if not host.has_ended]

    async def _want(self, key: Key, specifications: dict[str, Description]) -> None:
        """Lets a host run functions beside those that it has; one that ends meanwhile, by what they do, is replaced."""
        host = self._hosts.get(key)
        if host is not None and not host.has_ended:
            try:
                # A function that moves to another host listens there before it is gone here.
                await host.want({**host.functions, **specifications})
            except Failed:
                if not host.has_ended:
                    raise
            else:
                return
        await self._begin(key, {**(host.functions if host is not None else {}), **specifications})

    async def _keep(self, key: Key, host: Host, specifications: dict[str, Description]) -> None:
        """Takes from a host the functions that are not wanted there any more, and with the last of them the host."""
        if not host.has_ended and host.functions.keys() != specifications.keys():
            try:
                await host.want(specifications)
            except Failed:
                if not host.has_ended:
                    raise
        host.functions = dict(specifications)
        if not specifications:
            self._finishing.append(self._hosts.pop(key))
            host.finish()

    async def _begin(self, key: Key, functions: dict[str, Description]) -> None:
        """Starts a host, in the place of one that may have been there."""
        host = Host(key, self._programs[key[0]], self._heard, self._ended)
        await host.start(next(iter(functions)))
        self._hosts[key] = host
        await host.want(functions)

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

    def _heard(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "log" and self._on_log is not None:
            self._on_log(event["function"], event["stream"], event["text"], event["request"])
        elif event["event"] == "exit" and self._on_exit is not None:
            self._on_exit(event["function"], event["status"])

    # --- hosts that end by themselves ---

    def _ended(self, host: Host, why: str) -> None:
        """Lets a host that has ended be started again: at once, and later and later when it ends soon after it began."""
        soon = time.monotonic() - host.since < CALM
        self._deaths[host.key] = deaths = self._deaths.get(host.key, 0) + 1 if soon else 1
        pause = min(LONGEST_PAUSE, 2.0 ** (deaths - 3)) if deaths > 1 else 0.0
        if self._on_end is not None:
            then = f"it is started again in {pause:g} s" if pause else "it is started again"
            self._on_end(f"the process that runs {NAMES[host.key[0]]} functions has ended ({why}); {then}")
        task = asyncio.ensure_future(self._revive(host, pause))
        self._reviving.add(task)
        task.add_done_callback(self._reviving.discard)

    async def _revive(self, host: Host, pause: float) -> None:
        """Starts another host for the functions of one that has ended."""
        for tried in range(1, TRIES + 1):
            await asyncio.sleep(pause)
            async with self._applying:
                present = self._hosts.get(host.key)
                if present is None or not present.has_ended:
                    return  # nothing is wanted of it any more, or what is wanted since then has another one
                self._forget_links()
                try:
                    await self._begin(host.key, dict(host.functions))
                except Failed as failed:
                    if (tried == TRIES or not self._hosts[host.key].has_ended) and not self.died.done():
                        self.died.set_result(failed)
                else:
                    return
            pause = LONGEST_PAUSE / 4

    # --- calls ---

    async def call(self, function: str, payload: bytes, request_id: str = "", trace: str = "", client: str = "") -> Answer:
        """Calls a function with an event in JSON and returns what it answers; raises Failed where it isn't running. `client` is the
        client's context, JSON in base 64."""
        head = f"POST / HTTP/1.1\r\nhost: {function}\r\ncontent-length: {len(payload)}\r\n"
        for name, value in (("x-ifc-request-id", request_id), ("x-ifc-trace", trace), ("x-ifc-client", client)):
            if value:
                head += f"{name}: {' '.join(value.split())}\r\n"
        while True:
            host = self._host(function)
            answer, unread = await self._ask(function, f"{head}\r\n".encode("latin-1", "replace") + payload)
            if answer is not None:
                return answer
            why = await host.end(EXIT) if host is not None else ""
            if not (why and unread):
                return self._lost(function, why, request_id)

    async def _ask(self, function: str, request: bytes) -> tuple[Answer | None, bool]:
        """The answer to a request, None where the connection ends without one; and whether it did so before all of it was read."""
        links = self._links.setdefault(function, [])
        while links and not links[-1].usable:
            links.pop()
        link = links.pop() if links else await self._connect(function)
        try:
            answer = await link.ask(request)
        except BaseException:
            link.close()
            raise
        if link.usable and self._links.get(function) is links:
            links.append(link)
        else:
            link.close()
        return answer, link.unread

    async def flushed(self, function: str) -> None:
        """Returns when `on_log` has heard all that calls of a function have printed which are answered."""
        host = self._host(function)
        if host is not None:
            await host.flushed()

    def _host(self, function: str) -> Host | None:
        """The host that runs a function."""
        return next((host for host in self._hosts.values() if function in host.functions), None)

    def _lost(self, function: str, why: str, request_id: str) -> Answer:
        """The answer for a call whose connection was closed without one: its process has ended, perhaps with the host."""
        text = f"Runtime exited with error: {why}" if why else "Runtime exited without providing a reason"
        if self._on_log is not None:
            self._on_log(function, "stderr", f"{text} (Runtime.ExitError)", request_id or None)
        text = f"RequestId: {request_id} Error: {text}" if request_id else text
        return Answer(json.dumps({"errorType": "Runtime.ExitError", "errorMessage": text}).encode("ascii"), "Unhandled")

    def _forget_links(self) -> None:
        """Hangs up where no call is going on: a function may be another host's now."""
        forgotten, self._links = self._links, {}
        for link in [link for links in forgotten.values() for link in links]:
            link.close()

    async def _connect(self, function: str) -> Link:
        """A connection to a function; one whose host is being started again is waited for."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                _, link = await asyncio.get_running_loop().create_unix_connection(Link, str(self.socket(function)))
            except OSError as problem:
                if self.died.done():
                    raise self.died.result() from problem
                if function not in self._wanted or time.monotonic() > until:
                    raise Failed(f"`{function}` is not running") from problem
            else:
                return link
            await asyncio.sleep(0.02)

    # --- the end ---

    async def stop(self, within: float = 5.0) -> None:
        """Ends all hosts: lets calls finish for so many seconds, then kills what is left."""
        async with self._applying:
            hosts = [*self._hosts.values(), *self._finishing]
            self._hosts, self._finishing = {}, []
            for task in self._reviving:
                task.cancel()  # each waits for its turn
        self._forget_links()
        await asyncio.gather(*(host.stop(within) for host in hosts))
