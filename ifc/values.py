"""What a setting or a property can hold beside plain text, numbers and flags: things known only at deployment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ifc.records import compared as value

Value: TypeAlias = Any  # None, bool, int, float, str, a class below, or a dict or tuple of such


@value
class Param:
    """A deploy-time parameter (`param name`)."""

    name: str


@value
class Pseudo:
    """What the target knows of itself: `region`, `account`, `partition`, `suffix` (of DNS names)."""

    name: str


@value
class Ref:
    """An attribute of a declared resource, in the model: `Orders.arn`."""

    resource: str
    attribute: str


@value
class Attr:
    """An attribute of one resource of the plan; each target spells it."""

    id: str
    attribute: str


@value
class Lookup:
    """A value that is read at deployment: `ssm "/path"`, or `exported "Name"` of another stack."""

    source: str
    key: Value


@value
class Joined:
    """Text with deploy-time parts in it."""

    parts: tuple[Value, ...]


@value
class Piece:
    """The piece with number `index` of a text that is split at `separator`, for text known only at deployment."""

    text: Value
    separator: str
    index: int


@value
class Commas:
    """A list parameter as one text: its values with commas between, where a service takes no lists."""

    parameter: Param


@value
class Json:
    """A value that the service wants as JSON text."""

    content: Value


# What is one text at deployment, or a list of texts where it is a list param.
TEXTS = (str, int, float, bool, Attr, Commas, Joined, Lookup, Param, Piece, Pseudo)


def joined(*parts: Value) -> Value:
    """The parts as one text: plain when all are plain, neighbours merged, nested texts flattened."""
    flat: list[Value] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Joined) else (part,):
            if isinstance(piece, str) and flat and isinstance(flat[-1], str):
                flat[-1] += piece
            elif piece != "":
                flat.append(piece)
    if not flat:
        return ""
    return flat[0] if len(flat) == 1 else Joined(tuple(flat))


def mapped(content: Value, change: Callable[[Value], Value]) -> Value:
    """`content` with `change` applied to every leaf; dicts, tuples and texts are walked."""
    if isinstance(content, Mapping):
        return {key: mapped(part, change) for key, part in content.items()}
    if isinstance(content, tuple | list):
        return tuple(mapped(part, change) for part in content)
    if isinstance(content, Joined):
        return joined(*(mapped(part, change) for part in content.parts))
    if isinstance(content, Json):
        return Json(mapped(content.content, change))
    if isinstance(content, Piece):
        return Piece(mapped(content.text, change), content.separator, content.index)
    if isinstance(content, Lookup):
        return Lookup(content.source, mapped(content.key, change))
    return change(content)


def between_quotes(text: Value) -> Value:
    """A text with deploy-time parts as it stands between the quotes of JSON: its fixed parts are escaped."""
    if not isinstance(text, Joined):
        return text
    import json  # only JSON with deploy-time parts needs it

    return Joined(tuple(json.dumps(part, ensure_ascii=not composed(part))[1:-1] if isinstance(part, str) else part for part in text.parts))


def json_parts(content: Value) -> list[tuple[Value, bool]]:
    """JSON text with sorted keys and no blanks: its fixed parts, and between them values, each with whether it is one.

    A value stands in the place of a whole text; the quotes are not in the fixed parts.
    """
    import json  # only what a service wants as JSON needs it

    parts: list[tuple[Value, bool]] = []

    def fixed(text: str) -> None:
        if parts and not parts[-1][1]:
            parts[-1] = (parts[-1][0] + text, False)
        else:
            parts.append((text, False))

    def write(content: Value) -> None:
        if isinstance(content, Mapping):
            for index, key in enumerate(sorted(content)):
                fixed(("," if index else "{") + json.dumps(key, ensure_ascii=not composed(key)) + ":")
                write(content[key])
            fixed("}" if content else "{}")
        elif isinstance(content, list | tuple):
            for index, one in enumerate(content):
                fixed("," if index else "[")
                write(one)
            fixed("]" if content else "[]")
        elif isinstance(content, str):
            fixed(json.dumps(content, ensure_ascii=not composed(content)))
        elif isinstance(content, int | float | bool) or content is None:
            fixed(json.dumps(content))
        else:
            parts.append((content, True))

    write(content)
    return parts


def composed(text: str) -> bool:
    """Whether a text is in Unicode's normal form NFC, into which some tools bring every text."""
    if text.isascii():
        return True
    from unicodedata import is_normalized  # only texts beyond ASCII need it

    return is_normalized("NFC", text)


def wholes(content: Value) -> list[Value]:
    """What `content` is made of, in order: its leaves, but a lookup or a piece of a text as a whole."""
    if isinstance(content, Mapping):
        return [one for part in content.values() for one in wholes(part)]
    if isinstance(content, tuple | list):
        return [one for part in content for one in wholes(part)]
    if isinstance(content, Joined):
        return wholes(content.parts)
    if isinstance(content, Json):
        return wholes(content.content)
    return [content]


def leaves(content: Value) -> list[Value]:
    """Every leaf of `content`, in order."""
    found: list[Value] = []
    mapped(content, found.append)
    return found
