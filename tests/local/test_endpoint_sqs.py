"""SQS at the endpoint, through boto3, and in the query protocol as older SDKs speak it."""

from __future__ import annotations

import hashlib
import http.client
import urllib.parse
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError

from tests.local.endpoint_fakes import ACCOUNT, REGION, Running, arn

TEXT = "grüße <&> \r\n \U0001f600"


@pytest.fixture(scope="module")
def sqs(endpoint: Running) -> Any:
    """The developer's client."""
    return endpoint.client("sqs")


def url(here: Running, name: str = "app-dev-Jobs") -> str:
    """The URL of a queue."""
    return f"{here.address}/{ACCOUNT}/{name}"


def md5(text: str) -> str:
    """The MD5 of a text."""
    return hashlib.md5(text.encode()).hexdigest()


def error(call: Any, *arguments: Any, **parameters: Any) -> tuple[str, str, int]:
    """The code, the message and the status of a call's error."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


# --- sending and receiving ---


def test_a_message_goes_and_comes(here: Running, sqs: Any) -> None:
    """What is sent is received: body, attributes of all sorts, digests, and what SQS knows of the message."""
    attributes = {
        "kind": {"DataType": "String", "StringValue": "a"},
        "count": {"DataType": "Number", "StringValue": "-1.5e3"},
        "raw": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}}
    sent = sqs.send_message(
        QueueUrl=url(here), MessageBody=TEXT, MessageAttributes=attributes, MessageSystemAttributes=trace, DelaySeconds=7
    )
    assert sent["MD5OfMessageBody"] == md5(TEXT)
    assert sent["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "MD5OfMessageSystemAttributes" in sent
    [held] = here.broker.queues["Jobs"]
    assert (held.message.delay, held.message.trace, held.sender) == (7, "Root=1-2-3", "AIDAAAAAAAAADEVELOPER")
    assert held.message.attributes["raw"] == {"DataType": "Binary.png", "BinaryValue": "AP8="}

    found = sqs.receive_message(QueueUrl=url(here), MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])
    [message] = found["Messages"]
    assert (message["MessageId"], message["Body"], message["MD5OfBody"]) == (sent["MessageId"], TEXT, md5(TEXT))
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert set(message["Attributes"]) == {
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
        "AWSTraceHeader",
    }
    assert "Messages" not in sqs.receive_message(QueueUrl=url(here))
    sqs.delete_message(QueueUrl=url(here), ReceiptHandle=message["ReceiptHandle"])
    assert here.broker.queues["Jobs"] == []


def test_the_digest_of_attributes_is_sqss(here: Running, sqs: Any) -> None:
    """The MD5 that SQS itself gave for these attributes, as moto's tests have recorded it."""
    given = {"timestamp": {"DataType": "Number", "StringValue": "1493147359900"}}
    sent = sqs.send_message(QueueUrl=url(here), MessageBody="derp", MessageAttributes=given)
    assert sent["MD5OfMessageAttributes"] == "235c5c510d26fb653d073faed50ae77c"


def test_a_receiver_says_what_it_wants_to_know(here: Running, sqs: Any) -> None:
    """Attributes come only when asked for: by name, by the beginning of names, or all."""
    given = {n: {"DataType": "String", "StringValue": n} for n in ("a.x", "a.y", "b")}
    for _ in range(5):
        sqs.send_message(QueueUrl=url(here), MessageBody="x", MessageAttributes=given)

    def names(**wanted: Any) -> tuple[list[str], list[str]]:
        [message] = sqs.receive_message(QueueUrl=url(here), **wanted)["Messages"]
        return sorted(message.get("MessageAttributes", {})), sorted(message.get("Attributes", {}))

    assert names() == ([], [])
    assert names(MessageAttributeNames=["a.*"]) == (["a.x", "a.y"], [])
    assert names(MessageAttributeNames=["b", "nothing"]) == (["b"], [])
    assert names(MessageAttributeNames=[".*"]) == (["a.x", "a.y", "b"], [])
    assert names(AttributeNames=["SenderId", "MessageGroupId"]) == ([], ["SenderId"])


