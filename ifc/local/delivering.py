"""What is sent, and all that it becomes behind topics and buses, as one transaction: a message is with all who wait for it, or nobody."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Mapping
from hashlib import md5, sha256
from typing import TYPE_CHECKING, Any

from ifc.local import events, filters
from ifc.local.broker import Message, Notification, Sent, StreamRecord
from ifc.local.entries import Call, Row, Waiting, stored
from ifc.local.filters import Wire
from ifc.local.inputs import given, partition_of
from ifc.local.mailboxes import Mailbox, meta_of

if TYPE_CHECKING:
    from ifc.local.engine import Engine

DEEPEST = 20  # buses behind buses; a circle of them would never end
OWN_BUS = "aws"  # the account's own
HASHES = 1 << 128
REPLAY = "ifc-local"  # what a replay is called in the events that it sends


class Delivering:
    """Collects what is sent; `commit` writes it and lets those who wait have it. With `again` it is sent a second time: what came before is
    not taken for the same."""

    def __init__(self, engine: Engine, again: bool = False) -> None:
        self.engine, self._again = engine, again
        self.transaction = engine.log.transaction()
        self._messages: list[tuple[Mailbox, Row, float]] = []
        self._woken: set[str] = set()
        self._repeated = False  # something was sent before, and may be on its way to the disk

    async def commit(self) -> None:
        """Returns when all of it is in the log, and with those who wait for it."""
        if self.transaction.empty and self._repeated:
            await self.engine.log.settled()
        await self.engine.log.commit(self.transaction)
        for mailbox, row, due in self._messages:
            mailbox.queue.add(row.offset, due, row.key, row=row)
        for call in self.transaction.calls:
            self.engine.calls.add(call)
        for source in self._woken:
            self.engine.woken(source)

    # --- queues ---

    def send(self, queue: str, message: Message, sender: str) -> Sent:
        """Puts a message into a queue; a FIFO queue takes one only once."""
        mailbox = self.engine.queues[queue]
        description, at = mailbox.description, time.time()
        meta = meta_of(message, sender)
        dedup = None
        if description["fifo"]:
            dedup = meta["dedup"] = message.dedup if message.dedup is not None else digest(message.body)
            before = None if self._again else mailbox.before(dedup, message.group)
            if before is not None:
                self._repeated = True
                return before
        row = self.transaction.append(description["topic"], message.group or meta["id"], message.body, at, meta)
        sent = Sent(meta["id"], offset=row.offset)
        if dedup is not None:
            meta["sequence"] = events.fifo_sequence(row.offset)
            sent = Sent(meta["id"], meta["sequence"], offset=row.offset)
            mailbox.note(dedup, message.group, sent, at)
        delay = description["delay"] if message.delay is None else message.delay
        self.wait(mailbox, row, at + delay)
        return sent

    def wait(self, mailbox: Mailbox, row: Row, due: float) -> None:
        """Lets a row of a queue's topic be had from a time on."""
        self.transaction.waiting.append(Waiting(mailbox.name, row.offset, due))
        self._messages.append((mailbox, row, due))
        self.engine.count(mailbox.name)

    # --- topics ---

    def publish(self, topic: str, said: Notification) -> Sent:
        """Publishes to a topic: whoever subscribes has it with the same transaction."""
        description, at = self.engine.description["topics"][topic], time.time()
        dedup = None
        if description["fifo"]:
            dedup = said.dedup if said.dedup is not None else digest(said.message)
            before = self.engine.published[topic].get(dedup)
            if before is not None:
                self._repeated = True
                return before
        optional: dict[str, Any] = {"subject": said.subject, "group": said.group, "dedup": dedup, "structure": dict(said.structure or {})}
        optional["attributes"] = {name: dict(value) for name, value in said.attributes.items()}
        meta: dict[str, Any] = {"id": str(uuid.uuid4()), "at": at, **{name: value for name, value in optional.items() if value}}
        row = self.transaction.append(description["topic"], said.group or meta["id"], said.message, at, meta)
        sent = Sent(meta["id"], offset=row.offset)
        if dedup is not None:
            meta["sequence"] = events.fifo_sequence(row.offset)
            sent = Sent(meta["id"], meta["sequence"], offset=row.offset)
            self.engine.published[topic].note(dedup, sent, at)
        self.engine.count(topic)
        self.fan_out(topic, row)
        return sent

    def fan_out(self, topic: str, row: Row) -> None:
        """Delivers a row of a topic to its subscribers."""
        for wire in self.engine.wires_from(topic):
            if wire.to is None:
                if filters.passes_message(wire, row):
                    self.engine.told(topic, str(wire.description["address"]), "not sent", None, "addresses outside hear nothing from here")
            elif filters.passes_message(wire, row):
                self._notify(topic, wire, wire.to, row)

    def _notify(self, topic: str, wire: Wire, to: str, row: Row) -> None:
        engine, meta = self.engine, row.meta
        description, texts = engine.description["topics"][topic], meta.get("structure") or {}
        mailbox = engine.queues.get(to)
        if mailbox is None:
            arn = engine.description["functions"][to]["arn"]
            message = texts.get("lambda", texts.get("default", row.value))
            event = events.topic_event(description, meta, message, filters.subscription(description, arn))
            self.call(to, events.compact(event), topic)
            return
        message = texts.get("sqs", texts.get("default", row.value))
        attributes = meta.get("attributes", {})
        if wire.description["raw"] is False:
            arn = filters.subscription(description, mailbox.description["arn"])
            message, attributes = events.compact(events.notification(description, meta, message, arn)), {}
        self.send(to, Message(message, attributes, meta.get("group"), meta.get("dedup") if mailbox.queue.fifo else None), "SNS")

    # --- buses ---

    def event(self, bus: str, event: Mapping[str, Any], deep: int = 0) -> Sent:
        """Puts an event on a bus: what its arrows select of it goes on with the same transaction. From bus to bus it keeps its id."""
        id = str(event.get("id") or uuid.uuid4())
        whole = {"version": "0", "id": id, **{k: v for k, v in event.items() if k not in ("version", "id")}}
        description = self.engine.description["buses"].get(bus)
        if description is None:
            return Sent(id)  # the account's own bus, on which nobody of this app listens
        row = self.transaction.append(description["topic"], id, events.compact(whole), time.time(), {})
        self.engine.count(bus)
        self.route(bus, whole, deep)
        return Sent(id, offset=row.offset)

    def route(self, bus: str, event: Mapping[str, Any], deep: int = 0) -> None:
        """Delivers an event of a bus along the arrows that select it."""
        if self._again:
            event = {**event, "replay-name": REPLAY}
        for wire in self.engine.wires_from(bus):
            said, to = wire.description, wire.to
            if to is None or (wire.matcher is not None and not wire.matcher(event)):
                continue
            if to not in self.engine.description["buses"]:
                self.deliver(to, given(said["input"], event), bus, said["group"], partition_of(said["partition"], event))
            elif deep < DEEPEST:
                self.event(to, event, deep + 1)
            else:
                self.engine.told(bus, to, "given up", None, f"{DEEPEST} buses behind each other: do they go in a circle?")

    def deliver(self, to: str, payload: str, source: str, group: str | None = None, partition: str | None = None) -> None:
        """Delivers a payload to a function, a queue, a topic or a stream."""
        engine = self.engine
        if to in engine.queues:
            self.send(to, Message(payload, group=group), source)
        elif to in engine.description["topics"]:
            self.publish(to, Notification(payload))
        elif to in engine.description["streams"]:
            self.record(to, StreamRecord(partition or str(uuid.uuid4()), base64.b64encode(stored(payload).encode()).decode()))
        else:
            self.call(to, payload, source)

    # --- streams ---

    def record(self, stream: str, record: StreamRecord) -> Sent:
        """Puts a record into a stream."""
        description = self.engine.description["streams"][stream]
        text, meta = _text_of(record.data), dict[str, Any]()
        if text is None:
            meta["binary"] = True
        if record.shard_key is not None:
            meta["hash"] = record.shard_key
        row = self.transaction.append(description["topic"], record.key, record.data if text is None else text, time.time(), meta)
        self.engine.count(stream)
        self._woken.add(stream)
        return Sent("", events.stream_sequence(row.offset), shard_name(shard_of(row, description["shards"])), row.offset)

    # --- tables and buckets ---

    def changed(self, change: Mapping[str, Any]) -> None:
        """Notes a change of a table's item, a bucket's object, a secret or a config, and delivers it to those who wait for such."""
        kind = next((kind for kind in ("table", "bucket", "secret", "config") if kind in change), "")
        at, name = change.get("at", time.time() * 1000) / 1000, change[kind]
        if kind in ("secret", "config"):
            # One that only a running function made has no declared name.
            self.transaction.facts[f"{kind}:{name}" if name is not None else f"{kind}/{change['name']}"] = json.dumps(change)
            return
        place = self.engine.store(f"{kind}s", name)
        if place is None:
            self.engine.told(name, name, "not kept", None, f"the app has no such {kind} any more")
            return
        self.engine.count(name)
        # The event comes first: what has gone is found by it in the text.
        text = json.dumps({"event": change["event"], **change}, separators=(",", ":"))
        if kind == "table":
            self.transaction.append(place["topic"], json.dumps(change["keys"], sort_keys=True) if "keys" in change else "", text, at, {})
            self._woken.add(name)
        else:
            self.transaction.append(place["topic"], change["key"], text, at, {})
            self.object_event(name, change, at)

    def object_event(self, bucket: str, change: Mapping[str, Any], at: float) -> None:
        """Delivers the event of an object, once to each who wants it."""
        engine = self.engine
        kind = change["event"] or ""
        port = {"ObjectCreated": "created", "ObjectRemoved": "removed"}.get(kind.partition(":")[0])
        description, region = engine.store("buckets", bucket), engine.description["region"]
        if port is None or description is None:
            return
        on_bus = events.bucket_on_bus(description, change, engine.description["account"], region, at)
        delivered: set[str | None] = set()
        for wire in engine.wires_from(bucket):
            is_bus = wire.to in engine.description["buses"]
            # A bucket that tells the account's own bus tells it everything (S3 user guide, Enabling Amazon EventBridge).
            wanted = wire.port == port or wire.to == OWN_BUS
            if (
                wire.to is None
                or wire.to in delivered
                or not wanted
                or not filters.passes_object(wire, on_bus if is_bus else None, change["key"])
            ):
                continue
            delivered.add(wire.to)
            if is_bus:
                self.event(wire.to, on_bus)
            else:
                self.deliver(wire.to, events.compact(events.bucket_event(description, change, wire.id, region, at)), bucket)

    # --- functions ---

    def call(self, function: str, payload: str, source: str) -> str:
        """Notes an asynchronous call."""
        now, request = time.time(), str(uuid.uuid4())
        self.transaction.calls.append(Call(self.engine.log.next_call(), function, source, stored(payload), now, 0, now, request))
        return request


def digest(body: str) -> str:
    """What a FIFO queue compares where no id is given."""
    return sha256(body.encode("utf-8", "replace")).hexdigest()


def shard_of(row: Row, shards: int) -> int:
    """The shard of a record: shards share the hash keys of partition keys, which are MD5 (Kinesis developer guide, Key concepts)."""
    given = row.meta.get("hash")
    number = int(given) if given is not None else int(md5(row.key.encode(), usedforsecurity=False).hexdigest(), 16)
    return min(number // (HASHES // shards), shards - 1)


def shard_name(number: int) -> str:
    """The id of a shard by its number."""
    return f"shardId-{number:012d}"


def _text_of(data: str) -> str | None:
    """Data in base 64 as text, None where they are none."""
    try:
        text = base64.b64decode(data, validate=True).decode()
    except ValueError:
        return None
    return None if "\0" in text else text


def data_of(row: Row) -> str:
    """The data of a stream's row in base 64."""
    return row.value if row.meta.get("binary") else base64.b64encode(row.value.encode()).decode()
