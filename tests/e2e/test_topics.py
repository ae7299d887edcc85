"""Topics: filters on body and attributes, raw and wrapped messages, and everyone who may follow."""

from __future__ import annotations

import json

from tests.e2e.conftest import Deploy

APP = """
app topics

topic News
topic Alerts
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

    stack.until(lambda: stack.waiting("Inbox") == 4, "everything is in the inbox")
    assert titles(stack.take("Inbox")) == ["a find", "a win", "chess", "old hat"]
    stack.until(lambda: stack.waiting("Letters") == 4, "everything is in the letters")
    letters = stack.take("Letters")
    assert {letter["Type"] for letter in letters} == {"Notification"}
    assert titles([json.loads(letter["Message"]) for letter in letters]) == ["a find", "a win", "chess", "old hat"]

    def seen(function: str) -> list[object]:
        return [json.loads(record["Sns"]["Message"]) for event in stack.said(function, "got") for record in event["Records"]]

    stack.until(lambda: len(seen("fans")) == 2, "two for the fans")
    assert titles(seen("fans")) == ["a find", "a win"]
    stack.until(lambda: len(stack.said("reader", "got")) == 2, "two by the queue for the reader")
    assert titles(stack.said("reader", "got")) == ["a win", "chess"]
    stack.until_empty("Sports")
    assert stack.until(lambda: seen("urgent"), "the urgent alert") == [{"n": 2}]
    assert stack.waiting("Lost") == 0
    assert stack.calls("fans", "reader", "urgent") == {"fans": 2, "reader": 2, "urgent": 1}


def titles(news: list[dict[str, str]]) -> list[str]:
    """The titles, sorted: a topic keeps no order."""
    return sorted(one["title"] for one in news)
