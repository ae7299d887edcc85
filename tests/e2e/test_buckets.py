"""Buckets: what comes in and goes out, to everything that can be told of it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

from tests.e2e.conftest import Deploy

APP = """
app buckets { keep off }

bucket Files
queue  Gone
queue  Heard
topic  Documents
bus    Changes

function resize  "see.event"
function read    "see.event"
function watch   "see.event"
function publish "see.store" { writes Files "out/*" }

Files.created "img/*.png"  -> resize
Files.removed "img/*"      -> Gone
Files.created "doc/*"      -> Documents -> read
Files.created "big/*"      -> Changes
Changes where source == "aws.s3" and detail.object.key ends-with ".csv" -> watch
Documents -> Heard
"""


def keys(events: list[dict[str, Any]]) -> list[str]:
    """The names that S3's notifications tell, and the keys that they are about; not the test event that it sends once."""
    return [f"{r['eventName']} {unquote_plus(r['s3']['object']['key'])}" for event in events for r in event.get("Records", [])]


def test_buckets(deployed: Deploy) -> None:
    """Each object is told of by its prefix and suffix, to function, queue and topic, and by way of a bus."""
    stack = deployed(APP, "buckets")
    for key in ("img/a.jpg", "else/a.png", "img/a.png", "doc/a b.txt", "big/a.txt", "big/a.csv"):
        stack.put("Files", key)
    stack.client("s3").delete_object(Bucket=stack.ids["Files"], Key="else/a.png")
    stack.client("s3").delete_object(Bucket=stack.ids["Files"], Key="img/a.png")
    assert stack.invoke("publish", {"variable": "FILES_BUCKET", "key": "out/b.png"}) is True

    assert keys(stack.got("resize")) == ["ObjectCreated:Put img/a.png"]
    # The first thing that S3 tells queues and topics is that there is a notification.
    documents = stack.until(lambda: keys([json.loads(r["Sns"]["Message"]) for r in stack.records("read")]), "the document")
    assert documents == ["ObjectCreated:Put doc/a b.txt"]
    heard: list[Any] = []
    assert stack.until(lambda: keys(stack.drain("Heard", heard)), "the document in a queue") == ["ObjectCreated:Put doc/a b.txt"]
    gone: list[Any] = []
    assert stack.until(lambda: keys(stack.drain("Gone", gone)), "the picture's removal") == ["ObjectRemoved:Delete img/a.png"]
    [event] = stack.got("watch")
    assert (event["detail-type"], event["detail"]["object"]["key"]) == ("Object Created", "big/a.csv")
    assert stack.calls("resize", "watch") == {"resize": 1, "watch": 1}
