"""What earlier builds left: finished archives, installed dependencies, and what is known of files that did not change.

It lies in `.ifc/build` beside the app's file. Everything in it is named by a digest of its contents or of what made it, is written
elsewhere and then moved into place, and can be thrown away. Builds at the same time at worst do the same work twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from ifc import __version__
from ifc.build import zips
from ifc.build.package import executable, shown, unreadable
from ifc.build.zips import Item
from ifc.diagnostics import WARNING, Diagnostic, Failure, Report
from ifc.handlers import reason
from ifc.records import record

VERSION = 1  # of what is noted; it goes up between releases
INDEX = "index.json"
LOCK = "lock"
# A file that was written a moment ago may be written again with the same time, so what was seen of it isn't remembered yet.
# Two seconds are the coarsest step of a file system's clock (FAT).
SETTLED = 2_000_000_000
ABANDONED = 3600  # seconds after which a folder without a lock belongs to nobody
MOST = 50_000  # files that are remembered
DAY = 86_400
UNUSED = 14 * DAY  # after which a thing in the cache goes
KEPT = ("archives", "packages", "bundles")


@record
class Hashed:
    """What is known of a file's contents."""

    sha256: str
    size: int
    executable: bool


class Cache:
    """The cache of one app's builds, for the time of one build."""

    def __init__(self, home: str, report: Report) -> None:
        """Opens the cache beside the app, whose folder is `home`; one that can't be written there is made elsewhere, with a warning."""
        self.folder = os.path.join(os.path.abspath(home), ".ifc", "build")
        self._work = ""
        self._lock: Any = None
        try:
            os.makedirs(self.folder, exist_ok=True)
            _ignored(os.path.dirname(self.folder))
            if not os.access(self.folder, os.W_OK | os.X_OK):
                raise PermissionError(13, os.strerror(13))
        except OSError as error:
            self.folder = _elsewhere()
            report.diagnostics.append(
                Diagnostic(
                    "IFC737",
                    f"the build's cache can't be written to `{shown(os.path.normpath(os.path.join(home, '.ifc', 'build')))}`: {reason(error)}",
                    help="let that folder be writable; until then each build does all its work again",
                    severity=WARNING,
                )
            )
        self._before = self._read()
        self.files: dict[str, list[Any]] = {}  # by path: its times, size and inode, and the digest of its contents
        self.notes: dict[str, dict[str, Any]] = {}  # by what it is about: what was found out before
        self.seen: dict[str, Hashed] = {}  # in this build
        self.changed = False

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self._save()
        if self._work:
            self._prune()
            shutil.rmtree(self._work, ignore_errors=True)
            self._lock.close()

    def unusable(self, error: OSError) -> Failure:
        """The failure to write or read something in the cache in the middle of a build."""
        place = error.filename if isinstance(error.filename, str) else self.folder
        message = f"the build stopped at `{shown(os.path.relpath(place))}`: {reason(error)}"
        return Failure(Diagnostic("IFC715", message, help="make room, or delete the folder `.ifc/build`: it is made anew"))

    # --- what is known ---

    def hashed(self, path: str) -> Hashed:
        """The digest of a file's contents, its size, and whether its owner may run it; raises Failure where it can't be read."""
        place = os.path.abspath(path)
        if place in self.seen:
            return self.seen[place]
        try:
            found = os.stat(path)
        except OSError as error:
            raise unreadable(path, error) from error
        stamp = zips.stamp(found)
        known = self.files.get(place) or self._before["files"].get(place)
        if known is None or known[:4] != stamp:
            known = [*stamp, *_content(path)]
            self.changed = True
        if time.time_ns() - max(stamp[:2]) > SETTLED:
            self.files[place] = known
        self.seen[place] = Hashed(known[4], known[5], bool(found.st_mode & 0o100))
        return self.seen[place]

    def size(self, path: str) -> int:
        """How large a file is; raises Failure where that can't be told."""
        try:
            return os.stat(path).st_size
        except OSError as error:
            raise unreadable(path, error) from error

    def item(self, name: str, path: str) -> Item:
        """A file as one of an archive, under `name`."""
        found = self.hashed(path)
        return Item(name, found.executable, found.size, found.sha256, path)

    def fresh(self, path: str) -> Item:
        """A file that this build made itself, to be remembered nowhere; its name is its path."""
        digest, size = _content(path)
        return Item(path, executable(path), size, digest, path)

    def clear(self, folder: str) -> None:
        """Removes what was made on the way."""
        shutil.rmtree(folder, ignore_errors=True)

    def note(self, sort: str, about: str, find: Callable[[], Any]) -> Any:
        """What `find` tells, remembered under `about`: a digest of all that it depends on."""
        known = self.known(sort, about)
        return self.remember(sort, about, find()) if known is None else known

    def known(self, sort: str, about: str) -> Any:
        """What was remembered, or None."""
        found = self.notes.get(sort, {}).get(about)
        if found is None:
            found = self._before["notes"].get(sort, {}).get(about)
            if found is not None:
                self.notes.setdefault(sort, {})[about] = found
        return found

    def remember(self, sort: str, about: str, found: Any) -> Any:
        """Remembers JSON for the builds to come, and returns it."""
        self.notes.setdefault(sort, {})[about] = found
        self.changed = True
        return found

    def _read(self) -> dict[str, Any]:
        try:
            with open(os.path.join(self.folder, INDEX), "rb") as stream:
                head, _, content = stream.read().partition(b"\n")
            if head == _head(content):
                found: dict[str, Any] = json.loads(content)
                return found
        except OSError:
            pass  # there is none yet
        return {"files": {}, "notes": {}}

    def _save(self) -> None:
        """Writes down what is known, together with what builds of other stages knew."""
        before = self._before
        if not self.changed:
            return
        files = dict([*before["files"].items(), *self.files.items()][-MOST:])
        notes = {}
        for sort in sorted({*before["notes"], *self.notes}):
            older = {about: found for about, found in before["notes"].get(sort, {}).items() if about not in self.notes.get(sort, {})}
            notes[sort] = dict([*older.items(), *self.notes.get(sort, {}).items()][-MOST:])
        content = json.dumps({"files": files, "notes": notes}, separators=(",", ":")).encode()
        # A build is as good without it, only later ones are slower.
        with contextlib.suppress(OSError):
            self.put(os.path.join(self.folder, INDEX), lambda out: out.write(_head(content) + b"\n" + content))

    def _prune(self) -> None:
        """Removes what no build has used for long: all of it can be made again."""
        for place, folders, names in os.walk(self.folder):
            inside = os.path.relpath(place, self.folder)
            folders[:] = [name for name in folders if inside == "." and name in KEPT]
            for name in names if inside in KEPT else ():
                path = os.path.join(place, name)
                with contextlib.suppress(OSError):
                    if time.time() - os.stat(path).st_mtime > UNUSED:
                        os.unlink(path)
        with contextlib.suppress(OSError), os.scandir(os.path.join(self.folder, "modules")) as entries:
            for entry in list(entries):
                with contextlib.suppress(OSError):
                    if time.time() - os.stat(os.path.join(entry.path, "done")).st_mtime > UNUSED:
                        shutil.rmtree(entry.path, ignore_errors=True)

    # --- what is kept ---

    def work(self) -> str:
        """A folder for what is still being made, which goes with this build; what builds that were killed left there goes too."""
        if not self._work:
            place = os.path.join(self.folder, "work")
            os.makedirs(place, exist_ok=True)
            _tidy(place)
            while not self._work:
                self._work, self._lock = _locked(tempfile.mkdtemp(dir=place))
        return self._work

    def put(self, target: str, fill: Callable[[BinaryIO], object]) -> None:
        """Writes the file `target`, which appears whole or not at all. Raises OSError."""
        os.makedirs(os.path.dirname(target), exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=self.work())
        with os.fdopen(handle, "wb") as out:
            fill(out)
            out.flush()
            os.fsync(out.fileno())  # or a power cut could leave the name without the contents
        os.chmod(partial, 0o644)
        if os.path.isdir(target):
            shutil.rmtree(target)  # nothing of ours: it would stand in the way for ever
        os.replace(partial, target)

    def ready(self, digest: str, plain: bool = False) -> str | None:
        """The path of a finished archive, or None where there is none, or a damaged one; the digest of a `plain` one is of its bytes."""
        path = self.archive_path(digest)
        return (
            path
            if self.whole("archives", digest, path, lambda: _content(path)[0] == digest if plain else zips.holds(path, digest))
            else None
        )

    def whole(self, sort: str, about: str, path: str, holds: Callable[[], bool]) -> bool:
        """Whether a file of the cache is there and as it was made: its time and size tell, else `holds`. It counts as used now."""
        try:
            found = os.stat(path)
            if self.known(sort, about) != zips.stamp(found):
                if not holds():
                    return False
                self.remember(sort, about, zips.stamp(found))
            if self.used(path):
                self.remember(sort, about, zips.stamp(os.stat(path)))
        except OSError:
            return False
        return True

    def used(self, path: str) -> bool:
        """Lets a file of the cache count as used today; tells whether its times changed by that. Raises OSError."""
        old = time.time() - os.stat(path).st_mtime > DAY
        if old:
            os.utime(path)
        return old

    def archive_path(self, digest: str) -> str:
        """Where an archive of this digest is kept."""
        return os.path.join(self.folder, "archives", zips.key(digest))

    def pack(self, digest: str, items: Iterable[Item], source: str = "") -> str:
        """Writes the archive of `items`, or a copy of `source`, and returns its path; raises Failure where that can't be done."""
        path = self.archive_path(digest)
        self.kept(path, (lambda out: _copy(out, source, digest)) if source else (lambda out: zips.write(out, items)))
        self.remember("archives", digest, zips.stamp(os.stat(path)))
        return path

    def kept(self, path: str, fill: Callable[[BinaryIO], object]) -> None:
        """`put` for what the build can't do without."""
        try:
            self.put(path, fill)
        except OSError as error:
            message = f"the archive `{shown(os.path.relpath(path))}` can't be written: {reason(error)}"
            raise Failure(Diagnostic("IFC715", message, help="make room or give yourself the right to write there")) from error


