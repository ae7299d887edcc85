"""Amazon SNS, on the engine's topics. It speaks the query protocol alone."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from ifc.local.broker import Notification
from ifc.local.services.attributes import FORBIDDEN, checked, size
from ifc.local.services.directory import Declared
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call, listed, mapped, text
from ifc.local.services.service import Caller, Home, Operation
from ifc.local.services.sqs import BATCH_ID, FIFO_ID, MAX_BATCH

MAX_SIZE = 262_144  # bytes of a message, and of all messages of a batch, as long as the topic says nothing else (API_Publish, Message)
TYPES = ("String.Array", "String", "Number", "Binary")
MAX_SUBJECT = 100  # characters (API_Publish, Subject)
SUBJECT = re.compile(r"[\x21-\x7e][\x20-\x7e]*")
PAGE = 100  # of topics and subscriptions


def invalid(message: str) -> ServiceError:
    """What SNS says of a parameter that it does not take."""
    return ServiceError("InvalidParameter", f"Invalid parameter: {message}")


def _topic(home: Home, arn: str | None) -> Declared:
    if not arn:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if not re.fullmatch(r"arn:[^:]+:sns:[^:]*:[^:]*:.+", arn):
        raise invalid("TopicArn Reason: An ARN must have at least 6 elements, not 1" if arn.count(":") < 5 else "TopicArn")
    found = home.directory.named(home.directory.topics, arn)
    if found is None:
        raise ServiceError("NotFound", "Topic does not exist", 404)
    return found


# --- publishing ---


def _notification(topic: Declared, given: Mapping[str, Any]) -> tuple[Notification, int]:
    """A message for a topic, and its size."""
    message = text(given, "Message")
    if not message:
        raise invalid("Empty message")
    if FORBIDDEN.search(message):
        raise invalid("Message Reason: it has characters that are not allowed")
    subject = text(given, "Subject")
    if subject is not None and (len(subject) > MAX_SUBJECT or not SUBJECT.fullmatch(subject)):
        raise invalid("Subject")
    attributes = checked(mapped(given, "MessageAttributes"), TYPES, "ParameterValueInvalid", most=None)
    for name, value in attributes.items():
        if value["DataType"] == "String.Array":
            _array(name, value["StringValue"])
    long = len(message.encode()) + size(attributes)
    most = int(topic.entry.get("maxSize") or MAX_SIZE)
    if long > most:
        raise invalid("Message too long")
    group, dedup = _order(topic, given, message)
    return Notification(message, subject, attributes, _structure(given, message), group, dedup), long


def _array(name: str, value: str) -> None:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise ServiceError("ParameterValueInvalid", f"The message attribute '{name}' is not an array in JSON.")


def _structure(given: Mapping[str, Any], message: str) -> Mapping[str, str] | None:
    """The texts for each protocol, where a message holds several (API_Publish, MessageStructure)."""
    structure = text(given, "MessageStructure")
    if not structure:
        return None
    if structure != "json":
        raise invalid("MessageStructure")
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise invalid("Message Structure - JSON message body failed to parse")
    if not isinstance(found.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _order(topic: Declared, given: Mapping[str, Any], message: str) -> tuple[str | None, str | None]:
    """A message's group and what tells it from others; standard topics pass groups on to fair queues (API_Publish, MessageGroupId)."""
    group, dedup = text(given, "MessageGroupId"), text(given, "MessageDeduplicationId")
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", dedup)):
        if value is not None and not FIFO_ID.fullmatch(value):
            raise invalid(f"{name} Reason: it can only include alphanumeric and punctuation characters, 1 to 128 in length")
    if not topic.entry.get("fifo"):
        if dedup is not None:
            raise invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type"
            )
        return group, None
    if group is None:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if dedup is None:
        if topic.entry.get("dedup") != "content":
            raise invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
        dedup = hashlib.sha256(message.encode()).hexdigest()
    return group, dedup


