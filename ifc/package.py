"""The archive of a function's code: which files belong into it, the digest that names it, and the zip itself.

The digest is of names, executable bits and contents, never of compressed bytes, which differ between releases of zlib.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from typing import BinaryIO

import attrs

from ifc.diagnostics import Diagnostic, Failure
from ifc.handlers import is_archive, reason
from ifc.output import MANIFEST

LEFT_OUT = frozenset({"__pycache__", "CVS", "Thumbs.db"})
LEFT_OUT_SUFFIXES = (".pyc", ".pyo", ".ifc")
# Hidden folders of `node_modules` that programs need: Prisma's generated client, and pnpm's store.
KEPT_MODULES = frozenset({".prisma", ".pnpm"})
MOST = 100_000  # entries; only links that lead to one another get near it
CHUNK = 1 << 20


@attrs.frozen(eq=False, repr=False, slots=False)
class Entry:
    """A file of the archive: its name there, where to read it, and whether it can be run."""

    path: str
    source: str
    executable: bool


def files(folder: str, leave_out: Collection[str]) -> list[Entry]:
    """The files below `folder` that belong into its archive, sorted; raises `Failure` with all that can't be packed.

    Hidden names, bytecode, .ifc files, virtual environments, and `leave_out` (paths as `folder` is one) stay out. Links
    are followed while they stay in the folder; one that leads to a folder it stands in is left out: its files are in.
    """
    found, wrong = _Walk(folder, leave_out).entries()
    if not found and not wrong:
        wrong.append(Diagnostic("IFC714", f"the code folder `{_shown(folder)}` has no file to pack", help=_EMPTY))
    if wrong:
        raise Failure(*wrong)
    return sorted(found, key=lambda entry: entry.path)


def digest(folder: str, leave_out: Collection[str]) -> str:
    """The SHA-256, in hex, of what `write` would pack; of an archive that is there already, of its bytes."""
    from hashlib import sha256  # 3 ms that a compile without code doesn't need

    if is_built(folder):
        whole = sha256()
        for chunk in _read(folder):
            whole.update(chunk)
        return whole.hexdigest()
    whole = sha256()
    for entry in files(folder, leave_out):
        content = sha256()
        for chunk in _read(entry.source):
            content.update(chunk)
        whole.update(f"{entry.path}\0{'x' if entry.executable else '-'}\0{content.hexdigest()}\n".encode())
    return whole.hexdigest()


def key(digest: str) -> str:
    """The archive's name, which changes with its contents."""
    return f"{digest[:32]}.zip"


def write(folder: str, target: str, leave_out: Collection[str]) -> None:
    """Packs `folder` into the zip file `target`, which appears whole or not at all; equal files make equal archives."""
    entries = None if is_built(folder) else files(folder, leave_out)
    parent, name = os.path.split(target)
    # Hidden, so that it never gets into an archive itself.
    partial = os.path.join(parent, f".{name}.{os.getpid()}")
    try:
        os.makedirs(parent or ".", exist_ok=True)
        try:
            with open(partial, "wb") as out:
                if entries is None:
                    out.writelines(_read(folder))
                else:
                    _zip(out, entries)
            os.replace(partial, target)
        except BaseException:
            _remove(partial)
            raise
    except OSError as error:
        message = f"the archive `{_shown(target)}` can't be written: {reason(error)}"
        raise Failure(Diagnostic("IFC715", message, help="make room or give yourself the right to write there")) from error


_EMPTY = "let `code` name the folder of the function's files; hidden files and .ifc files aren't packed"


