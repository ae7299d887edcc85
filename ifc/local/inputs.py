"""What an arrow sends of an event: the event, a part of it, or what its `input` says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ifc.local import events

STEP = re.compile(r"\.([A-Za-z0-9_-]+|\*)|\[(\d+|\*)\]")


def given(input: Any, event: Mapping[str, Any]) -> str:
    """What an arrow from a bus sends."""
    if input is None:
        return events.compact(event)
    if isinstance(input, Mapping):
        return events.compact(part_of(event, str(input["path"])))
    return str(input)


def part_of(event: Any, path: str) -> Any:
    """The part of an event that a path such as `$.detail.items[0].id` names, None where there is none; of a path with `*` the list of all
    that it names."""
    found, several = [event], False
    for name, index in STEP.findall(path):
        step = name or index
        several = several or step == "*"
        found = [inner for each in found for inner in _inside(each, step, bool(name))]
    return found if several else found[0] if found else None


def _inside(content: Any, step: str, named: bool) -> list[Any]:
    """What a step leads to: a name or `*` in an object, a position or `*` in a list."""
    if isinstance(content, Mapping):
        return list(content.values()) if step == "*" else [content[step]] if named and step in content else []
    if isinstance(content, list):
        return list(content) if step == "*" else [content[int(step)]] if not named and int(step) < len(content) else []
    return []


def partition_of(path: Any, event: Mapping[str, Any]) -> str:
    """The partition key that a path into an event names; without one the event's id (EventBridge API reference, KinesisParameters)."""
    if path is None:
        return str(event["id"])
    found = part_of(event, str(path)) if str(path).startswith("$") else path
    return found if isinstance(found, str) else events.compact(found)


def fits(pattern: str | None, key: str) -> bool:
    """Whether a key fits a pattern with stars."""
    if pattern is None:
        return True
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), key, re.DOTALL) is not None
