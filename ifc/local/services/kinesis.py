"""Amazon Kinesis Data Streams, on the engine's streams. Sequence numbers grow, and are compared as numbers."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from ifc.local.broker import Kept, StreamRecord
from ifc.local.services.directory import Declared
from ifc.local.services.errors import ServiceError, invalid
from ifc.local.services.request import Call, listed, text, whole
from ifc.local.services.service import Caller, Home, Operation

MAX_RECORD = 1_048_576  # bytes, as long as the stream says nothing else (API_PutRecord, Data)
MAX_REQUEST = 10_485_760  # bytes of PutRecords, and of what GetRecords returns
MAX_RECORDS = 500  # of PutRecords
MAX_LIMIT = 10_000  # records of GetRecords
MAX_KEY = 256  # characters
HASHES = 1 << 128
HASH_KEY = re.compile("0|[1-9][0-9]{0,38}")
SEQUENCE = re.compile("0|[1-9][0-9]{0,128}")
ITERATOR_LIFE = 300_000  # milliseconds (API_GetShardIterator)
PAGE = 1000


def _stream(home: Home, given: Mapping[str, Any]) -> Declared:
    arn, name = text(given, "StreamARN"), text(given, "StreamName")
    if not arn and not name:
        raise ServiceError("InvalidArgumentException", "Either StreamName or StreamARN must be specified.")
    wanted = arn or name or ""
    found = home.directory.named(home.directory.streams, wanted)
    if found is None:
        raise _missing(home, wanted.rpartition("/")[2])
    return found


def _missing(home: Home, name: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", f"Stream {name} under account {home.directory.account} not found.")


def _dry(given: Mapping[str, Any]) -> None:
    if given.get("DryRun") is True:
        raise ServiceError("DryRunOperationException", "The request was rejected because the DryRun parameter was specified.")


def _constraint(name: str, constraint: str) -> ServiceError:
    return invalid(f"1 validation error detected: Value at '{name}' failed to satisfy constraint: {constraint}")


# --- writing ---


def _record(stream: Declared, given: Mapping[str, Any]) -> tuple[StreamRecord, int]:
    """A record for a stream, and its size."""
    data, key, hash_key = text(given, "Data"), text(given, "PartitionKey"), text(given, "ExplicitHashKey")
    if data is None or key is None:
        raise _constraint("data" if data is None else "partitionKey", "Member must not be null")
    if not 1 <= len(key) <= MAX_KEY:
        raise _constraint("partitionKey", f"Member must have length between 1 and {MAX_KEY}, inclusive")
    if hash_key is not None and (not HASH_KEY.fullmatch(hash_key) or int(hash_key) >= HASHES):
        raise ServiceError(
            "InvalidArgumentException",
            f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {hash_key}",
        )
    try:
        long = len(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        raise ServiceError("SerializationException", "Data is not in base 64") from None
    most = int(stream.entry.get("maxRecord") or MAX_RECORD)
    if long > most:
        raise _constraint("data", f"Member must have length less than or equal to {most}")
    return StreamRecord(key, data, hash_key), long + len(key.encode())


async def put_record(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """PutRecord."""
    given = call.parameters
    stream = _stream(home, given)
    record, _ = _record(stream, given)
    _dry(given)
    [sent] = await home.broker.put_records(stream.name, [record])
    return {"ShardId": sent.shard, "SequenceNumber": sent.sequence}


async def put_records(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """PutRecords."""
    given = call.parameters
    stream, entries = _stream(home, given), listed(given, "Records")
    if not 1 <= len(entries) <= MAX_RECORDS or not all(isinstance(e, Mapping) for e in entries):
        raise _constraint("records", f"Member must have length between 1 and {MAX_RECORDS}, inclusive")
    records = [_record(stream, entry) for entry in entries]
    if sum(long for _, long in records) > MAX_REQUEST:
        raise ServiceError("InvalidArgumentException", f"Records size exceeds {MAX_REQUEST // 1_048_576} MB limit")
    _dry(given)
    sent = await home.broker.put_records(stream.name, [r for r, _ in records])
    return {"FailedRecordCount": 0, "Records": [{"ShardId": s.shard, "SequenceNumber": s.sequence} for s in sent]}


# --- reading ---


def _iterator(stream: Declared, shard: str, after: str) -> str:
    """A shard iterator: where to read on, and since when."""
    written = json.dumps([stream.physical, shard, after, int(time.time() * 1000)], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode()


def opened(iterator: str) -> tuple[str, str, str, int]:
    """What a shard iterator says: the stream's name, the shard, the sequence number before, and when it was given."""
    try:
        stream, shard, after, given = json.loads(base64.urlsafe_b64decode(iterator))
        if isinstance(stream, str) and isinstance(shard, str) and isinstance(after, str) and isinstance(given, int):
            return stream, shard, after, given
    except (ValueError, TypeError):
        pass
    raise ServiceError("InvalidArgumentException", "Invalid ShardIterator.")


