"""Functions: calls, destinations, URLs, what the environment holds, and what stands beside them."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from tests.e2e.conftest import Deploy
from tests.e2e.emulator import ACCOUNT, REGION
from tests.e2e.stack import ask

APP = """
app functions { keep off }

param greeting "hello"
param password { secret }

secret Token
secret Given password
config Limit 10
config Names "ann,bob" { name "/elsewhere/names" }
bucket Files
table  Rows { key id: string }
stream Clicks
topic  Done
queue  Failed
queue  Finished
bus    Ends

function ping  "see.call" { calls pong; calls ping as SELF; timeout 1m }
function pong  "see.call" { calls ping; timeout 1m }
function works "see.event"  { retries 0 }
function fails "see.broken" { retries 0 }
function stops "see.broken" { retries 0 }
function halts "see.broken" { retries 0 }
function mourn "see.event"
function later "see.event"
function ended "see.event"
function page  "see.page" { url public }
function knows "see.knows" {
  env   { GREETING "${greeting}, ${app}"; STAGE stage; WHERE aws.region; ROWS_ARN Rows.arn; PRICE 12; PLAIN "$${x}"; RAW Raw.Arn }
  reads Token, Given, Limit
  reads Names as NAMES
  reads, writes Files
  reads Rows
  writes Limit as LIMIT_NAME
  writes Clicks
  sends Failed
}

works.succeeded -> Done -> Finished
works.failed    -> later
fails.failed    -> Failed
fails.succeeded -> later
stops.failed    -> mourn
halts.failed    -> Ends
Ends where detail.requestPayload.n == 4 -> ended

every 1m -> works { input { n 7 } }
cron "0 9 ? * MON-FRI *" timezone "Asia/Tokyo" -> Finished { enabled off }
at "2030-01-01T00:00" -> Done
every 2h -> Ends { detail-type "Tick" }
every 3h -> Clicks { partition "p" }

resource Raw "AWS::SQS::Queue" { cfn { QueueName "functions-raw"; VisibilityTimeout 77 } }

output table Rows.name
output place "${aws.region}/${stage}"
"""


def test_functions(deployed: Deploy) -> None:
    """Functions call each other and themselves, tell how they ended, answer at a URL, and read secrets and configs."""
    stack = deployed(APP, "functions", password="s3cret")

    # calls, in a circle and to itself: neither may make the template's references one
    assert stack.invoke("ping", {"route": ["PONG_FUNCTION", "PING_FUNCTION", "SELF"]}) == ["ping", "pong", "ping", "ping"]

    # how asynchronous calls end
    stack.invoke_later("works", {"n": 1})
    for number, function in enumerate(("fails", "stops", "halts"), 2):
        stack.invoke_later(function, {"n": number})
    [end] = stack.take("Finished")
    assert (end["requestContext"]["condition"], end["requestPayload"], end["responsePayload"]) == ("Success", {"n": 1}, {"n": 1})
    [end] = stack.take("Failed")
    assert (end["requestContext"]["condition"], end["requestPayload"]) == ("RetriesExhausted", {"n": 2})
    assert end["responsePayload"]["errorMessage"] == "as the test asks"
    [end] = stack.got("mourn")
    assert end["requestPayload"] == {"n": 3}
    [end] = stack.got("ended")
    assert (end["source"], end["detail"]["requestPayload"]) == ("lambda", {"n": 4})
    assert stack.calls("works", "fails", "stops", "halts", "later", "mourn") == {
        "works": 1,
        "fails": 1,
        "stops": 1,
        "halts": 1,
        "later": 0,
        "mourn": 1,
    }

    # a URL of its own
    url = stack.client("lambda").get_function_url_config(FunctionName=stack.ids["page"])
    assert url["AuthType"] == "NONE"
    host = urlsplit(url["FunctionUrl"]).netloc  # not every machine knows the names under `localhost`
    answer = ask(f"{stack.emulator.endpoint}/a/b?c=d", "POST", {"n": 3}, {"Host": host})
    assert (answer.status, answer.json) == (201, {"method": "POST", "path": "/a/b", "query": {"c": "d"}, "body": {"n": 3}})

    # what the environment holds
    known = stack.invoke("knows")
    variables = known["variables"]
    assert variables["GREETING"] == "hello, functions"
    assert (variables["STAGE"], variables["WHERE"], variables["PRICE"], variables["PLAIN"]) == ("dev", REGION, "12", "${x}")
    assert variables["ROWS_ARN"] == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{stack.ids['Rows']}"
    assert (variables["ROWS_TABLE"], variables["FILES_BUCKET"], variables["CLICKS_STREAM"]) == tuple(
        stack.ids[n] for n in ("Rows", "Files", "Clicks")
    )
    assert variables["FAILED_QUEUE_URL"] == stack.ids["Failed"]
    assert variables["LIMIT_CONFIG"] == variables["LIMIT_NAME"] == stack.ids["Limit"] == "/functions-dev/Limit"
    assert variables["NAMES"] == "/elsewhere/names"
    assert known["secrets"]["GIVEN_SECRET_ARN"] == "s3cret"
    assert len(known["secrets"]["TOKEN_SECRET_ARN"]) == 32
    assert known["configs"] == {"LIMIT_CONFIG": "10", "NAMES": "ann,bob"}

    # a raw resource, and its attributes
    assert variables["RAW"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:functions-raw"
    assert stack.ids["Raw"].endswith("/functions-raw")
    assert stack.outputs == {"table": stack.ids["Rows"], "place": f"{REGION}/dev"}

    # schedules: LocalStack 4.7.0 keeps them and fires none, so they are read back
    kept = {}
    scheduler = stack.client("scheduler")
    for page in scheduler.get_paginator("list_schedules").paginate(NamePrefix="functions-dev"):
        for listed in page["Schedules"]:
            schedule = scheduler.get_schedule(GroupName=listed["GroupName"], Name=listed["Name"])
            kept[schedule["ScheduleExpression"]] = schedule
    assert sorted(kept) == ["at(2030-01-01T00:00:00)", "cron(0 9 ? * MON-FRI *)", "rate(1 minute)", "rate(2 hours)", "rate(3 hours)"]
    functions = stack.client("lambda")
    minute = kept["rate(1 minute)"]["Target"]
    assert minute["Arn"] == functions.get_function(FunctionName=stack.ids["works"])["Configuration"]["FunctionArn"]
    assert json.loads(minute["Input"]) == {"n": 7}
    weekday = kept["cron(0 9 ? * MON-FRI *)"]
    assert (weekday["ScheduleExpressionTimezone"], weekday["State"]) == ("Asia/Tokyo", "DISABLED")
    assert kept["at(2030-01-01T00:00:00)"]["Target"]["Arn"] == stack.ids["Done"]
    assert kept["rate(2 hours)"]["Target"]["EventBridgeParameters"] == {"DetailType": "Tick", "Source": "functions"}
    assert kept["rate(3 hours)"]["Target"]["KinesisParameters"] == {"PartitionKey": "p"}
