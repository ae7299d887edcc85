"""bus: from the source to EventBridge's buses and rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import errors, findings, resources, statements, template

F = 'function f "a.b"\n'
TAGS = [{"Key": "app", "Value": "x"}]
EVERYTHING = {"source": [{"prefix": ""}]}
DEFAULT = {"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"}


def rule(text: str) -> dict[str, Any]:
    """The one rule of a source text."""
    (made,) = resources(text, "AWS::Events::Rule").values()
    return made


def target(text: str) -> dict[str, Any]:
    """The one target of its one rule."""
    (made,) = rule(text)["Targets"]
    return made


def test_least() -> None:
    """A bus has the name that its publishers know."""
    made = template("## All that happens in the shop\nbus Shop")["Resources"]
    description = "All that happens in the shop"
    assert made == {
        "Shop": {
            "Type": "AWS::Events::EventBus",
            "Properties": {"Name": {"Fn::Sub": "${Prefix}-Shop"}, "Description": description, "Tags": TAGS},
        }
    }


@pytest.mark.parametrize(("written", "days"), [("archive 30d", 30), ("archive", None), ("archive on", None)])
def test_archive(written: str, days: int | None) -> None:
    """An archive keeps events for some days or for ever, under the name of its bus."""
    made = template(f"bus Shop {{ {written} }}")["Resources"]["ShopArchive"]["Properties"]
    assert made == {
        "ArchiveName": {"Fn::Sub": "${Prefix}-Shop"},
        "SourceArn": {"Fn::GetAtt": ["Shop", "Arn"]},
        **({"RetentionDays": days} if days else {}),
    }


def test_no_archive() -> None:
    """`archive off` is the default; a written name is the archive's too."""
    assert set(template("bus Shop { archive off }")["Resources"]) == {"Shop"}
    made = template('bus Shop { name "shop"; archive 1d }')["Resources"]
    assert (made["Shop"]["Properties"]["Name"], made["ShopArchive"]["Properties"]["ArchiveName"]) == ("shop", "shop")


def test_to_function() -> None:
    """A rule with one target, and the permission for that rule; no role."""
    made = template("bus Shop\n" + F + '## placed\nShop where source == "shop" and detail.total > 100 -> f')["Resources"]
    assert made["ShopToF"]["Properties"] == {
        "EventBusName": {"Ref": "Shop"},
        "Description": "placed",
        "EventPattern": {"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}},
        "State": "ENABLED",
        "Targets": [{"Id": "f", "Arn": {"Fn::GetAtt": ["f", "Arn"]}}],
        "Tags": TAGS,
    }
    assert made["ShopMayCallF"]["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "f"},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["ShopToF", "Arn"]},
    }


def test_without_a_filter() -> None:
    """An arrow without a filter takes every event of its bus."""
    assert rule("bus Shop\n" + F + "Shop -> f")["EventPattern"] == EVERYTHING


def test_one_rule_a_pair() -> None:
    """Two arrows of one pair are one rule, whose filters are joined."""
    text = "bus Shop\n" + F + 'Shop where source == "a" -> f\nShop where source == "b" -> f'
    assert rule(text)["EventPattern"] == {"source": ["a", "b"]}


def test_to_queue_and_topic() -> None:
    """Queues and topics admit exactly this rule in their policies."""
    made = template("bus Shop; queue Q; topic T\nShop -> Q, T")["Resources"]
    for id, action, arn in (("Q", "sqs:SendMessage", {"Fn::GetAtt": ["Q", "Arn"]}), ("T", "sns:Publish", {"Ref": "T"})):
        assert made[f"ShopTo{id}"]["Properties"]["Targets"] == [{"Id": id, "Arn": arn}]
        assert made[f"{id}Policy"]["Properties"]["PolicyDocument"]["Statement"] == [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": action,
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [f"ShopTo{id}", "Arn"]}}},
            }
        ]


