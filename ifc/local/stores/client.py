"""The gateway's end of the stores."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ifc.local.children import Failed
from ifc.local.stores.frames import LENGTHS, frame
from ifc.records import record

PATIENCE = 10  # seconds for the process to listen, or to end
SOCKET, LOG = "stores.sock", "stores.log"
# glibc gives the memory of large objects back at once, instead of keeping what was once used (manual, Malloc Tunable Parameters).
MEMORY = {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144", "MALLOC_ARENA_MAX": "1"}
BUFFER = 1 << 20  # bytes of replies to read ahead
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")
Change = dict[str, Any]


class StoresError(Exception):
    """The stores refused a request, or are gone: the reason in one sentence."""


@record
class Reply:
    """An answer of AWS, and what the request changed: into the log with it, in the order in which replies come, before the answer goes out.

    The answer to HEAD has the Content-Length of what GET would bring."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    changes: Sequence[Change]


@record
class Created:
    """What a description did. `added`: declared names that were not there before, by kind (tables, buckets, secrets, configs), whose
    changes the log may have: all of them at the start, later those that came, or came back. `cleared`: tables that lost their items with
    their key. `dropped`: what is gone, by kind. `changes`, for the log: CLEAR of the cleared tables; secrets and configs that the description
    gave another value."""

    added: Mapping[str, Sequence[str]]
    cleared: Sequence[str]
    dropped: Mapping[str, Sequence[str]]
    changes: Sequence[Change]


@record
class Restored:
    """What came back: how many changes; what was left out, as (kind, declared name, "gone" or "key") with how many changes, when the
    description has no such thing any more or a table has another key; objects whose file is not there, as (bucket, key); and changes for
    the log, of secrets and configs for which the description has another value than it had."""

    count: int
    skipped: Mapping[tuple[str, str, str], int]
    lost: Sequence[tuple[str, str]]
    changes: Sequence[Change]


