"""What is done by hand: replay, redrive, looking into queues, and Spacer's `topics.append`."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ifc.local.replaying import Redriven
from tests.local.engine_app import Failing, running, until
from tests.local.test_engine_routes import change, event

APP = """
queue Work { dead-letter after 2 }
queue Line { fifo; dedup content }
queue Ids { fifo; dedup id }
topic News
topic Ordered { fifo; dedup content }
bus Shop
stream Clicks
table Orders { key id: string; stream new-and-old }
bucket Files
function work "src/work.handler"
function count "src/count.handler"
function bill "src/bill.handler"
function read "src/read.handler"
Work -> work
News -> read
Ordered -> Line
Shop where replay-name exists or source == "shop" -> read
Clicks -> count { batch 10 }
Orders.stream -> bill { batch 10; retries none; max-age 60s }
Files.created -> read
"""


async def test_replay_of_a_queue(database: str) -> None:
    """Messages that are done may be had again from an offset on, at first as if they had never been had; those that wait are not doubled."""
    async with running(database, "queue Work { retention 60s }\n") as app:
        await app.send("Work", *range(10))
        for message in await app.engine.receive("Work", 6, None, 0):
            await app.engine.delete("Work", message.receipt)
        await app.engine.log._do("UPDATE topic_work SET created_at = now() - interval '1 hour' WHERE msg_offset <= 6")
        assert await app.engine.replay("Work", 3) == 3
        await app.engine.queues["Work"].sweep()
        assert len(app.engine.queues["Work"]) == 7
        found = await app.engine.receive("Work", 10, None, 0)
        assert [m.body for m in found] == ["3", "4", "5", "6", "7", "8", "9"]
        assert found[0].receives == 1
        await app.engine.delete("Work", found[0].receipt)
        assert await app.engine.replay("Work", 0) == 4
        assert await app.engine.replay("Work", 0) == 0
    async with running(database, "queue Work { retention 60s }\n") as app:  # what is replayed waits since then
        assert sorted(m.body for m in await app.engine.receive("Work", 20, None, 0)) == [str(n) for n in range(10)]


async def test_replay_of_what_fans_out(database: str) -> None:
    """A topic, a bus and a bucket deliver again; a FIFO queue behind takes a replayed message, and an event says that it is replayed."""
    async with running(database, APP) as app:
        await app.publish("News", 1, 2)
        await app.publish("Ordered", 1, group="a")
        await app.engine.put_events("Shop", [event(n=1)])
        await app.engine.changes([change("ObjectCreated:Put", "k"), change("ObjectTagging:Put", "k"), change("ObjectRemoved:Delete", "k")])
        await until(lambda: len(app.functions.events("read")) == 4)
        before = len(app.functions.calls)
        assert await app.engine.replay("News", 1) == 1
        assert await app.engine.replay("Ordered", 0) == 1
        assert await app.engine.replay("Shop", 0) == 1
        assert await app.engine.replay("Files", 0) == 3
        await until(lambda: len(app.functions.calls) == before + 3)
        again = [e for _, e in app.functions.calls[before:]]
        assert [e["replay-name"] for e in again if "detail" in e] == ["ifc-local"]
        assert [e["Records"][0]["Sns"]["Message"] for e in again if "Sns" in e.get("Records", [{}])[0]] == ["2"]
        assert len(app.engine.queues["Line"]) == 2


async def test_replay_of_what_is_read(database: str) -> None:
    """The readers of a stream and a table go back, also those that are in a call; what is replayed is not too old."""
    go, further = asyncio.Event(), asyncio.Event()

    async def bill(event: Any) -> None:
        await (further if go.is_set() else go).wait()

    async with running(database, APP, bill=bill) as app:
        await app.put("Clicks", "k", 0, 1, 2)
        for id in "012":
            await app.change("Orders", id)
        await until(lambda: app.functions.running == 1 and len(app.functions.records("count")) == 3)
        await app.engine.log._do("UPDATE topic_orders SET created_at = now() - interval '1 hour'")
        app.engine.log._tails.clear()
        assert await app.engine.replay("Clicks", 1) == 2
        assert await app.engine.replay("Orders", 0) == 3
        go.set()
        await until(lambda: len(app.functions.events("bill")) == 2)
        assert (await app.engine.log.offsets("orders"))["Orders.stream -> bill"] == 0  # the call that was running changes nothing
        further.set()
        await until(lambda: len(app.functions.records("count")) == 5)
        await until(lambda: len(app.functions.records("bill")) == 4 and not any(app.engine.behind().values()))
        assert app.outcomes("failed") == []
    async with running(database, APP) as app:  # how far they came is known
        await app.change("Orders", "3")
        await until(lambda: bool(app.functions.events("bill")))
        assert len(app.functions.records("bill")) == 1


async def test_replay_of_nothing(database: str) -> None:
    """A name that the log has nothing of is refused."""
    async with running(database, APP) as app:
        for name in ("Nothing", "work", ""):
            with pytest.raises(ValueError, match=f"nothing of `{name}`"):
                await app.engine.replay(name, 0)
        for name in app.engine.description["topics"]:
            assert await app.engine.replay(name, 0) == 0


async def test_redrive(database: str) -> None:
    """Dead letters go back to where they come from, as new messages: all, or some; those in somebody's hands stay."""
    fails = True

    def work(event: Any) -> None:
        if fails:
            raise Failing("no")

    text = APP + "queue Lost\nqueue Other { dead-letter Lost after 1 }\nqueue Third { dead-letter Lost after 1 }\n"
    async with running(database, text, work=work) as app:
        engine = app.engine
        ids = await app.send("Work", 1, 2, 3, 4)
        await until(lambda: len(engine.queues["Work.dead-letter"]) == 4)
        fails = False
        letters = await engine.peek("Work.dead-letter", 10)
        assert [(m["body"], m["source"], m["state"], m["receives"]) for m in letters] == [
            (str(n), "Work", "visible", 0) for n in range(1, 5)
        ]
        assert [m["id"] for m in letters] == ids
        [held] = await engine.receive("Work.dead-letter", 1, None, 0)
        assert await engine.redrive("Work.dead-letter", [letters[1]["offset"], letters[0]["offset"], 999]) == Redriven({"Work": 1})
        assert await engine.redrive("Work.dead-letter", None) == Redriven({"Work": 2})
        await until(lambda: len(engine.queues["Work"]) == 0)
        done = [r for r in app.functions.records("work") if r["attributes"]["ApproximateReceiveCount"] == "1" and r["messageId"] not in ids]
        assert sorted(r["body"] for r in done) == ["2", "3", "4"]
        assert await engine.delete("Work.dead-letter", held.receipt)
        assert len(engine.queues["Work.dead-letter"]) == 0
        assert await engine.log.queues() == {}
        for name in ("Third", "Other"):
            await app.send(name, name)
            await engine.receive(name, 1, 0, 0)
            assert await engine.receive(name, 1, 0, 0) == []
        assert await engine.redrive("Lost", None) == Redriven({"Other": 1, "Third": 1})
        assert [m.body for name in ("Other", "Third") for m in await engine.receive(name, 5, None, 0)] == ['"Other"', '"Third"']
        for name, why in (("Work", "no queue has `Work`"), ("Nothing", "there is no queue `Nothing`")):
            with pytest.raises(ValueError, match=why):
                await engine.redrive(name, None)


