"""Small apps and edits of them: what is written, what is written instead, and the class of each way round."""

from __future__ import annotations

SHOP = """\
app shop { region "eu-west-1"; tags { team "store" } }

param level "info" { one-of "info", "warn" }
param memory 512

table Orders {
  key    id: string, at: number
  index  byCustomer { key customer: string }
  stream new-and-old
  ttl    expiresAt
}
table Carts { key id: string }
queue  Shipments { dead-letter after 5; retention 7d }
queue  Plain
queue  Ordered { fifo; dedup content }
topic  OrderPlaced
topic  Alarms { allow-from "210987654321" }
bucket Reports { versioning; lifecycle { expire after 90d } }
bucket Files { cors { origins "https://shop.example" } }
bus    Shop { archive 30d }
stream Clicks { retention 7d }
secret Token
config Limit 10

function placeOrder "src/orders.place" { writes Orders; publishes OrderPlaced; env { LEVEL level; MODE "fast" } }
function getOrder   "src/orders.get"   { reads Orders; memory memory }
function ship       "src/ship.handler" { timeout 30s; receives Plain }
function bill       "src/bill.handler" { url iam; log-retention 30d; reads Token }
function report     "src/report.run"   { reads Orders; writes Reports; memory 1GB; allow "ses:SendEmail" on "arn:aws:ses:eu-west-1:123456789012:identity/a" }
function check      "src/check.me"
function lonely     "src/lonely.run"
queue    Failures

api Public {
  cors { origins "https://shop.example" }
  throttle rate 50 burst 25
  POST   /orders      -> placeOrder
  GET    /orders/{id} -> getOrder
  DELETE /orders/{id} -> placeOrder { authorizer check }
  PUT    /orders/{id} -> placeOrder { authorizer jwt "https://id.example" { audience "shop"; scopes "write" } }
}

OrderPlaced -> Shipments -> ship { batch 10 }
OrderPlaced where total > 100 -> bill
Orders.stream where eventName == "INSERT" -> bill { retries 5; dead-letter Failures }
Clicks -> report { parallel 2; bisect on }
Files.created "in/*" -> report
Shop where detail-type == "Placed" -> ship { retries 5; dead-letter Failures }
every 1h -> report { input { mode "full" } }
lonely.failed -> Failures

output orders Orders.arn
output web Public.url
"""

REST = """\
app rest { region "eu-west-1" }
api Old { protocol rest
  cors { origins "https://a.example" }
  GET  /a -> f
  POST /a -> f { authorizer check }
  GET  /b/{id} -> g { authorizer iam }
}
authorizer Doors check { headers "X-Token" }
api Guarded { protocol rest; authorizer Doors
  GET /x -> f
}
function f "a.b"
function g "a.c"
function check "a.d"
output old Old.url
"""

MORE = r"""
app more { region "eu-west-1"; prefix "more" }
param keyArn "arn:aws:kms:eu-west-1:123456789012:key/k"
extern table People "people" { key id: string }
extern topic Elsewhere "elsewhere"
queue  Sealed { encryption keyArn }
topic  Kms { encryption kms }
stream Safe { encryption keyArn }
table  Vault { key id: string; encryption kms }
bucket Crypt { encryption kms; tls on }
table  Pair { key id: string, at: number }
bucket Site { public read; website; keep off }
secret Given { keep off }
queue  Named { name "named-jobs" }
queue  Jobs { visibility 5m; dead-letter Dead after 3 }
queue  Dead
topic  Fan { fifo }
bus    Inner
function fixed "a.b" { name "fixed-name"; tracing; reads People }
function lent  "a.c" { role "arn:aws:iam::123456789012:role/lent" }
function open  "a.d" { url public { cors { origins "https://a.example" } } }
function late  "a.e" { retries 2 max-age 1h; reserved 5; storage 1GB; layers "arn:aws:lambda:eu-west-1:123456789012:layer:l:1" }
function take  "a.f" { sends Sealed; timeout 20s; arch x86; log-format json }
Elsewhere -> take
Jobs -> take { within 5s; concurrency 5 }
Inner -> Jobs { input "$.detail" }
cron "0 9 * * ? *" timezone "Asia/Tokyo" -> take { retries 3 max-age 30m; dead-letter Dead }
every 5m -> Inner { source "clock"; detail-type "Tick" }
resource Board "AWS::CloudWatch::Dashboard" { cfn { DashboardBody "{}" }; terraform "aws_cloudwatch_dashboard" { dashboard_body "{}"; dashboard_name "board" } }
resource Cache "AWS::ElastiCache::ReplicationGroup" { cfn { ReplicationGroupDescription "c"; AtRestEncryptionEnabled true; SnapshotRetentionLimit 7 }; terraform "aws_elasticache_replication_group" { description "c"; at_rest_encryption_enabled true; snapshot_retention_limit 7; replication_group_id "c" } }
resource Users "AWS::IAM::ManagedPolicy" { cfn { PolicyDocument { Version "2012-10-17"; Statement [{ Effect "Allow"; Action "s3:GetObject"; Resource "arn:aws:s3:::x/*" }] } }; terraform "aws_iam_policy" { policy "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::x/*\"}]}" } }
output first Jobs.arn
"""

