"""Patterns of events: which of two passes what the other one passes."""

from __future__ import annotations

from collections.abc import Mapping

from ifc.review.deployed.form import Encoded, Value, alike, ordered

EVERYTHING: tuple[Value, ...] = (None, [], {}, {"source": [{"prefix": ""}]})  # the last is a bus's own way of saying so
ORDERED = "numeric"  # pairs of a sign and a number
TESTS = {"anything-but", "cidr", "equals-ignore-case", "exists", ORDERED, "prefix", "suffix", "wildcard"}


def unordered(pattern: Value) -> Value:
    """A pattern with its alternatives in one order, which means nothing but in `numeric` (EventBridge, comparison operators)."""
    if isinstance(pattern, Mapping):
        return {key: part if key == ORDERED else unordered(part) for key, part in pattern.items()}
    if isinstance(pattern, Encoded):
        return Encoded(unordered(pattern.value))
    return ordered(map(unordered, pattern)) if isinstance(pattern, list) else pattern


def covers(wide: Value, narrow: Value) -> bool:
    """Whether whatever passes one pattern passes the other one, as far as that can be told from their shapes."""
    return covered(plain(wide), plain(narrow))


def covered(wide: Value, narrow: Value) -> bool:
    """The same for patterns in one order: fewer tests let more pass, and so do more alternatives."""
    if wide in EVERYTHING:
        return True
    if isinstance(wide, Mapping) and isinstance(narrow, Mapping):
        return all(key in narrow and covered(part, narrow[key]) for key, part in wide.items())
    if isinstance(wide, list) and isinstance(narrow, list) and narrow:
        return all(any(alike(one, other) or (is_pattern(one) and covered(one, other)) for one in wide) for other in narrow)
    return alike(wide, narrow)


def is_pattern(value: Value) -> bool:
    """Whether an alternative is a whole pattern, and no test of a value."""
    return isinstance(value, Mapping) and not value.keys() & TESTS


def plain(pattern: Value) -> Value:
    """A pattern as it is, also where it is written as a text or stands in a filter of a mapping."""
    if isinstance(pattern, Encoded):
        return plain(pattern.value)
    if isinstance(pattern, list):
        return [plain(one.get("pattern")) if isinstance(one, Mapping) and one.keys() == {"pattern"} else plain(one) for one in pattern]
    if isinstance(pattern, Mapping):
        return {key: part if key == ORDERED else plain(part) for key, part in pattern.items()}
    return pattern
