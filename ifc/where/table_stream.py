"""Filters of a table's stream: patterns over DynamoDB's JSON, in which each value stands under its type.

Lambda developer guide, "Using event filtering with a DynamoDB event source"; the record is "Record" of the DynamoDB
Streams API. A pattern that asks for `S` sees no `L`: lists, sets and values of other types than the literal's are
absent to a filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.diagnostics import Report, near
from ifc.records import record
from ifc.source import Span
from ifc.syntax.tree import Expr
from ifc.where import lambda_filter, normal
from ifc.where.choices import Service
from ifc.where.expression import path_text, quoted, value_text
from ifc.where.normal import NULL, NUMBER, TEXT, TRUTH, Condition, Operand
from ifc.where.pattern import Clause, Entry, clauses, nested

STREAM = Service("a table stream", most=1e38, places=38, negated_prefix=False, typed=True)

IMAGES = {"new": "NewImage", "old": "OldImage", "keys": "Keys"}
_VIEWS = {"new": ("new", "new-and-old"), "old": ("old", "new-and-old"), "keys": ("new", "old", "new-and-old", "keys")}
EVENTS = ("INSERT", "MODIFY", "REMOVE")
_TYPES = {TEXT: "S", NUMBER: "N", TRUTH: "BOOL", NULL: "NULL"}
_NAMES = {"S": "text", "N": "a number", "B": "binary"}

# What DynamoDB itself deletes (DynamoDB developer guide, "DynamoDB Streams and Time to Live").
_EXPIRED = {
    ("eventName",): "REMOVE",
    ("userIdentity", "principalId"): "dynamodb.amazonaws.com",
    ("userIdentity", "type"): "Service",
}


def patterns(
    expr: Expr | None, types: Mapping[str, str], expired: bool, view: str, literal: normal.Literal, report: Report
) -> list[dict[str, Any]] | None:
    """The filter criteria's patterns; none where all records are wanted.

    `types` has the declared attributes' types ("S", "N", "B"), `view` is what the stream holds ("new", "old",
    "new-and-old", "keys"), and `expired` asks only for what time to live has deleted.
    """
    if expr is None:
        return [nested(_expired(None))] if expired else []
    terms = normal.terms(expr, literal, report)
    reader = _Reader(types, expired, view, report)
    found = None if terms is None else clauses(terms, reader.place, STREAM, report)
    if found is None:
        return None
    if expired:
        found = [clause | _expired(expr.span) for clause in found]
    return lambda_filter.criteria(found, (), expr.span, STREAM, report)


def _expired(span: Span | None) -> Clause:
    """What holds of a record that time to live has made."""
    return {".".join(path): Entry(path, [text], span) for path, text in _EXPIRED.items()}


@record
class _Reader:
    """Finds where a stream's record has a field."""

    types: Mapping[str, str]
    expired: bool
    view: str
    report: Report

    def place(self, condition: Condition) -> tuple[str, ...] | None:
        """The path of a field in the record, type included, or None after reporting what is wrong."""
        root, *inside = condition.path
        if root == "eventName" and not inside:
            return self.event_name(condition)
        if root not in IMAGES or not inside:
            self.unknown(condition)
            return None
        if not self.seen(condition):
            return None
        kind = self.type(condition)
        if kind is None:
            return None
        nested = [step for name in inside for step in ("M", name)][1:]
        return ("dynamodb", IMAGES[root], *nested, kind)

    def unknown(self, condition: Condition) -> None:
        """Reports a field that no record has."""
        root, *inside = condition.path
        if root in IMAGES:
            way = f"name an attribute: `{root}.status`"
        elif root.lower() == "eventname":
            way = "write `eventName`"
        elif inside and (meant := near(root, IMAGES)):
            way = f"write `{path_text((meant, *inside))}`"
        else:
            way = f"write `new.{condition.written}` or `old.{condition.written}`"
        self.report.error(
            "IFC436",
            f"no record of a table stream has a field `{condition.written}`",
            condition.span,
            "unknown field",
            help=way,
        )

    def event_name(self, condition: Condition) -> tuple[str, ...] | None:
        """The path of `eventName`, whose values are known."""
        if self.expired:
            self.report.error(
                "IFC438",
                "what has expired is always a `REMOVE`",
                condition.span,
                "known already",
                help="leave `eventName` out",
            )
            return None
        for operand in condition.operands if condition.op == normal.IN else ():
            if not operand.late and operand.value not in EVENTS:
                self.no_event(operand)
                return None
        return ("eventName",)

    def no_event(self, operand: Operand) -> None:
        """Reports a value that `eventName` never has."""
        written = value_text(operand.node)
        meant = near(written, EVENTS)
        names = [quoted(event) for event in ([meant] if meant else EVENTS)]
        self.report.error(
            "IFC437",
            f"no record of a table stream has `{written}` as its `eventName`",
            operand.span,
            "never so",
            help=f"write {' or '.join(f'`{name}`' for name in names)}",
        )

    def seen(self, condition: Condition) -> bool:
        """Whether the stream holds the image; reports it if not."""
        root = condition.path[0]
        if self.expired and root == "new":
            self.report.error(
                "IFC438",
                "what has expired is gone and has no new image",
                condition.span,
                "never there",
                help=f"write `old.{path_text(condition.path[1:])}`",
            )
            return False
        if self.view in _VIEWS[root]:
            return True
        wanted = "old" if self.expired else "new-and-old"
        self.report.error(
            "IFC438",
            f"the table's stream holds `{self.view}`, so `{condition.written}` is never there",
            condition.span,
            "not in the stream",
            help=f"write `stream {wanted}` in the table",
        )
        return False

    def type(self, condition: Condition) -> str | None:
        """The type under which DynamoDB writes the attribute: the declared one, else the literal's."""
        root, first, *deeper = condition.path
        declared = self.types.get(first)
        if root == "keys" and declared is None:
            meant = near(first, self.types)
            self.report.error(
                "IFC436",
                f"no key of the table is called `{first}`",
                condition.span,
                "not declared",
                help=f"write `keys.{meant}`" if meant else f"test `new.{first}` or `old.{first}`",
            )
            return None
        if declared is not None and deeper:
            self.report.error(
                "IFC436",
                f"`{first}` is declared as {_NAMES[declared]} and has no fields",
                condition.span,
                f"no `{deeper[0]}` in it",
                help=f"test `{root}.{first}` itself",
            )
            return None
        if condition.op == normal.EXISTS:
            if declared is None:
                self.no_type(condition)
            return declared
        kinds = {operand.kind: operand for operand in condition.operands}
        if len(kinds) > 1:
            self.report.error(
                "IFC437",
                f"the values for `{condition.written}` are of several types",
                condition.span,
                "text and others in one list",
                help="write one test for each type and join them with `or`: DynamoDB keeps types apart",
            )
            return None
        (operand,) = list(kinds.values())
        written = _TYPES[operand.kind]
        if declared is None or declared == written:
            return written
        if declared == "N" and operand.late:
            return declared  # a param's value stands in the record as it stands here
        self.wrong_type(condition, operand, declared)
        return None

    def no_type(self, condition: Condition) -> None:
        """Reports `exists` for an attribute whose type is not known."""
        self.report.error(
            "IFC439",
            f"whether `{condition.written}` exists can only be told with its type",
            condition.span,
            "of no known type",
            help="compare it with a value, declare it in a `key` or `index`, or test it in the function",
        )

    def wrong_type(self, condition: Condition, operand: Operand, declared: str) -> None:
        """Reports a literal of another type than the attribute's."""
        written = value_text(operand.node)
        if declared == "B":
            way = "a filter can only tell whether it exists: test it in the function"
        elif declared == "S":
            way = f"write `{quoted(written)}`"
        else:
            way = "write a number, without quotes"
        self.report.error(
            "IFC437",
            f"`{condition.path[1]}` is declared as {_NAMES[declared]}, so it never is `{written}`",
            operand.span,
            f"not {_NAMES[declared]}",
            help=way,
        )


def event(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a filter sees of a stream's record, as plain values: `eventName`, `new`, `old` and `keys`."""
    image = record.get("dynamodb", {})
    found: dict[str, Any] = {name: _plain({"M": image[key]}) for name, key in IMAGES.items() if key in image}
    return {"eventName": record["eventName"], **found} if "eventName" in record else found


def _plain(value: Mapping[str, Any]) -> Any:
    """A value of DynamoDB's JSON; what a filter can't see (lists, sets) is left out."""
    kind, inside = next(iter(value.items()))
    if kind == "M":
        return {name: _plain(each) for name, each in inside.items() if next(iter(each)) in ("S", "N", "BOOL", "NULL", "B", "M")}
    if kind == "N":
        return int(inside) if inside.lstrip("-").isdigit() else float(inside)
    if kind == "B":
        return inside.encode() if isinstance(inside, str) else inside  # never equal to text
    return None if kind == "NULL" else inside
