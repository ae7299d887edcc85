"""Processes that belong to a run: they are told to end with it, and their end is noticed."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import Signals

import attrs

DEATH_SIGNAL = sys.platform == "linux"  # a process can ask to be told when its parent ends; elsewhere a guard looks
SOON = 2  # seconds until it is told again, where something is left to say
PATIENCE = 8  # seconds until a child that was told to end is killed


class Failed(Exception):
    """The run can't begin or go on: what is wrong in one sentence, and what to do in another."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message, self.help = message, help


NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # what a disk says that takes nothing more
DISK_FULL = "53100"  # the same in PostgreSQL's words (PostgreSQL manual, Appendix A)


def no_room(problem: BaseException) -> Failed | None:
    """The error for a disk that takes nothing more, None where something else is the matter."""
    if isinstance(problem, OSError) and problem.errno in NO_ROOM:
        what, why = f"`{problem.filename}`" if problem.filename else "a file", problem.strerror
    elif getattr(problem, "sqlstate", None) == DISK_FULL:
        what, why = "the log", first_line(problem)
    else:
        return None
    help = "make room on the disk, and start it again: what was answered is kept, and what was not done goes on then"
    return Failed(f"{what} can't be written: {why}", help)


def first_line(problem: BaseException) -> str:
    """What an error says, in a line."""
    return (str(problem) or type(problem).__name__).splitlines()[0]


@attrs.define(eq=False)
class Child:
    """A process of the run."""

    name: str
    process: asyncio.subprocess.Process
    signal: Signals
    log: Path | None = None
    stopping: bool = False
    guard: asyncio.subprocess.Process | None = None
    insists: Signals | None = None  # what it is sent when it does not end soon

    async def stop(self) -> None:
        """Tells it to end; kills it when it does not."""
        self.stopping = True
        if self.guard is not None and self.guard.returncode is None:
            self.guard.kill()
            await self.guard.wait()
        if self.process.returncode is not None:
            return
        for number, seconds in ((self.signal, SOON), (self.insists, PATIENCE - SOON), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError):
                if number is not None:
                    self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), seconds)
                return


async def watched(
    name: str,
    command: Sequence[str],
    died: Callable[[Child], None],
    *,
    log: Path | None = None,
    stop: signal.Signals = signal.SIGTERM,
    prepare: Callable[[], None] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    inherited: Sequence[int] = (),
    insists: signal.Signals | None = None,
) -> Child:
    """Starts a process that ends with this one; `died` is told when it ends by itself; `inherited` are
    files that it has from here. Raises Failed where it can't be started."""
    out = log.open("ab") if log is not None else subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=None if environment is None else dict(environment),
            cwd=folder,
            pass_fds=inherited,
            start_new_session=True,  # Ctrl-C is for us: we end the children in order
            preexec_fn=_ends_with_parent(os.getpid(), stop, prepare),
        )
    except OSError as problem:
        raise Failed(f"{name} can't be started: {problem.strerror or problem}", f"is `{command[0]}` what it should be?") from problem
    finally:
        if log is not None:
            out.close()  # type: ignore[union-attr]  # a file, then
    child = Child(name, process, stop, log, insists=insists)
    if not DEATH_SIGNAL:
        child.guard = await _guard(process.pid, stop)

    async def wait() -> None:
        await process.wait()
        if not child.stopping:
            died(child)

    child_task = asyncio.ensure_future(wait())
    _TASKS.add(child_task)
    child_task.add_done_callback(_TASKS.discard)
    return child


async def _guard(pid: int, stop: signal.Signals) -> asyncio.subprocess.Process:
    """A process that sees by the end of its input that this one has ended, and ends the child then."""
    return await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", f"read -r _; kill -{int(stop)} {pid}", stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )


_TASKS: set[asyncio.Task[None]] = set()  # a task that nobody holds may be collected


def adopt() -> bool:
    """Makes this process the parent of what its children leave behind (prctl, PR_SET_CHILD_SUBREAPER); False where no system call does."""
    return DEATH_SIGNAL and ctypes.CDLL(None).prctl(36, 1) == 0


def end_adopted() -> None:
    """Kills all that is left below this process: programs that functions have started and nobody waits for."""
    others: set[int] = set()  # who run as somebody else
    while found := [pid for pid in _children() if pid not in others]:
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)  # then its own children are ours
            except (ProcessLookupError, ChildProcessError):
                continue
            except PermissionError:
                others.add(pid)


def _children() -> list[int]:
    """The children of this process (proc(5), /proc/PID/stat: the parent is the second field behind the name in brackets)."""
    own, found = os.getpid(), []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError):
                stat = Path("/proc", name, "stat").read_text(errors="replace")
                if int(stat.rpartition(")")[2].split()[1]) == own:
                    found.append(int(name))
    return found


def _ends_with_parent(parent: int, stop: signal.Signals, first: Callable[[], None] | None) -> Callable[[], None]:
    """What a child does before it becomes its program: on Linux it asks to be told when its parent ends (prctl, PR_SET_PDEATHSIG)."""
    prctl = ctypes.CDLL(None).prctl if DEATH_SIGNAL else None

    def prepare() -> None:
        if first is not None:
            first()  # before the request, which a change of user takes back
        if prctl is not None:
            prctl(1, int(stop))
            if os.getppid() != parent:
                os._exit(1)  # the parent ended in between

    return prepare
