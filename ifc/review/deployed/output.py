"""One output of an app, read thing by thing and only where somebody asks: most of two versions is the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from ifc.review.deployed.form import UNREADABLE, Key, NotUnderstood, Record


class Reader(Protocol):
    """What reads one target's output."""

    target: str

    def ids(self) -> list[str]: ...
    def key(self, id: str) -> Key: ...
    def type(self, id: str) -> str: ...
    def written(self, id: str) -> Any: ...
    def record(self, id: str) -> Record: ...
    def others(self) -> list[Record]: ...
    def again(self, raw: Iterable[str]) -> Reader: ...


class Output:
    """The things of one output by their keys. What the reader can't make sense of stands for itself, and `unread` says why."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.target = reader, reader.target
        self.unread: dict[str, str] = {}  # by id
        self._defaults: dict[str, Any] | None = None
        self.ids: dict[Key, str] = {}
        self.known: dict[Key, Record] = {record.key: record for record in reader.others()}  # parameters and outputs
        for id in reader.ids():
            try:
                key = reader.key(id)
            except UNREADABLE as problem:
                self.unread[id] = _reason(problem)
                continue
            if key in self.ids:
                self.unread[id] = f"it can't be told from {self.ids[key]}"
            else:
                self.ids[key] = id

    def keys(self) -> Iterator[Key]:
        """Every thing's key."""
        yield from self.ids
        yield from (key for key in self.known if key not in self.ids)

    def __contains__(self, key: object) -> bool:
        return key in self.ids or key in self.known

    def get(self, key: Key) -> Record | None:
        """A thing, or None where there is none of that key."""
        if key not in self.known and key in self.ids:
            found = self._read(self.ids[key])
            if found is None:
                return None
            self.known[key] = found
        return self.known.get(key)

    def defaults(self) -> dict[str, Any]:
        """The values of params for which none is given, by name; those of secret ones aren't known."""
        if self._defaults is None:
            found = (self.known[key] for key in self.known if key[0] == "param")
            self._defaults = {r.identity: r.fields["default"] for r in found if "default" in r.fields and not r.fields.get("secret")}
        return self._defaults

    def of_kind(self, *kinds: str) -> Iterator[Record]:
        """The things of some kinds, by their identity."""
        for key in sorted(key for key in self.keys() if key[0] in kinds):
            record = self.get(key)
            if record is not None:
                yield record

    def id(self, key: Key) -> str:
        """What the target calls a thing: a logical id, an address."""
        return self.ids.get(key, key[1])

    def type(self, key: Key) -> str:
        """What the target calls its type; "" for parameters and outputs."""
        return self.reader.type(self.ids[key]) if key in self.ids else ""

    def written(self, key: Key) -> Any:
        """A thing as it was written, to be compared as a whole."""
        return self.reader.written(self.ids[key]) if key in self.ids else self.known[key].fields

    def _read(self, id: str) -> Record | None:
        try:
            return self.reader.record(id)
        except UNREADABLE as problem:
            self.unread[id] = _reason(problem)
            return None


def _reason(problem: Exception) -> str:
    return str(problem) if isinstance(problem, NotUnderstood) else "it has another shape"


def same_text(one: Any, other: Any) -> bool:
    """Whether two written things are the same but for the order of their keys; `true` is not 1."""
    return bool(one == other) and json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)
