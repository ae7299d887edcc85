"""The streams of tables, and Kinesis: filters in their types, order, retries, and records that failed."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.e2e.conftest import Deploy
from tests.e2e.stack import Stack

TABLES = """
app tables

table Orders   { key id: string, version: number; stream new-and-old }
table Sessions { key id: string; stream keys }
topic Trouble
queue Broken

function inserted "see.event"
function changed  "see.event"
function removed  "see.event"
function failing  "see.broken"

Orders.stream where eventName == "INSERT" and new.version == 1 -> inserted
Orders.stream where eventName == "MODIFY" and new.status in ["sent", "lost"] and new.address.city == "Ulm" -> changed
Sessions.stream where eventName == "REMOVE" and keys.id starts-with "a" -> removed
Sessions.stream where eventName == "INSERT" and keys.id == "bad" -> failing { retries 1; bisect off; dead-letter Trouble }
Trouble -> Broken
"""


def test_table_streams(deployed: Deploy) -> None:
    """Inserts, changes and removals reach the functions whose filters they fit; what fails is told to a queue."""
    stack = deployed(TABLES, "tables")
    orders, sessions = (stack.emulator.table(stack.ids[name]) for name in ("Orders", "Sessions"))
    home = {"city": "Ulm", "street": "High St"}
    for version in (2, 1):
        orders.put_item(Item={"id": "a", "version": version, "status": "new", "address": home})
    for id, version, status, address in (
        ("a", 2, "paid", home),
        ("a", 1, "sent", {"city": "Bonn"}),
        ("a", 2, "sent", home),
        ("b", 1, "lost", home),
    ):
        orders.put_item(Item={"id": id, "version": version, "status": status, "address": address})
    orders.put_item(Item={"id": "b", "version": 1, "status": "lost", "address": {**home, "street": "Low St"}})
    for id in ("adam", "bad", "anna"):
        sessions.put_item(Item={"id": id})
    for id in ("adam", "bad", "anna"):
        sessions.delete_item(Key={"id": id})

    inserted = stack.records("inserted", 2)
    assert [(record["eventName"], record["dynamodb"]["Keys"]["id"]["S"]) for record in inserted] == [("INSERT", "a"), ("INSERT", "b")]
    changes = [record["dynamodb"] for record in stack.records("changed", 2)]
    assert [(change["Keys"]["id"]["S"], change["Keys"]["version"]["N"]) for change in changes] == [("a", "2"), ("b", "1")]
    assert changes[0]["OldImage"]["status"] == {"S": "paid"}
    removals = stack.records("removed", 2)
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in removals] == ["adam", "anna"]
    assert not [record for record in removals if "OldImage" in record["dynamodb"]]  # `stream keys` tells no more

    [told] = stack.take("Broken")
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert len(stack.said("failing", "got")) == 2


KINESIS = """
app kinesis { keep off }

stream Clicks
bucket Broken

function all     "see.event"
function big     "see.event"
function failing "see.broken"
function writer  "see.write" { writes Clicks }

Clicks -> all { batch 10 }
Clicks where kind == "buy" and price > 10 or kind == "gift" -> big
Clicks where kind == "bad" -> failing { retries 1; dead-letter Broken }
"""


def test_kinesis(deployed: Deploy) -> None:
    """Every record reaches the function without a filter, and the others what fits; what fails is told to a queue."""
    stack = deployed(KINESIS, "kinesis")
    clicks = [{"kind": "buy", "price": 5}, {"kind": "buy", "price": 10.5}, {"kind": "bad"}, {"kind": "look", "price": 99}, {"kind": "gift"}]
    assert stack.invoke("writer", {"variable": "CLICKS_STREAM", "records": clicks}) is True
    assert data(stack, "all", 5) == clicks
    assert data(stack, "big", 2) == [clicks[1], clicks[4]]
    [key] = stack.until(lambda: stack.keys("Broken"), "the failure is told")
    assert json.loads(stack.content("Broken", key))["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert data(stack, "failing", 2) == [clicks[2], clicks[2]]


def data(stack: Stack, function: str, count: int) -> list[Any]:
    """What a function got from a Kinesis stream."""
    return [json.loads(base64.b64decode(record["kinesis"]["data"])) for record in stack.records(function, count)]
