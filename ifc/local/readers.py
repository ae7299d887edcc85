"""Readers of streams, a table's as well as Kinesis: each goes through the log in order, at its own pace, and notes how far it came.

An arrow has a reader for each shard and, with `parallel`, for each lane of a shard; which rows are whose depends on their keys alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from ifc.local import events, filters
from ifc.local.answers import failed_items, reason, succeeded
from ifc.local.broker import Answer, Kept
from ifc.local.delivering import data_of, shard_name, shard_of
from ifc.local.entries import Row
from ifc.records import record

if TYPE_CHECKING:
    from ifc.local.engine import Engine
    from ifc.local.filters import Wire

THROTTLED = 429  # the status of a call that the function does not take now
AT_ONCE = 250  # rows that are looked at in one go
TABLE_RETENTION = 86_400  # seconds (DynamoDB developer guide, Change data capture for DynamoDB Streams)


@record
class Part:
    """A shard, and a lane of it."""

    shard: int
    shards: int
    lane: int
    lanes: int

    @property
    def name(self) -> str:
        """How its reader is told from others of the arrow; nothing for the only one."""
        return "" if self.shards == self.lanes == 1 else f" {self.shard}/{self.shards} {self.lane}/{self.lanes}"

    def has(self, row: Row) -> bool:
        """Whether a row is its own."""
        if self.shards > 1 and shard_of(row, self.shards) != self.shard:
            return False
        return self.lanes == 1 or crc32(row.key.encode()) % self.lanes == self.lane


@record
class Item:
    """A row, and the record that a function gets of it."""

    row: Row
    record: bytes


Tried = tuple[Sequence[Item], int]  # records, with how often they were tried


class Source:
    """What an arrow, or two of one table to one function, read: which rows pass, and what their records are."""

    def __init__(self, engine: Engine, wires: Sequence[Wire]) -> None:
        self.name, self._wires = wires[0].source, wires
        self._table = engine.description["tables"].get(self.name)
        self._place = self._table or engine.description["streams"][self.name]
        self.topic: str = self._place["topic"]
        self.shards: int = self._place.get("shards") or 1
        self.retention: int = self._place.get("retention") or TABLE_RETENTION
        self.arn: str = self._place["streamArn" if self._table else "arn"]
        self.kind = "DDBStreamBatchInfo" if self._table else "KinesisBatchInfo"

    def record(self, row: Row) -> Item | None:
        """The record of a row, None where it passes no filter."""
        if self._table is not None:
            change = json.loads(row.value)
            if change["event"] == "CLEAR":
                return None
            found = events.table_record(self._table, row.offset, change, row.at)
            return Item(row, events.encoded(found)) if filters.passes_change(self._wires, found) else None
        if not filters.passes_json(self._wires[0], "" if row.meta.get("binary") else row.value):
            return None
        kept = Kept(events.stream_sequence(row.offset), row.key, data_of(row), int(row.at * 1000))
        return Item(row, events.encoded(events.stream_record(self._place, self.shard(row), kept)))

    def sequence(self, row: Row) -> str:
        """The sequence number of a row."""
        return events.sequence(row.offset) if self._table is not None else events.stream_sequence(row.offset)

    def shard(self, row: Row) -> str:
        """The id of a row's shard."""
        return "shardId-00000000000000000000-00000000" if self._table is not None else shard_name(shard_of(row, self.shards))


class Readers:
    """All readers of an arrow from a stream to a function."""

    def __init__(self, engine: Engine, wires: Sequence[Wire]) -> None:
        self._engine, self.wire = engine, wires[0]
        self.source = Source(engine, wires)
        lanes = self.wire.description["parallel"] or 1
        parts = [Part(s, self.source.shards, lane, lanes) for s in range(self.source.shards) for lane in range(lanes)]
        self.readers = [Reader(engine, self.wire, self.source, part) for part in parts]

    @property
    def behind(self) -> int:
        """How many rows of the topic the slowest has not looked at."""
        last = self._engine.log.last_offset(self.source.topic)
        return max(0, last - min(reader.offset for reader in self.readers))

    async def run(self) -> None:
        """Reads until it is told to stop."""
        self._engine.log.follow(self.source.topic)
        await self._begin()
        await asyncio.gather(*(reader.run() for reader in self.readers))

    async def _begin(self) -> None:
        """Finds where the readers were. Where there are others than before, all begin where the slowest was."""
        log, topic = self._engine.log, self.source.topic
        known = await log.offsets(topic)
        groups = [reader.group for reader in self.readers]
        before = [group for group in known if group == self.wire.name or group.startswith(f"{self.wire.name} ")]
        if before:
            begin = min(known[group] for group in before)
        elif self.wire.description["start"] == "latest":
            begin = log.last_offset(topic)
        else:
            begin = await log.since(topic, time.time() - self.source.retention)
        same = set(before) == set(groups)
        transaction = log.transaction()
        for reader in self.readers:
            reader.offset = known[reader.group] if same else begin
            transaction.offsets[reader.group, topic] = reader.offset
        if not same:
            await log.commit(transaction)
            await log.drop_offsets(topic, sorted(set(before) - set(groups)))

    @property
    def needed(self) -> int:
        """The offset behind which the rows are still to be read."""
        return min(reader.needed for reader in self.readers)

    def wake(self) -> None:
        """Tells them that there is more."""
        for reader in self.readers:
            reader.woken.set()

    def stop(self) -> None:
        """Tells them to end after the call that they are in."""
        for reader in self.readers:
            reader.stopping = True
            reader.woken.set()

    async def rewind(self, offset: int) -> None:
        """Goes back to an offset."""
        await asyncio.gather(*(reader.rewind(offset) for reader in self.readers))


