"""What a function in Lua is given: Spacer's values, taken out of the event that a function on Lambda would get."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

IMAGES = {"keys": "Keys", "new": "NewImage", "old": "OldImage"}


def values(event: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The values of an event, each with the id by which its failure is reported ("" where none is): of messages and records what they
    hold, of changes in tables plain values, of buckets the record; every other event is one value, whole."""
    records = event.get("Records")
    if not isinstance(records, list) or not records or not all(isinstance(r, Mapping) for r in records):
        return [("", event)]
    found = [_value(r) for r in records]
    return [("", event)] if any(f is None for f in found) else [f for f in found if f is not None]


def _value(record: Mapping[str, Any]) -> tuple[str, Any] | None:
    source = record.get("eventSource", record.get("EventSource"))
    if source == "aws:sqs":
        return record["messageId"], _content(record["body"])
    if source == "aws:sns":
        return "", _content(record["Sns"]["Message"])
    if source == "aws:kinesis":
        return record["kinesis"]["sequenceNumber"], _data(record["kinesis"]["data"])
    if source == "aws:dynamodb":
        return record["dynamodb"]["SequenceNumber"], _change(record)
    return ("", record) if source == "aws:s3" else None


def _content(text: str) -> Any:
    """The JSON in a text, or the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _data(data: str) -> Any:
    """What a record of a stream holds: JSON, a text, or else base 64 as it came."""
    try:
        return _content(base64.b64decode(data).decode())
    except ValueError:
        return data


def _change(record: Mapping[str, Any]) -> dict[str, Any]:
    """A change of a table's item: the event, and the images that the stream has."""
    images = {name: _plain({"M": record["dynamodb"][image]}) for name, image in IMAGES.items() if image in record["dynamodb"]}
    return {"event": record["eventName"], **images}


def _plain(typed: Mapping[str, Any]) -> Any:
    """A value of DynamoDB's JSON as plain JSON: sets are lists, binary values stay in base 64."""
    kind, value = next(iter(typed.items()))
    if kind == "M":
        return {name: _plain(each) for name, each in value.items()}
    if kind == "L":
        return [_plain(each) for each in value]
    if kind == "N":
        return _number(value)
    if kind == "NS":
        return [_number(each) for each in value]
    return None if kind == "NULL" else value


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
