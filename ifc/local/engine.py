"""The engine: what is sent, published, put or called goes through the log and on to whoever waits for it."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, Protocol

import attrs

from ifc.local import appending, events, filters, keeping, replaying
from ifc.local.answers import reason, succeeded
from ifc.local.arrows import Arrows
from ifc.local.broker import Answer, Asked, Depth, Kept, Message, Notification, Received, Sent, StreamRecord
from ifc.local.calls import Calls
from ifc.local.delivering import Delivering, data_of, shard_name, shard_of
from ifc.local.filters import Wire, wires_of
from ifc.local.keeping import History, Keeper
from ifc.local.log import Log
from ifc.local.mailboxes import Mailbox, recent, sent_of
from ifc.local.queues import Seen
from ifc.local.schedules import Schedules
from ifc.records import record

CONCURRENCY = 10  # calls of a function at the same time
SOURCES = ("queues", "topics", "buses", "streams", "tables", "buckets")
STORES = ("tables", "buckets")
CALM = 10.0  # seconds until the first look for either, so that the start is not slowed
UPKEEP = 60.0  # seconds between two looks for messages that are too old
COMPACTION = 1800.0  # seconds between two looks for rows that nobody needs
MOST_READ = 10_000_000  # characters of a stream's records that are read at once (Kinesis API reference, GetRecords: 10 MB)
PATIENCE = 3.0  # seconds that what is under way has to finish


@record
class Waits:
    """How long what failed waits before it is tried again, in seconds: shortly here, or as long as in the cloud."""

    real: bool = False

    def queue(self, receives: int, visibility: int) -> float:
        """A message of a queue."""
        return visibility if self.real else min(visibility, 2.0 ** min(receives - 1, 10))

    def call(self, attempts: int) -> float:
        """An asynchronous call (Lambda developer guide, Asynchronous invocation: a minute, then two)."""
        return 60.0 * attempts if self.real else 2.0 ** (attempts - 1)

    @property
    def throttled(self) -> float:
        """An asynchronous call of a function that takes none now."""
        return 60.0 if self.real else 10.0

    def reader(self, attempts: int) -> float:
        """A batch of a stream."""
        return min(60.0, 2.0 ** min(attempts - 1, 10)) if self.real else min(10.0, 0.5 * 2.0 ** min(attempts - 1, 10))


class Runner(Protocol):
    """What calls functions."""

    async def call(self, function: str, payload: bytes, request: str, asked: Asked | None = None) -> Answer:
        """The answer of a function."""


Told = Callable[[str, str, str, float | None, str], None]


@attrs.define(eq=False)
class Counts:
    """What happened in this run, for whoever looks: events by source, calls by function and outcome."""

    events: dict[str, int] = attrs.field(factory=dict)
    outcomes: dict[str, dict[str, int]] = attrs.field(factory=dict)

    def outcome(self, function: str, outcome: str) -> None:
        """Counts a call."""
        found = self.outcomes.setdefault(function, {})
        found[outcome] = found.get(outcome, 0) + 1


class Engine:
    """An app that runs. It is a `Broker`."""

    def __init__(self, log: Log, runner: Runner, told: Told, waits: Waits | None = None, history: History | None = None) -> None:
        self.log, self._runner, self._told = log, runner, told
        self.waits = waits or Waits()
        self.description: Mapping[str, Any] = {}
        self.queues: dict[str, Mailbox] = {}
        self.published: dict[str, Seen[Sent]] = {}  # by FIFO topic
        self.counts = Counts()
        self.calls = Calls(self)
        self.schedules = Schedules(self)
        self.arrows = Arrows(self)
        self.put_object: Callable[[str, str, bytes], Awaitable[None]] = _nowhere
        self.changing = asyncio.Lock()  # of what the log has: one at a time puts back or takes out
        self._coming: dict[str, Mapping[str, Any]] = {sort: {} for sort in STORES}  # tables and buckets of a version that does not run yet
        self._mailboxes: dict[str, Mailbox] = {}  # also of queues that the app had before
        self._wires: dict[str, list[Wire]] = {}
        self._keeper = Keeper(self, history or History())
        self._running: list[asyncio.Task[None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    # --- the app ---

    async def prepare(self, description: Mapping[str, Any]) -> None:
        """Makes room for what another version of the app has, so that its tables and buckets can change before it runs."""
        known = await self.log.facts("topic:")
        transaction = self.log.transaction()
        for sort in SOURCES:
            for name, place in description[sort].items():
                fact = f"topic:{place['topic']}"
                before, _, queue = known.get(fact, sort).partition(" ")
                if before != sort:
                    aside = await self.log.put_aside(place["topic"], queue)
                    self.told(name, name, "put aside", None, f"what was {before} before; it is in the log as {aside}")
                if known.get(fact) != f"{sort} {name}":
                    transaction.facts[fact] = f"{sort} {name}"
        await self.log.prepare(sorted(place["topic"] for sort in SOURCES for place in description[sort].values()))
        await self.log.commit(transaction)
        self._coming = {sort: description[sort] for sort in STORES}

    async def replace(self, description: Mapping[str, Any]) -> None:
        """Runs another version of the app: queues keep their messages, arrows that stay go on where they are."""
        await self.prepare(description)
        mailboxes, published = await self._boxes(description), await self._published(description)
        gone = [name for name in self.queues if name not in mailboxes]
        while any([await mailbox.group(description["queues"][name]) for name, mailbox in mailboxes.items()]):
            pass  # until nothing came meanwhile
        # From here to the arrows nothing else runs: a message finds the old app or the new one.
        for name, mailbox in mailboxes.items():
            mailbox.become(description["queues"][name])
        self.description, self.queues, self.published = description, mailboxes, published
        self._wires = {}
        wires = wires_of(description)
        for wire in wires:
            self._wires.setdefault(wire.source, []).append(wire)
        self.arrows.replace(wires)
        self.schedules.changed()
        if self._running:
            self.calls.changed()
            self._miss({name: len(self._mailboxes[name]) for name in gone})
        else:
            self._miss({name: count for name, count in (await self.log.queues()).items() if name not in mailboxes})
            await self.calls.start()
            self._running = [self._forever(self.schedules.run()), self._forever(self._keep())]

    async def _boxes(self, description: Mapping[str, Any]) -> dict[str, Mailbox]:
        """The queues of a description. One that the app had before is as it was: what was on its way to it comes there."""
        found: dict[str, Mailbox] = {}
        for name, said in description["queues"].items():
            mailbox = self._mailboxes.get(name)
            if mailbox is None:
                mailbox = Mailbox(self, name, said)
                await mailbox.load()
                self._mailboxes[name] = mailbox
            found[name] = mailbox
        return found

    async def _published(self, description: Mapping[str, Any]) -> dict[str, Seen[Sent]]:
        """What came to FIFO topics in the last minutes."""
        found: dict[str, Seen[Sent]] = {}
        for name, topic in description["topics"].items():
            if topic["fifo"]:
                found[name] = self.published.get(name) or Seen()
                if name not in self.published:
                    async for row in recent(self.log, topic["topic"]):
                        if "dedup" in row.meta:
                            found[name].note(row.meta["dedup"], sent_of(row), row.at)
        return found

    def _miss(self, queues: Mapping[str, int]) -> None:
        """Tells of messages that nobody can have as the app is now; they are there again with their queue."""
        for name, count in queues.items():
            if count:
                self.told(name, name, "waiting", None, f"{filters.counted(count, 'message')}: the app has no such queue now")

    def _forever(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """What runs for ever ends by being told to, or with the log; anything else is a mistake of ours, and ends the run."""
        if not task.cancelled() and task.exception() is not None and not self.log.failed.done():
            self.log.failed.set_result(task.exception() or RuntimeError("ended"))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs something beside; what it raises ends the run."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._ended)
        return task

    async def _keep(self) -> None:
        """Looks for what is too old, and for what nobody needs, again and again."""
        compacted = 0.0
        await asyncio.sleep(CALM)
        while True:
            if time.time() - compacted > COMPACTION:
                await self.compact()
                compacted = time.time()
            for mailbox in list(self.queues.values()):
                await mailbox.sweep()
            await asyncio.sleep(UPKEEP)

    async def compact(self) -> int:
        """Takes rows out of the log that are old and that nobody needs; how many."""
        async with self.changing:
            return await self._keeper.compact()

    async def stop(self) -> None:
        """Ends: what is under way has a moment to finish, and what does not is done again at the next start."""
        self.calls.stop()
        self.arrows.stop()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=PATIENCE)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # --- what the parts ask ---

    def delivering(self, again: bool = False) -> Delivering:
        """An empty transaction of what is sent."""
        return Delivering(self, again)

    def wires_from(self, source: str) -> Sequence[Wire]:
        """The arrows that leave a source."""
        return self._wires.get(source, ())

    def sources(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """What the log has topics of: name, sort and description."""
        for sort in SOURCES:
            for name, place in self.description[sort].items():
                yield name, sort, place

    def store(self, sort: str, name: str) -> Mapping[str, Any] | None:
        """A table or bucket, also of a version of the app that is about to run."""
        found: Mapping[str, Any] | None = self._coming[sort].get(name) or self.description.get(sort, {}).get(name)
        return found

    def read_to(self, topic: str) -> list[int]:
        """The offsets up to which the readers of a topic need no row."""
        return [readers.needed for readers in self.arrows.readers() if readers.source.topic == topic]

    def woken(self, source: str) -> None:
        """Tells the readers of a stream that there is more."""
        for readers in self.arrows.readers(source):
            readers.wake()

    def behind(self) -> dict[str, int]:
        """How many rows each reader of a stream has not looked at, by its arrow."""
        return {readers.wire.name: readers.behind for readers in self.arrows.readers()}

    def concurrency(self, function: str) -> int:
        """How many calls of a function run at the same time."""
        reserved = self.description["functions"].get(function, {}).get("reserved")
        return max(1, min(CONCURRENCY, reserved)) if reserved is not None else CONCURRENCY

    async def timed(self, function: str, payload: bytes, request: str, asked: Asked | None = None) -> tuple[Answer, float]:
        """A function's answer, and the seconds that it took. Whoever asks counts it: not every answer that says nothing of an error went well."""
        began = time.perf_counter()
        try:
            answer = await self._runner.call(function, payload, request, asked)
        except Exception as problem:  # whatever it is, this one call has failed
            answer = Answer(events.encoded({"errorType": type(problem).__name__, "errorMessage": str(problem)}), "Unhandled", 500)
        return answer, time.perf_counter() - began if answer.seconds is None else answer.seconds

    def told(self, source: str, target: str, outcome: str, seconds: float | None, detail: str = "") -> None:
        """Tells whoever looks what became of an event."""
        self._told(source, target, outcome, seconds, detail)

    def ended(self, source: str, function: str, well: bool, seconds: float | None, detail: str = "") -> None:
        """Counts a call of a function, and tells what became of it."""
        outcome = "ok" if well else "failed"
        self.counts.outcome(function, outcome)
        self.told(source, function, outcome, seconds, detail)

    def count(self, source: str) -> None:
        """Counts an event of a source."""
        self.counts.events[source] = self.counts.events.get(source, 0) + 1

    # --- Broker: queues ---

    async def send(self, queue: str, messages: Sequence[Message], sender: str) -> list[Sent]:
        """Puts messages into a queue."""
        delivering = self.delivering()
        sent = [delivering.send(queue, message, sender) for message in messages]
        await delivering.commit()
        return sent

    async def receive(self, queue: str, most: int, visibility: int | None, wait: float) -> list[Received]:
        """Up to `most` messages, hidden from others for a time."""
        return await self.queues[queue].receive(most, visibility, wait)

    async def delete(self, queue: str, receipt: str) -> bool:
        """Takes a received message out."""
        return await self.queues[queue].delete(receipt)

    async def hide(self, queue: str, receipt: str, seconds: int) -> bool | None:
        """Hides a received message for so long from now."""
        return self.queues[queue].hide(receipt, seconds)

    async def purge(self, queue: str) -> None:
        """Takes all messages out."""
        await self.queues[queue].purge()

    def depth(self, queue: str) -> Depth:
        """How many messages a queue holds."""
        return self.queues[queue].depth()

    # --- Broker: topics, buses, streams, functions ---

    async def publish(self, topic: str, messages: Sequence[Notification]) -> list[Sent]:
        """Publishes to a topic."""
        delivering = self.delivering()
        sent = [delivering.publish(topic, message) for message in messages]
        await delivering.commit()
        return sent

    async def put_events(self, bus: str, put: Sequence[Mapping[str, Any]]) -> list[str]:
        """Puts events on a bus."""
        delivering = self.delivering()
        sent = [delivering.event(bus, event) for event in put]
        await delivering.commit()
        return [each.id for each in sent]

    async def put_records(self, stream: str, records: Sequence[StreamRecord]) -> list[Sent]:
        """Puts records into a stream."""
        delivering = self.delivering()
        sent = [delivering.record(stream, each) for each in records]
        await delivering.commit()
        return sent

    def shards(self, stream: str) -> list[str]:
        """The ids of a stream's shards."""
        return [shard_name(n) for n in range(self.description["streams"][stream]["shards"])]

    async def records(self, stream: str, shard: str, after: str, most: int) -> list[Kept]:
        """The records of a shard behind a sequence number."""
        described = self.description["streams"][stream]
        offset, oldest = events.stream_offset(after), time.time() - described["retention"]
        found: list[Kept] = []
        size = 0
        while size < MOST_READ and (rows := await self.log.rows(described["topic"], offset, 100)):
            offset = rows[-1].offset
            for row in rows:
                if row.at >= oldest and shard_name(shard_of(row, described["shards"])) == shard:
                    found.append(Kept(events.stream_sequence(row.offset), row.key, data_of(row), int(row.at * 1000)))
                    size += len(row.value)
                    if len(found) == most:
                        return found
        return found

    async def last_sequence(self, stream: str, shard: str) -> str:
        """The sequence number behind which only new records come."""
        last = self.log.last_offset(self.description["streams"][stream]["topic"])
        return events.stream_sequence(last) if last else ""

    async def call(self, function: str, payload: bytes, caller: str, asked: Asked | None = None) -> Answer:
        """Calls a function and waits for its answer."""
        answer, seconds = await self.timed(function, payload, str(uuid.uuid4()), asked)
        well = succeeded(answer)
        self.ended(caller, function, well, seconds, "" if well else reason(answer))
        return answer

    async def call_later(self, function: str, payload: bytes, caller: str) -> str:
        """Puts an asynchronous call into the log and returns its id."""
        delivering = self.delivering()
        request = delivering.call(function, payload.decode("utf-8", "replace"), caller)
        await delivering.commit()
        return request

    # --- stores ---

    async def changes(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Notes changes of tables, buckets, secrets and configs; they are in the log when this returns."""
        delivering = self.delivering()
        for change in changes:
            delivering.changed(change)
        await delivering.commit()

    async def kept(self) -> AsyncIterator[list[dict[str, Any]]]:
        """What tables, buckets, secrets and configs hold, as the changes that made it so, some at a time."""
        for sort, rows_of in (("tables", keeping.items), ("buckets", keeping.everything)):
            for place in {**self.description.get(sort, {}), **self._coming[sort]}.values():
                async for rows in rows_of(self.log, place["topic"]):
                    yield [json.loads(row.value) for row in rows]
        for kind in ("secret", "config"):
            facts = await self.log.facts(kind)
            yield sorted((json.loads(fact) for fact in facts.values()), key=lambda change: change["at"])

    # --- for whoever looks, and acts by hand ---

    async def append(self, place: str, entries: Mapping[str, Any], sender: str | None) -> list[int]:
        """Spacer's `topics.append`: values by their keys into a queue, topic, stream or bus; their offsets. Raises ValueError."""
        return await appending.append(self, place, entries, sender)

    async def peek(self, queue: str, most: int) -> list[dict[str, Any]]:
        """The oldest messages of a queue, without taking them."""
        return await self.queues[queue].peek(most)

    async def replay(self, name: str, after: int) -> int:
        """Delivers once more what the log has of a source behind an offset; how many rows. Raises ValueError."""
        async with self.changing:
            return await replaying.replay(self, name, after)

    async def redrive(self, queue: str, offsets: Sequence[int] | None) -> replaying.Redriven:
        """Moves dead letters back to where they come from, all or those at some offsets. Raises ValueError."""
        async with self.changing:
            return await replaying.redrive(self, queue, offsets)


async def _nowhere(bucket: str, key: str, body: bytes) -> None:
    raise RuntimeError("there are no buckets here")