async def publish(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """Publish, to a topic."""
    given = call.parameters
    if given.get("PhoneNumber"):
        raise invalid("PhoneNumber Reason: `ifc local` sends no text messages to phones; publish to a topic")
    target = text(given, "TopicArn") or text(given, "TargetArn")
    if target and ":endpoint/" in target:
        raise invalid("TargetArn Reason: `ifc local` has no mobile endpoints; publish to a topic")
    topic = _topic(home, target)
    message, _ = _notification(topic, given)
    [sent] = await home.broker.publish(topic.name, [message])
    return {"MessageId": sent.id, "SequenceNumber": sent.sequence}


async def publish_batch(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """PublishBatch: what is wrong with one message fails that one alone."""
    given = call.parameters
    topic = _topic(home, text(given, "TopicArn"))
    accepted: list[tuple[str, Notification]] = []
    failed: list[dict[str, Any]] = []
    total = 0
    for entry in _entries(given):
        try:
            message, long = _notification(topic, entry)
        except ServiceError as error:
            failed.append({"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True})
            continue
        total += long
        accepted.append((entry["Id"], message))
    if total > int(topic.entry.get("maxSize") or MAX_SIZE):
        raise ServiceError("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")
    sent = await home.broker.publish(topic.name, [m for _, m in accepted]) if accepted else []
    done = [{"Id": id, "MessageId": s.id, "SequenceNumber": s.sequence} for (id, _), s in zip(accepted, sent, strict=True)]
    return {"Successful": [{k: v for k, v in entry.items() if v is not None} for entry in done], "Failed": failed}


def _entries(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of a batch (API_PublishBatch, Errors)."""
    entries = listed(given, "PublishBatchRequestEntries")
    if not entries:
        raise ServiceError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > MAX_BATCH:
        raise ServiceError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
    ids = set()
    for entry in entries:
        id = entry.get("Id") if isinstance(entry, Mapping) else None
        if not isinstance(id, str) or not BATCH_ID.fullmatch(id):
            raise ServiceError("InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't abide by the specification.")
        if id in ids:
            raise ServiceError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
        ids.add(id)
    return list(entries)


# --- topics themselves ---


def _subscriptions(home: Home, topic: Declared) -> list[dict[str, str]]:
    """A topic's arrows, as subscriptions with ids that stay the same."""
    directory = home.directory
    found = []
    for wire in directory.description.get("wires", ()):
        if wire.get("from") != topic.name:
            continue
        target = wire.get("to") or ""
        function, queue = directory.called(directory.functions, target), directory.called(directory.queues, target)
        if function or queue:
            end = function or queue
            assert end is not None
            protocol, address = ("lambda" if function else "sqs"), end.arn
        else:
            address = wire.get("address") or target
            protocol = "email" if address.startswith("mailto:") else address.partition(":")[0]
            address = address.removeprefix("mailto:")
        id = uuid.uuid5(uuid.NAMESPACE_URL, f"{topic.arn} {address}")
        found.append(
            {
                "SubscriptionArn": f"{topic.arn}:{id}",
                "Owner": directory.account,
                "Protocol": protocol,
                "Endpoint": address,
                "TopicArn": topic.arn,
            }
        )
    return found


async def get_topic_attributes(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """GetTopicAttributes."""
    topic = _topic(home, text(call.parameters, "TopicArn"))
    found = {
        "TopicArn": topic.arn,
        "Owner": home.directory.account,
        "DisplayName": "",
        "SubscriptionsConfirmed": len(_subscriptions(home, topic)),
        "SubscriptionsPending": 0,
        "SubscriptionsDeleted": 0,
    }
    if topic.entry.get("fifo"):
        found["FifoTopic"] = "true"
        found["ContentBasedDeduplication"] = "true" if topic.entry.get("dedup") == "content" else "false"
    return {"Attributes": {name: str(value) for name, value in found.items()}}


async def list_topics(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListTopics."""
    return _page("Topics", [{"TopicArn": t.arn} for t in home.directory.topics.values()], text(call.parameters, "NextToken"))


async def list_subscriptions(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListSubscriptions."""
    found = [s for t in home.directory.topics.values() for s in _subscriptions(home, t)]
    return _page("Subscriptions", found, text(call.parameters, "NextToken"))


async def list_subscriptions_by_topic(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListSubscriptionsByTopic."""
    topic = _topic(home, text(call.parameters, "TopicArn"))
    return _page("Subscriptions", _subscriptions(home, topic), text(call.parameters, "NextToken"))


async def list_tags(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListTagsForResource: tags are the cloud's."""
    _topic(home, text(call.parameters, "ResourceArn"))
    return {"Tags": []}


def _page(name: str, found: list[dict[str, str]], token: str | None) -> dict[str, Any]:
    if token is not None and not re.fullmatch("[0-9]{1,9}", token):
        raise invalid("NextToken")
    start = int(token or 0)
    page = {name: found[start : start + PAGE]}
    return {**page, "NextToken": str(start + PAGE)} if len(found) > start + PAGE else page


OPERATIONS: dict[str, Operation] = {
    "Publish": publish,
    "PublishBatch": publish_batch,
    "GetTopicAttributes": get_topic_attributes,
    "ListTopics": list_topics,
    "ListSubscriptions": list_subscriptions,
    "ListSubscriptionsByTopic": list_subscriptions_by_topic,
    "ListTagsForResource": list_tags,
}
