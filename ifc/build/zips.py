"""Archives of code: what is in them, the digest that names them, and the zip files themselves.

The digest is of names, executable bits and contents, never of compressed bytes, which differ between releases of zlib.
What was compressed once, as the files of a dependency are, is copied from archive to archive as it is.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ifc.build.package import shown, unreadable
from ifc.diagnostics import Diagnostic, Failure
from ifc.records import record

CHUNK = 1 << 20
FOUR_GIGABYTES = 0xFFFFFFFF  # what a zip file can say of a size without its later additions; Lambda takes a sixteenth of it
MANY = 0xFFFF  # entries, likewise
DAY = 0x21  # 1980-01-01, the first day that a zip file knows
UNIX = 3 << 8  # made by Unix, wherever this runs: Lambda reads the modes
VERSION = 20


@record
class Packed:
    """Where a file lies compressed in an archive of ours."""

    offset: int
    size: int
    crc: int


@record
class Item:
    """A file of an archive: its name there, whether it can be run, its size and digest, and where it is read from."""

    path: str
    executable: bool
    size: int
    sha256: str
    source: str
    packed: Packed | None = None


def digest(items: Iterable[Item]) -> str:
    """The SHA-256, in hex, of the files' names, executable bits and contents."""
    from hashlib import sha256  # 3 ms that a compile without code doesn't need

    whole = sha256()
    for item in sorted(items, key=lambda i: i.path):
        whole.update(f"{item.path}\0{'x' if item.executable else '-'}\0{item.sha256}\n".encode())
    return whole.hexdigest()


def key(digest: str) -> str:
    """The archive's name, which changes with its contents."""
    return f"{digest[:32]}.zip"


def stamp(found: os.stat_result) -> list[int]:
    """What changes with a file."""
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino]


def read(path: str) -> Iterator[bytes]:
    """The contents of a file, piece by piece."""
    try:
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise unreadable(path, error) from error


def write(out: BinaryIO, items: Iterable[Item]) -> list[tuple[Item, Packed]]:
    """Writes the archive of `items`, sorted by name, and tells where each lies in it.

    Raises `Failure` where a file is no longer what `items` says.
    """
    directory: list[bytes] = []
    places: list[tuple[Item, Packed]] = []
    for item in sorted(items, key=lambda i: i.path):
        start = out.tell()
        name = item.path.encode()
        out.write(_local(name, 0, 0, 0))
        packed = _copied(out, item, item.packed) if item.packed else _compressed(out, item)
        end = out.tell()
        out.seek(start)
        out.write(_local(name, packed.crc, packed.size, item.size))
        out.seek(end)
        directory.append(_central(name, packed, item, start))
        places.append((item, packed))
    start = out.tell()
    out.writelines(directory)
    _end(out, len(directory), start, out.tell() - start)
    return places


def _compressed(out: BinaryIO, item: Item) -> Packed:
    """Compresses a file into the archive."""
    import zlib
    from hashlib import sha256

    offset, crc, size = out.tell(), 0, 0
    content = sha256()
    machine = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    for chunk in read(item.source):
        content.update(chunk)
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
        out.write(machine.compress(chunk))
    out.write(machine.flush())
    if size != item.size or content.hexdigest() != item.sha256:
        raise changed(item.source)
    return Packed(offset, out.tell() - offset, crc)


def changed(path: str) -> Failure:
    """The failure to pack a file that somebody writes to."""
    return Failure(Diagnostic("IFC715", f"`{shown(path)}` changed while it was packed", help="build again"))


def _copied(out: BinaryIO, item: Item, packed: Packed) -> Packed:
    """Copies what is compressed already."""
    offset, left = out.tell(), packed.size
    try:
        with open(item.source, "rb") as file:
            file.seek(packed.offset)
            while left and (chunk := file.read(min(CHUNK, left))):
                out.write(chunk)
                left -= len(chunk)
    except OSError as error:
        raise unreadable(item.source, error) from error
    if left:
        raise unreadable(item.source, OSError(5, "it ends too early"))
    return Packed(offset, packed.size, packed.crc)


# --- the format (PKWARE's APPNOTE.TXT, 4.3) ---


def _flags(name: bytes) -> int:
    return 0 if name.isascii() else 0x800  # the name is UTF-8


def _local(name: bytes, crc: int, packed: int, size: int) -> bytes:
    return struct.pack("<4s5H3L2H", b"PK\3\4", VERSION, _flags(name), 8, 0, DAY, crc, packed, size, len(name), 0) + name


def _central(name: bytes, packed: Packed, item: Item, offset: int) -> bytes:
    mode = (stat.S_IFREG | (0o755 if item.executable else 0o644)) << 16
    fixed = (b"PK\1\2", UNIX | VERSION, VERSION, _flags(name), 8, 0, DAY, packed.crc, packed.size, item.size, len(name))
    return struct.pack("<4s6H3L5H2L", *fixed, 0, 0, 0, 0, mode, offset) + name


def _end(out: BinaryIO, count: int, start: int, size: int) -> None:
    if start + size > FOUR_GIGABYTES:
        raise OSError(27, os.strerror(27))
    if count >= MANY:
        at = out.tell()
        out.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, UNIX | 45, 45, 0, 0, count, count, size, start))
        out.write(struct.pack("<4sLQL", b"PK\6\7", 0, at, 1))
        count = MANY
    out.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, start, 0))


# --- archives that are there ---


def holds(path: str, wanted: str) -> bool:
    """Whether the archive is whole, and what it holds has this digest."""
    import zlib
    from hashlib import sha256
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            items = []
            for info in archive.infolist():
                content = sha256()
                with archive.open(info) as file:
                    while chunk := file.read(CHUNK):
                        content.update(chunk)
                items.append(Item(info.filename, bool(info.external_attr >> 16 & 0o100), info.file_size, content.hexdigest(), path))
        return digest(items) == wanted
    except (BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error):
        return False
