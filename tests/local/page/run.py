"""A run that is none: it answers what the page asks as `Acts` does, by the real `Control`, and does what a test tells it to."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections import Counter
from collections.abc import Coroutine
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from ifc.local.console import Console
from ifc.local.control import Control, Refused
from ifc.local.picture import svg
from ifc.local.stores.client import Reply
from ifc.local.stores.items import typed

SOURCES = ("queues", "topics", "buses", "streams", "tables", "buckets")


class FakeRun:
    """The answers of a run whose numbers a test sets; what it is told to do it notes in `done`."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        self.console = Console(io.StringIO(), colour=False)
        self.stopping = asyncio.Event()
        self.began = time.time()
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.calls: dict[str, dict[str, int]] = {}
        self.events: dict[str, int] = {}
        self.hidden: dict[str, int] = {}
        self.readers: dict[str, int] = {}
        self.held: dict[str, list[dict[str, Any]]] = {name: [] for name in description["queues"]}
        self.kept: dict[str, list[dict[str, Any]]] = {}
        self.stores = FakeStores(description)
        self.answer: dict[str, Any] = {"answer": None, "error": None}

    def letter(self, queue: str, body: str, **more: Any) -> None:
        """Puts a message into a queue."""
        offset = max((m["offset"] for m in self.held[queue]), default=0) + 1
        found = {
            "offset": offset,
            "id": f"id-{offset}",
            "body": body,
            "attributes": {},
            "group": None,
            "sender": "placeOrder",
            "source": None,
        }
        self.held[queue].append({**found, "sent": int(time.time() * 1000), "state": "visible", "receives": 5, **more})

    def row(self, source: str, key: str, value: str) -> None:
        """Puts a row into a source's log."""
        rows = self.kept.setdefault(source, [])
        rows.append({"offset": len(rows) + 1, "key": key, "value": value, "at": time.time(), "meta": {}})
        self.events[source] = self.events.get(source, 0) + 1

    def item(self, table: str, item: dict[str, Any]) -> None:
        """Puts an item, of plain values, into a table."""
        self.stores.items.setdefault(table, []).append(typed(item)["M"])
        self.events[table] = self.events.get(table, 0) + 1

    def object(self, bucket: str, key: str, content: bytes) -> None:
        """Puts an object into a bucket."""
        self.stores.objects.setdefault(bucket, {})[key] = content
        self.events[bucket] = self.events.get(bucket, 0) + 1

    # --- as Acts ---

    @property
    def _run(self) -> FakeRun:
        return self

    def place(self, name: str, *sorts: str) -> str:
        return next(sort for sort in sorts if name in self.description[sort])

    def about(self, name: str) -> None:
        """Takes every name."""

    def picture(self) -> str:
        return svg(self.description)

    async def status(self) -> dict[str, Any]:
        description = self.description
        dead = {q["deadLetter"]["queue"] for q in description["queues"].values() if q["deadLetter"]}
        return {
            "app": description["app"],
            "stage": description["stage"],
            "gateway": "http://127.0.0.1:3000",
            "endpoint": "http://127.0.0.1:4000",
            "since": self.began,
            "functions": {
                n: {"calls": self.calls.get(n, {}), "waiting": 0, "language": f["language"]} for n, f in description["functions"].items()
            },
            "queues": {
                n: {"visible": len(self.held.get(n, ())), "hidden": self.hidden.get(n, 0), "delayed": 0, "dead": n in dead}
                for n in description["queues"]
            },
            "events": {name: self.events.get(name, 0) for sort in (*SOURCES, "apis") for name in description[sort]},
            "readers": self.readers,
            "schedules": {
                name: {"written": s["written"], "next": self.began + 3600, "to": s["to"]} for name, s in description["schedules"].items()
            },
            "routes": [
                {"method": r["method"], "path": api["base"] + r["path"], "function": r["function"]}
                for api in description["apis"].values()
                for r in api["routes"]
            ],
            "wires": [{"from": w["from"], "port": w["port"], "to": w["to"] or w["address"]} for w in description["wires"]],
            "absent": description["absent"],
        }

    async def rows(self, name: str, most: int, before: int | None) -> dict[str, Any]:
        rows = [r for r in reversed(self.kept.get(name, [])) if before is None or r["offset"] < before]
        return {"name": name, "rows": rows[:most]}

    async def messages(self, name: str, most: int) -> dict[str, Any]:
        return {"name": name, "messages": self.held[name][:most]}

    def _note(self, act: str, said: dict[str, Any]) -> None:
        self.done.append((act, said))
        if said["name"] == "Refusing":
            raise Refused("`Refusing` takes nothing")

    async def send(self, said: dict[str, Any]) -> dict[str, Any]:
        self._note("send", said)
        return {"id": "id-of-it"}

    async def publish(self, said: dict[str, Any]) -> dict[str, Any]:
        self._note("publish", said)
        return {"id": "id-of-it"}

    async def put(self, said: dict[str, Any]) -> dict[str, Any]:
        self._note("put", said)
        if not isinstance(said["value"], dict):
            raise Refused(f"an item of `{said['name']}` is an object")
        return {"changes": 1}

    async def call(self, said: dict[str, Any]) -> dict[str, Any]:
        self._note("call", said)
        return self.answer

    async def fire(self, said: dict[str, Any]) -> dict[str, Any]:
        self._note("fire", said)
        return {"fired": said["name"]}

    async def replay(self, said: dict[str, Any]) -> dict[str, Any]:
        self._note("replay", said)
        return {"replayed": 3}

    async def redrive(self, said: dict[str, Any]) -> dict[str, Any]:
        self._note("redrive", said)
        held, offsets = self.held[said["name"]], said.get("offsets")
        moved = [m for m in held if offsets is None or m["offset"] in offsets]
        self.held[said["name"]] = [m for m in held if m not in moved]
        to = Counter(m["source"] for m in moved if m.get("source"))
        return {"moved": to.total(), "to": dict(sorted(to.items())), "left": len(moved) - to.total()}

    async def purge(self, said: dict[str, Any]) -> dict[str, Any]:
        self._note("purge", said)
        count = len(self.held[said["name"]])
        self.held[said["name"]] = []
        return {"purged": count}

    async def authorize(self, said: dict[str, Any]) -> dict[str, Any]:
        return {}

    async def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        return {}


