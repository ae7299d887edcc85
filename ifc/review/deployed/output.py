"""One output of an app, read thing by thing and only where somebody asks: most of two versions is the same."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol

from ifc.review.deployed.attached import Attached, attached
from ifc.review.deployed.form import UNREADABLE, Key, NotUnderstood, Of, Record


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

    def __init__(self, reader: Reader, joined: Mapping[str, Attached] | None = None, alone: Collection[str] = ()) -> None:
        self.reader, self.target = reader, reader.target
        self.joined: dict[Key, dict[str, Attached]] = {}  # of a role: its policies that stand apart, by where they stand
        for id, one in (joined or {}).items():
            for role in one.roles:
                self.joined.setdefault(role, {})[id] = one
        self.unread: dict[str, str] = {}  # by id
        self._defaults: dict[str, Any] | None = None
        self.ids: dict[Key, str] = {}
        self.apart: dict[Key, str] = {}  # what is a part of roles
        self.known: dict[Key, Record] = {record.key: record for record in reader.others()}  # parameters and outputs
        for id in reader.ids():
            try:
                key = reader.key(id)
            except UNREADABLE as problem:
                self.unread[id] = _reason(problem)
                continue
            if id in alone:
                self.apart[key] = id
            elif key in self.ids:
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
        return self.ids.get(key) or self.apart.get(key, key[1])

    def type(self, key: Key) -> str:
        """What the target calls its type; "" for parameters and outputs."""
        id = self.ids.get(key) or self.apart.get(key)
        return self.reader.type(id) if id is not None else ""

    def written(self, key: Key) -> Any:
        """A thing as it was written, to be compared as a whole."""
        id = self.ids.get(key) or self.apart.get(key)
        return self.reader.written(id) if id is not None else self.known[key].fields

    def has(self, key: Key) -> bool:
        """Whether something is there, be it a part of something else."""
        return key in self or key in self.apart

    def attached(self) -> dict[str, Attached]:
        """The policies that stand apart, by where they stand."""
        return attached(self.reader, self.ids)

    def _read(self, id: str) -> Record | None:
        try:
            return self._with_policies(self.reader.record(id))
        except UNREADABLE as problem:
            self.unread[id] = _reason(problem)
            return None

    def _with_policies(self, record: Record) -> Record:
        """A role with all its policies: where they stand means nothing."""
        joined = self.joined.get(record.key)
        if not joined:
            return record
        more = [{"name": id, "policy": one.policy} for id, one in joined.items()]
        keys = {one.key for one in joined.values()}
        managed = [arn for arn in record.fields.get("managed") or () if not (isinstance(arn, Of) and (arn.kind, arn.identity) in keys)]
        fields = {name: value for name, value in record.fields.items() if name != "managed"} | ({"managed": managed} if managed else {})
        return Record(record.kind, record.identity, fields | {"policies": [*(record.fields.get("policies") or ()), *more]})


def _reason(problem: Exception) -> str:
    return str(problem) if isinstance(problem, NotUnderstood) else "it has another shape"


def same_text(one: Any, other: Any) -> bool:
    """Whether two written things are the same but for the order of their keys; `true` is not 1."""
    return bool(one == other) and json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)
