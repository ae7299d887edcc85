"""Filters of an event source mapping (Lambda developer guide, "Control which events Lambda sends to your function")."""

from __future__ import annotations

from typing import Any

from ifc.diagnostics import Report
from ifc.source import Span
from ifc.syntax.tree import Expr
from ifc.where import normal
from ifc.where.choices import Service
from ifc.where.pattern import Clause, clauses, length, nested, single

MOST_PATTERNS = 5  # 10 by quota
MOST_CHARACTERS = 4096


def patterns(expr: Expr, root: str, service: str, literal: normal.Literal, report: Report) -> list[dict[str, Any]] | None:
    """The filter criteria's patterns over the JSON in a queue's "body" or a Kinesis record's "data" (the `root`).

    `service` names the source: "an SQS queue".
    """
    dialect = Service(service, most=5e9, places=6, negated_prefix=False)
    terms = normal.terms(expr, literal, report)
    if terms is None:
        return None
    found = clauses(terms, lambda condition: condition.path, dialect, report)
    return None if found is None else criteria(found, (root,), expr.span, dialect, report)


def criteria(found: list[Clause], root: tuple[str, ...], span: Span, service: Service, report: Report) -> list[dict[str, Any]] | None:
    """A pattern for each clause or, when a mapping can't hold as many, one with `$or`; each under `root`."""
    if len(found) <= MOST_PATTERNS:
        made = [nested(clause) for clause in found]
    else:
        one = single(found, service, report)
        if one is None:
            return None
        made = [one]
    for step in root:
        made = [{step: pattern} for pattern in made]
    longest = max(length(pattern) for pattern in made)
    if longest > MOST_CHARACTERS:
        report.error(
            "IFC441",
            f"the filter of {service.name} holds {MOST_CHARACTERS:,} characters",
            span,
            f"{longest:,} as a pattern",
            help="test fewer values, or let the function skip the rest",
        )
        return None
    return made
