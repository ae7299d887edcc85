"""The bytes of objects, in files that are named after their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


class Objects:
    """A folder of contents: `ab/cdef…`, the SHA-256 of what is in the file. A file is complete on disk before its name is given out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, content: bytes) -> str:
        """Writes a content, unless it is there, and returns its name."""
        digest = hashlib.sha256(content).hexdigest()
        name = f"{digest[:2]}/{digest[2:]}"
        if not (self.folder / name).exists():
            self.write(name, content)
        return name

    def write(self, name: str, content: bytes) -> None:
        """Writes a file of some name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{path.parent.name}{path.name}.part"
        try:
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)  # it may have taken the last room
            raise
        for folder in (path.parent, path.parent.parent):
            _sync(folder)

    def size(self, name: str) -> int:
        """How many bytes a content has."""
        return (self.folder / name).stat().st_size

    def has(self, name: str) -> bool:
        """Whether a content is there."""
        return (self.folder / name).is_file()

    def read(self, name: str) -> bytes:
        """A content."""
        return (self.folder / name).read_bytes()

    def collect(self, used: Iterable[str]) -> None:
        """Removes what is not used, and what was not written to its end."""
        keep = set(used)
        for path in sorted(self.folder.glob("*.part")) + sorted(self.folder.glob("??/*")):
            if path.relative_to(self.folder).as_posix() not in keep:
                path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Writes a folder's entries to disk, so that a new name is there after a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class Kept:
    """A content that moto reads where it expects its own temporary file: no file is open between reads."""

    def __init__(self, objects: Objects, name: str) -> None:
        self.objects, self.name = objects, name
        self._at = 0

    def seek(self, at: int) -> None:
        """Goes to a position."""
        self._at = at

    def read(self, most: int = -1) -> bytes:
        """What is left, or so much of it."""
        with (self.objects.folder / self.name).open("rb") as file:
            file.seek(self._at)
            found = file.read(most)
        self._at += len(found)
        return found

    def close(self) -> None:
        """Nothing: copies of the object read the same content."""
