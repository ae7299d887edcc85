"""The normal form of a filter: an `or` of `and`s of conditions, with every `not` inside a condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from ifc.diagnostics import Report
from ifc.records import record
from ifc.source import Span
from ifc.syntax.tree import (
    And,
    Compare,
    Duration,
    Exists,
    Expr,
    Member,
    Not,
    Number,
    Or,
    Size,
    Text,
    Value,
    Word,
)
from ifc.where.expression import fields, path_text, quoted, value_text

# What a text means: a `str`, or a value known only at deploy time, or None where its mistake is reported already.
Literal: TypeAlias = Callable[[Text], object | None]

TEXT, NUMBER, TRUTH, NULL = "text", "number", "truth", "null"

WORDS: dict[str, tuple[str, object]] = {
    "true": (TRUTH, True),
    "on": (TRUTH, True),
    "false": (TRUTH, False),
    "off": (TRUTH, False),
    "null": (NULL, None),
}

IN, EXISTS = "in", "exists"
TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}  # the comparisons, and what each is when `not` turns it round
LOOKS = ("starts-with", "ends-with", "contains")

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

MOST_TERMS = 100  # no service holds that many; it keeps `(a or b) and (c or d) and …` from doubling without end
DEEPEST = 200  # forms inside each other; well under what Python can follow


@record
class Operand:
    """The right side of a test, as written and as meant."""

    node: Value
    kind: str
    value: object

    @property
    def span(self) -> Span:
        return self.node.span

    @property
    def number(self) -> int | float:
        """The value of a number."""
        assert isinstance(self.value, (int, float))
        return self.value

    @property
    def late(self) -> bool:
        """Whether this is a text that is known only at deploy time."""
        return self.kind == TEXT and not isinstance(self.value, str)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for operands that mean the same."""
        return (self.kind, "late", id(self.value)) if self.late else (self.kind, self.value)


