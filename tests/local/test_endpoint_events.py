"""EventBridge at the endpoint, through boto3."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.endpoint_fakes import ACCOUNT, REGION, Running, arn, description, running

SHOP = {"EventBusName": "app-dev-Shop"}
GOOD = {"Source": "shop", "DetailType": "Sold", "Detail": '{"total": 3}', **SHOP}


@pytest.fixture(scope="module")
def events(endpoint: Running) -> Any:
    """The developer's client."""
    return endpoint.client("events")


def test_an_event_is_complete(here: Running, events: Any) -> None:
    """The engine gets an event as its targets will see it, but for the id, which comes back."""
    when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    found = events.put_events(Entries=[{**GOOD, "Time": when, "Resources": ["arn:a", "arn:b"], "TraceHeader": "Root=1"}])
    assert found["FailedEntryCount"] == 0
    assert found["Entries"] == [{"EventId": "id-Shop-0"}]
    assert found["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"
    assert here.broker.events == [
        (
            "Shop",
            {
                "version": "0",
                "detail-type": "Sold",
                "source": "shop",
                "account": ACCOUNT,
                "time": "2026-03-04T05:06:07Z",
                "region": REGION,
                "resources": ["arn:a", "arn:b"],
                "detail": {"total": 3},
            },
        )
    ]


def test_an_event_without_a_time_is_of_now(here: Running, events: Any) -> None:
    """EventBridge sets the time of the request."""
    events.put_events(Entries=[GOOD])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", here.broker.events[0][1]["time"])
    assert here.broker.events[0][1]["resources"] == []


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({**SHOP, "DetailType": "x", "Detail": "{}"}, "InvalidArgument"),
        ({**SHOP, "Source": "x", "Detail": "{}"}, "InvalidArgument"),
        ({**SHOP, "Source": "x", "DetailType": "x"}, "InvalidArgument"),
        ({**GOOD, "Detail": "{"}, "MalformedDetail"),
        ({**GOOD, "Detail": "[]"}, "MalformedDetail"),
        ({**GOOD, "Detail": "[" * 50_000}, "MalformedDetail"),
        ({**GOOD, "Source": "aws.s3"}, "NotAuthorizedForSource"),
        ({**GOOD, "DetailType": "x" * 129}, "InvalidArgument"),
        ({**GOOD, "Source": "x" * 257}, "InvalidArgument"),
    ],
)
def test_a_bad_entry_fails_alone(here: Running, events: Any, entry: dict[str, str], code: str) -> None:
    """The entries around a bad one are put, in their order; the bad one is told with its own code."""
    found = events.put_events(Entries=[GOOD, entry, {**GOOD, "Source": "last"}])
    assert found["FailedEntryCount"] == 1
    assert [e.get("ErrorCode") for e in found["Entries"]] == [None, code, None]
    assert [e.get("EventId") for e in found["Entries"]] == ["id-Shop-0", None, "id-Shop-1"]
    assert [e["source"] for _, e in here.broker.events] == ["shop", "last"]


def test_entries_go_to_their_buses(here: Running, events: Any) -> None:
    """A bus goes by its name or its ARN; one that isn't declared forgets its events, as EventBridge does."""
    found = events.put_events(
        Entries=[
            {**GOOD, "EventBusName": arn("events", "event-bus/app-dev-Shop")},
            {**GOOD, "EventBusName": "nope"},
            {**GOOD, "EventBusName": "default"},
        ]
    )
    assert found["FailedEntryCount"] == 0
    assert all(e["EventId"] for e in found["Entries"])
    assert [bus for bus, _ in here.broker.events] == ["Shop"]
    assert here.notes == ["PutEvents: there is no bus `nope`, so the event is lost, as on AWS"]


def test_the_accounts_own_bus(here: Running) -> None:
    """An app that declares something about `aws` gets the events of the default bus."""
    given = description()
    given["buses"]["aws"] = {"name": "default", "arn": arn("events", "event-bus/default"), "topic": "aws"}
    with running(given) as other:
        other.client("events").put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}, GOOD])
        assert [bus for bus, _ in other.broker.events] == ["aws", "Shop"]


def test_limits_are_allowed_themselves(here: Running) -> None:
    """The longest source and type, and a request of exactly a megabyte, of which a time counts 14 bytes."""
    longest = {**SHOP, "Source": "s" * 256, "DetailType": "d" * 128, "Time": 1}
    rest = 1_048_576 - 256 - 128 - 14 - len('{"a":""}') - len("arn:x")
    for more, expected in ((0, 200), (1, 400)):
        detail = '{"a":"' + "x" * (rest + more) + '"}'
        status, found = here.post(
            "events", "AWSEvents.PutEvents", {"Entries": [{**longest, "Detail": detail, "Resources": ["arn:x"]}]}, "1.1"
        )
        assert status == expected
        assert expected == 400 or found["FailedEntryCount"] == 0
    status, found = here.post("events", "AWSEvents.PutEvents", {"Entries": [{**GOOD, "Source": 1}]}, "1.1")
    assert found["Entries"][0]["ErrorCode"] == "InvalidArgument"


def test_an_impossible_time(here: Running) -> None:
    """A time that no calendar has fails its entry."""
    body = {"Entries": [{**GOOD, "Time": 1e300}, {**GOOD, "Time": "soon"}]}
    status, found = here.post("events", "AWSEvents.PutEvents", body, "1.1")
    assert (status, [e["ErrorCode"] for e in found["Entries"]]) == (200, ["InvalidArgument", "InvalidArgument"])


@pytest.mark.parametrize(
    "entries", [[], [GOOD] * 11, [{**GOOD, "Detail": '"' + "x" * 600_000 + '"'}] * 2], ids=["none", "eleven", "more than a megabyte"]
)
def test_bad_requests_are_refused_whole(here: Running, events: Any, entries: list[dict[str, str]]) -> None:
    """One to ten entries, with a megabyte together."""
    status, found = here.post("events", "AWSEvents.PutEvents", {"Entries": entries}, "1.1")
    assert (status, found["__type"]) == (400, "ValidationException")
    assert not here.broker.events


def test_entries_that_are_none(here: Running) -> None:
    """What is no entry is refused."""
    for entries in (["x"], "x", None):
        status, _ = here.post("events", "AWSEvents.PutEvents", {"Entries": entries}, "1.1")
        assert status == 400
    assert not here.notes


def test_buses_are_found(here: Running, events: Any) -> None:
    """The declared buses and the account's own."""
    assert [b["Name"] for b in events.list_event_buses()["EventBuses"]] == ["app-dev-Shop", "default"]
    assert [b["Name"] for b in events.list_event_buses(NamePrefix="app")["EventBuses"]] == ["app-dev-Shop"]
    first = events.list_event_buses(Limit=1)
    assert [b["Name"] for b in events.list_event_buses(NextToken=first["NextToken"])["EventBuses"]] == ["default"]
    assert events.describe_event_bus(Name="app-dev-Shop")["Arn"] == arn("events", "event-bus/app-dev-Shop")
    assert events.describe_event_bus()["Arn"] == arn("events", "event-bus/default")
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_event_bus(Name="nope")


@pytest.mark.parametrize("operation", ["put_rule", "delete_rule"])
def test_rules_are_declared(here: Running, events: Any, operation: str) -> None:
    """A rule is an arrow of the app."""
    with pytest.raises(ClientError, match=r"declare it in app\.ifc") as caught:
        getattr(events, operation)(Name="x")
    assert caught.value.response["Error"]["Code"] == "UnsupportedOperation"