class FakeStores:
    """The tables and buckets of a run that is none."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.buckets = {each["name"]: name for name, each in description["buckets"].items()}
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.objects: dict[str, dict[str, bytes]] = {}

    async def scan(self, kind: str, name: str, start: int, limit: int) -> dict[str, Any]:
        items, objects = self.items.get(name, []), self.objects.get(name, {})
        if kind == "table":
            return {"items": items[start : start + limit], "count": len(items)}
        told = {"etag": "e", "modified": 1_800_000_000_000, "type": "text/plain", "version": None}
        found = [{"key": key, "size": len(objects[key]), **told} for key in sorted(objects)]
        return {"objects": found[start : start + limit], "count": len(found)}

    async def request(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Reply:
        bucket, _, key = path[1:].partition("/")
        content = self.objects.get(self.buckets[bucket], {}).get(unquote(key))
        return Reply(404, [], b"", []) if content is None else Reply(206, [], content, [])


class Gateway:
    """Serves the page and the API of a run on a port, and below it the app's routes, which tell what they were asked."""

    def __init__(self, run: FakeRun) -> None:
        self.run = run
        self.port = 0
        self.asked: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/_ifc/"

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What a coroutine gives, run where the server runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def event(self, source: str, target: str, outcome: str, seconds: float | None = 0.004, detail: str = "") -> None:
        """A line of an event."""
        self._loop.call_soon_threadsafe(self.run.console.event, source, target, outcome, seconds, detail)

    def printed(self, function: str, text: str) -> None:
        """A line that a function printed."""
        self._loop.call_soon_threadsafe(self.run.console.printed, function, text)

    def start(self) -> None:
        """Listens: on the port it had before, if it had one."""
        self.do(self._start())

    async def _start(self) -> None:
        self.run.stopping = asyncio.Event()
        application = Control(self.run, self.run.console, self.run.stopping).application()  # type: ignore[arg-type]  # as good as one
        application.router.add_route("*", "/{path:.*}", self._route)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _route(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path_qs} {await request.text()}")
        return web.json_response({"asked": request.path}, status=201 if request.method == "POST" else 200)

    def stop(self) -> None:
        """Ends, as when the run does."""
        self.do(self._stop())

    async def _stop(self) -> None:
        self.run.stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def close(self) -> None:
        """Ends for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
