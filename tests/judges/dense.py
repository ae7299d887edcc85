"""Apps with as many settings, arrows and verbs as one text can hold, for judges that know what AWS takes."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.lift.apps import GRADUAL as GRADUAL

# What is not read back: everything may stand in it that means something to Terraform, JSON or a template.
ODD = 'a "q" \\ \\n ${x} %{if} $${y} %%{z} $ % \n\t é ☃ 😀 \u2028 <&> \' `b` #{c} {{d}} \u0001\u007f'


def literal(text: str) -> str:
    """The text as it is written in a source."""
    return json.dumps(text).replace("${", "$${")


EVENTS = """
app events {
  region   "eu-west-1"
  prefix   "ev-${stage}"
  tags     { team "store"; "cost:centre" "c-17 = é"; owner owner }
  boundary "arn:aws:iam::123456789012:policy/boundary"
}

param owner "team-a"
param shards 2 { min 1; max 9 }
param size 512 { min 128; max 1024 }
param reserved 3
param branch "main"
param token { secret }

defaults function { runtime python3.14; timeout 20s; log-retention 14d }
defaults queue    { dead-letter after 3 }

## Every setting of a queue
queue Jobs {
  id "JobsById"; tags { level "1" }
  visibility 10m; retention 2d; delay 5s; wait 20s; encryption on
  dead-letter { after 4; name "ev-dead"; retention 3d }
}
queue Keyed { encryption "arn:aws:kms:eu-west-1:123456789012:key/k-1"; visibility 6m }
queue Plain { encryption off; visibility 3m; name "ev-plain" }
queue Ordered { fifo; dedup content; high-throughput; dead-letter after 2 }
queue Undelivered { dead-letter none }
queue Own { dead-letter Undelivered after 7 }

topic News { id "NewsById"; allow-from "111122223333", "444455556666"; tags { Level "2" } }
topic Ledger { fifo; dedup content }
topic Sealed { encryption "arn:aws:kms:eu-west-1:123456789012:key/k-2" }
topic Managed { encryption kms; name "ev-managed" }

## The bus of the shop
bus Shop { id "ShopById"; archive 30d; tags { Level "3" } }
bus Other { archive on; name "ev-other" }

stream Clicks { id "ClicksById"; shards shards; retention 7d; encryption off; tags { Level "4" } }
stream Taps { retention 2d; encryption "arn:aws:kms:eu-west-1:123456789012:key/k-3"; name "ev-taps" }
stream Waves { encryption kms }

table Orders {
  id "OrdersById"
  tags { Level "5" }
  key id: string, at: number
  ttl expiresAt
  stream new-and-old
  index byCustomer { key customer: string, createdAt: number }
  index byDay { key day: string; project total, state }
  index byKeys { key hash: binary; project keys }
  local-index byTotal { key total: number; project keys }
  local-index byState { key state: string; project all }
  encryption kms
  backup off
  keep off
}
table Users {
  name "ev-users"
  key id: string
  billing provisioned read 5 write 6
  index byMail { key mail: string }
  stream keys
  encryption "arn:aws:kms:eu-west-1:123456789012:key/k-4"
}
table Old { key id: binary; stream old; keep on }

bucket Files {
  id "FilesById"
  tags { Level "6" }
  versioning
  lifecycle {
    expire after 300d
    to STANDARD_IA after 31d
    abort-uploads after 7d
    noncurrent { after 10d; keep 3; to GLACIER after 5d }
  }
  lifecycle "logs/" { to GLACIER_IR after 1d; to DEEP_ARCHIVE after 200d }
  cors { origins "https://a.example.com", "https://b.example.com"; methods GET, PUT; headers "x-a"; expose "etag"; max-age 1h }
  encryption kms
  tls on
  keep off
}
bucket Site { website { index "index.html"; error "404.html" }; public read; keep off }
bucket Hosted { public from "203.0.113.0/24", "198.51.100.0/24"; versioning off }
bucket Named { name "ev-named-files"; tls off; account-namespace off; encryption "arn:aws:kms:eu-west-1:123456789012:key/k-5" }

