"""Policies that stand apart from their roles: what a role may do is all of them together, wherever its statements stand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ifc.review.review import compare
from tests.review.corpus import between
from tests.review.test_foreign import TRUST, configuration, policy, resources, said, statement, template

A, B, C = (statement(f"arn:aws:s3:::{name}/*") for name in "abc")
OF_R = {"Roles": [{"Ref": "R"}]}


def role(*statements: Any, **more: Any) -> dict[str, Any]:
    """A template's role, with a policy of its own where there are statements."""
    own = {"Policies": [{"PolicyName": "own", "PolicyDocument": policy(*statements)}]} if statements else {}
    return {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **own, **more}}}


def apart(*statements: Any, id: str = "P", type: str = "AWS::IAM::Policy", **more: Any) -> dict[str, Any]:
    """A template's policy."""
    name = {} if type == "AWS::IAM::ManagedPolicy" else {"PolicyName": "p"}
    return {id: {"Type": type, "Properties": {**name, "PolicyDocument": policy(*statements), **more}}}


MANAGED = apart(B, type="AWS::IAM::ManagedPolicy")
HUNG = {"ManagedPolicyArns": [{"Ref": "P"}]}
# All the ways in which a role of a template may have the same two statements.
TEMPLATES = {
    "at the role": role(A, B),
    "in two of the role's": role(Policies=[{"PolicyName": name, "PolicyDocument": policy(one)} for name, one in (("x", A), ("y", B))]),
    "one apart": {**role(A), **apart(B, **OF_R)},
    "both apart": {**role(), **apart(A, B, **OF_R)},
    "each apart": {**role(), **apart(B, **OF_R), **apart(A, id="Q", **OF_R)},
    "under another id": {**role(), **apart(A, B, id="Z", **OF_R)},
    "of the type for one role": {**role(), **apart(A, B, type="AWS::IAM::RolePolicy", RoleName={"Ref": "R"})},
    "managed, which names the role": {**role(A), **apart(B, type="AWS::IAM::ManagedPolicy", **OF_R)},
    "managed, which the role names": {**role(A, **HUNG), **MANAGED},
    "by the role's name": {**role(A, RoleName="r"), **apart(B, Roles=["r"])},
}


@pytest.mark.parametrize("name", list(TEMPLATES)[1:])
def test_where_statements_of_a_template_stand(name: str) -> None:
    """A statement that moves between a role and policies that stand apart is no change."""
    one, other = TEMPLATES["at the role"], TEMPLATES[name]
    if "RoleName" in other["R"]["Properties"]:
        one = role(A, B, RoleName="r")
    assert resources(one, other) == resources(other, one) == []


ROLE = {"name": "r", "assume_role_policy": json.dumps(TRUST)}


def text(*statements: Any) -> str:
    """A policy as Terraform has it."""
    return json.dumps(policy(*statements))


def blocks(role: Any = ROLE, **named: Any) -> dict[str, Any]:
    """A configuration's role, and its policies in blocks of their own."""
    found = {name: {"role": "${aws_iam_role.r.name}", "name": name, "policy": text(*statements)} for name, statements in named.items()}
    return {"aws_iam_role": {"r": role}, **({"aws_iam_role_policy": found} if found else {})}


def managed(*statements: Any) -> dict[str, Any]:
    """A managed policy of a configuration."""
    return {"aws_iam_policy": {"p": {"name": "p", "policy": text(*statements)}}}


ATTACHED = {"aws_iam_role_policy_attachment": {"x": {"role": "${aws_iam_role.r.name}", "policy_arn": "${aws_iam_policy.p.arn}"}}}
CONFIGURATIONS = {
    "in one block": blocks(x=[A, B]),
    "in two blocks": blocks(x=[A], y=[B]),
    "one attached": {**blocks(x=[A]), **managed(B), **ATTACHED},
    "both attached": {**blocks(), **managed(A, B), **ATTACHED},
    "within the role": blocks({**ROLE, "inline_policy": [{"name": "x", "policy": text(A, B)}]}),
    "named by the role": {**blocks({**ROLE, "managed_policy_arns": ["${aws_iam_policy.p.arn}"]}, x=[A]), **managed(B)},
    "by the role's name": {**blocks(), "aws_iam_role_policy": {"z": {"role": "r", "policy": text(A, B)}}},
}


@pytest.mark.parametrize("name", list(CONFIGURATIONS)[1:])
def test_where_statements_of_a_configuration_stand(name: str) -> None:
    """The same of Terraform's blocks."""
    one, other = configuration(CONFIGURATIONS["in one block"]), configuration(CONFIGURATIONS[name])
    assert said(compare(one, other)) == said(compare(other, one)) == []


MORE = "R2 `R` may now read objects of `arn:aws:s3:::c/*`"
LESS = "R6 `R` may no longer read objects of `arn:aws:s3:::c/*`: calls that need it fail with AccessDenied"


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_role_may_do(name: str) -> None:
    """A statement that comes or goes with a policy that stands apart is told of the role, with what becomes of the policy."""
    before = TEMPLATES[name]
    after = {**before, **apart(C, id="More", **OF_R)}
    for one, other, line, action in ((before, after, MORE, "created"), (after, before, LESS, "deleted")):
        found = compare(template({"Resources": one}), template({"Resources": other}))
        assert said(found) == [line]
        assert [(c.resource, c.action) for c in found.findings[0].consequences] == [("More", action)]


