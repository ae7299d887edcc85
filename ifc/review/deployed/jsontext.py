"""JSON text that holds values known only at deployment."""

from __future__ import annotations

import json
import re

from ifc.review.deployed.form import Encoded, NotUnderstood, Value, parts, text

OPEN, CLOSE, BARE = "\ue000", "\ue001", "\ue002"  # of a value's place; letters that nobody writes
PLACE = re.compile(f"{BARE}?{OPEN}(\\d+){CLOSE}")


def content(value: Value) -> Value:
    """What JSON text says; a value that is no text already is what it says."""
    if isinstance(value, list | dict | int | float):
        return value
    written = ""
    inside = False  # between quotes
    pieces = parts(value)
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            written += piece
            inside ^= len(re.findall(r'"', re.sub(r"\\.", "", piece))) % 2 == 1
        elif inside and isinstance(piece, Encoded):
            raise NotUnderstood(f"quotes within quotes: {value}")
        else:
            written += f"{OPEN}{number}{CLOSE}" if inside else f'"{BARE}{OPEN}{number}{CLOSE}"'
    try:
        return filled(json.loads(written), pieces)
    except json.JSONDecodeError as error:
        raise NotUnderstood(f"no JSON: {written}") from error


def content_or_text(value: Value) -> Value:
    """What JSON text says; other text stands for itself."""
    try:
        return content(value)
    except NotUnderstood:
        return value


def filled(read: Value, pieces: tuple[Value, ...]) -> Value:
    """What was read with the values back in their places."""
    if isinstance(read, dict):
        return {key: filled(value, pieces) for key, value in read.items()}
    if isinstance(read, list):
        return [filled(value, pieces) for value in read]
    if not isinstance(read, str) or OPEN not in read:
        return read
    split = PLACE.split(read)
    found = [pieces[int(piece)] if index % 2 else piece for index, piece in enumerate(split)]
    return text(piece.value if isinstance(piece, Encoded) else piece for piece in found)
