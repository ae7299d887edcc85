"""The AWS SDK for JavaScript at the endpoint. Its packages are in `node_modules` beside this file (`npm ci` there), or where IFC_NODE_MODULES says."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ifc.local.broker import Answer
from tests.local.endpoint_fakes import ACCOUNT, REGION, Reply, Running, allow, arn, description, running
from tests.presence import require

HERE = Path(__file__).parent
MODULES = Path(os.environ.get("IFC_NODE_MODULES") or HERE / "node_modules")
ORDERS, REPORTS = arn("dynamodb", "table/app-dev-Orders"), "arn:aws:s3:::app-dev-reports"
MAY = [
    allow(["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueUrl"], arn("sqs", "app-dev-Jobs")),
    allow("sqs:GetQueueUrl", "*"),
    allow(["sns:Publish", "sns:ListTopics"], "*"),
    allow("events:PutEvents", "*"),
    allow("kinesis:*", "*"),
    allow("lambda:InvokeFunction", "*"),
    allow("dynamodb:GetItem", ORDERS),
    allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{REPORTS}/in/*"),
]


def absent() -> str | None:
    """Why these tests can't run, None if they can."""
    if shutil.which("node") is None:
        return "node is not installed"
    return (
        None
        if (MODULES / "@aws-sdk" / "client-sqs").is_dir()
        else f"the AWS SDK for JavaScript is not in {MODULES} (`npm ci` in tests/local)"
    )


@pytest.fixture(scope="module")
def here() -> Iterator[Running]:
    """An endpoint; without the SDK the tests are skipped with the reason, but on CI (`CI=true`) they fail."""
    if why := absent():
        warnings.warn(f"the endpoint was not tested with the SDK for JavaScript: {why}", stacklevel=1)  # shown where skips are not
    require(why)
    with running(description(web=MAY)) as made:
        yield made


