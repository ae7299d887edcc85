"""The log in PostgreSQL: what is written together, in which order, and what is at hand."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import hypothesis.strategies as st
import psycopg
import pytest
from hypothesis import given

from ifc.local.entries import Call, Row, Waiting, stored
from ifc.local.log import Log, Tail
from ifc.local.statements import array


async def opened(address: str, *topics: str) -> Log:
    """A log with topics."""
    log = await Log.open(address)
    await log.prepare(topics)
    return log


async def table(address: str, query: str) -> list[tuple[Any, ...]]:
    """What a query finds, over another connection."""
    async with await psycopg.AsyncConnection.connect(address) as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def appended(log: Log, topic: str, *values: str, at: float = 1.0) -> list[Row]:
    """Rows that are on disk."""
    transaction = log.transaction()
    rows = [transaction.append(topic, "k", value, at, {}) for value in values]
    await log.commit(transaction)
    return rows


async def test_rows_come_back_as_they_were_written(database: str) -> None:
    """Key, value, time and what stands beside them, in Spacer's table."""
    log = await opened(database, "work")
    transaction = log.transaction()
    value, meta = 'a "quoted" \\ text, {with} ümläuts\n\t', {"id": "x", "n": [1, None, {"ü": True}]}
    transaction.append("work", "key,", value, 1234.567891, meta)
    transaction.append("work", "", "", 2.0, {})
    await log.commit(transaction)
    found = await log.rows("work", 0, 10)
    assert [(r.offset, r.key, r.value, r.at, r.meta) for r in found] == [(1, "key,", value, 1234.567891, meta), (2, "", "", 2.0, {})]
    [(columns,)] = await table(
        database,
        "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = 'topic_work'",
    )
    assert columns == "msg_offset key value created_at meta"
    await log.close()


@given(st.lists(st.one_of(st.text(), st.none())))
def test_arrays_are_as_postgresql_reads_them(values: list[str | None]) -> None:
    """An array's text is taken apart again into the same values."""
    text = array([None if v is None else stored(v) for v in values])
    found: list[str | None] = []
    rest = text[1:-1]
    while rest:
        if rest.startswith("NULL"):
            found, rest = [*found, None], rest[4:]
        else:
            at, element = 1, ""
            while rest[at] != '"':
                at += rest[at] == "\\"
                element, at = element + rest[at], at + 1
            found, rest = [*found, element], rest[at + 1 :]
        rest = rest.removeprefix(",")
    assert found == [None if v is None else stored(v) for v in values]


async def test_texts_that_postgresql_can_not_hold(database: str) -> None:
    """NUL and halves of surrogate pairs are replaced everywhere, and nothing breaks."""
    log = await opened(database, "work")
    transaction = log.transaction()
    row = transaction.append("work", "k\0", "a\0b\ud800", 1.0, {"x": "\0\udfff"})
    transaction.facts["config:x"] = "\ud800"
    await log.commit(transaction)
    assert (row.key, row.value) == ("k\ufffd", "a\ufffdb?")
    [found] = await log.rows("work", 0, 1)
    assert (found.key, found.value, found.meta) == (row.key, row.value, {"x": "\0?"})
    assert await log.facts("config") == {"config:x": "?"}
    await log.close()


async def test_all_or_nothing(database: str) -> None:
    """A transaction that can't be written leaves nothing; then nothing can be written any more, and everyone is told."""
    log = await opened(database, "work")
    await appended(log, "work", "first")
    bad = log.transaction()
    bad.append("work", "k", "second", 1.0, {})
    bad.calls.append(Call(1 << 70, "f", "s", "p", 0.0, 0, 0.0, "r"))
    other = log.transaction()
    other.append("work", "k", "third", 1.0, {})
    results = await asyncio.gather(log.commit(bad), log.commit(other), return_exceptions=True)
    assert [type(r) for r in results] == [ConnectionError, ConnectionError]
    assert log.failed.done()
    later = log.transaction()
    later.append("work", "k", "fourth", 1.0, {})
    with pytest.raises(ConnectionError, match="the log can't be written"):
        await log.commit(later)
    with pytest.raises(ConnectionError):
        await log.settled()
    await log.close()
    assert await table(database, "SELECT value FROM topic_work") == [("first",)]


async def test_a_connection_that_is_lost(database: str) -> None:
    """When PostgreSQL ends the writer's connection, whoever waits is told, and the log says why."""
    log = await opened(database, "work")
    await table(database, f"SELECT pg_terminate_backend({log._connections[0].info.backend_pid})")
    with pytest.raises(ConnectionError):
        await appended(log, "work", "x")
    assert isinstance(log.failed.result(), psycopg.OperationalError)
    await log.close()


async def test_order(database: str) -> None:
    """What is committed at the same time goes in one transaction, in order; a reader never sees a row before one that comes earlier."""
    log = await opened(database, "work")
    log.follow("work")

    async def write(number: int) -> int:
        [row] = await appended(log, "work", str(number))
        return row.offset

    async def read() -> list[int]:
        seen: list[int] = []
        while len(seen) < 200:
            rows = await log.rows("work", seen[-1] if seen else 0, 1000)
            assert [r.offset for r in rows] == list(range(len(seen) + 1, len(seen) + 1 + len(rows)))
            seen += [r.offset for r in rows]
            await asyncio.sleep(0)
        return seen

    reading = asyncio.ensure_future(read())
    offsets = await asyncio.gather(*(write(n) for n in range(200)))
    assert offsets == list(range(1, 201))
    assert await reading == offsets
    [(transactions,)] = await table(database, "SELECT count(DISTINCT xmin::text) FROM topic_work")
    assert transactions < 50
    await log.close()