def _content(path: str) -> tuple[str, int]:
    """The digest and the size of what a file holds."""
    from hashlib import sha256  # 3 ms that a compile without code doesn't need

    content, size = sha256(), 0
    for chunk in zips.read(path):
        content.update(chunk)
        size += len(chunk)
    return content.hexdigest(), size


def _copy(out: BinaryIO, source: str, digest: str) -> None:
    """Copies a file whose contents have this digest."""
    from hashlib import sha256

    content = sha256()
    for chunk in zips.read(source):
        content.update(chunk)
        out.write(chunk)
    if content.hexdigest() != digest:
        raise zips.changed(source)


def _head(content: bytes) -> bytes:
    """The index's first line: whose it is, since another release may see other things in the same files, and a digest that tells a whole
    index from a damaged one."""
    from hashlib import sha256

    return f"{VERSION} {__version__} {sha256(content).hexdigest()}".encode()


def _ignored(folder: str) -> None:
    """Lets git leave the folder alone."""
    path = os.path.join(folder, ".gitignore")
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("*\n")


def _elsewhere() -> str:
    """A folder that lasts as long as this process."""
    import atexit

    folder = tempfile.mkdtemp(prefix="ifc-build-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _locked(folder: str) -> tuple[str, Any]:
    """The folder with its lock taken, which ends with this process however that ends; "" where another build took it for abandoned."""
    path = os.path.join(folder, LOCK)
    lock = open(path, "w")  # noqa: SIM115 – it is held as long as the build runs
    if _taken(lock) is not False and os.path.exists(path):
        return folder, lock
    lock.close()
    return "", None


def _taken(lock: Any) -> bool | None:
    """Whether the lock could be had; None where there are no locks, as on Windows and on some network drives."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _tidy(place: str) -> None:
    """Removes the folders of builds that are no more: their locks are free, or, where there are no locks, they are old."""
    with os.scandir(place) as entries:
        folders = sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
    for folder in folders:
        with contextlib.suppress(OSError):
            old = time.time() - os.stat(folder).st_mtime > ABANDONED
            try:
                with open(os.path.join(folder, LOCK), "r+") as lock:
                    free = _taken(lock)
                    if free or (free is None and old):
                        shutil.rmtree(folder, ignore_errors=True)
            except FileNotFoundError:
                if old:
                    shutil.rmtree(folder, ignore_errors=True)
