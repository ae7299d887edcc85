"""What is written into the log, as SQL: the same few statements for any number of rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ifc.local.entries import Row, stored

if TYPE_CHECKING:
    from ifc.local.writing import Notes, Transaction

Statement = tuple[bytes, Sequence[Any]]


def statements(batch: Sequence[Transaction], notes: Notes) -> Iterator[Statement]:
    """The statements that write transactions and notes; what may follow on another in a batch is written after it."""
    yield from _inserted(batch)
    if notes.waiting:
        yield RECEIVED, _columns(list(notes.waiting.values()), "queue", "offset", "receives", "first_received")
    if tries := {key: call for t in batch for key, call in t.tries.items()}:
        yield TRIED, _columns(list(tries.values()), "id", "due", "attempts")
    for queue, offset in {queue: offset for t in batch for queue, offset in t.purged.items()}.items():
        yield PURGE, [queue, offset]
    if done := [d for t in batch for d in t.done]:
        yield DONE, [array([queue for queue, _ in done]), array([offset for _, offset in done])]
    if called := [c for t in batch for c in t.called]:
        yield CALLED, [array(called)]
    if offsets := notes.offsets | {key: offset for t in batch for key, offset in t.offsets.items()}:
        yield OFFSETS, [array(list(offsets.values())), array([group for group, _ in offsets]), array([topic for _, topic in offsets])]
    for name, value in {name: value for t in batch for name, value in t.facts.items()}.items():
        yield (FORGET, [name]) if value is None else (FACT, [name, stored(value)])


def _inserted(batch: Sequence[Transaction]) -> Iterator[Statement]:
    by_topic: dict[str, list[Row]] = {}
    for transaction in batch:
        for topic, row in transaction.rows:
            by_topic.setdefault(topic, []).append(row)
    for topic, rows in by_topic.items():
        metas = [stored(json.dumps(r.meta, ensure_ascii=False)) if r.meta else None for r in rows]
        yield _append(topic), [*_columns(rows, "offset", "key", "value", "at"), array(metas)]
    if waiting := [w for t in batch for w in t.waiting]:
        yield WAIT, _columns(waiting, "queue", "offset", "due", "receives", "first_received")
    if calls := [c for t in batch for c in t.calls]:
        yield CALL, _columns(calls, "id", "function", "source", "payload", "due", "attempts", "asked", "request")


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