secret Token token { id "TokenById"; tags { Level "7" } }
secret Made { name "ev/made"; encryption "arn:aws:kms:eu-west-1:123456789012:key/k-6"; keep off }
config Limit 10 { id "LimitById"; tags { Level "8" } }
config Path "/a/b" { name "/ev/path" }
config Flag on

## The first function
function first "src/a.first" {
  id "FirstById"; tags { Level "9" }; code "."
  memory size; timeout 1m; arch x86; reserved reserved; storage 1GB; tracing; log-format json; log-retention 1d
  retries 1 max-age 2h
  url public {
    cors { origins "https://a.example.com"; methods GET, POST; headers "x-a"; expose "x-b"; credentials; max-age 2h }
    streaming
  }
  layers "arn:aws:lambda:eu-west-1:123456789012:layer:l:1", "arn:aws:lambda:eu-west-1:123456789012:layer:m:22"
  env {
    BRANCH branch; REGION aws.region; ACCOUNT aws.account; TABLE Orders.arn; URL Jobs.url; DEAD Jobs.dead-letter.url
    SITE Site.website-url; LIMIT Limit.value; STREAM Orders.stream-arn
  }
  reads Orders, Users, Files, Clicks, Token, Made, Limit
  writes Orders, Users, Clicks, Taps, Path
  writes Files "in/*"
  puts Old; deletes Old; puts Named "a/*"; deletes Named "b/*"
  sends Jobs, Keyed, Jobs.dead-letter; receives Own
  publishes News, Sealed, Managed, Ledger, Shop
  calls second
  allow "ses:SendEmail" on "arn:aws:ses:${aws.region}:${aws.account}:identity/example.com"
  allow "cloudwatch:PutMetricData" on "*" because "no resources" { condition { StringEquals { "cloudwatch:namespace" "Mailer" } } }
  allow managed "CloudWatchLambdaInsightsExecutionRolePolicy", "service-role/AWSLambdaVPCAccessExecutionRole"
}
function second "src/a.second" { url iam; log-retention none; retries 0; tags { Part "second" } }
function third "src/a.third" { role "arn:aws:iam::123456789012:role/third"; reads Orders }
function fourth "src/a.fourth" { name "ev-fourth-function" }

Jobs where kind in ["a", "b"] and size > 3 -> first { batch 100; within 30s; concurrency 7; expect 5 per second }
Keyed -> second
Ordered where body.n == 5 or body.n < 2 -> second { batch 5 }
Own -> second
Jobs.dead-letter -> fourth { batch 1; within 0s; concurrency 2; expect 1 per day }
News where kind starts-with "o" and not other in ["x", "y"] -> first { dead-letter Undelivered; expect 2 per minute }
News where attributes.level >= 3 -> Jobs { raw off }
News -> Plain
News -> "mailto:ops@example.com", "https://example.com/hook"
Ledger -> Ordered
Orders.stream where eventName == "INSERT" and new.state != "x" -> first {
  batch 10; within 1s; start latest; retries 7; bisect off; parallel 3; max-age 2h; dead-letter Undelivered
}
Orders.expired -> second { batch 20; within 2s; start oldest; retries 8; bisect; parallel 2; max-age 3h; dead-letter News; expect 3 per hour }
Users.stream -> second { retries none; expect 4 per month }
Old.stream -> fourth
Clicks where kind == "c" -> first { start oldest; retries 2; bisect; parallel 10; max-age 1h; dead-letter Files; expect 10 per second }
Taps -> second { batch 10000; within 5m }
Files.created "in/*.jpg" -> first { expect 7 per day }
Files.created "up/*" -> Jobs
Files.created "news/*" -> News
Files.removed "in/*" -> News { expect 8 per day }
Files.removed "up/*" -> Jobs
Files.removed "fn/*" -> first
Files.created -> Shop
Files.removed -> Other
Named.created where key starts-with "x" -> fourth
Shop where source == "a" and detail-type in ["B", "C"] and detail.n >= 3
  and not detail.k contains "q" and detail.branch == "${branch}" -> first { retries 4 max-age 2h; dead-letter Undelivered }
