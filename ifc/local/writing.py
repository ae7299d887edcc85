"""The one writer of the log: whoever writes waits until PostgreSQL has it on disk, and what comes at the same time goes in one transaction."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ifc.local.entries import Call, Row, Waiting, stored

if TYPE_CHECKING:
    import psycopg

NOTED_AFTER = 0.25  # seconds until a note is written that nobody waits for


@attrs.define(eq=False)
class Transaction:
    """What is written together: all of it or nothing."""

    next_offset: Callable[[str], int]
    rows: list[tuple[str, Row]] = attrs.field(factory=list)
    waiting: list[Waiting] = attrs.field(factory=list)
    done: list[tuple[str, int]] = attrs.field(factory=list)
    purged: dict[str, int] = attrs.field(factory=dict)  # queues, each up to an offset
    calls: list[Call] = attrs.field(factory=list)
    tries: dict[int, Call] = attrs.field(factory=dict)  # changed
    called: list[int] = attrs.field(factory=list)
    offsets: dict[tuple[str, str], int] = attrs.field(factory=dict)
    facts: dict[str, str | None] = attrs.field(factory=dict)

    def append(self, topic: str, key: str, value: str, at: float, meta: Mapping[str, Any]) -> Row:
        """Adds a row to a topic."""
        row = Row(self.next_offset(topic), stored(key), stored(value), at, meta)
        self.rows.append((topic, row))
        return row

    @property
    def empty(self) -> bool:
        """Whether nothing is to be written."""
        return not (
            self.rows or self.done or self.waiting or self.offsets or self.calls or self.called or self.tries or self.facts or self.purged
        )


class Notes:
    """What is written when there is time: how often a message was received, how far a reader has skipped. Much of it never is, because the
    message is done before, or the reader has gone on."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, int], Waiting] = {}
        self.offsets: dict[tuple[str, str], int] = {}

    def __bool__(self) -> bool:
        return bool(self.waiting or self.offsets)

    def overtaken(self, transaction: Transaction) -> None:
        """Forgets what a transaction settles."""
        if self.waiting:
            for key in transaction.done:
                self.waiting.pop(key, None)
        if self.offsets:
            for group in transaction.offsets:
                self.offsets.pop(group, None)

    def add(self, newer: Notes) -> None:
        """Takes over newer notes."""
        self.waiting |= newer.waiting
        self.offsets |= newer.offsets


