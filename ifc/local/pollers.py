"""Pollers: each arrow from a queue to a function takes messages in batches, and only those that are done leave the queue."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ifc.local import events, filters
from ifc.local.answers import failed_items, reason, succeeded
from ifc.local.broker import Received
from ifc.local.queues import Held

if TYPE_CHECKING:
    from ifc.local.engine import Engine
    from ifc.local.filters import Wire

AT_ONCE = 100  # messages that are taken in one go
LONGEST = 3600.0  # seconds of waiting; then it waits again


class Poller:
    """An arrow from a queue to a function."""

    def __init__(self, engine: Engine, wire: Wire) -> None:
        self._engine, self._wire = engine, wire
        self._mailbox = engine.queues[wire.source]
        self._function = str(wire.to)
        self._batch: int = wire.description["batch"]
        most = engine.concurrency(self._function)
        self._slots = asyncio.Semaphore(min(most, wire.description["concurrency"] or most))
        self._stopping = False

    def stop(self) -> None:
        """Tells it to take no more."""
        self._stopping = True
        self._slots.release()
        self._mailbox.queue.changed.set()

    async def run(self) -> None:
        """Takes and delivers until it is told to stop."""
        while not self._stopping:
            await self._slots.acquire()
            taken = await self._take()
            if taken:
                self._engine.spawn(self._deliver(taken))
            else:
                self._slots.release()

    async def _take(self) -> list[tuple[Held, Received]]:
        """The next batch: when it is full, or when its window is over. Messages that pass no filter are deleted (Lambda developer guide,
        Using event filtering with an Amazon SQS event source)."""
        queue, said = self._mailbox.queue, self._wire.description
        if not await queue.wait(time.time() + LONGEST):
            return []
        until = time.time() + (said["within"] or 0)
        while not self._stopping and queue.room(self._batch) < self._batch and time.time() < until:
            await queue.fill(self._batch, until)
        if self._stopping:
            return []
        taken = await self._taken()
        passing = [(held, received) for held, received in taken if filters.passes_json(self._wire, received.body)]
        if len(passing) < len(taken):
            kept = {held.offset for held, _ in passing}
            await self._mailbox.finish([held.offset for held, _ in taken if held.offset not in kept])
        return passing

    async def _taken(self) -> list[tuple[Held, Received]]:
        """As many messages as a batch has, taken some at a time: an event holds few that are large."""
        found: list[tuple[Held, Received]] = []
        size = 0
        while len(found) < self._batch and size < events.LARGEST:
            more = await self._mailbox.take(min(AT_ONCE, self._batch - len(found)), self._mailbox.description["visibility"])
            if not more:
                break
            found += more
            size += sum(len(received.body) for _, received in more)
        return found

    async def _deliver(self, taken: Sequence[tuple[Held, Received]]) -> None:
        try:
            await self._call(self._fitting(taken))
        finally:
            self._slots.release()

    def _fitting(self, taken: Sequence[tuple[Held, Received]]) -> list[tuple[Held, Received, bytes]]:
        """As many as one event holds, with their records; the others go back."""
        found: list[tuple[Held, Received, bytes]] = []
        size = 0
        for held, received in taken:
            record = events.encoded(events.queue_record(self._mailbox.description, received))
            size += len(record) + 1
            if found and size > events.LARGEST:
                self._mailbox.queue.put_back(held)
            else:
                found.append((held, received, record))
        return found

    async def _call(self, batch: Sequence[tuple[Held, Received, bytes]]) -> None:
        engine = self._engine
        answer, seconds = await engine.timed(self._function, filters.batch(record for _, _, record in batch), str(uuid.uuid4()))
        ids = {received.id for _, received, _ in batch}
        named = failed_items(answer)
        failed = set(named) if named is not None and set(named) <= ids else ids  # an id that is none fails all of them
        left = [(held, received) for held, received, _ in batch if received.id in failed]
        wait = self._hide(left)
        # One that somebody else has since was too slow: it is not done.
        await self._mailbox.finish([h.offset for h, r, _ in batch if r.id not in failed and self._is_ours(h, r)])
        if failed:
            why = f"{len(failed)} of {len(batch)} failed" if succeeded(answer) else reason(answer)
            then = self._then(max(received.receives for _, received in left), wait)
            engine.ended(self._wire.shown, self._function, False, seconds, f"{why}; {then}")
        else:
            engine.ended(self._wire.shown, self._function, True, seconds, filters.shown(len(batch), "message"))

    def _then(self, receives: int, wait: float) -> str:
        """What becomes of a message that has failed, after so many receives."""
        letters = self._mailbox.description["deadLetter"]
        if letters is None:
            return f"again in {wait:g} s"
        way = "again" if receives < letters["after"] else f"to {letters['queue']}"
        return f"received {receives} of {letters['after']}, {way} in {wait:g} s"

    def _is_ours(self, held: Held, received: Received) -> bool:
        return held.receipt == received.receipt

    def _hide(self, failed: Sequence[tuple[Held, Received]]) -> float:
        """Hides what failed for a while; gives how long."""
        wait = 0.0
        for held, received in failed:
            if held.taken and self._is_ours(held, received):
                wait = self._engine.waits.queue(held.receives, self._mailbox.description["visibility"])
                self._mailbox.queue.hide(held, wait)
        return wait
