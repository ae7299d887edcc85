"""Queues on the engine, as SQS and Lambda's pollers keep them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ifc.local.broker import Answer, Message
from ifc.local.engine import Waits
from tests.local.engine_app import App, Failing, described, running, until

ONE = """
queue Work { dead-letter after 3 }
function work "src/work.handler"
Work -> work { batch 5 }
"""


async def test_a_message_reaches_its_function(database: str) -> None:
    """A message comes as Lambda's event, with its attributes, and leaves the queue when it is done."""
    async with running(database, ONE) as app:
        [sent] = await app.engine.send(
            "Work", [Message('{"a":1}', {"kind": {"DataType": "String", "StringValue": "x"}}, trace="Root=1")], "AIDA"
        )
        await until(lambda: len(app.engine.queues["Work"]) == 0 and bool(app.told))
        [record] = app.functions.records("work")
        assert record["messageId"] == sent.id
        assert record["body"] == '{"a":1}'
        assert record["md5OfBody"] == "bb6cb5c68df4652941caf652a366f2d8"
        assert record["messageAttributes"] == {
            "kind": {"stringValue": "x", "stringListValues": [], "binaryListValues": [], "dataType": "String"}
        }
        attributes = record["attributes"]
        assert attributes["ApproximateReceiveCount"] == "1"
        assert attributes["SenderId"] == "AIDA"
        assert attributes["AWSTraceHeader"] == "Root=1"
        assert int(attributes["SentTimestamp"]) <= int(attributes["ApproximateFirstReceiveTimestamp"])
        assert record["eventSourceARN"] == app.engine.description["queues"]["Work"]["arn"]
        assert app.told == [("Work", "work", "ok", app.told[0][3], "")]


async def test_what_fails_goes_to_the_dead_letters(database: str) -> None:
    """A message is tried as often as the app says, then it is among the dead letters as it was, and in no other place."""

    def work(event: Any) -> None:
        raise Failing("no")

    async with running(database, ONE, work=work) as app:
        [id] = await app.send("Work", 1)
        await until(lambda: len(app.engine.queues["Work.dead-letter"]) == 1)
        assert len(app.functions.calls) == 3
        assert [r["attributes"]["ApproximateReceiveCount"] for r in app.functions.records("work")] == ["1", "2", "3"]
        assert len(app.engine.queues["Work"]) == 0
        [dead] = await app.engine.receive("Work.dead-letter", 10, None, 0)
        assert (dead.id, dead.body, dead.sender) == (id, "1", "tester")
        assert dead.dead_letter_source == app.engine.description["queues"]["Work"]["arn"]
        assert app.outcomes("dead letter") == [("Work", "Work.dead-letter")]
        rows = await app.engine.log.newest("work", 5)
        assert int(rows[0].at * 1000) == dead.sent  # its age counts from the first send


async def test_parts_of_a_batch_fail(database: str) -> None:
    """Only what a function reports as failed comes again."""
    seen: list[list[int]] = []

    def work(event: Any) -> Any:
        bodies = [json.loads(r["body"]) for r in event["Records"]]
        seen.append(bodies)
        return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"] if json.loads(r["body"]) == 2]}

    async with running(database, ONE, work=work) as app:
        await app.send("Work", 1, 2, 3)
        await until(lambda: len(app.engine.queues["Work.dead-letter"]) == 1)
        assert seen == [[1, 2, 3], [2], [2]]


async def test_answers_that_fail_a_whole_batch(database: str) -> None:
    """Identifiers that are none fail all of a batch, as an error does; an empty list or any other answer is success."""
    whole = [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"wrong": "x"}]},
        {"batchItemFailures": [{"itemIdentifier": "nobody"}]},
        {"batchItemFailures": "x"},
        Answer(b'{"errorType":"E","errorMessage":"m"}', "Unhandled"),
        Answer(b'{"errorMessage":"Rate Exceeded."}', None, 429),
    ]
    fine = [{"batchItemFailures": []}, {"batchItemFailures": None}, {}, None, "ok", 5, [], Answer(b""), Answer(b"no json")]
    answers = [*whole, *fine]
    async with running(database, ONE.replace("after 3", "after 1000"), work=lambda event: answers[len(app.functions.calls) - 1]) as app:
        for number in range(len(fine)):
            before = len(app.functions.calls)
            await app.send("Work", number)
            await until(lambda: len(app.engine.queues["Work"]) == 0)
            assert len(app.functions.calls) - before == (len(whole) + 1 if number == 0 else 1)


