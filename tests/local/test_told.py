"""What functions say while they run: pieces that are put together, and the order in which things are told."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from ifc.local.told import Order, Requests, Told


async def test_pieces_of_several_processes(tmp_path: Path) -> None:
    """What processes write at the same time is put together by their numbers; what one left unfinished harms nothing."""
    heard: list[Any] = []
    told = Told(tmp_path / "told", heard.append)
    pipe = os.open(tmp_path / "told", os.O_WRONLY)
    for part in (b'1+{"a":\n2+{"b"\n', b"1=1}\n2+:\n2=2", b'}\n3+{"c"\n', b'3={"d": 4}\n12={"e": 5}\n'):
        os.write(pipe, part)
        told.read()
    assert heard == [{"a": 1}, {"b": 2}, {"e": 5}]
    os.close(pipe)
    told.read()
    told.close()


async def test_requests_are_lines(tmp_path: Path) -> None:
    """A request is a line of JSON; what is none is passed over."""
    heard: list[Any] = []
    requests = Requests(tmp_path / "requests", heard.append)
    pipe = os.open(tmp_path / "requests", os.O_WRONLY)
    os.write(pipe, b'{"path": "/a"}\n{"pa\n5\n{"path": "/b"}\n{"path":')
    requests.read()
    os.write(pipe, b' "/c"}\n')
    requests.read()
    assert [said["path"] for said in heard] == ["/a", "/b", "/c"]
    os.close(pipe)
    requests.close()


async def test_the_pipe_is_heard_by_itself(tmp_path: Path) -> None:
    """Nobody has to ask for what is written."""
    heard: list[Any] = []
    told = Told(tmp_path / "told", heard.append)
    pipe = os.open(tmp_path / "told", os.O_WRONLY)
    os.write(pipe, b'1={"n": 5}\n')
    for _ in range(100):
        await asyncio.sleep(0.01)
        if heard:
            break
    assert heard == [{"n": 5}]
    os.close(pipe)
    told.close()


async def test_things_are_told_in_their_order() -> None:
    """What has a function waits until what that one printed is told, and what comes meanwhile waits behind it."""
    told: list[str] = []
    gate = asyncio.Event()

    async def flushed(function: str) -> None:
        await gate.wait()
        told.append(f"printed by {function}")

    order = Order(flushed, asyncio.ensure_future)
    order.add("", lambda: told.append("before"))
    order.add("f", lambda: told.append("f"))
    order.add("", lambda: told.append("behind f"))
    assert told == ["before"]
    settled = asyncio.ensure_future(order.settled())
    await asyncio.sleep(0)
    order.add("g", lambda: told.append("g"))
    gate.set()
    await settled
    assert [line for line in told if not line.startswith("printed")] == ["before", "f", "behind f", "g"]
    assert told.index("printed by f") < told.index("f")
    assert told.index("printed by g") < told.index("g")
    order.add("", lambda: told.append("at once"))
    assert told[-1] == "at once"
    await order.settled()