def run(here: Running, calls: list[tuple[str, str, dict[str, Any]]], together: bool = False) -> list[dict[str, Any]]:
    """What comes of calls by the function `web`."""
    environment = {
        "PATH": os.environ["PATH"],
        "IFC_NODE_MODULES": str(MODULES),
        "NODE_NO_WARNINGS": "1",
        "AWS_ENDPOINT_URL": here.address,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "KEYweb",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    done = subprocess.run(
        ["node", str(HERE / "endpoint_node.mjs")],
        input=json.dumps({"calls": calls, "together": together}),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def raw(content: bytes) -> dict[str, str]:
    """Bytes, as the program takes and gives them."""
    return {"bytes": base64.b64encode(content).decode()}


def test_queues(here: Running) -> None:
    """The SDK checks the digests of what it sends and receives, and knows the errors."""
    here.reset()
    url = f"{here.address}/{ACCOUNT}/app-dev-Jobs"
    attributes = {"a": {"DataType": "Binary", "BinaryValue": raw(b"\x01\xff")}}
    found = run(
        here,
        [
            ("sqs", "GetQueueUrl", {"QueueName": "app-dev-Jobs"}),
            ("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "grüße", "MessageAttributes": attributes}),
            (
                "sqs",
                "SendMessageBatch",
                {"QueueUrl": url, "Entries": [{"Id": "1", "MessageBody": "b"}, {"Id": "2", "MessageBody": "\x01"}]},
            ),
            ("sqs", "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}),
            ("sqs", "GetQueueUrl", {"QueueName": "nope"}),
            ("sqs", "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": "nope"}),
            ("sqs", "PurgeQueue", {"QueueUrl": url}),
        ],
    )
    assert found[0]["result"] == {"QueueUrl": url}
    assert "MD5OfMessageAttributes" in found[1]["result"]
    assert [e["Id"] for e in found[2]["result"]["Successful"]] == ["1"]
    assert [(e["Id"], e["Code"]) for e in found[2]["result"]["Failed"]] == [("2", "InvalidMessageContents")]
    assert [m["Body"] for m in found[3]["result"]["Messages"]] == ["grüße", "b"]
    assert found[3]["result"]["Messages"][0]["MessageAttributes"] == attributes
    assert [(f["error"], f["status"], f["known"]) for f in found[4:6]] == [
        ("QueueDoesNotExist", 400, True),
        ("ReceiptHandleIsInvalid", 404, True),
    ]
    assert (found[6]["error"], found[6]["status"]) == ("AccessDenied", 403)
    assert 'in app.ifc: add `allow "sqs:PurgeQueue" on Jobs.arn` to function `web`' in found[6]["message"]


def test_topics_and_buses(here: Running) -> None:
    """SNS in the query protocol, EventBridge in JSON."""
    here.reset()
    topic, attributes = arn("sns", "app-dev-Placed"), {"k": {"DataType": "String", "StringValue": "v"}}
    event = {"Source": "s", "DetailType": "d", "Detail": "{}", "EventBusName": "app-dev-Shop"}
    batch = [{"Id": "a", "Message": "x", "MessageAttributes": attributes}, {"Id": "b", "Message": ""}]
    found = run(
        here,
        [
            ("sns", "Publish", {"TopicArn": topic, "Message": "<x>", "MessageAttributes": attributes}),
            ("sns", "PublishBatch", {"TopicArn": topic, "PublishBatchRequestEntries": batch}),
            ("sns", "ListTopics", {}),
            ("sns", "Publish", {"TopicArn": arn("sns", "nope"), "Message": "x"}),
            ("sns", "GetTopicAttributes", {"TopicArn": topic}),
            ("eventbridge", "PutEvents", {"Entries": [event, {**event, "Detail": "{"}]}),
        ],
    )
    assert len(found[0]["result"]["MessageId"]) == 36
    assert [e["Id"] for e in found[1]["result"]["Successful"]] == ["a"]
    assert [(e["Id"], e["Code"]) for e in found[1]["result"]["Failed"]] == [("b", "InvalidParameter")]
    assert len(found[2]["result"]["Topics"]) == 3
    assert (found[3]["error"], found[3]["status"], found[3]["known"]) == ("NotFoundException", 404, True)
    assert (found[4]["error"], found[4]["status"], found[4]["known"]) == ("AuthorizationErrorException", 403, True)
    assert [e.get("ErrorCode") for e in found[5]["result"]["Entries"]] == [None, "MalformedDetail"]
    assert [m.message for _, m in here.broker.published] == ["<x>", "x"]
    assert len(here.broker.events) == 1


def test_streams(here: Running) -> None:
    """The SDK speaks HTTP/2 to Kinesis, and ends each connection before it has its answer."""
    here.reset()
    stream, large = {"StreamName": "app-dev-Clicks"}, os.urandom(300_000)
    records = [{"Data": raw(b"\x00\xff"), "PartitionKey": "k"}, {"Data": raw(large), "PartitionKey": "k"}]
    shard = {"ShardId": "shardId-000000000001", "ShardIteratorType": "TRIM_HORIZON"}
    found = run(
        here,
        [
            ("kinesis", "PutRecords", {**stream, "Records": records}),
            ("kinesis", "GetShardIterator", {**stream, **shard}),
            ("kinesis", "DescribeStreamSummary", {"StreamName": "nope"}),
        ],
    )
    assert found[0]["result"]["FailedRecordCount"] == 0
    assert (found[2]["error"], found[2]["known"]) == ("ResourceNotFoundException", True)
    read = ("kinesis", "GetRecords", {"ShardIterator": found[1]["result"]["ShardIterator"]})
    for page in run(here, [read] * 5, together=True):
        assert [r["Data"] for r in page["result"]["Records"]] == [raw(b"\x00\xff"), raw(large)]


def test_functions(here: Running) -> None:
    """Calls, their errors and their logs."""
    here.reset()
    here.broker.answer = Answer(b'{"errorMessage":"no"}', "Unhandled", log="printed")
    found = run(
        here,
        [
            ("lambda", "Invoke", {"FunctionName": "app-dev-bill", "Payload": '{"a":1}', "LogType": "Tail"}),
            ("lambda", "Invoke", {"FunctionName": "app-dev-bill", "InvocationType": "Event"}),
            ("lambda", "Invoke", {"FunctionName": "nope"}),
            ("sts", "GetCallerIdentity", {}),
        ],
    )
    result = found[0]["result"]
    assert (result["FunctionError"], result["Payload"]) == ("Unhandled", raw(b'{"errorMessage":"no"}'))
    assert base64.b64decode(result["LogResult"]) == b"printed"
    assert found[1]["result"]["StatusCode"] == 202
    assert (found[2]["error"], found[2]["known"]) == ("ResourceNotFoundException", True)
    assert found[3]["result"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app-dev-web/app-dev-web"
    assert here.broker.calls == [("bill", b'{"a":1}', "web")]


def test_what_the_stores_serve(here: Running) -> None:
    """Tables and buckets, with what is refused."""
    here.reset()
    here.stores.reply = Reply(200, {"Content-Type": "application/x-amz-json-1.0"}, b'{"Item":{"id":{"S":"1"}}}')
    key = {"TableName": "app-dev-Orders", "Key": {"id": {"S": "1"}}}
    found = run(here, [("dynamodb", "GetItem", key), ("dynamodb", "DeleteItem", key)])
    assert found[0]["result"]["Item"] == {"id": {"S": "1"}}
    assert (found[1]["error"], found[1]["status"]) == ("AccessDeniedException", 400)

    here.stores.reply = Reply(200, {"ETag": '"e"'}, b"")
    place = {"Bucket": "app-dev-reports", "Key": "in/a b ü+.txt"}
    delete = {"Bucket": "app-dev-reports", "Delete": {"Objects": [{"Key": "out/x"}]}}
    found = run(
        here,
        [
            ("s3", "PutObject", {**place, "Body": "text"}),
            ("s3", "GetObject", place),
            ("s3", "GetObject", {**place, "Key": "out"}),
            ("s3", "DeleteObjects", delete),
            ("s3", "CreateBucket", {"Bucket": "bbb"}),
        ],
    )
    assert found[0]["result"]["ETag"] == '"e"'
    assert here.stores.asked[1][1].partition("?")[0] == "/app-dev-reports/in/a%20b%20%C3%BC%2B.txt"
    assert here.stores.asked[1][3] == b"text"
    assert found[1]["result"]["Body"] == raw(b"")
    assert (found[2]["error"], found[2]["status"]) == ("AccessDenied", 403)
    assert [(e["Key"], e["Code"]) for e in found[3]["result"]["Errors"]] == [("out/x", "AccessDenied")]
    assert (found[4]["error"], found[4]["message"]) == (
        "UnsupportedOperation",
        "CreateBucket is not for a running app: declare it in app.ifc",
    )
