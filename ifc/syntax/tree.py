"""The syntax tree. Every part knows its span; words mean nothing yet."""

from __future__ import annotations

from typing import TypeAlias

from ifc.records import record as part
from ifc.source import Source, Span

RESERVED = ("where", "when", "and", "or")  # neither names nor settings


@part
class Word:
    """A bare word, dots included: `Orders.stream`, `new-and-old`."""

    span: Span
    text: str


@part
class Reference:
    """A `${…}` in a string."""

    span: Span
    path: str


@part
class Text:
    """A quoted string, cut at its references; text parts are unescaped."""

    span: Span
    parts: tuple[str | Reference, ...]

    @property
    def plain(self) -> str | None:
        """The text when it holds no reference, else None."""
        if not self.parts:
            return ""
        first = self.parts[0]
        return first if len(self.parts) == 1 and isinstance(first, str) else None


@part
class Number:
    span: Span
    value: int | float


@part
class Duration:
    span: Span
    milliseconds: int


@part
class Size:
    span: Span
    bytes: int


@part
class Path:
    """A URL path: `/orders/{id}`."""

    span: Span
    text: str


@part
class Pair:
    """`name: word`, as in a key."""

    span: Span
    name: str
    word: str


@part
class ListValue:
    """`[ a, b ]`; an entry is a row of values or a block."""

    span: Span
    entries: tuple[tuple[Value, ...] | Block, ...]


Value: TypeAlias = Word | Text | Number | Duration | Size | Path | Pair | ListValue
Args: TypeAlias = tuple[Value, ...]  # values of one role, joined by commas


@part
class Field:
    """The left side of a test: the segments of a path."""

    span: Span
    path: tuple[str, ...]


@part
class Compare:
    """`field op operand`; op is `==`, `!=`, `<`, `<=`, `>`, `>=`, `starts-with`, `ends-with` or `contains`."""

    span: Span
    field: Field
    op: str
    operand: Value


@part
class Member:
    """`field in [ … ]`."""

    span: Span
    field: Field
    items: tuple[Value, ...]


@part
class Exists:
    """`field exists`."""

    span: Span
    field: Field


@part
class Not:
    span: Span
    operand: Expr


@part
class And:
    span: Span
    operands: tuple[Expr, ...]


@part
class Or:
    span: Span
    operands: tuple[Expr, ...]


Expr: TypeAlias = Compare | Member | Exists | Not | And | Or


@part
class Block:
    span: Span
    statements: tuple[Statement, ...]


@part
class Declaration:
    """`kind Name … { … }`, or a setting: a head of arguments, perhaps a filter, a guard and a block."""

    span: Span
    head: tuple[Args, ...]
    where: Expr | None
    guard: Expr | None
    block: Block | None
    description: str | None


@part
class Hop:
    """One arrow with what belongs to it: the filter before it, its targets, its guard and its block."""

    span: Span
    where: Expr | None
    targets: Args
    guard: Expr | None
    block: Block | None


@part
class Wire:
    """`head -> targets -> …`."""

    span: Span
    head: tuple[Args, ...]
    hops: tuple[Hop, ...]
    description: str | None


@part
class Broken:
    """A statement that could not be read; its mistake is reported already."""

    span: Span


Statement: TypeAlias = Declaration | Wire | Broken


@part
class File:
    """A whole file."""

    source: Source
    statements: tuple[Statement, ...]


def head_word(statement: Declaration | Wire) -> Word | None:
    """The word that begins a statement, or None where something else does."""
    first = statement.head[0][0]
    return first if isinstance(first, Word) else None
