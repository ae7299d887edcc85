"""Arrows of the description, and which events each lets through."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ifc.local.entries import Row
from ifc.local.inputs import fits
from ifc.records import record
from ifc.where.stored import matcher as stored_matcher

EXPIRED = "dynamodb.amazonaws.com"  # whom a change by time to live names


@record
class Wire:
    """An arrow of the description."""

    name: str
    description: Mapping[str, Any]
    matcher: Callable[[object], bool] | None

    @property
    def source(self) -> str:
        """Where it comes from."""
        return str(self.description["from"])

    @property
    def port(self) -> str:
        """What it takes of its source, "" for all."""
        return str(self.description["port"])

    @property
    def to(self) -> str | None:
        """Where it leads, None for an address outside."""
        return self.description["to"]  # type: ignore[no-any-return]

    @property
    def shown(self) -> str:
        """Where it comes from, as it is written."""
        return f"{self.source}.{self.port}" if self.port else self.source

    @property
    def id(self) -> str:
        """An id as Lambda gives one to a mapping."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.name))

    @property
    def of_attributes(self) -> bool:
        """Whether its filter tests a message's attributes; else it tests the body."""
        stored = self.description["where"]
        return bool(stored and stored[0]) and stored[0][0][0].startswith("attributes.")


def wires_of(description: Mapping[str, Any]) -> list[Wire]:
    """The arrows of a description, each with a name of its own."""
    found: dict[str, Wire] = {}
    for said in description["wires"]:
        port = f".{said['port']}" if said["port"] else ""
        pattern = f" {said['pattern']}" if said.get("pattern") else ""
        name = f"{said['from']}{port}{pattern} -> {said['to'] or said['address']}"
        while name in found:
            name += "#"
        found[name] = Wire(name, said, stored_matcher(said["where"]) if said["where"] is not None else None)
    return list(found.values())


def passes_json(wire: Wire, text: str) -> bool:
    """Whether a message's or a record's text passes; where an arrow has a filter, what is no JSON object does not (Lambda developer guide,
    Using event filtering with an Amazon SQS event source)."""
    if wire.matcher is None:
        return True
    found = _parsed(text)
    return isinstance(found, dict) and wire.matcher(found)


def passes_change(wires: Iterable[Wire], record: Mapping[str, Any]) -> bool:
    """Whether a record of a table's stream passes one of the arrows of a mapping."""
    from ifc.where.table_stream import event

    by_service = record.get("userIdentity", {}).get("principalId") == EXPIRED
    seen: dict[str, Any] | None = None
    for wire in wires:
        if wire.port == "expired" and not (by_service and record["eventName"] == "REMOVE"):
            continue
        if wire.matcher is None:
            return True
        seen = event(record) if seen is None else seen
        if wire.matcher(seen):
            return True
    return False


def passes_message(wire: Wire, row: Row) -> bool:
    """Whether a message of a topic passes, by its attributes or by its body (SNS developer guide, Subscription filter policies)."""
    if wire.matcher is None:
        return True
    if not wire.of_attributes:
        return passes_json(wire, row.value)
    return wire.matcher({"attributes": dict(_attributes(row.meta.get("attributes") or {}))})


def _attributes(given: Mapping[str, Mapping[str, str]]) -> Iterable[tuple[str, Any]]:
    """A message's attributes as a filter sees them; binary ones it does not see."""
    for name, value in given.items():
        kind, text = value.get("DataType", "String"), value.get("StringValue")
        if text is None:
            continue
        if kind.startswith(("Number", "String.Array")):
            yield name, _parsed(text)
        else:
            yield name, text


def passes_object(wire: Wire, event: Mapping[str, Any] | None, key: str) -> bool:
    """Whether an object's event passes: on the way to a bus the event itself is tested, else the key."""
    if not fits(wire.description["pattern"], key):
        return False
    return wire.matcher is None or wire.matcher({"key": key} if event is None else event)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def subscription(topic: Mapping[str, Any], endpoint: str) -> str:
    """The ARN of a subscription."""
    arn = topic["arn"]
    return f"{arn}:{uuid.uuid5(uuid.NAMESPACE_URL, f'{arn} {endpoint}')}"


def batch(records: Iterable[bytes]) -> bytes:
    """An event of records that are JSON already."""
    return b'{"Records":[' + b",".join(records) + b"]}"


def shown(amount: int, word: str) -> str:
    """How many there are; nothing for one."""
    return "" if amount == 1 else counted(amount, word)


def counted(amount: int, word: str) -> str:
    """How many there are."""
    return f"{amount} {word}" if amount == 1 else f"{amount} {word}s"