class Writer:
    """Writes transactions in the order in which they come."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], written: Callable[[Sequence[tuple[str, Row]]], None]) -> None:
        self._connection, self._written = connection, written
        self._queue: list[tuple[Transaction, asyncio.Future[None]]] = []
        self._new, self._ripe = Notes(), Notes()
        self._timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.failed: asyncio.Future[BaseException] = self._loop.create_future()
        self._task = asyncio.ensure_future(self._run())

    def commit(self, transaction: Transaction) -> asyncio.Future[None]:
        """Done when a transaction is on disk, and with it all that came before it."""
        done: asyncio.Future[None] = self._loop.create_future()
        if self.failed.done():
            done.set_exception(_lost(self.failed.result()))
            return done
        for notes in (self._new, self._ripe):
            notes.overtaken(transaction)
        self._queue.append((transaction, done))
        self._wake.set()
        return done

    def note(self, waiting: Sequence[Waiting] = (), offsets: Mapping[tuple[str, str], int] | None = None) -> None:
        """Notes what nobody waits for; it is written a little later, unless it is settled before."""
        for each in waiting:
            self._new.waiting[each.queue, each.offset] = each
        self._new.offsets |= offsets or {}
        if self._timer is None:
            self._timer = self._loop.call_later(NOTED_AFTER, self._ripen)

    def _ripen(self) -> None:
        self._timer = None
        self._ripe.add(self._new)
        self._new = Notes()
        if self._ripe:
            self._wake.set()

    async def close(self) -> None:
        """Writes what is left and ends."""
        self._ripen()
        self._wake.set()
        while (self._queue or self._ripe) and not self.failed.done():
            await asyncio.wait([self.commit(Transaction(_no_offset))])
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()

    # --- writing ---

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._queue = self._queue, []
            notes, self._ripe = self._ripe, Notes()
            try:
                if notes or not all(transaction.empty for transaction, _ in batch):
                    await self._write([transaction for transaction, _ in batch], notes)
            except Exception as problem:
                self._fail(batch, problem)
                return
            for transaction, done in batch:
                if transaction.rows:
                    self._written(transaction.rows)
                if not done.done():
                    done.set_result(None)

    def _fail(self, batch: Sequence[tuple[Transaction, asyncio.Future[None]]], problem: Exception) -> None:
        """Tells everyone that nothing can be written any more; whether this batch was, nobody knows."""
        if not self.failed.done():
            self.failed.set_result(problem)
        for _, done in [*batch, *self._queue]:
            if not done.done():
                done.set_exception(_lost(problem))
                done.exception()  # seen: not everyone waits
        self._queue = []

    async def _write(self, batch: Sequence[Transaction], notes: Notes) -> None:
        """Writes transactions in one; what may follow on another in a batch is written after it."""
        async with self._connection.pipeline(), self._connection.transaction():
            await self._insert(batch)
            await self._update(batch, notes)
            await self._delete(batch)
            offsets = notes.offsets | {key: offset for t in batch for key, offset in t.offsets.items()}
            if offsets:
                groups, topics = [g for g, _ in offsets], [t for _, t in offsets]
                await self._execute(OFFSETS, [array(list(offsets.values())), array(groups), array(topics)])
            for name, value in {name: value for t in batch for name, value in t.facts.items()}.items():
                await (self._execute(FORGET, [name]) if value is None else self._execute(FACT, [name, stored(value)]))

    async def _insert(self, batch: Sequence[Transaction]) -> None:
        by_topic: dict[str, list[Row]] = {}
        for transaction in batch:
            for topic, row in transaction.rows:
                by_topic.setdefault(topic, []).append(row)
        for topic, rows in by_topic.items():
            metas = [stored(json.dumps(r.meta, ensure_ascii=False)) if r.meta else None for r in rows]
            await self._execute(_append(topic), [*_columns(rows, "offset", "key", "value", "at"), array(metas)])
        if waiting := [w for t in batch for w in t.waiting]:
            await self._execute(WAIT, _columns(waiting, *WAITING))
        if calls := [c for t in batch for c in t.calls]:
            await self._execute(CALL, _columns(calls, "id", "function", "source", "payload", "due", "attempts", "asked", "request"))

    async def _update(self, batch: Sequence[Transaction], notes: Notes) -> None:
        if notes.waiting:
            await self._execute(RECEIVED, _columns(list(notes.waiting.values()), "queue", "offset", "receives", "first_received"))
        if tries := {key: call for t in batch for key, call in t.tries.items()}:
            await self._execute(TRIED, _columns(list(tries.values()), "id", "due", "attempts"))

    async def _delete(self, batch: Sequence[Transaction]) -> None:
        for queue, offset in {queue: offset for t in batch for queue, offset in t.purged.items()}.items():
            await self._execute(PURGE, [queue, offset])
        if done := [d for t in batch for d in t.done]:
            await self._execute(DONE, [array([queue for queue, _ in done]), array([offset for _, offset in done])])
        if called := [c for t in batch for c in t.called]:
            await self._execute(CALLED, [array(called)])

    async def _execute(self, statement: bytes, values: Sequence[Any]) -> None:
        await self._connection.execute(statement, values)


def _lost(problem: BaseException) -> ConnectionError:
    return ConnectionError(f"the log can't be written: {problem}")


def _no_offset(topic: str) -> int:
    raise RuntimeError("a barrier has no rows")


def _columns(things: Sequence[Any], *names: str) -> list[str]:
    return [array([getattr(thing, name) for thing in things]) for name in names]


def array(values: Sequence[str | float | None]) -> str:
    """An array as PostgreSQL reads it (documentation, Array input and output syntax); psycopg's own way takes ten times as long."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: str | float | None) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "NULL" if value is None else repr(value)


def _append(topic: str) -> bytes:
    return (
        f'INSERT INTO "topic_{topic}" (msg_offset, key, value, created_at, meta) SELECT o, k, v, to_timestamp(a), m FROM '
        "unnest(%s::bigint[], %s::text[], %s::text[], %s::float8[], %s::text[]) AS r(o, k, v, a, m)"
    ).encode()


WAITING = ("queue", "offset", "due", "receives", "first_received")
WAIT = (
    b"INSERT INTO waiting SELECT * FROM unnest(%s::text[], %s::bigint[], %s::float8[], %s::int[], %s::float8[]) "
    b"ON CONFLICT (queue, msg_offset) DO NOTHING"
)
RECEIVED = (
    b"UPDATE waiting w SET receives = n.r, first_received = n.f FROM unnest(%s::text[], %s::bigint[], %s::int[], %s::float8[]) "
    b"AS n(q, o, r, f) WHERE w.queue = n.q AND w.msg_offset = n.o"
)
DONE = b"DELETE FROM waiting w USING unnest(%s::text[], %s::bigint[]) AS n(q, o) WHERE w.queue = n.q AND w.msg_offset = n.o"
PURGE = b"DELETE FROM waiting WHERE queue = %s AND msg_offset <= %s"
CALL = (
    b"INSERT INTO calls SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::float8[], %s::int[], %s::float8[], "
    b"%s::text[])"
)
TRIED = b"UPDATE calls c SET due = n.d, attempts = n.a FROM unnest(%s::bigint[], %s::float8[], %s::int[]) AS n(i, d, a) WHERE c.id = n.i"
CALLED = b"DELETE FROM calls WHERE id = ANY(%s::bigint[])"
OFFSETS = (
    b"INSERT INTO consumer_group_offsets (group_offset, group_id, topic) SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) "
    b"ON CONFLICT (group_id, topic) DO UPDATE SET group_offset = excluded.group_offset"
)
FACT = b"INSERT INTO facts VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
FORGET = b"DELETE FROM facts WHERE name = %s"
