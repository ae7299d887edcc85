"""What a table, bucket, queue or stream holds, as lines of JSON for `ifc local show`, and the bytes of an object."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ifc.local.control import Refused
from ifc.local.delivering import data_of
from ifc.local.items import Items

if TYPE_CHECKING:
    from ifc.local.acts import Acts
    from ifc.local.run import Run

AT_ONCE = 1000  # rows of the log


class Shown:
    """The answers to `ifc local show`."""

    def __init__(self, acts: Acts, run: Run) -> None:
        self._acts, self._run = acts, run

    async def lines(self, name: str, key: str, most: int) -> dict[str, Any]:
        """Lines of JSON (`lines`), and whether there are more of them (`more`): all that something holds, or what has a key. A queue's
        messages are found by their id or group, a stream's records by their key, a table's items by the first part of their key or all of it."""
        sort = self._acts.place(name, "tables", "buckets", "queues", "streams")
        find = {"queues": self._messages, "streams": self._records}.get(sort)
        found = await (self._held(sort, name, key, most + 1) if find is None else find(name, key, most + 1))
        return {"lines": found[:most], "more": len(found) > most}

    async def object(self, name: str, key: str) -> bytes | None:
        """The bytes of an object; None for what is no bucket. Refused without such an object."""
        if self._acts.place(name, "tables", "buckets", "queues", "streams") != "buckets":
            return None
        found = await Items(self._run.stores, self._run.description).bytes(name, key)
        if found is None:
            raise Refused(f"`{name}` has no object `{key}`", 404)
        return found

    async def _held(self, sort: str, name: str, key: str, most: int) -> list[str]:
        """Items, or objects."""
        items = Items(self._run.stores, self._run.description)
        lines: list[str] = []
        at: int | None = 0
        while at is not None and len(lines) < most:
            part = await items.rows(sort, name, at, most - len(lines), "", key or None)
            lines += [row["value"] if sort == "tables" else _object(row) for row in part["rows"]]
            at = part["next"]
        return lines

    async def _messages(self, name: str, key: str, most: int) -> list[str]:
        depth = self._run.engine.queues[name]
        found = await self._run.engine.peek(name, len(depth) if key else most)
        return [_line(_message(m)) for m in found if not key or key in (m["id"], m["group"])][:most]

    async def _records(self, name: str, key: str, most: int) -> list[str]:
        """The records that the stream still has, the oldest first."""
        place, offset = self._run.description["streams"][name], 0
        oldest, lines = time.time() - place["retention"], list[str]()
        while len(lines) < most and (rows := await self._run.log.rows(place["topic"], offset, AT_ONCE)):
            offset = rows[-1].offset
            for row in rows:
                if row.at >= oldest and key in ("", row.key):
                    lines.append(_line({"key": row.key, "data": _data(data_of(row)), "at": _clock(row.at), "offset": row.offset}))
        return lines


def _object(row: Mapping[str, Any]) -> str:
    """An object as a line has it."""
    told = {**row, "modified": _clock(row["modified"] / 1000)}
    return _line({name: value for name, value in told.items() if value is not None})


def _message(held: Mapping[str, Any]) -> dict[str, Any]:
    """A message as a line has it: without what it has not."""
    told = {**held, "body": _content(held["body"]), "sent": _clock(held["sent"] / 1000)}
    return {name: value for name, value in told.items() if value not in (None, "", {}) or name == "body"}


def _content(text: str) -> Any:
    """The object or list that a text is as JSON, else the text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, dict | list) else text


def _data(data: str) -> Any:
    """What a record holds: an object or list of JSON, a text, or else base 64 as it came."""
    try:
        return _content(base64.b64decode(data).decode())
    except (ValueError, binascii.Error):
        return data


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