@record
class Condition:
    """One test of one field: `in` (which is `==` too), a comparison, a look into text, or `exists`; perhaps negated."""

    span: Span
    path: tuple[str, ...]
    op: str
    operands: tuple[Operand, ...]
    negated: bool

    @property
    def name(self) -> str:
        """The path with dots, as the matchers have it: a dot inside a name is not told from one between names."""
        return ".".join(self.path)

    @property
    def written(self) -> str:
        """The path as it stands in the source."""
        return path_text(self.path)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for conditions that mean the same."""
        return (self.name, self.op, self.negated, *(operand.key for operand in self.operands))


Term: TypeAlias = tuple[Condition, ...]  # what an `and` joins


def terms(expr: Expr, literal: Literal, report: Report) -> tuple[Term, ...] | None:
    """The terms of which one must hold, or None after reporting what is wrong."""
    if _depth(expr) > DEEPEST or any(len(field.path) > DEEPEST for field in fields(expr)):
        report.error(
            "IFC432",
            "this filter is nested too deeply",
            expr.span,
            f"more than {DEEPEST} levels",
            help="write it with fewer brackets, and fields with shorter paths",
        )
        return None
    found = _Reader(literal, report).terms(expr, negated=False)
    return None if found is None else tuple(_absorbed(found))


def _depth(expr: Expr) -> int:
    """How many forms stand inside each other."""
    deepest, rest = 0, [(expr, 1)]
    while rest:
        one, depth = rest.pop()
        deepest = max(deepest, depth)
        if isinstance(one, (And, Or)):
            rest.extend((operand, depth + 1) for operand in one.operands)
        elif isinstance(one, Not):
            rest.append((one.operand, depth + 1))
    return deepest


def _absorbed(found: Sequence[Term]) -> list[Term]:
    """The terms without those that only say more than another one does."""
    keys = [frozenset(condition.key for condition in term) for term in found]
    return [
        term
        for at, term in enumerate(found)
        if not any(keys[other] < keys[at] or (keys[other] == keys[at] and other < at) for other in range(len(found)))
    ]


class _Reader:
    """Reads an expression and reports what is wrong in its operands."""

    def __init__(self, literal: Literal, report: Report) -> None:
        self.literal = literal
        self.report = report

    def terms(self, expr: Expr, negated: bool) -> list[Term] | None:
        """The terms of an expression or, by De Morgan's laws, of its negation."""
        if isinstance(expr, Not):
            return self.terms(expr.operand, not negated)
        if isinstance(expr, (And, Or)):
            parts = [self.terms(operand, negated) for operand in expr.operands]  # all of them: each may have its mistake
            known = [each for each in parts if each is not None]
            if len(known) < len(parts):
                return None
            together = _both(known) if isinstance(expr, And) != negated else _either(known)
            if together is None:
                self.report.error(
                    "IFC432",
                    "this filter is too large",
                    expr.span,
                    f"more than {MOST_TERMS} cases when written out",
                    help="join fewer `or`s by `and`, or put the values of one field into one `in [ … ]`",
                )
            return together
        condition = self.condition(expr, negated)
        return None if condition is None else [(condition,)]

    def condition(self, expr: Compare | Member | Exists, negated: bool) -> Condition | None:
        """The condition that a single test makes."""
        path = expr.field.path
        if isinstance(expr, Exists):
            return Condition(expr.span, path, EXISTS, (), negated)
        if isinstance(expr, Member):
            operands = self.items(expr)
            return None if operands is None else Condition(expr.span, path, IN, operands, negated)
        operand = self.operand(expr.operand)
        if operand is None or not self.fits(expr, operand):
            return None
        if expr.op in ("==", "!="):
            return Condition(expr.span, path, IN, (operand,), negated != (expr.op == "!="))
        return Condition(expr.span, path, expr.op, (operand,), negated)

    def items(self, expr: Member) -> tuple[Operand, ...] | None:
        """The values of `in [ … ]`, each once."""
        if not expr.items:
            self.report.error(
                "IFC431",
                "this list is empty, so nothing is in it",
                expr.span,
                "no value",
                help='write the values: `in ["a", "b"]`',
            )
            return None
        operands = [self.operand(item) for item in expr.items]
        known = [operand for operand in operands if operand is not None]
        return _distinct(known) if len(known) == len(operands) else None

    def operand(self, value: Value) -> Operand | None:
        """What a literal means."""
        if isinstance(value, Text):
            meant = self.literal(value)
            return None if meant is None else Operand(value, TEXT, meant)
        if isinstance(value, Number):
            return Operand(value, NUMBER, value.value)
        if isinstance(value, Duration):
            seconds, rest = divmod(value.milliseconds, 1000)
            exact = seconds < 1 << 53  # what is longer is refused as too large anyway
            return Operand(value, NUMBER, value.milliseconds / 1000 if rest and exact else seconds)
        if isinstance(value, Size):
            return Operand(value, NUMBER, value.bytes)
        if isinstance(value, Word) and value.text in WORDS:
            return Operand(value, *WORDS[value.text])
        if isinstance(value, Word):
            self.report.error(
                "IFC430",
                f"`{value.text}` is a bare word, and a filter compares with text",
                value.span,
                "no quotes",
                help=f'write `{quoted(value.text)}`, or `"${{{value.text}}}"` if it is a param',
            )
        else:
            self.report.error(
                "IFC430",
                f"a filter can't compare with `{value_text(value)}`",
                value.span,
                "not a literal",
                help="compare with text in quotes, a number, `true`, `false` or `null`",
            )
        return None

    def fits(self, expr: Compare, operand: Operand) -> bool:
        """Whether the operator can take the operand; reports it if not."""
        written = value_text(operand.node)
        if expr.op in TURNED and operand.kind != NUMBER:
            message, label = f"`{expr.op}` compares numbers, and `{written}` is none", "not a number"
            way = "compare with a number, or test with `==`, `in` or `starts-with`"
            if isinstance(operand.value, str) and _NUMBER.fullmatch(operand.value):
                way = f"write `{operand.value}` without quotes"
        elif expr.op in LOOKS and operand.kind != TEXT:
            message, label = f"`{expr.op}` looks for text, and `{written}` is none", "not text"
            way = f"write `{quoted(written)}`"
            if expr.op == "contains":
                way = f"write `{path_text(expr.field.path)} == {written}`: a list matches if one of its elements does"
        elif expr.op in LOOKS and operand.value == "":
            message, label = f'every text passes `{expr.op} ""`', "empty"
            way = "write what to look for, or leave the test out"
        else:
            return True
        self.report.error("IFC431", message, operand.span, label, way)
        return False


def _distinct(operands: Iterable[Operand]) -> tuple[Operand, ...]:
    """The operands, each meaning once."""
    seen: dict[tuple[object, ...], Operand] = {}
    for operand in operands:
        seen.setdefault(operand.key, operand)
    return tuple(seen.values())


def _both(parts: list[list[Term]]) -> list[Term] | None:
    """The terms of an `and`: one of each part, in every combination; None if there are too many."""
    together: list[Term] = [()]
    for each in parts:
        if len(together) * len(each) > MOST_TERMS:
            return None
        together = [_joined(term, more) for term in together for more in each]
    return together


def _joined(term: Term, more: Term) -> Term:
    """Both terms' conditions, each once."""
    known = {condition.key for condition in term}
    return (*term, *(condition for condition in more if condition.key not in known))


def _either(parts: list[list[Term]]) -> list[Term] | None:
    """The terms of an `or`, where `p == a or p == b` becomes `p in [a, b]`; None if there are too many."""
    together: list[Term] = []
    lists: dict[tuple[str, str], int] = {}  # by field and kind (a table stream keeps kinds apart): where its list stands
    for term in (term for each in parts for term in each):
        one = term[0]
        kinds = {operand.kind for operand in one.operands}
        if len(term) > 1 or one.op != IN or one.negated or len(kinds) > 1:
            together.append(term)
            continue
        place = one.name, kinds.pop()
        if place not in lists:
            lists[place] = len(together)
            together.append(term)
            continue
        first = together[lists[place]][0]
        operands = _distinct((*first.operands, *one.operands))
        together[lists[place]] = (Condition(first.span.to(one.span), first.path, IN, operands, negated=False),)
    return together if len(together) <= MOST_TERMS else None
