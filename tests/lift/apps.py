"""Dense apps: every kind, port and setting at least once, with values known only at deployment wherever they may stand."""

from __future__ import annotations

FUNCTIONS = r"""
app dense {
  region   "eu-west-1"
  prefix   "dn-${stage}"
  boundary "arn:aws:iam::123456789012:policy/edge-${aws.region}"
  tags     { team "a ${stage} team"; cost "c-17"; region "${aws.region}" }
}

## How much memory "heavy" has: ${nothing} and %{nothing} are text
param memory 512 { min 128; max 1024; one-of 128, 512, 1024 }
param level "info" { one-of "info", "de$${bug" }
param owner "a@b.example" { pattern "[^@]+@[^@]+\\.example" }
param strict on
param zones "a,b" { type list; one-of "a", "b" }
param both "x, y" { type list; pattern "[a-z]+" }
param topics { type list; pattern "[a-z]+" }
param token { secret }
param layer "arn:aws:lambda:eu-west-1:123456789012:layer:tools:3"
param rate 1.5 { min 0.5; max 20 }
param days 14 { max 30 }
param keyArn "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"

secret Token token { name "shop/${stage}/token"; encryption keyArn; tags { kind "s" } }
## Written "later"
secret Later { keep off }
## A limit that code looks up
config Limit 10 { tags { kind "c" } }
config Level level { name "/shop/level" }
config Flag on
config Accents "café ${level}"
config Words "${owner} says $${!x} $${x} %{x} \"quoted\" and ${aws.account}"

defaults function { runtime python3.13 }

## Does nearly "everything": ${x} %{y}
function heavy "src/a.handler" {
  name        "heavy-${stage}"
  code        "src"
  include     "words/**"
  exclude     "*.md", "old"
  memory      memory
  timeout     90s
  arch        x86
  env         { MODE "x${level}y"; ZONES "${zones} of ${both}"; STRICT strict; BRACES "$${x} %{y} ${aws.partition}"; RATE "${rate}"; PATH_OF ssm "/shop/${level}" }
  reserved    days
  layers      layer, "arn:aws:lambda:eu-west-1:123456789012:layer:more:1"
  log-retention 14d
  log-format  json
  tracing
  storage     1GB
  retries     1 max-age 2h
  tags        { part "heavy"; cost "c-18" }
  url public {
    cors { origins "https://a.example", "https://b.example"; methods GET, POST; headers "x-a"; expose "x-b"; credentials; max-age 10m }
    streaming
  }
  reads Token, Limit, Level
  writes Limit
  reads Later as LATER
  calls light, heavy
  allow "s3:GetObject", "s3:PutObject" on "arn:aws:s3:::elsewhere/*", "arn:aws:s3:::other/${stage}/*"
  allow "cloudwatch:PutMetricData" on "*" because "it has no resources" {
    condition { StringEquals { "cloudwatch:namespace" "Dense" }; Bool { "aws:SecureTransport" true }; StringLike { "aws:PrincipalTag/x" ["a*", "$${aws:username}"] } }
  }
  allow managed "CloudWatchLambdaInsightsExecutionRolePolicy"
  allow managed "service-role/AWSLambdaVPCAccessExecutionRole"
}
function light "src/b.handler" { url iam { cors { } }; log-retention none; renamed from feather; retries 0 }
function lent  "src/c.handler" { role "arn:aws:iam::123456789012:role/lent"; calls light; reads Token }
function legacy "index.handler" { id "OldFunction"; runtime nodejs22.x; code "dist.zip" }
function done  "src/d.handler" { memory 128MB }

queue  Failures
topic  Alarms
bus    Results
heavy.failed -> Failures
heavy.succeeded -> Alarms
light.failed -> Results
light.succeeded -> done
legacy.failed -> done

output url heavy.url
output lentRole heavy.role
output lightName light.name
output level "${level}-${stage}"
output limit Limit.value
output token Token.arn
"""

