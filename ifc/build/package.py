"""A code folder: which of its files may go into an archive, and what can't be packed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator

from ifc.diagnostics import Diagnostic, Failure
from ifc.handlers import is_archive, reason
from ifc.output import MANIFEST
from ifc.records import record

LEFT_OUT = frozenset({"__pycache__", "CVS", "Thumbs.db"})
LEFT_OUT_SUFFIXES = (".pyc", ".pyo", ".ifc")
# Hidden folders of `node_modules` that programs need: Prisma's generated client, and pnpm's store.
KEPT_MODULES = frozenset({".prisma", ".pnpm"})
MOST = 100_000  # entries; only links that lead to one another get near it
FILE, FOLDER, LINKED, ODD = "file", "folder", "linked folder", "odd"

_EMPTY = "let `code` name the folder of the function's files; hidden files and .ifc files aren't packed"


@record
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
    tree = Tree(folder, leave_out)
    names, wrong = [], []
    for name in tree.below(""):
        problem = tree.problem(name)
        if problem is None:
            names.append(name)
        else:
            wrong.append(problem)
    if not names and not wrong:
        wrong.append(Diagnostic("IFC714", f"the code folder `{shown(folder)}` has no file to pack", help=_EMPTY))
    if wrong:
        raise Failure(*wrong)
    return [Entry(name, path, executable(path)) for name, path in ((name, tree.path(name)) for name in sorted(names))]


class Tree:
    """What is below a code folder, listed a folder at a time as it is asked for: most of it may be none of a function's business.

    Names are relative to it, with `/` between; "" is the folder itself.
    """

    def __init__(self, root: str, leave_out: Collection[str] = ()) -> None:
        self.root = root
        self.real = os.path.realpath(root)
        self.leave_out = {os.path.realpath(path) for path in leave_out}
        self._lists: dict[str, dict[str, str]] = {}

    def path(self, name: str) -> str:
        """A file's path, as one opens it."""
        return os.path.join(self.root, name) if name else self.root

    def names(self, folder: str) -> dict[str, str]:
        """The names in a folder that may go into an archive, sorted, and what each is; none where there is no such folder."""
        found = self._lists.get(folder)
        if found is None:
            found = self._lists[folder] = self._list(folder)
        return found

    def is_file(self, name: str) -> bool:
        """Whether a file of exactly this name is there: a Mac would open `Orders.py` as `orders.py`, and Lambda doesn't."""
        folder, _, last = name.rpartition("/")
        return self.is_folder(folder) and self.names(folder).get(last) in (FILE, ODD)

    def is_folder(self, name: str) -> bool:
        """Whether a folder of exactly this name is there."""
        place = ""
        for step in name.split("/") if name else ():
            if self.names(place).get(step) not in (FOLDER, LINKED):
                return False
            place = f"{place}/{step}" if place else step
        return True

    def below(self, folder: str, skip: Callable[[str, bool], bool] | None = None) -> Iterator[str]:
        """The files below a folder, links followed as far as they stay inside; `skip` tells by name and by whether it is a folder what
        of it to go past."""
        # The folders still to look into: the name, the real place, and the real places above it.
        waiting: list[tuple[str, str, tuple[str, ...]]] = [(folder, os.path.realpath(self.path(folder)), ())]
        seen = 0
        while waiting:
            place, real, above = waiting.pop()
            names = self.names(place)
            seen += len(names)
            if seen > MOST:
                message = f"the code folder `{shown(self.root)}` has more than {MOST} files and folders"
                raise Failure(Diagnostic("IFC716", message, help="remove links between folders, or name a smaller folder"))
            for last, sort in names.items():
                name = f"{place}/{last}" if place else last
                if skip is not None and skip(name, sort in (FOLDER, LINKED)):
                    continue
                if sort == FOLDER:
                    waiting.append((name, os.path.join(real, last), above))
                elif sort == LINKED:
                    target = os.path.realpath(os.path.join(real, last))
                    jumps = (*above, real)
                    if not any(is_in(before, target) for before in jumps):
                        waiting.append((name, target, jumps))
                else:
                    yield name

    def problem(self, name: str) -> Diagnostic | None:
        """Why a file that was found can't go into an archive, or None."""
        path = self.path(name)
        try:
            name.encode()
        except UnicodeEncodeError:
            return Diagnostic("IFC713", f"the name of `{shown(path)}` isn't valid UTF-8, which a zip file needs", help="rename it")
        folder, _, last = name.rpartition("/")
        if self.names(folder).get(last) != ODD:
            return None
        if not os.path.exists(path):
            return Diagnostic("IFC711", f"the link `{shown(path)}` leads nowhere", help="remove it, or make what it leads to")
        advice = "put a copy in its place, or let `code` name a folder that holds both"
        return Diagnostic("IFC711", f"the link `{shown(path)}` leads out of the code folder", help=advice)

    def _list(self, folder: str) -> dict[str, str]:
        place = self.path(folder)
        try:
            with os.scandir(place) as entries:
                listed = sorted(entries, key=lambda e: e.name)
        except (FileNotFoundError, NotADirectoryError):
            if folder:
                return {}
            raise Failure(_no_folder(place)) from None
        except OSError as error:
            raise unreadable(place, error) from error
        names = {entry.name for entry in listed}
        if folder and ("pyvenv.cfg" in names or MANIFEST in names):
            return {}  # an environment, or what an earlier build wrote
        ours = _written(place) if MANIFEST in names else frozenset()
        in_modules = folder.rpartition("/")[2] == "node_modules"
        found = {}
        for entry in listed:
            if stays_out(entry.name, in_modules) or entry.name in ours or self._left_out(entry):
                continue
            sort = self._sort(entry)
            if sort:
                found[entry.name] = sort
        return found

    def _left_out(self, entry: os.DirEntry[str]) -> bool:
        """Whether the caller wants it left out."""
        return bool(self.leave_out) and os.path.realpath(entry.path) in self.leave_out

    def _sort(self, entry: os.DirEntry[str]) -> str | None:
        """What an entry is; what leads nowhere or out, or has no name that can be written, is said only where it is wanted."""
        if not _is_text(entry.name):
            return ODD
        if entry.is_symlink():
            target = os.path.realpath(entry.path)
            if not os.path.exists(target) or not is_in(target, self.real):
                return ODD
            if os.path.isdir(target):
                return LINKED
        if entry.is_dir():
            return FOLDER
        return FILE if entry.is_file() else None  # sockets, pipes and devices have no contents to pack


