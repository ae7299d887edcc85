"""What tables and buckets hold now, for whoever looks: items and objects by their keys, some at a time, and what is in an object."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from ifc.local.stores.client import Reply, Stores

AT_ONCE = 1000  # rows that the stores are asked for at once: whoever else wants something of them waits as long
LOOKED_AT = 20_000  # rows that are looked through for one answer
LONGEST = 200_000  # bytes of an object that are shown
Row = dict[str, Any]


class Items:
    """The answers about what an app's tables and buckets hold."""

    def __init__(self, stores: Stores, description: Mapping[str, Any]) -> None:
        self._stores, self._description = stores, description

    async def rows(self, sort: str, name: str, begin: int, most: int, part: str, own: str | None = None) -> dict[str, Any]:
        """What one of the tables or of the buckets (the sort) holds, in order of keys: from a place on, as many rows as are wanted whose key
        has a part, in capitals or not, and whose key, or the first attribute of it, is its `own`.

        `count` is how many rows it has in all, `looked` up to which of them was looked, `next` where to go on, None at the end, and `key` has
        the names of what a table's key is made of."""
        kind, held = ("table", "items") if sort == "tables" else ("bucket", "objects")
        found: list[Row] = []
        at, end, count = begin, begin + LOOKED_AT, begin + 1
        while at < min(count, end) and len(found) < most:
            scanned = await self._stores.scan(kind, name, at, AT_ONCE if part or own is not None else min(AT_ONCE, most - len(found)))
            count = scanned["count"]
            for each in scanned[held]:
                at += 1
                row = dict(each) if kind == "bucket" else self._item(name, each)
                if part.lower() in row["key"].lower() and own in (None, row["key"], self._first(name, each)):
                    found.append(row)
                if len(found) == most:
                    break
        going_on = at if at < count else None
        return {"name": name, "key": self._key(name), "rows": found, "count": count, "looked": min(at, count), "next": going_on}

    def _key(self, name: str) -> list[str]:
        """The names of the attributes in a table's key; none for a bucket."""
        table = self._description["tables"].get(name)
        return [attribute for attribute, _ in table["key"]] if table else []

    def _first(self, name: str, held: Mapping[str, Any]) -> str | None:
        """The first attribute of an item's key; None for objects."""
        key = self._key(name)
        return _text(held[key[0]]) if key else None

    def _item(self, table: str, item: Mapping[str, Any]) -> Row:
        """An item as JSON, its key first; `plain` tells whether it may be put as it stands there."""
        key = self._key(table)
        ordered = {"M": {name: item[name] for name in (*key, *(other for other in item if other not in key))}}
        return {"key": "  ".join(map(_text, (item[name] for name in key))), "value": written(ordered), "plain": _plain(ordered)}

    async def content(self, bucket: str, key: str) -> dict[str, Any] | None:
        """The text at the beginning of an object, None for one that is no text, and whether it is cut; None without such an object."""
        reply = await self._get(bucket, key, [("Range", f"bytes=0-{LONGEST - 1}")])
        if reply.status == 416:  # an empty one has no such range
            return {"text": "", "cut": False}
        if reply.status >= 300:
            return None
        whole = next((value.rpartition("/")[2] for name, value in reply.headers if name.lower() == "content-range"), "0")
        return {"text": text_of(reply.body), "cut": int(whole) > len(reply.body)}

    async def bytes(self, bucket: str, key: str) -> bytes | None:
        """All of an object; None without such an object."""
        reply = await self._get(bucket, key, [])
        return reply.body if reply.status < 300 else None

    async def _get(self, bucket: str, key: str, more: list[tuple[str, str]]) -> Reply:
        """The answer to GetObject, with more headers."""
        place, region = self._description["buckets"][bucket]["name"], self._description["region"]
        scope = f"Credential=local/20200101/{region}/s3/aws4_request"
        headers = [("Authorization", f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=local"), *more]
        return await self._stores.request("GET", f"/{place}/{quote(key, safe='/')}", headers, b"")


def written(typed: Mapping[str, Any]) -> str:
    """A value in DynamoDB's JSON as JSON in which numbers keep their digits; what JSON has no word for, sets and bytes, stays as it was."""
    kind, value = next(iter(typed.items()))
    if kind == "M":
        return "{" + ", ".join(f"{_quoted(name)}: {written(member)}" for name, member in value.items()) + "}"
    if kind == "L":
        return "[" + ", ".join(map(written, value)) + "]"
    if kind == "N":
        return str(value)
    return "null" if kind == "NULL" else _quoted(value if kind in ("S", "BOOL") else typed)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _plain(typed: Mapping[str, Any]) -> bool:
    """Whether JSON has words for all of a value."""
    kind, value = next(iter(typed.items()))
    if kind in ("M", "L"):
        return all(map(_plain, value.values() if kind == "M" else value))
    return kind in ("S", "N", "BOOL", "NULL")


def _text(typed: Mapping[str, Any]) -> str:
    """A part of a key as it is read."""
    return str(next(iter(typed.values())))


def text_of(content: bytes) -> str | None:
    """The text that bytes begin with, which may end within a letter; None when they are no text."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return None
    return None if any(letter < " " and letter not in "\t\n\r\f\x1b" for letter in text) else text
