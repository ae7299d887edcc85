"""What a template and its sources come to: resources, policy statements on everything, lines."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

# `*` itself, or an ARN that names a service and nothing else: `arn:*:logs:*:*:*`
EVERYTHING = re.compile(r"\*|arn:[^:]*:[a-z0-9-]*(?::\*?)*:\*")


def counted(path: str) -> dict[str, int]:
    """What a CloudFormation template in JSON has."""
    with open(path, encoding="utf-8") as stream:
        resources = json.load(stream)["Resources"]
    # AWSLambdaBasicExecutionRole and its like have one statement each, on `*` (AWS managed policy reference)
    managed = sum(len(r.get("Properties", {}).get("ManagedPolicyArns", ())) for r in resources.values())
    return {
        "resources": len(resources),
        "statements": managed + sum(1 for _ in statements(resources)),
        "on everything": managed + sum(1 for s in statements(resources) if on_everything(s)),
    }


def statements(content: Any) -> Iterator[dict[str, Any]]:
    """Every statement of every policy that allows something on resources."""
    if isinstance(content, dict):
        found = content.get("Statement")
        for statement in found if isinstance(found, list) else ():
            if "Resource" in statement:
                yield statement
        for value in content.values():
            yield from statements(value)
    elif isinstance(content, list):
        for value in content:
            yield from statements(value)


def on_everything(statement: dict[str, Any]) -> bool:
    resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    return any(isinstance(r, str) and EVERYTHING.fullmatch(r) for r in resources)


def lines(path: str) -> int:
    """Lines that are neither empty nor a comment; of a Python module those that declare, without its functions' bodies."""
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    left = set(range(1, text.count("\n") + 1))
    if path.endswith(".py"):
        module = ast.parse(text)
        for node in module.body:
            if isinstance(node, ast.FunctionDef):
                left -= set(range(node.body[0].lineno, (node.end_lineno or 0) + 1))
            elif isinstance(node, ast.Expr):
                left -= set(range(node.lineno, (node.end_lineno or 0) + 1))
    written = [line.strip() for number, line in enumerate(text.split("\n"), 1) if number in left]
    return sum(1 for line in written if line and not line.startswith("#"))


def output_lines(path: str) -> int:
    """Lines of an output file."""
    with open(path, encoding="utf-8") as stream:
        return sum(1 for _ in stream)
