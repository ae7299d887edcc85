"""One field of a thing, without reading the thing: most of an app is only asked for its names and for what it refers to."""

from __future__ import annotations

from typing import Any

from ifc.review.deployed.form import UNREADABLE, Key, Value
from ifc.review.deployed.kinds import BY_NAME
from ifc.review.deployed.output import Output
from ifc.review.deployed.reading import CFN


def glance(output: Output, key: Key, name: str) -> Value:
    """A field of a thing; None where it has none, or there is no such thing."""
    if key in output.known:
        return output.known[key].fields.get(name)
    kind, id = BY_NAME.get(key[0]), output.ids.get(key)
    field = next((one for one in kind.fields if one.name == name), None) if kind is not None else None
    path = field.path(output.target) if field is not None else None
    if id is None or path is None or path.startswith("~"):
        record = output.get(key)
        return record.fields.get(name) if record is not None else None
    reader: Any = output.reader
    written: Any = reader.resources[id].get("Properties") if output.target == CFN else reader.blocks[id]
    for step in path.split("."):
        one = written[0] if isinstance(written, list) and len(written) == 1 else written
        written = one.get(step) if isinstance(one, dict) else None
    try:
        return None if written is None else reader.value(written)
    except UNREADABLE:
        return None
