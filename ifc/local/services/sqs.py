"""Amazon SQS, on the engine's queues."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ifc.local.broker import Message, Received
from ifc.local.services.attributes import FORBIDDEN, checked, digest, md5, size
from ifc.local.services.directory import Declared, queue_name
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call, listed, mapped, text, whole
from ifc.local.services.service import Caller, Home, Operation

# SQS developer guide, Amazon SQS message quotas.
MAX_SIZE = 1_048_576  # bytes of a message, and of all messages of a batch
MAX_BATCH = 10
MAX_DELAY, MAX_VISIBILITY, MAX_WAIT = 900, 43_200, 20  # seconds
TYPES = ("String", "Number", "Binary")
BATCH_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
# API_SendMessage, MessageDeduplicationId and MessageGroupId.
FIFO_ID = re.compile(r"""[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}""")
PREFIX = "AWS.SimpleQueueService."
PLURALS = {  # names of the query protocol, whose lists are flattened
    "MessageAttribute": "MessageAttributes",
    "MessageSystemAttribute": "MessageSystemAttributes",
    "AttributeName": "AttributeNames",
    "MessageAttributeName": "MessageAttributeNames",
    "MessageSystemAttributeName": "MessageSystemAttributeNames",
}


def _parameters(call: Call) -> Mapping[str, Any]:
    """The parameters, in the JSON protocol's names."""
    if call.protocol == "json":
        return call.parameters
    found = _plural(call.parameters)
    entries = found.pop(f"{call.operation}RequestEntry", None)
    if entries is not None:
        found["Entries"] = [_plural(e) if isinstance(e, dict) else e for e in entries] if isinstance(entries, list) else entries
    if "QueueUrl" not in found and len(call.request.path) > 1:
        found["QueueUrl"] = call.request.path  # older SDKs send to the queue's URL
    return found


def _plural(given: Mapping[str, Any]) -> dict[str, Any]:
    return {PLURALS.get(name, name): value for name, value in given.items()}


# --- which queue ---


def _queue(home: Home, parameters: Mapping[str, Any]) -> Declared:
    url = text(parameters, "QueueUrl")
    if not url:
        raise ServiceError("MissingParameter", "The request must contain the parameter QueueUrl.")
    return home.directory.queue(url) or _missing_queue()


def _missing_queue() -> Declared:
    raise ServiceError(PREFIX + "NonExistentQueue", "The specified queue does not exist.", shape="QueueDoesNotExist")


# --- sending ---


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message, shape="InvalidParameterValueException")


class TooLong(ServiceError):
    """A message that is longer than its queue takes."""

    def __init__(self, most: int, long: int) -> None:
        message = f"One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        super().__init__("InvalidParameterValue", message, shape="InvalidParameterValueException")
        self.long = long


def _between(value: int | None, name: str, low: int, high: int) -> int | None:
    if value is not None and not low <= value <= high:
        raise _invalid(f"Value {value} for parameter {name} is invalid. Reason: {name} must be >= {low} and <= {high}.")
    return value


def _message(queue: Declared, given: Mapping[str, Any]) -> tuple[Message, dict[str, str], int]:
    """A message, the digests that answer it, and its size."""
    body = text(given, "MessageBody")
    if not body:
        raise ServiceError("MissingParameter", "The request must contain the parameter MessageBody.")
    if FORBIDDEN.search(body):
        raise ServiceError(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        )
    attributes = checked(mapped(given, "MessageAttributes"), TYPES, "InvalidParameterValue")
    system = checked(mapped(given, "MessageSystemAttributes"), TYPES, "InvalidParameterValue")
    if set(system) - {"AWSTraceHeader"}:
        raise _invalid("Only AWSTraceHeader can be a system attribute of a message that is sent.")
    long = len(body.encode()) + size(attributes)
    most = int(queue.entry.get("maxSize") or MAX_SIZE)
    if long > most:
        raise TooLong(most, long)
    digests = {"MD5OfMessageBody": md5(body)}
    if attributes:
        digests["MD5OfMessageAttributes"] = digest(attributes)
    if system:
        digests["MD5OfMessageSystemAttributes"] = digest(system)
    group, dedup = _order(queue, given, body)
    delay = _between(whole(given, "DelaySeconds"), "DelaySeconds", 0, MAX_DELAY)
    if delay and queue.entry.get("fifo"):
        raise _invalid(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."
        )
    message = Message(
        body=body,
        attributes=attributes,
        group=group,
        dedup=dedup,
        delay=None if queue.entry.get("fifo") else delay,
        trace=system.get("AWSTraceHeader", {}).get("StringValue"),
    )
    return message, digests, long