QUEUES = r"""
app queues { prefix "qs" }

param receives 3
param wait 5 { max 20 }
param keyArn "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
param branch "main"

extern topic Elsewhere "arn:aws:sns:eu-central-1:123456789012:elsewhere"
extern queue Given { arn ssm "/queues/given" }
extern queue Theirs "arn:aws:sqs:eu-west-1:123456789012:theirs"
extern topic Announced { arn exported "announced-${aws.region}" }

defaults queue { tags { kind "queue" } }

queue Jobs {
  visibility 15m
  retention  2d
  dead-letter after 4 { name "jobs-dead-${stage}"; retention 7d }
  delay      5s
  wait       10s
  encryption keyArn
}
queue Orders { name "orders-${stage}.fifo"; fifo; dedup content; high-throughput; dead-letter Dead after 6 }
queue Dead   { fifo; dedup id }
queue Plain  { dead-letter none; encryption off; tags { more "x" } }
queue Reused { dead-letter { as Plain2; after 2 } }
queue Plain2
queue Drained

topic Placed { tags { t "1" } }
topic Fifo   { fifo; dedup content; name "placed-${stage}.fifo" }
topic Sealed { encryption keyArn }
topic Kms    { encryption kms }
topic Shared { allow-from "210987654321", "345678901234" }

function work "src/a.handler" { sends Jobs, Plain; receives Drained, Jobs.dead-letter; publishes Placed, Fifo, Sealed, Announced; timeout 30s }
function look "src/b.handler"

Jobs where kind in ["a", "b"] and n > 3 or "odd \"key" == "q\"\\${branch}\\ $${x} %{y}\n" -> work { batch 100; within 20s; concurrency 5; expect 7 per day }
Jobs.dead-letter where not kind exists -> look { batch 1 }
Orders -> look
Drained -> work  # ifc: allow IFC550 "work publishes what it has not seen"
Placed where attributes.country == "FR" and attributes.branch starts-with "${branch}" -> work { dead-letter Plain }
Placed where total >= 1000 or name == null or name == "q\"${branch}%{z}" -> Plain { raw off; dead-letter Drained }
Placed -> Drained
Placed -> "mailto:ops@example.com"
Placed -> "https://example.com/hook" { raw }
Fifo -> Orders
Elsewhere -> Plain
Theirs -> look
Shared -> look

output dead Jobs.dead-letter.arn
output topicName Fifo.name
output queueName Orders.name
"""

DATA = r"""
app data

param readUnits 5
param writeUnits 3 { max 9 }
param keyArn "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
param keepDays 30
param suffix ".csv"
param site "index.html"
param origin "https://shop.example"

extern table People "people-${stage}" { key id: string; index byName { key surname: string } }
extern table Changes { name ssm "/tables/changes"; key id: string; stream-arn ssm "/tables/changes/stream" }
extern bucket Foreign "foreign-bucket"
extern stream Meters { arn exported "meters" }

table Orders {
  name   "orders-${stage}"
  key    id: string, at: number
  index  byCustomer { key customer: string, at: number; project customer, total }
  index  byDay { key day: binary; project keys }
  local-index byTotal { key total: number }
  local-index byState { key status: string; project keys }
  ttl    expiresAt
  stream new-and-old
  billing provisioned read readUnits write writeUnits
  backup off
  encryption kms
  keep   off
  tags   { kind "t" }
}
table Items { key id: string; stream keys; encryption keyArn; ttl gone }
table Logged { key id: string, at: number; stream new; renamed from Journal; tags { was "Journal" } }

stream Clicks { name "clicks-${stage}"; shards 2; retention 7d; encryption keyArn }
stream Views  { encryption off; tags { kind "s" } }

bucket Files {
  name       "files-${aws.account}-${stage}"
  versioning
  encryption keyArn
  lifecycle  {
    expire after 400d
    to STANDARD_IA after 30d
    to GLACIER after 90d
    abort-uploads after 3d
    noncurrent { after 30d; keep 3; to GLACIER_IR after 10d }
  }
  lifecycle "tmp/" { expire after 1d }
  cors { origins origin, "https://b.example"; methods GET, PUT; headers "x-a"; expose "etag"; max-age 1h }
  tags { kind "b" }
}
bucket Site  { public read; website { index site; error "404.html" }; keep off }
bucket Near  { public from "203.0.113.0/24", "198.51.100.0/24"; account-namespace }
bucket Plain { encryption kms; tls off; versioning off }
bucket Records

queue  Coming
topic  Gone
bus    Events { archive 30d }
queue  Lost
topic  LostToo

function move  "src/a.handler" { reads Orders, People, Clicks, Files, Foreign; writes Orders, Clicks, Plain; puts Items; deletes Items }
function count "src/b.handler" { reads Files "in/*"; puts Files "out/*"; deletes Plain; env { SITE Site.website-url; HOST Files.domain } }
function late  "src/c.handler" { timeout 1m }

Orders.stream where eventName == "INSERT" and new.status != "x" -> move { batch 50; within 10s; start latest; retries 5; bisect off; parallel 2; dead-letter Lost; max-age 1h }
Orders.expired -> late { dead-letter LostToo; retries none }
Items.stream -> late { dead-letter Records }
Logged.stream where new.status starts-with "a" -> count
Changes.stream -> late
Clicks where kind == "buy" -> count { batch 500; within 1s; parallel 10 }
Views -> late
Meters -> late { start latest }
Files.created "in/*.csv" -> count
Files.created "raw/*" -> Coming
Files.removed "in/*" -> Gone
Files.removed where key ends-with ".tmp" and key starts-with "out/" -> late
Plain.created where key starts-with "a/" or key starts-with "b/" -> count
Records.created -> Events

output table Orders.name
output stream Items.stream-arn
output site Site.website-url
output domain Files.domain
output clicks Clicks.arn
"""

