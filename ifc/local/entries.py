"""What the log holds: rows of topics, messages that wait, asynchronous calls. Times are in seconds since the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.records import record


@record
class Row:
    """A row of a topic."""

    offset: int
    key: str
    value: str
    at: float
    meta: Mapping[str, Any]


@record
class Waiting:
    """A message of a queue that is not done: when it may be had, how often it was, and when first."""

    queue: str
    offset: int
    due: float
    receives: int = 0
    first_received: float = 0.0


@record
class Call:
    """An asynchronous call that is not done."""

    id: int
    function: str
    source: str
    payload: str
    due: float
    attempts: int
    asked: float
    request: str


def stored(text: str) -> str:
    """The text without what PostgreSQL's text can't hold: NUL (documentation, Character Types) and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text
