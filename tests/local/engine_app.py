"""Apps on the engine without processes: functions are those of the test, the log is a real one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.local.broker import Answer, Asked, Message, Notification, StreamRecord
from ifc.local.engine import Engine, Waits
from ifc.local.keeping import History
from ifc.local.log import Log
from ifc.targets import spacer
from tests.support import compiled

Handler = Callable[[Any], Any]
PATIENCE = 20.0


class Quick(Waits):
    """What failed is tried again at once."""

    def queue(self, receives: int, visibility: int) -> float:
        return 0.0

    def call(self, attempts: int) -> float:
        return 0.0

    throttled = 0.01

    def reader(self, attempts: int) -> float:
        return 0.0


class Failing(Exception):
    """What a test's function raises."""


class Functions:
    """The functions of a test, and what they were called with."""

    def __init__(self, **handlers: Handler) -> None:
        self.handlers = handlers
        self.calls: list[tuple[str, Any]] = []
        self.running = 0
        self.most = 0

    async def call(self, function: str, payload: bytes, request: str, asked: Asked | None = None) -> Answer:
        event = json.loads(payload)
        self.calls.append((function, event))
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        try:
            found = self.handlers[function](event) if function in self.handlers else None
            found = await found if asyncio.iscoroutine(found) else found
        except Failing as problem:
            error = json.dumps({"errorType": "Failing", "errorMessage": str(problem)})
            return Answer(error.encode(), "Unhandled")
        finally:
            self.running -= 1
        return found if isinstance(found, Answer) else Answer(json.dumps(found).encode())

    def events(self, function: str) -> list[Any]:
        """The events that a function was called with."""
        return [event for name, event in self.calls if name == function]

    def bodies(self, function: str) -> list[list[Any]]:
        """The bodies of a queue's messages, batch by batch."""
        return [[json.loads(r["body"]) for r in event["Records"]] for event in self.events(function)]

    def records(self, function: str) -> list[Any]:
        """All records of all events of a function."""
        return [record for event in self.events(function) for record in event["Records"]]


class App:
    """An app that runs on an engine."""

    def __init__(self, engine: Engine, functions: Functions, told: list[tuple[Any, ...]]) -> None:
        self.engine, self.functions, self.told = engine, functions, told

    async def send(self, queue: str, *bodies: Any, **more: Any) -> list[str]:
        """Sends messages to a queue; their ids."""
        sent = await self.engine.send(queue, [Message(json.dumps(body), **more) for body in bodies], "tester")
        return [each.id for each in sent]

    async def publish(self, topic: str, *bodies: Any, **more: Any) -> list[str]:
        """Publishes to a topic; the ids."""
        return [s.id for s in await self.engine.publish(topic, [Notification(json.dumps(body), **more) for body in bodies])]

    async def put(self, stream: str, key: str, *contents: Any) -> None:
        """Puts records of one key into a stream."""
        from base64 import b64encode

        await self.engine.put_records(stream, [StreamRecord(key, b64encode(json.dumps(c).encode()).decode()) for c in contents])

    async def change(self, table: str, id: str, event: str = "INSERT", **attributes: str) -> None:
        """Changes an item of a table, whose key is `id`."""
        image = {"id": {"S": id}, **{name: {"S": value} for name, value in attributes.items()}}
        new, old = (image, None) if event == "INSERT" else (None, image) if event == "REMOVE" else (image, image)
        at = int(time.time() * 1000)
        keys = {"id": {"S": id}}
        await self.engine.changes([{"table": table, "event": event, "keys": keys, "new": new, "old": old, "user": None, "at": at}])

    def outcomes(self, outcome: str) -> list[tuple[str, str]]:
        """The sources and targets of what was told with an outcome."""
        return [(source, target) for source, target, what, *_ in self.told if what == outcome]


def described(text: str) -> dict[str, Any]:
    """The description of a source text, as `ifc local` runs it."""
    done = compiled(text)
    assert done.plan is not None, [f"{d.code} {d.message}" for d in done.report.ordered()]
    report = Report()
    _, description = spacer.describe(done.plan, report, {})
    assert not report.failed, [f"{d.code} {d.message}" for d in report.ordered()]
    found: dict[str, Any] = json.loads(json.dumps(description))
    return found


@contextlib.asynccontextmanager
async def running(
    address: str,
    text: str | Mapping[str, Any],
    functions: Functions | None = None,
    waits: Waits | None = None,
    history: History | None = None,
    **handlers: Handler,
) -> AsyncIterator[App]:
    """An app that runs until the block ends."""
    functions = functions or Functions(**handlers)
    log = await Log.open(address)
    told: list[tuple[Any, ...]] = []
    engine = Engine(log, functions, lambda *line: told.append(line), waits or Quick(), history)
    await engine.replace(described(text) if isinstance(text, str) else text)
    app = App(engine, functions, told)
    try:
        yield app
        assert not log.failed.done(), log.failed.result()
    finally:
        await engine.stop()
        await log.close()


async def until(condition: Callable[[], bool]) -> None:
    """Waits until something holds, and fails when it does not for long."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.002)
