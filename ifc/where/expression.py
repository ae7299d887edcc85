"""A filter as source: its fields, and its text written canonically."""

from __future__ import annotations

import json
import re

from ifc.syntax.tree import (
    And,
    Duration,
    Exists,
    Expr,
    Field,
    ListValue,
    Member,
    Not,
    Number,
    Or,
    Pair,
    Size,
    Text,
    Value,
)

# As the grammar's WORD cuts them: what begins a path, and what may follow a dot without quotes.
_FIRST = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")
_LATER = re.compile(r"[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*")

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
_SIZES = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))

_OR, _AND, _NOT = 0, 1, 2  # how tightly a form binds


def fields(expr: Expr) -> list[Field]:
    """The fields that an expression tests, in the order in which they are written."""
    found: list[Field] = []
    rest: list[Expr] = [expr]
    while rest:  # a loop, so that no depth of brackets is too deep
        one = rest.pop()
        if isinstance(one, (And, Or)):
            rest.extend(reversed(one.operands))
        elif isinstance(one, Not):
            rest.append(one.operand)
        else:
            found.append(one.field)
    return found


def text(expr: Expr) -> str:
    """The expression as source, with one space between words and no brackets but needed ones."""
    written: list[str] = []
    rest: list[str | tuple[Expr, int]] = [(expr, _OR)]
    while rest:
        one = rest.pop()
        if isinstance(one, str):
            written.append(one)
        else:
            rest.extend(reversed(_written(*one)))
    return "".join(written)


def _written(expr: Expr, around: int) -> list[str | tuple[Expr, int]]:
    """The pieces of `expr` inside something that binds like `around`: text, and expressions still to be written."""
    if isinstance(expr, (And, Or)):
        word, binds = (" and ", _AND) if isinstance(expr, And) else (" or ", _OR)
        inside: list[str | tuple[Expr, int]] = []
        for operand in expr.operands:
            inside += [word, (operand, binds)] if inside else [(operand, binds)]
        return ["(", *inside, ")"] if binds < around else inside
    if isinstance(expr, Not):
        return ["not ", (expr.operand, _NOT)]
    if isinstance(expr, Exists):
        return [f"{path_text(expr.field.path)} exists"]
    if isinstance(expr, Member):
        return [f"{path_text(expr.field.path)} in [{', '.join(value_text(item) for item in expr.items)}]"]
    return [f"{path_text(expr.field.path)} {expr.op} {value_text(expr.operand)}"]


def path_text(path: tuple[str, ...]) -> str:
    """A field's path as written: `detail."odd key"`."""
    first, *later = path
    parts = [first if _FIRST.fullmatch(first) else quoted(first)]
    parts += [step if _LATER.fullmatch(step) else quoted(step) for step in later]
    return ".".join(parts)


def quoted(value: str) -> str:
    """Text as a string of the language."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${")


def value_text(value: Value) -> str:
    """An operand as source."""
    if isinstance(value, Text):
        parts = (quoted(part)[1:-1] if isinstance(part, str) else f"${{{part.path}}}" for part in value.parts)
        return f'"{"".join(parts)}"'
    if isinstance(value, Number):
        return number_text(value.value)
    if isinstance(value, Duration):
        unit, length = next((u for u in _UNITS if value.milliseconds and value.milliseconds % u[1] == 0), ("s", 1000))
        return f"{value.milliseconds // length}{unit}"
    if isinstance(value, Size):
        unit, length = next((s for s in _SIZES if value.bytes and value.bytes % s[1] == 0), ("KB", 1 << 10))
        return f"{value.bytes // length}{unit}"
    if isinstance(value, Pair):
        return f"{value.name}: {value.word}"
    return value.span.text if isinstance(value, ListValue) else value.text


def number_text(value: int | float) -> str:
    """A number without exponent and without zeros at its ends: `5`, never `5.0`."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    written = repr(value)
    if "e" not in written and "n" not in written:  # neither 1e-07 nor inf
        return written
    from decimal import Decimal  # so small or so large a number is rare

    return format(Decimal(written), "f")
