"""Installed packages, compressed once and kept, to be copied into any archive that needs them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from ifc.build import zips
from ifc.build.cache import Cache
from ifc.build.zips import Item, Packed
from ifc.diagnostics import Failure
from ifc.records import evolve

RULES = 1  # goes up when the same packages come to be kept in another way


class Packages:
    """The packages that a build has asked for."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.found: dict[str, tuple[Item, ...]] = {}
        self.failed: dict[str, Failure] = {}
        self.named: dict[str, set[str]] = {}

    def of(self, about: object, make: Callable[[str], Iterable[tuple[str, str]]]) -> tuple[str, tuple[Item, ...]]:
        """The files of what `about` (JSON) describes, and its digest; where they aren't kept, `make` puts them into a folder, and tells their names and paths."""
        digest = sha256(json.dumps([RULES, about], sort_keys=True).encode()).hexdigest()
        if digest in self.failed:
            raise self.failed[digest]
        if digest not in self.found:
            try:
                self.found[digest] = self.kept(digest) or self.made(digest, make)
            except Failure as failure:
                self.failed[digest] = failure  # the next function that asks for them is spared the wait
                raise
        return digest, self.found[digest]

    def modules(self, digest: str) -> set[str]:
        """The Python modules of packages that were found."""
        if digest not in self.named:
            from ifc.build import python

            self.named[digest] = python.modules(item.path for item in self.found[digest])
        return self.named[digest]

    def path(self, digest: str, ending: str) -> str:
        """Where they are kept."""
        return os.path.join(self.cache.folder, "packages", f"{digest[:32]}.{ending}")

    def kept(self, digest: str) -> tuple[Item, ...] | None:
        """What an earlier build left, or None where that is nothing, or damaged."""
        path = self.path(digest, "zip")
        try:
            self.cache.used(self.path(digest, "json"))
            with open(self.path(digest, "json"), "rb") as stream:
                head, _, content = stream.read().partition(b"\n")
        except OSError:
            return None
        if head != sha256(content).hexdigest().encode():
            return None
        items = tuple(_item(line, path) for line in json.loads(content))
        return items if self.cache.whole("packages", digest, path, lambda: zips.holds(path, zips.digest(items))) else None

    def made(self, digest: str, make: Callable[[str], Iterable[tuple[str, str]]]) -> tuple[Item, ...]:
        """Makes them, and keeps them."""
        folder = os.path.join(self.cache.work(), digest[:32])
        files = [evolve(self.cache.fresh(path), path=name) for name, path in make(folder)]
        path = self.path(digest, "zip")
        places: list[tuple[Item, Packed]] = []
        self.cache.kept(path, lambda out: places.extend(zips.write(out, files)))
        content = json.dumps([[i.path, i.executable, i.size, i.sha256, p.offset, p.size, p.crc] for i, p in places]).encode()
        self.cache.kept(self.path(digest, "json"), lambda out: out.write(sha256(content).hexdigest().encode() + b"\n" + content))
        self.cache.remember("packages", digest, zips.stamp(os.stat(path)))
        self.cache.clear(folder)
        return tuple(evolve(item, source=path, packed=packed) for item, packed in places)


def _item(line: list[Any], path: str) -> Item:
    name, executable, size, digest, *packed = line
    return Item(name, executable, size, digest, path, Packed(*packed))
