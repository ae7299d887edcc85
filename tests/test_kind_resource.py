"""The kind `resource`: raw types, their properties, attributes and order, from text to template."""

from __future__ import annotations

from typing import Any

import pytest

from ifc.targets.cfn import render
from tests.support import compiled, errors, findings, template

BOARD = 'resource Board "AWS::CloudWatch::Dashboard"'


def raw(text: str, id: str = "Thing") -> dict[str, Any]:
    """A resource of the template."""
    found: dict[str, Any] = template(text)["Resources"][id]
    return found


def printed(text: str) -> list[tuple[str, str]]:
    """The code and the place of what printing the template finds."""
    done = compiled(text)
    assert done.plan is not None
    before = len(done.report.diagnostics)
    render(done.plan, done.report)
    return [(d.code, d.labels[0].span.text) for d in done.report.diagnostics[before:]]


def test_raw() -> None:
    """A raw resource has its type, its properties, and the tags of the app where its type is known to have them."""
    text = 'app x { tags { team "a" } }\nresource Thing "AWS::SNS::Topic" { tags { part "b" }; cfn { FifoTopic false; DisplayName "T" } }'
    assert raw(text) == {
        "Type": "AWS::SNS::Topic",
        "Properties": {
            "Tags": [{"Key": "app", "Value": "x"}, {"Key": "part", "Value": "b"}, {"Key": "team", "Value": "a"}],
            "FifoTopic": False,
            "DisplayName": "T",
        },
    }
    assert raw('resource Thing "AWS::MSK::Cluster" { cfn { ClusterName "c" } }')["Properties"]["Tags"] == {"app": "x"}
    untagged = raw('resource Thing "AWS::SNS::TopicPolicy" { cfn { PolicyDocument { }; Topics [] } }')
    assert untagged["Properties"] == {"PolicyDocument": {}, "Topics": []}


def test_references() -> None:
    """Properties refer to what is declared, so that CloudFormation makes it first."""
    text = """
        bucket Files
        queue Q
        function f "a.b"
        resource Thing "Custom::Thing" { cfn { ServiceToken f.arn; Bucket Files.name; List [{ Url Q.url }, "x-${Files.arn}"] } }
    """
    assert raw(text) == {
        "Type": "Custom::Thing",
        "Properties": {
            "ServiceToken": {"Fn::GetAtt": ["f", "Arn"]},
            "Bucket": {"Ref": "Files"},
            "List": [{"Url": {"Ref": "Q"}}, {"Fn::Sub": "x-${Files.Arn}"}],
        },
    }


def test_attributes() -> None:
    """`id` is `Ref`, any other attribute is the type's own, and `arn` is what AWS's types call `Arn`."""
    text = """
        resource Thing "AWS::RDS::DBInstance" { cfn { Engine "mysql" } }
        function f "a.b" { env { HOST Thing.Endpoint.Address; NAME "db-${Thing.id}" }; allow "rds:DescribeDBInstances" on Thing.arn }
    """
    made = template(text)["Resources"]
    assert made["f"]["Properties"]["Environment"]["Variables"] == {
        "HOST": {"Fn::GetAtt": ["Thing", "Endpoint.Address"]},
        "NAME": {"Fn::Sub": "db-${Thing}"},
    }
    assert made["fRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][1]["Resource"] == {"Fn::GetAtt": ["Thing", "Arn"]}
    assert errors('resource Thing "AWS::IAM::User"\noutput name Thing.name') == ["IFC348"]
    custom = template('function f "a.b"\nresource Thing "Custom::T" { cfn { ServiceToken f.arn } }\noutput x Thing.hookId')
    assert custom["Outputs"]["x"]["Value"] == {"Fn::GetAtt": ["Thing", "hookId"]}


def test_after() -> None:
    """`after` names what must be there before."""
    text = 'queue Q\nqueue R { id "Other" }\nresource Thing "AWS::SNS::Topic" { after R, Q }'
    assert raw(text)["DependsOn"] == ["Other", "Q"]
    for after in ("Thing", "p", "E", "aws"):
        assert errors(f'param p "x"\nextern queue E "e"\nresource Thing "AWS::SNS::Topic" {{ after {after} }}') == ["IFC348"]
    assert errors('resource Thing "AWS::SNS::Topic" { after Missing }') == ["IFC201"]


def test_keep() -> None:
    """What holds data is kept; of other types only what is written is said."""
    assert raw('resource Thing "AWS::KMS::Key" { cfn { KeyPolicy { } } }')["DeletionPolicy"] == "RetainExceptOnCreate"
    assert raw('app x { keep off }\nresource Thing "AWS::KMS::Key" { cfn { KeyPolicy { } } }')["DeletionPolicy"] == "Delete"
    assert raw('resource Thing "AWS::SQS::Queue"')["UpdateReplacePolicy"] == "Delete"
    assert "DeletionPolicy" not in raw('resource Thing "AWS::SNS::Topic"')
    assert raw('resource Thing "AWS::SNS::Topic" { keep on }')["UpdateReplacePolicy"] == "Retain"


def test_partition() -> None:
    """A literal ARN holds in every partition."""
    made = raw('resource Thing "AWS::SNS::Topic" { cfn { KmsMasterKeyId "arn:aws:kms:${aws.region}:1:key/k"; DisplayName "arn:x" } }')
    assert made["Properties"]["KmsMasterKeyId"] == {"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:1:key/k"}


def test_terraform_type() -> None:
    """The type in Terraform stands in the model."""
    app = compiled(BOARD + ' { cfn { DashboardBody "{}" }; terraform "aws_cloudwatch_dashboard" { dashboard_body "{}" } }').app
    overlays = app.resources["Board"].declared.overlays
    assert [(o.target, o.type, dict(o.content)) for o in overlays] == [
        ("cfn", "", {"DashboardBody": "{}"}),
        ("terraform", "aws_cloudwatch_dashboard", {"dashboard_body": "{}"}),
    ]


def test_a_property_called_type() -> None:
    """A raw resource may have a property `Type`, since it has no other block for its type."""
    made = raw('resource Thing "AWS::SSM::Parameter" { cfn { Type "String"; Value "x" } }')
    assert made["Properties"] == {"Tags": {"app": "x"}, "Type": "String", "Value": "x"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('resource Thing "Topic"', "IFC309"),
        ("resource Thing", "IFC308"),
        ('resource Thing "AWS::SNS::Topic" { name "t" }', "IFC348"),
        ('resource Thing "AWS::SNS::Topic" { terraform { name "t" } }', "IFC348"),
        ('resource Thing "AWS::SNS::Topic" { terraform aws_sns_topic { name "t" } }', "IFC210"),
        ('resource Thing "AWS::SNS::Topic" { terraform "Topic" { name "t" } }', "IFC309"),
        ('resource Thing "AWS::SNS::Topic" { terraform "aws_a" { n 1 }; terraform "aws_b" { n 1 } }', "IFC348"),
        ('resource Thing "AWS::SNS::Topic" { cfn role { n 1 } }', "IFC210"),
        ('resource Thing "AWS::SNS::Topic"\nfunction f "a.b" { reads Thing }', "IFC502"),
        ('resource Thing "AWS::SNS::Topic"\nfunction f "a.b"\nThing -> f', "IFC407"),
        ('extern resource Thing "x"', "IFC209"),
    ],
)
def test_mistakes(text: str, code: str) -> None:
    """What can't be said of a raw resource is an error."""
    assert errors(text) == [code]


