"""Amazon EventBridge, on the engine's buses."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ifc.local.services.directory import Declared, Directory
from ifc.local.services.errors import ServiceError, invalid
from ifc.local.services.request import Call, listed, text, whole
from ifc.local.services.service import Caller, Home, Operation

MAX_ENTRIES = 10
MAX_SIZE = 1_048_576  # bytes of all entries of a request (EventBridge user guide, Amazon EventBridge quotas)
TIME_SIZE = 14  # what a time counts for (EventBridge user guide, Calculating PutEvents event entry size)
MAX_SOURCE, MAX_DETAIL_TYPE = 256, 128  # characters
DEFAULT = "default"
PAGE = 100


class EntryError(Exception):
    """What is wrong with one entry: a code and a message."""


def bus_name(given: str) -> str:
    """A bus's name in its ARN or as it is."""
    return given.rpartition("/")[2] if given.startswith("arn:") else given


def find(directory: Directory, name: str) -> Declared | None:
    """The bus with a name; `aws` is declared for the account's own, which is called `default`."""
    return directory.buses.get(bus_name(name))


async def put_events(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """PutEvents: what is wrong with one entry fails that one alone."""
    entries = listed(call.parameters, "Entries")
    if not 1 <= len(entries) <= MAX_ENTRIES or not all(isinstance(e, Mapping) for e in entries):
        raise invalid(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
            f"Member must have length greater than or equal to 1 and less than or equal to {MAX_ENTRIES}"
        )
    if sum(map(_size, entries)) > MAX_SIZE:
        raise invalid("Total size of the entries in the request is over the limit.")
    results: list[dict[str, Any]] = []
    for_bus: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for number, entry in enumerate(entries):
        try:
            event = _event(home, entry)
        except EntryError as error:
            results.append({"ErrorCode": error.args[0], "ErrorMessage": error.args[1]})
            continue
        results.append({"EventId": str(uuid.uuid4())})
        name = str(entry.get("EventBusName") or DEFAULT)
        bus = find(home.directory, name)
        if bus is not None:
            for_bus.setdefault(bus.name, []).append((number, event))
        elif bus_name(name) != DEFAULT:
            # EventBridge takes events for a bus that it does not have, and forgets them.
            home.note(f"PutEvents: there is no bus `{bus_name(name)}`, so the event is lost, as on AWS")
    for bus_declared, events in for_bus.items():
        ids = await home.broker.put_events(bus_declared, [event for _, event in events])
        for (number, _), id in zip(events, ids, strict=True):
            results[number] = {"EventId": id}
    return {"FailedEntryCount": sum("ErrorCode" in r for r in results), "Entries": results}


def _size(entry: Mapping[str, Any]) -> int:
    """An entry's size (EventBridge user guide, Calculating PutEvents event entry size)."""
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or ())]
    return sum(len(t.encode()) for t in texts if isinstance(t, str)) + (TIME_SIZE if entry.get("Time") is not None else 0)


def _event(home: Home, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as its targets will see it, but for the id."""
    source, detail_type, detail = (_needed(entry, name) for name in ("Source", "DetailType", "Detail"))
    if source.startswith("aws."):
        raise EntryError("NotAuthorizedForSource", "Not authorized for the source.")
    for name, value, most in (("Source", source, MAX_SOURCE), ("DetailType", detail_type, MAX_DETAIL_TYPE)):
        if len(value) > most:
            raise EntryError("InvalidArgument", f"Parameter {name} is not valid. Reason: it is longer than {most} characters.")
    try:
        content = json.loads(detail)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise EntryError("MalformedDetail", "Detail is malformed.")
    return {
        "version": "0",
        "detail-type": detail_type,
        "source": source,
        "account": home.directory.account,
        "time": _time(entry.get("Time")),
        "region": home.directory.region,
        "resources": [r for r in entry.get("Resources") or () if isinstance(r, str)],
        "detail": content,
    }


def _needed(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise EntryError("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.")
    return value


def _time(given: Any) -> str:
    """A time as events have it; the JSON protocol has seconds since the epoch."""
    if given is None:
        given = time.time()
    try:
        return datetime.fromtimestamp(float(given), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError, OverflowError, OSError):
        raise EntryError("InvalidArgument", "Parameter Time is not valid.") from None


async def list_event_buses(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListEventBuses: those declared, and the account's own."""
    prefix, token = text(call.parameters, "NamePrefix") or "", text(call.parameters, "NextToken") or ""
    names = sorted({DEFAULT, *home.directory.buses})
    found = [n for n in names if n.startswith(prefix) and n > token]
    shown = found[: whole(call.parameters, "Limit") or PAGE]
    page: dict[str, Any] = {"EventBuses": [_bus(home, n) for n in shown]}
    return {**page, "NextToken": shown[-1]} if len(found) > len(shown) else page


async def describe_event_bus(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """DescribeEventBus."""
    name = bus_name(text(call.parameters, "Name") or DEFAULT)
    if name != DEFAULT and name not in home.directory.buses:
        raise ServiceError("ResourceNotFoundException", f"Event bus {name} does not exist.")
    return _bus(home, name)


def _bus(home: Home, name: str) -> dict[str, Any]:
    declared = home.directory.buses.get(name)
    arn = declared.arn if declared else home.directory.arn("events", home.directory.region, f"event-bus/{name}")
    return {"Name": name, "Arn": arn, "CreationTime": int(home.started), "LastModifiedTime": int(home.started)}


OPERATIONS: dict[str, Operation] = {
    "PutEvents": put_events,
    "ListEventBuses": list_event_buses,
    "DescribeEventBus": describe_event_bus,
}