BUSES = r"""
app buses { tags { one "1" } }

param branch "main"
param minutes 5

extern bus Central "arn:aws:events:eu-west-1:210987654321:event-bus/central"
extern function resize "media-resize"

## Everything that "happens"
bus Shop  { archive on; tags { b "1" } }
bus Named { name "named-${stage}"; archive 7d }

queue Fifo { fifo; dedup content }
queue Plain
queue Dead
topic News
stream Clicks
stream Views

function take "src/a.handler" { publishes Shop, Central, aws }
function also "src/b.handler"

## What is pushed to the branch
Shop where detail-type == "Pushed" and detail.branch == "${branch}" and not detail.message contains "[skip]" -> take { input "$.detail"; retries 3; dead-letter Dead }
Shop where detail.n > 5 or source in ["a\\", "b\"$${x}", "c ${branch}"] -> also { retries 2 max-age 1h; input { kind "fixed"; n 3; branch branch; deep { list ["a\"%{", 1, true, "${branch}\"x"] } } }
Shop where source == "q" -> Plain { input "text \"$${x}\" ${branch}" }
Shop where source == "f" -> Fifo { group "all"; dead-letter Dead }
Shop where source == "n" -> News
Shop where source == "c" -> Clicks { partition "$.detail.id" }
Shop where source == "d" -> Views
Shop where source == "m" -> Named { dead-letter Dead }
Named -> Central
Central where source == "central" -> take
aws where source == "aws.s3" and detail.bucket.name == "x" -> resize
aws where source == "aws.ec2" -> take

every 5m -> take
every 1h -> also { enabled off; retries 0; dead-letter Dead; input { mode "full"; branch "${branch}"; n 1.5 } }
## At nine on workdays
cron "0 9 ? * MON-FRI *" timezone "Asia/Tokyo" -> take { retries 5 max-age 10m; input "say \"${branch}\"" }
at "2027-01-01T00:00" -> Plain
every 1d -> Fifo { group "g-${branch}" }
every 2d -> News { input 5 }
every 3d -> Clicks { partition "k-${branch}" }
every 4d -> Shop { source "clock"; detail-type "Tick ${branch}"; input { a 1 } }
every 6d -> Named
every 7d -> resize

output shop Shop.arn
output named Named.name
"""

