"""The neutral form: what is deployed, and in what order, whichever tool deploys it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from unicodedata import normalize

import attrs

Value: TypeAlias = Any  # None, bool, int, float, str, a class below, or a list or dict of such


class NotUnderstood(Exception):
    """Output that a reader could not make sense of: something unknown, dangling or twice there."""


# What reading content of any shape can raise.
UNREADABLE = (NotUnderstood, LookupError, TypeError, ValueError, AttributeError, RecursionError)


# --- values that are known only at deployment ---


@attrs.frozen
class Param:
    """A parameter of the app, by its name in small letters and digits."""

    name: str


@attrs.frozen
class Known:
    """What every deployment knows of itself: `region`, `account`, `partition` or `suffix`."""

    name: str


@attrs.frozen
class Of:
    """An attribute of something that is deployed too."""

    kind: str
    identity: str
    attribute: str


@attrs.frozen
class Lookup:
    """A value that lies elsewhere: in Parameter Store (`ssm`), or among the exports of stacks (`export`)."""

    source: str
    key: Value


@attrs.frozen
class Text:
    """Text with such values in it."""

    parts: tuple[Value, ...]


@attrs.frozen
class Piece:
    """One piece of a text that is taken apart."""

    text: Value
    separator: str
    index: int


@attrs.frozen
class Commas:
    """A list as one text, with commas between."""

    values: Value


@attrs.frozen
class Encoded:
    """A value as JSON text, quotes and all."""

    value: Value


def text(parts: Iterable[Value]) -> Value:
    """The parts as one text: neighbours are merged, and a part that is alone stands for itself."""
    flat: list[Value] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            plain = str(piece).lower() if isinstance(piece, bool) else str(piece) if isinstance(piece, int | float) else piece
            if isinstance(plain, str) and flat and isinstance(flat[-1], str):
                flat[-1] += plain
            elif plain != "":
                flat.append(plain)
    return "" if not flat else flat[0] if len(flat) == 1 else Text(tuple(flat))


def parts(value: Value) -> tuple[Value, ...]:
    """The parts of a text."""
    return value.parts if isinstance(value, Text) else (value,)


# --- what is deployed ---

Key: TypeAlias = tuple[str, str]  # kind and identity


@attrs.frozen
class Record:
    """One thing that is deployed; fields that were not written are not there."""

    kind: str
    identity: str
    fields: Mapping[str, Value]

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.kind, self.identity


@attrs.frozen
class Form:
    """All of one output."""

    records: Mapping[Key, Record]
    waits: Mapping[Key, frozenset[Key]]  # what each says that it waits for, beside what it refers to
    order: Order
    used: frozenset[str]  # the intended differences that reading it relied on


class Order:
    """What is made after what."""

    def __init__(self, needs: Mapping[str, Iterable[str]], blocks: Mapping[Key, list[str]], last: Mapping[Key, str]) -> None:
        self.needs = needs  # nodes: logical ids or addresses
        self.blocks = blocks  # the nodes of each thing
        self.last = last  # the node of each thing that must wait for what the thing waits for
        self.reached: dict[str, frozenset[str]] = {}

    def before(self, node: str) -> frozenset[str]:
        """Every node that is made before this one."""
        if node not in self.reached:
            found: set[str] = set()
            waiting = list(self.needs.get(node, ()))
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting += self.needs.get(one, ())
            self.reached[node] = frozenset(found)
        return self.reached[node]

    def holds(self, later: Key, earlier: Key) -> bool:
        """Whether all of one thing is there before the other is made."""
        return later in self.last and set(self.blocks.get(earlier, ("?",))) <= self.before(self.last[later])


def alike(one: Value, other: Value) -> bool:
    """Whether two values are the same; `true` is not 1."""
    if isinstance(one, str):
        return bool(one == other)
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


def composed(value: Value) -> Value:
    """A value with letters and their accents as one character where there is one (Unicode's normal form NFC)."""
    if isinstance(value, str):
        return normalize("NFC", value)
    if isinstance(value, Text):
        return Text(tuple(map(composed, value.parts)))
    if isinstance(value, Mapping):
        return {composed(key): composed(part) for key, part in value.items()}
    return type(value)(map(composed, value)) if isinstance(value, list | tuple) else value


def ordered(values: Iterable[Value]) -> list[Value]:
    """Values whose order means nothing, in one order."""
    found = list(values)
    return sorted(found, key=canonical) if len(found) > 1 else found


def canonical(value: Value) -> str:
    """A value as text, the same for the same value."""
    if isinstance(value, str):  # most are, and whether one is a mapping takes longer to tell
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(canonical, value)) + "]"
    return repr(value)
