"""Events as Lambda's sources send them (Lambda developer guide, the page of each service)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

REGION_OF_ARN = 3
# Bytes of an event that a poller sends (Lambda developer guide, Lambda quotas), with some room for what is around the records.
LARGEST = 6 * 1024 * 1024 - 1024
STREAM_BASE = 496 * 10**53


def moment(at: float) -> str:
    """A time as most services write it: `2026-11-22T08:00:00.000Z`."""
    seconds, milliseconds = divmod(int(at * 1000), 1000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds:03d}Z"


def second(at: float) -> str:
    """A time as EventBridge writes it: `2026-11-22T08:00:00Z`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def compact(content: Any) -> str:
    """JSON without blanks."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def encoded(content: Any) -> bytes:
    """JSON without blanks, in UTF-8; a half of a surrogate pair, which JSON may hold, is escaped."""
    try:
        return compact(content).encode()
    except UnicodeEncodeError:
        return json.dumps(content, separators=(",", ":")).encode()


# --- sequence numbers: offsets, in as many digits as the services have, so that texts sort as numbers do ---


def sequence(offset: int) -> str:
    """A sequence number of a table's stream."""
    return str(10**20 + offset)


def stream_sequence(offset: int) -> str:
    """A sequence number of a Kinesis stream."""
    return str(STREAM_BASE + offset)


def stream_offset(sequence: str) -> int:
    """The offset that a sequence number of a Kinesis stream stands for; 0 for none."""
    return max(0, int(sequence or 0) - STREAM_BASE)


def fifo_sequence(offset: int) -> str:
    """A sequence number of a FIFO queue or topic."""
    return str(10**19 + offset)


# --- SQS ---


def queue_record(queue: Mapping[str, Any], received: Any) -> dict[str, Any]:
    """A message in an event of a queue."""
    attributes = {
        "ApproximateReceiveCount": str(received.receives),
        "SentTimestamp": str(received.sent),
        "SenderId": received.sender,
        "ApproximateFirstReceiveTimestamp": str(received.first_received),
    }
    if received.trace:
        attributes["AWSTraceHeader"] = received.trace
    if received.group is not None:
        attributes["MessageGroupId"] = received.group
    if received.dedup is not None:
        attributes["MessageDeduplicationId"] = received.dedup
    if received.sequence is not None:
        attributes["SequenceNumber"] = received.sequence
    if received.dead_letter_source is not None:
        attributes["DeadLetterQueueSourceArn"] = received.dead_letter_source
    return {
        "messageId": received.id,
        "receiptHandle": received.receipt,
        "body": received.body,
        "attributes": attributes,
        "messageAttributes": {name: _attribute(value) for name, value in sorted(received.attributes.items())},
        "md5OfBody": hashlib.md5(received.body.encode("utf-8", "replace"), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue["arn"],
        "awsRegion": queue["arn"].split(":")[REGION_OF_ARN],
    }


def _attribute(value: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {k[0].lower() + k[1:]: v for k, v in value.items() if k in ("StringValue", "BinaryValue")}
    return {**found, "stringListValues": [], "binaryListValues": [], "dataType": value.get("DataType", "String")}


# --- SNS ---


def notification(topic: Mapping[str, Any], sent: Mapping[str, Any], message: str, subscription: str) -> dict[str, Any]:
    """What SNS sends of a message: the object in an event of a function, and the envelope in a queue."""
    found: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": sent["id"],
        **({"SequenceNumber": sent["sequence"]} if "sequence" in sent else {}),
        "TopicArn": topic["arn"],
        **({"Subject": sent["subject"]} if sent.get("subject") is not None else {}),
        "Message": message,
        "Timestamp": moment(sent["at"]),
        "SignatureVersion": "1",
        "Signature": "",
        "SigningCertURL": "",
        "UnsubscribeURL": f"https://sns.{topic['arn'].split(':')[REGION_OF_ARN]}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}",
    }
    attributes = sent.get("attributes") or {}
    if attributes:
        found["MessageAttributes"] = {
            name: {"Type": value.get("DataType", "String"), "Value": value.get("StringValue", value.get("BinaryValue", ""))}
            for name, value in sorted(attributes.items())
        }
    return found


def topic_event(topic: Mapping[str, Any], sent: Mapping[str, Any], message: str, subscription: str) -> dict[str, Any]:
    """An event of a topic for a function."""
    body = notification(topic, sent, message, subscription)
    # In a function's event the names of two addresses are written otherwise, and absent subjects are null.
    body["SigningCertUrl"], body["UnsubscribeUrl"] = body.pop("SigningCertURL"), body.pop("UnsubscribeURL")
    body = {**body, "Subject": sent.get("subject"), "MessageAttributes": body.get("MessageAttributes", {})}
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription, "Sns": body}]}


# --- DynamoDB ---