def _no_folder(place: str) -> Diagnostic:
    if os.path.exists(place):
        message = f"`{shown(place)}` is a file, and code is taken from a folder, a .zip or a .jar"
        return Diagnostic("IFC708", message, help="let `code` name the folder that the file is in")
    return Diagnostic("IFC708", f"there is no folder `{shown(place)}` to take the code from", help="make it, or let `code` name another")


def _written(folder: str) -> frozenset[str]:
    """The names in a code folder that are our own output: then the output goes where the code is."""
    try:
        with open(os.path.join(folder, MANIFEST), encoding="utf-8") as stream:
            return frozenset(str(name).split("/")[0] for name in json.load(stream)["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def _is_text(name: str) -> bool:
    """Whether a name is valid Unicode."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def executable(path: str) -> bool:
    """Whether a file's owner may run it."""
    try:
        return bool(os.stat(path).st_mode & 0o100)
    except OSError as error:
        raise unreadable(path, error) from error


def unpacked(archive: str) -> Iterator[tuple[str, bytes]]:
    """The files of an archive that is built already, by name; raises `Failure` for what is no zip file."""
    from zipfile import BadZipFile, ZipFile  # 7 ms that only packing needs

    try:
        with ZipFile(archive) as opened:
            for info in sorted(opened.infolist(), key=lambda i: i.filename):
                if not info.is_dir() and not info.filename.startswith("/") and ".." not in info.filename.split("/"):
                    yield info.filename, opened.read(info)
    except (BadZipFile, OSError, RuntimeError) as error:
        raise no_archive(archive, error) from error


def no_archive(path: str, error: Exception) -> Failure:
    """The failure to read an archive that something else built."""
    message = f"the archive `{shown(path)}` can't be read: {str(error)[:1].lower()}{str(error)[1:]}"
    return Failure(Diagnostic("IFC715", message, help="build it anew"))


def stays_out(name: str, in_modules: bool) -> bool:
    """Whether files and folders of this name stay out of every archive."""
    if name.startswith("."):
        return not (in_modules and name in KEPT_MODULES)
    return name in LEFT_OUT or name.endswith(LEFT_OUT_SUFFIXES)


def is_in(path: str, folder: str) -> bool:
    """Whether a real path is that folder or below it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def is_built(folder: str) -> bool:
    """Whether the code is an archive that something else built."""
    if not is_archive(folder) or os.path.isdir(folder):
        return False
    if not os.path.exists(folder):
        message = f"there is no archive `{shown(folder)}` to take the code from"
        raise Failure(Diagnostic("IFC708", message, help="build it first, or let `code` name another"))
    return True


def unreadable(path: str, error: OSError) -> Failure:
    """The failure to read a file of the code."""
    message = f"`{shown(path)}` can't be read: {reason(error)}"
    return Failure(Diagnostic("IFC712", message, help="give yourself the right to read it, or take it out of the folder"))


def shown(path: str) -> str:
    """A path as it can be printed."""
    return os.fsencode(path).decode("utf-8", "replace").replace(os.sep, "/")
