"""Topics, buses, buckets and schedules on the engine: who gets what, and in which shape."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from ifc.local.broker import Notification
from ifc.local.runner import Runner
from tests.local.engine_app import App, described, running, until

TOPIC = """
topic News
queue Raw
queue Enveloped
function read "src/read.handler"
News -> read
News -> Raw
News -> Enveloped { raw off }
News -> "mailto:ops@example.com"
"""


async def received(app: App, queue: str) -> list[Any]:
    """The bodies that a queue holds."""
    return [m["body"] for m in await app.engine.peek(queue, 100)]


async def test_a_topic_and_its_subscribers(database: str) -> None:
    """A function gets SNS's event, a queue the message alone or in SNS's envelope; addresses outside are told of."""
    async with running(database, TOPIC) as app:
        attributes = {"kind": {"DataType": "String", "StringValue": "x"}, "raw": {"DataType": "Binary", "BinaryValue": "AAE="}}
        [sent] = await app.engine.publish("News", [Notification("hello", "a subject", attributes)])
        await until(lambda: bool(app.functions.calls))
        [record] = app.functions.records("read")
        topic = app.engine.description["topics"]["News"]["arn"]
        assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
        assert record["EventSubscriptionArn"].startswith(topic + ":")
        sns = record["Sns"]
        assert (sns["MessageId"], sns["Message"], sns["Subject"], sns["TopicArn"]) == (sent.id, "hello", "a subject", topic)
        assert sns["MessageAttributes"] == {"kind": {"Type": "String", "Value": "x"}, "raw": {"Type": "Binary", "Value": "AAE="}}
        assert {"Type", "Timestamp", "SignatureVersion", "Signature", "SigningCertUrl", "UnsubscribeUrl"} <= sns.keys()
        [raw] = await app.engine.receive("Raw", 1, None, 0)
        assert (raw.body, dict(raw.attributes)) == ("hello", attributes)
        [enveloped] = await app.engine.receive("Enveloped", 1, None, 0)
        body = json.loads(enveloped.body)
        assert (body["Type"], body["Message"], body["Subject"], body["MessageId"]) == ("Notification", "hello", "a subject", sent.id)
        assert {"SigningCertURL", "UnsubscribeURL"} <= body.keys()
        assert not enveloped.attributes
        assert app.outcomes("not sent") == [("News", "mailto:ops@example.com")]


async def test_a_text_for_each_protocol(database: str) -> None:
    """With a structure each subscriber gets its own text."""
    async with running(database, TOPIC) as app:
        await app.engine.publish("News", [Notification("{}", structure={"default": "d", "sqs": "q"})])
        await until(lambda: bool(app.functions.calls))
        assert app.functions.records("read")[0]["Sns"]["Message"] == "d"
        assert await received(app, "Raw") == ["q"]


async def test_filters_of_a_topic(database: str) -> None:
    """A filter tests the body or the attributes; a body that is no JSON object passes none."""
    text = """
    topic News
    queue Body
    queue Attributes
    queue Number
    News where kind == "a" or not size exists -> Body
    News where attributes.kind == "a" -> Attributes
    News where attributes.size > 3 -> Number
    """

    def attribute(kind: str, value: str) -> dict[str, dict[str, str]]:
        return {"kind" if kind == "String" else "size": {"DataType": kind, "StringValue": value}}

    async with running(database, text) as app:
        said = [
            Notification('{"kind":"a","size":1}'),
            Notification('{"kind":"b"}', attributes=attribute("String", "a")),
            Notification("5"),
            Notification("text", attributes=attribute("Number", "4")),
            Notification("text", attributes=attribute("Number", "3")),
            Notification('{"kind":"b","size":9,"attributes":{"kind":"a"}}', attributes=attribute("String", "4")),
        ]
        await app.engine.publish("News", said)
        assert await received(app, "Body") == [said[0].message, said[1].message]
        assert await received(app, "Attributes") == [said[1].message]
        assert await received(app, "Number") == [said[3].message]


async def test_a_fifo_topic(database: str) -> None:
    """A FIFO topic takes a message once, over restarts too, and its queues get groups and order."""
    text = """
    topic News { fifo; dedup content }
    queue Work { fifo; dedup content }
    News -> Work
    """
    for _ in range(2):
        async with running(database, text) as app:
            first, again = await app.engine.publish("News", [Notification("1", group="a"), Notification("1", group="a")])
            assert first == again
            assert first.sequence is not None
            await app.publish("News", 2, group="a")
            [one, two] = await app.engine.receive("Work", 10, 0, 0)
            assert [(one.body, one.group), (two.body, two.group)] == [("1", "a"), ("2", "a")]


BUS = """
bus Shop
bus Behind
topic News
queue Work
queue Line { fifo; dedup content }
stream Clicks
function bill "src/bill.handler"
function part "src/part.handler"
Shop where detail.total > 10 -> bill
Shop -> part { input "$.detail.items[*].id" }
Shop -> News { input { fixed "text" } }
Shop -> Work { input "$.detail.total" }
Shop -> Line { group "g"; input "$.detail-type" }
Shop -> Clicks { partition "$.detail.user"; input "$.detail" }
Shop -> Behind
News -> Work
Behind where source == "shop" -> Work
"""


def event(**detail: Any) -> dict[str, Any]:
    """An event as the endpoint gives it to the engine."""
    return {
        "version": "0",
        "detail-type": "Placed",
        "source": "shop",
        "account": "000000000000",
        "time": "2026-11-22T08:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


async def test_a_bus_and_all_its_targets(database: str) -> None:
    """Rules select events; targets get the event, a part of it or a constant; a bus behind the bus gets the same event."""
    async with running(database, BUS) as app:
        [id, other] = await app.engine.put_events("Shop", [event(total=11, user="u1", items=[{"id": 1}, {}, {"id": 2}]), event(total=3)])
        await until(lambda: len(app.functions.calls) == 3)
        [bill] = app.functions.events("bill")
        assert bill == {**event(total=11, user="u1", items=[{"id": 1}, {}, {"id": 2}]), "id": id}
        assert app.functions.events("part") == [[1, 2], []]
        work = [json.loads(body) for body in await received(app, "Work")]
        assert sorted(w for w in work if isinstance(w, int)) == [3, 11]
        assert work.count({"fixed": "text"}) == 2
        assert [(w["id"], w["detail"]["total"]) for w in work if isinstance(w, dict) and "id" in w] == [(id, 11), (other, 3)]
        [line] = await app.engine.receive("Line", 10, None, 0)  # the second is the same for a queue that goes by content
        assert (line.group, line.body) == ("g", '"Placed"')
        [click, other] = await app.engine.records("Clicks", app.engine.shards("Clicks")[0], "", 10)
        assert (click.key, other.key) == ("u1", "null")


async def test_buses_in_a_circle(database: str) -> None:
    """Buses that send to each other end, and it is told."""
    async with running(database, 'bus A\nbus B\nA -> B  # ifc: allow IFC550 "that it ends is tested"\nB -> A') as app:
        await app.engine.put_events("A", [event()])
        assert app.outcomes("given up") == [("A", "B")]


BUCKET = """
bucket Files
bus Shop
topic News
queue Work
function resize "src/resize.handler"
function gone "src/gone.handler"
Files.created "in/*.jpg" -> resize
Files.removed -> gone
Files.created where key starts-with "out/" -> Work
Files.created -> Shop
Shop where detail.object.key == "a b+ä/c" -> News
News -> Work
"""


def change(event: str | None, key: str, **more: Any) -> dict[str, Any]:
    """A change of a bucket's object."""
    made = {"size": 3, "etag": '"abc"', "file": "f", "state": {}} if event and event.startswith("ObjectCreated") else {}
    base = {"bucket": "Files", "event": event, "key": key, "version": None, "sequencer": "0F", "at": int(time.time() * 1000)}
    return {**base, **made, **more}