Shop -> Jobs { input "$.detail"; expect 9 per hour }
Shop where detail.a exists -> Ordered { group "all" }
Shop where not detail.a exists -> Clicks { partition "$.detail.id" }
Shop where detail.z == null -> Other
Shop where detail.z == true -> News { input { a 1; b "x" } }
aws where source == "aws.s3" and detail.bucket.name == "incoming" -> fourth
first.failed -> Undelivered
first.succeeded -> Other
second.failed -> first
second.succeeded -> fourth
third.failed -> News
third.succeeded -> Undelivered
fourth.failed -> Other
fourth.succeeded -> News
every 5m -> first { input { mode "full"; n 3 } }
every 1h -> Jobs { enabled off }
every 1d -> News { retries 2 max-age 10m; dead-letter Undelivered }
cron "0 9 ? * MON-FRI *" timezone "Asia/Tokyo" -> Ordered { group "g" }
cron "0 4 ? * SUN *" -> Clicks { partition "p" }
at "2030-01-01T00:00" timezone "Europe/Paris" -> Shop { source "me"; detail-type "Tick" }

output jobsUrl Jobs.url
## The queue of what failed
output dead Jobs.dead-letter.arn
output table Orders.arn
output fn first.arn
output url first.url
output site Site.website-url
output domain Files.domain
output account "${aws.account}/${aws.region}/${aws.partition}"
output bus Shop.arn
output stream Clicks.name
"""
EVENTS_GIVEN = {"token": "a secret"}

APIS = """
app apis { prefix "apis-${stage}" }

defaults function { runtime nodejs24.x }

authorizer Tokens jwt "https://login.example.com" { audience "orders", "shops"; scopes "a", "b"; name "tokens"; id "TokensById" }
authorizer Asked check { headers "X-Key", "X-Other"; identity "$context.path"; cache 1m }
authorizer Seen check { headers "X-Key"; identity "context.path", "method.request.querystring.q"; cache 2m }
authorizer Always check { cache off; headers "X-Always" }
authorizer OneToken check { token; headers "X-Token"; cache 1h }

function check "src/a.check"
function f "src/a.f" { timeout 29s; calls Signed; env { WEB Web.url; REST Rest.url; ID Rest.id } }
function g "src/a.g"

## An HTTP API
api Web {
  protocol http
  cors { origins "https://a.example.com", "http://localhost:3000"; methods GET, POST; headers "x-a"; expose "x-b"; credentials; max-age 1h }
  authorizer Tokens
  throttle rate 50 burst 25
  logs
  tags { Part "web" }

  GET    /            -> f { authorizer none; expect 1000 per day }
  GET    /a/{id}      -> f { scopes "x"; throttle rate 0.5 burst 3 }
  POST   /a/{id}/b    -> g { authorizer Asked }
  PUT    /a/{rest+}   -> g { authorizer Always }
  ANY    /any         -> g { authorizer iam }
  DELETE /jwt         -> g { authorizer jwt "https://other.example.com" { audience "x"; scopes "y" } }
  PATCH  /fn          -> g { authorizer check { headers "X-Inline" } }
  DEFAULT             -> f { authorizer none }
}
api Plain { id "PlainById"; GET /x -> f }
api Signed { authorizer iam; GET /s -> f; name "apis-signed" }