def table_record(table: Mapping[str, Any], offset: int, change: Mapping[str, Any], at: float) -> dict[str, Any]:
    """A change of an item in an event of a table's stream, with the images that the stream's view has."""
    view = table["view"]
    content: dict[str, Any] = {"ApproximateCreationDateTime": int(at), "Keys": change["keys"]}
    if change["new"] is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        content["NewImage"] = change["new"]
    if change["old"] is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        content["OldImage"] = change["old"]
    size = sum(len(compact(content[part])) for part in ("Keys", "NewImage", "OldImage") if part in content)
    content |= {"SequenceNumber": sequence(offset), "SizeBytes": size, "StreamViewType": view}
    found: dict[str, Any] = {
        "eventID": hashlib.md5(f"{table['arn']}/{offset}".encode(), usedforsecurity=False).hexdigest(),
        "eventName": change["event"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": table["arn"].split(":")[REGION_OF_ARN],
        "dynamodb": content,
        "eventSourceARN": table["streamArn"],
    }
    if change.get("user"):
        found["userIdentity"] = change["user"]
    return found


# --- Kinesis ---


def stream_record(stream: Mapping[str, Any], shard: str, kept: Any) -> dict[str, Any]:
    """A record in an event of a stream."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": kept.key,
            "sequenceNumber": kept.sequence,
            "data": kept.data,
            "approximateArrivalTimestamp": kept.arrived / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{kept.sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "",
        "awsRegion": stream["arn"].split(":")[REGION_OF_ARN],
        "eventSourceARN": stream["arn"],
    }


# --- S3 ---


def bucket_event(bucket: Mapping[str, Any], change: Mapping[str, Any], configuration: str, region: str, at: float) -> dict[str, Any]:
    """An event of a bucket for a function, a queue or a topic (S3 user guide, Event message structure)."""
    found: dict[str, Any] = {"key": quote_plus(change["key"], safe="/")}
    if change["event"].startswith("ObjectCreated"):
        found |= {"size": change["size"], "eTag": change["etag"].strip('"')}
    if change.get("version"):
        found["versionId"] = change["version"]
    found["sequencer"] = change["sequencer"]
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": region,
        "eventTime": moment(at),
        "eventName": change["event"],
        "userIdentity": {"principalId": "AWS:LOCAL"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": "", "x-amz-id-2": ""},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration,
            "bucket": {"name": bucket["name"], "ownerIdentity": {"principalId": "LOCAL"}, "arn": bucket["arn"]},
            "object": found,
        },
    }
    return {"Records": [record]}


CREATED = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject", "CompleteMultipartUpload": "CompleteMultipartUpload"}


def bucket_on_bus(bucket: Mapping[str, Any], change: Mapping[str, Any], account: str, region: str, at: float) -> dict[str, Any]:
    """An event of a bucket on a bus (S3 user guide, EventBridge event message structure)."""
    created = change["event"].startswith("ObjectCreated")
    inner: dict[str, Any] = {"key": change["key"]}
    if created:
        inner |= {"size": change["size"], "etag": change["etag"].strip('"')}
    if change.get("version"):
        inner["version-id"] = change["version"]
    inner["sequencer"] = change["sequencer"]
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket["name"]},
        "object": inner,
        "request-id": "",
        "requester": account,
        "source-ip-address": "127.0.0.1",
        "reason": CREATED.get(change["event"].partition(":")[2], "PutObject") if created else "DeleteObject",
    }
    if not created:
        detail["deletion-type"] = "Delete Marker Created" if change["event"].endswith("DeleteMarkerCreated") else "Permanently Deleted"
    return bus_event("aws.s3", "Object Created" if created else "Object Deleted", detail, account, region, at, [bucket["arn"]])


# --- EventBridge ---


def bus_event(
    source: str, kind: str, detail: Mapping[str, Any], account: str, region: str, at: float, resources: Sequence[str] = ()
) -> dict[str, Any]:
    """An event as EventBridge delivers it, without its id (EventBridge user guide, Events)."""
    return {
        "version": "0",
        "detail-type": kind,
        "source": source,
        "account": account,
        "time": second(at),
        "region": region,
        "resources": list(resources),
        "detail": detail,
    }


# --- results of asynchronous calls, and batches that were given up ---


def result(
    function: Mapping[str, Any],
    request: str,
    condition: str,
    attempts: int,
    payload: Any,
    answer: Any,
    outcome: Mapping[str, Any] | None,
    at: float,
) -> dict[str, Any]:
    """What a destination hears of an asynchronous call (Lambda developer guide, Capturing records of asynchronous invocations); without an
    outcome the function was not called at the end."""
    found: dict[str, Any] = {
        "version": "1.0",
        "timestamp": moment(at),
        "requestContext": {
            "requestId": request,
            "functionArn": f"{function['arn']}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": payload,
    }
    return found if outcome is None else {**found, "responseContext": dict(outcome), "responsePayload": answer}


def outcome(status: int, error: str | None) -> dict[str, Any]:
    """How a call ended, as destinations hear it."""
    return {"statusCode": status, "executedVersion": "$LATEST", **({"functionError": error} if error is not None else {})}


def given_up(
    function: Mapping[str, Any],
    request: str,
    condition: str,
    attempts: int,
    outcome: Mapping[str, Any] | None,
    kind: str,
    batch: Mapping[str, Any],
    at: float,
) -> dict[str, Any]:
    """What a dead letter tells of a stream's batch (Lambda developer guide, Retain discarded batch records)."""
    return {
        "requestContext": {
            "requestId": request,
            "functionArn": function["arn"],
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        **({"responseContext": dict(outcome)} if outcome is not None else {}),
        "version": "1.0",
        "timestamp": moment(at),
        kind: batch,
    }
