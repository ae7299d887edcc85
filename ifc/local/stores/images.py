"""Items in moto: from and to DynamoDB's JSON, in one spelling, so that they can be compared."""

from __future__ import annotations

import base64
import decimal
import json
import re
from collections.abc import Mapping
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

# Digits and size of a number (DynamoDB developer guide, Supported data types and naming rules)
DIGITS = 38
LARGEST, SMALLEST = 125, -130
DEEPEST = 32  # maps and lists within each other (developer guide, Quotas)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?", re.ASCII)
_EXACT = decimal.Context(prec=1000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


def number(text: str) -> str:
    """A number as DynamoDB writes it: `1.50` is `1.5`, `1E2` is `100`. Raises DynamoDB's error for what is none, or too large."""
    if not isinstance(text, str) or (text.isascii() and text.isdigit() and len(text) <= DIGITS and (text[0] != "0" or text == "0")):
        return text
    if not _NUMBER.fullmatch(text):
        raise MockValidationException(f"The parameter cannot be converted to a numeric value: {text}")
    value = decimal.Decimal(text).normalize(_EXACT)
    if not value:
        return "0"
    if value.adjusted() > LARGEST:
        raise MockValidationException("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if value.adjusted() < SMALLEST:
        raise MockValidationException("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    if len(value.as_tuple().digits) > DIGITS:
        raise MockValidationException("Attempting to store more than 38 significant digits in a Number")
    return format(value, "f")


def spelled(typed: Mapping[str, Any], depth: int = 1) -> dict[str, Any]:
    """A value as moto takes it (bytes for B), with its numbers in DynamoDB's spelling. Raises DynamoDB's errors for what can't be kept."""
    kind, value = next(iter(typed.items()))
    if kind == "N":
        return {"N": number(value)}
    if kind in ("SS", "NS", "BS"):
        return {kind: _distinct([number(n) for n in value] if kind == "NS" else value)}
    if kind in ("L", "M"):
        _shallow(depth)
    if kind == "M":
        if "" in value:
            raise MockValidationException("One or more parameter values are not valid. The name of an attribute has at least one character")
        return {"M": {name: spelled(member, depth + 1) for name, member in value.items()}}
    if kind == "L":
        return {"L": [spelled(member, depth + 1) for member in value]}
    return {kind: value}


def _distinct(members: list[Any]) -> list[Any]:
    if len(set(members)) < len(members):
        shown = ", ".join(_text(member) for member in members)
        raise MockValidationException(f"One or more parameter values were invalid: Input collection [{shown}] contains duplicates.")
    return members


def _shallow(depth: int) -> None:
    if depth > DEEPEST:
        raise MockValidationException("Nesting Levels have exceeded supported limits")


def _respell(value: DynamoType, depth: int = 1) -> None:
    if value.type == "N":
        value.value = number(value.value)
    elif value.type == "NS":
        value.value = [number(n) for n in value.value]
    elif value.type in ("L", "M"):
        _shallow(depth)
        for member in value.value.values() if value.type == "M" else value.value:
            _respell(member, depth + 1)


def respell(item: Item) -> None:
    """Puts an item's numbers in DynamoDB's spelling, where an expression has computed them. Raises DynamoDB's error for one that has become
    too deep."""
    for value in item.attrs.values():
        _respell(value)


def _json(value: Any) -> dict[str, Any]:
    kind, content = (value.type, value.value) if isinstance(value, DynamoType) else next(iter(value.items()))
    if kind == "B":
        return {"B": _text(content)}
    if kind == "BS":
        return {"BS": [_text(member) for member in content]}
    if kind == "L":
        return {"L": [_json(member) for member in content]}
    if kind == "M":
        return {"M": {name: _json(member) for name, member in content.items()}}
    return {kind: list(content) if kind in ("SS", "NS") else content}


def _text(content: bytes | str) -> str:
    return base64.b64encode(content).decode() if isinstance(content, bytes) else content


def image(item: Item | None) -> dict[str, Any] | None:
    """An item in DynamoDB's JSON; None without one."""
    return None if item is None else {name: _json(value) for name, value in item.attrs.items()}


def text(result: Any) -> str:
    """A result of moto as JSON: bytes in base 64, what is None left out, as DynamoDB does."""
    return json.dumps(_plain(result), separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    if isinstance(value, DynamoType):
        return _json(value)
    return _text(value) if isinstance(value, bytes) else value


def _comparable(typed: Mapping[str, Any]) -> Any:
    kind, value = next(iter(typed.items()))
    if kind in ("SS", "NS", "BS"):
        return kind, sorted(value)
    if kind == "M":
        return kind, {name: _comparable(member) for name, member in value.items()}
    if kind == "L":
        return kind, [_comparable(member) for member in value]
    return kind, value


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two images hold the same data: a set has no order."""
    return one == other or _comparable({"M": one}) == _comparable({"M": other})


def _value(typed: Mapping[str, Any]) -> DynamoType:
    kind, value = next(iter(typed.items()))
    if kind == "B":
        value = base64.b64decode(value)
    elif kind == "BS":
        value = [base64.b64decode(member) for member in value]
    elif kind == "L":
        value = [_value(member) for member in value]
    elif kind == "M":
        value = {name: _value(member) for name, member in value.items()}
    made = DynamoType.__new__(DynamoType)  # its constructor would go through lists and maps a second time
    made.type, made.value = kind, value
    return made


def key(typed: Mapping[str, Any]) -> DynamoType:
    """A key's value from DynamoDB's JSON."""
    return _value(typed)


def restored(hash_key: DynamoType, range_key: DynamoType | None, content: Mapping[str, Any]) -> Item:
    """An item from its image, without the checks that it passed when it was written, whose cost grows with the square of its size."""
    item: Item = object.__new__(Item)
    item.hash_key, item.range_key = hash_key, range_key
    item.attrs = LimitedSizeDict.__new__(LimitedSizeDict)
    dict.update(item.attrs, {name: _value(typed) for name, typed in content.items()})
    return item
