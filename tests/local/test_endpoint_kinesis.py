"""Kinesis at the endpoint, through boto3."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ifc.local.services import kinesis as service
from tests.local.endpoint_fakes import ACCOUNT, Running, arn, description, running

NAME = "app-dev-Clicks"
FIRST, SECOND = "shardId-000000000000", "shardId-000000000001"  # keys of an even and of an odd length go there


@pytest.fixture(scope="module")
def kinesis(endpoint: Running) -> Any:
    """The developer's client."""
    return endpoint.client("kinesis")


def error(call: Any, **parameters: Any) -> tuple[str, str]:
    """The code and the message of a call's error."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def put(kinesis: Any, *data: str) -> list[str]:
    """Puts records into the second shard; their sequence numbers."""
    return [kinesis.put_record(StreamName=NAME, Data=d.encode(), PartitionKey="k")["SequenceNumber"] for d in data]


def read(kinesis: Any, **start: Any) -> list[str]:
    """The data of the second shard from a place on."""
    iterator = kinesis.get_shard_iterator(StreamName=NAME, ShardId=SECOND, **start)["ShardIterator"]
    return [r["Data"].decode() for r in kinesis.get_records(ShardIterator=iterator)["Records"]]


def test_records_go_and_come(here: Running, kinesis: Any) -> None:
    """What is put is read, one at a time and many."""
    sent = kinesis.put_record(StreamName=NAME, Data=b"\x00\xff", PartitionKey="k", ExplicitHashKey="5")
    assert (sent["ShardId"], sent["SequenceNumber"]) == (SECOND, "100")
    many = kinesis.put_records(
        StreamARN=arn("kinesis", f"stream/{NAME}"), Records=[{"Data": b"a", "PartitionKey": "kk"}, {"Data": b"", "PartitionKey": "k"}]
    )
    assert many["FailedRecordCount"] == 0
    assert [(r["ShardId"], r["SequenceNumber"]) for r in many["Records"]] == [(FIRST, "101"), (SECOND, "102")]
    iterator = kinesis.get_shard_iterator(StreamName=NAME, ShardId=SECOND, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    page = kinesis.get_records(ShardIterator=iterator, Limit=1)
    [record] = page["Records"]
    assert (record["Data"], record["PartitionKey"], record["SequenceNumber"]) == (b"\x00\xff", "k", "100")
    assert record["ApproximateArrivalTimestamp"].timestamp() == pytest.approx(time.time(), abs=600)
    assert page["MillisBehindLatest"] >= 0
    rest = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert ([r["Data"] for r in rest["Records"]], rest["MillisBehindLatest"]) == ([b""], 0)
    end = kinesis.get_records(ShardIterator=rest["NextShardIterator"])
    assert end["Records"] == []
    put(kinesis, "new")
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=end["NextShardIterator"])["Records"]] == [b"new"]


def test_iterators_of_all_types(here: Running, kinesis: Any) -> None:
    """An iterator begins at the oldest, behind the newest, at or behind a record, or at a time."""
    _, second, _ = put(kinesis, "a", "b", "c")
    assert read(kinesis, ShardIteratorType="TRIM_HORIZON") == ["a", "b", "c"]
    assert read(kinesis, ShardIteratorType="LATEST") == []
    assert read(kinesis, ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=second) == ["b", "c"]
    assert read(kinesis, ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=second) == ["c"]
    kept = here.broker.kept[("Clicks", SECOND)]
    here.broker.kept[("Clicks", SECOND)] = [type(k)(k.sequence, k.key, k.data, 1000 * (n + 1)) for n, k in enumerate(kept)]
    assert read(kinesis, ShardIteratorType="AT_TIMESTAMP", Timestamp=0) == ["a", "b", "c"]
    assert read(kinesis, ShardIteratorType="AT_TIMESTAMP", Timestamp=2) == ["b", "c"]
    assert read(kinesis, ShardIteratorType="AT_TIMESTAMP", Timestamp=2.5) == ["c"]
    assert read(kinesis, ShardIteratorType="AT_TIMESTAMP", Timestamp=9) == []
    latest = kinesis.get_shard_iterator(StreamName=NAME, ShardId=SECOND, ShardIteratorType="LATEST")["ShardIterator"]
    put(kinesis, "d")
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=latest)["Records"]] == [b"d"]


def test_the_newest_of_an_empty_shard(here: Running, kinesis: Any) -> None:
    """LATEST in a shard without records sees the first that comes."""
    latest = kinesis.get_shard_iterator(StreamName=NAME, ShardId=SECOND, ShardIteratorType="LATEST")["ShardIterator"]
    put(kinesis, "a")
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=latest)["Records"]] == [b"a"]


def test_an_answer_has_ten_megabytes(here: Running, kinesis: Any) -> None:
    """Records that one answer can't hold come with the next."""
    put(kinesis, *(letter * 1_000_000 for letter in "abcdefghijkl"))
    iterator = kinesis.get_shard_iterator(StreamName=NAME, ShardId=SECOND, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    page = kinesis.get_records(ShardIterator=iterator)
    assert "".join(r["Data"][:1].decode() for r in page["Records"]) == "abcdefghij"
    assert page["MillisBehindLatest"] >= 0
    assert "".join(r["Data"][:1].decode() for r in kinesis.get_records(ShardIterator=page["NextShardIterator"])["Records"]) == "kl"


def test_streams_are_found(here: Running, kinesis: Any) -> None:
    """Streams, their shards with all hashes between them, and their settings."""
    assert kinesis.list_streams()["StreamNames"] == [NAME]
    assert not kinesis.list_streams()["HasMoreStreams"]
    summary = kinesis.describe_stream_summary(StreamName=NAME)["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], summary["RetentionPeriodHours"], summary["StreamStatus"]) == (2, 24, "ACTIVE")
    assert summary["StreamARN"] == arn("kinesis", f"stream/{NAME}")
    whole = kinesis.describe_stream(StreamName=NAME)["StreamDescription"]
    assert [s["ShardId"] for s in whole["Shards"]] == [FIRST, SECOND]
    ranges = [s["HashKeyRange"] for s in whole["Shards"]]
    assert ranges[0]["StartingHashKey"] == "0"
    assert int(ranges[1]["StartingHashKey"]) == int(ranges[0]["EndingHashKey"]) + 1
    assert int(ranges[1]["EndingHashKey"]) == 2**128 - 1
    part = kinesis.describe_stream(StreamName=NAME, Limit=1)["StreamDescription"]
    assert (len(part["Shards"]), part["HasMoreShards"]) == (1, True)
    assert kinesis.list_shards(StreamName=NAME)["Shards"] == whole["Shards"]
    page = kinesis.list_shards(StreamName=NAME, MaxResults=1)
    assert [s["ShardId"] for s in kinesis.list_shards(NextToken=page["NextToken"])["Shards"]] == [SECOND]
    assert kinesis.list_tags_for_stream(StreamName=NAME)["Tags"] == []


def test_many_streams_come_in_pages(here: Running) -> None:
    """A list of streams goes on behind a token."""
    many = description()
    many["streams"] = {f"S{n}": {"name": f"s{n}", "arn": arn("kinesis", f"stream/s{n}")} for n in range(3)}
    with running(many) as other:
        client = other.client("kinesis")
        first = client.list_streams(Limit=2)
        assert (first["StreamNames"], first["HasMoreStreams"]) == (["s0", "s1"], True)
        assert client.list_streams(NextToken=first["NextToken"])["StreamNames"] == ["s2"]


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("put_record", {"StreamName": "nope", "Data": b"x", "PartitionKey": "k"}, "ResourceNotFoundException"),
        ("put_record", {"Data": b"x", "PartitionKey": "k"}, "InvalidArgumentException"),
        ("put_record", {"StreamName": NAME, "Data": b"x" * 1_048_577, "PartitionKey": "k"}, "ValidationException"),
        ("put_record", {"StreamName": NAME, "Data": b"x"}, "ValidationException"),
        ("put_record", {"StreamName": NAME, "Data": b"x", "PartitionKey": "k" * 257}, "ValidationException"),
        ("put_record", {"StreamName": NAME, "Data": b"x", "PartitionKey": "k", "ExplicitHashKey": "-1"}, "InvalidArgumentException"),
        ("put_record", {"StreamName": NAME, "Data": b"x", "PartitionKey": "k", "ExplicitHashKey": str(2**128)}, "InvalidArgumentException"),
        ("put_record", {"StreamName": NAME, "Data": b"x", "PartitionKey": "k", "DryRun": True}, "DryRunOperationException"),
        ("put_records", {"StreamName": NAME, "Records": [{"Data": b"x", "PartitionKey": "k"}] * 501}, "ValidationException"),
        (
            "put_records",
            {"StreamName": NAME, "Records": [{"Data": b"x" * 1_000_000, "PartitionKey": "k"}] * 11},
            "InvalidArgumentException",
        ),
        ("describe_stream_summary", {"StreamName": "nope"}, "ResourceNotFoundException"),
        ("get_shard_iterator", {"StreamName": NAME, "ShardId": "x", "ShardIteratorType": "LATEST"}, "ResourceNotFoundException"),
        ("get_shard_iterator", {"StreamName": NAME, "ShardId": FIRST, "ShardIteratorType": "NEWEST"}, "ValidationException"),
        (
            "get_shard_iterator",
            {"StreamName": NAME, "ShardId": FIRST, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "x"},
            "InvalidArgumentException",
        ),
        ("get_shard_iterator", {"StreamName": NAME, "ShardId": FIRST, "ShardIteratorType": "AT_TIMESTAMP"}, "InvalidArgumentException"),
        ("get_records", {"ShardIterator": "x"}, "InvalidArgumentException"),
        ("get_records", {"ShardIterator": "W10="}, "InvalidArgumentException"),
        ("create_stream", {"StreamName": "x"}, "UnsupportedOperation"),
        ("register_stream_consumer", {"StreamARN": "x", "ConsumerName": "x"}, "UnsupportedOperation"),
        ("describe_limits", {}, "UnsupportedOperation"),
    ],
)
def test_bad_requests_are_refused(here: Running, kinesis: Any, operation: str, parameters: dict[str, Any], code: str) -> None:
    """Each limit of Kinesis has its own error, and nothing is put."""
    assert error(getattr(kinesis, operation), **parameters)[0] == code
    assert not here.broker.kept


