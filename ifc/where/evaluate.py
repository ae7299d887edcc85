"""Filters evaluated on an event, just as the services' matcher does (event-ruler, which EventBridge and Lambda run).

All tests that an `and` makes hold of one element of each list they reach into. The matcher goes through the fields in
the order of their names: those before a field have chosen their elements, and it is absent if no such element has it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ifc.diagnostics import Failure, Report
from ifc.records import record
from ifc.syntax.tree import Expr, Text
from ifc.where import normal
from ifc.where.normal import EXISTS, IN, NUMBER, TEXT, TRUTH, TURNED, Condition, Operand, Term

Chosen: TypeAlias = Mapping[int, int]  # by list: which element is meant

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@record
class Leaf:
    """A single value of an event, and the elements of lists in which it stands."""

    value: object
    inside: Chosen


Matcher: TypeAlias = Callable[[object], bool]


def matches(expr: Expr, event: object) -> bool:
    """Whether an event passes a filter without references; raises `Failure` for a filter that is wrong in itself."""
    report = Report()
    found = matcher(expr, _plain, report)
    if found is None:
        raise Failure(*report.ordered())
    return found(event)


def matcher(expr: Expr, literal: normal.Literal, report: Report) -> Matcher | None:
    """What tells whether an event passes, for a filter that sees many; None after reporting what is wrong in it."""
    terms = normal.terms(expr, literal, report)
    return None if terms is None else passing(terms)


def passing(terms: Sequence[Term]) -> Matcher:
    """What tells whether an event passes one of the terms."""
    grouped = [_by_name(term) for term in terms]

    def found(event: object) -> bool:
        leaves = _leaves(event)
        return any(_holds(fields, leaves) for fields in grouped)

    return found


def _plain(text: Text) -> str:
    """A text's value where no reference can be followed: a reference stands for itself."""
    return "".join(each if isinstance(each, str) else f"${{{each.path}}}" for each in text.parts)


def _by_name(term: Term) -> list[tuple[str, list[Condition]]]:
    """A term's conditions, field by field in the names' order."""
    groups: dict[str, list[Condition]] = {}
    for condition in term:
        groups.setdefault(condition.name, []).append(condition)
    return sorted(groups.items())


def _leaves(event: object) -> dict[str, list[Leaf]]:
    """The event's single values by dotted path; lists add no step, and an empty one holds nothing."""
    found: dict[str, list[Leaf]] = {}
    lists = 0
    rest: list[tuple[tuple[str, ...], object, Chosen]] = [((), event, {})]
    while rest:
        path, value, inside = rest.pop()
        if isinstance(value, Mapping):
            rest.extend(((*path, str(key)), each, inside) for key, each in value.items())
        elif isinstance(value, (list, tuple)):
            lists += 1
            for at, each in enumerate(value):  # a single value is no element that others could share
                nested = isinstance(each, (Mapping, list, tuple))
                rest.append((path, each, {**inside, lists: at} if nested else inside))
        else:
            found.setdefault(".".join(path), []).append(Leaf(value, inside))
    return found


def _holds(fields: list[tuple[str, list[Condition]]], leaves: dict[str, list[Leaf]]) -> bool:
    """Whether a term holds: all ways to choose elements are followed at once, field by field."""
    ways: set[frozenset[tuple[int, int]]] = {frozenset()}
    for at, (name, conditions) in enumerate(fields):
        here = leaves.get(name, [])
        passing = [leaf for leaf in here if all(passes(condition, leaf.value) for condition in conditions)]
        absent = all(condition.negated for condition in conditions)
        later = {each for other, _ in fields[at + 1 :] for leaf in leaves.get(other, []) for each in leaf.inside}
        further = set()
        for way in ways:
            chosen = dict(way)
            for leaf in passing:
                if _agrees(leaf, chosen):
                    both = {**chosen, **leaf.inside}
                    further.add(frozenset((each, i) for each, i in both.items() if each in later))
            if absent and not any(_agrees(leaf, chosen) for leaf in here):
                further.add(way)
        ways = further
    return bool(ways)


def _agrees(leaf: Leaf, chosen: Chosen) -> bool:
    """Whether a leaf stands in the elements that are chosen, where any is."""
    return all(chosen.get(each, i) == i for each, i in leaf.inside.items())


def passes(condition: Condition, value: object) -> bool:
    """Whether a single value passes; text never passes a comparison of numbers, not even a negated one."""
    if condition.op in TURNED:
        op = TURNED[condition.op] if condition.negated else condition.op
        return _is_number(value) and _COMPARED[op](value, condition.operands[0].number)
    if condition.op == EXISTS:
        held = True
    elif condition.op == IN:
        held = any(_equals(value, operand) for operand in condition.operands)
    else:
        held = isinstance(value, str) and _looks(value, condition.op, condition.operands[0].value)
    return held != condition.negated


def _is_number(value: object) -> bool:
    """Whether this is a number of JSON; to Python `true` is one, too."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _equals(value: object, operand: Operand) -> bool:
    """Whether a value is the literal: 5 is 5.0, but neither "5" nor, if it is 1, true."""
    if operand.kind == NUMBER:
        return _is_number(value) and value == operand.value
    if operand.kind == TEXT:
        return isinstance(value, str) and value == operand.value
    if operand.kind == TRUTH:
        return value is operand.value
    return value is None


def _looks(value: str, op: str, sought: Any) -> bool:
    """Whether text begins with, ends with or holds what is sought."""
    if not isinstance(sought, str):
        return False
    if op == "starts-with":
        return value.startswith(sought)
    return value.endswith(sought) if op == "ends-with" else sought in value
