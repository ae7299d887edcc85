"""Roles and policies (IAM)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ifc.plan import Block, Caller, Resource, Statement, merged, planned
from ifc.values import Joined, Param, Pseudo, Value

DOCUMENT = "aws_iam_policy_document"


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


def allowing(statements: Iterable[Statement], **more: Any) -> Block:
    """A policy document as Terraform's data source, which a reviewer reads line by line."""
    return Block(type=DOCUMENT, content={"statement": [_block(s) for s in statements]}, data=True, **more)


def _block(statement: Statement) -> dict[str, Value]:
    principals = {"*": statement.principal} if isinstance(statement.principal, str) else statement.principal
    return {
        "sid": statement.sid,
        "effect": statement.effect if statement.effect != "Allow" else None,
        "principals": [{"type": type, "identifiers": _many(who)} for type, who in sorted(principals.items())] if principals else None,
        "actions": list(statement.actions),
        "resources": list(statement.resources) or None,
        "condition": [
            {"test": operator, "variable": variable, "values": _many(values)}
            for operator, tests in sorted((statement.condition or {}).items())
            for variable, values in sorted(tests.items())
        ]
        or None,
    }


def _many(values: Value) -> list[Value]:
    """The values as Terraform wants them: a list of texts."""
    many = values if isinstance(values, list | tuple) else (values,)
    return [str(v).lower() if isinstance(v, bool) else str(v) if isinstance(v, int | float) else v for v in many]


@planned
class Role(Resource):
    """A role that one service assumes, with its permissions inline (CloudFormation: so nothing must wait for a policy)."""

    cfn_type = "AWS::IAM::Role"
    terraform_type = "aws_iam_role"
    terraform_file = "roles"
    replaces = ("Path", "RoleName")
    ending = "Role"
    name_limit = 64
    attributes = {"arn": ("Arn", "arn"), "name": (None, "name")}
    tagged = "list"

    service: str
    trust: Mapping[str, Mapping[str, Value]] | None = None
    statements: tuple[Statement, ...] = ()
    managed: tuple[Value, ...] = ()
    boundary: Value = None

    def cfn(self) -> dict[str, Value]:
        return {
            "AssumeRolePolicyDocument": document([self._trusting()]),
            "ManagedPolicyArns": list(self.managed) or None,
            "PermissionsBoundary": self.boundary,
            "Policies": [{"PolicyName": "app", "PolicyDocument": document(self.statements)}] if self.statements else None,
        }

    def terraform(self) -> tuple[Block, ...]:
        # Roles of one service trust it in the same words, unless it may only come for something of ours.
        label = self.service.split(".")[0] + "__trust" if self.trust is None else None  # no declared name has two underscores
        trust = allowing([self._trusting()], label=label, suffix="" if label else "trust")
        name = self.part(self.terraform_type, "name")
        blocks = [trust, self.block(name=self.made_name(), assume_role_policy=self.json_of(trust), permissions_boundary=self.boundary)]
        if self.statements:
            policy = allowing(self.statements)
            content = {"name": "app", "role": name, "policy": self.json_of(policy)}
            blocks += [policy, Block(type="aws_iam_role_policy", content=content)]
        called = [_called(policy) for policy in self.managed]
        for policy, suffix in zip(self.managed, called, strict=True):
            alone = called.count(suffix) == 1
            content = {"role": name, "policy_arn": policy}
            blocks.append(
                Block(type="aws_iam_role_policy_attachment", content=content, suffix=suffix if alone else _told_apart(policy, suffix))
            )
        return tuple(blocks)

    def _trusting(self) -> Statement:
        return Statement(actions=("sts:AssumeRole",), principal={"Service": self.service}, condition=self.trust)


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


def _called(policy: Value) -> str:
    """The name of a managed policy as the end of a label; of one that a param names, the param's."""
    last = policy.parts[-1] if isinstance(policy, Joined) else policy
    name = last.rpartition("/")[2] if isinstance(last, str) else last.name if isinstance(last, Param) else "policy"
    return "".join(c for c in name if c.isalnum())


def _told_apart(policy: Value, suffix: str) -> str:
    """The end of a label for policies of one name in different places."""
    from hashlib import sha256  # hardly ever needed

    return f"{suffix}_{sha256(repr(policy).encode()).hexdigest()[:6]}"
