"""topic: from the source to SNS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import compiled, errors, findings, resources, statements, template

KEY = "arn:aws:kms:eu-west-1:123456789012:key/abc"
F = 'function f "a.b"\n'
TAGS = [{"Key": "app", "Value": "x"}]


def subscriptions(text: str) -> dict[str, Any]:
    """The subscriptions of a source text, by id."""
    return resources(text, "AWS::SNS::Subscription")


def policy(text: str, cfn_type: str, id: str) -> list[dict[str, Any]]:
    """The statements of a topic's or queue's policy."""
    found: list[dict[str, Any]] = resources(text, cfn_type)[id]["PolicyDocument"]["Statement"]
    return found


def test_least() -> None:
    """A topic alone is a topic: its name is generated, and SNS encrypts it anyway."""
    assert template("topic News")["Resources"] == {"News": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": TAGS}}}


def test_settings() -> None:
    """FIFO, deduplication, a name and a key; what is off is left out."""
    topics = resources(
        'topic A { fifo; dedup content; name "a.fifo" }\ntopic B { fifo; dedup id }\n'
        f'topic C {{ encryption "{KEY}" }}\ntopic D {{ encryption kms }}',
        "AWS::SNS::Topic",
    )
    assert topics["A"] == {"TopicName": "a.fifo", "FifoTopic": True, "ContentBasedDeduplication": True, "Tags": TAGS}
    assert topics["B"] == {"FifoTopic": True, "Tags": TAGS}
    assert topics["C"]["KmsMasterKeyId"] == KEY
    assert topics["D"]["KmsMasterKeyId"] == "alias/aws/sns"


def test_to_function() -> None:
    """A function's subscription comes after the permission that lets this topic call it."""
    made = template("topic News\n" + F + "News -> f")["Resources"]
    assert made["NewsToF"] == {
        "Type": "AWS::SNS::Subscription",
        "DependsOn": "NewsMayCallF",
        "Properties": {"TopicArn": {"Ref": "News"}, "Protocol": "lambda", "Endpoint": {"Fn::GetAtt": ["f", "Arn"]}},
    }
    assert made["NewsMayCallF"]["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "f"},
        "Principal": "sns.amazonaws.com",
        "SourceArn": {"Ref": "News"},
    }


def test_to_queue() -> None:
    """A queue gets messages raw, after its policy, which admits its topics and no others."""
    text = "topic B; topic A\nqueue Q\nA -> Q\nB -> Q { raw off }"
    made = template(text)["Resources"]
    assert made["AToQ"]["DependsOn"] == "QPolicy"
    assert made["AToQ"]["Properties"] == {
        "TopicArn": {"Ref": "A"},
        "Protocol": "sqs",
        "Endpoint": {"Fn::GetAtt": ["Q", "Arn"]},
        "RawMessageDelivery": True,
    }
    assert "RawMessageDelivery" not in made["BToQ"]["Properties"]
    assert policy(text, "AWS::SQS::QueuePolicy", "QPolicy") == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": ["Q", "Arn"]},
            "Condition": {"ArnEquals": {"aws:SourceArn": [{"Ref": "A"}, {"Ref": "B"}]}},
        }
    ]


def test_to_addresses() -> None:
    """Addresses give readable ids; mail loses its scheme, and a param stands with its name."""
    text = 'topic T\nT -> "mailto:ops@example.com", "https://example.com/hook?x=1" { raw off }\nT -> "mailto:${who}"'
    made = subscriptions('param who "a@b.c"\n' + text)
    assert {id: (s["Protocol"], s["Endpoint"]) for id, s in made.items()} == {
        "TToOpsExampleCom": ("email", "ops@example.com"),
        "TToExampleComHookX1": ("https", "https://example.com/hook?x=1"),
        "TToWho": ("email", {"Ref": "who"}),
    }


def test_raw_to_an_https_address() -> None:
    """An https address gets messages raw when asked."""
    assert subscriptions('topic T\nT -> "https://a.b/c" { raw }')["TToABC"]["RawMessageDelivery"] is True