async def test_what_has_no_way_back(database: str) -> None:
    """What a function or an arrow sent to the dead letters stays there when those of queues go back, and is told."""

    def work(event: Any) -> None:
        raise Failing("no")

    text = "queue Lost\nqueue Other { dead-letter Lost after 1 }\ntopic News\n"
    text += 'function work "src/work.handler" { retries 0 }\nNews -> work\nwork.failed -> Lost\n'
    async with running(database, text, work=work) as app:
        engine = app.engine
        await app.publish("News", "n")
        await until(lambda: len(engine.queues["Lost"]) == 1)
        await app.send("Other", "o")
        await engine.receive("Other", 1, 0, 0)
        assert await engine.receive("Other", 1, 0, 0) == []
        first, second = await engine.peek("Lost", 10)
        assert (first["source"], second["source"]) == (None, "Other")
        assert await engine.redrive("Lost", [first["offset"]]) == Redriven({}, 1)
        assert await engine.redrive("Lost", None) == Redriven({"Other": 1}, 1)
        assert [m.body for m in await engine.receive("Other", 5, None, 0)] == ['"o"']
        assert await engine.peek("Lost", 10) == [first]
        why = "1 of its letters stays: it comes from no queue, so there is none to go back to"
        assert [line for line in app.told if line[2] == "waiting"] == [("Lost", "Lost", "waiting", None, why)] * 2
        assert [line for line in app.told if line[2] == "dead letter"] == [("Other", "Lost", "dead letter", None, "received 1 time")]
        assert [line for line in app.told if line[2] == "redriven"] == [("Lost", "Other", "redriven", None, "1 message")]