## A REST API
api Rest {
  protocol rest
  cors { origins "https://a.example.com"; headers "x-a"; credentials; max-age 10m }
  authorizer Seen
  throttle rate 100 burst 50
  logs
  tags { Part "rest" }

  GET    /            -> f { authorizer none; throttle rate 1 burst 1 }
  GET    /a           -> f
  POST   /a           -> f { schema file "schema.json"; throttle rate 2.5 burst 4 }
  PUT    /a/{id}      -> g { authorizer OneToken }
  DELETE /a/{id}      -> g { authorizer iam }
  ANY    /b/{rest+}   -> g { authorizer Always; throttle rate 3 burst 3 }
  PATCH  /b           -> g { authorizer check { token } }
}
api Rest2 { protocol rest; POST /only -> f { schema file "schema.json" } }
api RestSigned { protocol rest; authorizer iam; cors { }; GET /s/{a}/{b} -> f }

output web Web.url
output rest Rest.url
output arn Rest.arn
output webArn Web.arn
"""
# Beside the apps, for `schema`.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": ["string", "null"], "pattern": '^\\d+${x}"%{y}$', "default": None}},
    "required": ["a"],
}

NEIGHBOURS = """
app neighbours { prefix "nb-${stage}"; region "us-east-1" }

param level "info" { one-of "info", "debug", "say \\"warn\\"" }
param ratio 5 { min 1; max 10 }
param least 5 { min 1 }
param most 5 { max 10 }
param mail { pattern ".+@[a-z]+\\\\.(com|org)" }
param strict on
param subnets { type list }
param zones "a" { type list; one-of "a", "b", "c" }
param many { type number }
param flagged { type flag }
param tableName
param queueArn

extern table People "people" { key id: string; index byName { key surname: string } }
extern table Events "events" { stream-arn "arn:aws:dynamodb:us-east-1:123456789012:table/events/stream/2024" }
extern table Named { name tableName }
extern queue Jobs "arn:aws:sqs:us-east-1:123456789012:jobs"
extern queue Far { arn queueArn }
extern queue Near "near"
extern topic Alarms "arn:aws:sns:us-east-1:123456789012:alarms"
extern topic Feed "arn:aws:sns:eu-central-1:123456789012:feed"
extern function resize "media-resize"
extern function other "arn:aws:lambda:us-east-1:123456789012:function:other"
extern bus Main "arn:aws:events:us-east-1:210987654321:event-bus/main"
extern stream Clicks "clicks"
extern bucket Drop "drop-box"
extern bucket Exported { name exported "the-bucket" }
extern secret Key "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf"
extern config Setting "/shared/setting"
extern api Gate "abc123" { protocol http }
extern api OldGate "def456" { protocol rest; stage "live" }

queue Mine { name "nb-${stage}-${self}"; dead-letter after 3; terraform { max_message_size 2048 } }
topic News
table Purchases { key id: string; stream new; renamed from Orders; terraform { table_class "STANDARD_INFREQUENT_ACCESS" } }
bucket Files { terraform "aws_s3_bucket_ownership_controls" { rule { object_ownership "BucketOwnerPreferred" } } }
function f "src/a.f" {
  runtime python3.14; memory 512MB; renamed from g
  env {
    LEVEL level; RATIO ratio; MAIL "to ${mail}"; STRICT strict; ZONES zones; SUBNETS "${subnets}"; MANY many; FLAGGED flagged
    API_KEY ssm "/shared/api-key"; OTHER_KEY ssm "/shared.api-key"; VPC exported "network-VpcId"; STAGE stage; APP app
  }
  reads People, Events, Named, Drop, Exported, Key, Setting, Clicks
  writes People, Named, Purchases, Drop
  sends Jobs, Far, Near, Mine
  publishes Alarms, Feed, Main, News
  calls resize, other, Gate, OldGate
  terraform { snap_start { apply_on "PublishedVersions" } }
  terraform role { path "/app/" }
  terraform logs { log_group_class "INFREQUENT_ACCESS" }
}
function h "src/a.h" { runtime python3.14 }
Jobs -> f { terraform { metrics_config { metrics ["EventCount"] } } }  # ifc: allow IFC550 "it is only judged"
Far -> h
Near -> h
Events.stream -> h
Clicks where a == 1 -> h
Feed -> h
Alarms -> Mine
News -> Jobs
Main where source == "x" -> h
Purchases.stream -> h
every 1d -> resize