def test_the_largest_record_is_put(here: Running, kinesis: Any) -> None:
    """A megabyte of data is allowed."""
    kinesis.put_record(StreamName=NAME, Data=b"x" * 1_048_576, PartitionKey="k" * 256)
    assert len(here.broker.kept) == 1


def test_data_is_base_64(here: Running) -> None:
    """What is no base 64 is no data."""
    status, found = here.post("kinesis", "Kinesis_20131202.PutRecord", {"StreamName": NAME, "Data": "ä", "PartitionKey": "k"}, "1.1")
    assert (status, found["__type"]) == (400, "SerializationException")


def test_limits_of_a_page(here: Running, kinesis: Any) -> None:
    """GetRecords takes a limit up to 10,000."""
    iterator = kinesis.get_shard_iterator(StreamName=NAME, ShardId=FIRST, ShardIteratorType="LATEST")["ShardIterator"]
    status, found = here.post("kinesis", "Kinesis_20131202.GetRecords", {"ShardIterator": iterator, "Limit": 10_001}, "1.1")
    assert (status, found["__type"]) == (400, "ValidationException")


def test_an_iterator_ends_with_its_time_and_its_stream(here: Running, kinesis: Any) -> None:
    """Iterators are for five minutes, and for streams that are still declared."""
    now = int(time.time() * 1000)

    def made(stream: str, given: int) -> str:
        return base64.urlsafe_b64encode(json.dumps([stream, FIRST, "", given]).encode()).decode()

    assert error(kinesis.get_records, ShardIterator=made(NAME, now - 400_000))[0] == "ExpiredIteratorException"
    assert error(kinesis.get_records, ShardIterator=made("gone", now))[0] == "ResourceNotFoundException"
    assert kinesis.get_records(ShardIterator=made(NAME, now))["Records"] == []
    assert service.opened(made(NAME, now)) == (NAME, FIRST, "", now)


def test_an_iterator_is_checked_for_its_own_stream(here: Running) -> None:
    """An iterator of one stream with the ARN of another does not get around the permissions."""
    from tests.local.endpoint_fakes import allow

    other = arn("kinesis", "stream/other")
    with running(description(f=[allow("kinesis:GetRecords", other)])) as guarded:
        iterator = base64.urlsafe_b64encode(json.dumps([NAME, FIRST, "", int(time.time() * 1000)]).encode()).decode()
        client = guarded.client("kinesis", "f")
        assert error(client.get_records, ShardIterator=iterator, StreamARN=other)[0] == "AccessDeniedException"
        assert ACCOUNT in error(client.get_records, ShardIterator=iterator)[1]
