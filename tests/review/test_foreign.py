"""What templates and configurations of others can say and ours never do: each change of it has the class that it deserves."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from ifc.review.deployed import cloudformation, terraform
from ifc.review.deployed.output import Output
from ifc.review.finding import Comparison
from ifc.review.review import compare
from ifc.review.version import Version


def template(content: Mapping[str, Any]) -> Version:
    """A template as a side."""
    return Version("t", {"cfn": Output(cloudformation.Template(dict(content), {}))})


def configuration(resources: Mapping[str, Any]) -> Version:
    """A configuration as a side."""
    return Version("t", {"terraform": Output(terraform.Configuration({"main.tf.json": {"resource": dict(resources)}}, {}))})


def said(found: Comparison) -> list[str]:
    """What was found, in lines."""
    assert len({one.id for one in found.findings}) == len(found.findings)
    return [f"{one.risk.code} {one.title}{f': {one.effect}' if one.effect else ''}" for one in found.findings]


def resources(before: Any, after: Any) -> list[str]:
    """What is said of templates of some resources."""
    return said(compare(template({"Resources": before}), template({"Resources": after})))


# --- policies ---


def policy(*statements: Any, version: str = "2012-10-17") -> dict[str, Any]:
    """A policy."""
    return {"Version": version, "Statement": list(statements)}


def statement(resource: str = "arn:aws:s3:::b/*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """A statement of a policy."""
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": resource, **more}


TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
OWN = "arn:aws:s3:::b/${aws:username}/*"
UNREAD = "it is a policy that can't be read, so it may let others do more"
ROLE_READS = "R2 `R` may now read objects of"


def role(*documents: Any, trust: Any = TRUST) -> dict[str, Any]:
    """A template's role."""
    policies = [{"PolicyName": f"p{n}", "PolicyDocument": one} for n, one in enumerate(documents)]
    return {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "Policies": policies}}}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (role(policy(statement())), role(policy(statement(), version="2008-10-17")), []),
        (role(policy(statement(OWN), version="2008-10-17")), role(policy(statement(OWN))), [f"{ROLE_READS} `{OWN}`"]),
        (
            role(policy(statement(OWN)), policy(statement(), version="2008-10-17")),
            role(policy(statement()), policy(statement(OWN), version="2008-10-17")),
            [],  # what the variable stands for is within the other statement, on both sides
        ),
        (
            role(policy(statement("arn:aws:s3:::b/x")), policy(statement(OWN), version="2008-10-17")),
            role(policy(statement(OWN)), policy(statement("arn:aws:s3:::b/x"), version="2008-10-17")),
            [f"{ROLE_READS} `{OWN}`"],
        ),
        (
            role(policy(statement())),
            role({"Fn::If": ["C", policy(statement()), policy()]}),
            [f"R2 `Policies` of resource `R` changes: {UNREAD}"],
        ),
        (
            role({"Fn::If": ["C", policy(statement()), policy()]}),
            role({"Fn::If": ["C", policy(), policy(statement())]}),
            [f"R2 `Policies` of resource `R` changes: {UNREAD}"],
        ),
        (role(), role(trust={"Ref": "Trust"}), [f"R2 `AssumeRolePolicyDocument` of resource `R` changes: {UNREAD}"]),
        (role(trust={"Ref": "Trust"}), role(), [f"R2 `AssumeRolePolicyDocument` of resource `R` changes: {UNREAD}"]),
        (
            role(
                policy(
                    statement("*"),
                    statement("arn:aws:s3:::b/*", "Deny", Action=["s3:GetObject", "s3:PutObject"]),
                    statement("arn:aws:s3:::c/*", "Deny"),
                    statement("arn:aws:s3:::d/*", "Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}),
                )
            ),
            role(policy(statement("*"))),
            [
                "R2 `R` is no longer denied `s3:GetObject` and `s3:PutObject` on `arn:aws:s3:::b/*`",
                "R2 `R` is no longer denied `s3:GetObject` on `arn:aws:s3:::c/*`",
                "R2 `R` is no longer denied `s3:GetObject` on `arn:aws:s3:::d/*` where the request is not encrypted",
            ],
        ),
    ],
)
def test_policies(before: Any, after: Any, found: list[str]) -> None:
    """A policy means what its version says, one that can't be read may allow anything, and each denial that goes is said."""
    assert resources(before, after) == found