def test_filter() -> None:
    """A filter looks at the body, or at attributes that are called so; two arrows to one target are one subscription."""
    (made,) = subscriptions("topic T\nqueue Q\n" + 'T where total >= 100 and kind in ["a", "b"] -> Q').values()
    assert (made["FilterPolicyScope"], made["FilterPolicy"]) == ("MessageBody", {"total": [{"numeric": [">=", 100]}], "kind": ["a", "b"]})
    (made,) = subscriptions("topic T\nqueue Q\n" + 'T where attributes.kind == "a" -> Q').values()
    assert (made["FilterPolicyScope"], made["FilterPolicy"]) == ("MessageAttributes", {"kind": ["a"]})
    (made,) = subscriptions("topic T\nqueue Q\n" + 'T where kind == "a" -> Q\nT where kind == "b" -> Q').values()
    assert made["FilterPolicy"] == {"kind": ["a", "b"]}
    assert errors("topic T\n" + F + 'T where kind == "a" and attributes.b == "c" -> f') == ["IFC440"]


def test_dead_letters() -> None:
    """The queue of dead letters admits SNS for this topic, before the subscription is made."""
    text = "topic T\nqueue Lost\n" + F + "T -> f { dead-letter Lost }"
    made = template(text)["Resources"]["TToF"]
    assert made["DependsOn"] == ["TMayCallF", "LostPolicy"]
    assert made["Properties"]["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": ["Lost", "Arn"]}}
    (statement,) = policy(text, "AWS::SQS::QueuePolicy", "LostPolicy")
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "T"}}}


def test_one_policy() -> None:
    """Services that deliver and accounts that publish stand in the one policy of a topic."""
    text = 'topic T { allow-from "111122223333" }\nbus Shop\nShop -> T'
    service, account = policy(text, "AWS::SNS::TopicPolicy", "TPolicy")
    assert service == {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "T"},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["ShopToT", "Arn"]}}},
    }
    assert account == {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::111122223333:root"}},
        "Action": "sns:Publish",
        "Resource": {"Ref": "T"},
    }


def test_several_accounts() -> None:
    """Accounts from `defaults` and the declaration add up."""
    text = 'defaults topic { allow-from "111122223333" }\ntopic T { allow-from "444455556666" }'
    (statement,) = policy(text, "AWS::SNS::TopicPolicy", "TPolicy")
    assert [a["Fn::Sub"][-17:] for a in statement["Principal"]["AWS"]] == ["111122223333:root", "444455556666:root"]


