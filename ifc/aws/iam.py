"""Roles and policies (IAM)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ifc.plan import Caller, Resource, Statement, merged, planned
from ifc.values import Pseudo, Value


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """A policy document; single actions and resources stand alone, as people write them."""
    return {"Version": "2012-10-17", "Statement": [_statement(s) for s in statements]}


def _statement(statement: Statement) -> dict[str, Any]:
    result: dict[str, Any] = {
        "Sid": statement.sid,
        "Effect": statement.effect,
        "Principal": statement.principal,
        "Action": _one(statement.actions),
    }
    if statement.resources:
        result["Resource"] = _one(statement.resources)
    if statement.condition:
        result["Condition"] = {operator: dict(sorted(tests.items())) for operator, tests in sorted(statement.condition.items())}
    return {key: value for key, value in result.items() if value is not None}


def _one(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


@planned
class Role(Resource):
    """A role that one service assumes, with its permissions inline (CloudFormation: so nothing must wait for a policy)."""

    cfn_type = "AWS::IAM::Role"
    attributes = {"arn": "Arn", "name": None}
    tagged = "list"

    service: str
    trust: Mapping[str, Mapping[str, Value]] | None = None
    statements: tuple[Statement, ...] = ()
    managed: tuple[Value, ...] = ()
    boundary: Value = None

    def cfn(self) -> dict[str, Value]:
        trust = Statement(actions=("sts:AssumeRole",), principal={"Service": self.service}, condition=self.trust)
        return {
            "AssumeRolePolicyDocument": document([trust]),
            "ManagedPolicyArns": list(self.managed) or None,
            "PermissionsBoundary": self.boundary,
            "Policies": [{"PolicyName": "app", "PolicyDocument": document(self.statements)}] if self.statements else None,
        }


def admissions(callers: Iterable[Caller], action: str, resource: Value) -> tuple[Statement, ...]:
    """The statements of a queue's or topic's policy: each service may deliver, for the sources named and no others.

    Sources of one service stand in one statement; they keep a confused deputy out (IAM user guide, The confused deputy
    problem).
    """
    groups: dict[tuple[str, bool, bool], list[Caller]] = {}
    for caller in callers:
        groups.setdefault((caller.service, caller.account, caller.like), []).append(caller)
    statements = []
    for (service, account, like), group in sorted(groups.items()):
        sources = sorted({repr(c.source): c.source for c in group}.items())
        arns = [source for _, source in sources]
        condition: dict[str, dict[str, Value]] = {"ArnLike" if like else "ArnEquals": {"aws:SourceArn": arns if arns[1:] else arns[0]}}
        if account:
            condition["StringEquals"] = {"aws:SourceAccount": Pseudo("account")}
        statements.append(
            Statement(
                actions=(action,),
                resources=(resource,),
                principal={"Service": service},
                condition=condition,
                why=tuple(c.span for c in group),
            )
        )
    return merged(statements)
