"""A filter as JSON keeps it: its terms, each a list of `[field, test, values]`, and what tells again whether an event passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ifc.source import Source, Span
from ifc.syntax.tree import Word
from ifc.where.evaluate import Matcher, passing
from ifc.where.normal import NULL, NUMBER, TEXT, TRUTH, Condition, Operand, Term

NOT = "not "
_NOWHERE = Span(Source("", ""), 0, 0)


def kept(terms: Sequence[Term]) -> list[list[list[Any]]]:
    """The terms as JSON; every text in them is known."""
    return [[_condition(c) for c in term] for term in terms]


def _condition(condition: Condition) -> list[Any]:
    return [condition.name, (NOT if condition.negated else "") + condition.op, [operand.value for operand in condition.operands]]


def matcher(stored: Sequence[Sequence[Sequence[Any]]]) -> Matcher:
    """What tells whether an event passes a filter that was kept."""
    return passing([tuple(_read(c) for c in term) for term in stored])


def _read(stored: Sequence[Any]) -> Condition:
    name, test, values = stored
    negated = test.startswith(NOT)
    operands = tuple(Operand(Word(span=_NOWHERE, text=""), _kind(value), value) for value in values)
    return Condition(_NOWHERE, (name,), test.removeprefix(NOT), operands, negated)


def _kind(value: object) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return TRUTH
    return TEXT if isinstance(value, str) else NUMBER
