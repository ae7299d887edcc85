"""Whether two filters can pass one event: a decision for fields that hold a single value, and "they can" for whatever can't be decided.

A list passes two filters by two of its elements, so only a field that is known to be no list keeps filters apart; whether a
field at the top of an event is there keeps them apart in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from ifc.where.evaluate import passes
from ifc.where.normal import EXISTS, IN, NUMBER, TEXT, TURNED, Condition, Term

Single: TypeAlias = Callable[[tuple[str, ...]], bool]  # whether the field at a path holds one value at most


def disjoint(one: Sequence[Term], other: Sequence[Term], single: Single) -> bool:
    """Whether no event passes both, as far as that can be shown."""
    return all(apart(first, second, single) for first in one for second in other)


def apart(one: Term, other: Term, single: Single) -> bool:
    """Whether no event passes two terms: there is a field that can't be as both want it."""
    by_path: dict[str, tuple[tuple[str, ...], list[Condition]]] = {}
    for condition in (*one, *other):
        by_path.setdefault(condition.name, (condition.path, []))[1].append(condition)
    return any(impossible(path, conditions, single) for path, conditions in by_path.values())


def impossible(path: tuple[str, ...], conditions: list[Condition], single: Single) -> bool:
    """Whether no value of a field passes all conditions."""
    if single(path):
        return not any(all(holds(condition, value) for condition in conditions) for value in candidates(conditions))
    if len(path) > 1:  # of several elements of a list each may have the field or not
        return False
    gone = any(condition.op == EXISTS and condition.negated for condition in conditions)
    return gone and any(not condition.negated or condition.op in TURNED for condition in conditions)


class Absent:
    """Stands for the value of a field that is not there."""


ABSENT = Absent()


class Unknown:
    """Stands for a text that nothing was said of."""

    def __init__(self, start: str = "", middle: tuple[str, ...] = (), end: str = "") -> None:
        self.start, self.middle, self.end = start, middle, end


def holds(condition: Condition, value: Any) -> bool:
    """Whether a candidate may pass a condition."""
    if isinstance(value, Absent):
        return condition.negated and condition.op not in TURNED
    if any(operand.late for operand in condition.operands):
        return not isinstance(value, bool | int | float) or condition.negated  # it is text, whatever it says
    if isinstance(value, Unknown):
        return of_unknown(condition, value)
    return passes(condition, value)


def of_unknown(condition: Condition, text: Unknown) -> bool:
    """Whether a text of which only some parts are known may pass: the rest is chosen so that nothing else holds of it."""
    if condition.op in TURNED:
        return False
    if condition.op == EXISTS:
        return not condition.negated
    if condition.op == IN:
        return condition.negated
    sought = str(condition.operands[0].value)
    if condition.op == "starts-with":
        found = text.start.startswith(sought)
    elif condition.op == "ends-with":
        found = text.end.endswith(sought)
    else:
        found = any(sought in part for part in (text.start, *text.middle, text.end))
    return found != condition.negated


def candidates(conditions: Iterable[Condition]) -> list[Any]:
    """Values of which one passes all conditions where any value does."""
    listed = list(conditions)
    operands = [operand for condition in listed for operand in condition.operands]
    numbers = sorted({operand.number for operand in operands if operand.kind == NUMBER and not isinstance(operand.value, bool)})
    between = [(low + high) / 2 for low, high in pairwise(numbers)]
    beyond = [numbers[0] - 1, numbers[-1] + 1] if numbers else [0]
    found: list[Any] = [ABSENT, True, False, None, *numbers, *between, *beyond]
    texts = [operand.value for condition in listed if condition.op == IN for operand in condition.operands if operand.kind == TEXT]
    found += dict.fromkeys(text for text in texts if isinstance(text, str))
    found.append(unknown(listed))
    if any(operand.late for operand in operands):
        found.append("\0")  # a text of which nothing is known may be any
    return found


def unknown(conditions: list[Condition]) -> Unknown:
    """The text that begins, ends and holds what is asked for, and of which nothing else is true.

    If any text passes that is in none of the lists, this one does: of beginnings and of ends the longest holds the others.
    """
    wanted: dict[str, list[str]] = {"starts-with": [], "ends-with": [], "contains": []}
    for condition in conditions:
        if condition.op in wanted and not condition.negated and isinstance(condition.operands[0].value, str):
            wanted[condition.op].append(condition.operands[0].value)
    start = max(wanted["starts-with"], key=len, default="")
    end = max(wanted["ends-with"], key=len, default="")
    return Unknown(start, tuple(wanted["contains"]), end)