async def test_a_bucket(database: str) -> None:
    """Objects that come and go are told of in S3's shape, with their keys encoded, to those whose pattern and filter fit."""
    async with running(database, BUCKET) as app:
        created = "ObjectCreated:Put"
        changes = [change(created, "in/a b.jpg"), change(created, "in/x.png"), change(created, "out/1"), change(created, "a b+ä/c")]
        changes += [change("ObjectRemoved:Delete", "in/a b.jpg"), change("ObjectTagging:Put", "in/a b.jpg"), change(None, "in/a b.jpg")]
        await app.engine.changes(changes)
        await until(lambda: len(app.functions.calls) == 2)
        [record] = app.functions.records("resize")
        s3 = record["s3"]
        assert (record["eventName"], record["eventSource"]) == ("ObjectCreated:Put", "aws:s3")
        assert (s3["object"]["key"], s3["object"]["size"], s3["object"]["eTag"]) == ("in/a+b.jpg", 3, "abc")
        assert s3["bucket"]["name"] == app.engine.description["buckets"]["Files"]["name"]
        [gone] = app.functions.records("gone")
        assert gone["eventName"] == "ObjectRemoved:Delete"
        assert "size" not in gone["s3"]["object"]
        work = [json.loads(body) for body in await received(app, "Work")]
        assert work[0]["Records"][0]["s3"]["object"]["key"] == "out/1"
        assert (work[1]["source"], work[1]["detail-type"]) == ("aws.s3", "Object Created")
        assert work[1]["detail"]["object"]["key"] == "a b+ä/c"
        assert len(work) == 2
        assert app.engine.counts.events["Shop"] == 4


async def test_two_patterns_to_one_bus(database: str) -> None:
    """An object that fits two arrows to a bus makes one event there, as the one rule of them does."""
    text = 'bucket Files\nbus Shop\nFiles.created "in/*" -> Shop\nFiles.created "*.jpg" -> Shop\n'
    async with running(database, text) as app:
        await app.engine.changes([change("ObjectCreated:Put", key) for key in ("in/a.jpg", "b.jpg", "in/c", "d")])
        assert app.engine.counts.events["Shop"] == 3


