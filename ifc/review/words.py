"""What things and values are called in a review: the app's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ifc.review.deployed.form import Commas, Encoded, Known, Lookup, Of, Param, Piece, Text, Value

# What a person calls a kind of thing that is deployed; others are called by their kind.
NOUNS = {
    "http api": "api",
    "rest api": "api",
    "async": "results",
    "mapping": "arrow",
    "subscription": "arrow",
    "rule": "arrow",
    "schedule": "schedule",
    "resource": "resource",
    "url": "URL",
    "http authorizer": "authorizer",
    "rest authorizer": "authorizer",
    "http stage": "api",
    "rest stage": "api",
}

FOREVER = float("inf")

Say = Callable[[Value], str]  # names the things in a value
Unit = Callable[[Value, Say], str]  # writes a value as the language does


def as_it_is(value: Value, say: Say) -> str:
    """A value without a unit."""
    return say(value)


def seconds(value: Value, say: Say) -> str:
    """Seconds as the language writes them: `90s`, `5m`, `4d`."""
    return duration(value) if is_whole(value) else say(value)


def milliseconds(value: Value, say: Say) -> str:
    """Milliseconds, in seconds where they are whole."""
    return say(value) if not is_whole(value) else duration(value // 1000) if value % 1000 == 0 else f"{value}ms"


def hours(value: Value, say: Say) -> str:
    """Hours, in days where they are whole."""
    return duration(value * 3600) if is_whole(value) else say(value)


def days(value: Value, say: Say) -> str:
    """Days."""
    return f"{value}d" if is_whole(value) else say(value)


def megabytes(value: Value, say: Say) -> str:
    """Megabytes, in gigabytes where they are whole."""
    return say(value) if not is_whole(value) else f"{value // 1024}GB" if value and value % 1024 == 0 else f"{value}MB"


def endless(value: Value, say: Say) -> str:
    """A number of which `-1` stands for no end."""
    return "none" if value in (-1, FOREVER) else say(value)


def endless_seconds(value: Value, say: Say) -> str:
    """Seconds of which `-1` stands for no end."""
    return "none" if value in (-1, FOREVER) else seconds(value, say)


def endless_days(value: Value, say: Say) -> str:
    """Days, which may never end."""
    return "none" if value == FOREVER else days(value, say)


def among(**words: str) -> Unit:
    """Writes what a service calls in its own way as the language does."""

    def unit(value: Value, say: Say) -> str:
        one = value[0] if isinstance(value, list) and len(value) == 1 else value
        return words.get(str(one), say(value))

    return unit


def rates(value: Value, say: Say) -> str:
    """Limits of requests: `rate 50 burst 25`, before them the route where it is of one."""
    if not isinstance(value, list):
        return say(value)
    return ", ".join(f"{whose(one)}{limits(one, say)}" for one in value if isinstance(one, Mapping)) or "none"


def whose(one: Mapping[str, Value]) -> str:
    """The route that a limit is of, with a blank behind it; "" for all."""
    if "route" in one:
        return f"{one['route']} "
    method, path = one.get("method"), one.get("path")
    return "" if (method, path) in ((None, None), ("*", "/*")) else f"{'ANY' if method == '*' else method} {path} "


def limits(one: Mapping[str, Value], say: Say) -> str:
    """One limit."""
    return " ".join(f"{name} {say(one[name])}" for name in ("rate", "burst") if name in one)


def dead_letters(value: Value, say: Say) -> str:
    """Where messages go that failed too often: `Dead after 5`."""
    if not isinstance(value, Mapping):
        return say(value)
    to = value.get("deadLetterTargetArn")
    place = say(Of(to.kind, to.identity, "id")) if isinstance(to, Of) else say(to)
    return f"{place} after {say(value['maxReceiveCount'])}" if "maxReceiveCount" in value else place


def destination(value: Value, say: Say) -> str:
    """Where something goes, by its name."""
    return say(Of(value.kind, value.identity, "id")) if isinstance(value, Of) else say(value)


def is_whole(value: Value) -> bool:
    """Whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def duration(seconds: int) -> str:
    """Seconds in the largest unit that divides them."""
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if left and left % size == 0:
            return f"{sign}{left // size}{letter}"
    return f"{sign}{left}s"


def plain(value: Value, name: Callable[[Of], str] | None = None, param: Callable[[str], str] | None = None) -> str:
    """A value in one line; what is known only at deployment stands as `${…}`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Of):
        called = name(value) if name else value.identity
        return called if value.attribute in ("id", "key") else f"{called}.{value.attribute}"
    if isinstance(value, Param):
        return f"${{{param(value.name) if param else value.name}}}"
    if isinstance(value, Known):
        return "aws" if value.name == "partition" else f"${{aws.{value.name}}}"
    if isinstance(value, Text):
        return "".join(part if isinstance(part, str) else plain(part, name, param) for part in value.parts)
    if isinstance(value, Lookup):
        source = {"ssm": "ssm ", "export": "exported "}.get(value.source, "")
        return f"{source}{plain(value.key, name, param)}"
    if isinstance(value, Piece):
        return f"piece {value.index} of {plain(value.text, name, param)}"
    if isinstance(value, Commas | Encoded):
        return plain(value.values if isinstance(value, Commas) else value.value, name, param)
    if isinstance(value, Mapping):
        return quoted(value, name, param)
    if isinstance(value, list | tuple):
        return ", ".join(plain(one, name, param) for one in value) if value else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def quoted(value: Value, name: Callable[[Of], str] | None = None, param: Callable[[str], str] | None = None) -> str:
    """A value as JSON writes it."""
    import json  # most values are plain

    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {quoted(value[key], name, param)}" for key in sorted(value, key=str)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(quoted(one, name, param) for one in value) + "]"
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(plain(value, name, param), ensure_ascii=False)


def several(words: list[str] | tuple[str, ...], last: str = "and") -> str:
    """Words with commas between, and `and` before the last."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def spaced(name: str) -> str:
    """A property's name as words: `VisibilityTimeout` → `visibility timeout`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()
