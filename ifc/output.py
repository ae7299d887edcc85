"""Files are written whole or not at all, and only those that are ours are ever replaced or removed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from ifc.records import record

MANIFEST = ".ifc-files.json"  # the names that this compiler wrote into a folder


@record
class Copy:
    """A file of the output that is a copy of one of the user's."""

    source: str
    executable: bool


Content: TypeAlias = str | bytes | Copy


def write(folder: str, files: Mapping[str, Content], app: str = "") -> None:
    """Writes `files` into `folder`: all are complete on disk before the first takes its place.

    What an earlier run wrote and this one does not is removed; other files are never touched, so one that is in the way
    is an error. Raises OSError.
    """
    os.makedirs(folder, exist_ok=True)
    before, owner = _written_before(folder)
    if app and owner and app != owner:
        # A state may lie there: Terraform would take the one app for a new version of the other.
        raise FileExistsError(17, f"it holds the app `{owner}`", folder)
    # The manifest goes first, with all names of before and now: whatever interrupts the rest, what is there stays known as ours.
    content: dict[str, Content] = {MANIFEST: _manifest({*before, *files}, app), **files}
    waiting: dict[str, str] = {}
    try:
        for name, text in content.items():
            target = os.path.join(folder, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isdir(target):
                raise IsADirectoryError(21, "a folder has the name of an output file", target)
            if name not in before and name != MANIFEST and not _holds(target, text):
                raise FileExistsError(17, f"`{name}` is there, and {MANIFEST} does not say that ifc wrote it", target)
            waiting[target] = _temporary(os.path.dirname(target), text)
        for target in list(waiting):
            os.replace(waiting[target], target)
            del waiting[target]
    finally:
        for left in waiting.values():
            os.unlink(left)
    gone = before - set(files)
    for name in gone:
        _remove(folder, name)
    if gone:
        os.replace(_temporary(folder, _manifest(files, app)), os.path.join(folder, MANIFEST))


def _manifest(names: Iterable[str], app: str) -> str:
    return json.dumps({"version": 1, **({"app": app} if app else {}), "files": sorted(names)}, indent=2) + "\n"


def _holds(path: str, text: Content) -> bool:
    """Whether nothing would be lost by writing `text` there."""
    if not isinstance(text, str):
        return not os.path.lexists(path)
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            return stream.read() == text
    except FileNotFoundError:
        return not os.path.islink(path)
    except ValueError:
        return False


def _temporary(folder: str, text: Content) -> str:
    """A file beside the target that holds `text`, with the permissions a new file has."""
    handle, path = tempfile.mkstemp(prefix=".ifc-", dir=folder)
    executable = isinstance(text, Copy) and text.executable
    if isinstance(text, Copy):
        with os.fdopen(handle, "wb") as copy, open(text.source, "rb") as source:
            shutil.copyfileobj(source, copy)
    elif isinstance(text, bytes):
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
    else:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(path, (0o777 if executable else 0o666) & ~mask)
    return path


def _written_before(folder: str) -> tuple[set[str], str]:
    """The names of what an earlier run wrote there, and of the app that it was of."""
    try:
        with open(os.path.join(folder, MANIFEST), encoding="utf-8") as stream:
            found = json.load(stream)
        names = {n for n in found["files"] if isinstance(n, str) and not os.path.isabs(n) and ".." not in n.split("/")}
        return names, str(found.get("app", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set(), ""


def _remove(folder: str, name: str) -> None:
    try:
        os.unlink(os.path.join(folder, name))
    except OSError:
        return  # it is gone already, or not ours to remove any more