def test_what_an_attached_policy_allows() -> None:
    """A managed policy that a role has is the role's, also where only what is attached changes."""
    hung = {**blocks(), **managed(A), **ATTACHED}
    wider = compare(configuration(hung), configuration({**hung, **managed(A, C)}))
    assert said(wider) == ["R2 `r` may now read objects of `arn:aws:s3:::c/*`"]
    assert [c.resource for c in wider.findings[0].consequences] == ["aws_iam_policy.p"]
    loose = compare(configuration(hung), configuration({**blocks(), **managed(A)}))
    assert said(loose) == ["R6 `r` may no longer read objects of `arn:aws:s3:::a/*`: calls that need it fail with AccessDenied"]
    assert [c.properties for c in loose.findings[0].consequences] == [("aws_iam_role_policy_attachment",)]


def test_the_function_s_name() -> None:
    """What the role of a function may do is told of the function; what came with a new function is told of that."""
    function = {
        "F": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Role": {"Fn::GetAtt": ["R", "Arn"]}, "Handler": "a.b", "Runtime": "python3.12"},
        }
    }
    before, after = ({**function, **role(), **apart(*some, **OF_R)} for some in ([A], [A, C]))
    assert resources(before, after) == ["R2 `F` may now read objects of `arn:aws:s3:::c/*`"]
    (new,) = compare(template({"Resources": {}}), template({"Resources": before})).findings
    assert (new.risk.code, new.effect) == ("R2", "it may read objects of `arn:aws:s3:::a/*`")
    assert [c.resource for c in new.consequences] == ["F", "R", "P"]


DENIES = statement("*", "Deny")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (apart(A, **OF_R), apart(A, Users=["u"], **OF_R), ["R2 resource `P` is given to others: they may do what it allows"]),
        (apart(A, **OF_R), apart(A, Roles=[{"Ref": "R"}, "other"]), ["R2 resource `P` is given to others: they may do what it allows"]),
        (
            apart(A, Users=["u"], **OF_R),
            apart(A, C, Users=["u"], **OF_R),
            ["R2 resource `P` now lets `R` read objects of `arn:aws:s3:::c/*`", MORE],
        ),
        (
            apart(C, Users=["u"], **OF_R),
            apart(C, Users=["u"]),
            ["R6 resource `P` is given to fewer: calls that need it fail with AccessDenied", LESS],
        ),
        (
            apart(A, **OF_R),
            {"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": {"Ref": "Given"}, **OF_R}}},
            ["R2 `PolicyDocument` of resource `P` changes: it is a policy that can't be read, so it may let others do more"],
        ),
        (
            apart(A, **OF_R),
            {"P": {**apart(A, **OF_R)["P"], "Condition": "Some"}},
            ["R4 `Condition` of resource `P` changes: where the condition does not hold, it is removed"],
        ),
        (apart(A, DENIES, **OF_R), apart(A, **OF_R), ["R2 `R` is no longer denied `s3:GetObject` on everything"]),
        (
            apart(A, id="Q", **OF_R),
            {**apart(A, id="Q", **OF_R), "I": {"Type": "AWS::IAM::InstanceProfile", "Properties": OF_R}},
            ["R6 resource `I` is new"],
        ),
    ],
)
def test_what_is_not_the_role_s_alone(before: Any, after: Any, found: list[str]) -> None:
    """A policy that others have too, or that can't be read or is not always there, is a thing of its own."""
    assert resources({**role(), **before}, {**role(), **after}) == found


def test_a_boundary_is_no_permission() -> None:
    """A managed policy that limits a role is not one that it has."""
    bound = {**role(A, PermissionsBoundary={"Ref": "P"}), **MANAGED}
    wider = {**bound, **apart(B, C, type="AWS::IAM::ManagedPolicy")}
    assert resources(bound, wider) == ["R2 resource `P` now lets its holder read objects of `arn:aws:s3:::c/*`"]


def test_an_output_gives_a_policy_away() -> None:
    """A managed policy whose ARN is an output may be had by others, so it is a thing of its own."""
    both = [{**role(A, **HUNG), **apart(*some, type="AWS::IAM::ManagedPolicy")} for some in ([B], [B, C])]
    found = [template({"Resources": one, "Outputs": {"O": {"Value": {"Ref": "P"}}}}) for one in both]
    assert said(compare(*found)) == ["R2 resource `P` now lets its holder read objects of `arn:aws:s3:::c/*`", MORE]


def test_what_refers_to_types_of_others_is_still_read() -> None:
    """A function that refers to a block of a type that ifc never writes is compared as a function."""
    pool = {"aws_cognito_user_pool": {"p": {"name": "p"}}}
    sides = [
        configuration(
            {
                **pool,
                "aws_lambda_function": {
                    "f": {"function_name": "f", "memory_size": size, "environment": {"variables": {"P": "${aws_cognito_user_pool.p.id}"}}}
                },
            }
        )
        for size in (128, 256)
    ]
    found = compare(*sides)
    assert said(found) == ["R6 `memory` of function `f` changes"]
    assert not found.remarks


def test_where_the_source_gives_it() -> None:
    """A policy in the user's own words is pointed at where a role may do more by it."""
    before = 'app x\nfunction f "a.b"\n'
    rules = 'PolicyDocument { Version "2012-10-17"; Statement [{ Effect "Allow"; Action "s3:GetObject"; Resource "*" }] }'
    after = f'{before}resource Extra "AWS::IAM::Policy" {{ cfn {{ PolicyName "x"; Roles [f.role]; {rules} }}; terraform "aws_sns_topic" {{ }} }}\n'
    found = next(one for one in between(before, after).findings if one.risk.code == "R2")
    assert found.title == "`f` may now read objects of everything"
    assert found.new is not None
    assert found.new.text.startswith("Extra")