# --- against CloudFormation's types ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BOARD, [("IFC347", '"AWS::CloudWatch::Dashboard"')]),
        (BOARD + " { cfn { } }", [("IFC347", "cfn { }")]),
        ('resource Thing "AWS::SNS::Topic"', []),
        ('resource Thing "Custom::T"', [("IFC347", '"Custom::T"')]),
        ('resource Thing "AWS::NewService::Thing"', [("IFC347", '"AWS::NewService::Thing"')]),
        ('resource Thing "AWS::NewService::Thing" { cfn { } }', []),
        ('resource Thing "AWS::SNS::Topics" { cfn { } }', [("IFC349", '"AWS::SNS::Topics"')]),
        ('resource Thing "AWS::Dynamo::Table" { cfn { } }', [("IFC349", '"AWS::Dynamo::Table"')]),
        (
            'resource Thing "AWS::SNS::TopicPolicy" { cfn { PolicyDocument { }; Topics [] }; tags { a "b" } }',
            [("IFC349", 'tags { a "b" }')],
        ),
    ],
)
def test_what_the_type_needs(text: str, found: list[tuple[str, str]]) -> None:
    """A raw resource says what its type needs; only a type that needs nothing may say nothing."""
    assert printed(text) == found


def test_misspelt_properties() -> None:
    """Names of properties are looked up as deep as the type is known, and pointed at where they stand."""
    firehose = """
        resource Feed "AWS::KinesisFirehose::DeliveryStream" {
          cfn {
            ExtendedS3DestinationConfiguration {
              BucketArn "x"
              BufferingHints { IntervalInSecond 60 }
              ProcessingConfiguration { Processors [{ Type "Lambda"; Parameter [] }, { "Fn::If" ["a", 1, 2] }] }
              RoleARN "y"
            }
          }
        }
    """
    assert [p for p in printed(firehose) if p[0] == "IFC603"] == [
        ("IFC603", "BucketArn"),
        ("IFC603", "IntervalInSecond"),
        ("IFC603", "Parameter"),
    ]
    assert printed("queue R\nqueue Q { cfn { MesageRetentionPeriod 60; KmsMasterKeyId R.arn } }") == [("IFC603", "MesageRetentionPeriod")]
    assert findings("queue Q { cfn { VisibilityTimeout 60 } }") == []


def test_an_intrinsic_function_is_replaced_as_a_whole() -> None:
    """What is laid over a reference takes its place: two functions in one object would be no template."""
    source = 'app shop\nfunction work "src/work.run" {\n  runtime python3.14\n  cfn { Role "arn:aws:iam::123456789012:role/own" }\n}\n'
    assert raw(source, "work")["Properties"]["Role"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::123456789012:role/own"}