async def test_the_accounts_own_bus_hears_everything(database: str) -> None:
    """A bucket that tells the account's own bus tells it of what comes and goes, once."""
    text = """
    bucket Files
    queue Work
    Files.created -> aws
    aws where source == "aws.s3" -> Work
    """
    async with running(database, text) as app:
        await app.engine.changes([change("ObjectCreated:Copy", "a"), change("ObjectRemoved:Delete", "a")])
        kinds = [json.loads(body)["detail"]["reason"] for body in await received(app, "Work")]
        assert kinds == ["CopyObject", "DeleteObject"]


SCHEDULES = """
bus Shop
queue Work
queue Line { fifo; dedup content }
stream Clicks
function report "src/report.handler"
every 1h -> report
every 2h -> Work { input { a "b" } }
every 3h -> Line { group "g" }
every 4h -> Clicks { partition "p"; input "x" }
every 5h -> Shop { source "clock"; detail-type "Tick"; input { n 1 } }
Shop -> Work
"""


async def test_schedules(database: str) -> None:
    """What the clock starts gets Scheduler's notification or the input; a bus gets an event."""
    async with running(database, SCHEDULES) as app:
        for name in app.engine.description["schedules"]:
            await app.engine.schedules.fire(name)
        await until(lambda: bool(app.functions.calls))
        [notification] = app.functions.events("report")
        assert (notification["source"], notification["detail-type"], notification["detail"]) == ("aws.scheduler", "Scheduled Event", "{}")
        assert notification["resources"][0].endswith("/Every1hToReport")
        [constant, tick] = [json.loads(body) for body in await received(app, "Work")]
        assert constant == {"a": "b"}
        assert (tick["source"], tick["detail-type"], tick["detail"]) == ("clock", "Tick", {"n": 1})
        [line] = await app.engine.receive("Line", 1, None, 0)
        assert line.group == "g"
        [click] = await app.engine.records("Clicks", app.engine.shards("Clicks")[0], "", 10)
        assert (click.key, click.data) == ("p", "Ingi")
        assert app.engine.schedules.next("Every1hToReport") == pytest.approx(time.time() + 3600, abs=30)


async def test_a_schedule_starts_by_itself(database: str) -> None:
    """When a schedule's time comes it starts, and its next time is reckoned."""
    from datetime import UTC, datetime

    text = 'function report "src/report.handler"\ncron "* * * * ? *" -> report\nat "2099-01-01T00:00" -> report { enabled off }'
    async with running(database, text) as app:
        schedules = app.engine.schedules
        [cron] = [name for name in app.engine.description["schedules"] if name.startswith("Cron")]
        [never] = [name for name in app.engine.description["schedules"] if name.startswith("At")]
        assert schedules.next(never) is None
        schedules._next[cron] = time.time() + 0.05
        schedules._changed.set()
        await until(lambda: bool(app.functions.calls))
        following = schedules.next(cron)
        assert following is not None
        assert datetime.fromtimestamp(following, UTC).second == 0
        assert following > time.time()


async def test_a_message_is_with_all_or_nobody(database: str) -> None:
    """When something about a message is wrong, none of those behind a topic has it, and nothing is in the log."""
    async with running(database, TOPIC) as app:
        app.engine.description = {**app.engine.description, "functions": {}}
        with pytest.raises(KeyError):
            await app.publish("News", 1)
        assert await received(app, "Raw") == []
        assert app.engine.log.last_offset("news") == 0


async def test_functions_that_exist_elsewhere(database: str) -> None:
    """Events for them are calls as for any function, which fail in the end; who else listens has his own."""
    text = """
extern function resize "media-resize"
topic News
function read "src/read.handler" { calls resize }
News -> resize, read
"""
    description = described(text)
    assert description["functions"]["resize"]["name"] == "media-resize"
    assert "`resize` exists elsewhere: it does not run here, and calls of it fail" in description["absent"]
    assert not any("empty one" in sentence for sentence in description["absent"])
    async with running(database, text) as app:
        await app.publish("News", "n")
        await until(lambda: len(app.functions.calls) == 2)
        assert sorted(name for name, _ in app.functions.calls) == ["read", "resize"]
    runner = Runner(None, "")  # type: ignore[arg-type]  # no host has it
    runner.description = description
    answer = await runner.call("resize", b"{}", "id")
    assert (answer.error, json.loads(answer.payload)) == (
        "Unhandled",
        {"errorType": "Runtime.NotHere", "errorMessage": "`resize` exists elsewhere, and does not run here"},
    )


def test_what_exists_elsewhere_stands_empty() -> None:
    """The summary tells functions from the rest."""
    found = described('extern function f "f"\nextern table People "people" { key id: string }\nextern queue Jobs "jobs"\n')["absent"]
    assert found == [
        "`Jobs`, `People` exists elsewhere: an empty one of that name stands here",
        "`f` exists elsewhere: it does not run here, and calls of it fail",
    ]
