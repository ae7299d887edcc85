"""What of the log is kept: compaction takes out what is old and not needed, and nothing else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ifc.local import keeping
from ifc.local.keeping import History
from tests.local.engine_app import App, Failing, running, until
from tests.local.test_engine_routes import change, event

APP = """
queue Work { visibility 30s; dead-letter after 3 }
topic News
bus Shop
stream Clicks
stream Long { retention 30d }
table Orders { key id: string; stream new-and-old }
bucket Files { versioning on }
function bill "src/bill.handler"
function count "src/count.handler"
Orders.stream -> bill { retries none }
Clicks -> count { retries none }
"""
NONE = History(rows=3, seconds=7 * 86_400.0)


async def offsets(app: App, topic: str) -> list[int]:
    """The offsets of the rows that a topic has."""
    return [offset for offset, _ in await app.engine.log.behind(topic, 0)]


async def aged(app: App, topic: str, upto: int, days: int = 1) -> None:
    """Lets rows be older."""
    await app.engine.log._do(f"UPDATE topic_{topic} SET created_at = now() - interval '{days} days' WHERE msg_offset <= {upto}")


async def test_history(database: str) -> None:
    """The newest rows stay, unless they are old; young ones stay, however many; the newest always stays."""
    async with running(database, APP, history=NONE) as app:
        await app.publish("News", *range(10))
        await app.engine.put_events("Shop", [event() for _ in range(10)])
        assert await app.engine.compact() == 0
        await aged(app, "news", 5)
        await aged(app, "shop", 10, days=8)
        assert await app.engine.compact() == 5 + 9
        assert await offsets(app, "news") == [6, 7, 8, 9, 10]
        assert await offsets(app, "shop") == [10]
        await aged(app, "news", 10)
        assert await app.engine.compact() == 2
        assert await offsets(app, "news") == [8, 9, 10]
        assert await app.engine.replay("News", 0) == 3
    async with running(database, APP) as app:
        await app.engine.put_events("Shop", [event()])
        assert await offsets(app, "shop") == [10, 11]


async def test_messages_that_wait_stay(database: str) -> None:
    """A message that is not done stays, however old; those in somebody's hands too."""
    async with running(database, APP, history=NONE) as app:
        await app.send("Work", *range(10))
        await app.engine.receive("Work", 1, None, 0)
        for message in await app.engine.receive("Work", 5, None, 0):
            await app.engine.delete("Work", message.receipt)
        await aged(app, "work", 10)
        await app.engine.compact()
        assert await offsets(app, "work") == [1, 7, 8, 9, 10]


async def test_items_stay(database: str) -> None:
    """Of a table the last change of each item stays; those of items that are gone, or that were cleared, go when their readers are done."""
    go = False

    def bill(event: Any) -> None:
        if not go:
            raise Failing("not yet")

    async with running(database, APP, history=NONE, bill=bill) as app:
        for id in ("cleared", "a", "b", "a"):
            await app.change("Orders", id)
        await app.change("Orders", "b", "REMOVE")
        for _ in range(3):
            await app.change("Orders", "c")
        await aged(app, "orders", 8)
        await app.engine.compact()
        assert await offsets(app, "orders") == [1, 2, 3, 4, 5, 6, 7, 8]  # nobody has read them
        go = True
        await until(lambda: not any(app.engine.behind().values()))
        await app.engine.compact()
        assert await offsets(app, "orders") == [1, 4, 6, 7, 8]
        kept = [c["keys"]["id"]["S"] async for part in app.engine.kept() for c in part]
        assert kept == ["cleared", "a", "c"]
        await app.engine.changes([{"table": "Orders", "event": "CLEAR", "at": 1}])
        for id in ("x", "y", "z", "z"):
            await app.change("Orders", id)
        await aged(app, "orders", 99)
        await until(lambda: not any(app.engine.behind().values()))
        await app.engine.compact()
        assert await offsets(app, "orders") == [9, 10, 11, 12, 13]
        kept = [c["event"] async for part in app.engine.kept() for c in part]
        assert kept == ["CLEAR", "INSERT", "INSERT", "INSERT"]


async def test_objects_stay(database: str) -> None:
    """Of a bucket what makes up its objects stays: each version's making, and the last change around its bytes."""

    def object_change(event: str | None, key: str, version: str | None = None) -> dict[str, Any]:
        return change(event, key, version=version)

    put, tag, marker, delete = "ObjectCreated:Put", "ObjectTagging:Put", "ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"
    made = [
        object_change(put, "a"),  # 1, replaced by 4
        object_change(tag, "a"),  # 2
        object_change(put, "b", "v1"),  # 3
        object_change(put, "a"),  # 4
        object_change(tag, "b", "v1"),  # 5, replaced by 6
        object_change(None, "b", "v1"),  # 6
        object_change(put, "b", "v2"),  # 7
        object_change(marker, "b", "v3"),  # 8
        object_change(put, "c"),  # 9
        object_change(delete, "c"),  # 10
        object_change(delete, "b", "v2"),  # 11
        *(object_change(put, f"new{n}") for n in range(3)),  # 12 to 14
    ]
    async with running(database, APP, history=NONE) as app:
        await app.engine.changes(made)
        await aged(app, "files", 14)
        everything = [c async for part in app.engine.kept() for c in part]
        assert len(everything) == 14
        await app.engine.compact()
        assert await offsets(app, "files") == [3, 4, 6, 8, 12, 13, 14]


async def test_streams_keep_what_they_promise(database: str) -> None:
    """Records younger than the stream's retention stay, and those that a reader has not read."""
    go = False

    def count(event: Any) -> None:
        if not go:
            raise Failing("not yet")

    async with running(database, APP, history=NONE, count=count) as app:
        for stream in ("Clicks", "Long"):
            await app.put(stream, "k", *range(10))
        await aged(app, "clicks", 10, days=3)
        await aged(app, "long", 10, days=3)
        await aged(app, "long", 4, days=40)
        await app.engine.compact()
        assert len(await offsets(app, "clicks")) == 10
        assert await offsets(app, "long") == [5, 6, 7, 8, 9, 10]
        go = True
        await until(lambda: not any(app.engine.behind().values()))
        await app.engine.compact()
        assert await offsets(app, "clicks") == [8, 9, 10]


async def test_compaction_under_load(database: str, monkeypatch: Any) -> None:
    """While rows are taken out, messages, replays and redrives go on, and nothing is lost."""
    monkeypatch.setattr(keeping, "CHUNK", 7)
    monkeypatch.setattr(keeping, "FRESH", 0.0)
    done: set[int] = set()
    text = APP + 'function work "src/work.handler"\nWork -> work { batch 5 }\n'

    async def work(event: Any) -> None:
        await asyncio.sleep(0.001)
        done.update(json.loads(r["body"]) for r in event["Records"])

    async with running(database, text, history=History(rows=2, seconds=0.0), work=work) as app:
        for number in range(0, 300, 10):
            await app.send("Work", *range(number, number + 10))
            await app.change("Orders", str(number % 3))
            await asyncio.gather(app.engine.compact(), app.engine.replay("Work", max(0, number - 20)))
        await until(lambda: len(app.engine.queues["Work"]) == 0)
        assert done == set(range(300))
        assert app.outcomes("lost") == []
        assert {c["keys"]["id"]["S"] async for part in app.engine.kept() for c in part} == {"0", "1", "2"}
        await app.engine.compact()
        assert len(await offsets(app, "work")) < 10
