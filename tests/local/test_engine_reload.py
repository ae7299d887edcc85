"""Another version of the app while messages come and go: nothing is lost, nothing crashes, and what nobody can have is told of."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from ifc.local.mailboxes import Mailbox
from tests.local.engine_app import App, Functions, described, running, until

ONE = """
queue Work { dead-letter after 3 }
topic News
table Orders { key id: string; stream new-and-old }
stream Clicks
function work "src/work.handler"
function bill "src/bill.handler"
function count "src/count.handler"
News -> Work -> work { batch 3 }
Orders.stream -> bill { batch 2 }
Clicks -> count { batch 2 }
"""
VERSIONS = [
    ONE.replace("batch", "within 0s; batch"),
    ONE.replace("batch 3", "batch 1; concurrency 2").replace("batch 2", "batch 7; parallel 2"),
    ONE.replace("News -> Work ->", "News -> Work\nWork ->") + "queue Other\nNews -> Other\n",
    ONE.replace("stream Clicks", "stream Clicks { shards 2 }").replace("after 3", "after 5"),
]


def seen(functions: Functions) -> dict[str, set[int]]:
    """The numbers that each function was given."""
    found: dict[str, set[int]] = {"work": set(), "bill": set(), "count": set()}
    for function, event in functions.calls:
        for record in event["Records"]:
            if "kinesis" in record:
                found[function].add(json.loads(base64.b64decode(record["kinesis"]["data"])))
            elif "dynamodb" in record:
                found[function].add(int(record["dynamodb"]["Keys"]["id"]["S"]))
            else:
                found[function].add(json.loads(record["body"]))
    return found


async def test_versions_follow_each_other_under_load(database: str) -> None:
    """While the app is replaced again and again, everything that was acknowledged arrives."""
    sent = 0

    async def send(app: App) -> None:
        nonlocal sent
        while sent < 120:
            await asyncio.gather(app.publish("News", sent), app.change("Orders", str(sent)), app.put("Clicks", str(sent % 5), sent))
            sent += 1

    async with running(database, ONE) as app:
        sending = asyncio.ensure_future(send(app))
        turn = 0
        while not sending.done():
            await app.engine.replace(described(VERSIONS[turn % len(VERSIONS)]))
            turn += 1
            await asyncio.sleep(0.005)
        await sending
        assert turn >= 4
        await app.engine.replace(described(ONE))
        await until(lambda: not len(app.engine.queues["Work"]) and not any(app.engine.behind().values()))
        assert seen(app.functions) == {name: set(range(sent)) for name in ("work", "bill", "count")}


async def test_what_does_not_change_goes_on(database: str) -> None:
    """Arrows that stay as they are are not touched: a call that is running is neither cut off nor made twice."""
    go = asyncio.Event()

    async def bill(event: Any) -> None:
        await go.wait()

    async with running(database, ONE, bill=bill) as app:
        await app.change("Orders", "1")
        await until(lambda: app.functions.running == 1)
        before = app.engine.arrows._arrows["Orders.stream -> bill"].work
        await app.engine.replace(described(ONE + "queue Another\n"))
        assert app.engine.arrows._arrows["Orders.stream -> bill"].work is before
        go.set()
        await until(lambda: not any(app.engine.behind().values()))
        assert len(app.functions.events("bill")) == 1


async def test_an_arrow_that_changes_waits_for_its_call(database: str) -> None:
    """The reader that follows another begins when its call has ended, where it has come to."""
    go = asyncio.Event()

    async def bill(event: Any) -> None:
        await go.wait()

    async with running(database, ONE, bill=bill) as app:
        await app.change("Orders", "1")
        await until(lambda: app.functions.running == 1)
        await app.change("Orders", "2")
        await app.engine.replace(described(ONE.replace("batch 2", "batch 9")))
        await app.engine.replace(described(ONE.replace("batch 2", "batch 8")))
        await asyncio.sleep(0.02)
        assert app.functions.most == 1
        go.set()
        await until(lambda: not any(app.engine.behind().values()))
        keys = [r["dynamodb"]["Keys"]["id"]["S"] for r in app.functions.records("bill")]
        assert keys == ["1", "2"]


async def test_a_queue_that_goes_and_comes(database: str) -> None:
    """What waits in a queue that the app has no more is told of, now and at the next start, and there again with the queue."""
    alone = "queue Work { dead-letter after 3 }\n"
    async with running(database, alone) as app:
        await app.send("Work", 1, 2)
        held = await app.engine.receive("Work", 1, None, 0)
        sending = asyncio.ensure_future(app.send("Work", 3))
        await asyncio.sleep(0)
        await app.engine.replace(described("topic News\n"))
        await sending
        assert app.outcomes("waiting") == [("Work", "Work")]
        await app.engine.replace(described(alone))
        assert [m.body for m in await app.engine.receive("Work", 10, None, 0)] == ["2", "3"]
        assert await app.engine.delete("Work", held[0].receipt)
    async with running(database, "topic News\n") as app:
        assert app.told == [("Work", "Work", "waiting", None, "2 messages: the app has no such queue now")]
        await app.engine.replace(described(alone))
        assert [m.body for m in await app.engine.receive("Work", 10, None, 0)] == ["2", "3"]


async def test_a_function_that_goes_and_comes(database: str) -> None:
    """Calls of a function that the app has no more wait for it, and are told of."""
    app_text = 'function work "src/work.handler"\n'
    async with running(database, "topic News\n") as app:
        await app.engine.call_later("work", b"1", "tester")
        assert app.engine.calls.waiting("work") == 1
    async with running(database, "topic News\n") as app:
        assert app.told == [("work", "work", "waiting", None, "1 call: the app has no such function now")]
        await app.engine.replace(described(app_text))
        await until(lambda: len(app.engine.calls) == 0)
        assert app.functions.calls == [("work", 1)]


async def test_a_queue_becomes_fifo_and_no_more(database: str) -> None:
    """Messages of a queue that becomes FIFO stay, also those in somebody's hands; then groups have their order."""
    standard, fifo = "queue Work { visibility 30s }\n", "queue Work { fifo; dedup content; visibility 30s }\n"
    async with running(database, standard) as app:
        engine = app.engine
        await app.send("Work", 1, 2, 3)
        await app.send("Work", 4, delay=900)
        [held] = await engine.receive("Work", 1, None, 0)
        await engine.replace(described(fifo))
        await app.send("Work", 5, 6, group="a")
        assert sorted(m.body for m in await engine.receive("Work", 3, 0, 0)) == ["2", "3", "5"]
        assert engine.depth("Work").delayed == 1
        assert await engine.delete("Work", held.receipt)
        [first, *_] = [m for m in await engine.receive("Work", 10, None, 0) if m.group == "a"]
        await engine.replace(described(standard))
        assert await engine.delete("Work", first.receipt)
        assert len(engine.queues["Work"]) == 4
    async with running(database, fifo) as app:
        assert len(await app.engine.receive("Work", 10, None, 0)) == 3