class Stores:
    """The process that holds tables, buckets, secrets and configs. Requests are served one after the other, in the order of the calls."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        run: Path,
        unclaimed: Callable[[Sequence[Change]], None],
    ) -> None:
        self.process, self.unclaimed = process, unclaimed
        self.died: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._reader, self._writer, self._run = reader, writer, run
        self._waiting: deque[asyncio.Future[tuple[dict[str, Any], bytes]]] = deque()
        self._stopping = False
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._watch())]

    @classmethod
    async def start(cls, run: Path, objects: Path, unclaimed: Callable[[Sequence[Change]], None], python: str = sys.executable) -> Stores:
        """Starts the process: its socket and its log are in the run's folder, the bytes of objects below `objects`. `unclaimed` is given the
        changes of a request whose caller was cancelled: they were made all the same. Raises Failed."""
        socket, log = run / SOCKET, run / LOG
        socket.unlink(missing_ok=True)
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        # The same modules as here, wherever the process is started; and nothing of the user's accounts.
        environment |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, **MEMORY}
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                python,
                *("-m", "ifc.local.stores", str(socket), str(objects)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the gateway
            )
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        except TimeoutError:
            line = b""
        if line != b"ready\n":
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise Failed("the stores can't be started", f"the end of {log} says why:\n{_end(log)}")
        reader, writer = await asyncio.open_unix_connection(str(socket), limit=BUFFER)
        return cls(process, reader, writer, run, unclaimed)

    async def request(self, method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes) -> Reply:
        """The answer to a request to AWS as an SDK sent it: the path with its query as it came, the body as it came."""
        head, content = await self._ask({"op": "http", "method": method, "path": path, "headers": list(headers)}, body)
        return _reply(head, content)

    async def create(self, description: Mapping[str, Any]) -> Created:
        """Makes tables, buckets, secrets and configs as described; what is as it was keeps its content. Raises StoresError when the region
        is another one: the process has to be started again then."""
        wanted = {k: description.get(k, {}) for k in ("tables", "buckets", "secrets", "configs")}
        head, _ = await self._ask(
            {"op": "create", "description": {**wanted, "region": description["region"], "account": description["account"]}}
        )
        return Created(head["added"], head["cleared"], head["dropped"], head["changes"])

    async def restore(self, batches: AsyncIterable[Sequence[Change]]) -> Restored:
        """Applies the log's changes of what `create` added, in order; then removes files of objects that nothing has any more.

        Of a table, only the last change of each key since its last CLEAR is needed, of a secret and a config only the last one; of a
        bucket, all of them."""
        count, skipped = 0, dict[tuple[str, str, str], int]()
        async for batch in batches:
            head, _ = await self._ask({"op": "restore", "changes": list(batch)})
            count += head["restored"]
            for kind, name, why in head["skipped"]:
                skipped[kind, name, why] = skipped.get((kind, name, why), 0) + 1
        head, _ = await self._ask({"op": "restored"})
        return Restored(count, skipped, [(lost["bucket"], lost["key"]) for lost in head["lost"]], head["changes"])

    async def expire(self, now: float) -> Sequence[Change]:
        """Takes out the items whose time has come, at a time in seconds since the epoch; what that changed."""
        head, _ = await self._ask({"op": "expire", "now": now})
        return list(head["changes"])

    async def scan(self, kind: str, name: str, start: int = 0, limit: int = 50, prefix: str = "") -> Mapping[str, Any]:
        """A part of what is in a table (`items`, `count`) or in a bucket (`objects`, `count`), by its declared name."""
        head, _ = await self._ask({"op": "scan", "kind": kind, "name": name, "start": start, "limit": limit, "prefix": prefix})
        return head

    async def put_item(self, table: str, item: Mapping[str, Any]) -> Reply:
        """Puts an item, in DynamoDB's JSON (`items.typed` makes it of plain values), as PutItem does."""
        return _reply(*await self._ask({"op": "put", "kind": "table", "name": table, "value": item}))

    async def put_object(self, bucket: str, key: str, content: bytes, headers: Iterable[tuple[str, str]] = ()) -> Reply:
        """Puts an object, as PutObject does."""
        return _reply(*await self._ask({"op": "put", "kind": "bucket", "name": bucket, "key": key, "headers": list(headers)}, content))

    async def put_value(self, kind: str, name: str, value: str) -> Reply:
        """Gives a secret or a config (the kind) a value, as PutSecretValue and PutParameter do."""
        return _reply(*await self._ask({"op": "put", "kind": kind, "name": name, "value": value}))

    async def stop(self) -> None:
        """Ends the process."""
        self._stopping = True
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), PATIENCE)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        self._writer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._fail()
        (self._run / SOCKET).unlink(missing_ok=True)

    async def _ask(self, head: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Sends a frame and waits for its reply."""
        if self._stopping or self.died.done() or self._writer.is_closing():
            raise StoresError("the stores are not running")
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._writer.write(frame(head, body))  # at once: calls are served in their order
        reply, content = await waiting
        if "error" in reply:
            raise StoresError(reply["error"])
        return reply, content

    async def _receive(self) -> None:
        """Hands replies to those who wait for them, in order."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head, body = LENGTHS.unpack(await self._reader.readexactly(LENGTHS.size))
                text = await self._reader.readexactly(head)
                content = await self._reader.readexactly(body) if body else b""
                waiting, reply = self._waiting.popleft(), json.loads(text)
                if not waiting.done():
                    waiting.set_result((reply, content))
                elif reply.get("changes"):
                    self.unclaimed(reply["changes"])
        self._writer.close()
        self._fail()

    async def _watch(self) -> None:
        """Notices that the process ends by itself."""
        status = await self.process.wait()
        self._fail()
        if not self._stopping:
            self.died.set_result(status)

    def _fail(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(StoresError("the stores ended before they answered"))

    def why(self) -> str:
        """The end of the process's log."""
        return _end(self._run / LOG)


def _reply(head: Mapping[str, Any], body: bytes) -> Reply:
    return Reply(head["status"], [(name, value) for name, value in head["headers"]], body, head["changes"])


def _end(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
