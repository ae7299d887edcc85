"""Two apps, of which one uses what the other made: by names, ARNs, params, exports and parameters of Systems Manager."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.conftest import Deploy
from tests.e2e.emulator import REGION
from tests.e2e.stack import Stack

OWNER = """
app owner { keep off }

topic  News
bus    Shop
table  Orders { key id: string; stream new }
stream Clicks
bucket Files
queue  Inbox
secret Token
config Inboxes Inbox.name { name "/owner/inbox" }

function work "see.event"

output newsArn   News.arn          { export "owner-news" }
output orders    Orders.name       { export "owner-orders" }
output changes   Orders.stream-arn { export "owner-changes" }
output clicksArn Clicks.arn        { export "owner-clicks" }
"""

GUEST = """
app guest

param tokenArn
param files

extern topic    News   { arn exported "owner-news" }
extern topic    Mirror "guest-mirror"
extern bus      Shop   "owner-dev-Shop"
extern table    Orders { name exported "owner-orders"; stream-arn exported "owner-changes" }
extern stream   Clicks { arn exported "owner-clicks" }
extern bucket   Files  { name files }
extern queue    Inbox  { name ssm "/owner/inbox" }
extern secret   Token  { arn tokenArn }
extern config   Inboxes "/owner/inbox"
extern function work   "owner-dev-work"

queue Heard

function listen  "see.event"
function placed  "see.event"
function changed "see.event"
function clicked "see.event"
function knows   "see.environment" {
  reads Orders, Token, Inboxes
  writes Files, Clicks
  sends Inbox
  publishes News, Shop
  calls work
}

News -> listen
News where n == 2 -> Heard
Mirror -> Inbox
Shop where detail-type == "Placed" -> placed, Inbox
Shop where detail-type == "Placed" -> work
Orders.stream where eventName == "INSERT" -> changed
Clicks -> clicked
"""


def test_externs(deployed: Deploy) -> None:
    """What the other app made feeds functions and queues, takes events, and is known by its address."""
    owner = deployed(OWNER, "owner")
    mirror = owner.client("sns").create_topic(Name="guest-mirror")["TopicArn"]
    guest = deployed(GUEST, "guest", tokenArn=owner.ids["Token"], files=owner.ids["Files"])

    # addresses
    names = {
        "ORDERS_TABLE": "Orders",
        "FILES_BUCKET": "Files",
        "CLICKS_STREAM": "Clicks",
        "NEWS_TOPIC_ARN": "News",
        "SHOP_BUS": "Shop",
        "WORK_FUNCTION": "work",
        "TOKEN_SECRET_ARN": "Token",
        "INBOXES_CONFIG": "Inboxes",
    }
    assert guest.invoke("knows", list(names)) == {variable: owner.ids[name] for variable, name in names.items()}
    # LocalStack writes an URL in a shape of its own when it is made by itself, not when it is put together.
    url = guest.invoke("knows", ["INBOX_QUEUE_URL"])["INBOX_QUEUE_URL"]
    assert url.startswith(f"https://sqs.{REGION}.")
    assert urlsplit(url).path == urlsplit(owner.ids["Inbox"]).path

    # topics
    owner.publish("News", {"n": 1})
    owner.publish("News", {"n": 2})
    guest.until(lambda: len(got(guest, "listen")) == 2, "both messages of the other app's topic")
    heard = [json.loads(event["Records"][0]["Sns"]["Message"])["n"] for event in got(guest, "listen")]
    assert sorted(heard) == [1, 2]
    assert guest.until(lambda: guest.take("Heard"), "the one that fits, in a queue") == [{"n": 2}]
    owner.client("sns").publish(TopicArn=mirror, Message='{"n": 3}')
    assert owner.until(lambda: owner.take("Inbox"), "a message in the other app's queue") == [{"n": 3}]

    # a bus
    owner.event(owner.ids["Shop"], "shop", "Sent", {"n": 4})
    owner.event(owner.ids["Shop"], "shop", "Placed", {"n": 5})
    for stack, function in ((guest, "placed"), (owner, "work")):
        stack.until(lambda stack=stack, function=function: got(stack, function), f"an event for {function}")  # type: ignore[misc]
        assert [event["detail"] for event in got(stack, function)] == [{"n": 5}]
    [event] = owner.until(lambda: owner.take("Inbox"), "an event in the other app's queue")
    assert event["detail"] == {"n": 5}

    # streams
    owner.emulator.table(owner.ids["Orders"]).put_item(Item={"id": "a"})
    owner.emulator.table(owner.ids["Orders"]).delete_item(Key={"id": "a"})
    owner.emulator.table(owner.ids["Orders"]).put_item(Item={"id": "b"})
    owner.client("kinesis").put_record(StreamName=owner.ids["Clicks"], Data=b'{"n": 6}', PartitionKey="k")
    records = guest.until(lambda: len(found := records_of(guest, "changed")) == 2 and found, "two inserts") or []
    assert [record["dynamodb"]["NewImage"] for record in records] == [{"id": {"S": "a"}}, {"id": {"S": "b"}}]
    [record] = guest.until(lambda: records_of(guest, "clicked"), "a record of the other app's stream")
    assert json.loads(base64.b64decode(record["kinesis"]["data"])) == {"n": 6}


def got(stack: Stack, function: str) -> list[Any]:
    """The events that a function got."""
    return stack.said(function, "got")


def records_of(stack: Stack, function: str) -> list[dict[str, Any]]:
    """The records of all events that a function got."""
    return [record for event in got(stack, function) for record in event["Records"]]