async def test_filters_delete_what_does_not_pass(database: str) -> None:
    """A poller deletes what its filter does not let through: also what is no JSON object."""
    text = ONE.replace("Work -> work", 'Work where kind == "a" or not size exists -> work')
    async with running(database, text) as app:
        messages = ['{"kind":"a","size":1}', '{"kind":"b","size":1}', '{"kind":"b"}', "5", "[1]", "text", '{"kind":"a"']
        await app.engine.send("Work", [Message(m) for m in messages], "tester")
        await until(lambda: len(app.engine.queues["Work"]) == 0)
        await until(lambda: len(app.functions.records("work")) == 2)
        assert [r["body"] for r in app.functions.records("work")] == ['{"kind":"a","size":1}', '{"kind":"b"}']


async def test_windows_fill_batches(database: str) -> None:
    """With a window a poller waits for a full batch, and no longer when it is full."""
    async with running(database, ONE.replace("batch 5", "batch 4; within 60s")) as app:
        for number in range(3):
            await app.send("Work", number)
        await asyncio.sleep(0.05)
        assert app.functions.calls == []
        await app.send("Work", 3)
        await until(lambda: bool(app.functions.calls))
        assert app.functions.bodies("work") == [[0, 1, 2, 3]]


async def test_calls_at_the_same_time(database: str) -> None:
    """An arrow calls as often at the same time as `concurrency` says, a function as often as `reserved`."""
    go = asyncio.Event()

    async def work(event: Any) -> None:
        await go.wait()

    for change, most in (("concurrency 2", 2), ("", 10)):
        go.clear()
        text = ONE.replace("batch 5", f"batch 1; {change}")
        async with running(database, text, work=work) as app:
            await app.send("Work", *range(15))
            await until(lambda: app.functions.running == most)  # noqa: B023
            await asyncio.sleep(0.02)
            go.set()
            await until(lambda: len(app.engine.queues["Work"]) == 0)
            assert app.functions.most == most


async def test_a_function_that_is_too_slow(database: str) -> None:
    """A message whose time in a function's hands is over is given to another call; only the one that has it now takes it out."""
    go = [asyncio.Event(), asyncio.Event()]
    began = iter(go)

    async def work(event: Any) -> None:
        await next(began).wait()

    async with running(database, ONE.replace("queue Work {", "queue Work { visibility 60s;"), work=work) as app:
        await app.send("Work", 1)
        await until(lambda: len(app.functions.calls) == 1)
        queue = app.engine.queues["Work"].queue
        queue.hide(queue._had[1], 0)  # its time is over
        await until(lambda: len(app.functions.calls) == 2)
        go[0].set()
        await until(lambda: app.outcomes("ok") == [("Work", "work")])
        assert len(app.engine.queues["Work"]) == 1
        go[1].set()
        await until(lambda: len(app.engine.queues["Work"]) == 0)


async def test_large_messages_share_no_event(database: str) -> None:
    """An event holds at most what a function takes; the others come in the next, as if they had not been received."""
    async with running(database, ONE.replace("batch 5", "batch 10")) as app:
        await app.engine.send("Work", [Message("x" * 1_000_000) for _ in range(10)], "tester")
        await until(lambda: len(app.engine.queues["Work"]) == 0)
        assert sorted(len(event["Records"]) for event in app.functions.events("work")) == [4, 6]
        assert {r["attributes"]["ApproximateReceiveCount"] for r in app.functions.records("work")} == {"1"}


ALONE = "queue Work { visibility 30s; dead-letter after 2 }\nqueue Late { delay 900s }"


async def test_receiving_by_hand(database: str) -> None:
    """Received messages are hidden; a receipt deletes, hides longer or shows at once; what is not deleted goes to the dead letters."""
    async with running(database, ALONE) as app:
        engine = app.engine
        await app.send("Work", 1, 2, 3)
        got = await engine.receive("Work", 2, None, 0)
        assert [m.body for m in got] == ["1", "2"]
        assert engine.depth("Work").hidden == 2
        assert await engine.delete("Work", got[0].receipt)
        assert await engine.hide("Work", got[1].receipt, 0)
        [again, third] = await engine.receive("Work", 10, 0, 0)
        assert (again.body, again.receives, third.body) == ("2", 2, "3")
        assert again.first_received == got[1].first_received
        assert await engine.delete("Work", got[1].receipt)  # an old receipt changes nothing
        assert len(engine.queues["Work"]) == 2
        assert await engine.hide("Work", again.receipt, 10) is None  # it is in nobody's hands
        [dead_soon] = await engine.receive("Work", 10, 0, 0)  # the other one was received too often
        assert dead_soon.body == "3"
        assert engine.depth("Work.dead-letter").visible == 1
        assert await engine.delete("Work", dead_soon.receipt)  # its time is over, and nobody else had it since
        assert len(engine.queues["Work"]) == 0
        for wrong in ("", "x", "late-1-1-1-ff", "work-x-1-1-ff"):
            assert not await engine.delete("Work", wrong)
            assert await engine.hide("Work", wrong, 1) is False


