"""What the endpoint's tests put around it: a description, an engine and stores in memory, and clients of real SDKs."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import boto3
from botocore.config import Config

from ifc.local.broker import Answer, Asked, Depth, Kept, Message, Notification, Received, Sent, StreamRecord
from ifc.local.endpoint import Endpoint

ACCOUNT, REGION = "000000000000", "eu-west-1"


def arn(service: str, rest: str) -> str:
    """An ARN of this app's account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def queue(name: str, **more: Any) -> dict[str, Any]:
    """A queue of the description."""
    return {
        "name": name,
        "arn": arn("sqs", name),
        "url": f"${{endpoint}}/{ACCOUNT}/{name}",
        "topic": "t",
        "fifo": False,
        "dedup": None,
        **more,
    }


def function(name: str, permissions: list[dict[str, Any]] | None) -> dict[str, Any]:
    """A function of the description."""
    role = f"arn:aws:iam::{ACCOUNT}:role/app-dev-{name}"
    return {"name": f"app-dev-{name}", "arn": arn("lambda", f"function:app-dev-{name}"), "role": role, "permissions": permissions}


def allow(actions: str | list[str], resources: str | list[str], **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {
        "effect": "Allow",
        "actions": [actions] if isinstance(actions, str) else actions,
        "resources": [resources] if isinstance(resources, str) else resources,
        **more,
    }


def description(**functions: list[dict[str, Any]] | None) -> dict[str, Any]:
    """An app with one thing of each kind, and functions with these permissions."""
    return {
        "version": 1,
        "app": "app",
        "region": REGION,
        "account": ACCOUNT,
        "functions": {
            "ship": function("ship", []),
            "bill": function("bill", []),
            **{name: function(name, permissions) for name, permissions in functions.items()},
        },
        "queues": {
            "Jobs": queue(
                "app-dev-Jobs", deadLetter={"queue": "Jobs.dead-letter", "after": 3}, wait=0, visibility=60, retention=3600, delay=5
            ),
            "Jobs.dead-letter": queue("app-dev-JobsDead"),
            "Lines": queue("app-dev-Lines.fifo", fifo=True, dedup="id"),
            "Same": queue("app-dev-Same.fifo", fifo=True, dedup="content", highThroughput=True),
        },
        "topics": {
            "Placed": {"name": "app-dev-Placed", "arn": arn("sns", "app-dev-Placed"), "topic": "placed", "fifo": False, "dedup": None},
            "Steps": {"name": "app-dev-Steps.fifo", "arn": arn("sns", "app-dev-Steps.fifo"), "topic": "steps", "fifo": True, "dedup": "id"},
            "Twins": {
                "name": "app-dev-Twins.fifo",
                "arn": arn("sns", "app-dev-Twins.fifo"),
                "topic": "twins",
                "fifo": True,
                "dedup": "content",
            },
        },
        "buses": {"Shop": {"name": "app-dev-Shop", "arn": arn("events", "event-bus/app-dev-Shop"), "topic": "shop"}},
        "streams": {
            "Clicks": {
                "name": "app-dev-Clicks",
                "arn": arn("kinesis", "stream/app-dev-Clicks"),
                "topic": "clicks",
                "shards": 2,
                "retention": 86400,
            }
        },
        "tables": {
            "Orders": {
                "name": "app-dev-Orders",
                "arn": arn("dynamodb", "table/app-dev-Orders"),
                "streamArn": arn("dynamodb", "table/app-dev-Orders/stream/2026-01-01T00:00:00.000"),
                "topic": "orders",
                "key": [["id", "S"]],
                "indexes": [{"name": "byCustomer", "key": [["customer", "S"]], "projection": "ALL", "attributes": [], "local": False}],
            }
        },
        "buckets": {"Reports": {"name": "app-dev-reports", "arn": "arn:aws:s3:::app-dev-reports", "topic": "reports"}},
        "secrets": {"Hook": {"name": "app-dev-Hook", "arn": arn("secretsmanager", "secret:app-dev-Hook"), "value": None}},
        "configs": {"Limits": {"name": "/app-dev/Limits", "arn": arn("ssm", "parameter/app-dev/Limits"), "value": "1"}},
        "wires": [
            {"from": "Placed", "port": "", "to": "Jobs", "address": None},
            {"from": "Placed", "port": "", "to": "bill", "address": None},
            {"from": "Placed", "port": "", "to": None, "address": "mailto:a@example.com"},
            {"from": "Placed", "port": "", "to": None, "address": "https://example.com/hook"},
        ],
        "verbs": VERBS,
    }


VERBS = {
    "table": {
        "reads": ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
        "writes": ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        "puts": ["dynamodb:PutItem"],
        "deletes": ["dynamodb:DeleteItem"],
    },
    "bucket": {
        "reads": ["s3:GetObject", "s3:ListBucket"],
        "writes": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"],
        "puts": ["s3:PutObject"],
        "deletes": ["s3:DeleteObject"],
    },
    "queue": {"sends": ["sqs:SendMessage"], "receives": ["sqs:DeleteMessage", "sqs:ReceiveMessage"]},
    "topic": {"publishes": ["sns:Publish"]},
    "bus": {"publishes": ["events:PutEvents"]},
    "stream": {"writes": ["kinesis:PutRecord", "kinesis:PutRecords"]},
    "function": {"calls": ["lambda:InvokeFunction"]},
    "secret": {"reads": ["secretsmanager:GetSecretValue"]},
    "config": {"reads": ["ssm:GetParameter", "ssm:GetParameters"], "writes": ["ssm:PutParameter"]},
}


@attrs.define
class Held:
    """A message in a queue."""

    id: str
    message: Message
    sender: str
    sent: int
    receipt: str = ""
    receives: int = 0
    first: int = 0
    hidden: bool = False


class FakeBroker:
    """An engine in memory; nothing in it runs."""

    def __init__(self) -> None:
        self.queues: dict[str, list[Held]] = {}
        self.published: list[tuple[str, Notification]] = []
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.kept: dict[tuple[str, str], list[Kept]] = {}
        self.calls: list[tuple[str, bytes, str]] = []
        self.later: list[tuple[str, bytes, str]] = []
        self.asked: Asked | None = None
        self.answer = Answer(b'{"ok":true}')
        self.received: list[tuple[str, int, int | None, float]] = []
        self.cancelled = 0
        self.waits = False
        self.broken: Exception | None = None
        self.came_from: str | None = None

    async def send(self, queue: str, messages: Sequence[Message], sender: str) -> list[Sent]:
        if self.broken:
            raise self.broken
        found = []
        for message in messages:
            held = Held(str(uuid.uuid4()), message, sender, int(time.time() * 1000))
            self.queues.setdefault(queue, []).append(held)
            found.append(Sent(held.id, "18850000000000000001" if queue in ("Lines", "Same") else None))
        return found

    async def receive(self, queue: str, most: int, visibility: int | None, wait: float) -> list[Received]:
        self.received.append((queue, most, visibility, wait))
        await self._wait()
        found = []
        for held in [h for h in self.queues.get(queue, []) if not h.hidden][:most]:
            held.hidden, held.receipt, held.receives = True, f"r-{held.id}-{held.receives}", held.receives + 1
            held.first = held.first or int(time.time() * 1000)
            m = held.message
            found.append(
                Received(
                    held.id,
                    held.receipt,
                    m.body,
                    m.attributes,
                    held.sent,
                    held.first,
                    held.receives,
                    held.sender,
                    m.group,
                    m.dedup,
                    "18850000000000000001" if m.dedup else None,
                    m.trace,
                    self.came_from,
                )
            )
        return found

    async def _wait(self) -> None:
        if self.waits:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise

    async def delete(self, queue: str, receipt: str) -> bool:
        if receipt == "explode":
            raise RuntimeError("the log is gone")
        held = next((h for h in self.queues.get(queue, []) if h.receipt == receipt), None)
        if held is None:
            return False
        self.queues[queue].remove(held)
        return True

    async def hide(self, queue: str, receipt: str, seconds: int) -> bool | None:
        held = next((h for h in self.queues.get(queue, []) if h.receipt == receipt), None)
        if held is None:
            return False
        if not held.hidden:
            return None
        held.hidden = seconds > 0
        return True

    async def purge(self, queue: str) -> None:
        self.queues[queue] = []

    def depth(self, queue: str) -> Depth:
        held = self.queues.get(queue, [])
        return Depth(sum(not h.hidden for h in held), sum(h.hidden for h in held), 0)

    async def publish(self, topic: str, messages: Sequence[Notification]) -> list[Sent]:
        self.published += [(topic, m) for m in messages]
        return [Sent(str(uuid.uuid4()), "1000" if topic in ("Steps", "Twins") else None) for _ in messages]

    async def put_events(self, bus: str, events: Sequence[Mapping[str, Any]]) -> list[str]:
        self.events += [(bus, e) for e in events]
        return [f"id-{bus}-{number}" for number, _ in enumerate(events)]

    async def put_records(self, stream: str, records: Sequence[StreamRecord]) -> list[Sent]:
        found = []
        for record in records:
            shard = self.shards(stream)[len(record.key) % 2]
            kept = self.kept.setdefault((stream, shard), [])
            sequence = str(100 + sum(map(len, self.kept.values())))
            kept.append(Kept(sequence, record.key, record.data, int(time.time() * 1000)))
            found.append(Sent(sequence, sequence, shard))
        return found

    def shards(self, stream: str) -> list[str]:
        return ["shardId-000000000000", "shardId-000000000001"]

    async def records(self, stream: str, shard: str, after: str, most: int) -> list[Kept]:
        return [k for k in self.kept.get((stream, shard), []) if not after or int(k.sequence) > int(after)][:most]

    async def last_sequence(self, stream: str, shard: str) -> str:
        kept = self.kept.get((stream, shard), [])
        return kept[-1].sequence if kept else ""

    async def call(self, function: str, payload: bytes, caller: str, asked: Asked | None = None) -> Answer:
        self.asked = asked
        self.calls.append((function, payload, caller))
        await self._wait()
        return self.answer

    async def call_later(self, function: str, payload: bytes, caller: str) -> str:
        self.later.append((function, payload, caller))
        return "11111111-2222-3333-4444-555555555555"


class Reply:
    """What the stores answer."""

    def __init__(self, status: int = 200, headers: Mapping[str, str] | None = None, body: bytes = b"{}", changes: Any = ()) -> None:
        self.status, self.body, self.changes = status, body, changes
        self.headers = list((headers or {}).items())


class FakeStores:
    """Stores that answer with what they are told to, and remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.reply = Reply()
        self.broken: Exception | None = None

    async def request(self, method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes) -> Reply:
        if self.broken:
            raise self.broken
        self.asked.append((method, path, dict(headers), body))
        return self.reply


class Running:
    """An endpoint that runs in a thread, and what it told."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.broker, self.stores = FakeBroker(), FakeStores()
        self.notes: list[str] = []
        self.refusals: list[tuple[str, str, str, str]] = []
        self.changes: list[Any] = []
        self.endpoint = Endpoint(
            given,
            self.broker,
            self.stores,
            {f"KEY{name}": name for name in given["functions"]},
            on_changes=self._changed,
            on_refused=lambda *told: self.refusals.append(told),
            note=self.notes.append,
        )
        self.loop = asyncio.new_event_loop()

    async def _changed(self, changes: Any) -> None:
        await asyncio.sleep(0.01)
        self.changes.append(changes)

    def reset(self) -> None:
        """Forgets what was done."""
        self.broker.__init__()  # type: ignore[misc]  # the endpoint holds this very object
        self.stores.__init__()  # type: ignore[misc]
        for told in (self.notes, self.refusals, self.changes):
            told.clear()

    @property
    def address(self) -> str:
        """The endpoint's address."""
        return f"http://127.0.0.1:{self.endpoint.port}"

    def client(self, service: str, who: str = "DEVELOPER", region: str = REGION, **config: Any) -> Any:
        """A boto3 client with a function's key, or the developer's."""
        return boto3.client(
            service,
            endpoint_url=self.address,
            region_name=region,
            aws_access_key_id=who if who == "DEVELOPER" else f"KEY{who}",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def post(self, service: str, target: str, body: Any, version: str = "1.0", who: str = "DEVELOPER") -> tuple[int, Any]:
        """The status and the body of a request that no SDK would send."""
        connection = http.client.HTTPConnection("127.0.0.1", self.endpoint.port)
        scope = f"{who}/20260101/{REGION}/{service}/aws4_request"
        headers = {
            "X-Amz-Target": target,
            "Content-Type": f"application/x-amz-json-{version}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        connection.request("POST", "/", json.dumps(body), headers)
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read() or b"null")
        connection.close()
        return found

    def until(self, true: Callable[[], bool]) -> None:
        """Waits for something that another thread does, and fails when it never happens."""
        for _ in range(1000):
            if true():
                return
            time.sleep(0.01)
        raise AssertionError("it did not happen")

    def stop(self) -> None:
        """Stops the endpoint."""
        asyncio.run_coroutine_threadsafe(self.endpoint.stop(), self.loop).result(10)

    def do(self, what: Any, *arguments: Any) -> None:
        """Does something on the endpoint's own thread."""

        async def doing() -> None:
            what(*arguments)

        asyncio.run_coroutine_threadsafe(doing(), self.loop).result(10)


@contextmanager
def running(given: Mapping[str, Any]) -> Iterator[Running]:
    """An endpoint on a port of its own."""
    made = Running(given)
    thread = threading.Thread(target=made.loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(made.endpoint.start(), made.loop).result(10)
    try:
        yield made
    finally:
        made.stop()
        made.loop.call_soon_threadsafe(made.loop.stop)
        thread.join(10)
        made.loop.close()