def test_publishes() -> None:
    """A publisher gets the topic's ARN, and the use of a customer key."""
    text = f'topic T {{ encryption "{KEY}" }}\nfunction f "a.b" {{ publishes T }}'
    assert {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "T"}} in statements(text, "f")
    assert {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": KEY} in statements(text, "f")
    assert template(text)["Resources"]["f"]["Properties"]["Environment"] == {"Variables": {"T_TOPIC_ARN": {"Ref": "T"}}}


def test_fifo() -> None:
    """A FIFO topic delivers to FIFO and standard queues, and to nothing else."""
    text = "topic T { fifo }\nqueue A { fifo }\nqueue B\nqueue Lost { fifo }\nT -> A { dead-letter Lost }\nT -> B"
    assert set(subscriptions(text)) == {"TToA", "TToB"}
    assert errors("topic T { fifo }\n" + F + 'T -> f\nT -> "mailto:a@b.c", "https://a.b/c"') == ["IFC460", "IFC460", "IFC460"]
    assert errors("topic T\nqueue Q { fifo }\nT -> Q") == ["IFC461"]
    assert errors("topic T { fifo }\nqueue Q\nqueue Lost\nT -> Q { dead-letter Lost }") == ["IFC465"]
    assert errors("topic T\nqueue Q\nqueue Lost { fifo }\nT -> Q { dead-letter Lost }") == ["IFC465"]


def test_extern() -> None:
    """An extern topic is subscribed to where it is, and its FIFO name counts."""
    arn = "arn:aws:sns:eu-west-1:111122223333:theirs"
    text = f'extern topic Theirs "{arn}"\nqueue Q\nTheirs -> Q'
    made = subscriptions(text)["TheirsToQ"]
    assert (made["TopicArn"], made["Region"]) == (arn, "eu-west-1")
    assert "Region" not in subscriptions('app x { region "eu-west-1" }\n' + text)["TheirsToQ"]
    named = subscriptions('extern topic Theirs "theirs"\nqueue Q\nTheirs -> Q')["TheirsToQ"]
    assert named["TopicArn"] == {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:theirs"}
    assert errors('extern topic Theirs "theirs.fifo"\n' + F + "Theirs -> f") == ["IFC460"]


def test_extern_targets() -> None:
    """Nobody writes another owner's policy: a warning says what it needs, and nothing waits for it."""
    text = 'topic T\nextern queue Theirs "theirs"\nT -> Theirs'
    made = template(text)["Resources"]
    assert set(made) == {"T", "TToTheirs"}
    assert "DependsOn" not in made["TToTheirs"]
    assert findings(text) == ["IFC505"]
    assert findings("topic T; bus B\nB -> T") == []
    assert findings('extern topic T "t"; bus B\nB -> T') == ["IFC505"]


def test_renamed() -> None:
    """A renamed topic keeps its id and its subscriptions."""
    assert set(template("topic New { renamed from Old }\nqueue Q\nNew -> Q")["Resources"]) == {"Old", "Q", "QPolicy", "OldToQ"}


def test_laid_over() -> None:
    """`cfn` on an arrow is laid over the subscription, to an address too."""
    made = subscriptions('topic T\nT -> "mailto:a@b.c" { cfn { DeliveryPolicy { a 1 } } }')["TToABC"]
    assert made["DeliveryPolicy"] == {"a": 1}


def test_key_policies() -> None:
    """A customer key's policy must let SNS in, which a note says; the account's own key lets nobody in."""
    text = f'queue Q {{ encryption "{KEY}" }}\ntopic T\nfunction f "a.b" {{ runtime python3.14; receives Q }}\nevery 1h -> f\nT -> Q'
    assert [d.code for d in compiled(text).report.ordered()] == ["IFC468"]
    assert errors("topic T { encryption kms }\nbus B\nB -> T") == ["IFC469"]
    assert errors('topic T { encryption kms; allow-from "111122223333" }') == ["IFC469"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("dedup content", "IFC330"),
        ('fifo; name "a"', "IFC331"),
        ('name "a.fifo"', "IFC331"),
        ('name "a b"', "IFC309"),
        ("encryption off", "IFC303"),
        ('encryption "alias/aws/sns"', "IFC309"),
        ('allow-from "123"', "IFC309"),
        ("allow-from 123456789012", "IFC301"),
    ],
)
def test_wrong_settings(settings: str, code: str) -> None:
    """Settings that SNS does not take are reported once."""
    assert errors(f"topic T {{ {settings} }}") == [code]


@pytest.mark.parametrize(
    ("arrow", "code"),
    [
        ("T -> f { raw }", "IFC464"),
        ('T -> "mailto:a@b.c" { raw }', "IFC464"),
        ('T -> "mailto:nobody"', "IFC309"),
        ('T -> "https:///path"', "IFC309"),
        ('T -> "mailto:a@b.c"\nT -> "mailto:a@b.c"', "IFC467"),
        ('T -> "mailto:a-b@c.d", "mailto:a_b@c.d"', "IFC467"),
        ('T -> "http://a.b"', "IFC404"),
        ("T -> B", "IFC404"),
        ("T -> f { batch 5 }", "IFC210"),
        ("T -> f { dead-letter f }", "IFC207"),
        ("T -> Q\nT -> Q { raw off }", "IFC408"),
    ],
)
def test_wrong_arrows(arrow: str, code: str) -> None:
    """Arrows that SNS does not deliver are reported once."""
    assert errors("topic T; queue Q; bus B\n" + F + arrow) == [code]
