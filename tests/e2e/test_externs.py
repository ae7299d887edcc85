"""Two apps, of which one uses what the other made: by names, ARNs, params, exports and parameters of Systems Manager."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlsplit

from tests.e2e.conftest import Deploy
from tests.e2e.emulator import REGION

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
    heard = [json.loads(record["Sns"]["Message"])["n"] for record in guest.records("listen", 2)]
    assert sorted(heard) == [1, 2]
    assert guest.take("Heard") == [{"n": 2}]
    owner.client("sns").publish(TopicArn=mirror, Message='{"n": 3}')
    assert owner.take("Inbox") == [{"n": 3}]

    # a bus
    owner.event(owner.ids["Shop"], "shop", "Sent", {"n": 4})
    owner.event(owner.ids["Shop"], "shop", "Placed", {"n": 5})
    assert [event["detail"] for event in guest.got("placed")] == [{"n": 5}]
    assert [event["detail"] for event in owner.got("work")] == [{"n": 5}]
    assert [event["detail"] for event in owner.take("Inbox")] == [{"n": 5}]

    # streams
    orders = owner.emulator.table(owner.ids["Orders"])
    orders.put_item(Item={"id": "a"})
    orders.delete_item(Key={"id": "a"})
    orders.put_item(Item={"id": "b"})
    assert [record["dynamodb"]["NewImage"]["id"]["S"] for record in guest.records("changed", 2)] == ["a", "b"]
    owner.client("kinesis").put_record(StreamName=owner.ids["Clicks"], Data=b'{"n": 6}', PartitionKey="k")
    [record] = guest.records("clicked")
    assert json.loads(base64.b64decode(record["kinesis"]["data"])) == {"n": 6}
