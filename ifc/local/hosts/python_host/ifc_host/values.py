"""A call's event and a handler's result, and the JSON that they are on their way."""

from __future__ import annotations

import decimal
import json
import math
from typing import Any

from .handlers import Fault, text_of
from .requests import Refused


def parse(body: bytes) -> Any:
    """The event; raises Refused when it is no JSON. No body at all is an empty event, as on Lambda."""
    if not body:
        return {}
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Refused(400, f"Could not parse request body into json: {problem}") from None


def marshal(result: Any) -> bytes:
    """A result as JSON; raises Fault when it can't be. Bytes are passed on as they are."""
    if isinstance(result, bytes):
        return result
    try:
        return ENCODER.encode(result).encode("utf-8")
    except Exception as problem:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {text_of(problem)}") from problem


def _plain(value: Any) -> Any:
    """What JSON has for a value that isn't JSON's; Lambda's encoder knows decimals and bytes."""
    if isinstance(value, decimal.Decimal):
        if value.is_nan():
            return math.nan
        return int(value) if value.is_finite() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8")
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


ENCODER = json.JSONEncoder(ensure_ascii=False, default=_plain)
