"""Policies as sets of single statements: one effect, one action, one resource, one principal, and the whole condition."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from ifc.review.deployed.form import NotUnderstood, Text, Value, ordered, text

VERSION = "2012-10-17"


def policy(document: Mapping[str, Value]) -> dict[str, Value]:
    """A policy document of IAM's own form."""
    if not document.keys() <= {"Version", "Id", "Statement"}:
        raise NotUnderstood(f"not in a policy: {sorted(document)}")
    statements = document["Statement"]
    found: list[Value] = []
    for statement in statements if isinstance(statements, list) else [statements]:
        left = dict(statement)
        sid, effect = left.pop("Sid", None), left.pop("Effect")
        actions = each("Action", many(left.pop("Action", [])), many(left.pop("NotAction", [])))
        resources = each("Resource", many(left.pop("Resource", [])), many(left.pop("NotResource", [])))
        principals = each("Principal", principal(left.pop("Principal", [])), principal(left.pop("NotPrincipal", [])))
        condition = conditions(left.pop("Condition", {}))
        if left or not actions:
            raise NotUnderstood(f"not in a statement, or no action: {statement}")
        found += entries(sid, effect, actions, resources, principals, condition)
    return {"version": document.get("Version", "2008-10-17"), "entries": distinct(found)}


def data_source(content: Mapping[str, Value]) -> dict[str, Value]:
    """A policy document of Terraform's data source (AWS provider, aws_iam_policy_document)."""
    left = dict(content)
    statements = left.pop("statement")
    version = left.pop("version", VERSION)
    found: list[Value] = []
    for block in statements if isinstance(statements, list) else [statements]:
        statement = dict(block)
        sid, effect = statement.pop("sid", None), statement.pop("effect", "Allow")
        actions = each("Action", statement.pop("actions", []), statement.pop("not_actions", []))
        resources = each("Resource", *(list(map(variables, statement.pop(key, []))) for key in ("resources", "not_resources")))
        principals = each("Principal", *(identified(statement.pop(key, [])) for key in ("principals", "not_principals")))
        tests: dict[str, dict[str, list[Value]]] = {}
        for one in statement.pop("condition", []):
            values = [variables(value) for value in one["values"]]
            tests.setdefault(one["test"], {}).setdefault(one["variable"], []).extend(values)
        if statement or not actions:
            raise NotUnderstood(f"not in a statement, or no action: {block}")
        found += entries(sid, effect, actions, resources, principals, conditions(tests))
    if left:
        raise NotUnderstood(f"not in a policy: {sorted(left)}")
    return {"version": version, "entries": distinct(found)}


def entries(sid: Any, effect: Any, actions: list[Any], resources: list[Any], principals: list[Any], condition: Any) -> list[Value]:
    """Every single statement that one statement says."""
    return [
        {"sid": sid, "effect": effect, "action": action, "resource": resource, "principal": who, "condition": condition}
        for action, resource, who in product(actions, resources or [None], principals or [None])
    ]


def each(word: str, named: list[Value], negated: list[Value]) -> list[Any]:
    """An element's values one by one; those of its negation together, since they hold only together."""
    return [(word, one) for one in named] + ([(f"Not{word}", tuple(ordered(negated)))] if negated else [])


def identified(principals: list[Value]) -> list[Value]:
    """Each principal of the data source with its type."""
    return [("" if one["type"] == "*" else one["type"], variables(who)) for one in principals for who in one["identifiers"]]


def distinct(found: list[Value]) -> list[Value]:
    """Single statements, each once and in one order."""
    lines = ordered(found)
    return [one for at, one in enumerate(lines) if at == 0 or one != lines[at - 1]]


def many(value: Value) -> list[Value]:
    """One or several."""
    return value if isinstance(value, list) else [value]


def principal(value: Value) -> list[tuple[str, Value]]:
    """Each principal with its type, which `*` alone lacks."""
    if not isinstance(value, Mapping):
        return [("", who) for who in many(value)]
    return [(type, who) for type, all in value.items() for who in many(all)]


def conditions(tests: Mapping[str, Mapping[str, Value]]) -> list[Value]:
    """Each test of a condition, its values in one order."""
    return ordered([operator, variable, ordered(many(values))] for operator, of in tests.items() for variable, values in of.items())


def in_force(document: Mapping[str, Value]) -> list[Value]:
    """The single statements of a policy as they hold; before version 2012-10-17 a variable is plain text (IAM user guide, Version)."""
    entries: list[Value] = document["entries"]
    return entries if document.get("version") == VERSION else [literal(entry) for entry in entries]


def literal(value: Value) -> Value:
    """A value in which variables of policies stand for themselves."""
    if isinstance(value, Mapping):
        return {key: literal(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(literal(part) for part in value)
    if isinstance(value, Text):
        return Text(tuple(map(literal, value.parts)))
    return value.replace("${", "${$}{") if isinstance(value, str) else value


def as_text(found: Value) -> Value:
    """A policy with the values of its conditions as IAM compares them: as text."""
    if isinstance(found, Mapping):
        return {key: as_text(value) for key, value in found.items()}
    if isinstance(found, list):
        return [as_text(value) for value in found]
    return text((found,)) if isinstance(found, bool | int | float) else found


def variables(value: Value) -> Value:
    """Text of the data source, which writes IAM's own variables `&{…}`."""
    if isinstance(value, str):
        return value.replace("&{", "${")
    return Text(tuple(variables(part) for part in value.parts)) if isinstance(value, Text) else value
