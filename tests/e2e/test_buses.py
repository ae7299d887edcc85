"""Buses: rules, every kind of target, inputs, and events that pass from bus to bus."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.e2e.conftest import Deploy

APP = """
app buses

bus    Shop
bus    Archive
queue  Box
queue  Ordered { fifo; dedup content }
queue  Lost
topic  News
stream Sales

function placed  "see.event"
function short   "see.event"
function fixed   "see.event"
function listen  "see.event"
function counted "see.event"
function later   "see.event"
function builds  "see.event"
function shop    "see.emit" { publishes Shop }

Shop where source == "shop" and detail-type == "Placed" and detail.total > 10 -> placed
Shop where detail-type in ["Placed", "Sent"] -> short { input "$.detail" }
Shop where detail.customer.name starts-with "a" or detail.urgent == true -> fixed { input { what "call"; times 2 } }
Shop where detail-type == "Placed" -> Box, News, Archive
Shop where detail-type == "Placed" -> Ordered { group "g"; dead-letter Lost; retries 1 }
Shop where detail-type == "Placed" -> Sales { partition "$.detail.id" }
News    -> listen
Sales   -> counted
Archive where source == "shop" -> later
aws where source == "aws.codebuild" and detail.build-status == "FAILED" -> builds
"""


def test_buses(deployed: Deploy) -> None:
    """Each event reaches just the targets whose rules it fits, whole or as the source says."""
    stack = deployed(APP, "buses")
    events = [
        {"Source": "shop", "DetailType": "Placed", "Detail": {"id": "1", "total": 5, "customer": {"name": "bob"}}},
        {"Source": "shop", "DetailType": "Sent", "Detail": {"id": "2", "total": 50, "urgent": True}},
        {"Source": "mall", "DetailType": "Placed", "Detail": {"id": "3", "total": 50, "customer": {"name": "ann"}}},
        {"Source": "shop", "DetailType": "Placed", "Detail": {"id": "4", "total": 10.5}},
    ]
    assert stack.invoke("shop", {"variable": "SHOP_BUS", "events": events}) == 0
    stack.event("default", "aws.codebuild", "CodeBuild Build State Change", {"build-status": "SUCCEEDED"})  # at AWS only AWS may say so
    stack.event("default", "aws.codebuild", "CodeBuild Build State Change", {"build-status": "FAILED"})

    def ids(events: list[dict[str, Any]]) -> list[str]:
        return sorted(event["detail"]["id"] for event in events)

    assert ids(stack.got("placed", 1)) == ["4"]
    assert stack.got("placed", 1)[0]["source"] == "shop"
    assert sorted(event["id"] for event in stack.got("short", 4)) == ["1", "2", "3", "4"]
    assert stack.got("fixed", 2) == [{"what": "call", "times": 2}] * 2
    assert ids(stack.got("later", 2)) == ["1", "4"]
    assert [event["detail"] for event in stack.got("builds", 1)] == [{"build-status": "FAILED"}]

    assert ids(stack.take("Box", 3)) == ["1", "3", "4"]
    assert ids(stack.take("Ordered", 3)) == ["1", "3", "4"]
    assert ids([json.loads(record["Sns"]["Message"]) for record in stack.records("listen", 3)]) == ["1", "3", "4"]
    counted = [record["kinesis"] for record in stack.records("counted", 3)]
    assert ids([json.loads(base64.b64decode(record["data"])) for record in counted]) == ["1", "3", "4"]
    assert sorted(record["partitionKey"] for record in counted) == ["1", "3", "4"]
    assert stack.waiting("Lost") == 0
    assert stack.calls("placed", "short", "fixed", "later", "builds", "listen") == {
        "placed": 1,
        "short": 4,
        "fixed": 2,
        "later": 2,
        "builds": 1,
        "listen": 3,
    }
