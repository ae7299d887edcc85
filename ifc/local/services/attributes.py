"""Message attributes of SQS and SNS: what is one, how long they are, and SQS's digest of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from ifc.local.services.errors import ServiceError

NAME = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
NAME_LIMIT = 256
TYPE = re.compile(r"[A-Za-z0-9_.-]{1,256}")
RESERVED = ("aws.", "amazon.")
MOST = 10
# The characters that a message may have (API_SendMessage, MessageBody).
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def checked(given: Mapping[str, Any], types: tuple[str, ...], code: str, most: int | None = MOST) -> dict[str, dict[str, str]]:
    """Message attributes without what is empty; raises with `code` for what is none (SQS developer guide, Message metadata)."""
    if most is not None and len(given) > most:
        raise ServiceError(code, f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{most}].")
    return {name: _checked(name, value, types, code) for name, value in given.items()}


def _checked(name: str, value: Any, types: tuple[str, ...], code: str) -> dict[str, str]:
    if not NAME.fullmatch(name) or ".." in name or len(name) > NAME_LIMIT or name.lower().startswith(RESERVED):
        raise ServiceError(
            code, f"The message attribute name '{name}' is invalid: it can contain A-Z, a-z, 0-9, _, - and . (not first or last)"
        )
    if not isinstance(value, Mapping) or not isinstance(value.get("DataType"), str) or not TYPE.fullmatch(value["DataType"]):
        raise ServiceError(code, f"The message attribute '{name}' must contain non-empty message attribute type.")
    kind = value["DataType"]
    base = next((t for t in types if kind == t or (kind.startswith(f"{t}.") and "." not in t)), None)
    if base is None:
        raise ServiceError(
            code,
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
        )
    field = "BinaryValue" if base == "Binary" else "StringValue"
    content = value.get(field)
    if not isinstance(content, str) or not content:
        raise ServiceError(
            code, f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{kind}'."
        )
    if base == "Number" and not NUMBER.fullmatch(content):
        raise ServiceError(code, f"Could not cast message attribute '{name}' value to number.")
    if base == "Binary":
        try:
            base64.b64decode(content, validate=True)
        except binascii.Error:
            raise ServiceError(code, f"The message attribute '{name}' has a value that is not in base 64.") from None
    elif FORBIDDEN.search(content):
        raise ServiceError(code, f"The message attribute '{name}' contains characters that are not allowed.")
    return {"DataType": kind, field: content}


def _value(attribute: Mapping[str, str]) -> tuple[bytes, bytes]:
    """SQS's sign for its sort, and its value."""
    if "BinaryValue" in attribute:
        return b"\x02", base64.b64decode(attribute["BinaryValue"])
    return b"\x01", attribute["StringValue"].encode()


def size(attributes: Mapping[str, Mapping[str, str]]) -> int:
    """What attributes add to a message's size: names, types and values."""
    return sum(len(n.encode()) + len(a["DataType"].encode()) + len(_value(a)[1]) for n, a in attributes.items())


def digest(attributes: Mapping[str, Mapping[str, str]]) -> str:
    """The MD5 of attributes (SQS developer guide, Calculating the MD5 message digest for message attributes)."""
    hashed = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        sort, value = _value(attributes[name])
        for part in (name.encode(), attributes[name]["DataType"].encode()):
            hashed.update(len(part).to_bytes(4, "big") + part)
        hashed.update(sort + len(value).to_bytes(4, "big") + value)
    return hashed.hexdigest()


def md5(text: str) -> str:
    """The MD5 of a text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