def _zip(out: BinaryIO, entries: list[Entry]) -> None:
    """Writes the archive of `entries`; names, modes and contents are all that it tells of them."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo  # 7 ms that only packing needs

    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for entry in entries:
            info = ZipInfo(entry.path)  # dated 1980-01-01, the first day that a zip file knows
            info.compress_type = ZIP_DEFLATED
            info.create_system = 3  # Unix, wherever this runs: Lambda reads the modes
            info.external_attr = (stat.S_IFREG | (0o755 if entry.executable else 0o644)) << 16
            with archive.open(info, "w", force_zip64=_size(entry.source) > 1 << 31) as member:
                for chunk in _read(entry.source):
                    member.write(chunk)


def unpacked(archive: str) -> Iterator[tuple[str, bytes]]:
    """The files of an archive that is built already, by name; raises `Failure` for what is no zip file."""
    from zipfile import BadZipFile, ZipFile  # 7 ms that only packing needs

    try:
        with ZipFile(archive) as opened:
            for info in sorted(opened.infolist(), key=lambda i: i.filename):
                if not info.is_dir() and not info.filename.startswith("/") and ".." not in info.filename.split("/"):
                    yield info.filename, opened.read(info)
    except (BadZipFile, OSError, RuntimeError) as error:
        message = f"the archive `{_shown(archive)}` can't be read: {str(error)[:1].lower()}{str(error)[1:]}"
        raise Failure(Diagnostic("IFC715", message, help="build it anew")) from error


class _Walk:
    """A walk through a code folder."""

    def __init__(self, folder: str, leave_out: Collection[str]) -> None:
        self.folder = folder
        self.root = os.path.realpath(folder)
        self.leave_out = {os.path.realpath(path) for path in leave_out}
        self.found: list[Entry] = []
        self.wrong: list[Diagnostic] = []
        # The folders still to look into: the name in the archive, the real place, and where links were followed from.
        self.waiting: list[tuple[str, str, tuple[str, ...]]] = [("", self.root, ())]

    def entries(self) -> tuple[list[Entry], list[Diagnostic]]:
        """The files found, and what is wrong."""
        seen = 0
        while self.waiting:
            prefix, place, jumps = self.waiting.pop()
            names = self._names(prefix, place)
            if prefix and ("pyvenv.cfg" in names or MANIFEST in names):
                continue  # an environment, or what an earlier compile wrote
            seen += len(names)
            if seen > MOST:
                message = f"the code folder `{_shown(self.folder)}` has more than {MOST} files and folders"
                raise Failure(Diagnostic("IFC716", message, help="remove links between folders, or name a smaller folder"))
            in_modules = prefix.endswith("node_modules/")
            for name, entry in names.items():
                if not _stays_out(name, in_modules) and os.path.join(place, name) not in self.leave_out:
                    self._take(prefix + name, place, jumps, entry)
        return self.found, self.wrong

    def _names(self, prefix: str, place: str) -> dict[str, os.DirEntry[str]]:
        """The entries of a folder."""
        try:
            with os.scandir(place) as entries:
                return {entry.name: entry for entry in entries}
        except FileNotFoundError:
            message = f"there is no folder `{self._within(prefix)}` to take the code from"
            raise Failure(Diagnostic("IFC708", message, help="make it, or let `code` name another")) from None
        except NotADirectoryError:
            message = f"`{self._within(prefix)}` is a file, and code is taken from a folder, a .zip or a .jar"
            raise Failure(Diagnostic("IFC708", message, help="let `code` name the folder that the file is in")) from None
        except OSError as error:
            raise _unreadable(self._within(prefix), error) from error

    def _take(self, path: str, place: str, jumps: tuple[str, ...], entry: os.DirEntry[str]) -> None:
        """Takes a file in, and remembers a folder to look into."""
        try:
            path.encode()
        except UnicodeEncodeError:
            message = f"the name of `{self._within(path)}` isn't valid UTF-8, which a zip file needs"
            self.wrong.append(Diagnostic("IFC713", message, help="rename it"))
            return
        real = os.path.join(place, entry.name)
        if entry.is_symlink():
            target = self._follow(path, real)
            if target is None or target in self.leave_out:
                return
            if os.path.isdir(target):
                if any(_is_in(folder, target) for folder in (place, *jumps)):
                    return
                jumps = (*jumps, place)
            real = target
        source = os.path.join(self.folder, path)
        mode = self._mode(path, source)
        if stat.S_ISDIR(mode):
            self.waiting.append((path + "/", real, jumps))
        elif stat.S_ISREG(mode):  # sockets, pipes and devices have no contents to pack
            self.found.append(Entry(path, source, bool(mode & stat.S_IXUSR)))

    def _follow(self, path: str, link: str) -> str | None:
        """Where a link leads, or None when that is nowhere or out of the folder; reported."""
        target = os.path.realpath(link)
        if not os.path.exists(target):
            message = f"the link `{self._within(path)}` leads nowhere"
            self.wrong.append(Diagnostic("IFC711", message, help="remove it, or make what it leads to"))
            return None
        if not _is_in(target, self.root):
            message = f"the link `{self._within(path)}` leads out of the code folder"
            advice = "put a copy in its place, or let `code` name a folder that holds both"
            self.wrong.append(Diagnostic("IFC711", message, help=advice))
            return None
        return target

    def _mode(self, path: str, source: str) -> int:
        """What kind of file it is, and who may run it."""
        try:
            return os.stat(source).st_mode
        except OSError as error:
            raise _unreadable(self._within(path), error) from error

    def _within(self, path: str) -> str:
        """A path below the code folder as the user would write it."""
        return _shown(os.path.join(self.folder, path.rstrip("/")) if path else self.folder)


def _stays_out(name: str, in_modules: bool) -> bool:
    """Whether files and folders of this name stay out of every archive."""
    if name.startswith("."):
        return not (in_modules and name in KEPT_MODULES)
    return name in LEFT_OUT or name.endswith(LEFT_OUT_SUFFIXES)


def _is_in(path: str, folder: str) -> bool:
    """Whether a real path is that folder or below it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def is_built(folder: str) -> bool:
    """Whether the code is an archive that something else built."""
    if not is_archive(folder) or os.path.isdir(folder):
        return False
    if not os.path.exists(folder):
        message = f"there is no archive `{_shown(folder)}` to take the code from"
        raise Failure(Diagnostic("IFC708", message, help="build it first, or let `code` name another"))
    return True


def _read(path: str) -> Iterator[bytes]:
    """The contents of a file, piece by piece."""
    try:
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise _unreadable(path, error) from error


def _size(path: str) -> int:
    """The size of a file; 0 where only reading it will tell what is wrong."""
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _remove(path: str) -> None:
    """Removes what a failed writing left, if it left anything."""
    try:
        os.unlink(path)
    except OSError:
        return


def _unreadable(path: str, error: OSError) -> Failure:
    """The failure to read a file of the code."""
    message = f"`{_shown(path)}` can't be read: {reason(error)}"
    return Failure(Diagnostic("IFC712", message, help="give yourself the right to read it, or take it out of the folder"))


def _shown(path: str) -> str:
    """A path as it can be printed."""
    return os.fsencode(path).decode("utf-8", "replace").replace(os.sep, "/")