@pytest.mark.parametrize(("kind", "action"), [("stream", "kinesis:PutRecord"), ("bus", "events:PutEvents")])
def test_by_role(kind: str, action: str) -> None:
    """Streams and buses have no policy: the rule has a role that may deliver there and nowhere else."""
    made = template(f"bus Shop; {kind} Other\nShop -> Other")["Resources"]
    arn = {"Fn::GetAtt": ["Other", "Arn"]}
    assert made["ShopToOther"]["Properties"]["Targets"] == [
        {"Id": "Other", "Arn": arn, "RoleArn": {"Fn::GetAtt": ["ShopToOtherRole", "Arn"]}}
    ]
    role = made["ShopToOtherRole"]["Properties"]
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        }
    ]
    assert role["Policies"][0]["PolicyDocument"]["Statement"] == [{"Effect": "Allow", "Action": action, "Resource": arn}]


def test_role_with_a_customer_key() -> None:
    """A role that writes to an encrypted stream may use its key."""
    key = "arn:aws:kms:eu-west-1:123456789012:key/abc"
    made = template(f'bus Shop; stream S {{ encryption "{key}" }}\nShop -> S')["Resources"]["ShopToSRole"]["Properties"]
    assert {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": key} in made["Policies"][0]["PolicyDocument"]["Statement"]


def test_settings_of_an_arrow() -> None:
    """Retries, dead letters, the message group and the partition key."""
    text = "bus Shop; queue Q { fifo; dedup content }; queue Lost\n"
    made = target(text + 'Shop -> Q { group "all"; retries 10 max-age 1h; dead-letter Lost }')
    assert made["RetryPolicy"] == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600}
    assert made["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["Lost", "Arn"]}}
    assert made["SqsParameters"] == {"MessageGroupId": "all"}
    assert target("bus Shop; stream S\n" + 'Shop -> S { partition "$.detail.user" }')["KinesisParameters"] == {
        "PartitionKeyPath": "$.detail.user"
    }
    assert target("bus Shop\n" + F + "Shop -> f { retries 0 }")["RetryPolicy"] == {"MaximumRetryAttempts": 0}


def test_dead_letters_are_admitted() -> None:
    """The queue of dead letters lets this rule in: without that they vanish silently."""
    text = "bus Shop; queue Lost; stream S\nShop -> S { dead-letter Lost }"
    (statement,) = resources(text, "AWS::SQS::QueuePolicy")["LostPolicy"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["ShopToS", "Arn"]}}}


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ('input "$.detail"', {"InputPath": "$.detail"}),
        ('input "$.detail.items[0].id"', {"InputPath": "$.detail.items[0].id"}),
        ('input { kind "x"; list [1, 2]; off; deep { a on } }', {"Input": '{"deep":{"a":true},"kind":"x","list":[1,2],"off":true}'}),
        ("input { topic T.arn }", {"Input": {"Fn::Sub": '{"topic":"${T}"}'}}),
        ('input "{\\"a\\": [1]}"', {"Input": '{"a": [1]}'}),
        ('input "$5 off"', {"Input": '"$5 off"'}),
        ('input "hello"', {"Input": '"hello"'}),
        ("input 5", {"Input": "5"}),
        ("input T.arn", {"Input": {"Fn::Sub": '"${T}"'}}),
    ],
)
def test_input(written: str, made: dict[str, Any]) -> None:
    """A part of the event, or a constant that becomes JSON."""
    found = target("bus Shop; topic T\n" + F + f"Shop -> f {{ {written} }}")
    assert {k: found[k] for k in found if k.startswith("Input")} == made


def test_the_accounts_own_bus() -> None:
    """`aws` is never made; its rules have no bus, and it takes events."""
    made = template("bus Shop\n" + 'function f "a.b" { publishes aws }\naws where source == "aws.s3" -> f\nShop -> aws')["Resources"]
    assert "aws" not in made
    assert "EventBusName" not in made["awsToF"]["Properties"]
    assert made["ShopToAws"]["Properties"]["Targets"][0]["Arn"] == DEFAULT
    assert made["f"]["Properties"]["Environment"] == {"Variables": {"AWS_BUS": "default"}}