async def get_shard_iterator(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """GetShardIterator."""
    given = call.parameters
    stream, shard = _stream(home, given), text(given, "ShardId") or ""
    if shard not in home.broker.shards(stream.name):
        raise ServiceError(
            "ResourceNotFoundException", f"Shard {shard} in stream {stream.physical} under account {home.directory.account} does not exist"
        )
    after = await _start(home, stream, shard, given)
    _dry(given)
    return {"ShardIterator": _iterator(stream, shard, after)}


async def _start(home: Home, stream: Declared, shard: str, given: Mapping[str, Any]) -> str:
    """The sequence number behind which an iterator begins."""
    kind = text(given, "ShardIteratorType")
    if kind == "TRIM_HORIZON":
        return ""
    if kind == "LATEST":
        return await home.broker.last_sequence(stream.name, shard)
    if kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        sequence = text(given, "StartingSequenceNumber") or ""
        if not SEQUENCE.fullmatch(sequence):
            raise ServiceError("InvalidArgumentException", f"StartingSequenceNumber {sequence} is not a sequence number of this shard")
        return sequence if kind.startswith("AFTER") else str(max(0, int(sequence) - 1))
    if kind == "AT_TIMESTAMP":
        when = given.get("Timestamp")
        if not isinstance(when, int | float) or isinstance(when, bool):
            raise ServiceError("InvalidArgumentException", "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP.")
        return await _before(home, stream, shard, when * 1000)
    raise _constraint(
        "shardIteratorType",
        "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
    )


async def _before(home: Home, stream: Declared, shard: str, when: float) -> str:
    """The last sequence number that arrived before a time."""
    after = ""
    while records := await home.broker.records(stream.name, shard, after, PAGE):
        for record in records:
            if record.arrived >= when:
                return after
            after = record.sequence
    return after


async def get_records(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """GetRecords."""
    given = call.parameters
    name, shard, after, issued = opened(text(given, "ShardIterator") or "")
    limit = whole(given, "Limit")
    if limit is not None and not 1 <= limit <= MAX_LIMIT:
        raise _constraint("limit", f"Member must have value between 1 and {MAX_LIMIT}, inclusive")
    now = time.time() * 1000
    if now - issued > ITERATOR_LIFE:
        raise ServiceError("ExpiredIteratorException", "Iterator expired: it is more than 5 minutes old.")
    stream = home.directory.streams.get(name)
    if stream is None:
        raise _missing(home, name)
    _dry(given)
    found = _fitting(await home.broker.records(stream.name, shard, after, limit or MAX_LIMIT))
    last = found[-1].sequence if found else after
    behind = 0
    if found and last != await home.broker.last_sequence(stream.name, shard):
        behind = max(0, int(now - found[-1].arrived))
    return {
        "Records": [
            {
                "SequenceNumber": r.sequence,
                "ApproximateArrivalTimestamp": r.arrived / 1000,
                "Data": r.data,
                "PartitionKey": r.key,
            }
            for r in found
        ],
        "NextShardIterator": _iterator(stream, shard, last),
        "MillisBehindLatest": behind,
    }


def _fitting(records: list[Kept]) -> list[Kept]:
    """As many as one answer holds, and one at least."""
    total = 0
    for number, record in enumerate(records):
        total += len(record.data) * 3 // 4
        if total > MAX_REQUEST and number:
            return records[:number]
    return records


# --- streams themselves ---


def _shards(home: Home, stream: Declared) -> list[dict[str, Any]]:
    """The shards, each with its even part of the hashes."""
    ids = home.broker.shards(stream.name)
    width = HASHES // max(1, len(ids))
    return [
        {
            "ShardId": id,
            "HashKeyRange": {
                "StartingHashKey": str(number * width),
                "EndingHashKey": str(HASHES - 1 if number == len(ids) - 1 else (number + 1) * width - 1),
            },
            "SequenceNumberRange": {"StartingSequenceNumber": "0"},
        }
        for number, id in enumerate(ids)
    ]


def _about(home: Home, stream: Declared) -> dict[str, Any]:
    return {
        "StreamName": stream.physical,
        "StreamARN": stream.arn,
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "StreamCreationTimestamp": int(home.started),
    }


def _described(home: Home, stream: Declared) -> dict[str, Any]:
    hours = int(stream.entry.get("retention") or 86_400) // 3600
    return {
        **_about(home, stream),
        "RetentionPeriodHours": hours,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": "NONE",
    }


async def describe_stream(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """DescribeStream."""
    stream = _stream(home, call.parameters)
    limit, after = whole(call.parameters, "Limit") or 100, text(call.parameters, "ExclusiveStartShardId") or ""
    shards = [s for s in _shards(home, stream) if s["ShardId"] > after]
    return {"StreamDescription": {**_described(home, stream), "Shards": shards[:limit], "HasMoreShards": len(shards) > limit}}


async def describe_stream_summary(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """DescribeStreamSummary."""
    stream = _stream(home, call.parameters)
    count = len(home.broker.shards(stream.name))
    return {"StreamDescriptionSummary": {**_described(home, stream), "OpenShardCount": count, "ConsumerCount": 0}}


async def list_shards(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListShards; its token is the stream's name and the last shard."""
    given = call.parameters
    token = text(given, "NextToken")
    name, _, after = (token or "").partition("/")
    stream = _stream(home, {"StreamName": name} if token else given)
    after = after or text(given, "ExclusiveStartShardId") or ""
    limit = whole(given, "MaxResults") or PAGE
    shards = [s for s in _shards(home, stream) if s["ShardId"] > after]
    shown = shards[:limit]
    page = {"Shards": shown}
    return {**page, "NextToken": f"{stream.physical}/{shown[-1]['ShardId']}"} if len(shards) > len(shown) else page


async def list_streams(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListStreams."""
    given = call.parameters
    after = text(given, "NextToken") or text(given, "ExclusiveStartStreamName") or ""
    names = sorted(n for n in home.directory.streams if n > after)
    shown = names[: whole(given, "Limit") or 100]
    more = len(names) > len(shown)
    return {
        "StreamNames": shown,
        "HasMoreStreams": more,
        "StreamSummaries": [_about(home, home.directory.streams[n]) for n in shown],
        **({"NextToken": shown[-1]} if more else {}),
    }


async def list_tags(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """ListTagsForStream: tags are the cloud's."""
    _stream(home, call.parameters)
    return {"Tags": [], "HasMoreTags": False}


def asked(call: Call, operation: str) -> str:
    """The name or the ARN of the stream that a request is about, where it is read from; "" for none."""
    given = call.parameters
    if operation == "GetRecords":
        return opened(text(given, "ShardIterator") or "")[0]
    if operation == "ListShards" and given.get("NextToken"):
        return (text(given, "NextToken") or "").partition("/")[0]
    return text(given, "StreamARN") or text(given, "StreamName") or ""


OPERATIONS: dict[str, Operation] = {
    "PutRecord": put_record,
    "PutRecords": put_records,
    "GetShardIterator": get_shard_iterator,
    "GetRecords": get_records,
    "DescribeStream": describe_stream,
    "DescribeStreamSummary": describe_stream_summary,
    "ListShards": list_shards,
    "ListStreams": list_streams,
    "ListTagsForStream": list_tags,
}