def test_a_dead_letter_says_whence_it_comes(here: Running, sqs: Any) -> None:
    """A message of a dead-letter queue has the ARN of the queue that gave it up."""
    here.broker.came_from = arn("sqs", "app-dev-Jobs")
    sqs.send_message(QueueUrl=url(here, "app-dev-JobsDead"), MessageBody="x")
    [message] = sqs.receive_message(QueueUrl=url(here, "app-dev-JobsDead"), MessageSystemAttributeNames=["DeadLetterQueueSourceArn"])[
        "Messages"
    ]
    assert message["Attributes"] == {"DeadLetterQueueSourceArn": arn("sqs", "app-dev-Jobs")}


def test_a_receiver_waits_and_hides_as_it_says(here: Running, sqs: Any) -> None:
    """How many, how long hidden, how long to wait: as asked, or as the queue has it."""
    sqs.receive_message(QueueUrl=url(here), MaxNumberOfMessages=3, VisibilityTimeout=0, WaitTimeSeconds=20)
    sqs.receive_message(QueueUrl=url(here))
    assert here.broker.received == [("Jobs", 3, 0, 20), ("Jobs", 1, None, 0)]


def test_a_receiver_that_goes_takes_nothing(here: Running) -> None:
    """A long poll ends with its connection, so that no message goes to nobody."""
    here.broker.waits = True
    connection = http.client.HTTPConnection("127.0.0.1", here.endpoint.port)
    scope = f"K/20260101/{REGION}/sqs/aws4_request"
    connection.request(
        "POST",
        "/",
        '{"QueueUrl": "app-dev-Jobs", "WaitTimeSeconds": 20}',
        {
            "X-Amz-Target": "AmazonSQS.ReceiveMessage",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        },
    )
    here.until(lambda: bool(here.broker.received))
    connection.close()
    here.until(lambda: here.broker.cancelled == 1)


def test_a_batch_fails_message_by_message(here: Running, sqs: Any) -> None:
    """Good messages of a batch are sent in their order, each bad one is told with its own code."""
    entries = [
        {"Id": "good", "MessageBody": "1"},
        {"Id": "late", "MessageBody": "x", "DelaySeconds": 901},
        {"Id": "odd", "MessageBody": "\x00"},
        {"Id": "empty", "MessageBody": ""},
        {"Id": "also_good", "MessageBody": "2"},
    ]
    found = sqs.send_message_batch(QueueUrl=url(here), Entries=entries)
    assert [(e["Id"], e["MD5OfMessageBody"]) for e in found["Successful"]] == [("good", md5("1")), ("also_good", md5("2"))]
    assert [(e["Id"], e["Code"], e["SenderFault"]) for e in found["Failed"]] == [
        ("late", "InvalidParameterValue", True),
        ("odd", "InvalidMessageContents", True),
        ("empty", "MissingParameter", True),
    ]
    assert [h.message.body for h in here.broker.queues["Jobs"]] == ["1", "2"]


def test_batches_of_receipts(here: Running, sqs: Any) -> None:
    """Deleting and hiding in batches fails receipt by receipt."""
    sqs.send_message(QueueUrl=url(here), MessageBody="x")
    [message] = sqs.receive_message(QueueUrl=url(here))["Messages"]
    receipt = message["ReceiptHandle"]
    hide = {"VisibilityTimeout": 0}
    found = sqs.change_message_visibility_batch(
        QueueUrl=url(here), Entries=[{"Id": "a", "ReceiptHandle": receipt, **hide}, {"Id": "b", "ReceiptHandle": "no", **hide}]
    )
    assert ([e["Id"] for e in found["Successful"]], [(e["Id"], e["Code"]) for e in found["Failed"]]) == (
        ["a"],
        [("b", "ReceiptHandleIsInvalid")],
    )
    found = sqs.delete_message_batch(
        QueueUrl=url(here), Entries=[{"Id": "a", "ReceiptHandle": receipt}, {"Id": "b", "ReceiptHandle": "no"}]
    )
    assert ([e["Id"] for e in found["Successful"]], [(e["Id"], e["Code"]) for e in found["Failed"]]) == (
        ["a"],
        [("b", "ReceiptHandleIsInvalid")],
    )
    assert here.broker.queues["Jobs"] == []