async def test_much_is_written_in_several_parts(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is good at once is written one part after the other, in order; one transaction is never parted."""
    monkeypatch.setattr("ifc.local.writing.MOST_AT_ONCE", 25)
    log = await opened(database, "work")
    await asyncio.gather(*(appended(log, "work", *["x" * 10] * count) for count in (1, 1, 1, 5, 1)))
    found = await table(database, "SELECT count(*) FROM topic_work GROUP BY xmin ORDER BY min(msg_offset)")
    assert found == [(2,), (1,), (5,), (1,)]
    await log.close()


async def test_offsets_are_never_given_again(database: str) -> None:
    """Also when the newest rows were taken out."""
    log = await opened(database, "work")
    await appended(log, "work", "a", "b", "c")
    await log.close()
    await table(database, "SELECT 1")
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute("DELETE FROM topic_work")
    log = await opened(database, "work")
    assert log.last_offset("work") == 3
    [row] = await appended(log, "work", "d")
    assert row.offset == 4
    await log.close()
    assert await table(database, "SELECT nextval('topic_work_msg_offset_seq')") == [(5,)]


async def test_notes_are_written_when_there_is_time(database: str) -> None:
    """A note that nobody waits for is written a little later, the last one alone, and not at all when it is settled before."""
    log = await opened(database, "work")
    transaction = log.transaction()
    transaction.waiting = [Waiting("Work", offset, 0.0) for offset in (1, 2)]
    await log.commit(transaction)
    for receives in (1, 2):
        log.note([Waiting("Work", offset, 0.0, receives, 5.0) for offset in (1, 2)], {("group", "work"): receives, ("other", "work"): 9})
    done = log.transaction()
    done.done = [("Work", 2)]
    done.offsets["other", "work"] = 3
    await log.commit(done)
    query = "SELECT msg_offset, receives, first_received FROM waiting"
    assert await table(database, query) == [(1, 0, 0.0)]
    end = time.monotonic() + 20
    while await table(database, query) != [(1, 2, 5.0)]:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    assert await log.offsets("work") == {"group": 2, "other": 3}
    log.note(offsets={("group", "work"): 7})
    await log.close()  # writes what is noted
    assert await table(database, "SELECT group_offset FROM consumer_group_offsets WHERE group_id = 'group'") == [(7,)]


async def test_closing_waits_for_what_is_written(database: str) -> None:
    """What was committed before the log is closed is on disk."""
    log = await opened(database, "work")
    writing = [asyncio.ensure_future(appended(log, "work", str(n))) for n in range(50)]
    await asyncio.sleep(0)
    await log.close()
    await asyncio.gather(*writing)
    assert await table(database, "SELECT count(*) FROM topic_work") == [(50,)]


async def test_since(database: str) -> None:
    """The offset before the first row that is not older than a moment, also where rows are missing."""
    log = await opened(database, "work", "empty")
    for number in range(100):
        await appended(log, "work", "x", at=1000.0 + number // 2)
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute("DELETE FROM topic_work WHERE msg_offset % 3 = 0")
    for moment in (0.0, 999.0, 1000.0, 1000.5, 1013.0, 1049.0, 1049.5, 9999.0):
        rows = await log.rows("work", await log.since("work", moment), 1000)
        assert [r.at for r in rows] == [1000.0 + (n - 1) // 2 for n in range(1, 101) if n % 3 and 1000.0 + (n - 1) // 2 >= moment]
    assert await log.since("empty", 0.0) == 0
    await log.close()


async def test_newest_and_at(database: str) -> None:
    """Rows from the end, and rows by their offsets."""
    log = await opened(database, "work")
    await appended(log, "work", *"abcdef")
    assert [r.value for r in await log.newest("work", 2)] == ["f", "e"]
    assert [r.value for r in await log.newest("work", 2, before=3)] == ["b", "a"]
    assert {o: r.value for o, r in (await log.at("work", [2, 5, 99])).items()} == {2: "b", 5: "e"}
    assert await log.at("work", []) == {}
    assert await log.count("work", 4) == 2
    await log.close()


def test_a_tail_reaches_back_so_far() -> None:
    """The newest rows are at hand, as many and as large as there is room for; what is older is not pretended to be absent."""
    tail = Tail()
    assert tail.after(0, 10) is None
    for offset in range(10, 10 + 2 * Tail.MOST + 1):
        tail.add(Row(offset, "k", "x", 0.0, {}))
    last = 10 + 2 * Tail.MOST
    assert tail.after(0, 10) is None
    rows = tail.after(last - Tail.MOST, 10)
    assert rows is not None
    assert [r.offset for r in rows] == list(range(last - Tail.MOST + 1, last - Tail.MOST + 11))
    assert tail.after(last - Tail.MOST - 1, 10) is None
    assert tail.after(last, 10) == []
    for offset in range(last + 1, last + 4):
        tail.add(Row(offset, "k", "x" * Tail.MOST_CHARACTERS, 0.0, {}))
    assert sum(len(r.value) for r in tail._rows) <= 2 * Tail.MOST_CHARACTERS


def test_names_of_topics() -> None:
    """A topic's name becomes a table's, and nothing else."""
    from ifc.local.log import _table

    assert _table("orders2") == '"topic_orders2"'
    for wrong in ("", "2x", "a-b", 'a"; DROP TABLE waiting; --', "Ä"):
        with pytest.raises(ValueError, match="no name of a topic"):
            _table(wrong)