EXPORTED = """\
app exported { region "eu-west-1" }
queue Jobs
output old Jobs.arn { export "old" }
"""

STAGED = """\
app staged { region "eu-west-1" }
param level "info"
queue Jobs
table Orders { key id: string }
function work "a.b" { env { LEVEL level } }
Jobs -> work
stage prod {
  prefix "live"
  Jobs { delay 5s }
  level "warn"
}
"""

GRADUAL = """\
app gradual { region "eu-west-1" }
queue Q { dead-letter after 3 }
topic Ops
topic Other
function f "a.b" { url iam; retries 1 }
function g "a.c" { calls f }
function h "a.d" { deploy canary 10 percent every 5m { rollback-on Errors }; provisioned 3; layers Libs }
function k "a.k" { deploy linear 10 percent every 2m { after try } }
function try "a.t"
function boxed { image "123456789012.dkr.ecr.eu-west-1.amazonaws.com/boxed:1" }
layer Libs "tests"
Q -> f
every 1h -> f
api A { GET /a -> f }
api R { protocol rest; GET /b -> f }
alarm Errors where h.errors > 5
alarm Rate where f.error-rate > 0.1 { over 10m }
alarm Late where Q.oldest > 20m
Errors -> Ops
Late.ok -> f
"""

APPS = {"gradual": GRADUAL, "shop": SHOP, "rest": REST, "more": MORE, "exported": EXPORTED, "staged": STAGED}

