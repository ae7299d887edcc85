"""Topics: filters on body and attributes, raw and wrapped messages, and everyone who may follow."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.conftest import Deploy
from tests.e2e.stack import Stack

APP = """
app topics

topic News
topic Alerts
topic Steps   { fifo; dedup content }
queue Ordered { fifo }
queue Inbox
queue Letters
queue Sports
queue Lost

function fans    "see.event"
function urgent  "see.event"
function reader  "see.messages"
function press   "see.publish" { publishes News }

News where kind == "sport" and score >= 3 or breaking == true -> fans
News -> Inbox { dead-letter Lost }
News -> Letters { raw off }
News where kind in ["sport", "games"] and not title starts-with "old" -> Sports -> reader
Alerts where attributes.level == "high" -> urgent { dead-letter Lost }
Steps -> Ordered
"""

NEWS = [
    {"kind": "sport", "score": 2, "title": "old hat"},
    {"kind": "games", "score": 9, "title": "chess"},
    {"kind": "art", "score": 9, "title": "a find", "breaking": True},
    {"kind": "sport", "score": 3, "title": "a win"},
]


def test_topics(deployed: Deploy) -> None:
    """Each message reaches just those whose filter it fits, in the form that the source says."""
    stack = deployed(APP, "topics")
    assert stack.invoke("press", {"variable": "NEWS_TOPIC_ARN", "messages": NEWS}) is True
    stack.publish("Alerts", {"n": 1}, level="low")
    stack.publish("Alerts", {"n": 2}, level="high")
    stack.publish("Alerts", {"level": "high", "n": 3})

    for number in (1, 2, 2, 3):
        stack.client("sns").publish(TopicArn=stack.ids["Steps"], Message=json.dumps({"n": number}), MessageGroupId="g")
    assert [step["n"] for step in stack.take("Ordered", 3)] == [1, 2, 3]

    assert titles(stack.take("Inbox", 4)) == ["a find", "a win", "chess", "old hat"]
    letters = stack.take("Letters", 4)
    assert {letter["Type"] for letter in letters} == {"Notification"}
    assert titles([json.loads(letter["Message"]) for letter in letters]) == ["a find", "a win", "chess", "old hat"]
    assert titles(messages(stack, "fans", 2)) == ["a find", "a win"]
    assert titles(stack.got("reader", 2)) == ["a win", "chess"]
    assert messages(stack, "urgent", 1) == [{"n": 2}]
    stack.until_empty("Sports")
    assert stack.waiting("Lost") == 0
    assert stack.calls("fans", "reader", "urgent") == {"fans": 2, "reader": 2, "urgent": 1}


def messages(stack: Stack, function: str, count: int) -> list[Any]:
    """The messages that a function got from a topic."""
    return [json.loads(record["Sns"]["Message"]) for record in stack.records(function, count)]


def titles(news: list[dict[str, str]]) -> list[str]:
    """The titles, sorted: a topic keeps no order."""
    return sorted(one["title"] for one in news)