def test_two_of_one_holder_are_two() -> None:
    """What one account may do under two conditions is two findings, and so is what it may do with two parts."""

    def bucket(*statements: Any) -> dict[str, Any]:
        policies = {"P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": policy(*statements)}}}
        return {"B": {"Type": "AWS::S3::Bucket", "Properties": {}}, **policies}

    def to(where: str, **more: Any) -> dict[str, Any]:
        return statement({"Fn::Sub": f"${{B.Arn}}/{where}"}, Principal={"AWS": "arn:aws:iam::123456789012:root"}, **more)  # type: ignore[arg-type]

    kept = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    one, other = (
        to("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        to("*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.7"}}),
    )
    assert [line[:2] for line in resources(bucket(kept), bucket(kept, one, other))] == ["R2", "R2"]
    assert [line[:2] for line in resources(bucket(kept), bucket(kept, to("a/*"), to("b/*")))] == ["R2", "R2"]
    assert [line[:2] for line in resources(bucket(kept, to("a/*"), to("b/*")), bucket(kept))] == ["R4", "R4"]


def test_statements_of_a_policy_that_is_no_role_s() -> None:
    """Each resource and each condition is a finding of its own, and what was denied to everyone is no exposure."""
    four = [
        statement("arn:aws:s3:::a/*"),
        statement("arn:aws:s3:::b/*"),
        statement("arn:aws:s3:::c/*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        statement("arn:aws:s3:::c/*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    ]
    one, other = (of("AWS::IAM::ManagedPolicy", PolicyDocument=policy(*some)) for some in ([], four))
    assert [line[:2] for line in resources(one, other)] == ["R2"] * 4
    assert [line[:2] for line in resources(other, one)] == ["R6"] * 4
    denied = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"})
    assert resources(of("AWS::EFS::FileSystem", FileSystemPolicy=denied), of("AWS::EFS::FileSystem", FileSystemPolicy=policy())) == [
        "R2 resource `X` no longer denies `s3:*` on everything to everyone"
    ]


DENIES = policy({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
OPENS = policy({"Effect": "Allow", "Principal": "*", "Action": "ecr:*"})


def of(type: str, **properties: Any) -> dict[str, Any]:
    """A template's resource."""
    return {"X": {"Type": type, "Properties": properties}}


PUBLIC = "R3 resource `X` is new: it lets everyone do `ecr:*` on everything"
GIVES = "R2 resource `X` is new: it gives the policy `arn:aws:iam::aws:policy/AdministratorAccess`"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({}, of("AWS::ECR::Repository", RepositoryPolicyText=OPENS), PUBLIC),
        ({}, of("AWS::IAM::User", ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]), GIVES),
        (
            {},
            of("AWS::SQS::QueuePolicy", Queues=["q"], PolicyDocument={"Ref": "P"}),
            "R2 resource `X` is new: it has a policy that can't be read",
        ),
        (
            {},
            of("AWS::EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "0.0.0.0/0"}]),
            "R3 resource `X` is new: it is open to everyone",
        ),
        (
            of("AWS::IAM::Policy", Roles=["a"], PolicyDocument=DENIES),
            {},
            "R2 resource `X` is removed: it no longer denies `s3:*` on everything",
        ),
        (
            of("AWS::IAM::ManagedPolicy", Roles=["a"], PolicyDocument=DENIES),
            of("AWS::IAM::ManagedPolicy", Roles=["a", "b"], PolicyDocument=DENIES),
            "R2 resource `X` is given to others: they may do what it allows",
        ),
        (
            of("AWS::IAM::ManagedPolicy", Roles=["a", "b"], PolicyDocument=DENIES),
            of("AWS::IAM::ManagedPolicy", Roles=["a"], PolicyDocument=DENIES),
            "R6 resource `X` is given to fewer",
        ),
        (
            of("AWS::IAM::Group", ManagedPolicyArns=["a"]),
            of("AWS::IAM::Group", ManagedPolicyArns=["a", "b"]),
            "R2 resource `X` gives other policies",
        ),
    ],
)
def test_what_is_new_or_gone(before: Any, after: Any, found: str) -> None:
    """What is new is as bad as what it opens, and what is gone as bad as what it kept from happening."""
    (line,) = resources(before, after)
    assert line.startswith(found)


# --- properties that are known by their names ---

GUARDED = {"openapi": "3.0.1", "paths": {"/a": {"get": {"security": [{"sigv4": []}]}}}}
UNGUARDED = {"openapi": "3.0.1", "paths": {"/a": {"get": {}}}}
WIDE, NARROW = {"CidrIp": "0.0.0.0/0", "FromPort": 443}, {"CidrIp": "10.0.0.0/8", "FromPort": 22}
TABLE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


@pytest.mark.parametrize(
    ("type", "before", "after", "forward", "back"),
    [
        ("AWS::Cognito::UserPool", {"DeletionProtection": "ACTIVE"}, {}, "R0", "R6"),
        ("AWS::KMS::Key", {"Enabled": True}, {"Enabled": False}, "R4", "R6"),
        ("AWS::KMS::Key", {"PendingWindowInDays": 30}, {"PendingWindowInDays": 7}, "R0", "R6"),
        ("AWS::KMS::Key", {"EnableKeyRotation": True}, {"EnableKeyRotation": False}, "R6", "R6"),
        ("AWS::EFS::FileSystem", {"BackupPolicy": {"Status": "ENABLED"}}, {"BackupPolicy": {"Status": "DISABLED"}}, "R0", "R6"),
        ("AWS::EFS::FileSystem", {"BackupPolicy": {"Status": "ENABLED"}}, {}, "R0", "R6"),
        ("AWS::ECR::Repository", {}, {"LifecyclePolicy": {"LifecyclePolicyText": "{}"}}, "R0", "R6"),
        ("AWS::ECR::Repository", {}, {"EmptyOnDelete": True}, "R0", "R6"),
        ("AWS::Elasticsearch::Domain", {"DomainName": "a"}, {"DomainName": "b"}, "R0", "R0"),
        ("AWS::S3::Bucket", {}, {"AccessControl": "PublicRead"}, "R3", "R6"),
        ("AWS::S3::Bucket", {}, {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}, "R3", "R6"),
        (
            "AWS::S3::Bucket",
            {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}},
            {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3}}}},
            "R0",
            "R6",
        ),
        ("AWS::Serverless::Api", {"Auth": {"DefaultAuthorizer": "A"}}, {}, "R3", "R6"),
        ("AWS::Serverless::SimpleTable", {"PrimaryKey": {"Name": "a"}}, {"PrimaryKey": {"Name": "b"}}, "R0", "R0"),
        ("AWS::ApiGateway::RestApi", {"Body": GUARDED}, {"Body": UNGUARDED}, "R3", "R6"),
        (
            "AWS::ApiGateway::RestApi",
            {"EndpointConfiguration": {"Types": ["PRIVATE"]}},
            {"EndpointConfiguration": {"Types": ["REGIONAL"]}},
            "R3",
            "R6",
        ),
        ("AWS::ApiGateway::Method", {"ApiKeyRequired": True}, {"ApiKeyRequired": False}, "R3", "R6"),
        (
            "AWS::OpenSearchService::Domain",
            {"AdvancedSecurityOptions": {"Enabled": True}},
            {"AdvancedSecurityOptions": {"Enabled": False}},
            "R3",
            "R6",
        ),
        ("AWS::Lambda::Function", {"VpcConfig": {"SubnetIds": ["a", "b"]}}, {"VpcConfig": {"SubnetIds": ["b", "a"]}}, "", ""),
        ("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [WIDE, NARROW]}, {"SecurityGroupIngress": [NARROW, WIDE]}, "", ""),
        ("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [NARROW]}, {"SecurityGroupIngress": [{"CidrIp": "128.0.0.0/1"}]}, "R3", "R2"),
        ("AWS::IAM::InstanceProfile", {"Roles": ["a"]}, {"Roles": ["b"]}, "R2", "R2"),
        ("AWS::IAM::InstanceProfile", {}, {"Roles": ["b"]}, "R2", "R6"),
        ("AWS::Serverless::Function", {"AutoPublishAlias": "live"}, {}, "R4", "R6"),
        ("AWS::Serverless::Function", {"AutoPublishAlias": "live"}, {"AutoPublishAlias": "prod"}, "R4", "R4"),
        ("AWS::SNS::Topic", {"Subscription": [{"Protocol": "sqs", "Endpoint": "a"}]}, {}, "R4", "R6"),
        ("AWS::StepFunctions::StateMachine", {"RoleArn": "a"}, {"RoleArn": "b"}, "R2", "R2"),
        ("AWS::Lambda::LayerVersionPermission", {"Principal": "123456789012"}, {"Principal": "*"}, "R3", "R6"),
        ("AWS::CloudFormation::Stack", {"TemplateURL": "a"}, {"TemplateURL": "b"}, "R4", "R4"),
        ("AWS::Serverless::Function", {"CodeUri": "a/"}, {"CodeUri": "b/"}, "", ""),
        ("AWS::CDK::Metadata", {"Analytics": "a"}, {"Analytics": "b"}, "", ""),
        ("AWS::SQS::Queue", {}, {"QueueName": {"Ref": "AWS::NoValue"}, "Tags": [{"Ref": "AWS::NoValue"}]}, "", ""),
        (
            "AWS::SQS::Queue",
            {"DelaySeconds": {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}},
            {"DelaySeconds": {"Fn::If": ["C", {"Ref": "AWS::NoValue"}, 1]}},
            "R6",
            "R6",
        ),
        (
            "AWS::Lambda::Permission",
            {"FunctionName": "f", "Principal": "s3.amazonaws.com", "SourceAccount": "1"},
            {"FunctionName": "f", "Principal": "s3.amazonaws.com"},
            "R2",
            "R4",
        ),
        ("AWS::Lambda::Permission", {"FunctionName": "f", "Principal": "*"}, {"FunctionName": "f", "Principal": "1"}, "R4", "R3"),
    ],
)
def test_properties(type: str, before: Any, after: Any, forward: str, back: str) -> None:
    """A property that opens, protects or deletes has its class, and so has the way back."""
    for one, other, code in ((before, after, forward), (after, before, back)):
        assert [line[:2] for line in resources(of(type, **one), of(type, **other))] == ([code] if code else [])


def test_events_of_a_function_of_sam() -> None:
    """A guard that is taken from an event opens it; an event that goes with its guard opens nothing."""
    events = {"Api": {"Type": "Api", "Properties": {"Path": "/a", "Method": "get", "Auth": {"Authorizer": "AWS_IAM"}}}}
    open = copy.deepcopy(events)
    del open["Api"]["Properties"]["Auth"]  # type: ignore[attr-defined]
    both = [of("AWS::Serverless::Function", Events=events)]
    assert resources(*both, of("AWS::Serverless::Function", Events=open)) == ["R3 `Events` of resource `X` changes: everyone may call it"]
    assert [line[:2] for line in resources(*both, of("AWS::Serverless::Function"))] == ["R4"]


# --- what stays when it goes ---

DELETES = "it is deleted with its data when it"


@pytest.mark.parametrize(
    ("type", "before", "after", "found"),
    [
        ("AWS::DynamoDB::Table", {"DeletionPolicy": "Retain"}, {}, [f"R0 `keep` of table `X` changes: {DELETES} leaves the app"]),
        (
            "AWS::DynamoDB::Table",
            {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
            {"DeletionPolicy": "Retain"},
            [f"R0 `keep` of table `X` changes: {DELETES} must be replaced"],
        ),
        (
            "AWS::DynamoDB::Table",
            {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
            {},
            [f"R0 `keep` of table `X` changes: {DELETES} leaves the app or must be replaced"],
        ),
        (
            "AWS::DynamoDB::Table",
            {"DeletionPolicy": "Retain"},
            {"DeletionPolicy": "RetainExceptOnCreate"},
            ["R6 `keep` of table `X` changes"],
        ),
        ("AWS::RDS::DBInstance", {}, {"DeletionPolicy": "Delete"}, [f"R0 `keep` of resource `X` changes: {DELETES} leaves the app"]),
        ("AWS::RDS::DBInstance", {}, {"DeletionPolicy": "Snapshot"}, []),
        ("AWS::DynamoDB::Table", {}, {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}, []),
        ("AWS::Lambda::Function", {"DeletionPolicy": "Retain"}, {}, ["R6 `keep` of function `X` changes"]),
        (
            "AWS::DynamoDB::Table",
            {},
            {"Condition": "C"},
            ["R0 `Condition` of table `X` changes: where the condition does not hold, it is removed, and every item in it is lost"],
        ),
        (
            "AWS::Lambda::Function",
            {},
            {"Condition": "C"},
            ["R4 `Condition` of function `X` changes: where the condition does not hold, it is removed"],
        ),
        ("AWS::DynamoDB::Table", {"Condition": "C"}, {}, ["R6 `Condition` of table `X` changes"]),
        ("AWS::Lambda::Function", {"Metadata": {"aws:asset:path": "a"}}, {"Metadata": {"aws:asset:path": "b"}}, []),
        (
            "AWS::Lambda::Function",
            {"Metadata": {"aws:asset:path": "a"}},
            {"Metadata": {"mine": 1}},
            ["R6 `Metadata` of function `X` changes"],
        ),
    ],
)
def test_what_stays(type: str, before: Any, after: Any, found: list[str]) -> None:
    """Data that is no longer kept is data loss, whichever of a template's words says so."""
    properties = TABLE if type == "AWS::DynamoDB::Table" else {}
    one, other = ({"X": {"Type": type, "Properties": properties, **more}} for more in (before, after))
    assert resources(one, other) == found


@pytest.mark.parametrize(
    ("type", "found"),
    [
        (
            "AWS::DynamoDB::Table",
            "R0 condition `C` changes: what is there by it is removed where it no longer holds, and every item in it is lost",
        ),
        ("AWS::Lambda::Function", "R4 condition `C` changes: what is there by it is removed where it no longer holds"),
        ("", "R6 condition `C` changes"),
    ],
)
def test_a_condition_that_means_something_else(type: str, found: str) -> None:
    """It is as bad as it is that what is there by it goes."""
    there = {"X": {"Type": type, "Condition": "C", "Properties": TABLE if "Dynamo" in type else {}}} if type else {}
    one, other = ({"Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, region]}}, "Resources": there} for region in ("a", "b"))
    assert said(compare(template(one), template(other))) == [found]


# --- Terraform ---

BUCKET = {"aws_s3_bucket": {"b": {"bucket": "b"}}}


def tf(type: str, **arguments: Any) -> dict[str, Any]:
    """A configuration's resource."""
    return {type: {"x": arguments}}


@pytest.mark.parametrize(
    ("before", "after", "forward", "back"),
    [
        (tf("aws_s3_bucket", bucket="b"), tf("aws_s3_bucket", bucket="b", force_destroy=True), "R0", "R6"),
        (tf("aws_s3_bucket", bucket="b"), tf("aws_s3_bucket", bucket="b", count=0), "R0", "R6"),
        (tf("aws_s3_bucket", bucket="b"), tf("aws_s3_bucket", bucket="b", acl="public-read"), "R3", "R6"),
        (BUCKET, {**BUCKET, "aws_s3_bucket_acl": {"b": {"acl": "public-read"}}}, "R3", "R4"),
        (tf("aws_db_instance", skip_final_snapshot=False), tf("aws_db_instance", skip_final_snapshot=True), "R0", "R6"),
        ({}, tf("aws_iam_role_policy_attachment", role="r", policy_arn="a"), "R2", "R4"),
        (tf("aws_iam_role_policy_attachment", policy_arn="a"), tf("aws_iam_role_policy_attachment", policy_arn="b"), "R2", "R2"),
        (tf("aws_iam_role", assume_role_policy=json.dumps(TRUST)), tf("aws_iam_role", assume_role_policy='${file("t.json")}'), "R2", "R2"),
        (tf("aws_iam_role", assume_role_policy='${file("a")}'), tf("aws_iam_role", assume_role_policy='${file("b")}'), "R2", "R2"),
        (tf("aws_kms_key", policy="${jsonencode({a=1})}"), tf("aws_kms_key", policy="${jsonencode({a=2})}"), "R2", "R2"),
        (tf("aws_kms_key", policy="${jsonencode({a=1})}"), tf("aws_kms_key", policy="${jsonencode({a=1})}"), "", ""),
    ],
)
def test_configurations(before: Any, after: Any, forward: str, back: str) -> None:
    """A change of a configuration that somebody wrote has its class, also where only Terraform can read an expression."""
    for one, other, code in ((before, after, forward), (after, before, back)):
        assert [line[:2] for line in said(compare(configuration(one), configuration(other)))] == ([code] if code else [])


def test_reasons_are_words() -> None:
    """What could not be read is named together, five of it by name, and no reason holds a value of Python."""
    names = [f"q{n}" for n in range(7)]
    before, after = ({"aws_sqs_queue_policy": {name: {"queue_url": "u", "policy": f'${{file("{n}")}}'} for name in names}} for n in "ab")
    remarks = compare(configuration(before), configuration(after)).remarks
    assert len(remarks) <= 1
    queues = [{"aws_sqs_queue": {name: {"name": name, "delay_seconds": f"${{tonumber({n})}}"} for name in names}} for n in "12"]
    (remark,) = compare(configuration(queues[0]), configuration(queues[1])).remarks
    assert remark == (
        "compared as they stand, since they could not be read as what ifc writes: `aws_sqs_queue.q0`, `aws_sqs_queue.q1`, `aws_sqs_queue.q2`, "
        "`aws_sqs_queue.q3`, `aws_sqs_queue.q4` and 2 more (an expression with `tonumber`)"
    )