CACHE = next(line for line in MORE.splitlines(keepends=True) if line.startswith("resource Cache"))
EDITS: tuple[tuple[str, str, str, str, str], ...] = (
    # --- functions
    ("shop", "memory 1GB", "memory 2GB", "R6", "R6"),
    ("shop", "timeout 30s", "timeout 1m", "R6", "R6"),
    ("shop", 'function check      "src/check.me"', 'function check "src/check.other"', "R6", "R6"),
    ("shop", 'function check      "src/check.me"', 'function check "src/check.me" { runtime python3.12 }', "R6", "R6"),
    ("more", "arch x86", "arch arm64", "R6", "R6"),
    ("more", "storage 1GB", "storage 2GB", "R6", "R6"),
    (
        "more",
        'layers "arn:aws:lambda:eu-west-1:123456789012:layer:l:1"',
        'layers "arn:aws:lambda:eu-west-1:123456789012:layer:l:2"',
        "R6",
        "R6",
    ),
    ("more", "reserved 5", "reserved 0", "R4", "R6"),
    ("more", "log-format json", "log-format text", "R6", "R6"),
    ("more", "tracing; ", "", "R6", "R6"),
    ("shop", 'MODE "fast"', 'MODE "slow"', "R6", "R6"),
    ("shop", '; MODE "fast"', "", "R6", "R6"),
    ("shop", "log-retention 30d", "log-retention 7d", "R0", "R6"),
    ("shop", "log-retention 30d", "log-retention none", "R6", "R0"),
    ("more", "retries 2 max-age 1h", "retries 0 max-age 1h", "R4", "R6"),
    ("more", "retries 2 max-age 1h", "retries 2 max-age 30m", "R4", "R6"),
    ("more", 'name "fixed-name"', 'name "other-name"', "R0", "R0"),
    ("more", 'role "arn:aws:iam::123456789012:role/lent"', 'role "arn:aws:iam::123456789012:role/other"', "R2", "R2"),
    ("more", ' { role "arn:aws:iam::123456789012:role/lent" }', "", "R2", "R2"),
    ("shop", 'function lonely     "src/lonely.run"', '## Words\nfunction lonely "src/lonely.run"', "R7", "R7"),
    ("shop", 'function check      "src/check.me"', 'function check "src/check.me" { tags { a "b" } }', "R7", "R7"),
    ("shop", 'function check      "src/check.me"\n', 'function check "src/check.me"\nfunction extra "src/extra.run"\n', "R6", "R0"),
    (
        "shop",
        'function check      "src/check.me"\n',
        'function check "src/check.me"\nfunction extra "src/extra.run" { reads Orders; writes Reports }\n',
        "R2",
        "R0",
    ),
    (
        "shop",
        'function check      "src/check.me"\n',
        'function check "src/check.me"\nfunction extra "src/extra.run" { url public }\n',
        "R3",
        "R0",
    ),
    (
        "shop",
        'function check      "src/check.me"\n',
        'function check "src/check.me"\nfunction extra "src/extra.run" { allow managed "AdministratorAccess" }\n',
        "R2",
        "R0",
    ),
    # --- urls
    ("shop", "url iam", "url public", "R3", "R4"),
    ("shop", "url iam; ", "", "R4", "R6"),
    ("more", 'url public { cors { origins "https://a.example" } }', "timeout 10s", "R4", "R3"),
    ("more", 'origins "https://a.example" } }', 'origins "https://a.example", "https://b.example" } }', "R3", "R4"),
    ("more", "url public {", "url public { streaming; ", "R4", "R4"),
    # --- verbs
    ("shop", "{ reads Orders; memory memory }", "{ reads Orders; writes Orders; memory memory }", "R2", "R6"),
    ("shop", "receives Plain", "receives Plain; sends Plain", "R2", "R6"),
    ("shop", "reads Token }", "reads Token; calls check }", "R2", "R6"),
    ("shop", "writes Reports;", 'writes Reports; reads Files "in/*";', "R2", "R6"),
    ("shop", "publishes OrderPlaced;", "publishes OrderPlaced, Alarms;", "R2", "R6"),
    ("shop", 'on "arn:aws:ses:eu-west-1:123456789012:identity/a"', 'on "*" because "all of them"', "R2", "R6"),
    ("shop", 'allow "ses:SendEmail"', 'allow "ses:SendEmail", "ses:SendRawEmail"', "R2", "R6"),
    ("shop", 'identity/a" }', 'identity/a" { condition { Bool { "aws:SecureTransport" true } } } }', "R6", "R2"),
    (
        "shop",
        "reads Orders; writes Reports",
        'reads Orders; writes Reports; allow managed "CloudWatchLambdaInsightsExecutionRolePolicy"',
        "R2",
        "R6",
    ),
    ("shop", 'app shop { region "eu-west-1";', 'app shop { region "eu-west-1"; boundary "arn:aws:iam::123456789012:policy/b";', "R6", "R2"),
    # --- queues
    ("shop", "retention 7d }\nqueue  Plain", "retention 1d }\nqueue  Plain", "R0", "R6"),
    ("shop", "after 5;", "after 3;", "R6", "R6"),
    ("shop", "dead-letter after 5; ", "dead-letter none; ", "R0", "R6"),
    ("more", "dead-letter Dead after 3", "dead-letter none", "R4", "R6"),
    ("shop", "queue  Plain", "queue  Plain { fifo }", "R0", "R0"),
    ("shop", "queue  Plain", "queue  Plain { delay 5s }", "R6", "R6"),
    ("shop", "queue  Plain", "queue  Plain { wait 20s }", "R6", "R6"),
    ("more", "visibility 5m", "visibility 10m", "R6", "R6"),
    ("shop", "queue  Ordered { fifo; dedup content }", "queue  Ordered { fifo; dedup content; high-throughput }", "R6", "R6"),
    ("shop", "dedup content", "dedup id", "R4", "R4"),
    ("shop", "queue  Plain", "queue  Plain { encryption off }", "R3", "R6"),
    ("more", "encryption keyArn }\ntopic", "encryption on }\ntopic", "R3", "R2"),
    ("more", 'name "named-jobs"', 'name "named-tasks"', "R0", "R0"),
    ("shop", "queue  Plain\n", "queue  Plain\nqueue  New\n", "R6", "R0"),
    ("shop", "queue  Ordered { fifo; dedup content }\n", "", "R0", "R6"),
    # --- topics
    ("more", "topic  Fan { fifo }", "topic  Fan", "R1", "R1"),
    ("more", "topic  Kms { encryption kms }", "topic  Kms", "R3", "R6"),
    ("shop", 'topic  Alarms { allow-from "210987654321" }', 'topic  Alarms { allow-from "210987654321", "345678901234" }', "R2", "R4"),
    ("shop", 'topic  Alarms { allow-from "210987654321" }\n', "", "R4", "R2"),
    ("shop", "topic  Alarms {", 'topic  Alarms { name "alarms"; ', "R1", "R1"),
    # --- tables
    ("shop", "table Carts { key id: string }", "table Carts { key id: number }", "R0", "R0"),
    ("shop", "table Carts { key id: string }", "table Carts { key id: string, at: number }", "R0", "R0"),
    ("shop", "table Carts { key id: string }", "table Carts { key id: string; ttl at }", "R0", "R6"),
    ("shop", "ttl    expiresAt", "ttl    goneAt", "R0", "R0"),
    ("shop", "stream new-and-old", "stream new", "R4", "R4"),
    ("shop", "table Carts { key id: string }", "table Carts { key id: string; stream keys }", "R6", "R4"),
    ("shop", "table Carts { key id: string }", "table Carts { key id: string; backup off }", "R0", "R6"),
    ("shop", "table Carts { key id: string }", "table Carts { key id: string; keep off }", "R0", "R6"),
    ("shop", "table Carts { key id: string }", "table Carts { key id: string; billing provisioned read 5 write 5 }", "R6", "R6"),
    ("shop", "table Carts { key id: string }", "table Carts { key id: string; index byName { key name: string } }", "R6", "R4"),
    ("shop", "key customer: string", "key customer: string, at: number", "R4", "R4"),
    ("shop", "key customer: string", "key customer: number", "R0", "R0"),
    ("shop", "index  byCustomer { key customer: string }", "index  byBuyer { key customer: string }", "R4", "R4"),
    (
        "more",
        "table  Pair { key id: string, at: number }",
        "table  Pair { key id: string, at: number; local-index byTotal { key total: number } }",
        "R0",
        "R0",
    ),
    ("shop", "table Carts { key id: string }", 'table Carts { key id: string; name "carts" }', "R0", "R0"),
    ("shop", "table Carts { key id: string }\n", "", "R0", "R6"),
    ("more", "table  Vault { key id: string; encryption kms }", "table  Vault { key id: string }", "R3", "R6"),
    # --- buckets
    ("shop", "versioning; ", "", "R0", "R6"),
    ("shop", "expire after 90d", "expire after 30d", "R0", "R6"),
    ("shop", "lifecycle { expire after 90d }", "lifecycle { to GLACIER after 30d; expire after 90d }", "R6", "R6"),
    ("shop", "bucket Files { cors", "bucket Files { public read; cors", "R3", "R4"),
    ("shop", "bucket Files { cors", 'bucket Files { public from "203.0.113.0/24"; cors', "R3", "R4"),
    (
        "shop",
        'bucket Files { cors { origins "https://shop.example" } }',
        'bucket Files { cors { origins "https://shop.example", "https://b.example" } }',
        "R3",
        "R4",
    ),
    ("shop", "bucket Files { cors", "bucket Files { keep off; cors", "R0", "R6"),
    ("shop", "bucket Files { cors", 'bucket Files { name "my-own-files"; cors', "R0", "R0"),
    ("more", "bucket Crypt { encryption kms; tls on }", "bucket Crypt { tls on }", "R3", "R6"),
    ("more", "tls on", "tls off", "R2", "R6"),
    ("more", "website; ", "", "R4", "R2"),
    ("shop", "bucket Files { cors", "bucket Files { account-namespace; cors", "R0", "R0"),
    # --- bus, stream, secret, config
    ("shop", "bus    Shop { archive 30d }", "bus    Shop { archive 7d }", "R0", "R6"),
    ("shop", "bus    Shop { archive 30d }", "bus    Shop", "R0", "R6"),
    ("shop", "bus    Shop { archive 30d }", 'bus    Shop { archive 30d; name "shop" }', "R0", "R0"),
    ("shop", "stream Clicks { retention 7d }", "stream Clicks { retention 1d }", "R0", "R6"),
    ("shop", "stream Clicks { retention 7d }", "stream Clicks { retention 7d; shards 2 }", "R6", "R6"),
    ("shop", "stream Clicks { retention 7d }", "stream Clicks { retention 7d; encryption off }", "R3", "R6"),
    ("shop", "stream Clicks { retention 7d }", 'stream Clicks { retention 7d; name "clicks" }', "R0", "R0"),
    ("more", "encryption keyArn }\ntable", "encryption kms }\ntable", "R3", "R6"),
    ("shop", "secret Token\n", "secret Token { keep off }\n", "R0", "R6"),
    ("shop", "secret Token\n", 'secret Token { name "token" }\n', "R0", "R0"),
    ("shop", "config Limit 10", "config Limit 11", "R6", "R6"),
    ("shop", "config Limit 10", 'config Limit 10 { name "/shop/limit" }', "R1", "R1"),
    ("shop", "config Limit 10\n", "", "R4", "R6"),
    # --- arrows
    ("shop", "{ batch 10 }", "{ batch 5 }", "R6", "R6"),
    ("shop", "-> ship { batch 10 }", "-> ship { batch 10; within 10s }", "R6", "R6"),
    ("more", "concurrency 5", "concurrency 10", "R6", "R6"),
    ("shop", "{ batch 10 }", "{ batch 10 }\nPlain -> lonely", "R6", "R0"),
    ("shop", "{ batch 10 }", "{ batch 10 }\nShipments -> lonely", "R4", "R4"),
    ("shop", "OrderPlaced where total > 100 -> bill\n", "", "R4", "R6"),
    ("shop", "where total > 100 -> bill", "where total > 200 -> bill", "R4", "R4"),
    ("shop", " where total > 100 -> bill", " -> bill", "R6", "R4"),
    ("shop", 'where eventName == "INSERT"', 'where eventName == "MODIFY"', "R4", "R4"),
    ("shop", 'where eventName == "INSERT"', 'where eventName in ["INSERT", "MODIFY"]', "R6", "R4"),
    ("shop", "{ retries 5; dead-letter Failures }\nClicks", "{ retries 2; dead-letter Failures }\nClicks", "R4", "R6"),
    ("shop", "retries 5; dead-letter Failures }\nClicks", "retries 5 }\nClicks", "R4", "R6"),
    ("shop", "bisect on", "bisect off", "R4", "R6"),
    ("shop", "parallel 2", "parallel 4", "R6", "R6"),
    ("shop", "parallel 2", "parallel 2; start latest", "R1", "R1"),
    ("shop", "parallel 2", "parallel 2; max-age 1h", "R4", "R6"),
    ("shop", 'Files.created "in/*"', 'Files.created "in/*.csv"', "R4", "R6"),
    ("shop", 'Files.created "in/*" -> report\n', "", "R4", "R6"),
    ("shop", 'Files.created "in/*" -> report\n', 'Files.created "in/*" -> report\nFiles.removed -> Plain\n', "R6", "R4"),
    ("shop", "ship { retries 5; dead-letter Failures }", "ship { retries 3; dead-letter Failures }", "R4", "R6"),
    ("shop", "ship { retries 5; dead-letter Failures }", "ship { retries 5 }", "R4", "R6"),
    ("shop", 'where detail-type == "Placed"', 'where detail-type == "Sold"', "R4", "R4"),
    ("shop", "every 1h", "every 2h", "R6", "R6"),
    ("shop", 'mode "full"', 'mode "half"', "R4", "R4"),
    ("shop", "every 1h -> report { input", "every 1h -> report { enabled off; input", "R4", "R6"),
    ("shop", "lonely.failed -> Failures\n", "", "R4", "R6"),
    ("shop", "lonely.failed -> Failures", "lonely.failed -> Alarms", "R4", "R4"),
    ("shop", "lonely.failed -> Failures", "lonely.failed -> Failures\nlonely.succeeded -> Alarms", "R6", "R4"),
    ("more", 'input "$.detail"', 'input "$.detail.x"', "R4", "R4"),
    ("more", 'timezone "Asia/Tokyo" ', "", "R6", "R6"),
    ("more", "{ retries 3 max-age 30m; dead-letter Dead }", "{ retries 3 max-age 30m }", "R4", "R6"),
    ("more", 'source "clock"', 'source "watch"', "R4", "R4"),
    ("more", 'detail-type "Tick"', 'detail-type "Tock"', "R4", "R4"),
    ("more", 'Inner -> Jobs { input "$.detail" }\n', "", "R4", "R6"),
    # --- apis
    ("shop", "  GET    /orders/{id} -> getOrder\n", "", "R4", "R3"),
    ("shop", "GET    /orders/{id} -> getOrder\n", "GET    /orders/{id} -> getOrder { authorizer iam }\n", "R4", "R3"),
    ("shop", "placeOrder { authorizer check }", "placeOrder { authorizer iam }", "R3", "R3"),
    ("shop", "placeOrder { authorizer check }", "placeOrder", "R3", "R4"),
    (
        "shop",
        "GET    /orders/{id} -> getOrder\n",
        "GET    /orders/{id} -> getOrder\n  GET /carts -> getOrder { authorizer iam }\n",
        "R6",
        "R4",
    ),
    ("shop", "-> getOrder\n", "-> check\n", "R4", "R4"),
    ("shop", 'audience "shop"', 'audience "shop", "other"', "R3", "R4"),
    ("shop", 'scopes "write"', 'scopes "write", "admin"', "R3", "R4"),
    ("shop", 'scopes "write"', 'scopes "admin"', "R3", "R3"),
    ("shop", '; scopes "write"', "", "R3", "R4"),
    ("shop", '"https://id.example"', '"https://id2.example"', "R3", "R3"),
    ("shop", "throttle rate 50 burst 25", "throttle rate 10 burst 5", "R6", "R6"),
    ("shop", "-> placeOrder\n  GET", "-> placeOrder { throttle rate 1 burst 1 }\n  GET", "R6", "R6"),
    ("shop", 'api Public {\n  cors { origins "https://shop.example" }', 'api Public {\n  cors { origins "*" }', "R3", "R4"),
    ("shop", "api Public {\n", "api Public {\n  logs\n", "R6", "R0"),
    ("shop", "api Public {\n", 'api Public {\n  name "front"\n', "R7", "R7"),
    ("shop", "api Public {\n", 'api Public {\n  tags { a "b" }\n', "R7", "R7"),
    ("rest", 'protocol rest\n  cors { origins "https://a.example" }', 'protocol rest\n  cors { origins "*" }', "R3", "R4"),
    ("rest", "  GET  /a -> f\n", "", "R4", "R3"),
    ("rest", "POST /a -> f { authorizer check }", "POST /a -> f", "R3", "R4"),
    ("rest", "{ authorizer iam }", "{ authorizer check }", "R3", "R3"),
    ("rest", 'headers "X-Token"', 'headers "X-Token", "X-Other"', "R4", "R3"),
    ("rest", 'headers "X-Token"', 'headers "X-Token"; cache off', "R6", "R6"),
    ("rest", "authorizer Doors check", "authorizer Doors g", "R3", "R3"),
    ("rest", "protocol rest; authorizer Doors", "protocol rest; authorizer Doors; throttle rate 5 burst 5", "R6", "R6"),
    ("rest", "protocol rest; authorizer Doors", "protocol rest; authorizer Doors; logs", "R6", "R0"),
    ("rest", "GET  /b/{id} -> g", "GET  /b/{id} -> f", "R4", "R4"),
    ("rest", "GET  /b/{id} -> g { authorizer iam }", "GET  /b/{id} -> g { authorizer iam; throttle rate 5 burst 5 }", "R6", "R6"),
    ("shop", "GET    /orders/{id}", "GET    /orders/{order}", "R4", "R4"),
    ("rest", "GET  /b/{id}", "GET  /b/{number}", "R4", "R4"),
    # --- params, outputs, app, stage
    ("shop", 'param level "info"', 'param level "warn"', "R6", "R6"),
    ("shop", 'one-of "info", "warn"', 'one-of "info", "warn", "error"', "R6", "R4"),
    ("shop", "param memory 512", "param memory 1024", "R6", "R6"),
    ("shop", "param memory 512", "param memory 512 { max 1024 }", "R4", "R6"),
    ("shop", "param memory 512\n", 'param memory 512\nparam other "x"\n', "R7", "R4"),
    ("shop", "param memory 512\n", "param memory 512\nparam needed\n", "R4", "R4"),
    ("shop", "param memory 512", "param memory { type number }", "R4", "R6"),
    ("shop", "output web Public.url\n", "", "R4", "R7"),
    ("exported", 'export "old"', 'export "old2"', "R4", "R4"),
    ("exported", "Jobs.arn { export", "Jobs.url { export", "R4", "R4"),
    ("shop", "output web Public.url", "output web Public.id", "R6", "R6"),
    ("shop", "output web Public.url", "## The URL\noutput web Public.url", "R7", "R7"),
    ("shop", 'team "store"', 'team "shop"', "R7", "R7"),
    ("shop", 'region "eu-west-1"', 'region "eu-west-3"', "R0", "R0"),
    ("shop", 'region "eu-west-1";', 'region "eu-west-1"; prefix "other";', "R0", "R0"),
    ("shop", 'region "eu-west-1";', 'region "eu-west-1"; keep off;', "R0", "R6"),
    ("shop", "app shop {", "app store {", "R0", "R0"),
    # --- externs
    ("more", 'extern table People "people" { key id: string }', "table People { key id: string }", "R2", "R0"),
    ("more", 'extern table People "people"', 'extern table People "persons"', "R2", "R2"),
    ("more", 'extern topic Elsewhere "elsewhere"', 'extern topic Elsewhere "other"', "R4", "R4"),
    # --- raw and overlays
    ("more", 'DashboardBody "{}"', 'DashboardBody "{ }"', "R6", "R6"),
    ("more", "AtRestEncryptionEnabled true;", "AtRestEncryptionEnabled false;", "R0", "R0"),
    ("more", "SnapshotRetentionLimit 7", "SnapshotRetentionLimit 1", "R0", "R6"),
    ("more", 'Action "s3:GetObject"', 'Action "s3:*"', "R2", "R6"),
    ("more", "queue  Dead", "queue  Dead { cfn { DelaySeconds 5 } }", "R6", "R6"),
    ("more", "queue  Dead", "queue  Dead { terraform { delay_seconds 5 } }", "R6", "R6"),
    ("more", "queue  Dead", 'queue  Dead { cfn { Unheard "x" } }', "R6", "R6"),
    ("more", "queue  Dead", "queue  Dead { cfn { MessageRetentionPeriod 60 } }", "R0", "R6"),
    ("shop", "bucket Files { cors", "bucket Files { cfn { PublicAccessBlockConfiguration { BlockPublicAcls false } }; cors", "R3", "R6"),
    ("more", CACHE, "", "R0", "R6"),
    # --- ids
    ("shop", "queue  Plain", 'queue  Plain { id "Other" }', "R0", "R0"),
    ("shop", "topic  Alarms {", 'topic  Alarms { id "Other"; ', "R1", "R1"),
    ("shop", "bus    Shop { archive 30d }", 'bus    Shop { id "Other"; archive 30d }', "R0", "R0"),
    ("shop", "api Public {\n", 'api Public {\n  id "Front"\n', "R1", "R1"),
    ("shop", "config Limit 10", 'config Limit 10 { id "Other" }', "R1", "R1"),
    # --- stages
    ("staged", "delay 5s", "delay 9s", "R6", "R6"),
    ("staged", '  prefix "live"\n', "", "R0", "R0"),
    ("staged", '  level "warn"\n', "", "R6", "R6"),
    ("staged", '  prefix "live"\n', '  prefix "live"\n  keep off\n', "R0", "R6"),
    ("staged", '  level "warn"\n', '  level "warn"\n  topic Alarms\n', "R6", "R4"),
    # --- alarms, layers, and how traffic moves
    ("gradual", "url iam;", "url iam; deploy canary 10 percent every 5m;", "R1", "R1"),
    ("gradual", "url iam;", "url iam; provisioned 3;", "R1", "R1"),
    ("gradual", "calls f }", "calls f; deploy linear 7 percent every 2m { rollback-on Errors } }", "R6", "R4"),
    ("gradual", "calls f }", "calls f; deploy all-at-once }", "R6", "R4"),
    ("gradual", "canary 10", "linear 10", "R6", "R6"),
    ("gradual", "canary 10", "canary 20", "R6", "R6"),
    ("gradual", "every 2m", "every 3m", "R6", "R6"),
    ("gradual", " { rollback-on Errors }", "", "R6", "R6"),
    ("gradual", "rollback-on Errors", "rollback-on Errors, Late", "R6", "R6"),
    ("gradual", "canary 10 percent every 5m { rollback-on Errors }", "all-at-once", "R6", "R6"),
    ("gradual", "after try", "before try", "R6", "R6"),
    ("gradual", "provisioned 3", "provisioned 4", "R6", "R6"),
    ("gradual", "; layers Libs", "", "R6", "R6"),
    ("gradual", 'layer Libs "tests"', 'layer Libs "tests" { name "libs" }', "R6", "R6"),
    ("gradual", "boxed:1", "boxed:2", "R6", "R6"),
    ("gradual", "h.errors > 5", "h.errors > 6", "R6", "R6"),
    ("gradual", "h.errors > 5", "Q.oldest > 5m", "R6", "R6"),
    ("gradual", "h.errors > 5", "h.errors < 5", "R6", "R6"),
    ("gradual", "h.errors > 5", "h.errors > 5 { average }", "R6", "R6"),
    ("gradual", "h.errors > 5", "h.errors > 5 { over 10m }", "R6", "R6"),
    ("gradual", "h.errors > 5", "h.errors > 5 { missing bad }", "R6", "R6"),
    ("gradual", "h.errors > 5", "h.errors > 5 { times 2 of 3 }", "R6", "R6"),
    ("gradual", "over 10m", "over 5m", "R6", "R6"),
    ("gradual", "f.error-rate > 0.1", "f.error-rate > 0.2", "R6", "R6"),
    ("gradual", "Errors -> Ops", "Errors -> Ops, Other", "R6", "R4"),
    ("gradual", "Errors -> Ops", "Errors -> Ops, g", "R6", "R4"),
    ("gradual", "Late.ok -> f\n", "", "R4", "R6"),
    ("gradual", "alarm Rate where f.error-rate > 0.1 { over 10m }\n", "", "R4", "R6"),
    ("gradual", "{ over 10m }", '{ over 10m; name "rate" }', "R1", "R1"),
)
