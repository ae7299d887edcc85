"""The log in PostgreSQL: everything that happened, in order, and what is still to be done about it.

One process writes, so offsets are given out here, in the order in which rows are written. Table names and columns are Spacer's, with
`meta` beside them.
"""

from __future__ import annotations

import asyncio
import json
import re
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import psycopg

from ifc.local.entries import Call, Row, Waiting
from ifc.local.writing import Transaction, Writer

# Both tables are mostly empty, and every row of them is deleted soon: vacuum looks at them often (documentation, Routine Vacuuming), and
# a page keeps room for another version of its rows.
BUSY = "(fillfactor = 70, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0)"
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS consumer_group_offsets (
  group_offset BIGINT NOT NULL, group_id TEXT NOT NULL, topic TEXT NOT NULL, UNIQUE (group_id, topic));
CREATE TABLE IF NOT EXISTS waiting (
  queue TEXT NOT NULL, msg_offset BIGINT NOT NULL, due DOUBLE PRECISION NOT NULL, receives INT NOT NULL,
  first_received DOUBLE PRECISION NOT NULL, PRIMARY KEY (queue, msg_offset)) WITH {BUSY};
CREATE TABLE IF NOT EXISTS calls (
  id BIGINT PRIMARY KEY, function TEXT NOT NULL, source TEXT NOT NULL, payload TEXT NOT NULL, due DOUBLE PRECISION NOT NULL,
  attempts INT NOT NULL, asked DOUBLE PRECISION NOT NULL, request TEXT NOT NULL) WITH {BUSY};
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
TOPIC = """
CREATE TABLE IF NOT EXISTS {table} (
  msg_offset BIGSERIAL PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL, created_at TIMESTAMPTZ NOT NULL DEFAULT now(), meta TEXT);
"""
# The writer finds every row by its key; a plan made while a table was small, or bloated, would read all of it.
BY_KEY = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan"
ROW = "msg_offset, key, value, extract(epoch FROM created_at)::float8, meta"
FRESH = "(receives = 0 AND due <= %s)"  # a message that may be had and never was
AT_ONCE = 5000  # small rows that are read in one go


class Tail:
    """The newest rows of a topic, so that readers who keep up ask no database."""

    MOST, MOST_CHARACTERS = 2000, 2_000_000

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._characters = 0

    def add(self, row: Row) -> None:
        """Takes the next row, and lets go of the oldest."""
        self._rows.append(row)
        self._characters += len(row.value)
        if len(self._rows) > 2 * self.MOST or self._characters > 2 * self.MOST_CHARACTERS:
            self._cut()

    def _cut(self) -> None:
        kept = characters = 0
        for row in reversed(self._rows):
            characters += len(row.value)
            if kept == self.MOST or characters > self.MOST_CHARACTERS:
                break
            kept += 1
        self._rows = self._rows[len(self._rows) - kept :]
        self._characters = sum(len(row.value) for row in self._rows)

    def after(self, offset: int, most: int) -> list[Row] | None:
        """The rows behind an offset; None where it does not reach back so far."""
        if not self._rows or offset < self._rows[0].offset - 1:
            return None
        begin = bisect_right(self._rows, offset, key=lambda row: row.offset)
        return self._rows[begin : begin + most]