def _order(queue: Declared, given: Mapping[str, Any], body: str) -> tuple[str | None, str | None]:
    """A message's group and what tells it from others; standard queues take groups too, for fairness (API_SendMessage)."""
    group, dedup = text(given, "MessageGroupId"), text(given, "MessageDeduplicationId")
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", dedup)):
        if value is not None and not FIFO_ID.fullmatch(value):
            raise _invalid(
                f"Value {value} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            )
    if not queue.entry.get("fifo"):
        if dedup is not None:
            raise _invalid(
                f"Value {dedup} for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type."
            )
        return group, None
    if group is None:
        raise ServiceError("MissingParameter", "The request must contain the parameter MessageGroupId.")
    if dedup is None:
        if queue.entry.get("dedup") != "content":
            raise _invalid("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
        dedup = hashlib.sha256(body.encode()).hexdigest()
    return group, dedup


async def send_message(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """SendMessage."""
    given = _parameters(call)
    queue = _queue(home, given)
    message, digests, _ = _message(queue, given)
    [sent] = await home.broker.send(queue.name, [message], caller.id)
    return {**digests, "MessageId": sent.id, **({"SequenceNumber": sent.sequence} if sent.sequence else {})}


async def send_message_batch(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """SendMessageBatch: what is wrong with one message fails that one alone."""
    given = _parameters(call)
    queue = _queue(home, given)
    accepted: list[tuple[str, Message, dict[str, str]]] = []
    failed: list[dict[str, Any]] = []
    total = 0
    for entry in _entries(given):
        try:
            message, digests, long = _message(queue, entry)
            accepted.append((entry["Id"], message, digests))
        except TooLong as error:
            long = error.long
            failed.append(_failed(entry, error))
        except ServiceError as error:
            long = 0
            failed.append(_failed(entry, error))
        total += long
    if total > MAX_SIZE:
        raise ServiceError(
            PREFIX + "BatchRequestTooLong",
            f"Batch requests cannot be longer than {MAX_SIZE} bytes. You have sent {total} bytes.",
            shape="BatchRequestTooLong",
        )
    sent = await home.broker.send(queue.name, [message for _, message, _ in accepted], caller.id) if accepted else []
    done = [
        {"Id": id, "MessageId": s.id, **digests, **({"SequenceNumber": s.sequence} if s.sequence else {})}
        for (id, _, digests), s in zip(accepted, sent, strict=True)
    ]
    return _batch(done, failed)


def _entries(given: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The entries of a batch (API_SendMessageBatch, Errors)."""
    entries = listed(given, "Entries")
    if not entries:
        raise ServiceError(PREFIX + "EmptyBatchRequest", "There should be at least one entry in the request.", shape="EmptyBatchRequest")
    if len(entries) > MAX_BATCH:
        raise ServiceError(
            PREFIX + "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {MAX_BATCH}. You have sent {len(entries)}.",
            shape="TooManyEntriesInBatchRequest",
        )
    ids = set()
    for entry in entries:
        id = entry.get("Id") if isinstance(entry, Mapping) else None
        if not isinstance(id, str) or not BATCH_ID.fullmatch(id):
            raise ServiceError(
                PREFIX + "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
                shape="InvalidBatchEntryId",
            )
        if id in ids:
            raise ServiceError(PREFIX + "BatchEntryIdsNotDistinct", f"Id {id} repeated.", shape="BatchEntryIdsNotDistinct")
        ids.add(id)
    return entries


def _failed(entry: Mapping[str, Any], error: ServiceError) -> dict[str, Any]:
    return {"Id": entry["Id"], "SenderFault": error.status < 500, "Code": error.code, "Message": error.message}


def _batch(done: list[dict[str, Any]], failed: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Successful": done, **({"Failed": failed} if failed else {})}


# --- receiving ---


async def receive_message(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ReceiveMessage."""
    given = _parameters(call)
    queue = _queue(home, given)
    most = whole(given, "MaxNumberOfMessages")
    if most is not None and not 1 <= most <= MAX_BATCH:
        raise _invalid(
            f"Value {most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and {MAX_BATCH}, if provided."
        )
    visibility = _between(whole(given, "VisibilityTimeout"), "VisibilityTimeout", 0, MAX_VISIBILITY)
    wait = _between(whole(given, "WaitTimeSeconds"), "WaitTimeSeconds", 0, MAX_WAIT)
    system = {str(n) for n in (*listed(given, "AttributeNames"), *listed(given, "MessageSystemAttributeNames"))}
    wanted = [str(n) for n in listed(given, "MessageAttributeNames")]
    if wait is None:
        wait = int(queue.entry.get("wait") or 0)
    found = await home.broker.receive(queue.name, most or 1, visibility, wait)
    return {"Messages": [_received(m, system, wanted) for m in found]} if found else {}


def _received(message: Received, system: set[str], wanted: Sequence[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": md5(message.body),
        "Body": message.body,
    }
    own = _system_attributes(message)
    names = own if "All" in system else [name for name in own if name in system]
    if names:
        shown["Attributes"] = {name: own[name] for name in names}
    attributes = {name: dict(value) for name, value in message.attributes.items() if _is_wanted(name, wanted)}
    if attributes:
        shown["MD5OfMessageAttributes"] = digest(attributes)
        shown["MessageAttributes"] = attributes
    return shown


def _system_attributes(message: Received) -> dict[str, str]:
    """What SQS knows of a message (API_ReceiveMessage, MessageSystemAttributeNames)."""
    found = {
        "SenderId": message.sender,
        "SentTimestamp": str(message.sent),
        "ApproximateReceiveCount": str(message.receives),
        "ApproximateFirstReceiveTimestamp": str(message.first_received),
        "SequenceNumber": message.sequence,
        "MessageDeduplicationId": message.dedup,
        "MessageGroupId": message.group,
        "AWSTraceHeader": message.trace,
        "DeadLetterQueueSourceArn": message.dead_letter_source,
    }
    return {name: value for name, value in found.items() if value is not None}


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return any(w in ("All", ".*", name) or (w.endswith(".*") and name.startswith(w[:-1])) for w in wanted)


# --- what was received ---


def _receipt(given: Mapping[str, Any]) -> str:
    receipt = text(given, "ReceiptHandle")
    if not receipt:
        raise ServiceError("MissingParameter", "The request must contain the parameter ReceiptHandle.")
    return receipt


def _bad_receipt() -> ServiceError:
    return ServiceError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.", 404)


async def _delete(home: Home, queue: Declared, given: Mapping[str, Any]) -> None:
    if not await home.broker.delete(queue.name, _receipt(given)):
        raise _bad_receipt()


async def _hide(home: Home, queue: Declared, given: Mapping[str, Any]) -> None:
    receipt, seconds = _receipt(given), whole(given, "VisibilityTimeout")
    if seconds is None:
        raise ServiceError("MissingParameter", "The request must contain the parameter VisibilityTimeout.")
    if not 0 <= seconds <= MAX_VISIBILITY:
        raise _invalid(
            f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and {MAX_VISIBILITY}, if provided."
        )
    hidden = await home.broker.hide(queue.name, receipt, seconds)
    if hidden is None:
        raise ServiceError(PREFIX + "MessageNotInflight", "The specified message isn't in flight.", shape="MessageNotInflight")
    if not hidden:
        raise _bad_receipt()


async def delete_message(home: Home, call: Call, caller: Caller) -> None:
    """DeleteMessage."""
    given = _parameters(call)
    await _delete(home, _queue(home, given), given)


async def change_message_visibility(home: Home, call: Call, caller: Caller) -> None:
    """ChangeMessageVisibility."""
    given = _parameters(call)
    await _hide(home, _queue(home, given), given)


async def delete_message_batch(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """DeleteMessageBatch."""
    return await _each(home, call, _delete)


async def change_message_visibility_batch(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ChangeMessageVisibilityBatch."""
    return await _each(home, call, _hide)


async def _each(home: Home, call: Call, change: Callable[[Home, Declared, Mapping[str, Any]], Awaitable[None]]) -> dict[str, Any]:
    """Changes all entries of a batch at once, so that the log is written once for them."""
    given = _parameters(call)
    queue, entries = _queue(home, given), _entries(given)
    results = await asyncio.gather(*(change(home, queue, entry) for entry in entries), return_exceptions=True)
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry, result in zip(entries, results, strict=True):
        if isinstance(result, ServiceError):
            failed.append(_failed(entry, result))
        elif isinstance(result, BaseException):
            raise result
        else:
            done.append({"Id": entry["Id"]})
    return _batch(done, failed)


# --- queues themselves ---


async def get_queue_url(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """GetQueueUrl."""
    name = text(_parameters(call), "QueueName")
    if not name:
        raise ServiceError("MissingParameter", "The request must contain the parameter QueueName.")
    return {"QueueUrl": home.directory.queue_url(home.directory.queues.get(name) or _missing_queue())}


async def list_queues(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListQueues."""
    given = _parameters(call)
    start, most = text(given, "QueueNamePrefix") or "", whole(given, "MaxResults")
    after = text(given, "NextToken") or ""
    names = sorted(n for n in home.directory.queues if n.startswith(start) and n > after)
    shown = names[: most or 1000]
    found: dict[str, Any] = {"QueueUrls": [home.directory.queue_url(home.directory.queues[n]) for n in shown]} if shown else {}
    return {**found, "NextToken": shown[-1]} if most and len(names) > len(shown) else found


async def list_dead_letter_source_queues(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListDeadLetterSourceQueues."""
    queue = _queue(home, _parameters(call))
    sources = [q for q in home.directory.queues.values() if (q.entry.get("deadLetter") or {}).get("queue") == queue.name]
    return {"queueUrls": sorted(home.directory.queue_url(q) for q in sources)}


async def list_queue_tags(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListQueueTags: tags are the cloud's."""
    _queue(home, _parameters(call))
    return {}


async def purge_queue(home: Home, call: Call, caller: Caller) -> None:
    """PurgeQueue; at any time, where SQS takes one a minute."""
    await home.broker.purge(_queue(home, _parameters(call)).name)


async def get_queue_attributes(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """GetQueueAttributes."""
    given = _parameters(call)
    queue = _queue(home, given)
    names = [str(n) for n in listed(given, "AttributeNames")]
    found = _queue_attributes(home, queue)
    for name in names:
        if name != "All" and name not in found and name not in ABSENT:
            raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
    shown = {name: value for name, value in found.items() if "All" in names or name in names}
    return {"Attributes": shown} if shown else {}


# Attributes that SQS knows and a queue need not have.
ABSENT = (
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
)


def _queue_attributes(home: Home, queue: Declared) -> dict[str, str]:
    entry, depth = queue.entry, home.broker.depth(queue.name)
    created = str(int(home.started))
    found: dict[str, Any] = {
        "QueueArn": queue.arn,
        "ApproximateNumberOfMessages": depth.visible,
        "ApproximateNumberOfMessagesNotVisible": depth.hidden,
        "ApproximateNumberOfMessagesDelayed": depth.delayed,
        "CreatedTimestamp": created,
        "LastModifiedTimestamp": created,
        "VisibilityTimeout": entry.get("visibility", 30),
        "MaximumMessageSize": entry.get("maxSize") or MAX_SIZE,
        "MessageRetentionPeriod": entry.get("retention", 345_600),
        "DelaySeconds": entry.get("delay") or 0,
        "ReceiveMessageWaitTimeSeconds": entry.get("wait") or 0,
        "SqsManagedSseEnabled": "true",
    }
    letters = entry.get("deadLetter") or {}
    dead = home.directory.called(home.directory.queues, letters.get("queue", ""))
    if dead is not None:
        found["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": letters["after"]}, separators=(",", ":"))
    if entry.get("fifo"):
        fast = bool(entry.get("highThroughput"))
        found["FifoQueue"] = "true"
        found["ContentBasedDeduplication"] = "true" if entry.get("dedup") == "content" else "false"
        found["DeduplicationScope"] = "messageGroup" if fast else "queue"
        found["FifoThroughputLimit"] = "perMessageGroupId" if fast else "perQueue"
    return {name: str(value) for name, value in found.items()}


def asked_queue(call: Call) -> str | None:
    """The name of the queue that a request is about."""
    given = _parameters(call)
    url = given.get("QueueName" if call.operation == "GetQueueUrl" else "QueueUrl")
    return queue_name(url) if isinstance(url, str) else None


OPERATIONS: dict[str, Operation] = {
    "SendMessage": send_message,
    "SendMessageBatch": send_message_batch,
    "ReceiveMessage": receive_message,
    "DeleteMessage": delete_message,
    "DeleteMessageBatch": delete_message_batch,
    "ChangeMessageVisibility": change_message_visibility,
    "ChangeMessageVisibilityBatch": change_message_visibility_batch,
    "GetQueueUrl": get_queue_url,
    "GetQueueAttributes": get_queue_attributes,
    "ListQueues": list_queues,
    "ListDeadLetterSourceQueues": list_dead_letter_source_queues,
    "ListQueueTags": list_queue_tags,
    "PurgeQueue": purge_queue,
}
