"""PostgreSQL for a run: made whole, started once, ended with its parent; two never work on the same files."""

from __future__ import annotations

import asyncio
import os
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

from ifc.local import children
from ifc.local.children import Child, Failed, watched
from ifc.local.postgres import Postgres, holders
from tests.agreed import ROOT


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, which PostgreSQL's user can reach."""
    made = Path(tempfile.mkdtemp(prefix="ifc-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def never(child: Child) -> None:
    """Nothing dies by itself here."""
    raise AssertionError(f"{child.name} died")


async def until_gone(data: Path) -> None:
    """Waits until nothing works on a cluster's files."""
    end = time.monotonic() + 20
    while holders(data):
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def test_start_stop_and_start_again(folder: Path) -> None:
    """What is written is there after the next start; a half made cluster is made anew; a stopped child has not died."""
    (folder / "data.new").mkdir()
    for number in range(2):
        run = folder / f"run{number}"
        run.mkdir()
        postgres = Postgres(folder / "data", run)
        child = await postgres.start(never)
        async with await psycopg.AsyncConnection.connect(postgres.address, autocommit=True) as connection:
            if number == 0:
                await connection.execute("CREATE TABLE x (y TEXT)")
                await connection.execute("INSERT INTO x VALUES ('ü')")
            else:
                assert await (await connection.execute("SELECT y FROM x")).fetchall() == [("ü",)]
        assert holders(folder / "data")
        await child.stop()
        await until_gone(folder / "data")


async def test_a_run_that_was_killed(folder: Path) -> None:
    """When the process that started it is killed PostgreSQL ends by itself, and the next start waits for that."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.local.cluster", str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    assert holders(folder / "data")
    process.kill()
    process.wait()
    await until_gone(folder / "data")
    (folder / "again").mkdir()
    child = await Postgres(folder / "data", folder / "again").start(never)
    [*left] = holders(folder / "data")
    assert child.process.pid in left
    await child.stop()


async def test_a_postmaster_that_was_killed(folder: Path) -> None:
    """Whoever started it is told; what it leaves behind is waited for."""
    (folder / "run").mkdir()
    postgres = Postgres(folder / "data", folder / "run")
    died: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
    child = await postgres.start(died.set_result)
    os.kill(child.process.pid, signal.SIGKILL)
    assert await died is child
    for left in (1, 2):
        (folder / f"again{left}").mkdir()
    child = await Postgres(folder / "data", folder / "again1").start(never)
    await child.stop()


async def test_one_that_does_not_end_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL of an earlier run that stays is told to end, before another works on its files."""
    monkeypatch.setattr("ifc.local.postgres.PATIENCE", 0.2)
    for name in ("run", "again"):
        (folder / name).mkdir()
    died: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
    await Postgres(folder / "data", folder / "run").start(died.set_result)
    child = await Postgres(folder / "data", folder / "again").start(never)
    await died
    assert child.process.returncode is None
    await child.stop()


async def test_files_that_are_none(folder: Path) -> None:
    """A cluster that can't be started is told of with the last line of its log."""
    (folder / "run").mkdir()
    data = folder / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9")
    with pytest.raises(Failed, match="PostgreSQL did not start: "):
        await Postgres(data, folder / "run").start(lambda child: None)


async def test_no_programs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is not there is a Failed with what to do."""
    monkeypatch.setenv("IFC_POSTGRES", str(folder))
    with pytest.raises(Failed, match="there is no `postgres`"):
        await Postgres(folder / "data", folder / "run").start(never)
    with pytest.raises(Failed, match="it can't be started"):
        await watched("it", [str(folder / "nothing")], never)


async def test_where_parents_are_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a process can't ask to be told of its parent's end, a guard sees it; a child that is stopped takes its guard along."""
    monkeypatch.setattr(children, "DEATH_SIGNAL", False)
    died: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
    child = await watched("sleep", ["sleep", "100"], died.set_result)
    guard = child.guard
    assert guard is not None
    assert guard.stdin is not None
    guard.stdin.close()  # as when this process ends
    assert await died is child
    assert child.process.returncode == -signal.SIGTERM
    other = await watched("sleep", ["sleep", "100"], never)
    await other.stop()
    assert other.guard is not None
    assert other.guard.returncode is not None


async def test_a_child_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child that does not listen is told once more, and killed after a while."""
    monkeypatch.setattr(children, "SOON", 0.05)
    ready = tmp_path / "ready"
    # What a shell starts in the background ignores SIGQUIT, and so would this child of its child.
    deaf = f"import pathlib, signal, time\nsignal.signal(15, signal.SIG_IGN)\nsignal.signal(3, signal.SIG_DFL)\npathlib.Path({str(ready)!r}).touch()\ntime.sleep(100)"
    for insists, patience, status in ((None, 0.1, signal.SIGKILL), (signal.SIGQUIT, 30, signal.SIGQUIT)):
        monkeypatch.setattr(children, "PATIENCE", patience)
        child = await watched("deaf", [sys.executable, "-c", deaf], never, insists=insists)
        while not ready.exists():
            await asyncio.sleep(0.01)
        ready.unlink()
        await child.stop()
        assert child.process.returncode == -status


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "making it ... 2026-01-01 UTC [1] FATAL:  could not write: No space left\nchild process exited\ninitdb: removing contents",
            "could not write: No space left",
        ),
        ("initdb: error: could not access directory\nhint", "could not access directory"),
        ("first\nsomething else", "something else"),
        ("", ""),
    ],
)
async def test_why_its_files_can_not_be_made(folder: Path, monkeypatch: pytest.MonkeyPatch, said: str, why: str) -> None:
    """Of what initdb says the error is told, and not what it does then."""
    for name, text in (("postgres", ""), ("initdb", f"#!/bin/sh\ncat <<'END'\n{said}\nEND\nexit 1\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("IFC_POSTGRES", str(folder))
    with pytest.raises(Failed) as failed:
        await Postgres(folder / "data", folder / "run").start(never)
    assert failed.value.message == f"PostgreSQL can't make its files in {folder / 'data'}: {why}"
