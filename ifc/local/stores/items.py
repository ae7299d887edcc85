"""Items as DynamoDB has them in JSON, of plain values; without moto, for the gateway."""

from __future__ import annotations

from typing import Any


def typed(value: Any) -> dict[str, Any]:
    """A plain JSON value in DynamoDB's JSON; numbers must have been read as Decimal or int."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, dict):
        return {"M": {name: typed(member) for name, member in value.items()}}
    if isinstance(value, list):
        return {"L": [typed(member) for member in value]}
    return {"N": str(value)}