def test_publishes() -> None:
    """A publisher may put events on this bus, and knows its name."""
    text = 'bus Shop\nfunction f "a.b" { publishes Shop }'
    assert {"Effect": "Allow", "Action": "events:PutEvents", "Resource": {"Fn::GetAtt": ["Shop", "Arn"]}} in statements(text, "f")
    assert template(text)["Resources"]["f"]["Properties"]["Environment"] == {"Variables": {"SHOP_BUS": {"Ref": "Shop"}}}


def test_extern() -> None:
    """An extern bus gets rules by its name or ARN, and a partner's has slashes in its name."""
    arn = "arn:aws:events:eu-west-1:111122223333:event-bus/theirs"
    assert rule('extern bus Theirs "theirs"\n' + F + "Theirs -> f")["EventBusName"] == "theirs"
    assert rule(f'extern bus Theirs "{arn}"\n' + F + "Theirs -> f")["EventBusName"] == arn
    assert rule('extern bus Theirs "aws.partner/shop/1"\n' + F + "Theirs -> f")["EventBusName"] == "aws.partner/shop/1"
    assert "EventBusName" not in rule('extern bus Own "default"\n' + F + 'Own where source == "a" -> f')
    assert findings('bus B; extern queue Theirs "theirs"\nB -> Theirs') == ["IFC505"]


def test_laid_over() -> None:
    """`cfn` on an arrow is laid over the rule, `cfn role` over its role."""
    made = template('bus B; stream S\nB -> S { cfn { State "DISABLED" }; cfn role { Path "/x/" } }')["Resources"]
    assert (made["BToS"]["Properties"]["State"], made["BToSRole"]["Properties"]["Path"]) == ("DISABLED", "/x/")


def test_long_description() -> None:
    """EventBridge takes 512 characters of a description."""
    assert len(template(f"## {'word ' * 200}\nbus Shop")["Resources"]["Shop"]["Properties"]["Description"]) == 512


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('bus B { name "default" }', "IFC309"),
        ('bus B { name "a/b" }', "IFC309"),
        ("bus B { archive 0d }", "IFC302"),
        ("bus B { archive 12h }", "IFC306"),
        ("bus B { archive maybe }", "IFC301"),
        ("bus " + "B" * 50 + " { archive }", "IFC605"),
    ],
)
def test_wrong_settings(text: str, code: str) -> None:
    """Settings that EventBridge does not take are reported once."""
    assert errors(text) == [code]


@pytest.mark.parametrize(
    ("arrow", "code"),
    [
        ("aws -> f", "IFC466"),
        ('B -> "mailto:a@b.c"', "IFC404"),
        ("B where total == 1 -> f", "IFC436"),
        ("B -> Fifo", "IFC463"),
        ('B -> Fifo { group "g" }', "IFC463"),
        ("B -> FifoTopic", "IFC462"),
        ('B -> f { group "g" }', "IFC464"),
        ('B -> Q { group "g" }', "IFC464"),
        ('B -> f { partition "$.detail" }', "IFC464"),
        ('B -> S { partition "detail.user" }', "IFC309"),
        ('B -> C { input "$.detail" }', "IFC464"),
        ("B -> f { dead-letter Fifo }", "IFC465"),
        ("B -> f { input \"$.detail['x']\" }", "IFC339"),
        ('B -> f { input "{ not json" }', "IFC339"),
        ('B -> f { input "[NaN]" }', "IFC339"),
        ("B -> f { input }", "IFC304"),
        ('B -> f { input "a" { b 1 } }', "IFC305"),
        ("B -> f { input { a 1; a 2 } }", "IFC211"),
        ("B -> f { retries 186 }", "IFC302"),
        ("B -> f\nB -> f { retries 1 }", "IFC408"),
    ],
)
def test_wrong_arrows(arrow: str, code: str) -> None:
    """Arrows that EventBridge does not deliver are reported once."""
    declared = "bus B; bus C; queue Q; queue Fifo { fifo }; topic FifoTopic { fifo }; stream S\n"
    assert errors(declared + F + arrow) == [code]


def test_a_broken_queue_is_no_second_mistake() -> None:
    """Dead letters that go to a queue with a mistake are not reported again."""
    assert errors("bus B; queue Lost { retention 1s }\n" + F + "B -> f { dead-letter Lost }") == ["IFC302"]
