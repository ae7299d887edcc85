"""Two apps, of which one uses what the other made: by names, ARNs, params, exports and parameters of Systems Manager."""

from __future__ import annotations

import base64
import json

from tests.e2e.conftest import Deploy

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
queue Local

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
Local -> listen
"""


def test_externs(deployed: Deploy) -> None:
    """What the other app made feeds functions and queues, takes events, and is known by its address."""
    owner = deployed(OWNER, "owner")
    mirror = owner.client("sns").create_topic(Name="guest-mirror")["TopicArn"]
    guest = deployed(GUEST, "guest", tokenArn=owner.ids["Token"], files=owner.ids["Files"])

    names = ["ORDERS_TABLE", "FILES_BUCKET", "CLICKS_STREAM", "INBOX_QUEUE_URL", "NEWS_TOPIC_ARN", "SHOP_BUS", "WORK_FUNCTION", "TOKEN_SECRET_ARN", "INBOXES_CONFIG"]
    known = guest.invoke("knows", names)
    ids = ["Orders", "Files", "Clicks", "Inbox", "News", "Shop", "work", "Token", "Inboxes"]
    print(known)
    assert list(known.values()) == [owner.ids[name] for name in ids]
