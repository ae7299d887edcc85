"""Patterns of EventBridge rules (EventBridge user guide, "Amazon EventBridge event patterns")."""

from __future__ import annotations

from typing import Any

from ifc.diagnostics import Report, near
from ifc.syntax.tree import Expr
from ifc.where import normal
from ifc.where.choices import Service
from ifc.where.expression import path_text, quoted, value_text
from ifc.where.pattern import clauses, length, single

# What an event has beside `detail`, all of it text (user guide, "AWS service event metadata"); a replay adds its name.
ENVELOPE = ("account", "detail-type", "id", "region", "replay-name", "resources", "source", "time", "version")

MOST_CHARACTERS = 2048

BUS = Service("a bus", most=5e9, places=6, wildcard=True)


def pattern(expr: Expr, literal: normal.Literal, report: Report) -> dict[str, Any] | None:
    """The event pattern of a rule."""
    terms = normal.terms(expr, literal, report)
    if terms is None:
        return None
    found = clauses(terms, lambda condition: _place(condition, report), BUS, report)
    made = None if found is None else single(found, BUS, report)
    if made is not None and length(made) > MOST_CHARACTERS:
        report.error(
            "IFC441",
            f"the filter of a bus holds {MOST_CHARACTERS:,} characters",
            expr.span,
            f"{length(made):,} as a pattern",
            help="split it into several wires, or test fewer values",
        )
        return None
    return made


def _place(condition: normal.Condition, report: Report) -> tuple[str, ...] | None:
    """Where an event has the field, or None after reporting that it has no such."""
    root, *inside = condition.path
    if root == "detail" and inside:
        return condition.path
    if root == "detail":
        report.error(
            "IFC436",
            "`detail` is an object, and a filter tests single fields",
            condition.span,
            "the whole of it",
            help="name a field of it: `detail.total`",
        )
        return None
    if root not in ENVELOPE:
        meant = near(root, ENVELOPE if not inside else ["detail"])
        way = f"what the sender put into the event is under `detail`: write `detail.{condition.written}`"
        if meant:
            way = f"write `{path_text((meant, *inside))}`"
        report.error(
            "IFC436",
            f"no event on a bus has a field `{path_text((root,))}`",
            condition.span,
            "unknown field",
            help=way,
        )
        return None
    if inside:
        report.error(
            "IFC436",
            f"`{root}` is text and has no fields",
            condition.span,
            f"no `{inside[0]}` in it",
            help=f"test `{root}` itself, or a field of `detail`",
        )
        return None
    for operand in condition.operands:
        if operand.kind != normal.TEXT:
            report.error(
                "IFC437",
                f"`{root}` is text in every event",
                operand.span,
                "not text",
                help=f"write `{quoted(value_text(operand.node))}`",
            )
            return None
    return condition.path
