"""The shapes of events, and what functions in Lua are given of them."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import unquote_plus

import hypothesis.strategies as st
from hypothesis import given

from ifc.local import events
from ifc.local.inputs import fits, part_of, partition_of
from ifc.local.inputs import given as sent
from ifc.local.lua_events import values

ARN = "arn:aws:sqs:ap-northeast-1:000000000000:x"


def test_times() -> None:
    """Times are written as services write them, and a fraction never runs over."""
    assert events.moment(1795334400.9999996) == "2026-11-22T08:00:00.999Z"
    assert events.moment(0.0) == "1970-01-01T00:00:00.000Z"
    assert events.second(1795334400.9) == "2026-11-22T08:00:00Z"


@given(st.lists(st.integers(0, 1 << 60), min_size=2, max_size=5))
def test_sequence_numbers_sort_as_texts(offsets: list[int]) -> None:
    """Sequence numbers are in the order of offsets, as texts and as numbers, with no zero in front."""
    for sequence in (events.sequence, events.stream_sequence, events.fifo_sequence):
        found = [sequence(offset) for offset in sorted(offsets)]
        assert found == sorted(found)
        assert all(number[0] != "0" and len(number) == len(found[0]) for number in found)
    assert [events.stream_offset(events.stream_sequence(offset)) for offset in offsets] == offsets


def test_sequence_numbers_that_are_none() -> None:
    """Where nothing was read yet, reading begins at the oldest."""
    assert [events.stream_offset(sequence) for sequence in ("", "0", "17", events.stream_sequence(3))] == [0, 0, 0, 3]


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text()), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_encoding(content: Any) -> None:
    """Any JSON is encoded, also what is no text in UTF-8."""
    assert json.loads(events.encoded(content)) == content
    assert json.loads(events.encoded("\ud800 half")) == "\ud800 half"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_keys_of_objects(key: str) -> None:
    """A key in an event of S3 is encoded as in a form; slashes stay."""
    bucket = {"name": "b", "arn": "arn:aws:s3:::b"}
    change = {"key": key, "event": "ObjectRemoved:Delete", "sequencer": "01"}
    [record] = events.bucket_event(bucket, change, "x", "us-east-1", 1.0)["Records"]
    shown = record["s3"]["object"]["key"]
    assert unquote_plus(shown) == key
    assert shown.isascii()
    assert " " not in shown
    assert shown.count("/") == key.count("/")


def test_parts_of_events() -> None:
    """A path names a value, or with `*` all values; what is not there is null."""
    event = {"id": "i", "detail": {"items": [{"id": 1}, {"x": 2}, {"id": 3}], "a-b": {"0": "zero"}, "n": None, "t": "text"}}
    cases = {
        "$": event,
        "$.detail.t": "text",
        "$.detail.items[0].id": 1,
        "$.detail.items[2]": {"id": 3},
        "$.detail.items[9]": None,
        "$.detail.items[*].id": [1, 3],
        "$.detail.*.id": [],
        "$.detail.a-b.0": "zero",
        "$.detail.n.x": None,
        "$.detail.t.x": None,
        "$.nothing[*]": [],
    }
    assert {path: part_of(event, path) for path in cases} == cases
    assert sent(None, event) == json.dumps(event, separators=(",", ":"))
    assert sent({"path": "$.detail.t"}, event) == '"text"'
    assert sent('{"fixed":1}', event) == '{"fixed":1}'
    assert [partition_of(p, event) for p in (None, "$.detail.t", "$.detail.items[0]", "plain")] == ["i", "text", '{"id":1}', "plain"]


def test_patterns_of_keys() -> None:
    """A star stands for anything, also over lines and slashes; everything else for itself."""
    assert fits(None, "x")
    assert fits("in/*.jpg", "in/a/b.jpg")
    assert fits("*", "a\nb")
    assert not fits("in/*.jpg", "in/xjpg")
    assert not fits("a.c", "abc")


# --- functions in Lua ---


def test_values_of_messages() -> None:
    """A message's JSON, or its text."""
    event = {"Records": [{"eventSource": "aws:sqs", "messageId": str(n), "body": body} for n, body in enumerate(['{"a":1}', "text", "5"])]}
    assert values(event) == [("0", {"a": 1}), ("1", "text"), ("2", 5)]
    news = {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "[1]", "MessageId": "x"}}]}
    assert values(news) == [("", [1])]


def test_values_of_records() -> None:
    """A record's JSON or text; what is neither stays in base 64."""
    data = [base64.b64encode(d).decode() for d in (b'{"a":1}', b"text", b"\xff")]
    event = {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": str(n), "data": d}} for n, d in enumerate(data)]}
    assert values(event) == [("0", {"a": 1}), ("1", "text"), ("2", "/w==")]


def test_values_of_changes() -> None:
    """A change with plain values: sets are lists, numbers are numbers, and images that the stream has not are absent."""
    image = {
        "s": {"S": "x"},
        "n": {"N": "5"},
        "f": {"N": "1.5"},
        "b": {"B": "AAE="},
        "t": {"BOOL": True},
        "z": {"NULL": True},
        "l": {"L": [{"N": "1"}, {"M": {"x": {"S": "y"}}}]},
        "ss": {"SS": ["a"]},
        "ns": {"NS": ["1", "2.5"]},
    }
    record = {
        "eventSource": "aws:dynamodb",
        "eventName": "INSERT",
        "dynamodb": {"SequenceNumber": "7", "Keys": {"s": {"S": "x"}}, "NewImage": image},
    }
    plain = {"s": "x", "n": 5, "f": 1.5, "b": "AAE=", "t": True, "z": None, "l": [1, {"x": "y"}], "ss": ["a"], "ns": [1, 2.5]}
    assert values({"Records": [record]}) == [("7", {"event": "INSERT", "keys": {"s": "x"}, "new": plain})]


def test_values_of_everything_else() -> None:
    """S3's record by itself; any other event as it is, whatever it looks like."""
    record = {"eventSource": "aws:s3", "s3": {}}
    assert values({"Records": [record]}) == [("", record)]
    for event in (
        {"source": "shop"},
        {},
        {"Records": []},
        {"Records": 5},
        {"Records": [1]},
        {"Records": [{"x": 1}]},
        {"Records": [record, {}]},
    ):
        assert values(event) == [("", event)]