async def test_long_polling(database: str) -> None:
    """A receiver waits for a message, as long as it says, also when another receiver is faster."""
    async with running(database, ALONE) as app:
        waiting = [asyncio.ensure_future(app.engine.receive("Work", 1, None, seconds)) for seconds in (10, 10, 0.05)]
        await asyncio.sleep(0.1)
        await app.send("Work", 1)
        await app.send("Work", 2)
        found = await asyncio.gather(*waiting)
        assert sorted(m.body for part in found[:2] for m in part) == ["1", "2"]
        assert found[2] == []


async def test_delays(database: str) -> None:
    """A message is delayed as its queue or itself says."""
    async with running(database, ALONE) as app:
        await app.send("Late", 1)
        await app.send("Late", 2, delay=0)
        assert [m.body for m in await app.engine.receive("Late", 10, None, 0)] == ["2"]
        depth = app.engine.depth("Late")
        assert (depth.visible, depth.hidden, depth.delayed) == (0, 1, 1)


async def test_purge(database: str) -> None:
    """A purge takes out all there is, also what is delayed or in somebody's hands, and nothing that comes later."""
    async with running(database, ALONE) as app:
        await app.send("Work", 1, 2)
        await app.send("Work", 3, delay=900)
        [held] = await app.engine.receive("Work", 1, None, 0)
        purging = asyncio.ensure_future(app.engine.purge("Work"))
        sending = asyncio.ensure_future(app.send("Work", 4))
        await asyncio.gather(purging, sending)
        assert [m.body for m in await app.engine.receive("Work", 10, None, 0)] == ["4"]
        assert len(app.engine.queues["Work"]) == 1
        assert await app.engine.delete("Work", held.receipt)
        assert len(app.engine.queues["Work"]) == 1
    async with running(database, ALONE) as app:
        assert len(app.engine.queues["Work"]) == 1


async def test_order_for_each_group(database: str) -> None:
    """A FIFO queue gives the next of a group when the one before is done, and other groups meanwhile."""
    text = "queue Work { fifo; dedup content; visibility 30s; dead-letter after 2 }"
    async with running(database, text) as app:
        engine = app.engine
        for number in range(6):
            await app.send("Work", number, group="ab"[number % 2])
        first = await engine.receive("Work", 1, None, 0)
        second = await engine.receive("Work", 10, None, 0)
        assert [m.body for m in first + second] == ["0", "1", "3", "5"]
        assert await engine.receive("Work", 10, None, 0) == []
        assert first[0].sequence is not None
        assert len(first[0].sequence) == 20
        await engine.delete("Work", first[0].receipt)
        assert [m.body for m in await engine.receive("Work", 1, None, 0)] == ["2"]
        await engine.hide("Work", second[1].receipt, 0)
        assert await engine.receive("Work", 10, None, 0) == []  # 1 and 5 are in somebody's hands still
        for message in (second[0], second[2]):
            await engine.hide("Work", message.receipt, 0)
        again = await engine.receive("Work", 10, 0, 0)
        assert [m.body for m in again] == ["1", "3", "5"]
        assert not await engine.delete("Work", again[0].receipt)  # its time is over: a FIFO queue takes no such receipt


async def test_duplicates(database: str) -> None:
    """A FIFO queue takes a message once in five minutes: by content or by id, for the queue or for each group, over restarts too."""
    text = """
    queue Content { fifo; dedup content }
    queue Id { fifo; dedup id }
    queue Groups { fifo; dedup id; high-throughput }
    """
    for _ in range(2):
        async with running(database, text) as app:
            for _ in range(2):
                one, other = await app.send("Content", 1, 1, group="a")
                assert one == other
                first = (await app.engine.send("Id", [Message("1", group="a", dedup="x")], "t"))[0]
                again = (await app.engine.send("Id", [Message("2", group="b", dedup="x")], "t"))[0]
                assert (first.id, first.sequence, first.offset) == (again.id, again.sequence, again.offset)
                for group in "ab":
                    await app.send("Groups", 1, group=group, dedup="x")
            assert {name: len(app.engine.queues[name]) for name in ("Content", "Id", "Groups")} == {"Content": 1, "Id": 1, "Groups": 2}


