"""stream: from the source to Kinesis, and to its pollers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import errors, findings, resources, statements, template

KEY = "arn:aws:kms:eu-west-1:123456789012:key/abc"
ACTIONS = [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
]


def stream(settings: str = "") -> dict[str, Any]:
    """The properties of a stream with some settings."""
    return resources(f"param count 3\nstream Clicks {{ {settings} }}", "AWS::Kinesis::Stream")["Clicks"]


def test_least() -> None:
    """A stream is on demand, encrypted, and goes with the app."""
    assert template("stream Clicks")["Resources"]["Clicks"] == {
        "Type": "AWS::Kinesis::Stream",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
            "RetentionPeriodHours": 24,
            "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
            "Tags": [{"Key": "app", "Value": "x"}],
        },
    }


def test_settings() -> None:
    """Shards make it provisioned; retention counts in hours."""
    made = stream('shards 2; retention 7d; name "clicks"')
    assert made["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert (made["ShardCount"], made["RetentionPeriodHours"], made["Name"]) == (2, 168, "clicks")
    assert stream("shards count")["ShardCount"] == {"Ref": "count"}
    assert "ShardCount" not in stream("shards on-demand")


def test_encryption() -> None:
    """The account's key, a customer key, or none."""
    assert stream("encryption kms")["StreamEncryption"]["KeyId"] == "alias/aws/kinesis"
    assert stream(f'encryption "{KEY}"')["StreamEncryption"] == {"EncryptionType": "KMS", "KeyId": KEY}
    assert "StreamEncryption" not in stream("encryption off")


def test_arrow() -> None:
    """An arrow is a poller, filtered by the record's JSON, and the right to read."""
    text = 'stream Clicks\nfunction count "a.b"\nClicks where kind == "click" -> count'
    assert resources(text, "AWS::Lambda::EventSourceMapping") == {
        "ClicksToCount": {
            "EventSourceArn": {"Fn::GetAtt": ["Clicks", "Arn"]},
            "FunctionName": {"Ref": "count"},
            "BatchSize": 100,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "FilterCriteria": {"Filters": [{"Pattern": '{"data":{"kind":["click"]}}'}]},
            "StartingPosition": "TRIM_HORIZON",
            "MaximumRetryAttempts": 3,
            "BisectBatchOnFunctionError": True,
            "Tags": [{"Key": "app", "Value": "x"}],
        }
    }
    assert statements(text, "count")[0] == {"Effect": "Allow", "Action": ACTIONS, "Resource": {"Fn::GetAtt": ["Clicks", "Arn"]}}


def test_dead_letters() -> None:
    """The function's role tells a queue of the records that failed, with the queue's own key where it has one."""
    text = f'stream S\nqueue Failed {{ encryption "{KEY}" }}\nfunction f "a.b"\nS -> f {{ dead-letter Failed }}'
    made = statements(text, "f")
    assert {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Failed", "Arn"]}} in made
    assert {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": KEY} in made
    mapping = resources(text, "AWS::Lambda::EventSourceMapping")["SToF"]
    assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["Failed", "Arn"]}}}


def test_dead_letters_in_a_bucket() -> None:
    """A bucket gets the records themselves: the role puts objects, and looks whether the bucket is there."""
    text = 'stream S\nextern bucket Failed "failed-records"\nfunction f "a.b"\nS -> f { dead-letter Failed }'
    made = statements(text, "f")
    place = "arn:${AWS::Partition}:s3:::failed-records"
    assert {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": place + "/*"}} in made
    assert {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": {"Fn::Sub": place}} in made


def test_verbs() -> None:
    """Code reads and writes a stream, whose name it is passed."""
    text = 'stream Clicks\nfunction f "a.b" {{ {} Clicks }}'
    reads, writes = statements(text.format("reads"), "f")[0], statements(text.format("writes"), "f")[0]
    assert reads["Action"] == ["kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
    assert writes["Action"] == ["kinesis:PutRecord", "kinesis:PutRecords"]
    assert reads["Resource"] == writes["Resource"] == {"Fn::GetAtt": ["Clicks", "Arn"]}
    made = resources(text.format("writes"), "AWS::Lambda::Function")["f"]
    assert made["Environment"]["Variables"] == {"CLICKS_STREAM": {"Ref": "Clicks"}}


def test_customer_key() -> None:
    """Writers make data keys with the customer key; readers and pollers decrypt."""
    text = f'stream S {{ encryption "{KEY}" }}\nfunction r "a.b" {{ reads S }}\nfunction w "a.b" {{ writes S }}\nfunction p "a.b"\nS -> p'
    asked = {f: next(s["Action"] for s in statements(text, f) if s["Resource"] == KEY) for f in "rwp"}
    assert asked == {"r": "kms:Decrypt", "w": "kms:GenerateDataKey", "p": "kms:Decrypt"}


def test_extern() -> None:
    """An extern stream is read by its ARN, written out where only its name is known."""
    arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/far"
    text = 'extern stream Far "{}"\nfunction f "a.b" {{ reads Far }}\nFar -> f'
    by_arn = resources(text.format(arn), "AWS::Lambda::EventSourceMapping")["FarToF"]
    assert by_arn["EventSourceArn"] == arn
    assert resources(text.format(arn), "AWS::Lambda::Function")["f"]["Environment"]["Variables"] == {"FAR_STREAM": "far"}
    by_name = resources(text.format("far"), "AWS::Lambda::EventSourceMapping")["FarToF"]
    assert by_name["EventSourceArn"] == {"Fn::Sub": "arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/far"}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("shards 0", "IFC302"),
        ("shards many", "IFC301"),
        ("retention 12h", "IFC302"),
        ("retention 90m", "IFC306"),
        ('encryption "alias/mine"', "IFC309"),
        ("fifo", "IFC210"),
        ('name "a b"', "IFC309"),
    ],
)
def test_wrong_setting(settings: str, code: str) -> None:
    """A wrong setting is one error."""
    assert errors(f"stream Clicks {{ {settings} }}") == [code]


@pytest.mark.parametrize(
    ("arrow", "code"),
    [
        ("Clicks -> f { batch 0 }", "IFC302"),
        ("Clicks -> f { parallel 11 }", "IFC302"),
        ("Clicks -> f { max-age 30s }", "IFC302"),
        ("Clicks -> f { within 10m }", "IFC302"),
        ("Clicks -> f { dead-letter Line }", "IFC454"),
        ('extern topic T "t.fifo"\nClicks -> f { dead-letter T }', "IFC454"),
        ("Clicks -> f { dead-letter Clicks }", "IFC207"),
        ('Clicks where kind contains "x" -> f', "IFC434"),
        ("Clicks -> Line", "IFC905"),
        ("Clicks.created -> f", "IFC402"),
    ],
)
def test_wrong_arrow(arrow: str, code: str) -> None:
    """A wrong arrow is one error."""
    assert errors(f'stream Clicks\nqueue Line {{ fifo }}\nfunction f "a.b"\n{arrow}') == [code]


def test_extern_function_reads_with_its_own_role() -> None:
    """The role of an extern function is its owner's, who is told what it needs."""
    assert findings('stream S\nextern function f "f"\nS -> f') == ["IFC456"]