class Log:
    """The connection to the log. Only one process may hold it."""

    def __init__(self, address: str, writer: psycopg.AsyncConnection[Any], reader: psycopg.AsyncConnection[Any]) -> None:
        self.address, self._connections, self._reader = address, (writer, reader), reader
        self._reading = asyncio.Lock()
        self._given: dict[str, int] = {}  # offsets, by topic
        self._written: dict[str, int] = {}
        self._tails: dict[str, Tail] = {}
        self._calls = 0
        self._writer = Writer(writer, self._rows_written)

    @classmethod
    async def open(cls, address: str) -> Log:
        """Connects to a database and makes the tables that every app has."""
        writer, reader = [await psycopg.AsyncConnection.connect(address, autocommit=True) for _ in range(2)]
        await reader.execute(SCHEMA.encode())
        await writer.execute(BY_KEY.encode())
        log = cls(address, writer, reader)
        [(log._calls,)] = await log._all("SELECT coalesce(max(id), 0) FROM calls", [])
        return log

    @property
    def failed(self) -> asyncio.Future[BaseException]:
        """Done, with the reason, when nothing can be written any more."""
        return self._writer.failed

    async def prepare(self, topics: Iterable[str]) -> None:
        """Makes the tables of topics, and learns where each ends."""
        for topic in topics:
            if topic in self._given:
                continue
            await self._do(TOPIC.format(table=_table(topic)))
            # A row may have been taken out of the end; its offset is never given again.
            [(last,)] = await self._all(
                f"SELECT greatest((SELECT coalesce(max(msg_offset), 0) FROM {_table(topic)}), (SELECT coalesce(max(last_value), 0) FROM "
                "pg_sequences WHERE schemaname = current_schema() AND sequencename = %s))",
                [f"topic_{topic}_msg_offset_seq"],
            )
            self._given[topic] = self._written[topic] = last

    async def _settle(self, topic: str) -> None:
        """Lets PostgreSQL's own sequence follow, for whoever else writes when this process does not run."""
        if self._written.get(topic):
            await self._all("SELECT setval(%s, %s)", [f"topic_{topic}_msg_offset_seq", self._written[topic]])

    async def put_aside(self, topic: str, queue: str) -> str:
        """Gives a topic's table another name, since what is now called so is something else; the name. What waits in the queue of that name
        goes with it."""
        found = await self._all(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE %s", [f"aside%_{topic}"]
        )
        name = f"aside{found[0][0] + 1}_{topic}"
        async with self._reading, self._reader.transaction():
            for statement, values in (
                (f'ALTER TABLE IF EXISTS {_table(topic)} RENAME TO "{name}"', []),
                (f'ALTER SEQUENCE IF EXISTS "topic_{topic}_msg_offset_seq" RENAME TO "{name}_seq"', []),
                (f'ALTER INDEX IF EXISTS "topic_{topic}_pkey" RENAME TO "{name}_pkey"', []),
                ("DELETE FROM waiting WHERE queue = %s", [queue]),
                ("DELETE FROM consumer_group_offsets WHERE topic = %s", [topic]),
                ("DELETE FROM facts WHERE name = %s", [f"topic:{topic}"]),
            ):
                await self._reader.execute(statement.encode(), values)
        for known in (self._given, self._written, self._tails):
            known.pop(topic, None)
        return name

    def next_offset(self, topic: str) -> int:
        """The offset of the next row of a topic."""
        self._given[topic] += 1
        return self._given[topic]

    def last_offset(self, topic: str) -> int:
        """The offset of a topic's newest row that is on disk, 0 without one."""
        return self._written[topic]

    def next_call(self) -> int:
        """The number of the next asynchronous call."""
        self._calls += 1
        return self._calls

    # --- writing ---

    def transaction(self) -> Transaction:
        """An empty transaction."""
        return Transaction(self.next_offset)

    async def commit(self, transaction: Transaction) -> None:
        """Returns when a transaction is on disk."""
        if not transaction.empty:
            await self._writer.commit(transaction)

    async def settled(self) -> None:
        """Returns when everything that was to be written before is on disk."""
        await self._writer.commit(self.transaction())

    def note(self, waiting: Sequence[Waiting] = (), offsets: Mapping[tuple[str, str], int] | None = None) -> None:
        """Notes what nobody waits for; it is written a little later, unless it is settled before."""
        self._writer.note(waiting, offsets)

    def _rows_written(self, rows: Sequence[tuple[str, Row]]) -> None:
        for topic, row in rows:
            self._written[topic] = row.offset
            tail = self._tails.get(topic)
            if tail is not None:
                tail.add(row)

    # --- reading ---

    def follow(self, topic: str) -> None:
        """Keeps the newest rows of a topic at hand from now on."""
        self._tails.setdefault(topic, Tail())

    async def rows(self, topic: str, after: int, most: int) -> list[Row]:
        """The rows of a topic behind an offset, in order."""
        if after >= self._written[topic]:
            return []
        tail = self._tails.get(topic)
        found = tail.after(after, most) if tail is not None else None
        if found is not None:
            return found
        query = f"SELECT {ROW} FROM {_table(topic)} WHERE msg_offset > %s ORDER BY msg_offset LIMIT %s"
        return [row_of(r) for r in await self._all(query, [after, most])]

    async def newest(self, topic: str, most: int, before: int | None = None) -> list[Row]:
        """The newest rows of a topic, the newest first; with `before` only older ones than that offset."""
        end = self._written[topic] + 1 if before is None else before
        query = f"SELECT {ROW} FROM {_table(topic)} WHERE msg_offset < %s ORDER BY msg_offset DESC LIMIT %s"
        return [row_of(r) for r in await self._all(query, [end, most])]

    async def at(self, topic: str, offsets: Sequence[int]) -> dict[int, Row]:
        """The rows of a topic at some offsets."""
        if not offsets:
            return {}
        query = f"SELECT {ROW} FROM {_table(topic)} WHERE msg_offset = ANY(%s)"
        return {r[0]: row_of(r) for r in await self._all(query, [list(offsets)])}

    async def keys(self, topic: str, offsets: Sequence[int]) -> dict[int, str]:
        """The keys of a topic's rows at some offsets."""
        query = f"SELECT msg_offset, key FROM {_table(topic)} WHERE msg_offset = ANY(%s)"
        return dict(await self._all(query, [list(offsets)]))

    async def behind(self, topic: str, after: int, most: int = AT_ONCE) -> list[tuple[int, str]]:
        """Offsets and keys of a topic's rows behind an offset, in order."""
        query = f"SELECT msg_offset, key FROM {_table(topic)} WHERE msg_offset > %s ORDER BY msg_offset LIMIT %s"
        return [(offset, key) for offset, key in await self._all(query, [after, most])]

    async def count(self, topic: str, after: int) -> int:
        """How many rows a topic has behind an offset."""
        [(found,)] = await self._all(f"SELECT count(*) FROM {_table(topic)} WHERE msg_offset > %s", [after])
        return int(found)

    async def since(self, topic: str, moment: float) -> int:
        """The offset before the first row that is not older than a moment; rows are about in the order of their times."""
        low, high = 0, self._written[topic]
        query = f"SELECT msg_offset, extract(epoch FROM created_at)::float8 FROM {_table(topic)} WHERE msg_offset > %s ORDER BY msg_offset LIMIT 1"
        while low < high:
            middle = (low + high) // 2
            found = await self._all(query, [middle])
            if found and found[0][1] < moment:
                low = found[0][0]
            else:
                high = middle
        return low

    async def waiting(self, queue: str, topic: str) -> AsyncIterator[list[tuple[Waiting, str]]]:
        """The messages of a queue that are not done and the keys of their rows, in order, some at a time."""
        query = (
            f"SELECT w.queue, w.msg_offset, w.due, w.receives, w.first_received, t.key FROM waiting w JOIN {_table(topic)} t "
            "USING (msg_offset) WHERE w.queue = %s AND w.msg_offset > %s ORDER BY w.msg_offset LIMIT %s"
        )
        after = 0
        while found := await self._all(query, [queue, after, AT_ONCE]):
            yield [(Waiting(*r[:5]), r[5]) for r in found]
            after = found[-1][1]

    async def fresh(self, queue: str, now: float) -> AsyncIterator[list[int]]:
        """The offsets of a queue's messages that may be had and never were, in order, some at a time."""
        query = f"SELECT msg_offset FROM waiting WHERE queue = %s AND {FRESH} AND msg_offset > %s ORDER BY msg_offset LIMIT %s"
        after = 0
        while found := [offset for (offset,) in await self._all(query, [queue, now, after, 10 * AT_ONCE])]:
            yield found
            after = found[-1]

    async def others(self, queue: str, now: float) -> list[Waiting]:
        """The messages of a queue that are not done and not fresh, in order."""
        query = f"SELECT queue, msg_offset, due, receives, first_received FROM waiting WHERE queue = %s AND NOT {FRESH} ORDER BY msg_offset"
        return [Waiting(*r) for r in await self._all(query, [queue, now])]

    async def expired(self, queue: str, topic: str, moment: float, after: int) -> list[int]:
        """The offsets, behind one, of a queue's messages that were sent before a moment."""
        last = await self.since(topic, moment)
        query = (
            f"SELECT msg_offset FROM waiting JOIN {_table(topic)} USING (msg_offset) WHERE queue = %s AND msg_offset > %s AND msg_offset <= %s "
            "AND created_at < to_timestamp(%s) ORDER BY msg_offset LIMIT %s"
        )
        return [offset for (offset,) in await self._all(query, [queue, after, last, moment, AT_ONCE])] if last > after else []

    async def queues(self) -> dict[str, int]:
        """How many messages are not done, by queue."""
        return dict(await self._all("SELECT queue, count(*) FROM waiting GROUP BY queue ORDER BY queue", []))

    async def calls(self, after: int = 0) -> list[tuple[int, str, float]]:
        """The asynchronous calls that are not done, in order, some behind a number: number, function and when each is due."""
        query = "SELECT id, function, due FROM calls WHERE id > %s ORDER BY id LIMIT %s"
        return [(id, function, due) for id, function, due in await self._all(query, [after, AT_ONCE])]

    async def call(self, id: int) -> Call | None:
        """An asynchronous call by its number."""
        found = await self._all("SELECT id, function, source, payload, due, attempts, asked, request FROM calls WHERE id = %s", [id])
        return Call(*found[0]) if found else None

    async def offsets(self, topic: str) -> dict[str, int]:
        """How far the consumers of a topic have come."""
        return dict(await self._all("SELECT group_id, group_offset FROM consumer_group_offsets WHERE topic = %s", [topic]))

    async def drop_offsets(self, topic: str, groups: Sequence[str]) -> None:
        """Forgets consumers of a topic."""
        await self._do("DELETE FROM consumer_group_offsets WHERE topic = %s AND group_id = ANY(%s)", [topic, list(groups)])

    async def facts(self, begin: str) -> dict[str, str]:
        """What was noted under names that begin so."""
        return dict(await self._all("SELECT name, value FROM facts WHERE starts_with(name, %s) ORDER BY name", [begin]))

    async def stream(self, query: str, values: Sequence[Any] = (), most: int = AT_ONCE) -> AsyncGenerator[list[tuple[Any, ...]], None]:
        """What a long query finds, some at a time, by a connection of its own."""
        async with (
            await psycopg.AsyncConnection.connect(self.address) as connection,
            connection.cursor(name="stream") as cursor,
        ):
            await cursor.execute(query.encode(), values)
            while found := await cursor.fetchmany(most):
                yield found

    async def _all(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        async with self._reading:
            return await (await self._reader.execute(query.encode(), values)).fetchall()

    async def _do(self, statement: str, values: Sequence[Any] | None = None) -> None:
        async with self._reading:
            await self._reader.execute(statement.encode(), values)

    async def close(self) -> None:
        """Writes what is left and ends."""
        await self._writer.close()
        if not self.failed.done():
            for topic in list(self._written):
                await self._settle(topic)
        for connection in self._connections:
            await connection.close()


def row_of(found: Sequence[Any]) -> Row:
    """A row as it is read."""
    offset, key, value, at, meta = found
    return Row(offset, key, value, at, json.loads(meta) if meta else {})


def _table(topic: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9]*", topic):
        raise ValueError(f"`{topic}` is no name of a topic")
    return f'"topic_{topic}"'