async def test_a_duplicate_is_answered_when_the_first_is_on_disk(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends a message again hears that it is taken when it is, not before."""
    go = asyncio.Event()

    async with running(database, "queue Work { fifo; dedup content }\ntopic News { fifo; dedup content }\n") as app:
        writer, write = app.engine.log._writer, app.engine.log._writer._write

        async def late(batch: Any, notes: Any) -> None:
            await go.wait()
            await write(batch, notes)

        monkeypatch.setattr(writer, "_write", late)
        sending = [asyncio.ensure_future(app.send("Work", 1, group="a")) for _ in range(2)]
        sending += [asyncio.ensure_future(app.publish("News", 1, group="a")) for _ in range(2)]
        await asyncio.sleep(0.02)
        assert not any(task.done() for task in sending)
        go.set()
        one, again, news, news_again = await asyncio.gather(*sending)
        assert (one, news) == (again, news_again)


async def test_a_fifo_queue_with_a_poller(database: str) -> None:
    """A function gets the messages of a group in order, and what fails holds its group back."""
    text = """
    queue Work { fifo; dedup content; dead-letter after 3 }
    function work "src/work.handler"
    Work -> work { batch 3 }
    """
    done: dict[str, list[int]] = {"a": [], "b": [], "c": []}

    def work(event: Any) -> Any:
        failures: list[str] = []
        for record in event["Records"]:
            group, body = record["attributes"]["MessageGroupId"], json.loads(record["body"])
            if failures or (body["n"] % 4 == 0 and record["attributes"]["ApproximateReceiveCount"] == "1"):
                failures.append(record["messageId"])
            else:
                done[group].append(body["n"])
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failures]}

    async with running(database, text, work=work) as app:
        for number in range(30):
            await app.send("Work", {"n": number}, group="abc"[number % 3])
        await until(lambda: len(app.engine.queues["Work"]) == 0)
        assert len(app.engine.queues["Work.dead-letter"]) + sum(map(len, done.values())) == 30
        for numbers in done.values():
            assert numbers == sorted(numbers)


async def test_old_messages_go(database: str) -> None:
    """What is older than the retention is not received; it goes even where nobody receives."""
    async with running(database, "queue Work { retention 60s }\nqueue Other { retention 60s }") as app:
        await app.send("Work", 1)
        await app.send("Other", 1)
        with_age(app, "Work"), with_age(app, "Other")
        await app.send("Work", 2)
        assert [m.body for m in await app.engine.receive("Work", 10, None, 0)] == ["2"]
        await app.engine.log._do("UPDATE topic_other SET created_at = now() - interval '1 hour'")
        while await app.engine.log.queues() != {"Work": 1}:  # the engine sweeps, too
            await app.engine.queues["Other"].sweep()
        assert len(app.engine.queues["Other"]) == 0
        assert app.outcomes("expired") == [("Work", "Work"), ("Other", "Other")]


def with_age(app: App, queue: str) -> None:
    """Lets the messages at hand be an hour old."""
    rows = app.engine.queues[queue].queue._rows
    for offset, row in list(rows.items()):
        rows[offset] = type(row)(row.offset, row.key, row.value, row.at - 3600, row.meta)


async def test_waits_in_the_cloud_and_here() -> None:
    """What failed waits shortly here, or as long as in the cloud."""
    here, real = Waits(), Waits(real=True)
    assert [here.queue(n, 30) for n in (1, 2, 3, 9, 5000)] == [1, 2, 4, 30, 30]
    assert real.queue(1, 30) == 30
    assert [real.call(n) for n in (1, 2)] == [60, 120]
    assert [here.call(n) for n in (1, 2)] == [1, 2]
    assert [real.reader(n) for n in (1, 2, 3, 5000)] == [1, 2, 4, 60]
    assert [here.reader(n) for n in (1, 2, 3, 5000)] == [0.5, 1, 2, 10]


async def test_a_description_says_what_the_engine_needs() -> None:
    """The compiler gives a queue's poller everything that it reads."""
    wire = described(ONE)["wires"][0]
    assert {"from", "port", "to", "where", "pattern", "batch", "within", "concurrency"} <= wire.keys()