async def test_peek(database: str) -> None:
    """Whoever looks sees messages where they are, and takes none."""
    async with running(database, "queue Work { visibility 30s }\n") as app:
        await app.send("Work", 1, 2)
        await app.send("Work", 3, delay=900)
        await app.engine.receive("Work", 1, None, 0)
        found = await app.engine.peek("Work", 10)
        assert [(m["body"], m["state"], m["receives"]) for m in found] == [("1", "hidden", 1), ("2", "visible", 0), ("3", "delayed", 0)]
        assert [m["offset"] for m in await app.engine.peek("Work", 2)] == [1, 2]
        assert json.loads(json.dumps(found)) == found
        assert app.engine.depth("Work").visible == 1


async def test_append(database: str) -> None:
    """Values by their keys go into queues, topics, streams and buses, by their name or their topic's; offsets come back."""
    async with running(database, APP) as app:
        engine = app.engine
        assert await engine.append("Line", {"g1": {"a": "ä"}, "g2": 2}, "fn") == [1, 2]
        first, second = await engine.receive("Line", 10, None, 0)
        assert (first.body, first.group, first.sender, second.body, second.group) == ('{"a":"ä"}', "g1", "fn", "2", "g2")
        assert await engine.append("ids", {"g": 1}, None) == [1]
        assert await engine.append("ids", {"g": 1}, None) == [2]
        assert await engine.append("ordered", {"g": 7}, "fn") == [1]
        assert (await engine.receive("Line", 10, None, 0))[0].body == "7"
        assert await engine.append("Clicks", {"k": [1]}, "fn") == [1]
        [kept] = await engine.records("Clicks", engine.shards("Clicks")[0], "", 10)
        assert (kept.key, kept.data) == ("k", "WzFd")
        said = {"source": "shop", "detail-type": "Placed", "detail": {"n": 1}, "resources": ["r"]}
        assert await engine.append("shop", {"x": said}, "fn") == [1]
        await until(lambda: bool(app.functions.events("read")))
        [got] = app.functions.events("read")
        assert (got["detail"], got["resources"], got["account"]) == ({"n": 1}, ["r"], "000000000000")
        before = engine.log.last_offset("shop")
        wrong: dict[str, Any] = {
            "Nothing": 1,
            "Orders": 1,
            "files": 1,
        }
        for name, value in wrong.items():
            with pytest.raises(ValueError, match=name.capitalize()):
                await engine.append(name, {"k": value}, "fn")
        for part in (5, {**said, "detail-type": ""}, {**said, "detail": "x"}, {**said, "source": "aws.s3"}):
            with pytest.raises(ValueError, match="event"):
                await engine.append("Shop", {"a": said, "k": part}, "fn")
        await engine.append("Shop", {"x": said}, "fn")
        assert engine.log.last_offset("shop") == before + 1  # nothing is left of what was refused
