"""Filter policies of SNS subscriptions (SNS developer guide, "Amazon SNS subscription filter policies")."""

from __future__ import annotations

from typing import Any

from ifc.diagnostics import Label, Report
from ifc.syntax.tree import Expr, Field
from ifc.where import normal
from ifc.where.choices import Service
from ifc.where.expression import fields, path_text
from ifc.where.pattern import Clause, clauses, single

# SNS developer guide, "Filter policy constraints in Amazon SNS".
MOST_KEYS = 5
MOST_COMBINATIONS = 150

TOPIC = Service("a topic", most=1e9, places=5)

ATTRIBUTES = "attributes"


def policy(expr: Expr, literal: normal.Literal, report: Report) -> tuple[str, dict[str, Any]] | None:
    """The scope ("MessageBody", or "MessageAttributes" where fields begin with `attributes.`) and the filter policy."""
    scope = _scope(fields(expr), report)
    terms = normal.terms(expr, literal, report)
    if scope is None or terms is None:
        return None
    if scope == "MessageBody":
        found = clauses(terms, lambda condition: condition.path, TOPIC, report)
    else:  # an attribute's name may hold dots, and attributes hold no others
        found = clauses(terms, lambda condition: (".".join(condition.path[1:]),), TOPIC, report)
    made = None if found is None else single(found, TOPIC, report)
    if found is None or made is None or not _fits(found, made, expr, report):
        return None
    return scope, made


def _scope(tested: list[Field], report: Report) -> str | None:
    """Whether the fields are of the body or of the attributes, or None after reporting that they are of both."""
    first = tested[0]
    for field in tested:
        if field.path == (ATTRIBUTES,):
            report.error(
                "IFC436",
                "`attributes` are all attributes of a message, and a filter tests single ones",
                field.span,
                "the whole of them",
                help="name one of them: `attributes.kind`",
            )
            return None
        if (field.path[0] == ATTRIBUTES) != (first.path[0] == ATTRIBUTES):
            body, attribute = (field, first) if first.path[0] == ATTRIBUTES else (first, field)
            report.error(
                "IFC440",
                "a topic filters by a message's attributes or by its body, not by both",
                field.span,
                "the other one",
                help=f"send `{path_text(body.path)}` as an attribute, or `{path_text(attribute.path[1:])}` in the body",
                also=(Label(first.span, "the first"),),
            )
            return None
    return "MessageAttributes" if first.path[0] == ATTRIBUTES else "MessageBody"


def _fits(found: list[Clause], made: dict[str, Any], expr: Expr, report: Report) -> bool:
    """Whether SNS takes a policy of this size; reports it if not."""
    keys = {entry.path[0] for clause in found for entry in clause.values()}
    if len(keys) > MOST_KEYS:
        report.error(
            "IFC441",
            f"the filter of a topic tests {MOST_KEYS} fields",
            expr.span,
            f"{len(keys)} fields",
            help="test fewer, put some into one object of the body, or send the messages over a bus",
        )
        return False
    combinations = _combinations(made, 1)
    if combinations > MOST_COMBINATIONS:
        report.error(
            "IFC441",
            f"the filter of a topic holds {MOST_COMBINATIONS} combinations of values",
            expr.span,
            f"{combinations:,} combinations",
            help="test fewer values or fewer fields, or send the messages over a bus",
        )
        return False
    return True


def _combinations(policy: dict[str, Any], depth: int) -> int:
    """What SNS counts: the values of each field times its depth, all multiplied; alternatives of `$or` added up."""
    product = 1
    for key, value in policy.items():
        if isinstance(value, dict):
            product *= _combinations(value, depth + 1)
        elif key == "$or":
            product *= sum(_combinations(each, depth) for each in value)
        else:
            product *= len(value) * depth
    return product
