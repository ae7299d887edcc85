"""At least once, in order for each key, nothing lost and nothing half done, whichever process is killed at whichever moment."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.agreed import ROOT
from tests.local.crashing import ORDERED, TAKERS

KILLS = ("main", "backend", "postmaster", "main", "backend", "main")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, which PostgreSQL's user can reach."""
    made = Path(tempfile.mkdtemp(prefix="ifc-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def started(folder: Path, run: str, *more: str) -> tuple[subprocess.Popen[str], dict[str, int]]:
    """A run, and the ids of its processes."""
    errors = (folder / "errors").open("a")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.local.crashing", str(folder), run, *more], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
    )
    assert process.stdout is not None
    said = process.stdout.readline().split()
    assert said[:1] == ["ready"], (folder / "errors").read_text()
    return process, {"main": process.pid, "postmaster": int(said[1]), "backend": int(said[2])}


def test_killed_at_any_moment(folder: Path) -> None:
    """Runs are killed one after the other; the last one finishes what they have left."""
    chance = random.Random(4)
    for number, victim in enumerate(KILLS):
        process, ids = started(folder, str(number))
        time.sleep(0.1 + 0.4 * chance.random())
        os.kill(ids[victim], signal.SIGKILL)
        status = process.wait(60)
        assert status == (-signal.SIGKILL if victim == "main" else 3), (folder / "errors").read_text()
    process, _ = started(folder, "last", "drain")
    assert process.wait(120) == 0, (folder / "errors").read_text()
    acknowledged = [line.split() for line in (folder / "acknowledged").read_text().splitlines()]
    done = [line.split() for line in (folder / "done").read_text().splitlines()]
    assert len({source for source, *_ in acknowledged}) == len(TAKERS)
    check_nothing_lost(acknowledged, done)
    check_order(done)
    check_places(folder, acknowledged)


def check_nothing_lost(acknowledged: list[list[str]], done: list[list[str]]) -> None:
    """Everything that was acknowledged was done by everyone who should."""
    finished = {(function, number) for _, function, _, number in done}
    missing = [
        (function, number)
        for source, _, number, *poison in acknowledged
        for function in TAKERS[source]
        if not poison and (function, number) not in finished
    ]
    assert missing == []


def check_order(done: list[list[str]]) -> None:
    """Within a run, what has an order was done in order for each key, and nothing for the first time after what follows it."""
    last: dict[tuple[str, str, str], int] = {}
    newest: dict[tuple[str, str], int] = {}
    seen: set[tuple[str, str]] = set()
    for run, function, key, number in done:
        if function not in ORDERED:
            continue
        assert last.get((run, function, key), 0) < int(number)
        last[run, function, key] = int(number)
        if (function, number) not in seen:
            assert newest.get((function, key), 0) < int(number)
            newest[function, key] = int(number)
        seen.add((function, number))


def check_places(folder: Path, acknowledged: list[list[str]]) -> None:
    """Nothing waits any more, and what never succeeds is among the dead letters, each once."""
    import asyncio
    import json

    from tests.local.crashing import Postgres

    async def looked() -> tuple[list[str], int, int]:
        (folder / "look").mkdir()
        postgres = Postgres(folder / "data", folder / "look")
        child = await postgres.start(lambda _: None)
        async with await psycopg.AsyncConnection.connect(postgres.address) as connection:
            dead = await (await connection.execute("SELECT value FROM topic_workdeadletter")).fetchall()
            [(calls,)] = await (await connection.execute("SELECT count(*) FROM calls")).fetchall()
            [(waiting,)] = await (await connection.execute("SELECT count(*) FROM waiting WHERE queue NOT LIKE '%dead-letter'")).fetchall()
        await child.stop()
        return [str(json.loads(value)["number"]) for (value,) in dead], calls, waiting

    dead, calls, waiting = asyncio.run(looked())
    poison = {number for _, _, number, *poison in acknowledged if poison}
    assert poison <= set(dead)
    assert len(dead) == len(set(dead))
    assert (calls, waiting) == (0, 0)
