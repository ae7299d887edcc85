"""A queue with its log: what is taken, done, hidden or given up here is so after the next start, too."""

from __future__ import annotations

import heapq
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ifc.local import events
from ifc.local.broker import Depth, Message, Received, Sent
from ifc.local.entries import Row, Waiting
from ifc.local.filters import counted
from ifc.local.queues import DEDUPLICATION, Held, Queue, Seen

if TYPE_CHECKING:
    from ifc.local.delivering import Delivering
    from ifc.local.engine import Engine
    from ifc.local.log import Log


class Mailbox:
    """A queue of the app."""

    def __init__(self, engine: Engine, name: str, description: Mapping[str, Any]) -> None:
        self._engine, self._log = engine, engine.log
        self.name, self.description = name, description
        self.seen: Seen[Sent] = Seen()
        self.queue = Queue(self.topic, description["fifo"], _after(description))
        self._groups: dict[int, str] = {}  # of what waits, while it becomes FIFO
        self._replayed = (0, 0.0)  # messages up to an offset wait since a time

    @property
    def topic(self) -> str:
        """Its topic in the log."""
        return str(self.description["topic"])

    def __len__(self) -> int:
        return len(self.queue)

    def depth(self) -> Depth:
        """How many messages it holds, by where they are."""
        return self.queue.depth()

    # --- as the app has it ---

    async def load(self) -> None:
        """Brings back what is not done. Whoever had a message in hands is gone, so it may be had at once."""
        replayed = (await self._log.facts(f"replayed:{self.name}")).get(f"replayed:{self.name}")
        if replayed is not None:
            self._replayed = tuple(json.loads(replayed))
        if not self.queue.fifo:
            now = time.time()
            async for offsets in self._log.fresh(self.name, now):
                self.queue.add_fresh(offsets)
            for waiting in await self._log.others(self.name, now):
                self._load(waiting)
        else:
            async for found in self._log.waiting(self.name, self.topic):
                for waiting, key in found:
                    self._load(waiting, key)
            async for row in recent(self._log, self.topic):
                if "dedup" in row.meta:
                    self.note(row.meta["dedup"], row.meta.get("group"), sent_of(row), row.at)

    def _load(self, w: Waiting, group: str | None = None) -> None:
        self.queue.add(w.offset, w.due, group, receives=w.receives, first_received=w.first_received)

    async def group(self, description: Mapping[str, Any]) -> bool:
        """Finds the groups of what waits, where the queue is about to be FIFO; tells whether some were not known."""
        missing = self.queue.offsets - self._groups.keys() if description["fifo"] and not self.queue.fifo else set()
        if missing:
            self._groups |= dict.fromkeys(missing, "") | await self._log.keys(self.topic, sorted(missing))
        return bool(missing)

    def become(self, description: Mapping[str, Any]) -> None:
        """Takes over another description."""
        self.description = description
        if description["fifo"] != self.queue.fifo:
            self.queue.regroup(description["fifo"], self._groups)
        self.queue.after, self._groups = _after(description), {}

    # --- what came before ---

    def note(self, dedup: str, group: str | None, sent: Sent, at: float) -> None:
        """Remembers a message's deduplication id."""
        self.seen.note(self._scope(dedup, group), sent, at)

    def before(self, dedup: str, group: str | None) -> Sent | None:
        """What was said of a message with this deduplication id in the last minutes."""
        return self.seen.get(self._scope(dedup, group))

    def _scope(self, dedup: str, group: str | None) -> str:
        return f"{group}/{dedup}" if self.description["highThroughput"] else dedup

    # --- out ---

    async def receive(self, most: int, visibility: int | None, wait: float) -> list[Received]:
        """Up to `most` messages, hidden from others for a time."""
        until = time.time() + wait
        seconds = self.description["visibility"] if visibility is None else visibility
        while True:
            if self.queue.ready and (found := await self.take(most, seconds)):
                return [received for _, received in found]
            if time.time() >= until:
                return []
            await self.queue.wait(until)

    async def take(self, most: int, visibility: float) -> list[tuple[Held, Received]]:
        """Takes messages; those received too often go to the dead letters, those too old go."""
        taken = self.queue.take(most, visibility)
        if self.queue.spent:
            await self._bury()
        rows, now = await self._rows(taken), time.time()
        await self._drop("lost", "no more in the log", [held for held in taken if held.offset not in rows])
        taken = [held for held in taken if held.offset in rows]
        old = [held for held in taken if self._too_old(rows[held.offset], now)]
        await self._drop("expired", "older than its retention", old)
        taken = [held for held in taken if held not in old]
        self._log.note([self._waiting(held) for held in taken])
        return [(held, self.received(held, rows[held.offset])) for held in taken]

    async def _drop(self, outcome: str, why: str, helds: Sequence[Held]) -> None:
        """Takes messages out that nobody gets, and tells of them."""
        if helds:
            self._engine.told(self.name, self.name, outcome, None, f"{len(helds)} {why}")
            await self.finish([held.offset for held in helds])

    async def _rows(self, helds: Sequence[Held]) -> dict[int, Row]:
        found = {held.offset: held.row for held in helds if held.row is not None}
        return found | await self._log.at(self.topic, [held.offset for held in helds if held.row is None])

    def _too_old(self, row: Row, now: float) -> bool:
        return bool(self._sent(row) + self.description["retention"] <= now)

    def _sent(self, row: Row) -> float:
        """Since when a message waits: it was sent then, or replayed."""
        upto, at = self._replayed
        return max(row.at, at) if row.offset <= upto else row.at

    def _waiting(self, held: Held) -> Waiting:
        return Waiting(self.name, held.offset, 0.0, held.receives, held.first_received)

    def received(self, held: Held, row: Row) -> Received:
        """A message as its receiver sees it."""
        meta = row.meta
        source = self._engine.description["queues"].get(meta.get("source"))
        return Received(
            id=meta["id"],
            receipt=held.receipt,
            body=row.value,
            attributes=meta.get("attributes", {}),
            sent=int(row.at * 1000),
            first_received=int(held.first_received * 1000),
            receives=held.receives,
            sender=meta.get("sender", ""),
            group=meta.get("group"),
            dedup=meta.get("dedup"),
            sequence=meta.get("sequence"),
            trace=meta.get("trace"),
            dead_letter_source=source["arn"] if source is not None else None,
        )

    async def finish(self, offsets: Sequence[int]) -> None:
        """Takes messages out that were had."""
        if offsets:
            transaction = self._log.transaction()
            transaction.done = [(self.name, offset) for offset in offsets]
            await self._log.commit(transaction)
            self.queue.remove(offsets)

    async def delete(self, receipt: str) -> bool:
        """Takes a received message out. One that somebody else has since is left, as SQS leaves it; a FIFO queue takes no receipt whose
        time is over (SQS developer guide, Amazon SQS FIFO queues: visibility timeout)."""
        if self.queue.offset_of(receipt) is None:
            return False
        held = self.queue.of_receipt(receipt)
        if held is None:
            return True
        if self.queue.fifo and not held.taken:
            return False
        await self.finish([held.offset])
        return True

    def hide(self, receipt: str, seconds: int) -> bool | None:
        """Hides a received message for so long from now."""
        if self.queue.offset_of(receipt) is None:
            return False
        held = self.queue.of_receipt(receipt)
        if held is None or not held.taken:
            return None
        self.queue.hide(held, seconds)
        return True

    async def purge(self) -> None:
        """Takes all messages out."""
        last, transaction = self._log.last_offset(self.topic), self._log.transaction()
        transaction.purged[self.name] = last
        await self._log.commit(transaction)
        self.queue.withdraw(lambda offset: offset <= last)
        self.queue.remove([offset for offset in self.queue.offsets if offset <= last])  # what somebody has

    # --- dead letters, and what is too old ---

    async def _bury(self) -> None:
        """Puts what was received too often, as it is and with its id, into the queue of the dead letters."""
        spent, self.queue.spent = self.queue.spent, []
        rows, delivering = await self._rows(spent), self._engine.delivering()
        letters = self.description["deadLetter"]
        for held in spent:
            row = rows.get(held.offset)
            if row is not None and not self._too_old(row, time.time()):
                self._engine.queues[letters["queue"]].entomb(delivering, row, self)
                self._engine.told(self.name, letters["queue"], "dead letter", None, f"received {counted(held.receives, 'time')}")
            delivering.transaction.done.append((self.name, held.offset))
        await delivering.commit()
        self.queue.remove([held.offset for held in spent])

    def entomb(self, delivering: Delivering, row: Row, source: Mailbox) -> None:
        """Takes a dead letter. Its age counts from when it was first sent, in a FIFO queue from now (SQS developer guide, Dead-letter
        queues, Retention)."""
        at = time.time() if self.description["fifo"] else source._sent(row)
        meta = {**row.meta, "source": source.name}
        copy = delivering.transaction.append(self.topic, row.key, row.value, at, meta)
        if self.description["fifo"]:
            meta["sequence"] = events.fifo_sequence(copy.offset)
        delivering.wait(self, copy, time.time() + self.description["delay"])

    async def sweep(self) -> None:
        """Takes out what is older than the retention, also where nobody receives."""
        limit = time.time() - self.description["retention"]
        upto, at = self._replayed
        while found := set(await self._log.expired(self.name, self.topic, limit, upto if at > limit else 0)):
            gone = self.queue.withdraw(found.__contains__)
            if not gone:
                return  # the rest is in somebody's hands
            self._engine.told(self.name, self.name, "expired", None, f"{len(gone)} older than its retention")
            transaction = self._log.transaction()
            transaction.done = [(self.name, offset) for offset in gone]
            await self._log.commit(transaction)

    # --- for whoever looks ---

    async def peek(self, most: int) -> list[dict[str, Any]]:
        """The oldest messages, as they are, without taking them."""
        offsets = heapq.nsmallest(most, self.queue.offsets)
        rows, found = await self._log.at(self.topic, offsets), []
        for offset in offsets:
            row, (state, held) = rows.get(offset), self.queue.state(offset)
            if row is not None:
                found.append(
                    {
                        "offset": offset,
                        "id": row.meta.get("id"),
                        "body": row.value,
                        "attributes": row.meta.get("attributes", {}),
                        "group": row.meta.get("group"),
                        "sender": row.meta.get("sender", ""),
                        "source": row.meta.get("source"),
                        "sent": int(row.at * 1000),
                        "state": state,
                        "receives": held.receives if held is not None else 0,
                    }
                )
        return found

    async def replay(self, after: int) -> int:
        """Lets the messages behind an offset be had again that are done; how many."""
        await self._log.settled()
        last, here, count = self._log.last_offset(self.topic), self.queue.offsets, 0
        while rows := [(offset, key) for offset, key in await self._log.behind(self.topic, after) if offset <= last]:
            after, now = rows[-1][0], time.time()
            again = [(offset, key) for offset, key in rows if offset not in here]
            transaction = self._log.transaction()
            transaction.waiting = [Waiting(self.name, offset, now) for offset, _ in again]
            self._replayed = (last, now)
            transaction.facts[f"replayed:{self.name}"] = json.dumps(self._replayed)
            await self._log.commit(transaction)
            for offset, key in again:
                self.queue.add(offset, 0.0, key)
            count += len(again)
        return count


async def recent(log: Log, topic: str) -> AsyncIterator[Row]:
    """The rows of the last minutes, of which a FIFO queue or topic takes none twice."""
    after = await log.since(topic, time.time() - DEDUPLICATION)
    while rows := await log.rows(topic, after, 1000):
        for row in rows:
            yield row
        after = rows[-1].offset


def sent_of(row: Row) -> Sent:
    """What was said of a message when it was sent."""
    return Sent(row.meta["id"], row.meta.get("sequence"), offset=row.offset)


def meta_of(message: Message, sender: str) -> dict[str, Any]:
    """What stands beside a message's body in the log."""
    found: dict[str, Any] = {"id": str(uuid.uuid4()), "sender": sender}
    if message.attributes:
        found["attributes"] = {name: dict(value) for name, value in message.attributes.items()}
    for name in ("group", "dedup", "trace"):
        if getattr(message, name) is not None:
            found[name] = getattr(message, name)
    return found


def _after(description: Mapping[str, Any]) -> int | None:
    letters = description["deadLetter"]
    return letters["after"] if letters else None
