"""Aliases, versions and deployments in templates that somebody else wrote: nothing is hidden behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.review.test_attached import role
from tests.review.test_foreign import policy, resources, statement

F = {
    "F": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "a.b", "Runtime": "python3.12", "Role": {"Fn::GetAtt": ["R", "Arn"]}}}
}
BARE = {**role(statement()), **F}


def version(id: str = "FVersion", **more: Any) -> dict[str, Any]:
    """A version of the function."""
    return {id: {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}, **more}}}


def alias(name: str = "live", of: Any = "FVersion", id: str = "FAlias", **more: Any) -> dict[str, Any]:
    """An alias of the function."""
    number = {"Fn::GetAtt": [of, "Version"]} if of.isalnum() and not of.isdigit() else of
    return {
        id: {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "F"}, "Name": name, "FunctionVersion": number, **more}}
    }


ALIASED = {**BARE, **version(), **alias()}
CODEDEPLOY: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}
ACCOUNT = {**CODEDEPLOY, "Principal": {"Service": "codedeploy.amazonaws.com", "AWS": "arn:aws:iam::123456789012:root"}}
MOVES = {"Effect": "Allow", "Action": ["lambda:GetAlias", "lambda:UpdateAlias"], "Resource": {"Fn::GetAtt": ["F", "Arn"]}}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def deployed(*statements: Any, trust: Any = CODEDEPLOY, runs: Any = None, speed: str = "a", **more: Any) -> dict[str, Any]:
    """A deployment group of the function, and the role in which its traffic is moved."""
    own = {"Policies": [{"PolicyName": "p", "PolicyDocument": policy(*statements)}]} if statements else {}
    group = {"ApplicationName": "app", "ServiceRoleArn": runs or {"Fn::GetAtt": ["Moves", "Arn"]}, "DeploymentConfigName": speed}
    return {
        "Moves": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy(trust), **own, **more}},
        "FDeployment": {"Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": group},
    }


HOW = "how function `F` is deployed changes"
FASTER = f"R6 {HOW}"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({}, deployed(MOVES), [FASTER]),
        (deployed(MOVES), deployed(speed="b"), [FASTER]),
        ({}, deployed(MOVES, trust=ACCOUNT), ["R2 `Moves` may now do `lambda:GetAlias` and `lambda:UpdateAlias` on function `F`", FASTER]),
        ({}, deployed(ALL), ["R2 `Moves` may now do `*` on everything", FASTER]),
        (deployed(MOVES), deployed(MOVES, ALL, speed="b"), ["R2 `Moves` may now do `*` on everything", FASTER]),
        (
            deployed(MOVES),
            deployed(MOVES, speed="b", ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            ["R2 `Moves` gets the managed policy `AdministratorAccess`: what it allows is not in this app", FASTER],
        ),
        (deployed(MOVES), deployed(MOVES, trust=ACCOUNT, speed="b"), ["R2 others may take the role of `Moves`", FASTER]),
        (
            deployed(MOVES, {**ALL, "Effect": "Deny"}),
            deployed(MOVES, speed="b"),
            ["R2 `Moves` is no longer denied `*` on everything", FASTER],
        ),
        (
            deployed(MOVES, PermissionsBoundary="b"),
            deployed(MOVES, speed="b"),
            ["R2 the permissions boundary of the role of `Moves` is gone: nothing limits what their policies allow", FASTER],
        ),
        (
            deployed(MOVES),
            deployed(MOVES, {**MOVES, "Resource": "arn:aws:lambda:eu-west-1:1:function:other"}, speed="b"),
            [
                "R2 `Moves` may now do `lambda:GetAlias` and `lambda:UpdateAlias` on `arn:aws:lambda:eu-west-1:1:function:other`",
                FASTER,
            ],
        ),
        (
            deployed(MOVES),
            deployed(MOVES, runs="arn:aws:iam::1:role/other"),
            ["R2 the deployments of function `F` run with another role: what it allows, they may do"],
        ),
    ],
)
def test_the_role_of_deployments(before: Any, after: Any, found: list[str]) -> None:
    """What CodeDeploy's role may do beyond moving the traffic of the app's functions is said, whatever else changes of a deployment."""
    assert resources({**ALIASED, **before}, {**ALIASED, **after}) == found


NOTHING_FOUND = "whoever calls it from outside as `…:{}` finds nothing"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({**version(), **alias()}, {**version("FVersionB"), **alias(of="FVersionB")}, []),
        (version(CodeSha256="a"), version(CodeSha256="b"), []),
        ({}, {**version(), **alias()}, [f"R6 {HOW}: it is called by the alias `live` from now on"]),
        ({**version(), **alias()}, {}, [f"R4 {HOW}: {NOTHING_FOUND.format('live')}"]),
        ({**version(), **alias("a")}, {**version(), **alias("b")}, [f"R4 {HOW}: {NOTHING_FOUND.format('a')}"]),
        ({**version(), **alias()}, {**version(), **alias(of="7")}, [FASTER]),
        (
            {**version("V1"), **version("V2"), **alias(of="V1")},
            {**version("V1"), **version("V2"), **alias(of="V2")},
            [FASTER],  # neither is new: it goes back, or forth
        ),
    ],
)
def test_versions_and_aliases(before: Any, after: Any, found: list[str]) -> None:
    """A version that is published anew is no change, another name of an alias ends the calls by the old one."""
    assert resources({**BARE, **before}, {**BARE, **after}) == found


def test_one_alias_is_not_another() -> None:
    """What calls a function by another of its aliases is a change."""
    both = {**BARE, **version(), **alias("blue", id="Blue"), **alias("green", id="Green")}
    call = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"EventSourceArn": "arn:aws:sqs:eu-west-1:1:q"}}
    one, other = (
        {**both, "M": {**call, "Properties": {**call["Properties"], "FunctionName": {"Ref": name}}}} for name in ("Blue", "Green")
    )  # type: ignore[dict-item]
    assert [line[:2] for line in resources(one, other)] == ["R4"]


def test_a_wider_role_behind_an_alias() -> None:
    """What a function may do more is said beside the alias that it gets."""
    wider = {**role(statement(), statement("arn:aws:s3:::c/*")), **F, **version(), **alias()}
    assert resources(BARE, wider) == [
        "R2 `F` may now read objects of `arn:aws:s3:::c/*`",
        f"R6 {HOW}: it is called by the alias `live` from now on",
    ]
