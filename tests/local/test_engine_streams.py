"""Streams, a table's as well as Kinesis, on the engine: order, filters, halving, giving up, lanes and shards."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from ifc.local.broker import Answer, StreamRecord
from tests.local.engine_app import App, Failing, Quick, described, running, until

TABLE = """
table Orders { key id: string; stream new-and-old; ttl expiresAt }
function bill "src/bill.handler"
Orders.stream -> bill { batch 3 }
"""


def ids(app: App, function: str) -> list[list[str]]:
    """The keys of the items in each event of a function."""
    return [[r["dynamodb"]["Keys"]["id"]["S"] for r in event["Records"]] for event in app.functions.events(function)]


async def test_changes_of_a_table(database: str) -> None:
    """A function gets the changes in order, in the shape of DynamoDB's stream."""
    async with running(database, TABLE) as app:
        await app.change("Orders", "1", total="5")
        await app.change("Orders", "1", "MODIFY", total="6")
        await app.change("Orders", "1", "REMOVE")
        await until(lambda: len(app.functions.records("bill")) == 3)
        records = app.functions.records("bill")
        assert [r["eventName"] for r in records] == ["INSERT", "MODIFY", "REMOVE"]
        assert records[0]["dynamodb"]["NewImage"] == {"id": {"S": "1"}, "total": {"S": "5"}}
        assert "OldImage" not in records[0]["dynamodb"]
        assert "NewImage" not in records[2]["dynamodb"]
        assert records[0]["dynamodb"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert records[0]["eventSourceARN"] == app.engine.description["tables"]["Orders"]["streamArn"]
        numbers = [r["dynamodb"]["SequenceNumber"] for r in records]
        assert numbers == sorted(numbers)
        assert len({r["eventID"] for r in records}) == 3


async def test_views(database: str) -> None:
    """A record has the images that the table's stream has."""
    for view, images in (("new", {"NewImage"}), ("old", {"OldImage"}), ("keys", set())):
        async with running(database, TABLE.replace("stream new-and-old", f"stream {view}")) as app:
            await app.change("Orders", view, "MODIFY")
            await until(lambda: bool(app.functions.calls))
            assert app.functions.records("bill")[-1]["dynamodb"].keys() & {"NewImage", "OldImage"} == images


async def test_batches_and_windows(database: str) -> None:
    """A batch holds at most so many; with a window it waits to be full."""
    async with running(database, TABLE.replace("batch 3", "batch 3; within 60s")) as app:
        for number in range(7):
            await app.change("Orders", str(number))
        await until(lambda: len(app.functions.calls) == 2)
        await asyncio.sleep(0.05)
        assert ids(app, "bill") == [["0", "1", "2"], ["3", "4", "5"]]
        await app.change("Orders", "7")
        await app.change("Orders", "8")
        await until(lambda: len(app.functions.calls) == 3)
        assert ids(app, "bill")[2] == ["6", "7", "8"]


async def test_filters_of_a_table(database: str) -> None:
    """A filter sees single values of the images that the stream has, with DynamoDB's types; lists are absent to it."""
    text = TABLE.replace("Orders.stream ->", 'Orders.stream where eventName == "INSERT" and new.total > 3 ->')
    async with running(database, text) as app:
        at = 1.0
        images: list[dict[str, Any]] = [{"N": "4"}, {"N": "3"}, {"S": "9"}, {"L": [{"N": "9"}]}, {"NS": ["9"]}, {"N": "1E2"}]
        changes = []
        for number, total in enumerate(images):
            key = {"id": {"S": str(number)}}
            changes.append(
                {"table": "Orders", "event": "INSERT", "keys": key, "new": {**key, "total": total}, "old": None, "user": None, "at": at}
            )
        changes.append({**changes[0], "event": "MODIFY"})
        await app.engine.changes(changes)
        await until(lambda: len(app.functions.records("bill")) == 2)
        assert [id for batch in ids(app, "bill") for id in batch] == ["0", "5"]
        await until(lambda: app.engine.behind() == {"Orders.stream -> bill": 0})


async def test_expiry(database: str) -> None:
    """`expired` is what time to live has deleted; a function with both arrows gets each change once, as Lambda's one mapping does."""
    text = """
    table Orders { key id: string; stream new-and-old; ttl expiresAt }
    function late "src/late.handler"
    function both "src/both.handler"
    Orders.expired -> late
    Orders.stream where eventName == "INSERT" or eventName == "REMOVE" -> both
    Orders.expired -> both
    """
    async with running(database, text) as app:
        await app.change("Orders", "1")
        await app.change("Orders", "1", "REMOVE")
        await app.change("Orders", "2")
        key, user = {"id": {"S": "2"}}, {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        await app.engine.changes([{"table": "Orders", "event": "REMOVE", "keys": key, "new": None, "old": key, "user": user, "at": 1}])
        await until(lambda: len(app.functions.records("both")) >= 4 and not any(app.engine.behind().values()))
        assert len(app.functions.records("late")) == 1
        assert app.functions.records("late")[0]["userIdentity"] == user
        assert [id for batch in ids(app, "both") for id in batch] == ["1", "1", "2", "2"]


async def test_a_table_that_is_cleared(database: str) -> None:
    """That a table has lost its items with its key is no change of an item."""
    async with running(database, TABLE) as app:
        await app.change("Orders", "1")
        await app.engine.changes([{"table": "Orders", "event": "CLEAR", "at": 1}])
        await app.change("Orders", "2")
        await until(lambda: len(app.functions.records("bill")) == 2)
        kept = [change async for part in app.engine.kept() for change in part]
        assert [(c["event"], c.get("keys")) for c in kept] == [("CLEAR", None), ("INSERT", {"id": {"S": "2"}})]


KINESIS = """
stream Clicks { shards 2 }
function count "src/count.handler"
Clicks -> count { batch 4 }
"""


def contents(app: App, function: str) -> list[list[Any]]:
    """What the records in each event of a function hold."""
    return [[json.loads(base64.b64decode(r["kinesis"]["data"])) for r in event["Records"]] for event in app.functions.events(function)]


async def test_records_of_a_stream(database: str) -> None:
    """A function gets the records of a key in order, in the shape of Kinesis; each event is of one shard."""
    async with running(database, KINESIS) as app:
        for number in range(40):
            await app.put("Clicks", f"key{number % 5}", [f"key{number % 5}", number])
        await until(lambda: sum(map(len, contents(app, "count"))) == 40)
        for key in range(5):
            numbers = [n for event in contents(app, "count") for name, n in event if name == f"key{key}"]
            assert numbers == sorted(numbers)
        shards = [{r["eventID"].partition(":")[0] for r in event["Records"]} for event in app.functions.events("count")]
        assert all(len(each) == 1 for each in shards)
        assert set().union(*shards) == set(app.engine.shards("Clicks"))
        record = app.functions.records("count")[0]
        assert record["kinesis"]["sequenceNumber"].startswith("496")
        assert record["eventSourceARN"] == app.engine.description["streams"]["Clicks"]["arn"]


async def test_reading_by_hand(database: str) -> None:
    """Records are read by shard behind a sequence number, and an explicit hash key chooses the shard."""
    async with running(database, KINESIS) as app:
        engine, data = app.engine, base64.b64encode(b"\xff\x00").decode()
        begin = str(1 << 127)  # of the second shard
        sent = await engine.put_records(
            "Clicks", [StreamRecord("a", data, h) for h in ("0", begin, str(int(begin) - 1), str((1 << 128) - 1))]
        )
        first, second = engine.shards("Clicks")
        assert [s.shard for s in sent] == [first, second, first, second]
        found = await engine.records("Clicks", second, "", 10)
        assert [r.sequence for r in found] == [sent[1].sequence, sent[3].sequence]
        assert found[0].data == data
        assert [r.sequence for r in await engine.records("Clicks", second, "", 1)] == [sent[1].sequence]
        assert [r.sequence for r in await engine.records("Clicks", second, found[0].sequence, 10)] == [sent[3].sequence]
        assert await engine.last_sequence("Clicks", second) == sent[3].sequence
        assert await engine.records("Clicks", second, found[1].sequence, 10) == []


async def test_filters_of_a_stream(database: str) -> None:
    """A filter sees a record's JSON; what is none does not pass."""
    async with running(database, KINESIS.replace("Clicks ->", "Clicks where not size exists ->")) as app:
        data = [b'{"a":1}', b'{"size":1}', b"text", b"5", b"\xff"]
        await app.engine.put_records("Clicks", [StreamRecord("k", base64.b64encode(d).decode()) for d in data])
        await until(lambda: app.engine.behind() == {"Clicks -> count": 0} and bool(app.functions.calls))
        assert contents(app, "count") == [[{"a": 1}]]


# --- failures ---


async def test_halving_finds_the_bad_record(database: str) -> None:
    """A batch that fails is halved until the bad record is alone; it is tried again as often as the app says, and given up; halving is no
    attempt."""
    tried: list[list[str]] = []

    def bill(event: Any) -> None:
        batch = [r["dynamodb"]["Keys"]["id"]["S"] for r in event["Records"]]
        tried.append(batch)
        if "bad" in batch:
            raise Failing("bad")

    text = TABLE.replace("batch 3", "batch 8; within 60s; retries 2; dead-letter Lost") + "queue Lost\n"
    async with running(database, text, bill=bill) as app:
        for id in ("0", "1", "2", "3", "4", "bad", "6", "7"):
            await app.change("Orders", id)
        await until(lambda: app.engine.behind() == {"Orders.stream -> bill": 0})
        half = ["4", "bad", "6", "7"]
        assert tried == [
            ["0", "1", "2", "3", *half],
            ["0", "1", "2", "3"],
            half,
            ["4", "bad"],
            ["4"],
            ["bad"],
            ["bad"],
            ["bad"],
            ["6", "7"],
        ]
        [letter] = await app.engine.receive("Lost", 10, None, 0)
        body = json.loads(letter.body)
        assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
        assert body["requestContext"]["approximateInvokeCount"] == 3
        assert body["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
        info = body["DDBStreamBatchInfo"]
        assert info["batchSize"] == 1
        assert info["startSequenceNumber"] == info["endSequenceNumber"]
        assert info["streamArn"] == app.engine.description["tables"]["Orders"]["streamArn"]


async def test_parts_of_a_batch(database: str) -> None:
    """What comes before the first failure is done; the rest comes again, and an identifier that is none fails all."""
    tried: list[list[str]] = []

    def bill(event: Any) -> Any:
        tried.append([r["dynamodb"]["Keys"]["id"]["S"] for r in event["Records"]])
        if len(tried) == 1:
            return {"batchItemFailures": [{"itemIdentifier": event["Records"][n]["dynamodb"]["SequenceNumber"]} for n in (2, 1)]}
        return {"batchItemFailures": [{"itemIdentifier": "nobody"}]} if len(tried) == 2 else None

    async with running(database, TABLE.replace("batch 3", "batch 3; within 60s; bisect off"), bill=bill) as app:
        for id in "012":
            await app.change("Orders", id)
        await until(lambda: app.engine.behind() == {"Orders.stream -> bill": 0})
        assert tried == [["0", "1", "2"], ["1", "2"], ["1", "2"]]


async def test_for_ever_and_not_at_all(database: str) -> None:
    """Without retries a batch is given up at once; with `none` it is tried until it is done."""
    counts: list[int] = []

    def bill(event: Any) -> None:
        counts.append(len(event["Records"]))
        if len(counts) < 30:
            raise Failing("not yet")

    for said, calls in (("retries 0", 1), ("retries none", 30)):
        counts.clear()
        async with running(database, TABLE.replace("batch 3", f"batch 1; {said}"), bill=bill) as app:
            await app.change("Orders", said)
            await until(lambda: app.engine.behind() == {"Orders.stream -> bill": 0})
            assert len(counts) == calls


async def test_throttled_calls_are_no_attempts(database: str) -> None:
    """A function that takes no call now is asked again, and that does not count."""
    answers = [Answer(b'{"errorMessage":"Rate Exceeded."}', None, 429)] * 5
    text = TABLE.replace("batch 3", "batch 3; retries 1; bisect off")
    async with running(database, text, bill=lambda event: answers.pop() if answers else None) as app:
        await app.change("Orders", "1")
        await until(lambda: app.outcomes("ok") == [("Orders.stream", "bill")])
        assert len(app.functions.calls) == 6


async def test_too_old(database: str) -> None:
    """Records older than the arrow takes are not delivered, and told to the dead letter: a bucket's has the records too."""
    put: list[tuple[str, str, bytes]] = []

    async def put_object(bucket: str, key: str, body: bytes) -> None:
        put.append((bucket, key, body))

    text = TABLE.replace("batch 3", "batch 3; max-age 60s; start oldest; dead-letter Lost") + "bucket Lost\n"
    async with running(database, TABLE.partition("function")[0]) as app:
        await app.change("Orders", "old")
        await app.engine.log._do("UPDATE topic_orders SET created_at = now() - interval '1 hour'")
        await app.change("Orders", "new")
    async with running(database, {**described(TABLE), "wires": []}) as app:
        app.engine.put_object = put_object
        await app.engine.replace(described(text))
        await until(lambda: bool(app.functions.calls))
        assert ids(app, "bill") == [["new"]]
        [(bucket, key, body)] = put
        letter = json.loads(body)
        assert bucket == "Lost"
        assert key.startswith("aws/lambda/")
        assert letter["requestContext"]["condition"] == "RecordAgeExceeded"
        assert "responseContext" not in letter
        assert json.loads(letter["payload"])["Records"][0]["dynamodb"]["Keys"] == {"id": {"S": "old"}}


async def test_where_a_new_arrow_begins(database: str) -> None:
    """At what comes now, or at what the stream still has; an arrow that was there goes on where it was."""
    async with running(database, TABLE.partition("function")[0]) as app:
        await app.change("Orders", "older")
        await app.engine.log._do("UPDATE topic_orders SET created_at = now() - interval '25 hours'")
        await app.change("Orders", "old")
    async with running(database, TABLE.replace("-> bill", "-> bill { start latest }").replace("{ batch 3 }", "")) as app:
        await until(lambda: app.engine.behind() == {"Orders.stream -> bill": 0})
        await app.change("Orders", "1")
        await until(lambda: bool(app.functions.calls))
        assert ids(app, "bill") == [["1"]]
    async with running(database, TABLE.replace("bill", "other")) as app:
        await until(lambda: bool(app.functions.calls))
        assert ids(app, "other") == [["old", "1"]]
    async with running(database, TABLE) as app:
        await app.change("Orders", "2")
        await until(lambda: bool(app.functions.calls))
        assert ids(app, "bill") == [["2"]]


# --- lanes and shards ---


async def test_lanes(database: str) -> None:
    """With `parallel` the keys of a shard are dealt out: one that fails holds back its own lane alone, and order is kept for each key."""
    stuck = asyncio.Event()
    seen: dict[str, list[int]] = {}

    async def count(event: Any) -> None:
        for record in event["Records"]:
            if record["kinesis"]["partitionKey"] == "slow":
                await stuck.wait()
            seen.setdefault(record["kinesis"]["partitionKey"], []).append(json.loads(base64.b64decode(record["kinesis"]["data"])))

    text = KINESIS.replace("shards 2", "shards 1").replace("batch 4", "batch 4; parallel 4")
    async with running(database, text, count=count) as app:
        await app.put("Clicks", "slow", 0)
        for number in range(20):
            for key in range(8):
                await app.put("Clicks", f"key{key}", number)
        await until(lambda: sum(1 for numbers in seen.values() if len(numbers) == 20) >= 4)
        assert "slow" not in seen
        stuck.set()
        await until(lambda: sum(map(len, seen.values())) == 161)
        assert all(numbers == sorted(numbers) for numbers in seen.values())


async def test_other_lanes_and_shards_lose_nothing(database: str) -> None:
    """When a stream gets other shards or lanes, its readers begin where the slowest was."""
    text, read = KINESIS.replace("batch 4", "batch 1; retries none"), set()

    def count(event: Any) -> None:
        if event["Records"][0]["kinesis"]["partitionKey"] == "bad" and not fixed:
            raise Failing("not yet")
        read.add(json.loads(base64.b64decode(event["Records"][0]["kinesis"]["data"])))

    fixed = False
    async with running(database, text, count=count, waits=Quick()) as app:
        await app.put("Clicks", "bad", 0)
        for number in range(1, 20):
            await app.put("Clicks", f"key{number}", number)
        await until(lambda: len(read) >= 5)
    assert 0 not in read
    fixed = True
    for change in (("shards 2", "shards 3"), ("batch 1", "batch 1; parallel 2"), ("shards 2", "shards 1")):
        async with running(database, text.replace(*change), count=count) as app:
            await app.put("Clicks", "last", 100)
            await until(lambda: 100 in read)
            await until(lambda: app.engine.behind() == {"Clicks -> count": 0})
        assert read == {*range(20), 100}
        read.discard(100)
    log = app.engine.log
    assert log is not None


async def test_large_records_share_no_event(database: str) -> None:
    """An event holds at most what a function takes."""
    async with running(database, KINESIS.replace("batch 4", "batch 100; within 60s").replace("shards 2", "shards 1")) as app:
        data = base64.b64encode(json.dumps("x" * 900_000).encode()).decode()
        await app.engine.put_records("Clicks", [StreamRecord("k", data) for _ in range(10)])
        await until(lambda: len(app.functions.calls) == 1)
        assert len(app.functions.records("count")) == 5