resource Board "AWS::CloudWatch::Dashboard" {
  id "BoardById"
  cfn { DashboardBody "{}" }
  terraform "aws_cloudwatch_dashboard" { dashboard_name "${app}-${stage}"; dashboard_body "{\\"widgets\\":[],\\"x\\":\\"${level}\\"}" }
  after News
}
resource Raw "AWS::DynamoDB::Table" {
  cfn { KeySchema [ { AttributeName "id"; KeyType "HASH" } ]; AttributeDefinitions [ { AttributeName "id"; AttributeType "S" } ] }
  terraform "aws_dynamodb_table" {
    name "${app}-raw"; billing_mode "PAY_PER_REQUEST"; hash_key "id"; stream_enabled true; stream_view_type "KEYS_ONLY"
    attribute [ { name "id"; type "S" } ]
  }
  attributes { StreamArn "stream_arn" }
  keep on
  tags { Kind "raw" }
}

stage prod {
  level "debug"
  f { memory 1GB; env { LEVEL "warn" } }
  queue Audit
  Audit -> h
  tags { tier "gold" }
}
output mails "${mail}"
output list subnets
output number ratio
output rawArn Raw.arn
output rawStream Raw.StreamArn
output boardId Board.id
"""
NEIGHBOURS_GIVEN = {
    "subnets": ["a", "b"],
    "mail": "a@b.com",
    "many": 3,
    "flagged": True,
    "table_name": "given",
    "queue_arn": "arn:aws:sqs:us-east-1:123456789012:far",
}

# What is looked up is no ARN to the judge's provider, which invents it, so this app can be validated only.
LOOKUPS = """
app lookups
extern topic Alarms { arn exported "ops-AlarmTopic" }
extern table Events "events" { stream-arn ssm "/events/stream-arn" }
extern function notify { arn ssm "/notify.arn" }
queue Mine
function f "src/a.f" { runtime python3.14; publishes Alarms }
Events.stream -> f
Alarms -> Mine
every 1d -> notify
"""

TEXTS = """
app texts
param level ODD
param other "o" { one-of ODD, "o" }
param shape { pattern "\\\\$\\\\{[a-z]+\\\\}\\"\\\\\\\\%\\\\{.*" }
## A "described" ${x} %{y} \\ param
param given
param token { secret }

queue Jobs
queue Laid { terraform { tags { Note "<${level}>$${x}%{y}" } } }
topic News
bus Shop
stream Clicks
table Orders { key id: string; stream new-and-old }
bucket Files { website { index "index.html"; error "e$${x}%{y}.html" }; public read }
## A "described" ${x} %{y} \\ config
config Fixed ODD
config Mixed "<${level}>$${x}%{y}"
secret Token token
## A "described" ${x} %{y} \\ function
function f "src/a.f" {
  runtime python3.14
  env { FIXED ODD; MIXED "<${level}>$${x}%{y}"; LEVEL level; GIVEN given; SHAPE shape }
  allow "s3:GetObject" on "arn:aws:s3:::b/$${aws:username}/%{x}/*" { condition { StringEquals { "aws:RequestTag/x" [ ODD, "${level}" ] } } }
}
## A "described" ${x} %{y} \\ api
api Web { GET /a -> f; authorizer jwt "https://x.example.com" { audience ODD } }
Jobs where kind == ODD or kind == "${level}" -> f
News where attributes.kind in [ODD, "${level}"] -> f
News where body == ODD -> Jobs
Shop where detail.a == ODD and detail.b == "<${level}>$${x}%{y}" and detail."odd ${k}" == ODD -> f {
  input { text ODD; level level; mixed "<${level}>$${x}%{y}"; list [1, "a"] }
}
Shop where detail.c == 1 -> Jobs { input ODD }
Clicks where data.x starts-with ODD -> f
Orders.stream where new.kind == ODD -> f
## A "described" ${x} %{y} \\ schedule
every 1h -> f { input { text ODD; level level } }
every 2h -> Jobs { input ODD }
every 3h -> Jobs { input level }
every 4h -> Shop { source "a.b"; detail-type "<${level}>$${x}%{y}" }
resource Board "AWS::CloudWatch::Dashboard" {
  cfn { DashboardBody "{}" }
  terraform "aws_cloudwatch_dashboard" { dashboard_name "d"; dashboard_body "{\\"a\\":\\"$${x}%{y}\\"}" }
}
output fixed ODD
## A "described" ${x} %{y} \\ output
output mixed "<${level}>$${x}%{y}"
output level level
output other other
""".replace("ODD", literal(ODD))
TEXTS_GIVEN = {"given": ODD, "token": ODD, "other": ODD, "shape": '${ab}"\\%{'}

# Every declaration that takes another name, with the place where it says what it was.
MOVING = """
app moving
param token { secret }
queue Shipments { RENAMED }
table Orders { RENAMED; key id: string; stream new; ttl t }
topic Placed { RENAMED }
bucket Files { RENAMED; versioning; lifecycle { expire after 3d }; cors { } }
bus Shop { RENAMED; archive 3d }
stream Clicks { RENAMED }
secret Token token { RENAMED }
config Limit 3 { RENAMED }
function ship "src/a.f" { RENAMED; runtime python3.14; url iam; reads Orders, Token, Limit; sends Shipments; publishes Placed, Shop }
function other "src/a.g" { runtime python3.14; calls ship; env { WEB Web.url } }
authorizer Callers other { RENAMED; headers "X" }
api Web { RENAMED; logs; GET /a -> ship { authorizer Callers }; POST /b -> other }
api Rest { RENAMED; protocol rest; cors { }; GET /a/{id} -> ship; GET /b -> other { authorizer Callers; throttle rate 1 burst 1 } }
resource Board "AWS::CloudWatch::Dashboard" { RENAMED; terraform "aws_cloudwatch_dashboard" { dashboard_name "x"; dashboard_body "{}" } }
Shipments -> ship  # ifc: allow IFC550 "it is only planned"
Orders.stream -> ship { dead-letter Shipments }
Orders.expired -> other
Placed -> Shipments, ship  # ifc: allow IFC550 "it is only planned"
Files.created -> ship
Files.removed -> Placed
Files.removed -> Shop
Shop where source == "a" -> ship, Shipments  # ifc: allow IFC550 "it is only planned"
Clicks -> ship
ship.failed -> Placed
every 1h -> ship, Shipments
"""
RENAMED = {
    "Shipments": "Deliveries",
    "Orders": "Purchases",
    "Placed": "Bought",
    "Files": "Pictures",
    "Shop": "Store",
    "Clicks": "Taps",
    "Token": "Key",
    "Limit": "Bound",
    "ship": "deliver",
    "Callers": "Guests",
    "Web": "Front",
    "Rest": "Back",
    "Board": "Panel",
}
MOVING_GIVEN = {"token": "a secret"}


def before_and_after() -> tuple[str, str]:
    """An app, and the same with other names that say what they were."""
    before = MOVING.replace("RENAMED; ", "").replace("RENAMED", "")
    after = re.sub(r"^(\w+ (\w+).*)RENAMED", r"\1renamed from @\2", MOVING, flags=re.M)
    for old, new in RENAMED.items():
        after = re.sub(rf"(?<!@)\b{old}\b", new, after)
    return before, after.replace("@", "")