APIS = r"""
app apis { tags { one "1" } }

param origin "https://shop.example"
param issuer "https://login.example.com"
param audience "orders"
param header "X-Key"

## An API for "everyone"
api Public {
  name       "public-${stage}"
  tags       { a "1" }
  cors       { origins origin, "https://b.example"; methods GET, POST; headers "authorization"; expose "x-a"; credentials; max-age 10m }
  authorizer jwt issuer { audience audience, "b"; scopes "read"; headers "Authorization" }
  throttle   rate 50.5 burst 25
  logs

  GET    /health      -> show { authorizer none }
  GET    /orders/{id} -> show { throttle rate 5 burst 2 }
  POST   /orders      -> change { scopes "orders:write", "orders:admin" }
  DELETE /orders/{id} -> change { authorizer Admins; throttle rate 1 burst 1 }
  PUT    /orders/{id} -> change { authorizer iam }
  PATCH  /orders      -> change { authorizer check { headers "X-A", "X-B"; identity "$request.querystring.q"; cache off } }
  ANY    /{path+}     -> show { authorizer none }
  DEFAULT             -> show { authorizer none }
}
api Bare { GET / -> show; renamed from Naked }
authorizer Admins check { headers "Authorization"; cache 1m; name "admins-${stage}" }
authorizer Tokens check { headers "X-Token"; token }
authorizer Silent check { cache off; headers none }
authorizer Signed jwt "https://other.example.com" { audience "x"; identity "$request.querystring.token" }
api Signing { GET /a -> show { authorizer Signed } }

extern api Theirs "a1b2c3d4e5"
extern api Rest { name "r1b2c3d4e5"; protocol rest; stage "prod" }

## An API of the first kind
api Old {
  protocol rest
  cors     { origins origin; headers "x-a", header; max-age 1h; credentials }
  throttle rate 10 burst 5
  logs
  authorizer check { headers "Authorization"; identity "context.accountId"; cache 1h }

  GET    /            -> show { authorizer none; throttle rate 2 burst 1 }
  GET    /orders/{id} -> show { throttle rate 3 burst 1 }
  POST   /orders      -> change { schema file "order.json" }
  PUT    /orders      -> change { schema file "nulls.json"; authorizer iam }
  DELETE /orders/{id}/lines/{line} -> change { authorizer Tokens }
  ANY    /files/{path+} -> show
  OPTIONS /own        -> show { authorizer none }
}
api Quiet { protocol rest; GET /a -> show { authorizer Silent }; GET /a/{b} -> show { authorizer iam } }

function check  "src/a.check"
function show   "src/a.show" { env { URL Public.url; OLD Old.url } }
function change "src/a.change" { calls Public, Rest, Quiet }

output url Public.url
output old Old.url
output quiet Quiet.arn
"""

OWN_WORDS = r"""
app own

param subnets "a,b" { type list }

queue Jobs {
  cfn       { ReceiveMessageWaitTimeSeconds 20; Tags [{ Key "app"; Value "own" }, { Key "x"; Value "1" }] }
  terraform { receive_wait_time_seconds 20; tags { x "1" } }
  cfn dead-letter       { DelaySeconds 5 }
  terraform dead-letter { delay_seconds 5 }
}
bucket Files {
  cfn { VersioningConfiguration { Status "Enabled" } }
  versioning off
  terraform "aws_s3_bucket_versioning" { versioning_configuration { status "Enabled" } }
}
resource Board "AWS::CloudWatch::Dashboard" {
  cfn       { DashboardName "own"; DashboardBody "{}" }
  terraform "aws_cloudwatch_dashboard" { dashboard_name "own"; dashboard_body "{}" }
  after Jobs
}
resource Users "AWS::Cognito::UserPool" {
  cfn { UserPoolName "own-${stage}" }
  terraform "aws_cognito_user_pool" { name "own-${stage}" }
}
resource Topics "AWS::SNS::Topic" {
  cfn { DisplayName "mine" }
  terraform "aws_sns_topic" { display_name "mine"; name "mine" }
  attributes { TopicArn "arn" }
  tags { kind "u" }
  keep
}
function work "src/a.handler" { env { USERS Users.id; NAME "${Users.Arn}" }; allow "cognito-idp:ListUsers" on Users.arn; allow "sns:Publish" on Topics.TopicArn }
Jobs -> work { cfn { BatchSize 7 }; terraform { batch_size 7 } }
"""