class Reader:
    """Reads one part of a stream."""

    def __init__(self, engine: Engine, wire: Wire, source: Source, part: Part) -> None:
        self._engine, self._wire, self._source, self._part = engine, wire, source, part
        self._function = str(wire.to)
        self.group = wire.name + part.name
        self.woken = asyncio.Event()
        self.stopping = False
        self.offset = 0
        self._rewound: int | None = None
        self._again = (0, 0.0)  # rows up to an offset are read again since a time

    async def run(self) -> None:
        """Reads until it is told to stop."""
        while not self.stopping:
            if self._rewound is not None:
                self.offset, self._rewound = self._rewound, None
            items, last = await self._collect()
            if items:
                await self._deliver(items)
            if not self._diverted and last > self.offset:
                self.offset = last
                self._engine.log.note(offsets={(self.group, self._source.topic): last})

    @property
    def needed(self) -> int:
        """The offset behind which the rows are still to be read."""
        return self.offset if self._rewound is None else min(self.offset, self._rewound)

    @property
    def _diverted(self) -> bool:
        """Whether it is to go on elsewhere, or not at all."""
        return self.stopping or self._rewound is not None

    async def rewind(self, offset: int) -> None:
        """Goes back to an offset, when the call that it is in has ended."""
        self._rewound, self._again = offset, (self._engine.log.last_offset(self._source.topic), time.time())
        await self._note(offset)
        self.woken.set()

    async def _advance(self, offset: int) -> None:
        """Notes that everything up to an offset is done."""
        if self._rewound is None:
            self.offset = offset
            await self._note(offset)

    async def _note(self, offset: int) -> None:
        transaction = self._engine.log.transaction()
        transaction.offsets[self.group, self._source.topic] = offset
        await self._engine.log.commit(transaction)

    # --- reading ---

    async def _collect(self) -> tuple[list[Item], int]:
        """The next batch, when it is full or its window is over, and the offset up to which all was looked at."""
        most, log, topic = self._wire.description["batch"], self._engine.log, self._source.topic
        found: list[Item] = []
        after, size, until = self.offset, 0, 0.0
        while not self._diverted:
            self.woken.clear()
            rows = await log.rows(topic, after, AT_ONCE)
            for row in rows:
                item = self._source.record(row) if self._part.has(row) else None
                if item is not None:
                    size += len(item.record) + 1
                    if found and size > events.LARGEST:
                        return found, after
                    found.append(item)
                after = row.offset
                if len(found) == most:
                    return found, after
            if rows and not until:
                until = time.time() + (self._wire.description["within"] or 0)
            if (found and time.time() >= until) or (not rows and not found and after > self.offset):
                break
            if rows:
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, until - time.time()) if found else None):
                    await self.woken.wait()
        return found, after

    # --- delivering ---

    async def _deliver(self, items: Sequence[Item]) -> None:
        """Calls the function with records in order until all are done or given up."""
        waiting: deque[Tried] = deque([(items, 0)])
        while waiting and not self._diverted:
            items, attempts = waiting.popleft()
            items = await self._fresh(items, attempts)
            if items:
                waiting.extendleft(reversed(await self._call(items, attempts)))

    async def _call(self, items: Sequence[Item], attempts: int) -> list[Tried]:
        """Calls the function once; what is to be done then."""
        request = str(uuid.uuid4())
        answer, seconds = await self._engine.timed(self._function, filters.batch(item.record for item in items), request)
        done = self._done(items, answer)
        if done:
            await self._advance(items[done - 1].row.offset)
        rest = items[done:]
        if not rest:
            self._ended(True, seconds, filters.shown(len(items), "record"))
            return []
        why = reason(answer) if not succeeded(answer) else f"{len(rest)} of {len(items)} failed"
        if answer.status == THROTTLED:  # no attempt: it never ran
            parts, wait = [(rest, attempts)], self._engine.waits.throttled
        else:
            attempts = 1 if done else attempts + 1  # what failed first has been tried once
            if 0 <= self._wire.description["retries"] < attempts:
                self._ended(False, seconds, f"{why}; given up {filters.shown(len(rest), 'record')}".rstrip())
                await self._give_up(rest, request, "RetryAttemptsExhausted", attempts, answer)
                return []
            parts, wait = self._parts(rest, 0 if done else len(rest) // 2, attempts), self._engine.waits.reader(attempts)
        self._ended(False, seconds, f"{why}; again in {wait:g} s")
        await self._pause(wait)
        return parts

    def _parts(self, items: Sequence[Item], half: int, attempts: int) -> list[Tried]:
        """What is tried again: all of it or, where the arrow halves what fails, its halves; halving is no attempt."""
        if half and self._wire.description["bisect"]:
            return [(items[:half], 0), (items[half:], 0)]
        return [(items, attempts)]

    async def _pause(self, seconds: float) -> None:
        """Waits before a batch is tried again, unless it is to go on elsewhere."""
        until = time.time() + seconds
        while not self._diverted and time.time() < until:
            self.woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(until - time.time()):
                    await self.woken.wait()

    def _ended(self, well: bool, seconds: float, detail: str) -> None:
        self._engine.ended(self._wire.shown, self._function, well, seconds, detail)

    def _told(self, outcome: str, seconds: float | None, detail: str = "") -> None:
        self._engine.told(self._wire.shown, self._function, outcome, seconds, detail)

    def _done(self, items: Sequence[Item], answer: Answer) -> int:
        """How many records from the first are done (Lambda developer guide, Partial batch response: what follows the first failure is not)."""
        failures = failed_items(answer)
        if failures is None:
            return 0
        if not failures:
            return len(items)
        known = {self._source.sequence(item.row): index for index, item in enumerate(items)}
        return min(known.get(failure, 0) for failure in failures)

    async def _fresh(self, items: Sequence[Item], attempts: int) -> Sequence[Item]:
        """The records that are not too old for the arrow; the others are given up."""
        said, (replayed, since) = self._wire.description, self._again
        most = said["maxAge"] or (self._source.retention if said["retries"] < 0 and attempts else None)
        if most is None:
            return items
        limit, old = time.time() - most, 0
        while old < len(items) and max(items[old].row.at, since if items[old].row.offset <= replayed else 0.0) < limit:
            old += 1
        if old:
            self._told("failed", None, f"too old; given up {filters.shown(old, 'record')}".rstrip())
            await self._give_up(items[:old], str(uuid.uuid4()), "RecordAgeExceeded", attempts, None)
        return items[old:]

    async def _give_up(self, items: Sequence[Item], request: str, condition: str, attempts: int, answer: Answer | None) -> None:
        """Tells the dead letter of records that failed too often, and goes on behind them."""
        engine, first, last = self._engine, items[0].row, items[-1].row
        delivering = engine.delivering()
        to = self._wire.description["deadLetter"]
        if to is not None:
            batch = {
                "shardId": self._source.shard(first),
                "startSequenceNumber": self._source.sequence(first),
                "endSequenceNumber": self._source.sequence(last),
                "approximateArrivalOfFirstRecord": events.moment(first.at),
                "approximateArrivalOfLastRecord": events.moment(last.at),
                "batchSize": len(items),
                "streamArn": self._source.arn,
            }
            function = engine.description["functions"].get(self._function, {"arn": self._function})
            outcome = events.outcome(answer.status, answer.error) if answer is not None else None
            told = events.given_up(function, request, condition, attempts, outcome, self._source.kind, batch, time.time())
            if to in engine.description["buckets"]:
                payload = filters.batch(item.record for item in items).decode()
                moment = time.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S", time.gmtime())
                key = f"aws/lambda/{self._wire.id}/{batch['shardId']}/{moment}-{uuid.uuid4()}"
                await engine.put_object(to, key, events.encoded({**told, "payload": payload}))
            else:
                delivering.deliver(to, events.compact(told), self._source.name)
            engine.told(self._wire.shown, to, "dead letter", None, filters.shown(len(items), "record"))
        if self._rewound is None:
            self.offset = last.offset
            delivering.transaction.offsets[self.group, self._source.topic] = last.offset
        await delivering.commit()
