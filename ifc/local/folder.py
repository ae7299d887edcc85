"""The folder of a run: the lock that lets one run at a time use an app's state, and how other commands find the run."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, TextIO

from ifc.local.children import Failed

LOCK, RUN, SOCKETS = "lock", "run.json", "sockets"
PREFIX = "ifc-"  # of the folder of sockets
LONGEST = 73  # characters of the path in which it is made: 103 is what macOS allows for PostgreSQL's socket in it
SHORT = "/tmp"  # where it is made when the usual place has a longer path
IGNORED = "# What `ifc local` keeps of its runs.\n*\n"


class Folder:
    """`.ifc` beside the app's file, and a private folder for sockets, whose paths must be short."""

    def __init__(self, state: Path, file: str = "") -> None:
        self.state, self._file = state, file
        self.sockets = Path()
        self._lock: TextIO | None = None

    @property
    def logs(self) -> Path:
        """Where the logs of a run that failed are found."""
        return self.state / "logs"

    def take(self) -> None:
        """Makes the folders and takes the lock; raises Failed when another run has it, or nothing can be written."""
        try:
            self.state.mkdir(exist_ok=True)
            (self.state / ".gitignore").write_text(IGNORED)
            lock = (self.state / LOCK).open("a+")
        except OSError as problem:
            raise Failed(
                f"`{self.state}` can't be written: {problem.strerror or problem}",
                "a run keeps its log there: make room, or mend its permissions",
            ) from problem
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise self._taken(described(self.state)) from None
        self._lock = lock
        (self.state / RUN).unlink(missing_ok=True)
        self._tidy()
        self.sockets = _private()
        (self.state / SOCKETS).write_text(str(self.sockets))
        # PostgreSQL may have to run as another user, who must get through to its own socket, and sees nothing else.
        self.sockets.chmod(0o711 if os.geteuid() == 0 else 0o700)

    def _taken(self, found: dict[str, Any] | None) -> Failed:
        """What is said when another run has the lock: of this app, or of another one in the same folder."""
        where = f", at {found['gateway']} (process {found['pid']})" if found else ""
        other = str(found.get("file", "")) if found else ""
        if other and self._file and not _same(other, self._file):
            return Failed(
                f"another app of this folder runs already: `{os.path.basename(other)}`{where}",
                "one app of a folder runs at a time: stop that run with Ctrl-C, or give this app a folder of its own",
            )
        return Failed(f"this app is running already{where}", "stop that run with Ctrl-C, or use it: `ifc local status`")

    def _tidy(self) -> None:
        """Takes away the sockets of a run that was killed."""
        try:
            left = Path((self.state / SOCKETS).read_text())
            if left.name.startswith(PREFIX) and left.stat().st_uid == os.geteuid():
                shutil.rmtree(left, ignore_errors=True)
        except (OSError, ValueError):
            return

    def describe(self, **about: Any) -> None:
        """Notes where the run can be found."""
        waiting = self.state / f"{RUN}.new"
        waiting.write_text(json.dumps({"pid": os.getpid(), "sockets": str(self.sockets), **about}) + "\n")
        waiting.replace(self.state / RUN)

    def leave(self, failed: bool) -> None:
        """Gives the lock back and takes away what only the run needed; the logs of one that failed stay."""
        if self._lock is None:
            return  # it was never ours
        if failed:
            with contextlib.suppress(OSError):  # the disk may be full, which whoever reads has been told
                self.logs.mkdir(exist_ok=True)
                for log in self.sockets.glob("*.log"):
                    shutil.copy(log, self.logs / log.name)
        for name in (RUN, SOCKETS):
            with contextlib.suppress(OSError):
                (self.state / name).unlink(missing_ok=True)
        if self.sockets != Path():
            shutil.rmtree(self.sockets, ignore_errors=True)
        self._lock.close()


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _private() -> Path:
    """A new folder that only this user may enter, with a short path."""
    usual = tempfile.gettempdir()
    place = usual if len(os.fsencode(usual)) <= LONGEST else SHORT
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    except OSError as problem:
        raise Failed(
            f"`{place}` can't be written: {problem.strerror or problem}",
            f"a run keeps its sockets there: set TMPDIR to a folder with room whose path has at most {LONGEST} characters",
        ) from problem


def described(state: Path) -> dict[str, Any] | None:
    """What a run noted of itself, None where there is none."""
    try:
        found = json.loads((state / RUN).read_text())
        with (state / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None  # nobody holds it: the run was killed
    except BlockingIOError:
        return found if isinstance(found, dict) else None
    except (OSError, ValueError):
        return None


def find(start: Path) -> dict[str, Any] | None:
    """The run whose app is in a folder or in one above it."""
    for place in [start.resolve(), *start.resolve().parents]:
        found = described(place / ".ifc")
        if found is not None:
            return found
    return None