async def test_dead_letters_are_added(database: str) -> None:
    """With dead letters added, what was received too often by then goes there with the next receive."""
    async with running(database, "queue Work\n") as app:
        await app.send("Work", 1)
        for _ in range(4):
            await app.engine.receive("Work", 1, 0, 0)
        await app.engine.replace(described("queue Work { dead-letter after 3 }\n"))
        assert await app.engine.receive("Work", 1, 0, 0) == []
        assert len(app.engine.queues["Work.dead-letter"]) == 1


async def test_a_version_takes_over_at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another version is prepared the old one runs whole: its dead letters go to its own queue."""
    go, load = asyncio.Event(), Mailbox.load

    async def late(mailbox: Mailbox) -> None:
        await go.wait()
        await load(mailbox)

    async with running(database, "queue Work { dead-letter after 1 }\n") as app:
        await app.send("Work", 1, 2)
        await app.engine.receive("Work", 1, 0, 0)
        monkeypatch.setattr(Mailbox, "load", late)
        replacing = asyncio.ensure_future(app.engine.replace(described("queue Lost\nqueue Work { dead-letter Lost after 1 }\n")))
        await asyncio.sleep(0.02)
        assert [m.body for m in await app.engine.receive("Work", 5, 0, 0)] == ["2"]
        go.set()
        await replacing
        assert await app.engine.receive("Work", 5, 0, 0) == []
        assert await app.engine.log.queues() == {"Lost": 1, "Work.dead-letter": 1}


async def test_receives_are_counted_over_starts(database: str) -> None:
    """How often a message was received is known after the next start; whoever had it is gone, so it may be had at once."""
    seen: set[int] = set()
    for number in range(3):
        async with running(database, "queue Work { visibility 30s }\n") as app:
            if number == 0:
                await app.send("Work", 1)
            [message] = await app.engine.receive("Work", 1, None, 0)
            assert message.receives == number + 1
            seen.add(message.first_received)
    assert len(seen) == 1


async def test_a_name_that_is_something_else_now(database: str) -> None:
    """When a name stands for another sort of thing, what the log had of it is put aside, and told of."""
    async with running(database, "queue Orders\n") as app:
        await app.send("Orders", 1)
    async with running(database, "table Orders { key id: string; stream new-and-old }\n") as app:
        assert app.outcomes("put aside") == [("Orders", "Orders")]
        await app.change("Orders", "1")
        assert [c["event"] async for part in app.engine.kept() for c in part] == ["INSERT"]
    for text in ("stream Orders\n", "queue Orders\n"):
        async with running(database, text) as app:
            assert app.outcomes("put aside") == [("Orders", "Orders")]
            assert app.outcomes("waiting") == []
            assert app.engine.log.last_offset("orders") == 0


async def test_a_store_may_change_before_its_version_runs(database: str) -> None:
    """Changes of a table that is about to come are kept; those of one that is gone are told of."""
    async with running(database, "topic News\n") as app:
        coming = described("table Orders { key id: string }\n")
        await app.engine.prepare(coming)
        await app.change("Orders", "1")
        await app.engine.replace(coming)
        assert len([c async for part in app.engine.kept() for c in part]) == 1
        await app.engine.replace(described("topic News\n"))
        await app.change("Orders", "2")
        assert app.told[-1][:3] == ("Orders", "Orders", "not kept")
