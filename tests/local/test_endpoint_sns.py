"""SNS at the endpoint, through boto3, which speaks the query protocol to it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.endpoint_fakes import Running, arn, description, running

PLACED, STEPS, TWINS = (arn("sns", f"app-dev-{n}") for n in ("Placed", "Steps.fifo", "Twins.fifo"))


@pytest.fixture(scope="module")
def sns(endpoint: Running) -> Any:
    """The developer's client."""
    return endpoint.client("sns")


def error(call: Any, **parameters: Any) -> tuple[str, str, int]:
    """The code, the message and the status of a call's error."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_message_is_published(here: Running, sns: Any) -> None:
    """A message with all it may have arrives at the topic."""
    attributes = {
        "kind": {"DataType": "String", "StringValue": "a&b"},
        "tags": {"DataType": "String.Array", "StringValue": '["x", 1]'},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = sns.publish(TopicArn=PLACED, Message="grüße\r\n<&>", Subject="Hello", MessageAttributes=attributes, MessageGroupId="g")
    assert len(sent["MessageId"]) == 36
    assert "SequenceNumber" not in sent
    [(topic, message)] = here.broker.published
    assert (topic, message.message, message.subject, message.group, message.dedup) == ("Placed", "grüße\r\n<&>", "Hello", "g", None)
    assert message.attributes == {**attributes, "raw": {"DataType": "Binary", "BinaryValue": "AP8="}}
    assert message.structure is None
    sns.publish(TargetArn=PLACED, Message="x")
    assert len(here.broker.published) == 2


def test_a_text_for_each_protocol(here: Running, sns: Any) -> None:
    """`MessageStructure` json gives a text for each protocol, and one for all others."""
    sns.publish(TopicArn=PLACED, MessageStructure="json", Message='{"default": "d", "sqs": "q", "lambda": 1}')
    assert here.broker.published[0][1].structure == {"default": "d", "sqs": "q"}
    for message in ("{", "[]", '"x"'):
        assert error(sns.publish, TopicArn=PLACED, MessageStructure="json", Message=message)[:2] == (
            "InvalidParameter",
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        )
    assert error(sns.publish, TopicArn=PLACED, MessageStructure="json", Message='{"sqs": "q"}')[:2] == (
        "InvalidParameter",
        "Invalid parameter: Message Structure - No default entry in JSON message body",
    )
    assert error(sns.publish, TopicArn=PLACED, MessageStructure="xml", Message="x")[0] == "InvalidParameter"


def test_fifo_topics(here: Running, sns: Any) -> None:
    """A FIFO topic takes a group and an id, or makes the id of the content where it is declared so."""
    assert sns.publish(TopicArn=STEPS, Message="x", MessageGroupId="g", MessageDeduplicationId="d")["SequenceNumber"] == "1000"
    sns.publish(TopicArn=TWINS, Message="x", MessageGroupId="g")
    assert [m.dedup for _, m in here.broker.published] == ["d", hashlib.sha256(b"x").hexdigest()]
    assert "MessageGroupId parameter is required" in error(sns.publish, TopicArn=STEPS, Message="x")[1]
    assert "ContentBasedDeduplication" in error(sns.publish, TopicArn=STEPS, Message="x", MessageGroupId="g")[1]
    assert error(sns.publish, TopicArn=STEPS, Message="x", MessageGroupId="ä")[0] == "InvalidParameter"
    assert error(sns.publish, TopicArn=PLACED, Message="x", MessageDeduplicationId="d")[0] == "InvalidParameter"


def test_a_batch_fails_message_by_message(here: Running, sns: Any) -> None:
    """Good messages of a batch are published in their order, each bad one is told with its own code."""
    entries = [
        {"Id": "a", "Message": "1", "MessageAttributes": {"k": {"DataType": "String", "StringValue": "v"}}},
        {"Id": "b", "Message": ""},
        {"Id": "c", "Message": "3"},
    ]
    found = sns.publish_batch(TopicArn=PLACED, PublishBatchRequestEntries=entries)
    assert [e["Id"] for e in found["Successful"]] == ["a", "c"]
    assert [(e["Id"], e["Code"], e["SenderFault"]) for e in found["Failed"]] == [("b", "InvalidParameter", True)]
    assert [m.message for _, m in here.broker.published] == ["1", "3"]
    assert here.broker.published[0][1].attributes == {"k": {"DataType": "String", "StringValue": "v"}}
    found = sns.publish_batch(
        TopicArn=STEPS, PublishBatchRequestEntries=[{"Id": "a", "Message": "1", "MessageGroupId": "g", "MessageDeduplicationId": "d"}]
    )
    assert found["Successful"][0]["SequenceNumber"] == "1000"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "Message": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "Message": "x"}, {"Id": "a", "Message": "y"}], "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "Message": "x"}], "InvalidBatchEntryId"),
        ([{"Id": str(n), "Message": "x" * 200_000} for n in range(2)], "BatchRequestTooLong"),
    ],
)
def test_bad_batches_are_refused_whole(here: Running, sns: Any, entries: list[dict[str, str]], code: str) -> None:
    """What is wrong with a batch publishes none of it; the SDK has an exception for each."""
    with pytest.raises(getattr(sns.exceptions, f"{code}Exception")):
        sns.publish_batch(TopicArn=PLACED, PublishBatchRequestEntries=entries)
    assert not here.broker.published


@pytest.mark.parametrize(
    ("parameters", "code", "status"),
    [
        ({"TopicArn": arn("sns", "nope"), "Message": "x"}, "NotFound", 404),
        ({"TopicArn": "nope", "Message": "x"}, "InvalidParameter", 400),
        ({"Message": "x"}, "InvalidParameter", 400),
        ({"TopicArn": PLACED, "Message": ""}, "InvalidParameter", 400),
        ({"TopicArn": PLACED, "Message": "x" * 262_145}, "InvalidParameter", 400),
        ({"TopicArn": PLACED, "Message": "x", "Subject": "a\nb"}, "InvalidParameter", 400),
        ({"TopicArn": PLACED, "Message": "x", "Subject": "x" * 101}, "InvalidParameter", 400),
        ({"TopicArn": PLACED, "Message": "x", "Subject": ""}, "InvalidParameter", 400),
        ({"TopicArn": PLACED, "Message": "\x01"}, "InvalidParameter", 400),
        (
            {"TopicArn": PLACED, "Message": "x", "MessageAttributes": {"a": {"DataType": "String.Array", "StringValue": "x"}}},
            "ParameterValueInvalid",
            400,
        ),
        (
            {"TopicArn": PLACED, "Message": "x", "MessageAttributes": {"a": {"DataType": "Map", "StringValue": "x"}}},
            "ParameterValueInvalid",
            400,
        ),
    ],
)
def test_bad_messages_are_refused(here: Running, sns: Any, parameters: dict[str, Any], code: str, status: int) -> None:
    """Each limit of SNS has its own error."""
    found = error(sns.publish, **parameters)
    assert (found[0], found[2]) == (code, status)
    assert not here.broker.published


def test_the_largest_message_is_published(here: Running, sns: Any) -> None:
    """256 KiB with the attributes are allowed, not a byte more."""
    attributes = {"abc": {"DataType": "String", "StringValue": "v"}}  # 3 + 6 + 1 bytes
    sns.publish(TopicArn=PLACED, Message="x" * (262_144 - 10), MessageAttributes=attributes)
    assert error(sns.publish, TopicArn=PLACED, Message="x" * (262_144 - 9), MessageAttributes=attributes)[0] == "InvalidParameter"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"PhoneNumber": "+491234"}, "sends no text messages to phones"),
        ({"TargetArn": arn("sns", "endpoint/GCM/app/1")}, "has no mobile endpoints"),
    ],
)
def test_what_has_no_counterpart_is_told(here: Running, sns: Any, parameters: dict[str, str], said: str) -> None:
    """Phones are not called from a laptop."""
    code, message, _ = error(sns.publish, Message="x", **parameters)
    assert code == "InvalidParameter"
    assert said in message


def test_topics_are_found(here: Running, sns: Any) -> None:
    """Topics, their attributes, and their arrows as subscriptions."""
    assert [t["TopicArn"] for t in sns.list_topics()["Topics"]] == [PLACED, STEPS, TWINS]
    attributes = sns.get_topic_attributes(TopicArn=PLACED)["Attributes"]
    assert (attributes["TopicArn"], attributes["SubscriptionsConfirmed"]) == (PLACED, "4")
    assert "FifoTopic" not in attributes
    fifo = sns.get_topic_attributes(TopicArn=TWINS)["Attributes"]
    assert (fifo["FifoTopic"], fifo["ContentBasedDeduplication"]) == ("true", "true")
    found = sns.list_subscriptions_by_topic(TopicArn=PLACED)["Subscriptions"]
    assert [(s["Protocol"], s["Endpoint"]) for s in found] == [
        ("sqs", arn("sqs", "app-dev-Jobs")),
        ("lambda", arn("lambda", "function:app-dev-bill")),
        ("email", "a@example.com"),
        ("https", "https://example.com/hook"),
    ]
    assert sns.list_subscriptions()["Subscriptions"] == found
    assert sns.list_tags_for_resource(ResourceArn=PLACED)["Tags"] == []
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_topic_attributes(TopicArn=arn("sns", "nope"))
    assert error(sns.list_topics, NextToken="x")[0] == "InvalidParameter"


def test_many_topics_come_in_pages(here: Running) -> None:
    """A list of more than a hundred goes on behind a token."""
    many = description()
    many["topics"] = {f"T{n}": {"name": f"t{n}", "arn": arn("sns", f"t{n}")} for n in range(150)}
    with running(many) as other:
        pages = list(other.client("sns").get_paginator("list_topics").paginate())
    assert [len(p["Topics"]) for p in pages] == [100, 50]


@pytest.mark.parametrize(
    ("operation", "parameters", "said"),
    [
        ("create_topic", {"Name": "x"}, "CreateTopic is not for a running app: declare it in app.ifc"),
        ("subscribe", {"TopicArn": PLACED, "Protocol": "sqs"}, "Subscribe is not for a running app: declare it in app.ifc"),
        ("add_permission", {"TopicArn": PLACED, "Label": "a", "AWSAccountId": ["1"], "ActionName": ["Publish"]}, "declare it in app.ifc"),
        ("get_sms_attributes", {}, "`ifc local` does not serve GetSMSAttributes of sns"),
    ],
)
def test_what_is_not_served_is_told(here: Running, sns: Any, operation: str, parameters: dict[str, Any], said: str) -> None:
    """What changes the app is declared, and what is not served is said plainly."""
    code, message, status = error(getattr(sns, operation), **parameters)
    assert (code, status) == ("UnsupportedOperation", 400)
    assert said in message
