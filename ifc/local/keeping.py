"""What of the log is kept: the rows that somebody needs, and beside them the newest, so that there is something to replay.

The log does not grow for ever. Of each topic those rows stay that are among its newest and not old, and always those that are needed:

- messages that wait in a queue;
- what a reader of a stream or a table has not read, and of a stream what is not older than its retention;
- of a table the last change of each item that is there, of a bucket what makes up the objects that are there;
- the newest row, so that no offset is ever given twice.

Rows are taken out a few thousand at a time, in transactions of their own: whoever kills this process finds a log that is whole.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import psycopg

from ifc.local.entries import Row
from ifc.local.log import ROW, Log, row_of
from ifc.records import record

if TYPE_CHECKING:
    from ifc.local.engine import Engine

FRESH = 600.0  # seconds: younger rows always stay, since FIFO queues look back for minutes
CHUNK = 5000  # offsets that are looked at in one go
LARGE = 200  # rows
GONE = '{"event":"REMOVE",'  # how the change begins that takes an item away


@record
class History:
    """How much is kept for replays: rows of each topic, and seconds."""

    rows: int = 100_000
    seconds: float = 7 * 86_400.0


class Keeper:
    """Takes out of the log what nobody needs."""

    def __init__(self, engine: Engine, history: History) -> None:
        self._engine, self._log, self._history = engine, engine.log, history

    async def compact(self) -> int:
        """Takes out what is old and not needed; how many rows."""
        count = 0
        async with await psycopg.AsyncConnection.connect(self._log.address, autocommit=True) as connection:
            for name, sort, place in self._engine.sources():
                last = await self._border(sort, place)
                if last:
                    gone = await self._compacted(connection, name, sort, place["topic"], last)
                    if gone:
                        await connection.execute(f'VACUUM "topic_{place["topic"]}"'.encode())
                    count += gone
        return count

    async def _border(self, sort: str, place: Mapping[str, Any]) -> int:
        """The offset up to which rows of a topic are old."""
        topic, now, history = place["topic"], time.time(), self._history
        newest = self._log.last_offset(topic)
        old = await self._log.since(topic, now - history.seconds)
        many = min(max(0, newest - history.rows), await self._log.since(topic, now - FRESH))
        border = max(old, many)
        if sort == "streams":
            border = min(border, await self._log.since(topic, now - place["retention"]))
        if sort in ("streams", "tables"):
            border = min([border, *self._engine.read_to(topic)])
        return min(border, newest - 1)

    async def _compacted(self, connection: psycopg.AsyncConnection[Any], name: str, sort: str, topic: str, last: int) -> int:
        if sort == "buckets":
            found = _chunks(await superseded(self._log, topic, last))
        else:
            query, values = {"tables": (_OLD_ITEMS, [GONE, last]), "queues": (_NOT_WAITING, [last, name])}.get(sort, (_ALL, [last]))
            found = self._log.stream(query.format(table=f'"topic_{topic}"'), values, CHUNK)
        count = 0
        async with contextlib.aclosing(found) as chunks:
            async for chunk in chunks:
                delete = f'DELETE FROM "topic_{topic}" WHERE msg_offset = ANY(%s)'
                await connection.execute(delete.encode(), [[offset for (offset,) in chunk]])
                count += len(chunk)
        return count


async def _chunks(offsets: Sequence[int]) -> AsyncGenerator[list[tuple[Any, ...]], None]:
    for begin in range(0, len(offsets), CHUNK):
        yield [(offset,) for offset in offsets[begin : begin + CHUNK]]


_ALL = "SELECT msg_offset FROM {table} WHERE msg_offset <= %s"
_NOT_WAITING = (
    "SELECT msg_offset FROM {table} t WHERE msg_offset <= %s AND NOT EXISTS "
    "(SELECT FROM waiting w WHERE w.queue = %s AND w.msg_offset = t.msg_offset)"
)
# Also the rows before the last that cleared the whole table, whose key is empty.
_OLD_ITEMS = (
    "SELECT t.msg_offset FROM {table} t JOIN (SELECT key, max(msg_offset) AS last FROM {table} GROUP BY key) n USING (key) "
    "WHERE (t.msg_offset < n.last OR starts_with(t.value, %s) OR "
    "t.msg_offset < (SELECT coalesce(max(msg_offset), 0) FROM {table} WHERE key = '')) AND t.msg_offset <= %s"
)
_ITEMS = (
    f"SELECT {ROW} FROM {{table}} WHERE msg_offset IN (SELECT max(msg_offset) FROM {{table}} WHERE msg_offset >= "
    "(SELECT coalesce(max(msg_offset), 0) FROM {table} WHERE key = '') GROUP BY key) ORDER BY msg_offset"
)


async def superseded(log: Log, topic: str, last: int) -> list[int]:
    """The offsets, up to one, of a bucket's rows that no object that is there is made of: each version is made by one row, and the last
    that changes what is around its bytes."""
    made: dict[tuple[str, str | None], tuple[int, int]] = {}
    old: list[int] = []
    async for rows in log.stream(f'SELECT msg_offset, value FROM "topic_{topic}" ORDER BY msg_offset', (), LARGE):
        for offset, value in rows:
            change = json.loads(value)
            version = change["key"], change["version"]
            event, (whole, around) = change["event"] or "", made.get(version, (0, 0))
            if event.startswith("ObjectCreated") or event == "ObjectRemoved:DeleteMarkerCreated":
                old += [whole, around]
                made[version] = offset, 0
            elif event.startswith("ObjectRemoved"):
                old += [whole, around, offset]
                made.pop(version, None)
            else:
                old.append(around)
                made[version] = whole, offset
    return sorted(offset for offset in old if 0 < offset <= last)


async def items(log: Log, topic: str) -> AsyncIterator[list[Row]]:
    """The last change of each item of a table since it was last cleared, in order, some at a time."""
    async with contextlib.aclosing(log.stream(_ITEMS.format(table=f'"topic_{topic}"'), (), LARGE)) as found:
        async for rows in found:
            yield [row_of(r) for r in rows]


async def everything(log: Log, topic: str) -> AsyncIterator[list[Row]]:
    """All rows of a topic, in order, some at a time."""
    async with contextlib.aclosing(log.stream(f'SELECT {ROW} FROM "topic_{topic}" ORDER BY msg_offset', (), LARGE)) as found:
        async for rows in found:
            yield [row_of(r) for r in rows]
