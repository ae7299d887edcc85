"""The pattern language that AWS's services share (EventBridge user guide, "Comparison operators in event patterns").

A pattern is an object whose paths end in lists: each path must match, and one entry of its list is enough. Every leaf
is a list with an entry in it, no raw number stands in one, no key stands twice, and keys are sorted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from ifc.diagnostics import Label, Report
from ifc.records import record
from ifc.source import Span
from ifc.where.choices import ABSENT, Service, choices
from ifc.where.normal import Condition, Term

OR = "$or"

# No field under `$or` may be called so (event-ruler's README, "The $or Primitive"; SNS guide, "AND/OR logic").
# fmt: off
RESERVED = frozenset((
    "=", "<", "<=", ">", ">=", "anything-but", "cidr", "date-after", "date-before", "date-on-or-after",
    "date-on-or-before", "equals-ignore-case", "exactly", "exists", "in-date-range", "ip-address-in-range",
    "ip-address-not-in-range", "not-equals-ignore-case", "not-wildcard", "numeric", "prefix", "regex", "suffix",
    "wildcard",
))
# fmt: on


@record
class Entry:
    """One path of a pattern and what may stand there."""

    path: tuple[str, ...]
    choices: list[Any]
    span: Span | None  # None where no one wrote it


Clause: TypeAlias = dict[str, Entry]  # by dotted path; all must match
Place: TypeAlias = "Callable[[Condition], tuple[str, ...] | None]"


@record
class Group:
    """The conditions of one path."""

    path: tuple[str, ...]
    conditions: list[Condition]


def clauses(terms: Sequence[Term], place: Place, service: Service, report: Report) -> list[Clause] | None:
    """The clauses of which one must match, as few as they can be; None after reporting what the service can't say.

    `place` gives the path at which a condition is tested, or None after reporting that there is none.
    """
    conditions = {condition.key: condition for term in terms for condition in term}
    places = {key: _path(condition, place, report) for key, condition in conditions.items()}
    known = {key: path for key, path in places.items() if path is not None}
    if len(known) < len(places):
        return None
    found = [_clause(term, known, service, report) for term in terms]
    made = [clause for clause in found if clause is not None]
    return _united(made) if len(made) == len(found) else None


def _path(condition: Condition, place: Place, report: Report) -> tuple[str, ...] | None:
    """Where a condition is tested, or None after reporting that it can't be."""
    if OR in condition.path:
        report.error(
            "IFC446",
            f"a field called `{OR}` can't be tested",
            condition.span,
            "a word of AWS's patterns",
            help="test another field here, and this one in the code that receives it",
        )
        return None
    return place(condition)


def _clause(term: Term, places: dict[tuple[object, ...], tuple[str, ...]], service: Service, report: Report) -> Clause | None:
    """What must match for a term to hold."""
    groups: dict[str, Group] = {}
    for condition in term:
        path = places[condition.key]
        groups.setdefault(".".join(path), Group(path, [])).conditions.append(condition)
    if _crossed(groups, report):
        return None
    clause: Clause = {}
    for name, group in sorted(groups.items()):
        made = choices(group.conditions, service, report)
        if made is not None:
            clause[name] = Entry(group.path, made, group.conditions[0].span)
    return clause if len(clause) == len(groups) else None


def _crossed(groups: dict[str, Group], report: Report) -> bool:
    """Whether a field is tested as a value and as an object at once, which no pattern can hold; reports it if so."""
    for _, group in sorted(groups.items()):
        for end in range(1, len(group.path)):
            above = groups.get(".".join(group.path[:end]))
            if above is not None:
                outer, inner = above.conditions[0], group.conditions[0]
                report.error(
                    "IFC433",
                    f"`{outer.written}` is tested as a value and, with `{inner.written}`, as an object",
                    inner.span,
                    "a field of it",
                    help="test one of the two, or join them with `or`",
                    also=(Label(outer.span, "the value"),),
                )
                return True
    return False


def _united(found: Iterable[Clause]) -> list[Clause]:
    """The same with fewer clauses: two that differ in one path become one, and what another one covers is left out."""
    united: list[Clause] = []
    for clause in found:
        one, at, home = clause, 0, len(united)
        while at < len(united):
            both = _merged(united[at], one)
            if both is None:
                at += 1
            else:  # begin again, for what has become one may cover or meet others
                del united[at]
                one, at, home = both, 0, min(at, home)
        united.insert(home, one)
    return united


def _merged(one: Clause, other: Clause) -> Clause | None:
    """A clause that matches exactly where one of the two does, if there is one."""
    same = {name for name in one if name in other and one[name].choices == other[name].choices}
    if len(same) == len(one) and (len(same) == len(other) or _steady(one)):
        return one
    if len(same) == len(other) and _steady(other):
        return other
    if one.keys() != other.keys() or len(same) != len(one) - 1:
        return None
    name = next(name for name in one if name not in same)
    first, second = one[name], other[name]
    more = [choice for choice in second.choices if choice not in first.choices]
    return one | {name: Entry(first.path, [*first.choices, *more], first.span)}


def _steady(clause: Clause) -> bool:
    """Whether a clause surely matches where it matches with more tests beside it.

    Not so with absence: a field is absent in one element of a list once another test has chosen that element.
    """
    return not any(ABSENT in entry.choices for entry in clause.values())


def nested(clause: Clause) -> dict[str, Any]:
    """A clause as a pattern."""
    pattern: dict[str, Any] = {}
    for entry in clause.values():
        *above, last = entry.path
        inside = pattern
        for step in above:
            inside = inside.setdefault(step, {})
        inside[last] = entry.choices
    return _sorted(pattern)


def single(found: list[Clause], service: Service, report: Report) -> dict[str, Any] | None:
    """The clauses as one pattern, what they share once and the rest under `$or`; None after reporting a mistake."""
    if len(found) == 1:
        return nested(found[0])
    first = found[0]
    shared = {
        name: entry for name, entry in first.items() if all(name in clause and clause[name].choices == entry.choices for clause in found)
    }
    if any(len(clause) == len(shared) for clause in found):
        shared = {}  # an alternative may not be empty
    rest = [{name: entry for name, entry in clause.items() if name not in shared} for clause in found]
    for entry in (entry for clause in rest for entry in clause.values()):
        word = next((step for step in entry.path if step in RESERVED), None)
        if word is not None and entry.span is not None:
            report.error(
                "IFC446",
                f"a field called `{word}` can't stand beside `or` in the filter of {service.name}",
                entry.span,
                "a word of AWS's patterns",
                help="join tests of one field with `or`, or test this one in the code that receives it",
            )
            return None
    return _sorted(nested(shared) | {OR: [nested(clause) for clause in rest]})


def _sorted(pattern: dict[str, Any]) -> dict[str, Any]:
    """The pattern with its keys in order."""
    return {key: _sorted(pattern[key]) if isinstance(pattern[key], dict) else pattern[key] for key in sorted(pattern)}


def length(pattern: dict[str, Any]) -> int:
    """How many characters a pattern has; what is known only at deploy time counts as none."""
    return len(json.dumps(pattern, ensure_ascii=False, separators=(",", ":"), default=lambda _: ""))