FILES = {
    "order.json": '{"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "pattern": "^${x}%{y}$"}}}',
    "nulls.json": '{"enum": ["a", null, 1.5], "description": "\\"quoted\\""}',
}
GRADUAL = r"""
app gradual { region "eu-west-1" }
param memory 512 { min 128; max 1024 }
param level "info"
param token { secret }
param most 7.5
param waiting 3
table Orders { key id: string; stream new }
queue Jobs { dead-letter after 3 }
topic Ops
topic Quiet
bucket Files
stream Clicks
layer Libraries "tests" { name "libs-${stage}"; id "Libs" }
## Packages that "all" share
layer Shared "README.md"
extern queue Old "old-jobs"

defaults function { runtime python3.13 }

function steady "a.handler" {
  memory memory; env { LEVEL level; TOKEN token }; layers Libraries, Shared; url public; retries 1
  deploy canary 10 percent every 5m { rollback-on Errors, Rate; before try; after try }
  reads Orders; calls other; cfn { Description "laid over" }; cfn alias { Description "x" }; terraform alias { description "x" }
  cfn deployment { OutdatedInstancesStrategy "UPDATE" }; terraform deployment { outdated_instances_strategy "UPDATE" }
}
function other "a.other" { include "words/**"; exclude "old"; provisioned waiting; calls steady; layers Libraries; reserved 9 }
function slow  "a.slow"  { deploy linear 7 percent every 2m; provisioned 2; url iam }
function whole "a.whole" { deploy all-at-once }
function after "a.after" { deploy all-at-once { rollback-on Errors } }
function try   "a.try"
function boxed "cmd.run" { image "123456789012.dkr.ecr.eu-west-1.amazonaws.com/boxed:${stage}"; deploy canary 20 percent every 15m }
function bare { image "123456789012.dkr.ecr.eu-west-1.amazonaws.com/bare@sha256:0123" }

api Front { authorizer other; GET /a -> steady; GET /b -> slow }
api Rest { protocol rest; authorizer steady { headers "X-Token" }; GET /a -> other; POST /b -> steady }
Jobs -> steady
Orders.stream -> other
Ops -> steady
every 1h -> slow
Files.created -> steady
Clicks -> slow
steady.failed -> Jobs

alarm Errors where function.errors > 5 { tags { a "b" } }
alarm Rate where steady.error-rate > 0.1 { times 2 of 3; over 1m; missing bad }
alarm Slow where other.duration >= 1500ms { percentile 99.5 }
alarm Mean where other.duration > 10s { average; id "MeanTime" }
## Someone should "look"
alarm Late where Jobs.oldest > 20m { name "late-${stage}" }
alarm Dead where Jobs.dead-letter.visible > most { missing ignore }
alarm Older where Old.visible > 1
alarm Idle where Front.requests < 1 { over 1h; missing unknown }
alarm Answers where Rest.5xx > 5
alarm Big where Files.size > 10GB { dimensions { FilterId "a" } }
alarm Own where "Shop/Revenue/Total" <= 3 { over 10s; dimensions { Shop level } }
Errors, Late, Own -> Ops
Late.ok, Own.ok -> Quiet
Dead -> other
Dead.ok -> try
output late Late.arn
output called steady.arn
output libs Libraries.arn
"""

DENSE = {"functions": FUNCTIONS, "queues": QUEUES, "data": DATA, "buses": BUSES, "apis": APIS, "own words": OWN_WORDS, "gradual": GRADUAL}
# What only one of the two targets refuses: the code, the target that has it, and an app.
REFUSED = (
    ("IFC371", "terraform", 'function f "a.b" { deploy linear 10 percent every 1m }'),
    ("IFC602", "terraform", 'queue Returns { id "OrderQUE" }\nqueue Claims { id "OrderQue" }'),
    ("IFC604", "cfn", "\n".join(f"topic T{n}" for n in range(501))),
    ("IFC610", "cfn", 'extern queue Q { arn ssm "/q" }\nfunction f "a.b" { sends Q }'),
    ("IFC620", "terraform", 'param source "x"\nconfig C source'),
    ("IFC621", "terraform", 'param p "ab" { pattern "(?=a).*" }\nconfig C p'),
    ("IFC622", "terraform", 'queue Q\noutput q Q.arn { export "q" }'),
    ("IFC623", "terraform", "secret S"),
    ("IFC624", "terraform", 'queue Q\nqueue R { name "x-dev-Q" }'),
    ("IFC625", "terraform", 'queue Q { terraform "aws_sqs_queue_policy" { policy "{}" } }'),
    ("IFC626", "terraform", 'config C "cafe\u0301"'),
    ("IFC627", "terraform", 'resource T "AWS::SNS::Topic" { cfn { }; terraform "aws_sns_topic" { name "t" } }\nconfig C T.TopicArn'),
    ("IFC628", "terraform", 'function f "a.b" { allow "s3:GetObject" on "arn:aws:s3:::b/&{aws:username}/x" }'),
    ("IFC629", "terraform", 'config C "{{resolve:ssm:/x}}"'),
    ("IFC347", "terraform", 'resource T "AWS::SNS::Topic" { cfn { DisplayName "t" } }'),
)
