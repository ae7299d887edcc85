"""Spacer's `topics.append`: a function in Lua puts values, by their keys, into what the log has a topic of."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ifc.local import events
from ifc.local.broker import Message, Notification, Sent, StreamRecord

if TYPE_CHECKING:
    from ifc.local.delivering import Delivering
    from ifc.local.engine import Engine

SYSTEM = "aws."  # begins the sources of AWS's own events (EventBridge API reference, PutEventsRequestEntry)


async def append(engine: Engine, place: str, entries: Mapping[str, Any], sender: str | None) -> list[int]:
    """Puts values into a queue, topic, stream or bus, by its declared name or by that of its topic; their offsets. Raises ValueError."""
    name, sort = _found(engine, place)
    if sort == "buses":  # what is wrong is found before the first is put
        entries = {key: _event(engine, name, value) for key, value in entries.items()}
    delivering = engine.delivering()
    sent = [_put(delivering, name, sort, str(key), value, sender or "developer") for key, value in entries.items()]
    await delivering.commit()
    return [each.offset for each in sent]


def _found(engine: Engine, place: str) -> tuple[str, str]:
    found = {name: sort for name, sort, said in engine.sources() if place in (name, said["topic"])}
    if not found:
        raise ValueError(f"the app has no queue, topic, stream or bus `{place}`")
    name = place if place in found else next(iter(found))
    if found[name] in ("tables", "buckets"):
        raise ValueError(f"`{name}` is a {found[name].removesuffix('s')}: its changes come from what is written into it")
    return name, found[name]


def _put(delivering: Delivering, name: str, sort: str, key: str, value: Any, sender: str) -> Sent:
    engine = delivering.engine
    if sort == "buses":
        return delivering.event(name, value)
    text = events.compact(value)
    if sort == "queues":
        fifo = engine.queues[name].description
        return delivering.send(name, Message(text, group=key if fifo["fifo"] else None, dedup=_unique(fifo)), sender)
    if sort == "topics":
        topic = engine.description["topics"][name]
        return delivering.publish(name, Notification(text, group=key if topic["fifo"] else None, dedup=_unique(topic)))
    return delivering.record(name, StreamRecord(key, base64.b64encode(text.encode("utf-8", "replace")).decode()))


def _unique(place: Mapping[str, Any]) -> str | None:
    """What tells a message from others, where its body does not."""
    return str(uuid.uuid4()) if place["fifo"] and place["dedup"] != "content" else None


def _event(engine: Engine, bus: str, value: Any) -> dict[str, Any]:
    """A value as an event of a bus."""
    if not isinstance(value, Mapping):
        raise ValueError(f"an event for the bus `{bus}` is an object with `source`, `detail-type` and `detail`")
    for part, kind in (("source", str), ("detail-type", str), ("detail", Mapping)):
        if not isinstance(value.get(part), kind) or not (value[part] or kind is Mapping):
            raise ValueError(f"an event for the bus `{bus}` needs `{part}`, {'an object' if kind is Mapping else 'a text'}")
    if value["source"].startswith(SYSTEM):
        raise ValueError(f"the source of an event does not begin with `{SYSTEM}`: those are AWS's own")
    about = [each for each in value.get("resources") or () if isinstance(each, str)]
    description = engine.description
    return events.bus_event(
        value["source"], value["detail-type"], value["detail"], description["account"], description["region"], time.time(), about
    )
