"""The one writer of the log: whoever writes waits until PostgreSQL has it on disk, and what comes at the same time goes in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ifc.local.entries import Call, Row, Waiting, stored
from ifc.local.statements import statements

if TYPE_CHECKING:
    import psycopg

MOST_AT_ONCE = 16_000_000  # characters
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
    def size(self) -> int:
        """About how many characters are to be written."""
        return sum(len(row.value) for _, row in self.rows) + sum(len(call.payload) for call in self.calls)

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
            batch = self._next()
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

    def _next(self) -> list[tuple[Transaction, asyncio.Future[None]]]:
        """What is written next: all there is, or as much as is good at once."""
        size = count = 0
        for transaction, _ in self._queue:
            size += transaction.size
            if count and size > MOST_AT_ONCE:
                self._wake.set()
                break
            count += 1
        batch, self._queue = self._queue[:count], self._queue[count:]
        return batch

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
        """Writes transactions in one."""
        found = list(statements(batch, notes))
        if len(found) == 1:  # by itself it is a transaction
            await self._connection.execute(*found[0])
            return
        async with self._connection.pipeline(), self._connection.transaction():
            for statement, values in found:
                await self._connection.execute(statement, values)


def _lost(problem: BaseException) -> ConnectionError:
    return ConnectionError(f"the log can't be written: {problem}")


def _no_offset(topic: str) -> int:
    raise RuntimeError("a barrier has no rows")