def test_an_engine_that_fails_is_no_answer(here: Running, sqs: Any) -> None:
    """When the engine fails, the SDK gets an error that it will try again, and the developer reads why."""
    here.broker.broken = RuntimeError("the log is full")
    assert error(sqs.send_message, QueueUrl=url(here), MessageBody="x")[::2] == ("InternalFailure", 500)
    assert error(sqs.delete_message_batch, QueueUrl=url(here), Entries=[{"Id": "a", "ReceiptHandle": "explode"}])[::2] == (
        "InternalFailure",
        500,
    )
    assert "the log is full" in here.notes[0]
    assert "the log is gone" in here.notes[1]
    status, code, _ = raw(here, '{"QueueUrl": "app-dev-Jobs", "MessageBody": "x"}')
    assert (status, code) == (500, "InternalFailure;Receiver")
    status, found = query(here, Action="SendMessage", QueueUrl="app-dev-Jobs", MessageBody="x")
    assert (status, texts(found, "Error/Type")) == (500, ["Receiver"])


# --- FIFO ---


def test_a_fifo_queue_wants_groups(here: Running, sqs: Any) -> None:
    """A FIFO queue takes a group and an id, or makes the id of the content where it is declared so."""
    lines, same = url(here, "app-dev-Lines.fifo"), url(here, "app-dev-Same.fifo")
    sent = sqs.send_message(QueueUrl=lines, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")
    assert sent["SequenceNumber"].isdigit()
    sqs.send_message(QueueUrl=same, MessageBody="x", MessageGroupId="g")
    batch = sqs.send_message_batch(QueueUrl=same, Entries=[{"Id": "1", "MessageBody": "y", "MessageGroupId": "g"}])
    assert batch["Successful"][0]["SequenceNumber"].isdigit()
    held = here.broker.queues["Same"][0]
    assert (held.message.group, held.message.dedup) == ("g", hashlib.sha256(b"x").hexdigest())
    [message] = sqs.receive_message(QueueUrl=lines, AttributeNames=["All"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "g"
    assert message["Attributes"]["MessageDeduplicationId"] == "d"
    assert message["Attributes"]["SequenceNumber"].isdigit()

    assert error(sqs.send_message, QueueUrl=lines, MessageBody="x")[0] == "MissingParameter"
    assert error(sqs.send_message, QueueUrl=lines, MessageBody="x", MessageGroupId="g")[:2] == (
        "InvalidParameterValue",
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    )
    assert error(sqs.send_message, QueueUrl=same, MessageBody="x", MessageGroupId="g", DelaySeconds=1)[0] == "InvalidParameterValue"
    assert error(sqs.send_message, QueueUrl=same, MessageBody="x", MessageGroupId="ä")[0] == "InvalidParameterValue"
    assert error(sqs.send_message, QueueUrl=same, MessageBody="x", MessageGroupId="g" * 129)[0] == "InvalidParameterValue"


def test_a_standard_queue_takes_groups_but_no_ids(here: Running, sqs: Any) -> None:
    """Groups make a standard queue fair; what tells messages from each other is for FIFO queues."""
    sqs.send_message(QueueUrl=url(here), MessageBody="x", MessageGroupId="g")
    assert here.broker.queues["Jobs"][0].message.group == "g"
    assert error(sqs.send_message, QueueUrl=url(here), MessageBody="x", MessageDeduplicationId="d")[0] == "InvalidParameterValue"


# --- limits ---


def test_a_message_has_a_megabyte(here: Running, sqs: Any) -> None:
    """A message may have 1,048,576 bytes with its attributes, and a batch all together."""
    whole = 1_048_576
    sqs.send_message(QueueUrl=url(here), MessageBody="x" * whole)
    assert error(sqs.send_message, QueueUrl=url(here), MessageBody="x" * (whole + 1))[:2] == (
        "InvalidParameterValue",
        f"One or more parameters are invalid. Reason: Message must be shorter than {whole} bytes.",
    )
    attributes = {"abc": {"DataType": "String", "StringValue": "v"}}  # 3 + 6 + 1 bytes
    sqs.send_message(QueueUrl=url(here), MessageBody="x" * (whole - 10), MessageAttributes=attributes)
    assert (
        error(sqs.send_message, QueueUrl=url(here), MessageBody="x" * (whole - 9), MessageAttributes=attributes)[0]
        == "InvalidParameterValue"
    )
    assert error(sqs.send_message, QueueUrl=url(here), MessageBody="ü" * (whole // 2 + 1))[0] == "InvalidParameterValue"
    halves = [{"Id": str(n), "MessageBody": "x" * (whole // 2)} for n in range(2)]
    assert len(sqs.send_message_batch(QueueUrl=url(here), Entries=halves)["Successful"]) == 2
    before = len(here.broker.queues["Jobs"])
    third = {"Id": "2", "MessageBody": "x"}
    assert error(sqs.send_message_batch, QueueUrl=url(here), Entries=[*halves, third])[0] == "AWS.SimpleQueueService.BatchRequestTooLong"
    over = {"Id": "1", "MessageBody": "x" * (whole + 1)}
    assert error(sqs.send_message_batch, QueueUrl=url(here), Entries=[over])[0] == "AWS.SimpleQueueService.BatchRequestTooLong"
    assert len(here.broker.queues["Jobs"]) == before


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ({"DataType": "Text", "StringValue": "x"}, "invalid message attribute type"),
        ({"DataType": "String"}, "non-empty message attribute value"),
        ({"DataType": "Number", "StringValue": "many"}, "Could not cast"),
        ({"DataType": "String", "StringValue": "\x00"}, "not allowed"),
        ({"DataType": "Binary", "StringValue": "x"}, "non-empty message attribute value"),
    ],
)
def test_bad_attributes_are_refused(here: Running, sqs: Any, attribute: dict[str, str], said: str) -> None:
    """An attribute has a type that SQS knows, and a value of that type."""
    code, message, _ = error(sqs.send_message, QueueUrl=url(here), MessageBody="x", MessageAttributes={"a": attribute})
    assert code == "InvalidParameterValue"
    assert said in message


@pytest.mark.parametrize("name", ["", "a..b", ".a", "a.", "AWS.x", "amazon.x", "a b", "x" * 257])
def test_bad_names_of_attributes_are_refused(here: Running, sqs: Any, name: str) -> None:
    """An attribute's name is as SQS takes it."""
    given = {name: {"DataType": "String", "StringValue": "x"}}
    assert error(sqs.send_message, QueueUrl=url(here), MessageBody="x", MessageAttributes=given)[0] == "InvalidParameterValue"


def test_ten_attributes_at_most(here: Running, sqs: Any) -> None:
    """The eleventh attribute is one too many, and so is the 257th character of a name."""
    given = {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(9)}
    given["x" * 256] = {"DataType": "String", "StringValue": "x"}
    sqs.send_message(QueueUrl=url(here), MessageBody="x", MessageAttributes=given)
    given["b"] = {"DataType": "String", "StringValue": "x"}
    assert error(sqs.send_message, QueueUrl=url(here), MessageBody="x", MessageAttributes=given)[0] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "MessageBody": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "MessageBody": "x"}, {"Id": "a", "MessageBody": "y"}], "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "MessageBody": "x"}], "InvalidBatchEntryId"),
    ],
)
def test_bad_batches_are_refused_whole(here: Running, sqs: Any, entries: list[dict[str, str]], code: str) -> None:
    """What is wrong with a batch sends none of it; the SDK has an exception for each."""
    with pytest.raises(getattr(sqs.exceptions, code)) as caught:
        sqs.send_message_batch(QueueUrl=url(here), Entries=entries)
    assert caught.value.response["Error"]["Code"] == f"AWS.SimpleQueueService.{code}"
    assert not here.broker.queues


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("receive_message", {"MaxNumberOfMessages": 0}, "InvalidParameterValue"),
        ("receive_message", {"MaxNumberOfMessages": 11}, "InvalidParameterValue"),
        ("receive_message", {"WaitTimeSeconds": 21}, "InvalidParameterValue"),
        ("receive_message", {"VisibilityTimeout": 43_201}, "InvalidParameterValue"),
        ("send_message", {"MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue"),
        ("send_message", {"MessageBody": "x", "DelaySeconds": -1}, "InvalidParameterValue"),
        ("send_message", {"MessageBody": ""}, "MissingParameter"),
        ("send_message", {"MessageBody": "\ufffe"}, "InvalidMessageContents"),
        ("change_message_visibility", {"ReceiptHandle": "x", "VisibilityTimeout": -1}, "InvalidParameterValue"),
        ("change_message_visibility", {"ReceiptHandle": "x", "VisibilityTimeout": 1}, "ReceiptHandleIsInvalid"),
        ("delete_message", {"ReceiptHandle": "x"}, "ReceiptHandleIsInvalid"),
        ("delete_message", {"ReceiptHandle": ""}, "MissingParameter"),
        ("get_queue_attributes", {"AttributeNames": ["Colour"]}, "InvalidAttributeName"),
    ],
)
def test_bad_parameters_are_refused(here: Running, sqs: Any, operation: str, parameters: dict[str, Any], code: str) -> None:
    """Each limit of SQS has its own error."""
    assert error(getattr(sqs, operation), QueueUrl=url(here), **parameters)[0] == code
    assert not here.broker.queues


def test_a_message_that_nobody_has_can_not_be_hidden(here: Running, sqs: Any) -> None:
    """A receipt whose time is over is MessageNotInflight."""
    sqs.send_message(QueueUrl=url(here), MessageBody="x")
    [message] = sqs.receive_message(QueueUrl=url(here))["Messages"]
    given = {"QueueUrl": url(here), "ReceiptHandle": message["ReceiptHandle"]}
    sqs.change_message_visibility(**given, VisibilityTimeout=0)
    with pytest.raises(sqs.exceptions.MessageNotInflight):
        sqs.change_message_visibility(**given, VisibilityTimeout=9)


# --- queues themselves ---


def test_queues_are_found(here: Running, sqs: Any) -> None:
    """By name, by URL, in lists and pages; the URL is the endpoint's own, since SDKs send to its host."""
    assert sqs.get_queue_url(QueueName="app-dev-Jobs")["QueueUrl"] == url(here)
    assert sqs.list_queues(QueueNamePrefix="app-dev-J")["QueueUrls"] == [url(here), url(here, "app-dev-JobsDead")]
    pages = list(sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(p.get("QueueUrls", [])) for p in pages] == [3, 1]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="zzz")
    assert sqs.list_dead_letter_source_queues(QueueUrl=url(here, "app-dev-JobsDead"))["queueUrls"] == [url(here)]
    sqs.send_message(QueueUrl="app-dev-Jobs", MessageBody="x")  # a name is a URL enough
    sqs.purge_queue(QueueUrl=f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/app-dev-Jobs")
    assert here.broker.queues["Jobs"] == []


def test_attributes_of_a_queue(here: Running, sqs: Any) -> None:
    """A queue's settings and depth are what SQS would say of it."""
    sqs.send_message(QueueUrl=url(here), MessageBody="x")
    found = sqs.get_queue_attributes(QueueUrl=url(here), AttributeNames=["All"])["Attributes"]
    assert found["QueueArn"] == arn("sqs", "app-dev-Jobs")
    assert (found["ApproximateNumberOfMessages"], found["VisibilityTimeout"], found["DelaySeconds"]) == ("1", "60", "5")
    assert found["RedrivePolicy"] == f'{{"deadLetterTargetArn":"{arn("sqs", "app-dev-JobsDead")}","maxReceiveCount":3}}'
    assert "FifoQueue" not in found
    fifo = sqs.get_queue_attributes(QueueUrl=url(here, "app-dev-Same.fifo"), AttributeNames=["FifoQueue", "ContentBasedDeduplication"])
    assert fifo["Attributes"] == {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    names = ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit", "RedrivePolicy", "DelaySeconds"]
    assert sqs.get_queue_attributes(QueueUrl=url(here, "app-dev-Same.fifo"), AttributeNames=names)["Attributes"] == {
        "ContentBasedDeduplication": "true",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        "DelaySeconds": "0",
    }
    assert sqs.get_queue_attributes(QueueUrl=url(here, "app-dev-Lines.fifo"), AttributeNames=names)["Attributes"] == {
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue",
        "FifoThroughputLimit": "perQueue",
        "DelaySeconds": "0",
    }
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url(here))


@pytest.mark.parametrize("operation", ["send_message", "receive_message", "purge_queue", "get_queue_attributes", "list_queue_tags"])
def test_an_unknown_queue(here: Running, sqs: Any, operation: str) -> None:
    """A queue that isn't declared does not exist, by the exception that SDKs have for it."""
    more = {"MessageBody": "x"} if operation == "send_message" else {}
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        getattr(sqs, operation)(QueueUrl=url(here, "nope"), **more)
    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


@pytest.mark.parametrize(
    ("operation", "parameters", "said"),
    [
        ("create_queue", {"QueueName": "x"}, "CreateQueue is not for a running app: declare it in app.ifc"),
        ("delete_queue", {"QueueUrl": "x"}, "DeleteQueue is not for a running app: declare it in app.ifc"),
        ("set_queue_attributes", {"QueueUrl": "x", "Attributes": {}}, "SetQueueAttributes is not for a running app: declare it in app.ifc"),
        ("list_message_move_tasks", {"SourceArn": "x"}, "`ifc local` does not serve ListMessageMoveTasks of sqs"),
    ],
)
def test_what_is_not_served_is_told(here: Running, sqs: Any, operation: str, parameters: dict[str, Any], said: str) -> None:
    """What changes the app is declared, and what is not served is said plainly."""
    with pytest.raises(sqs.exceptions.UnsupportedOperation) as caught:
        getattr(sqs, operation)(**parameters)
    assert caught.value.response["Error"]["Message"] == said


# --- what SDKs would not send ---


def raw(here: Running, body: str, target: str = "AmazonSQS.SendMessage", key: str = "K") -> tuple[int, str, str]:
    """The status, the error's code and the body of a request in JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", here.endpoint.port)
    scope = f"{key}/20260101/{REGION}/sqs/aws4_request"
    headers = {"X-Amz-Target": target, "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    connection.request("POST", "/", body.encode(), headers)
    answer = connection.getresponse()
    found = answer.status, answer.getheader("x-amzn-query-error", ""), answer.read().decode()
    connection.close()
    return found


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "SerializationException"),
        ("[]", "SerializationException"),
        ("[" * 100_000, "SerializationException"),
        ('{"QueueUrl": 1, "MessageBody": "x"}', "SerializationException"),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": ["x"]}', "SerializationException"),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "DelaySeconds": "soon"}', "SerializationException"),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "DelaySeconds": true}', "SerializationException"),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "MessageAttributes": "a"}', "SerializationException"),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "MessageAttributes": [1]}', "SerializationException"),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "MessageAttributes": [{"Value": 1}]}', "SerializationException"),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "MessageAttributes": {"a": 1}}', "InvalidParameterValue"),
        (
            '{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "-"}}}',
            "InvalidParameterValue",
        ),
        (
            '{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "MessageAttributes": {"a": {"DataType": "String", "StringValue": 1}}}',
            "InvalidParameterValue",
        ),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": "\\ud800"}', "InvalidMessageContents"),
        ('{"QueueUrl": "app-dev-Jobs", "MessageBody": "x", "MessageGroupId": "\\ud800"}', "InvalidParameterValue"),
        ('{"QueueUrl": "http://[", "MessageBody": "x"}', "AWS.SimpleQueueService.NonExistentQueue"),
        ('{"MessageBody": "x"}', "MissingParameter"),
        ("", "MissingParameter"),
    ],
)
def test_requests_that_are_none(here: Running, body: str, code: str) -> None:
    """Broken requests are errors of the caller, never of the endpoint."""
    status, error, _ = raw(here, body)
    assert (status, error) == (400, f"{code};Sender")
    assert not here.notes


def test_a_batch_that_is_none(here: Running) -> None:
    """Entries that are no entries are refused."""
    for entries in ("1", '["x"]', '[{"MessageBody": "x"}]'):
        status, error, _ = raw(here, f'{{"QueueUrl": "app-dev-Jobs", "Entries": {entries}}}', "AmazonSQS.SendMessageBatch")
        assert status == 400
        assert error.endswith(";Sender")
    assert not here.notes


def test_an_unknown_operation(here: Running) -> None:
    """An operation that SQS does not have is not served."""
    status, error, body = raw(here, "{}", "AmazonSQS.Dance")
    assert (status, error) == (400, "AWS.SimpleQueueService.UnsupportedOperation;Sender")
    assert "does not serve Dance of sqs" in body


# --- the query protocol ---


def query(here: Running, path: str = "/", method: str = "POST", **parameters: str) -> tuple[int, ElementTree.Element]:
    """The answer to a request as botocore before 1.31.81 and the JavaScript SDK 2 send it."""
    connection = http.client.HTTPConnection("127.0.0.1", here.endpoint.port)
    scope = f"K/20260101/{REGION}/sqs/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    }
    form = urllib.parse.urlencode({**parameters, "Version": "2012-11-05"})
    if method == "GET":
        connection.request("GET", f"{path}?{form}", headers={"Authorization": headers["Authorization"]})
    else:
        connection.request("POST", path, form, headers)
    answer = connection.getresponse()
    found = answer.status, ElementTree.fromstring(answer.read())
    connection.close()
    return found


def texts(element: ElementTree.Element, path: str) -> list[str]:
    """The texts of the elements at a path, whatever their namespace."""
    return [found.text or "" for found in element.findall("/".join(f"{{*}}{step}" for step in path.split("/")))]


def test_older_sdks_send_and_receive(here: Running) -> None:
    """The query protocol has the same messages, attributes and digests, in XML."""
    where = urllib.parse.urlsplit(url(here)).path
    status, sent = query(
        here,
        where,  # older SDKs send to the queue's own address
        Action="SendMessage",
        MessageBody=TEXT,
        DelaySeconds="3",
        **{
            "MessageAttribute.1.Name": "kind",
            "MessageAttribute.1.Value.DataType": "String",
            "MessageAttribute.1.Value.StringValue": "<a>",
            "MessageAttribute.2.Name": "raw",
            "MessageAttribute.2.Value.DataType": "Binary",
            "MessageAttribute.2.Value.BinaryValue": "AP8=",
            "MessageSystemAttribute.1.Name": "AWSTraceHeader",
            "MessageSystemAttribute.1.Value.DataType": "String",
            "MessageSystemAttribute.1.Value.StringValue": "Root=1",
        },
    )
    assert status == 200
    assert sent.tag == "{http://queue.amazonaws.com/doc/2012-11-05/}SendMessageResponse"
    assert texts(sent, "SendMessageResult/MD5OfMessageBody") == [md5(TEXT)]
    assert len(texts(sent, "ResponseMetadata/RequestId")) == 1
    assert here.broker.queues["Jobs"][0].message.delay == 3
    assert here.broker.queues["Jobs"][0].message.trace == "Root=1"

    _, found = query(
        here, Action="ReceiveMessage", QueueUrl=url(here), **{"AttributeName.1": "ApproximateReceiveCount", "MessageAttributeName.1": "All"}
    )
    message = "ReceiveMessageResult/Message"
    assert texts(found, f"{message}/Body") == [TEXT]
    assert texts(found, f"{message}/MD5OfMessageAttributes") == texts(sent, "SendMessageResult/MD5OfMessageAttributes")
    assert texts(found, f"{message}/Attribute/Name") == ["ApproximateReceiveCount"]
    assert texts(found, f"{message}/Attribute/Value") == ["1"]
    assert texts(found, f"{message}/MessageAttribute/Name") == ["kind", "raw"]
    assert texts(found, f"{message}/MessageAttribute/Value/StringValue") == ["<a>"]
    assert texts(found, f"{message}/MessageAttribute/Value/BinaryValue") == ["AP8="]
    [receipt] = texts(found, f"{message}/ReceiptHandle")
    status, deleted = query(here, Action="DeleteMessage", QueueUrl=url(here), ReceiptHandle=receipt)
    assert status == 200
    assert deleted.find("{*}DeleteMessageResult") is None
    assert here.broker.queues["Jobs"] == []


def test_older_sdks_send_batches(here: Running) -> None:
    """Entries of a batch have names of their own in the query protocol."""
    entry = "SendMessageBatchRequestEntry"
    _, found = query(
        here,
        Action="SendMessageBatch",
        QueueUrl=url(here),
        **{f"{entry}.1.Id": "a", f"{entry}.1.MessageBody": "1", f"{entry}.2.Id": "b", f"{entry}.2.MessageBody": "2"},
        **{f"{entry}.2.DelaySeconds": "1000", f"{entry}.10.Id": "c", f"{entry}.10.MessageBody": "3"},
        **{f"{entry}.1.MessageAttribute.1.Name": "k", f"{entry}.1.MessageAttribute.1.Value.DataType": "String"},
        **{f"{entry}.1.MessageAttribute.1.Value.StringValue": "v"},
    )
    result = "SendMessageBatchResult"
    assert texts(found, f"{result}/SendMessageBatchResultEntry/Id") == ["a", "c"]
    assert texts(found, f"{result}/BatchResultErrorEntry/Id") == ["b"]
    assert texts(found, f"{result}/BatchResultErrorEntry/SenderFault") == ["true"]
    assert [h.message.body for h in here.broker.queues["Jobs"]] == ["1", "3"]
    assert here.broker.queues["Jobs"][0].message.attributes == {"k": {"DataType": "String", "StringValue": "v"}}
    entry = "DeleteMessageBatchRequestEntry"
    _, found = query(here, Action="DeleteMessageBatch", QueueUrl=url(here), **{f"{entry}.1.Id": "a", f"{entry}.1.ReceiptHandle": "no"})
    assert texts(found, "DeleteMessageBatchResult/BatchResultErrorEntry/Code") == ["ReceiptHandleIsInvalid"]


def test_older_sdks_ask_for_queues(here: Running) -> None:
    """Lists and attributes of queues, and a GET as a browser would send it."""
    _, found = query(here, Action="ListQueues", QueueNamePrefix="app-dev-Jobs")
    assert texts(found, "ListQueuesResult/QueueUrl") == [url(here), url(here, "app-dev-JobsDead")]
    _, found = query(here, method="GET", Action="GetQueueUrl", QueueName="app-dev-Jobs")
    assert texts(found, "GetQueueUrlResult/QueueUrl") == [url(here)]
    _, found = query(
        here, Action="GetQueueAttributes", QueueUrl=url(here), **{"AttributeName.1": "QueueArn", "AttributeName.2": "DelaySeconds"}
    )
    assert texts(found, "GetQueueAttributesResult/Attribute/Name") == ["QueueArn", "DelaySeconds"]
    assert texts(found, "GetQueueAttributesResult/Attribute/Value") == [arn("sqs", "app-dev-Jobs"), "5"]


def test_errors_for_older_sdks(here: Running) -> None:
    """Errors have the codes that these SDKs know."""
    status, found = query(here, Action="GetQueueUrl", QueueName="nope")
    assert (status, texts(found, "Error/Code")) == (400, ["AWS.SimpleQueueService.NonExistentQueue"])
    assert texts(found, "Error/Type") == ["Sender"]
    status, found = query(here, Action="CreateQueue", QueueName="x")
    assert texts(found, "Error/Code") == ["AWS.SimpleQueueService.UnsupportedOperation"]
    status, found = query(here, Action="SendMessage", QueueUrl=url(here), **{"MessageBody": "x", "MessageBody.1": "y"})
    assert (status, texts(found, "Error/Code")) == (400, ["MalformedInput"])
    status, found = query(here, Action="SendMessage", QueueUrl=url(here), **{".".join("a" * 5000): "y"})
    assert (status, texts(found, "Error/Code")) == (400, ["MalformedInput"])
    status, found = query(here, Action="SendMessage", MessageBody="x")
    assert (status, texts(found, "Error/Code")) == (400, ["MissingParameter"])
    status, found = query(here, "/0/nope", Action="SendMessage", MessageBody="x")
    assert (status, texts(found, "Error/Code")) == (400, ["AWS.SimpleQueueService.NonExistentQueue"])
    assert not here.notes
