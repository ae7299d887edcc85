"""Doing again: what the log has is delivered once more, and dead letters go back to where they failed."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ifc.local import events
from ifc.local.filters import counted
from ifc.records import compared

if TYPE_CHECKING:
    from ifc.local.delivering import Delivering
    from ifc.local.engine import Engine
    from ifc.local.entries import Row
    from ifc.local.mailboxes import Mailbox

AT_ONCE = 500  # rows in one transaction


async def replay(engine: Engine, name: str, after: int) -> int:
    """Delivers once more what the log has of a source behind an offset; how many rows. Readers of a stream or a table go back there."""
    found = next(((sort, place) for source, sort, place in engine.sources() if source == name), None)
    if found is None:
        raise ValueError(f"the log has nothing of `{name}`: it has what goes through queues, topics, buses, streams, tables and buckets")
    sort, place = found
    after = max(0, after)
    if sort == "queues":
        return await engine.queues[name].replay(after)
    await engine.log.settled()
    if sort in ("streams", "tables"):
        for readers in engine.arrows.readers(name):
            await readers.rewind(after)
        return await engine.log.count(place["topic"], after)
    return await _send_again(engine, name, sort, place["topic"], after)


async def _send_again(engine: Engine, name: str, sort: str, topic: str, after: int) -> int:
    last, count = engine.log.last_offset(topic), 0
    while rows := [row for row in await engine.log.rows(topic, after, AT_ONCE) if row.offset <= last]:
        delivering = engine.delivering(again=True)
        for row in rows:
            _once_more(delivering, name, sort, row)
        await delivering.commit()
        after, count = rows[-1].offset, count + len(rows)
    return count


def _once_more(delivering: Delivering, name: str, sort: str, row: Row) -> None:
    if sort == "topics":
        delivering.fan_out(name, row)
    elif sort == "buses":
        delivering.route(name, json.loads(row.value))
    else:
        delivering.object_event(name, json.loads(row.value), row.at)


@compared
class Redriven:
    """How many dead letters went back to which queues, and how many were left: no queue sent them, so there is none to go back to."""

    to: Mapping[str, int]
    left: int = 0

    @property
    def moved(self) -> int:
        """How many went back in all."""
        return sum(self.to.values())


async def redrive(engine: Engine, queue: str, offsets: Sequence[int] | None) -> Redriven:
    """Moves dead letters back to the queues that they come from, as new messages (SQS developer guide, Dead-letter queue redrive): all that
    nobody has in hands, or those at some offsets. What a function, an arrow or a topic sent stays, as SQS leaves it."""
    mailbox = engine.queues.get(queue)
    if mailbox is None:
        raise ValueError(f"there is no queue `{queue}`")
    if not any((each.description["deadLetter"] or {}).get("queue") == queue for each in engine.queues.values()):
        raise ValueError(f"no queue has `{queue}` for its dead letters")
    homes, left = await _homes(engine, mailbox, offsets)
    moving = mailbox.queue.withdraw(homes.__contains__)
    for begin in range(0, len(moving), AT_ONCE):
        await _move(engine, mailbox, moving[begin : begin + AT_ONCE], homes)
    to = Counter(homes[offset].name for offset in moving)
    for home, count in sorted(to.items()):
        engine.told(queue, home, "redriven", None, counted(count, "message"))
    if left:
        stay = "1 of its letters stays: it comes" if left == 1 else f"{left} of its letters stay: they come"
        engine.told(queue, queue, "waiting", None, f"{stay} from no queue, so there is none to go back to")
    return Redriven(dict(sorted(to.items())), left)


async def _homes(engine: Engine, mailbox: Mailbox, offsets: Sequence[int] | None) -> tuple[dict[int, Mailbox], int]:
    """The queues that letters come from, and how many come from none that the app has."""
    wanted = sorted(mailbox.queue.offsets if offsets is None else mailbox.queue.offsets.intersection(offsets))
    homes: dict[int, Mailbox] = {}
    left = 0
    for begin in range(0, len(wanted), AT_ONCE):
        for offset, row in (await engine.log.at(mailbox.topic, wanted[begin : begin + AT_ONCE])).items():
            home = engine.queues.get(str(row.meta.get("source")))
            if home is None:
                left += 1
            else:
                homes[offset] = home
    return homes, left


async def _move(engine: Engine, mailbox: Mailbox, offsets: Sequence[int], homes: Mapping[int, Mailbox]) -> None:
    rows, delivering = await engine.log.at(mailbox.topic, offsets), engine.delivering()
    for offset in offsets:
        delivering.transaction.done.append((mailbox.name, offset))
        if offset in rows:
            _put_back(delivering, rows[offset], homes[offset])
    await delivering.commit()


def _put_back(delivering: Delivering, row: Row, mailbox: Mailbox) -> None:
    now = time.time()
    meta: dict[str, Any] = {**{k: v for k, v in row.meta.items() if k != "source"}, "id": str(uuid.uuid4())}
    copy = delivering.transaction.append(mailbox.topic, row.key, row.value, now, meta)
    if mailbox.queue.fifo:
        meta["sequence"] = events.fifo_sequence(copy.offset)
    delivering.wait(mailbox, copy, now)
