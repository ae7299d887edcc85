"""An app that is killed at any moment, in a process of its own: `python -m tests.local.crashing FOLDER RUN [drain]`.

A client sends to all sorts of sources and writes down, in `acknowledged`, what was answered; the functions write down in `done` what they
have finished. `poison` never succeeds, and every seventh message fails the first time. With `drain` nothing is sent, and the process ends
when nothing is left to do.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from ifc.local import children
from ifc.local.broker import Answer, Asked, Message, Notification, StreamRecord
from ifc.local.children import Child
from ifc.local.engine import Engine
from ifc.local.log import Log
from ifc.local.lua_events import values
from ifc.local.postgres import Postgres
from tests.local.engine_app import Quick, described

APP = """
queue Work { dead-letter after 3 }
queue Line { fifo; dedup id; dead-letter after 3 }
topic News
queue Copies
bus Shop
stream Clicks { shards 2 }
table Orders { key id: string; stream new-and-old }
bucket Files
function work "src/work.handler"
function line "src/line.handler"
function copies "src/copies.handler"
function read "src/read.handler"
function shop "src/shop.handler"
function clicks "src/clicks.handler"
function lanes "src/lanes.handler"
function orders "src/orders.handler"
function files "src/files.handler"
function later "src/later.handler"
Work -> work { batch 5 }
Line -> line { batch 4 }
News -> read
News -> Copies -> copies
Shop -> shop
Clicks -> clicks { batch 7 }
Clicks -> lanes { batch 3; parallel 3 }
Orders.stream -> orders { batch 5 }
Files.created -> files
"""
# Who gets what is sent to a source.
TAKERS = {
    "Work": ["work"],
    "Line": ["line"],
    "News": ["read", "copies"],
    "Shop": ["shop"],
    "Clicks": ["clicks", "lanes"],
    "Orders": ["orders"],
    "Files": ["files"],
    "later": ["later"],
}
ORDERED = ("line", "clicks", "lanes", "orders")
KEYS = 4
MOST = 4000  # of what a run sends, on a fast machine


class Functions:
    """Functions that write down what they have finished."""

    def __init__(self, file: Path, run: str) -> None:
        self._out, self._run = file.open("a"), run
        self._tried: set[tuple[str, int]] = set()

    async def call(self, function: str, payload: bytes, request: str, asked: Asked | None = None) -> Answer:
        await asyncio.sleep(0.001)
        event = json.loads(payload)
        failed: list[str] = []
        for id, value in values(event):
            # What has an order is not done behind what has failed.
            if (failed and function in ORDERED) or not self._finish(function, _said(value)):
                failed.append(id)
        if not failed:
            return Answer(b"null")
        if not failed[0]:
            return Answer(b'{"errorType":"Failing","errorMessage":"no"}', "Unhandled")
        return Answer(json.dumps({"batchItemFailures": [{"itemIdentifier": id} for id in failed]}).encode())

    def _finish(self, function: str, said: dict[str, Any]) -> bool:
        number, first = said["number"], (function, said["number"])
        fails = said.get("poison") or (number % 7 == 3 and first not in self._tried)
        self._tried.add(first)
        if not fails:
            self._out.write(f"{self._run} {function} {said['key']} {number}\n")
            self._out.flush()
        return not fails


def _said(value: Any) -> dict[str, Any]:
    """What the client said, out of the value of an event."""
    if "new" in value:
        found = value["new"]
    elif "s3" in value:
        found = json.loads(
            value["s3"]["object"]["key"].replace("%22", '"').replace("%7B", "{").replace("%7D", "}").replace("%3A", ":").replace("%2C", ",")
        )
    else:
        found = value.get("detail", value)
    return {**found, "number": int(found["number"])}


class Client:
    """Sends without end, one thing after the other for each source."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._out = engine, (folder / "acknowledged").open("a")
        self._number = time.time_ns() // 1000  # grows over all runs

    async def run(self) -> None:
        await asyncio.gather(*(self._send(source) for source in TAKERS))

    async def _send(self, source: str) -> None:
        for _ in range(MOST // len(TAKERS)):
            self._number += 1
            number, key = self._number, f"key{self._number % KEYS}"
            poison = source == "Work" and number % 20 == 0
            await self._put(source, key, {"number": number, "key": key, **({"poison": True} if poison else {})})
            self._out.write(f"{source} {key} {number} {'poison' if poison else ''}\n")
            self._out.flush()

    async def _put(self, source: str, key: str, said: dict[str, Any]) -> None:
        engine, text, number = self._engine, json.dumps(said, separators=(",", ":")), str(said["number"])
        if source == "Work":
            await engine.send(source, [Message(text)], "client")
        elif source == "Line":
            await engine.send(source, [Message(text, group=key, dedup=number)], "client")
        elif source == "News":
            await engine.publish(source, [Notification(text)])
        elif source == "Shop":
            await engine.put_events(source, [{"source": "client", "detail-type": "x", "detail": said, "resources": []}])
        elif source == "Clicks":
            await engine.put_records(source, [StreamRecord(key, base64.b64encode(text.encode()).decode())])
        elif source == "Orders":
            image = {"id": {"S": key}, "key": {"S": key}, "number": {"N": number}}
            at = int(time.time() * 1000)
            await engine.changes(
                [{"table": source, "event": "INSERT", "keys": {"id": {"S": key}}, "new": image, "old": None, "user": None, "at": at}]
            )
        elif source == "Files":
            change = {
                "bucket": source,
                "event": "ObjectCreated:Put",
                "key": text,
                "version": None,
                "sequencer": "0F",
                "at": int(time.time() * 1000),
            }
            await engine.changes([{**change, "size": 1, "etag": "e", "file": "f", "state": {}}])
        else:
            await engine.call_later(source, text.encode(), "client")


async def main(folder: Path, run: str, drain: bool) -> int:
    """Runs until it is killed, something dies or, to drain, nothing is left; says `ready` first."""
    sockets = folder / f"run{run}"
    sockets.mkdir()
    died: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
    postgres = Postgres(folder / "data", sockets)
    child = await postgres.start(lambda child: died.done() or died.set_result(child))
    log = await Log.open(postgres.address)
    engine = Engine(log, Functions(folder / "done", run), lambda *line: None, Quick())
    await engine.replace(described(APP))
    print("ready", child.process.pid, log._connections[0].info.backend_pid, flush=True)
    work = asyncio.ensure_future(_drained(engine) if drain else Client(engine, folder).run())
    await asyncio.wait([died, log.failed, work], return_when=asyncio.FIRST_COMPLETED)
    if not drain and work.done() and not died.done() and not log.failed.done():
        await asyncio.wait([died, log.failed], return_when=asyncio.FIRST_COMPLETED)
    broken = died.done() or log.failed.done()
    work.cancel()
    await engine.stop()
    if not broken:
        await log.close()
    await child.stop()
    return 3 if broken else 0


async def _drained(engine: Engine) -> None:
    while True:
        queues = [name for name in engine.queues if not name.endswith("dead-letter") and len(engine.queues[name])]
        if not queues and not len(engine.calls) and not any(engine.behind().values()):
            return
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    children.SOON = 0.3  # seconds
    os._exit(asyncio.run(main(Path(sys.argv[1]), sys.argv[2], "drain" in sys.argv)))
